/*
 * ring_sockets.h - the sockets of one lane around the ring, on loopback.
 * SPDX-License-Identifier: MIT
 */
#ifndef COLLECTIVES_PERF_RING_SOCKETS_H
#define COLLECTIVES_PERF_RING_SOCKETS_H

#include "../Collectives/measure.h"

typedef struct ring_socket_options {
    const char *congestion;   /* TCP_CONGESTION; NULL: the kernel's default */
    int         buffer_bytes; /* SO_SNDBUF and SO_RCVBUF; 0: left to the kernel's autotuning */
    int         no_delay;
} ring_socket_options;

/* Connects to the next member and accepts from the one before; all members call it together. Ends the
 * process when the system refuses, since a ceiling with other options than asked for would be a wrong figure. */
void ring_connect(measure_board *board, int rank, int world, const ring_socket_options *options, int *to, int *from);

#endif
