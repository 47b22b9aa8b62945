/*
 * A test program is a table of named cases. `program --list` prints the names; `program NAME` runs one case, in
 * a process of its own, so that signals, forks and crashes of one case are not another's.
 */
#ifndef CASE_H
#define CASE_H

#include <stddef.h>
#include <stdint.h>

#include <collectives.h>

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

#define CASE(function)      \
    {                       \
#function, function \
    }
#define RUN_CASES(argc, argv, cases) run_cases(argc, argv, cases, sizeof(cases) / sizeof((cases)[0]))

int run_cases(int argc, char **argv, const test_case *cases, size_t count);

/* Ends the program with exit status 1 and says where. */
void fail_at(const char *file, int line, const char *format, ...);

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition)                    \
    do {                                    \
        if (!(condition))                   \
            FAIL("not so: %s", #condition); \
    } while (0)

/* Checks a call's status, and shows the library's words if it is another. */
#define EXPECT(status, call) expect_at(__FILE__, __LINE__, #call, status, call)

void expect_at(const char *file, int line, const char *call, coll_status expected, coll_status found);

/* Checks that this thread's last error contains a text. */
#define EXPECT_WORDS(text) expect_words_at(__FILE__, __LINE__, text)

void expect_words_at(const char *file, int line, const char *text);

/* An argument error: the status, and the argument's name in the message. */
#define EXPECT_INVALID(text, call)               \
    do {                                         \
        EXPECT(COLL_ERR_INVALID_ARGUMENT, call); \
        EXPECT_WORDS(text);                      \
    } while (0)

/* Entries of a directory: of /proc/self/fd the descriptors, of /proc/self/task the threads, and a few more. */
int entries_of(const char *directory);

#define EXPECT_DEAD(call) EXPECT(COLL_ERR_INVALID_HANDLE, call)

#endif
