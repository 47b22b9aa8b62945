/* A small operation beside a large one does not wait for it: two processes on loopback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "group.h"

enum { SMALL = 1024, TURNS = 41 };

static const uint64_t LARGE = 64u << 20; /* floats: 256 MiB */

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int by_size(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    return times[count / 2];
}

/* One small all-reduce, in a tag's own order, so that it need not come before or after the large one. */
static double small_ms(coll_comm *comm, float *buffer, int priority)
{
    coll_options options = COLL_OPTIONS_INIT;
    double began;

    options.tag = 7;
    options.priority = priority;
    for (int i = 0; i < SMALL; i++)
        buffer[i] = 1;
    began = now_ms();
    EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer, SMALL, COLL_F32, COLL_SUM, &options, NULL));
    CHECK(buffer[0] == 2 && buffer[SMALL - 1] == 2);
    return now_ms() - began;
}

static void beside(coll_comm *comm, uint32_t rank, int priority, int large_priority)
{
    float *large = malloc(LARGE * sizeof *large), small[SMALL];
    double alone[TURNS], while_busy[TURNS];
    int found = 0;
    coll_options options = COLL_OPTIONS_INIT;

    CHECK(large != NULL);
    options.recover = COLL_RECOVER_NONE;
    options.priority = large_priority;
    for (uint64_t i = 0; i < LARGE; i++)
        large[i] = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, large, large, LARGE, COLL_F32, COLL_SUM, &options, NULL));
    for (int turn = 0; turn < TURNS; turn++)
        alone[turn] = small_ms(comm, small, priority);

    while (found < TURNS) {
        coll_work *work = NULL;
        EXPECT(COLL_OK, coll_all_reduce_start(comm, large, large, LARGE, COLL_F32, COLL_MAX, &options, &work));
        for (int i = 0; i < 4 && found < TURNS; i++)
            while_busy[found++] = small_ms(comm, small, priority);
        EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
        coll_work_destroy(work);
    }
    free(large);

    double own = median(alone, TURNS), busy = median(while_busy, TURNS);
    if (rank == 0)
        printf("4 KiB alone %.3f ms, beside 256 MiB %.3f ms (medians of %d)\n", own, busy, TURNS);
    /* What the kernel has queued for the large one goes first: one to three milliseconds where processors are idle. The
     * large one takes a hundred and more. Other programs may be running: the median, and a bound that they don't reach.
     */
    if (busy > own + 15)
        FAIL("rank %u: 4 KiB beside 256 MiB took %.3f ms, alone %.3f ms: more than 15 ms longer", rank, busy, own);
}

static void of_equal_priority(coll_comm *comm, uint32_t rank) { beside(comm, rank, 0, 0); }

static void of_more_priority(coll_comm *comm, uint32_t rank) { beside(comm, rank, 5, -5); }

static void small_beside_large(void) { run_processes(2, of_equal_priority); }

static void small_first(void) { run_processes(2, of_more_priority); }

int main(int argc, char **argv)
{
    static const test_case cases[] = { CASE(small_beside_large), CASE(small_first) };
    return RUN_CASES(argc, argv, cases);
}
