#include "case.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A case that hangs ends by SIGALRM, before its runner's own limit. */
#define CASE_SECONDS 100

int run_cases(int argc, char **argv, const test_case *cases, size_t count)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s --list | NAME\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            puts(cases[i].name);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            alarm(CASE_SECONDS);
            cases[i].run();
            return 0;
        }
    }
    fprintf(stderr, "%s: no case %s\n", argv[0], argv[1]);
    return 2;
}

void fail_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stderr);
    _exit(1);
}

void expect_at(const char *file, int line, const char *call, coll_status expected, coll_status found)
{
    if (expected != found) {
        char words[1024];
        coll_last_error(words, sizeof words);
        fail_at(file, line, "%s: expected %s, found %s (last error: %s)", call, coll_status_name(expected),
                coll_status_name(found), words);
    }
}

void expect_words_at(const char *file, int line, const char *text)
{
    char words[1024];
    coll_last_error(words, sizeof words);
    if (strstr(words, text) == NULL)
        fail_at(file, line, "expected a message with \"%s\", found \"%s\"", text, words);
}

int entries_of(const char *directory)
{
    int count = 0;
    DIR *open = opendir(directory);
    CHECK(open != NULL);
    while (readdir(open) != NULL)
        count++;
    closedir(open);
    return count;
}
