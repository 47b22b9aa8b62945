/* Collectives with parts and roots between processes, against exact values: in place and out of place, every type that
 * moves differently, parts of different lengths, calls that do not match. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

enum { GUARD = 16, GUARD_BYTE = 0xA5 };

typedef struct {
    coll_comm *comm;
    uint32_t slot, slots;
    coll_dtype type;
    size_t size;
    uint64_t count;
    int in_place;
    uint64_t seed; /* of the values; each call has its own */
    const coll_options *options;
} test_call;

static const coll_dtype types[] = { COLL_F32, COLL_I32, COLL_U8, COLL_F64, COLL_I64, COLL_I16 };

static size_t size_of(coll_dtype type)
{
    switch (type) {
    case COLL_U8: return 1;
    case COLL_I16: return 2;
    case COLL_I64:
    case COLL_F64: return 8;
    default: return 4;
    }
}

/* Small whole numbers, which every type holds exactly, also when they are added up. */
static int input_of(const test_call *call, uint32_t slot, uint64_t i)
{
    return (int)((slot * 7 + i * 3 + call->seed * 5) % 13);
}

static int sum_of(const test_call *call, uint64_t i)
{
    int sum = 0;
    for (uint32_t slot = 0; slot < call->slots; slot++)
        sum += input_of(call, slot, i);
    return sum;
}

static void put(const test_call *call, void *buffer, uint64_t i, int number)
{
    char *at = (char *)buffer + i * call->size;
#define PUT(ctype)                        \
    do {                                  \
        ctype value = (ctype)number;      \
        memcpy(at, &value, sizeof value); \
    } while (0)
    switch (call->type) {
    case COLL_U8: PUT(uint8_t); break;
    case COLL_I16: PUT(int16_t); break;
    case COLL_I32: PUT(int32_t); break;
    case COLL_I64: PUT(int64_t); break;
    case COLL_F64: PUT(double); break;
    default: PUT(float);
    }
}

static int get(const test_call *call, const void *buffer, uint64_t i)
{
    const char *at = (const char *)buffer + i * call->size;
#define GET(ctype)                        \
    do {                                  \
        ctype value;                      \
        memcpy(&value, at, sizeof value); \
        return (int)value;                \
    } while (0)
    switch (call->type) {
    case COLL_U8: GET(uint8_t);
    case COLL_I16: GET(int16_t);
    case COLL_I32: GET(int32_t);
    case COLL_I64: GET(int64_t);
    case COLL_F64: GET(double);
    default: GET(float);
    }
}

/* A buffer of so many elements, with bytes behind it that nobody may write. */
static void *buffer_of(const test_call *call, uint64_t elements)
{
    char *buffer = malloc(elements * call->size + GUARD);
    CHECK(buffer != NULL);
    memset(buffer, GUARD_BYTE, elements * call->size + GUARD);
    return buffer;
}

static void free_checked(const test_call *call, void *buffer, uint64_t elements)
{
    const unsigned char *end = (unsigned char *)buffer + elements * call->size;
    for (int i = 0; i < GUARD; i++)
        CHECK(end[i] == GUARD_BYTE);
    free(buffer);
}

static void expect_number(const test_call *call, const void *buffer, uint64_t i, int number, const char *what)
{
    if (get(call, buffer, i) != number)
        FAIL("%s, slot %u of %u, type %d, count %llu, %s place, element %llu: expected %d, found %d", what, call->slot,
             call->slots, call->type, (unsigned long long)call->count, call->in_place ? "in" : "out of",
             (unsigned long long)i, number, get(call, buffer, i));
}

static void expect_all_took_part(const test_call *call, const coll_result *result)
{
    if (result->participants != call->slots || result->retries != 0 ||
        result->slot_mask != (UINT64_C(1) << call->slots) - 1)
        FAIL("slot %u, call %llu of count %llu: %u participants of %u, %u retries, mask 0x%llx", call->slot,
             (unsigned long long)call->seed, (unsigned long long)call->count, result->participants, call->slots,
             result->retries, (unsigned long long)result->slot_mask);
}

/* ---- One call of each --------------------------------------------------------------------------- */

static void reduce_scatter(const test_call *call)
{
    uint64_t total = call->slots * call->count, own = call->slot * call->count;
    void *send = buffer_of(call, total);
    void *recv = call->in_place ? (char *)send + own * call->size : buffer_of(call, call->count);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < total; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK,
           coll_reduce_scatter(call->comm, send, recv, call->count, call->type, COLL_SUM, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t i = 0; i < call->count; i++)
        expect_number(call, recv, i, sum_of(call, own + i), "reduce_scatter");
    if (!call->in_place) {
        for (uint64_t i = 0; i < total; i++)
            expect_number(call, send, i, input_of(call, call->slot, i), "reduce_scatter's input");
        free_checked(call, recv, call->count);
    }
    free_checked(call, send, total);
}

static void all_gather(const test_call *call)
{
    uint64_t total = call->slots * call->count;
    void *recv = buffer_of(call, total);
    void *send = call->in_place ? (char *)recv + call->slot * call->count * call->size : buffer_of(call, call->count);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < call->count; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK, coll_all_gather(call->comm, send, recv, call->count, call->type, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint32_t slot = 0; slot < call->slots; slot++)
        for (uint64_t i = 0; i < call->count; i++)
            expect_number(call, recv, slot * call->count + i, input_of(call, slot, i), "all_gather");
    if (!call->in_place)
        free_checked(call, send, call->count);
    free_checked(call, recv, total);
}

static void broadcast(const test_call *call, uint32_t root)
{
    void *recv = buffer_of(call, call->count);
    void *send = call->in_place ? recv : call->slot == root ? buffer_of(call, call->count) : NULL;
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < call->count && call->slot == root; i++)
        put(call, send, i, input_of(call, root, i));
    EXPECT(COLL_OK, coll_broadcast(call->comm, send, recv, call->count, call->type, root, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t i = 0; i < call->count; i++)
        expect_number(call, recv, i, input_of(call, root, i), "broadcast");
    if (!call->in_place && call->slot == root)
        free_checked(call, send, call->count);
    free_checked(call, recv, call->count);
}

static void reduce(const test_call *call, uint32_t root)
{
    void *send = buffer_of(call, call->count);
    int is_root = call->slot == root;
    void *recv = !is_root ? NULL : call->in_place ? send : buffer_of(call, call->count);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < call->count; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK,
           coll_reduce(call->comm, send, recv, call->count, call->type, COLL_SUM, root, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t i = 0; i < call->count; i++) {
        if (is_root)
            expect_number(call, recv, i, sum_of(call, i), "reduce");
        if (!is_root || !call->in_place)
            expect_number(call, send, i, input_of(call, call->slot, i), "reduce's input");
    }
    if (is_root && !call->in_place)
        free_checked(call, recv, call->count);
    free_checked(call, send, call->count);
}

static void gather(const test_call *call, uint32_t root)
{
    uint64_t total = call->slots * call->count;
    int is_root = call->slot == root;
    void *recv = is_root ? buffer_of(call, total) : NULL;
    void *send =
        is_root && call->in_place ? (char *)recv + root * call->count * call->size : buffer_of(call, call->count);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < call->count; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK, coll_gather(call->comm, send, recv, call->count, call->type, root, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint32_t slot = 0; slot < call->slots && is_root; slot++)
        for (uint64_t i = 0; i < call->count; i++)
            expect_number(call, recv, slot * call->count + i, input_of(call, slot, i), "gather");
    if (!is_root || !call->in_place)
        free_checked(call, send, call->count);
    if (is_root)
        free_checked(call, recv, total);
}

static void scatter(const test_call *call, uint32_t root)
{
    uint64_t total = call->slots * call->count;
    int is_root = call->slot == root;
    void *send = is_root ? buffer_of(call, total) : NULL;
    void *recv =
        is_root && call->in_place ? (char *)send + root * call->count * call->size : buffer_of(call, call->count);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < total && is_root; i++)
        put(call, send, i, input_of(call, root, i));
    EXPECT(COLL_OK, coll_scatter(call->comm, send, recv, call->count, call->type, root, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t i = 0; i < call->count; i++)
        expect_number(call, recv, i, input_of(call, root, call->slot * call->count + i), "scatter");
    for (uint64_t i = 0; i < total && is_root; i++)
        expect_number(call, send, i, input_of(call, root, i), "scatter's input");
    if (!is_root || !call->in_place)
        free_checked(call, recv, call->count);
    if (is_root)
        free_checked(call, send, total);
}

static void all_to_all(const test_call *call)
{
    uint64_t total = call->slots * call->count;
    void *send = buffer_of(call, total);
    void *recv = call->in_place ? send : buffer_of(call, total);
    coll_result result = COLL_RESULT_INIT;

    for (uint64_t i = 0; i < total; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK, coll_all_to_all(call->comm, send, recv, call->count, call->type, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint32_t slot = 0; slot < call->slots; slot++)
        for (uint64_t i = 0; i < call->count; i++)
            expect_number(call, recv, slot * call->count + i, input_of(call, slot, call->slot * call->count + i),
                          "all_to_all");
    if (!call->in_place)
        free_checked(call, recv, total);
    free_checked(call, send, total);
}

/* ---- Parts of different lengths ----------------------------------------------------------------- */

/* Some are empty. */
static uint64_t length_of(const test_call *call, uint32_t from, uint32_t to)
{
    uint64_t draw = (from * 5 + to * 3 + call->seed) % 4;
    return draw == 0 ? 0 : call->count / draw + draw;
}

static void all_gather_v(const test_call *call)
{
    uint64_t counts[MAX_WORLD], total = 0, before = 0, own;
    coll_result result = COLL_RESULT_INIT;
    void *recv, *send;

    for (uint32_t slot = 0; slot < call->slots; slot++) {
        counts[slot] = length_of(call, slot, 0);
        before += slot < call->slot ? counts[slot] : 0;
        total += counts[slot];
    }
    own = counts[call->slot];
    recv = buffer_of(call, total);
    send = call->in_place ? (char *)recv + before * call->size : buffer_of(call, own);
    for (uint64_t i = 0; i < own; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK, coll_all_gather_v(call->comm, send, recv, counts, call->type, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t slot = 0, at = 0; slot < call->slots; at += counts[slot++])
        for (uint64_t i = 0; i < counts[slot]; i++)
            expect_number(call, recv, at + i, input_of(call, (uint32_t)slot, i), "all_gather_v");
    if (!call->in_place)
        free_checked(call, send, own);
    free_checked(call, recv, total);
}

static void reduce_scatter_v(const test_call *call)
{
    uint64_t counts[MAX_WORLD], total = 0, before = 0, own;
    coll_result result = COLL_RESULT_INIT;
    void *recv, *send;

    for (uint32_t slot = 0; slot < call->slots; slot++) {
        counts[slot] = length_of(call, slot, 1);
        before += slot < call->slot ? counts[slot] : 0;
        total += counts[slot];
    }
    own = counts[call->slot];
    send = buffer_of(call, total);
    recv = call->in_place ? (char *)send + before * call->size : buffer_of(call, own);
    for (uint64_t i = 0; i < total; i++)
        put(call, send, i, input_of(call, call->slot, i));
    EXPECT(COLL_OK,
           coll_reduce_scatter_v(call->comm, send, recv, counts, call->type, COLL_SUM, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t i = 0; i < own; i++)
        expect_number(call, recv, i, sum_of(call, before + i), "reduce_scatter_v");
    if (!call->in_place)
        free_checked(call, recv, own);
    free_checked(call, send, total);
}

static void all_to_all_v(const test_call *call)
{
    uint64_t sent[MAX_WORLD], received[MAX_WORLD], all_sent = 0, all_received = 0;
    coll_result result = COLL_RESULT_INIT;
    void *recv, *send;

    for (uint32_t slot = 0; slot < call->slots; slot++) {
        all_sent += sent[slot] = length_of(call, call->slot, slot);
        all_received += received[slot] = length_of(call, slot, call->slot);
    }
    send = buffer_of(call, all_sent);
    recv = buffer_of(call, all_received);
    for (uint64_t slot = 0, at = 0; slot < call->slots; at += sent[slot++])
        for (uint64_t i = 0; i < sent[slot]; i++)
            put(call, send, at + i, input_of(call, call->slot, slot * 11 + i));
    EXPECT(COLL_OK, coll_all_to_all_v(call->comm, send, sent, recv, received, call->type, call->options, &result));
    expect_all_took_part(call, &result);
    for (uint64_t slot = 0, at = 0; slot < call->slots; at += received[slot++])
        for (uint64_t i = 0; i < received[slot]; i++)
            expect_number(call, recv, at + i, input_of(call, (uint32_t)slot, call->slot * 11 + i), "all_to_all_v");
    free_checked(call, recv, all_received);
    free_checked(call, send, all_sent);
}

/* ---- All of them, in many shapes ---------------------------------------------------------------- */

/* Nobody leaves while others do not know yet that all have what they are to have. */
static void leave_together(coll_comm *comm) { EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL)); }

static void for_every_shape(coll_comm *comm, void (*check)(const test_call *call))
{
    static const uint64_t counts[] = { 0, 1, 3, 1000, 50001 };
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    test_call call = { 0 };

    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    call.comm = comm;
    call.slot = info.slot;
    call.slots = info.slots;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
            for (call.in_place = 0; call.in_place < 2; call.in_place++) {
                call.type = types[t];
                call.size = size_of(call.type);
                call.count = counts[c];
                call.seed++;
                check(&call);
            }
    leave_together(comm);
}

static void check_with_parts(const test_call *call)
{
    reduce_scatter(call);
    all_gather(call);
    all_to_all(call);
}

static void check_with_uneven_parts(const test_call *call)
{
    reduce_scatter_v(call);
    all_gather_v(call);
    all_to_all_v(call);
}

static void check_with_roots(const test_call *call)
{
    uint32_t root = (uint32_t)(call->seed % call->slots);
    broadcast(call, root);
    reduce(call, root);
    gather(call, root);
    scatter(call, root);
}

/* One may return, and leave at once, while the others do not know yet that all have their part: that is no loss. */
static const char *const lasts[] = { "reduce_scatter", "all_gather", "all_to_all", "broadcast",
                                     "reduce",         "gather",     "scatter" };
static size_t last;

static void members_that_leave_at_once(coll_comm *comm, uint32_t rank)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    test_call call = { 0 };

    (void)rank;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    call.comm = comm;
    call.slot = info.slot;
    call.slots = info.slots;
    call.type = COLL_I32;
    call.size = 4;
    call.count = 1000;
    switch (last) {
    case 0: reduce_scatter(&call); break;
    case 1: all_gather(&call); break;
    case 2: all_to_all(&call); break;
    case 3: broadcast(&call, 2); break;
    case 4: reduce(&call, 2); break;
    case 5: gather(&call, 2); break;
    default: scatter(&call, 2);
    }
}

static void run_last_to_know(const void *which)
{
    last = *(const size_t *)which;
    fprintf(stderr, "%s\n", lasts[last]);
    run_processes(5, members_that_leave_at_once);
}

static void last_to_know(void)
{
    for (size_t i = 0; i < 10; i++)
        for (size_t which = 0; which < sizeof lasts / sizeof lasts[0]; which++)
            run_in_child(run_last_to_know, &which);
}

static void members_of_a_last_message(coll_comm *comm, uint32_t rank)
{
    int32_t value = 7;
    EXPECT(COLL_OK, rank == 0 ? coll_send(comm, &value, 1, COLL_I32, 1, NULL, NULL)
                              : coll_recv(comm, &value, 1, COLL_I32, 0, NULL, NULL));
}

static void run_last_message(const void *unused)
{
    (void)unused;
    run_processes(2, members_of_a_last_message);
}

/* The receiver has it, returns and leaves: the sender hears that it came. */
static void last_message(void)
{
    for (int i = 0; i < 10; i++)
        run_in_child(run_last_message, NULL);
}

static void members_with_parts(coll_comm *comm, uint32_t rank)
{
    (void)rank;
    for_every_shape(comm, check_with_parts);
}

static void members_with_uneven_parts(coll_comm *comm, uint32_t rank)
{
    (void)rank;
    for_every_shape(comm, check_with_uneven_parts);
}

static void members_with_roots(coll_comm *comm, uint32_t rank)
{
    (void)rank;
    for_every_shape(comm, check_with_roots);
}

static void parts_alone(void) { run_processes(1, members_with_parts); }
static void parts_of_two(void) { run_processes(2, members_with_parts); }
static void parts_of_five(void) { run_processes(5, members_with_parts); }
static void uneven_parts_alone(void) { run_processes(1, members_with_uneven_parts); }
static void uneven_parts_of_three(void) { run_processes(3, members_with_uneven_parts); }
static void uneven_parts_of_four(void) { run_processes(4, members_with_uneven_parts); }
static void roots_alone(void) { run_processes(1, members_with_roots); }
static void roots_of_two(void) { run_processes(2, members_with_roots); }
static void roots_of_five(void) { run_processes(5, members_with_roots); }

/* Every algorithm that a collective has. */
static void members_with_algorithms(coll_comm *comm, uint32_t rank)
{
    static const int32_t algorithms[] = { COLL_ALGORITHM_RING, COLL_ALGORITHM_TREE, COLL_ALGORITHM_HALVING,
                                          COLL_ALGORITHM_DIRECT };
    coll_options options = COLL_OPTIONS_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    test_call call = { 0 };

    (void)rank;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    call.comm = comm;
    call.slot = info.slot;
    call.slots = info.slots;
    call.type = COLL_F32;
    call.size = 4;
    call.options = &options;
    for (size_t a = 0; a < sizeof algorithms / sizeof algorithms[0]; a++)
        for (call.count = 1; call.count < 200000; call.count = call.count * 9 + 1)
            for (call.in_place = 0; call.in_place < 2; call.in_place++) {
                uint32_t root = (uint32_t)(++call.seed % call.slots);
                options.algorithm = algorithms[a];
                broadcast(&call, root);
                reduce(&call, root);
                if (options.algorithm == COLL_ALGORITHM_TREE)
                    continue;
                reduce_scatter(&call);
                all_gather(&call);
            }
    leave_together(comm);
}

static void algorithms_of_three(void) { run_processes(3, members_with_algorithms); }
static void algorithms_of_four(void) { run_processes(4, members_with_algorithms); }

/* ---- Pairs, barriers, and works ----------------------------------------------------------------- */

static void members_in_pairs(coll_comm *comm, uint32_t rank)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_options options = COLL_OPTIONS_INIT;
    uint32_t next, last;

    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    next = (rank + 1) % info.world;
    last = (rank + info.world - 1) % info.world;
    for (uint64_t count = 0; count < 300000; count = count * 17 + 1) {
        int32_t *out = malloc(count * 4 + 4), *in = malloc(count * 4 + 4), *tagged = malloc(count * 4 + 4);
        coll_work *works[4] = { NULL };
        coll_result result = COLL_RESULT_INIT;

        for (uint64_t i = 0; i < count; i++)
            out[i] = (int32_t)(rank * 1000000 + i);
        /* Of two messages at once the tags say which is which. */
        options.tag = 65535;
        EXPECT(COLL_OK, coll_recv_start(comm, tagged, count, COLL_I32, last, &options, &works[0]));
        EXPECT(COLL_OK, coll_recv_start(comm, in, count, COLL_I32, last, NULL, &works[1]));
        EXPECT(COLL_OK, coll_send_start(comm, out, count, COLL_I32, next, NULL, &works[2]));
        EXPECT(COLL_OK, coll_send_start(comm, out, count, COLL_I32, next, &options, &works[3]));
        for (int i = 0; i < 4; i++) {
            EXPECT(COLL_OK, coll_work_wait(works[i], -1, &result));
            CHECK(result.participants == 2);
            coll_work_destroy(works[i]);
        }
        for (uint64_t i = 0; i < count; i++)
            CHECK(in[i] == (int32_t)(last * 1000000 + i) && tagged[i] == in[i]);
        free(out);
        free(in);
        free(tagged);
    }
    leave_together(comm);
}

static void members_one_after_the_other(coll_comm *comm, uint32_t rank)
{
    /* In order of these two only: the others' collectives between them do not matter. */
    for (int32_t i = 0; i < 100; i++) {
        int32_t value = i * 3;
        if (rank == 0)
            EXPECT(COLL_OK, coll_send(comm, &value, 1, COLL_I32, 1, NULL, NULL));
        if (rank == 1) {
            value = 0;
            EXPECT(COLL_OK, coll_recv(comm, &value, 1, COLL_I32, 0, NULL, NULL));
            CHECK(value == i * 3);
        }
        if (i % 10 == 0)
            EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL));
    }
    leave_together(comm);
}

static void pairs_of_two(void) { run_processes(2, members_in_pairs); }
static void pairs_of_four(void) { run_processes(4, members_in_pairs); }
static void messages_in_order(void) { run_processes(3, members_one_after_the_other); }

/* Many at once, of different kinds and priorities. */
static void members_with_works(coll_comm *comm, uint32_t rank)
{
    enum { EACH = 8, COUNT = 5000 };
    static float all[EACH][MAX_WORLD * COUNT], own[EACH][COUNT], sums[EACH][COUNT];
    coll_work *works[3 * EACH] = { NULL };
    coll_options options = COLL_OPTIONS_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;

    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    for (int k = 0; k < EACH; k++) {
        options.priority = (k * 37) % 201 - 100;
        for (int i = 0; i < COUNT; i++) {
            own[k][i] = (float)(rank * 100 + (uint32_t)(k + i) % 50);
            sums[k][i] = (float)rank;
        }
        EXPECT(COLL_OK, coll_all_gather_start(comm, own[k], all[k], COUNT, COLL_F32, &options, &works[3 * k]));
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, sums[k], sums[k], COUNT, COLL_F32, COLL_SUM, &options, &works[3 * k + 1]));
        EXPECT(COLL_OK, coll_barrier_start(comm, &options, &works[3 * k + 2]));
    }
    for (int w = 3 * EACH - 1; w >= 0; w--) {
        EXPECT(COLL_OK, coll_work_wait(works[w], -1, NULL));
        coll_work_destroy(works[w]);
    }
    for (int k = 0; k < EACH; k++)
        for (uint32_t slot = 0; slot < info.slots; slot++)
            for (int i = 0; i < COUNT; i++)
                CHECK(all[k][slot * COUNT + (uint32_t)i] == (float)(slot * 100 + (uint32_t)(k + i) % 50) &&
                      sums[k][i] == (float)(info.world * (info.world - 1) / 2));
}

static void many_works(void) { run_processes(3, members_with_works); }

/* ---- Calls that do not match -------------------------------------------------------------------- */

static float send_[64], recv_[64];

static coll_status call_that_differs(coll_comm *comm, uint32_t rank, int which)
{
    int differs = rank == 1;
    uint64_t counts[3] = { 1, 2, differs ? 4 : 3 };
    switch (which) {
    case 0: return coll_broadcast(comm, send_, recv_, 4, COLL_F32, differs ? 1 : 0, NULL, NULL);
    case 1: return coll_broadcast(comm, send_, recv_, differs ? 5 : 4, COLL_F32, 0, NULL, NULL);
    case 2: return coll_all_gather(comm, send_, recv_, 4, differs ? COLL_I32 : COLL_F32, NULL, NULL);
    case 3:
        return differs ? coll_all_gather(comm, send_, recv_, 4, COLL_F32, NULL, NULL)
                       : coll_all_to_all(comm, send_, recv_, 4, COLL_F32, NULL, NULL);
    case 4: return coll_reduce_scatter(comm, send_, recv_, 4, COLL_F32, differs ? COLL_MAX : COLL_SUM, NULL, NULL);
    case 5: return coll_all_gather_v(comm, send_, recv_, counts, COLL_F32, NULL, NULL);
    case 6: return coll_gather(comm, send_, recv_, 4, COLL_F32, differs ? 2 : 0, NULL, NULL);
    case 7: return coll_scatter(comm, send_, recv_, differs ? 3 : 4, COLL_F32, 0, NULL, NULL);
    case 8:
        return differs ? coll_barrier(comm, NULL, NULL)
                       : coll_all_reduce(comm, send_, recv_, 4, COLL_F32, COLL_SUM, NULL, NULL);
    default: return coll_reduce(comm, send_, recv_, 4, COLL_F32, COLL_SUM, differs ? 1 : 0, NULL, NULL);
    }
}

static void members_that_differ(coll_comm *comm, uint32_t rank)
{
    for (int which = 0; which < 10; which++) {
        EXPECT(COLL_ERR_MISMATCH, call_that_differs(comm, rank, which));
        EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL)); /* it goes on */
    }
}

static void differences_are_errors_on_all(void) { run_processes(3, members_that_differ); }

/* What one sends is not what the other expects. */
static void members_of_unequal_parts(coll_comm *comm, uint32_t rank)
{
    uint64_t sent[2] = { 1, 2 }, received[2] = { 1, 2 };
    int32_t value = 7;

    /* Member 0 sends 2 to member 1, which expects 1 of it. */
    EXPECT(COLL_ERR_MISMATCH, coll_all_to_all_v(comm, send_, sent, recv_, received, COLL_F32, NULL, NULL));
    EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL));
    EXPECT(COLL_ERR_MISMATCH, rank == 0 ? coll_send(comm, send_, 3, COLL_F32, 1, NULL, NULL)
                                        : coll_recv(comm, recv_, 4, COLL_F32, 0, NULL, NULL));
    EXPECT(COLL_OK, rank == 0 ? coll_send(comm, &value, 1, COLL_I32, 1, NULL, NULL)
                              : coll_recv(comm, recv_, 1, COLL_I32, 0, NULL, NULL));
    leave_together(comm);
}

static void unequal_lengths_are_errors_on_both(void) { run_processes(2, members_of_unequal_parts); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(last_to_know),
        CASE(last_message),
        CASE(parts_alone),
        CASE(parts_of_two),
        CASE(parts_of_five),
        CASE(uneven_parts_alone),
        CASE(uneven_parts_of_three),
        CASE(uneven_parts_of_four),
        CASE(roots_alone),
        CASE(roots_of_two),
        CASE(roots_of_five),
        CASE(algorithms_of_three),
        CASE(algorithms_of_four),
        CASE(pairs_of_two),
        CASE(pairs_of_four),
        CASE(messages_in_order),
        CASE(many_works),
        CASE(differences_are_errors_on_all),
        CASE(unequal_lengths_are_errors_on_both),
    };
    return RUN_CASES(argc, argv, cases);
}
