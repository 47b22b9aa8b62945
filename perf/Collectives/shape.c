#include "shape.h"
#include "pattern.h"

#include <string.h>

enum { NOTHING, PART, WHOLE };
enum { ALL, ROOT, OTHERS };

typedef struct shape {
    const char *name;
    int         sends, senders, receives, receivers;
    double      factor;   /* busbw over algbw, and whether times (P-1)/P */
    int         of_world;
} shape;

static const shape shapes[] = {
    { "all_reduce", WHOLE, ALL, WHOLE, ALL, 2, 1 },
    { "reduce_scatter", WHOLE, ALL, PART, ALL, 1, 1 },
    { "all_gather", PART, ALL, WHOLE, ALL, 1, 1 },
    { "broadcast", WHOLE, ROOT, WHOLE, OTHERS, 1, 0 },
    { "reduce", WHOLE, ALL, WHOLE, ROOT, 1, 0 },
    { "gather", PART, ALL, WHOLE, ROOT, 1, 1 },
    { "scatter", WHOLE, ROOT, PART, ALL, 1, 1 },
    { "all_to_all", WHOLE, ALL, WHOLE, ALL, 1, 1 },
    { "send_recv", WHOLE, ALL, WHOLE, ALL, 1, 0 },
    { "barrier", NOTHING, ALL, NOTHING, ALL, 0, 0 },
};

static const shape *find(const char *name) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (strcmp(shapes[i].name, name) == 0) return &shapes[i];
    return NULL;
}

static int is(const measure_command *c, const char *name) { return strcmp(c->collective, name) == 0; }

static uint64_t elements(const measure_command *c, int what, int who, int rank) {
    if ((who == ROOT && rank != 0) || (who == OTHERS && rank == 0)) return 0;
    return what == WHOLE ? c->count : what == PART ? c->part : 0;
}

int shape_command(measure_command *c, int world) {
    const shape *s = find(c->collective);
    if (s == NULL || (c->in_place && !is(c, "all_reduce"))) return -1;
    c->count = s->sends == NOTHING ? 0 : c->bytes / c->element_size;
    c->part = c->count / (uint64_t)world;
    if (s->sends == PART || s->receives == PART || is(c, "all_to_all")) c->count = c->part * (uint64_t)world;
    return 0;
}

uint64_t shape_sent(const measure_command *c, int rank) { return elements(c, find(c->collective)->sends, find(c->collective)->senders, rank); }

uint64_t shape_received(const measure_command *c, int rank) {
    return elements(c, find(c->collective)->receives, find(c->collective)->receivers, rank);
}

double shape_bus_factor(const measure_command *c, int world) {
    const shape *s = find(c->collective);
    return s->of_world ? s->factor * (world - 1) / world : s->factor;
}

int shape_wrong(const measure_command *c, const void *recv, int rank, int world, uint64_t *wrong) {
    const uint64_t part = c->part, first = (uint64_t)rank * part, received = shape_received(c, rank);
    *wrong = 0;
    if (received == 0) return 0;
    if (is(c, "all_reduce") || is(c, "reduce")) return pattern_wrong_sum(recv, received, 0, c->type, c->op, world, wrong);
    if (is(c, "reduce_scatter")) return pattern_wrong_sum(recv, received, first, c->type, c->op, world, wrong);
    if (is(c, "broadcast")) return pattern_wrong_input(recv, received, 0, c->type, c->op, 0, wrong);
    if (is(c, "scatter")) return pattern_wrong_input(recv, received, first, c->type, c->op, 0, wrong);
    if (is(c, "send_recv")) return pattern_wrong_input(recv, received, 0, c->type, c->op, (rank + world - 1) % world, wrong);
    for (int s = 0; s < world; s++) {
        const unsigned char *at = (const unsigned char *)recv + (uint64_t)s * part * c->element_size;
        uint64_t more;
        if (pattern_wrong_input(at, part, is(c, "all_to_all") ? first : 0, c->type, c->op, s, &more) != 0) return -1;
        *wrong += more;
    }
    return 0;
}
