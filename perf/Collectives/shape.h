/*
 * shape.h - what each collective sends and receives, and what must come out.
 * SPDX-License-Identifier: MIT
 *
 * Every rank fills what it sends with its pattern (pattern.h), from element 0 on. `part` is the whole buffer's elements over the world.
 *
 *   collective       sends              receives           rank r receives
 *   all_reduce       whole              whole              the reduction
 *   reduce_scatter   whole              part               the reduction's part r
 *   all_gather       part               whole              part s: what rank s has sent
 *   broadcast        whole, rank 0      whole, the others  what rank 0 has sent
 *   reduce           whole              whole, rank 0      the reduction
 *   gather           part               whole, rank 0      part s: what rank s has sent
 *   scatter          whole, rank 0      part               part r of what rank 0 has sent
 *   all_to_all       whole              whole              part s: part r of what rank s has sent
 *   send_recv        whole              whole              what rank r - 1 has sent
 *   barrier          nothing            nothing
 */
#ifndef COLLECTIVES_PERF_SHAPE_H
#define COLLECTIVES_PERF_SHAPE_H

#include "measure.h"

/* Sets command->count and ->part; returns -1 for an unknown collective, and for one that is not measured in place. */
int shape_command(measure_command *command, int world);

uint64_t shape_sent(const measure_command *command, int rank);     /* elements */
uint64_t shape_received(const measure_command *command, int rank);

/* Busbw over algbw, as nccl-tests has it: what a link carries at least, whatever the algorithm. 0 for a barrier. */
double shape_bus_factor(const measure_command *command, int world);

/* Counts the wrong elements of what a rank has received; -1 for an unknown op. */
int shape_wrong(const measure_command *command, const void *recv, int rank, int world, uint64_t *wrong);

#endif
