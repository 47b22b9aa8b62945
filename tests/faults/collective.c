/*
 * One of four members dies at a planned moment (COLLECTIVES_FAULT_PLAN, where they are a, b, c and d) of a stream of
 * one collective; roots take turns. Each survivor checks exact values, and all must have had the same: a result over
 * the same members, or COLL_ERR_PEER_LOST because the root is dead, with the input as it was.
 *
 *     fault_collective broadcast | reduce | gather | scatter | reduce_scatter | all_gather | all_to_all | barrier
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../c/group.h"

enum { WORLD = 4, CALLS = 16, SMALL = 1000, LARGE = 150000 };

typedef enum { BROADCAST, REDUCE, GATHER, SCATTER, REDUCE_SCATTER, ALL_GATHER, ALL_TO_ALL, BARRIER, KINDS } collective;

static const char *const names[KINDS] = {
    "broadcast", "reduce", "gather", "scatter", "reduce_scatter", "all_gather", "all_to_all", "barrier",
};

typedef struct {
    uint32_t slot, root, number, count;
    int in_place;
    uint64_t sends, receives; /* elements */
    float *send, *recv;
} call;

/* What each member has seen; -1: nothing. */
typedef struct {
    _Atomic int64_t status[CALLS][WORLD];
    _Atomic int64_t mask[CALLS][WORLD];
    _Atomic int64_t epoch[CALLS][WORLD];
} board;

static collective kind;
static board *seen;
static float *space, *other;

/* Sums of four are whole numbers that a float holds exactly. */
static float input_of(const call *one, uint32_t slot, uint64_t i)
{
    return (float)((1u << slot) * 128 + i % 101 + one->number % 3);
}

static int has_root(void) { return kind <= SCATTER; }

static void prepare(call *one)
{
    uint64_t all = (uint64_t)one->count * WORLD;
    int is_root = one->slot == one->root;

    one->sends = kind == BARRIER || (kind == BROADCAST && !is_root) ? 0
                 : kind == SCATTER                                  ? (is_root ? all : 0)
                 : kind == REDUCE_SCATTER || kind == ALL_TO_ALL     ? all
                                                                    : one->count;
    one->receives = kind == BARRIER || ((kind == REDUCE || kind == GATHER) && !is_root) ? 0
                    : kind == GATHER || kind == ALL_GATHER || kind == ALL_TO_ALL        ? all
                                                                                        : one->count;
    one->in_place = one->number % 4 >= 2 && one->sends > 0 && one->receives > 0;
    one->send = space;
    one->recv = one->in_place ? space : other;
    if (one->in_place && one->sends > one->receives)
        one->recv += (uint64_t)one->slot * one->count;
    if (one->in_place && one->sends < one->receives)
        one->send += (uint64_t)one->slot * one->count;
    for (uint64_t i = 0; i < all; i++)
        space[i] = other[i] = -1;
    for (uint64_t i = 0; i < one->sends; i++)
        one->send[i] = input_of(one, one->slot, i);
}

static coll_status make(coll_comm *comm, const call *one, coll_result *result)
{
    switch (kind) {
    case BROADCAST: return coll_broadcast(comm, one->send, one->recv, one->count, COLL_F32, one->root, NULL, result);
    case REDUCE:
        return coll_reduce(comm, one->send, one->recv, one->count, COLL_F32, COLL_SUM, one->root, NULL, result);
    case GATHER: return coll_gather(comm, one->send, one->recv, one->count, COLL_F32, one->root, NULL, result);
    case SCATTER: return coll_scatter(comm, one->send, one->recv, one->count, COLL_F32, one->root, NULL, result);
    case REDUCE_SCATTER:
        return coll_reduce_scatter(comm, one->send, one->recv, one->count, COLL_F32, COLL_SUM, NULL, result);
    case ALL_GATHER: return coll_all_gather(comm, one->send, one->recv, one->count, COLL_F32, NULL, result);
    case ALL_TO_ALL: return coll_all_to_all(comm, one->send, one->recv, one->count, COLL_F32, NULL, result);
    default: return coll_barrier(comm, NULL, result);
    }
}

static float sum_of(const call *one, uint64_t mask, uint64_t i)
{
    float sum = 0;
    for (uint32_t slot = 0; slot < WORLD; slot++)
        if (mask >> slot & 1)
            sum += input_of(one, slot, i);
    return sum;
}

static float expected_of(const call *one, uint64_t mask, uint64_t i)
{
    uint32_t part = (uint32_t)(i / one->count);
    uint64_t mine = (uint64_t)one->slot * one->count;

    switch (kind) {
    case BROADCAST: return input_of(one, one->root, i);
    case SCATTER: return input_of(one, one->root, mine + i);
    case REDUCE: return sum_of(one, mask, i);
    case REDUCE_SCATTER: return sum_of(one, mask, mine + i);
    case ALL_TO_ALL: return mask >> part & 1 ? input_of(one, part, mine + i % one->count) : 0;
    default: return mask >> part & 1 ? input_of(one, part, i % one->count) : 0;
    }
}

static void check_result(const call *one, uint64_t mask)
{
    for (uint64_t i = 0; i < one->receives; i++)
        if (one->recv[i] != expected_of(one, mask, i))
            FAIL("%s %u (%u elements, root %u, %s place), slots 0x%x, element %llu: expected %.0f, found %.0f",
                 names[kind], one->number, one->count, one->root, one->in_place ? "in" : "out of", (unsigned)mask,
                 (unsigned long long)i, (double)expected_of(one, mask, i), (double)one->recv[i]);
}

static void check_input(const call *one, const char *after)
{
    for (uint64_t i = 0; i < one->sends; i++)
        if (one->send[i] != input_of(one, one->slot, i))
            FAIL("%s %u (%s place), the input after %s, element %llu: found %.0f", names[kind], one->number,
                 one->in_place ? "in" : "out of", after, (unsigned long long)i, (double)one->send[i]);
}

static void member(coll_comm *comm, uint32_t slot)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    float one_each = 1;

    space = malloc(sizeof *space * WORLD * LARGE);
    other = malloc(sizeof *other * WORLD * LARGE);
    CHECK(space != NULL && other != NULL);
    for (uint32_t number = 0; number < CALLS; number++) {
        call one = {
            .slot = slot, .root = number % WORLD, .number = number, .count = number / 2 % 3 == 2 ? LARGE : SMALL
        };
        coll_result result = COLL_RESULT_INIT;
        coll_status status;

        prepare(&one);
        status = make(comm, &one, &result);
        seen->mask[number][slot] = (int64_t)result.slot_mask;
        seen->epoch[number][slot] = (int64_t)result.epoch;
        seen->status[number][slot] = status;
        if (status == COLL_OK) {
            check_result(&one, result.slot_mask);
            if (!one.in_place)
                check_input(&one, "a result");
            continue;
        }
        if (!has_root())
            EXPECT(COLL_OK, status);
        EXPECT(COLL_ERR_PEER_LOST, status);
        check_input(&one, "an error");
    }
    EXPECT(COLL_OK, coll_comm_update(comm, &info));
    CHECK(info.world == WORLD - 1 && info.slots == WORLD - 1);
    EXPECT(COLL_OK, coll_all_reduce(comm, &one_each, &one_each, 1, COLL_F32, COLL_SUM, NULL, NULL));
    CHECK(one_each == WORLD - 1);
    free(space);
    free(other);
}

/* The dead one is that which has not seen the last call. */
static void check_agreement(void)
{
    uint32_t dead = WORLD, first;
    for (uint32_t slot = 0; slot < WORLD; slot++)
        if (seen->status[CALLS - 1][slot] == INT64_MIN)
            dead = slot;
    CHECK(dead < WORLD);
    first = dead == 0 ? 1 : 0;
    for (uint32_t number = 0; number < CALLS; number++)
        for (uint32_t slot = 0; slot < WORLD; slot++) {
            if (slot == dead)
                continue;
            if (seen->status[number][slot] != seen->status[number][first] ||
                seen->mask[number][slot] != seen->mask[number][first] ||
                seen->epoch[number][slot] != seen->epoch[number][first])
                FAIL("%s %u: status %lld, slots 0x%llx, epoch %lld for slot %u, and %lld, 0x%llx, %lld for slot %u",
                     names[kind], number, (long long)seen->status[number][first],
                     (unsigned long long)seen->mask[number][first], (long long)seen->epoch[number][first], first,
                     (long long)seen->status[number][slot], (unsigned long long)seen->mask[number][slot],
                     (long long)seen->epoch[number][slot], slot);
            CHECK(seen->status[number][slot] == COLL_OK || number % WORLD == dead);
        }
}

int main(int argc, char **argv)
{
    for (kind = 0; kind < KINDS && (argc != 2 || strcmp(names[kind], argv[1]) != 0); kind++) {
    }
    CHECK(kind < KINDS);
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(seen != MAP_FAILED);
    for (uint32_t number = 0; number < CALLS; number++)
        for (uint32_t slot = 0; slot < WORLD; slot++)
            seen->status[number][slot] = INT64_MIN;
    CHECK(run_mortal_processes(WORLD, member) == 1);
    check_agreement();
    return 0;
}
