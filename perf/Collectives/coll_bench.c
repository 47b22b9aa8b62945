/*
 * coll_bench - libcollectives.so, through its public header, under the same measurement as its peers.
 * SPDX-License-Identifier: MIT
 *
 *     coll_bench [--congestion NAME] [--lanes N] [--spin-us N] [--coordinator HOST:PORT] BOARD RANK WORLD
 *
 * Without --coordinator rank 0 runs one in its process, on loopback. Algorithms of a command are those of
 * COLL_ALGORITHM_* in small letters; "default" is "auto". Its answer also has the algorithm that "ran" and the time that
 * was predicted ("predicted_us"; 0: none was), both of the last iteration.
 */
#include "measure.h"

#include <collectives.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct named { const char *name; int32_t value; } named;

static const named types[] = {
    { "i8", COLL_I8 }, { "u8", COLL_U8 }, { "i16", COLL_I16 }, { "u16", COLL_U16 }, { "i32", COLL_I32 },
    { "u32", COLL_U32 }, { "i64", COLL_I64 }, { "u64", COLL_U64 }, { "f16", COLL_F16 }, { "bf16", COLL_BF16 },
    { "f32", COLL_F32 }, { "f64", COLL_F64 }, { NULL, 0 } };
static const named ops[] = {
    { "sum", COLL_SUM }, { "avg", COLL_AVG }, { "prod", COLL_PROD }, { "min", COLL_MIN }, { "max", COLL_MAX }, { NULL, 0 } };
static const named algorithms[] = {
    { "auto", COLL_ALGORITHM_AUTO }, { "default", COLL_ALGORITHM_AUTO }, { "ring", COLL_ALGORITHM_RING },
    { "exchange", COLL_ALGORITHM_EXCHANGE }, { "star", COLL_ALGORITHM_STAR }, { "two_way_ring", COLL_ALGORITHM_TWO_WAY_RING },
    { "tree", COLL_ALGORITHM_TREE }, { "halving", COLL_ALGORITHM_HALVING }, { "direct", COLL_ALGORITHM_DIRECT },
    { "hierarchical", COLL_ALGORITHM_HIERARCHICAL }, { NULL, 0 } };

typedef struct session {
    coll_comm   *comm;
    coll_dtype   type;
    coll_op      op;
    coll_options options;
    coll_result  result; /* of the last call */
    uint32_t     rank, world;
    coll_status (*call)(struct session *, const measure_command *, const void *, void *);
} session;

static coll_status all_reduce(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_all_reduce(s->comm, send, recv, c->count, s->type, s->op, &s->options, &s->result);
}

static coll_status reduce_scatter(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_reduce_scatter(s->comm, send, recv, c->part, s->type, s->op, &s->options, &s->result);
}

static coll_status all_gather(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_all_gather(s->comm, send, recv, c->part, s->type, &s->options, &s->result);
}

/* In place, as MPI_Bcast is. */
static coll_status broadcast(session *s, const measure_command *c, const void *send, void *recv) {
    void *buffer = s->rank == 0 ? (void *)(uintptr_t)send : recv;
    return coll_broadcast(s->comm, buffer, buffer, c->count, s->type, 0, &s->options, &s->result);
}

static coll_status reduce(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_reduce(s->comm, send, recv, c->count, s->type, s->op, 0, &s->options, &s->result);
}

static coll_status gather(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_gather(s->comm, send, recv, c->part, s->type, 0, &s->options, &s->result);
}

static coll_status scatter(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_scatter(s->comm, send, recv, c->part, s->type, 0, &s->options, &s->result);
}

static coll_status all_to_all(session *s, const measure_command *c, const void *send, void *recv) {
    return coll_all_to_all(s->comm, send, recv, c->part, s->type, &s->options, &s->result);
}

static coll_status send_recv(session *s, const measure_command *c, const void *send, void *recv) {
    coll_work  *work = NULL;
    coll_status status = coll_recv_start(s->comm, recv, c->count, s->type, (s->rank + s->world - 1) % s->world, &s->options, &work);
    if (status == COLL_OK) status = coll_send(s->comm, send, c->count, s->type, (s->rank + 1) % s->world, &s->options, &s->result);
    if (status == COLL_OK) status = coll_work_wait(work, -1, NULL);
    coll_work_destroy(work);
    return status;
}

static coll_status barrier(session *s, const measure_command *c, const void *send, void *recv) {
    (void)c, (void)send, (void)recv;
    return coll_barrier(s->comm, &s->options, &s->result);
}

static const struct { const char *name; coll_status (*call)(session *, const measure_command *, const void *, void *); } calls[] = {
    { "all_reduce", all_reduce }, { "reduce_scatter", reduce_scatter }, { "all_gather", all_gather }, { "broadcast", broadcast },
    { "reduce", reduce }, { "gather", gather }, { "scatter", scatter }, { "all_to_all", all_to_all }, { "send_recv", send_recv },
    { "barrier", barrier } };

static int look_up(const named *table, const char *name, int32_t *value) {
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0) { *value = table->value; return 0; }
    fprintf(stderr, "coll_bench: \"%s\" is not known here\n", name);
    return 1;
}

static int checked(coll_status status, const char *call) {
    if (status == COLL_OK) return 0;
    char message[1024] = "";
    coll_last_error(message, sizeof message);
    fprintf(stderr, "coll_bench: %s: %s: %s\n", call, coll_status_name(status), message);
    return 1;
}

static int prepare(void *state, const measure_command *command, void *send, void *recv) {
    session *s = state;
    const coll_options defaults = COLL_OPTIONS_INIT;
    (void)send, (void)recv;
    s->options = defaults;
    s->call = NULL;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, command->collective) == 0) s->call = calls[i].call;
    if (s->call == NULL) return 1;
    return look_up(types, command->type, &s->type) || look_up(ops, command->op, &s->op) ||
           look_up(algorithms, command->algorithm, &s->options.algorithm);
}

static int run(void *state, const measure_command *command, const void *send, void *recv) {
    session *s = state;
    const coll_result empty = COLL_RESULT_INIT;
    s->result = empty;
    return checked(s->call(s, command, send, recv), command->collective);
}

static void describe(void *state, char *out, size_t capacity) {
    session *s = state;
    const named *name = algorithms;
    while (name->name != NULL && name->value != s->result.algorithm) name++;
    snprintf(out, capacity, ",\"ran\":\"%s\",\"predicted_us\":%.2f", name->name == NULL ? "?" : name->name, s->result.predicted_seconds * 1e6);
}

static void usage(void) {
    fprintf(stderr, "usage: coll_bench [--congestion NAME] [--lanes N] [--spin-us N] [--coordinator HOST:PORT]\n"
                    "                  BOARD RANK WORLD\n");
    exit(2);
}

int main(int argc, char **argv) {
    static const struct option options[] = { { "congestion", 1, NULL, 'g' }, { "lanes", 1, NULL, 'l' },
        { "spin-us", 1, NULL, 'p' }, { "coordinator", 1, NULL, 'c' }, { NULL, 0, NULL, 0 } };
    coll_config config = COLL_CONFIG_INIT;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'g') config.congestion_control = optarg;
        else if (o == 'l') config.lanes = (uint32_t)atoi(optarg);
        else if (o == 'p') config.spin_us = atoi(optarg);
        else if (o == 'c') config.coordinator = optarg;
        else usage();
    }
    if (argc - optind != 3) usage();
    const int rank = atoi(argv[optind + 1]), world = atoi(argv[optind + 2]);
    measure_board *board = measure_open(argv[optind], rank, world);

    coll_coordinator *coordinator = NULL;
    char address[32];
    if (config.coordinator == NULL) {
        if (rank == 0) {
            if (checked(coll_coordinator_start(NULL, &coordinator), "coll_coordinator_start")) return 1;
            measure_publish(board, 0, coll_coordinator_port(coordinator));
        }
        measure_barrier(board);
        snprintf(address, sizeof address, "127.0.0.1:%u", measure_published(board, 0));
        config.coordinator = address;
    }
    config.min_members = (uint32_t)world;
    session s = { NULL, 0, 0, COLL_OPTIONS_INIT, COLL_RESULT_INIT, 0, (uint32_t)world, NULL };
    if (checked(coll_comm_create(&config, &s.comm), "coll_comm_create")) return 1;

    /* Members are numbered as they come. */
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    if (checked(coll_comm_info(s.comm, &info), "coll_comm_info")) return 1;
    s.rank = info.slot;

    const measure_library library = { "collectives", &s, prepare, run, NULL, describe, NULL, (int)info.slot };
    int status = measure_serve(board, rank, world, &library);
    coll_comm_destroy(s.comm);
    if (coordinator != NULL && checked(coll_coordinator_stop(coordinator), "coll_coordinator_stop")) return 1;
    return status;
}
