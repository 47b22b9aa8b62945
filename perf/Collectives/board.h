/*
 * board.h - the memory that the ranks of one benchmark share, and the barrier in it.
 * SPDX-License-Identifier: MIT
 */
#ifndef COLLECTIVES_PERF_BOARD_H
#define COLLECTIVES_PERF_BOARD_H

#include "measure.h"

struct measure_board {
    uint32_t arrived;    /* ranks in the current barrier */
    uint32_t generation; /* barriers completed; the futex word */
    uint32_t world;
    uint32_t published[MEASURE_MAX_WORLD];
    /* Whether warm-up is over, and how many timed iterations follow: written by rank 0 before a barrier,
     * read by all after it. Two of them, by parity of the iteration, since a slow rank may read one while
     * rank 0 already writes the next. */
    uint32_t        timed[2];
    int             over;
    measure_command command;
    uint64_t        wrong[MEASURE_MAX_WORLD];
    int64_t         start[MEASURE_MAX_ITERATIONS][MEASURE_MAX_WORLD];
    int64_t         end[MEASURE_MAX_ITERATIONS][MEASURE_MAX_WORLD];
};

#endif
