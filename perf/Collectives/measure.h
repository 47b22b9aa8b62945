/*
 * measure.h - one way of measuring a collective, the same for every library.
 * SPDX-License-Identifier: MIT
 *
 * Every client of perf/ is a process per rank that maps one small shared file, the board. Rank 0 reads
 * commands from its standard input and answers each with one line of JSON; the others follow through the
 * board, so that a group of processes stays connected while the groups of other libraries take their turn.
 *
 * An iteration:   start = now;  the collective;  end = now.  Two ways of pacing them:
 *   free          one call after the other, as a program makes them. The time of an iteration is that of the rank
 *                 which it took the longest. Where all wait for all, nobody runs ahead of the others.
 *   barrier       before each of them, and the time is the latest end minus the latest start, over all ranks. Where some
 *                 only send (a broadcast, say), they could otherwise be calls ahead of those that receive, in a
 *                 library that lets them go. What the barrier takes to wake a rank up is left out.
 *                 CLOCK_MONOTONIC is one clock on one machine.
 * The barrier:    a futex on the board, not a message of the library. It never spins: where threads are more
 *                 than cores, a spinning rank keeps another library's progress thread from its core until
 *                 the scheduler's next tick (4 ms), which would be counted as that library's time.
 * Warm-up:        until the command's warm-up time is over and at least two iterations are done.
 * Correctness:    inputs are small integers, exact in every type; the first and the last iteration are
 *                 compared element by element on every rank, and the differences counted as `wrong`.
 * Sizes:          those of nccl-tests: `bytes` are the whole buffer's, of all ranks' parts where there are parts. A send_recv
 *                 is one to the next rank and one from the rank before, at once. Roots are rank 0.
 */
#ifndef COLLECTIVES_PERF_MEASURE_H
#define COLLECTIVES_PERF_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MEASURE_MAX_WORLD = 64, MEASURE_MAX_ITERATIONS = 4096 };

/* "run COLLECTIVE PACE BYTES IN_PLACE MILLISECONDS ALGORITHM TYPE OP", for example
 * "run all_reduce free 4096 0 50 ring f32 sum". */
typedef struct measure_command {
    char     collective[16]; /* see shape.h */
    int      barrier;      /* 1: PACE is "barrier"; 0: "free" */
    uint64_t bytes;        /* of the whole buffer; rounded down to whole elements of each part */
    int      in_place;     /* 0 or 1 */
    int      milliseconds; /* how long the timed iterations should take together */
    char     algorithm[32];
    char     type[8];
    char     op[8];
    uint64_t count;        /* elements of the whole buffer */
    uint64_t part;         /* and of a rank's part, where there are parts */
    size_t   element_size;
} measure_command;

/* The library under test. Each call is made by every rank; nonzero means failure and ends the process. */
typedef struct measure_library {
    const char *name;
    void       *state;
    /* Before the first iteration of a command; outside the time. May be NULL. */
    int (*prepare)(void *state, const measure_command *command, void *send, void *recv);
    int (*run)(void *state, const measure_command *command, const void *send, void *recv);
    void (*finish)(void *state); /* after its last iteration; may be NULL */
    /* More members of the answer's JSON object, each with a comma before it; by rank 0, after the last iteration. May be NULL. */
    void (*describe)(void *state, char *out, size_t capacity);
    /* Whether it overwrites what it sends, out of place too. NULL: never. */
    int (*spoils_input)(void *state, const measure_command *command);
    int place; /* this process's rank in the library, which may number its processes otherwise than the board does */
} measure_library;

typedef struct measure_board measure_board;

/* Maps the board at `path`, creating it if need be, and asks the kernel to end this process with its parent. */
measure_board *measure_open(const char *path, int rank, int world);

/* Waits until all ranks are there. */
void measure_barrier(measure_board *board);

/* A number per rank that all can read after the next barrier: a port, say. */
void     measure_publish(measure_board *board, int rank, uint32_t value);
uint32_t measure_published(const measure_board *board, int rank);

/* Serves commands until rank 0's standard input ends. Returns the exit status. */
int measure_serve(measure_board *board, int rank, int world, const measure_library *library);

int64_t measure_now_ns(void);

#ifdef __cplusplus
}
#endif

#endif
