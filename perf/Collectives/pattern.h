/*
 * pattern.h - buffers whose reduction is known exactly, and whose elements say which rank they are of.
 * SPDX-License-Identifier: MIT
 *
 * Rank r's element i is i % 13 + r (for a product: 1 + i % 2). These are small enough that sums over up to
 * eight ranks are exact in every type, bfloat16 and int8 included; the result is computed from the formula,
 * never by the library under test.
 */
#ifndef COLLECTIVES_PERF_PATTERN_H
#define COLLECTIVES_PERF_PATTERN_H

#include <stddef.h>
#include <stdint.h>

size_t pattern_element_size(const char *type); /* 0: unknown type */

/* All return 0, or -1 for an unknown type or op. */
int pattern_fill(void *buffer, uint64_t count, const char *type, const char *op, int rank);

/* Count the elements of the buffer that are not those of the reduction, or of a rank's input, from element `first` of it on. */
int pattern_wrong_sum(const void *buffer, uint64_t count, uint64_t first, const char *type, const char *op, int world, uint64_t *wrong);
int pattern_wrong_input(const void *buffer, uint64_t count, uint64_t first, const char *type, const char *op, int rank, uint64_t *wrong);

#endif
