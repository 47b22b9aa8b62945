/*
 * raw_ring - the ceiling: a ring all-reduce's bytes through plain sockets, and nothing else.
 * SPDX-License-Identifier: MIT
 *
 * Each of P processes, one thread each, sends 2(P-1)/P * S bytes to the next one and receives as many from
 * the one before, in 2(P-1) steps of one chunk (S/P bytes). What is sent in a step is what arrived in the step
 * before, so bytes are forwarded as they come: byte x of a chunk may leave once byte x has arrived. Without
 * --add they are only moved (into the buffer, and out of it again); with --add the first P-1 steps receive into
 * scratch and add (f32), which makes it a whole ring all-reduce with no library around it.
 *
 * Chunks are cut into segments; segment j of every step travels on lane j mod lanes. There are no frames and
 * no all-done: the time ends when a member holds its result.
 */
#define _GNU_SOURCE
#include "../Collectives/measure.h"
#include "ring_sockets.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_LANES = 16 };

typedef struct lane {
    int      to, from;             /* sockets to the next member and from the one before */
    uint32_t send_step, recv_step; /* where in the stream of segments each direction is */
    uint32_t send_segment, recv_segment;
    uint64_t send_done, recv_done; /* bytes of that segment */
    char    *scratch;
} lane;

typedef struct ring {
    int      rank, world, lanes, add;
    uint64_t segment, call;
    int64_t  spin_ns;
    lane     lane[MAX_LANES];
    /* Set per operation. */
    const char *send;
    char       *recv;
    uint64_t    count;    /* elements of the whole buffer */
    uint32_t    segments; /* of the largest chunk; smaller chunks have empty last segments */
    uint64_t   *arrived;  /* [step * segments + segment]: bytes there to be forwarded */
    uint64_t    arrived_capacity;
} ring;

static uint64_t chunk_start(const ring *r, uint32_t chunk) {
    return r->count * chunk / (uint64_t)r->world * sizeof(float);
}

/* The bytes of a segment of the chunk that this member sends in `step`; member `rank - 1` sends it a step earlier. */
static uint64_t place(const ring *r, uint32_t step, uint32_t segment, int of_previous, uint64_t *size) {
    uint32_t world = (uint32_t)r->world;
    uint32_t chunk = ((uint32_t)r->rank + 2 * world - (uint32_t)of_previous - step % world) % world;
    uint64_t start = chunk_start(r, chunk), end = chunk_start(r, chunk + 1);
    uint64_t from = start + segment * r->segment;
    *size = from >= end ? 0 : end - from < r->segment ? end - from : r->segment;
    return from;
}

static void advance(const ring *r, const lane *l, uint32_t *step, uint32_t *segment) {
    *segment += (uint32_t)r->lanes;
    if (*segment < r->segments) return;
    *segment = (uint32_t)(l - r->lane);
    (*step)++;
}

static void add_floats(float *restrict out, const float *in, const float *arrived, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = in[i] + arrived[i];
}

/* One send on the lane: > 0 progress, 0 would block or nothing to send yet (*blocked tells), -1 end of stream. */
static int64_t send_some(ring *r, lane *l, int *blocked) {
    uint32_t steps = 2 * (uint32_t)(r->world - 1);
    *blocked = 0;
    for (;;) {
        if (l->send_step >= steps || l->send_segment >= r->segments) return -1;
        uint64_t size, at = place(r, l->send_step, l->send_segment, 0, &size);
        if (l->send_done == size) {
            l->send_done = 0;
            advance(r, l, &l->send_step, &l->send_segment);
            continue;
        }
        uint64_t ready = size;
        if (l->send_step > 0) ready = r->arrived[(uint64_t)(l->send_step - 1) * r->segments + l->send_segment];
        if (ready == l->send_done) return 0;
        uint64_t wanted = ready - l->send_done < r->call ? ready - l->send_done : r->call;
        const char *from = l->send_step == 0 ? r->send : r->recv;
        ssize_t sent = send(l->to, from + at + l->send_done, wanted, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) { perror("raw_ring: send"); exit(1); }
            *blocked = 1;
            return 0;
        }
        l->send_done += (uint64_t)sent;
        return sent;
    }
}

/* One receive on the lane, same results. */
static int64_t receive_some(ring *r, lane *l) {
    uint32_t steps = 2 * (uint32_t)(r->world - 1);
    for (;;) {
        if (l->recv_step >= steps || l->recv_segment >= r->segments) return -1;
        uint64_t size, at = place(r, l->recv_step, l->recv_segment, 1, &size);
        if (l->recv_done == size) {
            l->recv_done = 0;
            advance(r, l, &l->recv_step, &l->recv_segment);
            continue;
        }
        int reducing = r->add && l->recv_step + 1 < (uint32_t)r->world;
        char *target = reducing ? l->scratch : r->recv + at;
        uint64_t wanted = size - l->recv_done < r->call ? size - l->recv_done : r->call;
        ssize_t got = recv(l->from, target + l->recv_done, wanted, MSG_DONTWAIT);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) { fprintf(stderr, "raw_ring: the member before has gone\n"); exit(1); }
            return 0;
        }
        uint64_t before = l->recv_done / sizeof(float) * sizeof(float);
        l->recv_done += (uint64_t)got;
        uint64_t whole = l->recv_done / sizeof(float) * sizeof(float);
        if (reducing)
            add_floats((float *)(void *)(r->recv + at + before), (const float *)(const void *)(r->send + at + before),
                       (const float *)(const void *)(l->scratch + before), (whole - before) / sizeof(float));
        r->arrived[(uint64_t)l->recv_step * r->segments + l->recv_segment] = whole;
        return got;
    }
}

static void wait_for_sockets(const ring *r, const int *blocked, int64_t *idle_since) {
    if (r->spin_ns > 0) {
        int64_t now = measure_now_ns();
        if (*idle_since == 0) *idle_since = now;
        if (now - *idle_since < r->spin_ns) {
            sched_yield(); /* what the bytes come from may need this core */
            return;
        }
    }
    struct pollfd polled[2 * MAX_LANES];
    nfds_t n = 0;
    for (int i = 0; i < r->lanes; i++) {
        if (r->lane[i].recv_step < 2 * (uint32_t)(r->world - 1)) polled[n++] = (struct pollfd){ r->lane[i].from, POLLIN, 0 };
        if (blocked[i]) polled[n++] = (struct pollfd){ r->lane[i].to, POLLOUT, 0 };
    }
    poll(polled, n, -1);
}

static int prepare(void *state, const measure_command *c, void *send, void *recv) {
    ring *r = state;
    (void)send, (void)recv;
    if (strcmp(c->collective, "all_reduce") != 0 || strcmp(c->type, "f32") != 0 || strcmp(c->op, "sum") != 0) return 1;
    r->count = c->count;
    uint64_t chunk = (c->count / (uint64_t)r->world + 1) * sizeof(float);
    r->segments = (uint32_t)((chunk + r->segment - 1) / r->segment);
    uint64_t needed = 2 * (uint64_t)r->world * r->segments;
    if (needed > r->arrived_capacity) {
        r->arrived = realloc(r->arrived, needed * sizeof *r->arrived);
        r->arrived_capacity = needed;
    }
    return r->arrived == NULL;
}

static int run(void *state, const measure_command *c, const void *send, void *recv) {
    ring *r = state;
    int blocked[MAX_LANES], busy, open;
    int64_t idle_since = 0;
    (void)c;
    r->send = send;
    r->recv = recv;
    memset(r->arrived, 0, 2 * (uint64_t)r->world * r->segments * sizeof *r->arrived);
    for (int i = 0; i < r->lanes; i++) {
        lane *l = &r->lane[i];
        l->send_step = l->recv_step = 0;
        l->send_segment = l->recv_segment = (uint32_t)i;
        l->send_done = l->recv_done = 0;
    }
    do {
        busy = open = 0;
        for (int i = 0; i < r->lanes; i++) {
            int64_t got = receive_some(r, &r->lane[i]), sent = send_some(r, &r->lane[i], &blocked[i]);
            busy |= got > 0 || sent > 0;
            open |= got >= 0 || sent >= 0;
        }
        if (busy) idle_since = 0;
        else if (open) wait_for_sockets(r, blocked, &idle_since);
    } while (open);
    return 0;
}

static void usage(void) {
    fprintf(stderr, "usage: raw_ring [--add] [--lanes N] [--segment BYTES] [--call BYTES] [--spin-us N]\n"
                    "                [--congestion NAME] [--socket-buffer BYTES] [--delay] BOARD RANK WORLD\n");
    exit(2);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        { "add", 0, NULL, 'a' }, { "lanes", 1, NULL, 'l' }, { "segment", 1, NULL, 's' }, { "call", 1, NULL, 'c' },
        { "spin-us", 1, NULL, 'p' }, { "congestion", 1, NULL, 'g' }, { "socket-buffer", 1, NULL, 'b' },
        { "delay", 0, NULL, 'd' }, { NULL, 0, NULL, 0 } };
    static ring r = { .lanes = 1, .segment = 1 << 20, .call = 1 << 20 };
    ring_socket_options sockets = { NULL, 0, 1 };
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'a') r.add = 1;
        else if (o == 'l') r.lanes = atoi(optarg);
        else if (o == 's') r.segment = strtoull(optarg, NULL, 0) / sizeof(float) * sizeof(float);
        else if (o == 'c') r.call = strtoull(optarg, NULL, 0);
        else if (o == 'p') r.spin_ns = atoll(optarg) * 1000;
        else if (o == 'g') sockets.congestion = optarg;
        else if (o == 'b') sockets.buffer_bytes = atoi(optarg);
        else if (o == 'd') sockets.no_delay = 0;
        else usage();
    }
    if (argc - optind != 3 || r.lanes < 1 || r.lanes > MAX_LANES || r.segment == 0 || r.call == 0) usage();
    r.rank = atoi(argv[optind + 1]);
    r.world = atoi(argv[optind + 2]);
    measure_board *board = measure_open(argv[optind], r.rank, r.world);
    for (int i = 0; i < r.lanes; i++) {
        ring_connect(board, r.rank, r.world, &sockets, &r.lane[i].to, &r.lane[i].from);
        r.lane[i].scratch = malloc(r.segment);
    }
    const measure_library library = { r.add ? "raw-ring-add" : "raw-ring", &r, prepare, run, NULL, NULL, NULL, r.rank };
    return measure_serve(board, r.rank, r.world, &library);
}
