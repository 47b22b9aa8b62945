/*
 * A member of the fault tests: it makes all-reduces one after the other, several in flight, updates when newcomers
 * wait, and reports each result that it has checked. What befalls it, and when, is the test's business; see members.py.
 *
 *     fault_member bit=1 window=3 largest=300000 seed=7 [pause=10] [update=20]
 *
 * The library's own settings come from the environment. A line per event goes to standard output:
 *
 *     joined NS MEMBER EPOCH RANK WORLD
 *     first NUMBER                                    of its operations; those before are none of its business
 *     ended NUMBER MEMBERS RETRIES EPOCH NS           MEMBERS is the mask of bits of those in the result
 *     paused NUMBER                                   nothing is in flight; it waits for a 'g' on standard input
 *     updating NUMBER NS, updated NUMBER EPOCH WORLD NS
 *     gone STATUS NS WORDS                            a call has failed, and with it the stream
 *     left DESCRIPTORS THREADS BYTES                  what the process holds after the communicator is destroyed
 *
 * An 's' on standard input asks for the end. All members end after the same operation, since the wish is an element of
 * the sum.
 */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../c/case.h"

/* A member has a bit of its own below LABELS, and above it what all have in common: from a sum follows who is in it,
 * and what it must be. Sums of twelve members stay whole numbers that a float holds exactly. */
enum { LABELS = 4096, COMMON = 50, MAX_WINDOW = 8 };

typedef struct {
    uint32_t bit;
    uint32_t window;
    uint64_t largest; /* elements */
    uint64_t fixed;   /* 1: all operations are that large */
    uint64_t seed;
    int64_t pause; /* -1: never */
    int64_t update;
} options_of_member;

static options_of_member me = { 0, 1, 300000, 0, 1, -1, -1 };
static int stop_wanted;

typedef struct {
    coll_work *work;
    int64_t number;
    uint64_t count;
    int in_place;
    float *input, *output; /* the same in place */
} flight;

/* The stream's state. Numbers count operations over all epochs; newcomers are told where the others are. */
static flight flights[MAX_WINDOW];
static int64_t begun, ended, decisive, last;
static coll_comm *comm;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* splitmix64: one number follows from the seed and the place where it is used. */
static uint64_t draw(uint64_t place)
{
    uint64_t z = me.seed * 0x9E3779B97F4A7C15u + place * 0xD1B54A32D192ED03u + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- What the test says ------------------------------------------------------------------------ */

static int next_command(int wait)
{
    struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
    char command = 0;
    if (poll(&input, 1, wait ? -1 : 0) <= 0)
        return 0;
    if (read(STDIN_FILENO, &command, 1) != 1)
        _exit(3); /* the test is gone */
    return command;
}

static void listen_to_the_test(void)
{
    if (!stop_wanted && next_command(0) == 's')
        stop_wanted = 1;
}

/* ---- Operations -------------------------------------------------------------------------------- */

/* Small ones are the most: exchanges. From 20000 on they are rings. */
static uint64_t count_of(int64_t number)
{
    static const uint64_t counts[] = { 1, 500, 300000, 20000, 1000, 200000, 60000, 7 };
    uint64_t count = me.fixed ? me.largest : counts[draw((uint64_t)(2 * number)) % 8];
    return count <= me.largest ? count : me.largest;
}

/* What all inputs have in common is this and a number that depends on the operation. */
static float *pattern;

static float shift_of(int64_t number) { return (float)((uint64_t)number % COMMON * LABELS); }

static void prepare_pattern(void)
{
    pattern = malloc(me.largest * sizeof *pattern);
    CHECK(pattern != NULL);
    for (uint64_t i = 0; i < me.largest; i++)
        pattern[i] = (float)(i % COMMON * LABELS);
}

/* All elements but the last, which is the wish to stop. */
static void fill_input(flight *one)
{
    float mine = (float)(1u << me.bit), shift = shift_of(one->number) + mine;
    for (uint64_t i = 0; i + 1 < one->count; i++)
        one->input[i] = pattern[i] + shift;
    one->input[one->count - 1] = mine + (stop_wanted ? (float)LABELS : 0);
}

/* Checks that all elements but the last are `times` the common part, and `labels`. */
static void check_elements(const flight *one, const char *what, const float *found, float times, float labels)
{
    float rest = times * shift_of(one->number) + labels;
    uint32_t wrong = 0;
    for (uint64_t i = 0; i + 1 < one->count; i++)
        wrong |= found[i] != times * pattern[i] + rest;
    if (!wrong)
        return;
    for (uint64_t i = 0; i + 1 < one->count; i++)
        if (found[i] != times * pattern[i] + rest)
            FAIL("operation %lld, %s, element %llu of %llu (%s place): expected %.0f, found %.0f",
                 (long long)one->number, what, (unsigned long long)i, (unsigned long long)one->count,
                 one->in_place ? "in" : "out of", (double)(times * pattern[i] + rest), (double)found[i]);
}

static void begin_next(void)
{
    flight *one = &flights[begun % me.window];
    one->number = begun;
    one->count = count_of(begun);
    one->in_place = (int)(draw((uint64_t)(2 * begun + 1)) % 2);
    fill_input(one);
    EXPECT(COLL_OK, coll_all_reduce_start(comm, one->input, one->in_place ? one->input : one->output, one->count,
                                          COLL_F32, COLL_SUM, NULL, &one->work));
    begun++;
}

/* Returns the mask of members in the sum; all elements must agree on it, and on what it makes of them. */
static uint32_t check_sum(const flight *one, uint32_t participants, int *stop)
{
    const float *found = one->in_place ? one->input : one->output;
    uint32_t final = (uint32_t)found[one->count - 1], members = final % LABELS;
    if ((uint32_t)__builtin_popcount(members) != participants || !(members >> me.bit & 1))
        FAIL("operation %lld: %u participants, in the sum are 0x%x, and this member is bit %u", (long long)one->number,
             participants, members, me.bit);
    check_elements(one, "the result", found, (float)participants, (float)members);
    *stop = final / LABELS > 0;
    return members;
}

static void check_input(const flight *one) { check_elements(one, "the input", one->input, 1, (float)(1u << me.bit)); }

/* A stream that has ended with an error: what is still in flight ends with one too. */
static void give_up(coll_status status)
{
    char words[1024];
    coll_last_error(words, sizeof words);
    printf("gone %s %lld %s\n", coll_status_name(status), (long long)now_ns(), words);
    for (; ended < begun; ended++) {
        flight *one = &flights[ended % me.window];
        if (one->work != NULL && coll_work_wait(one->work, -1, NULL) != COLL_OK)
            check_input(one);
        coll_work_destroy(one->work);
        one->work = NULL;
    }
}

/* The oldest in flight. What it says to all alike: whether to stop, and whether members wait. */
static coll_status finish_oldest(int *stop, int *update)
{
    flight *one = &flights[ended % me.window];
    coll_result result = COLL_RESULT_INIT;
    coll_status status = coll_work_wait(one->work, -1, &result);
    int64_t time = now_ns();
    *stop = *update = 0;
    if (status != COLL_OK) {
        check_input(one);
        return status;
    }
    printf("ended %lld %u %u %llu %lld\n", (long long)one->number, check_sum(one, result.participants, stop),
           result.retries, (unsigned long long)result.epoch, (long long)time);
    if (!one->in_place)
        check_input(one);
    *update = result.pending_members > 0;
    /* Newcomers have not seen what was begun before they came, so nobody decides by it. */
    if (one->number < decisive)
        *stop = *update = 0;
    coll_work_destroy(one->work);
    one->work = NULL;
    ended++;
    return COLL_OK;
}

/* Where the stream is, for newcomers; all that call it are at the same place. */
static coll_status meet(void)
{
    int64_t number = begun;
    coll_status status = coll_all_reduce(comm, &number, &number, 1, COLL_I64, COLL_MAX, NULL, NULL);
    if (status == COLL_OK && begun == 0)
        ended = begun = number;
    decisive = number;
    return status;
}

static coll_status update(void)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_status status;
    printf("updating %lld %lld\n", (long long)begun, (long long)now_ns());
    status = coll_comm_update(comm, &info);
    if (status != COLL_OK)
        return status;
    printf("updated %lld %llu %u %lld\n", (long long)begun, (unsigned long long)info.epoch, info.world,
           (long long)now_ns());
    return meet();
}

static void be_idle(void)
{
    printf("paused %lld\n", (long long)begun);
    for (int command = 0; command != 'g';) {
        command = next_command(1);
        stop_wanted |= command == 's';
    }
}

static void stream(void)
{
    coll_status status = meet();
    last = INT64_MAX;
    printf("first %lld\n", (long long)begun);
    while (status == COLL_OK && ended < last) {
        int stop = 0, updates = 0;
        int64_t target = ended + me.window < last ? ended + me.window : last;
        /* Newcomers have nothing in flight yet, and must not run past a place where the others do something. */
        if (me.pause >= begun && me.pause < target)
            target = me.pause;
        if (me.update >= begun && me.update < target)
            target = me.update;
        listen_to_the_test();
        while (begun < target)
            begin_next();
        if (ended == begun && begun == me.pause) {
            be_idle();
            me.pause = -1;
            continue;
        }
        if (begun == me.update && begun != me.pause) {
            me.update = -1;
            status = update();
        } else {
            status = finish_oldest(&stop, &updates);
            if (stop && last == INT64_MAX)
                last = begun;
            if (updates && last == INT64_MAX && status == COLL_OK)
                status = update();
        }
    }
    if (status != COLL_OK)
        give_up(status);
}

/* ---- The process ------------------------------------------------------------------------------- */

static int64_t number_after(const char *argument, const char *name)
{
    size_t length = strlen(name);
    char *end;
    int64_t value;
    if (strncmp(argument, name, length) != 0 || argument[length] != '=')
        return -1;
    value = strtoll(argument + length + 1, &end, 10);
    return *end == 0 ? value : -1;
}

static void read_option(const char *argument)
{
    int64_t value;
    if ((value = number_after(argument, "bit")) >= 0)
        me.bit = (uint32_t)value;
    else if ((value = number_after(argument, "window")) >= 1)
        me.window = (uint32_t)value;
    else if ((value = number_after(argument, "largest")) >= 1)
        me.largest = (uint64_t)value;
    else if ((value = number_after(argument, "fixed")) >= 0)
        me.fixed = (uint64_t)value;
    else if ((value = number_after(argument, "seed")) >= 0)
        me.seed = (uint64_t)value;
    else if ((value = number_after(argument, "pause")) >= 0)
        me.pause = value;
    else if ((value = number_after(argument, "update")) >= 0)
        me.update = value;
    else
        FAIL("an option that means nothing: %s", argument);
}

static void print_what_is_held(void)
{
    struct mallinfo2 held;
    int descriptors = 0, threads = 0;
    malloc_trim(0);
    /* What is closed on another thread's time is gone a moment later. */
    for (int i = 0; i < 50; i++) {
        struct timespec moment = { 0, 2 * 1000 * 1000 };
        int fewer_descriptors = entries_of("/proc/self/fd"), fewer_threads = entries_of("/proc/self/task");
        if (i > 5 && fewer_descriptors == descriptors && fewer_threads == threads)
            break;
        descriptors = fewer_descriptors;
        threads = fewer_threads;
        nanosleep(&moment, NULL);
    }
    held = mallinfo2();
    printf("left %d %d %zu\n", descriptors, threads, held.uordblks + held.hblkhd);
}

/* A block is given back when the peer has acknowledged what left from it, which need not be at once. */
static void expect_no_scratch(void)
{
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    for (int i = 0; i < 500; i++) {
        struct timespec moment = { 0, 4 * 1000 * 1000 };
        EXPECT(COLL_OK, coll_comm_stats(comm, &statistics));
        if (statistics.scratch_bytes == 0)
            return;
        nanosleep(&moment, NULL);
    }
    FAIL("nothing is in flight, and %llu bytes of scratch are held", (unsigned long long)statistics.scratch_bytes);
}

int main(int argc, char **argv)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_config config = COLL_CONFIG_INIT;
    coll_status status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++)
        read_option(argv[i]);
    CHECK(me.window <= MAX_WINDOW && (1u << me.bit) < LABELS);
    prepare_pattern();
    for (uint32_t i = 0; i < me.window; i++) {
        flights[i].input = malloc(me.largest * sizeof(float));
        flights[i].output = malloc(me.largest * sizeof(float));
        CHECK(flights[i].input != NULL && flights[i].output != NULL);
    }

    status = coll_comm_create(&config, &comm);
    if (status == COLL_OK) {
        EXPECT(COLL_OK, coll_comm_info(comm, &info));
        printf("joined %lld ", (long long)now_ns());
        for (int i = 0; i < 16; i++)
            printf("%02x", info.member[i]);
        printf(" %llu %u %u\n", (unsigned long long)info.epoch, info.rank, info.world);
        stream();
        if (ended == last) /* else links that nobody listens at any more hold on to it, until they are closed */
            expect_no_scratch();
    } else {
        give_up(status);
    }
    coll_comm_destroy(comm);
    for (uint32_t i = 0; i < me.window; i++) {
        free(flights[i].input);
        free(flights[i].output);
    }
    free(pattern);
    print_what_is_held();
    return 0;
}
