/*
 * coll_stream - all-reduces one after the other with several in flight, as a training step's buckets are.
 * SPDX-License-Identifier: MIT
 *
 *     coll_stream [--bytes N] [--in-flight N] [--seconds S] [--lanes N] [--congestion NAME]
 *                 [--keep-order] --coordinator HOST:PORT BOARD RANK WORLD
 *
 * A call over a long line takes several times the line's delay from begin to end, however fast the line is; only
 * the next calls fill it meanwhile. Each rank keeps that many in flight, on as many buffers, and starts the next
 * when the oldest has ended. When a result says that an update would put the members in a better order, all let those in
 * flight end and call it. Every result is checked at one element in 4096, the last ones at all.
 *
 * Rank 0 prints one line of JSON at the end: {"bytes", "in_flight", "world", "began_ns": CLOCK_MONOTONIC at its first
 * call, "ends_ns": [after that, one per operation], "updates_ns": [after that, when each had ended], "wrong": elements, all ranks, "cpu_seconds": all ranks}.
 */
#include "board.h"
#include "pattern.h"

#include <collectives.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MAX_IN_FLIGHT = 64, MAX_OPERATIONS = 1 << 20, SPARSE = 4096, MAX_UPDATES = 1024 };

typedef struct stream {
    coll_comm     *comm;
    measure_board *board;
    int            rank, world, in_flight;
    uint64_t       count;
    double         seconds;
    float         *inputs[MAX_IN_FLIGHT], *outputs[MAX_IN_FLIGHT];
    coll_work     *works[MAX_IN_FLIGHT];
    int64_t        began;
    int64_t       *ends;
    int64_t        updates[MAX_UPDATES];
    int            update_count;
    uint64_t       wrong;
    coll_options   options;
    int            ran;       /* COLL_ALGORITHM_* of the last one */
    double         predicted; /* seconds that were expected of it */
} stream;

static void must(coll_status status, const char *call) {
    if (status == COLL_OK) return;
    char message[1024] = "";
    coll_last_error(message, sizeof message);
    fprintf(stderr, "coll_stream: %s: %s: %s\n", call, coll_status_name(status), message);
    exit(1);
}

static void *block(size_t bytes) {
    void *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (memory == NULL) { fprintf(stderr, "coll_stream: no memory\n"); exit(1); }
    return memory;
}

static void start(stream *s, uint32_t number) {
    const int slot = (int)(number % (uint32_t)s->in_flight);
    must(coll_all_reduce_start(s->comm, s->inputs[slot], s->outputs[slot], s->count, COLL_F32, COLL_SUM, &s->options, &s->works[slot]),
         "coll_all_reduce_start");
}

/* Rank r's element i is i % 13 + r (pattern.h). What is looked at is spoilt for the next operation. */
static void check(stream *s, int slot, uint64_t step) {
    const int base = s->world * (s->world - 1) / 2;
    float    *output = s->outputs[slot];
    for (uint64_t i = 0; i < s->count; i += step) {
        s->wrong += output[i] != (float)(s->world * (int)(i % 13) + base);
        output[i] = -1;
    }
}

static uint32_t run(stream *s) {
    uint32_t started = 0, ended = 0, last = UINT32_MAX;
    bool     draining = false;
    s->began = measure_now_ns();
    for (;;) {
        if (draining && ended == started) {
            must(coll_comm_update(s->comm, NULL), "coll_comm_update");
            if (s->update_count < MAX_UPDATES) s->updates[s->update_count++] = measure_now_ns() - s->began;
            draining = false;
        }
        while (!draining && started - ended < (uint32_t)s->in_flight && started < last) start(s, started++);
        if (ended == started) return ended;
        const int slot = (int)(ended % (uint32_t)s->in_flight);
        coll_result result = COLL_RESULT_INIT;
        must(coll_work_wait(s->works[slot], -1, &result), "coll_work_wait");
        s->ran = result.algorithm;
        s->predicted = result.predicted_seconds;
        /* Alike on all ranks, and all have started the same operations by now. */
        draining |= result.better_order != 0;
        coll_work_destroy(s->works[slot]);
        s->ends[ended++] = measure_now_ns() - s->began;
        check(s, slot, started == last ? 1 : SPARSE);
        /* Nobody can have started an operation that is not among those in flight at rank 0: none ends without it. */
        if (s->rank == 0 && last == UINT32_MAX && !draining && (s->ends[ended - 1] > s->seconds * 1e9 || started + (uint32_t)s->in_flight >= MAX_OPERATIONS))
            measure_publish(s->board, 0, started + (uint32_t)s->in_flight);
        const uint32_t told = measure_published(s->board, 0);
        if (told != 0) last = told;
    }
}

static void report(const stream *s, uint32_t operations) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    const double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    s->board->wrong[s->rank] = s->wrong;
    s->board->start[0][s->rank] = (int64_t)(cpu * 1e9);
    measure_barrier(s->board);
    if (s->rank != 0) return;
    uint64_t wrong = 0;
    double   all = 0;
    for (int rank = 0; rank < s->world; rank++) {
        wrong += s->board->wrong[rank];
        all += 1e-9 * (double)s->board->start[0][rank];
    }
    printf("{\"bytes\": %" PRIu64 ", \"in_flight\": %d, \"world\": %d, \"wrong\": %" PRIu64 ", \"cpu_seconds\": %.3f, \"began_ns\": %" PRId64
           ", \"ends_ns\": [", s->count * sizeof(float), s->in_flight, s->world, wrong, all, s->began);
    for (uint32_t i = 0; i < operations; i++) printf("%s%" PRId64, i == 0 ? "" : ", ", s->ends[i]);
    printf("], \"updates_ns\": [");
    for (int i = 0; i < s->update_count; i++) printf("%s%" PRId64, i == 0 ? "" : ", ", s->updates[i]);
    printf("], \"algorithm\": %d, \"predicted_seconds\": %.9f}\n", s->ran, s->predicted);
}

static void usage(void) {
    fprintf(stderr, "usage: coll_stream [--bytes N] [--in-flight N] [--seconds S] [--lanes N] [--congestion NAME]\n"
                    "                   [--algorithm NUMBER] [--keep-order] --coordinator HOST:PORT BOARD RANK WORLD\n");
    exit(2);
}

int main(int argc, char **argv) {
    static const struct option options[] = { { "bytes", 1, NULL, 'b' }, { "in-flight", 1, NULL, 'f' }, { "seconds", 1, NULL, 's' },
        { "lanes", 1, NULL, 'l' }, { "congestion", 1, NULL, 'g' }, { "keep-order", 0, NULL, 'k' },
        { "algorithm", 1, NULL, 'a' }, { "coordinator", 1, NULL, 'c' }, { NULL, 0, NULL, 0 } };
    coll_config config = COLL_CONFIG_INIT;
    stream s = { .in_flight = 4, .seconds = 10, .options = COLL_OPTIONS_INIT };
    uint64_t bytes = 64 << 20;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'b') bytes = strtoull(optarg, NULL, 10);
        else if (o == 'f') s.in_flight = atoi(optarg);
        else if (o == 's') s.seconds = atof(optarg);
        else if (o == 'l') config.lanes = (uint32_t)atoi(optarg);
        else if (o == 'k') config.keep_order = 1;
        else if (o == 'a') s.options.algorithm = atoi(optarg);
        else if (o == 'g') config.congestion_control = optarg;
        else if (o == 'c') config.coordinator = optarg;
        else usage();
    }
    if (argc - optind != 3 || config.coordinator == NULL || s.in_flight < 1 || s.in_flight > MAX_IN_FLIGHT || bytes < 4) usage();
    s.rank = atoi(argv[optind + 1]);
    s.world = atoi(argv[optind + 2]);
    s.board = measure_open(argv[optind], s.rank, s.world);
    s.count = bytes / sizeof(float);
    s.ends = block(MAX_OPERATIONS * sizeof *s.ends);

    config.min_members = (uint32_t)s.world;
    must(coll_comm_create(&config, &s.comm), "coll_comm_create");
    for (int slot = 0; slot < s.in_flight; slot++) {
        s.inputs[slot] = block(bytes);
        s.outputs[slot] = block(bytes);
        pattern_fill(s.inputs[slot], s.count, "f32", "sum", s.rank);
        memset(s.outputs[slot], 0, bytes);
    }
    measure_barrier(s.board);
    report(&s, run(&s));
    coll_comm_destroy(s.comm);
    return 0;
}
