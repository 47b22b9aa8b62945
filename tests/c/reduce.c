/* All-reduce between processes, against exact values. */
#include <stdlib.h>
#include <string.h>

#include "group.h"

static uint32_t world_of(coll_comm *comm)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    return info.world;
}

/* Small whole numbers, different for each member and element; f32 holds their sums exactly. */
static float input_of(uint32_t rank, uint64_t i) { return (float)((i * 7 + rank * 13) % 1000) - 500; }

static float sum_at(uint32_t world, uint64_t i)
{
    float sum = 0;
    for (uint32_t rank = 0; rank < world; rank++)
        sum += input_of(rank, i);
    return sum;
}

static void check_sums(uint32_t world, const float *found, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (found[i] != sum_at(world, i))
            FAIL("element %llu of %llu: expected %g, found %g", (unsigned long long)i, (unsigned long long)count,
                 (double)sum_at(world, i), (double)found[i]);
}

static void reduce_counts(coll_comm *comm, uint32_t rank)
{
    static const uint64_t counts[] = { 0, 1, 2, 3, 5, 1000, 1023, 65536, 1000003 };
    uint32_t world = world_of(comm);

    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        uint64_t count = counts[c];
        float *send = malloc((count + 1) * sizeof *send);
        float *recv = malloc((count + 1) * sizeof *recv);
        coll_result result = COLL_RESULT_INIT;

        for (uint64_t i = 0; i < count; i++)
            send[i] = input_of(rank, i);
        recv[count] = 77;
        EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, count, COLL_F32, COLL_SUM, NULL, &result));
        check_sums(world, recv, count);
        CHECK(recv[count] == 77);
        CHECK(result.participants == world && result.retries == 0 && result.seconds >= 0);
        for (uint64_t i = 0; i < count; i++)
            CHECK(send[i] == input_of(rank, i));

        EXPECT(COLL_OK, coll_all_reduce(comm, send, send, count, COLL_F32, COLL_SUM, NULL, NULL));
        check_sums(world, send, count);
        free(send);
        free(recv);
    }
}

/* Two elements, rank + 1 and rank + 2, in every type; the bit patterns of small f16 and bf16 numbers by table. */
static const uint16_t f16_of[] = { 0,      0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700,
                                   0x4800, 0x4880, 0x4900, 0x4980, 0x4A00, 0x4A80, 0x4B00 };
static const uint16_t bf16_of[] = { 0,      0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0, 0x40E0,
                                    0x4100, 0x4110, 0x4120, 0x4130, 0x4140, 0x4150, 0x4160 };

static size_t put(void *at, coll_dtype type, int64_t number)
{
#define PUT(ctype)                        \
    do {                                  \
        ctype value = (ctype)number;      \
        memcpy(at, &value, sizeof value); \
        return sizeof value;              \
    } while (0)
    switch (type) {
    case COLL_I8: PUT(int8_t);
    case COLL_U8: PUT(uint8_t);
    case COLL_I16: PUT(int16_t);
    case COLL_U16: PUT(uint16_t);
    case COLL_I32: PUT(int32_t);
    case COLL_U32: PUT(uint32_t);
    case COLL_I64: PUT(int64_t);
    case COLL_U64: PUT(uint64_t);
    case COLL_F32: PUT(float);
    case COLL_F64: PUT(double);
    case COLL_F16: memcpy(at, &f16_of[number], 2); return 2;
    case COLL_BF16: memcpy(at, &bf16_of[number], 2); return 2;
    default: FAIL("no type %d", type);
    }
    return 0;
}

static int64_t reduced(coll_op op, uint32_t world, int64_t offset)
{
    int64_t result = op == COLL_PROD ? 1 : 0;
    for (uint32_t rank = 0; rank < world; rank++) {
        int64_t number = rank + offset;
        switch (op) {
        case COLL_SUM:
        case COLL_AVG: result += number; break;
        case COLL_PROD: result *= number; break;
        case COLL_MIN: result = rank == 0 || number < result ? number : result; break;
        default: result = number > result ? number : result; break;
        }
    }
    return op == COLL_AVG ? result / world : result;
}

static void reduce_types_and_ops(coll_comm *comm, uint32_t rank)
{
    static const coll_dtype types[] = { COLL_I8,  COLL_U8,  COLL_I16, COLL_U16,  COLL_I32, COLL_U32,
                                        COLL_I64, COLL_U64, COLL_F16, COLL_BF16, COLL_F32, COLL_F64 };
    uint32_t world = world_of(comm);

    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (coll_op op = COLL_SUM; op <= COLL_MAX; op++) {
            unsigned char send[16], recv[16], expected[16];
            /* f16 and bf16 tables end at 14, and a mean of floats must be whole: odd worlds or other offsets. */
            int64_t first = 1, second = op == COLL_PROD ? 1 : 2;
            size_t size;
            if (op == COLL_AVG && world % 2 == 0 && types[t] >= COLL_F16)
                continue;
            if (op == COLL_PROD && world > 3 && types[t] >= COLL_F16)
                continue;
            size = put(send, types[t], rank + first);
            put(send + size, types[t], rank + second);
            put(expected, types[t], reduced(op, world, first));
            put(expected + size, types[t], reduced(op, world, second));
            EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, 2, types[t], op, NULL, NULL));
            if (memcmp(recv, expected, 2 * size) != 0)
                FAIL("type %d, op %d, world %u: wrong result", types[t], op, world);
        }
    }
}

static void reduce_weighted(coll_comm *comm, uint32_t rank)
{
    coll_options options = COLL_OPTIONS_INIT;
    uint32_t world = world_of(comm);
    float value = 10, expected_sum = 0, weights = 0, mean;

    for (uint32_t i = 0; i < world; i++) {
        expected_sum += 10 * (float)(i + 1);
        weights += (float)(i + 1);
    }
    options.weight = rank + 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &mean, 1, COLL_F32, COLL_AVG, &options, NULL));
    CHECK(mean == expected_sum / weights);
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    CHECK(value == expected_sum);
}

static void reduce_many_at_once(coll_comm *comm, uint32_t rank)
{
    enum { WORKS = 24 };
    static const uint64_t counts[] = { 1, 1000000, 7, 70000 };
    coll_work *works[WORKS];
    float *buffers[WORKS];
    uint32_t world = world_of(comm);

    for (int w = 0; w < WORKS; w++) {
        uint64_t count = counts[w % 4];
        buffers[w] = malloc(count * sizeof *buffers[w]);
        for (uint64_t i = 0; i < count; i++)
            buffers[w][i] = input_of(rank, i);
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, buffers[w], buffers[w], count, COLL_F32, COLL_SUM, NULL, &works[w]));
    }
    for (int w = WORKS; w-- > 0;) { /* waiting order is free */
        EXPECT(COLL_OK, coll_work_wait(works[w], -1, NULL));
        coll_work_destroy(works[w]);
        check_sums(world, buffers[w], counts[w % 4]);
        free(buffers[w]);
    }
}

/* More inputs in flight than scratch memory has blocks for. */
static void reduce_beyond_scratch(coll_comm *comm, uint32_t rank)
{
    enum { WORKS = 200, COUNT = 10000 };
    static float buffers[WORKS][COUNT];
    coll_work *works[WORKS];
    uint32_t world = world_of(comm);

    for (int w = 0; w < WORKS; w++) {
        for (uint64_t i = 0; i < COUNT; i++)
            buffers[w][i] = input_of(rank, i);
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, buffers[w], buffers[w], COUNT, COLL_F32, COLL_SUM, NULL, &works[w]));
    }
    for (int w = 0; w < WORKS; w++) {
        EXPECT(COLL_OK, coll_work_wait(works[w], -1, NULL));
        coll_work_destroy(works[w]);
        check_sums(world, buffers[w], COUNT);
    }
}

/* Tags match across members whatever the order of their calls. */
static void reduce_by_tag(coll_comm *comm, uint32_t rank)
{
    enum { TAGS = 8 };
    coll_work *works[TAGS];
    float values[TAGS];
    uint32_t world = world_of(comm);

    for (uint32_t i = 0; i < TAGS; i++) {
        uint32_t tag = rank % 2 == 0 ? i : TAGS - 1 - i;
        coll_options options = COLL_OPTIONS_INIT;
        options.tag = 100 + tag;
        values[tag] = (float)tag;
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, &values[tag], &values[tag], 1, COLL_F32, COLL_SUM, &options, &works[tag]));
    }
    for (uint32_t i = 0; i < TAGS; i++) {
        EXPECT(COLL_OK, coll_work_wait(works[i], -1, NULL));
        CHECK(values[i] == (float)(i * world));
        coll_work_destroy(works[i]);
    }
}

static void repeat(coll_comm *comm, float *buffer, uint64_t count, int times)
{
    for (int i = 0; i < times; i++) {
        coll_result result = COLL_RESULT_INIT;
        memset(buffer, 0, count * sizeof *buffer);
        EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer, count, COLL_F32, COLL_SUM, NULL, &result));
    }
}

static void reduce_without_garbage(coll_comm *comm, uint32_t rank)
{
    static float buffer[100000];
    uint64_t least = UINT64_MAX;
    float done = 0;
    (void)rank;

    repeat(comm, buffer, 10, 200);
    repeat(comm, buffer, 100000, 50);
    /* Heartbeats, the reports that follow them, and a collector that rounds to allocation blocks fall into one period
     * or another; operations that allocated at all would do so in each. */
    for (int period = 0; period < 4; period++) {
        coll_comm_statistics before = COLL_COMM_STATISTICS_INIT;
        coll_comm_statistics after = COLL_COMM_STATISTICS_INIT;
        EXPECT(COLL_OK, coll_comm_stats(comm, &before));
        repeat(comm, buffer, 10, 500);
        repeat(comm, buffer, 100000, 50);
        EXPECT(COLL_OK, coll_comm_stats(comm, &after));
        CHECK(after.operations - before.operations == 550);
        if (after.managed_bytes - before.managed_bytes < least)
            least = after.managed_bytes - before.managed_bytes;
    }
    if (least > 550 * 24 / 2)
        FAIL("550 operations allocated %llu bytes", (unsigned long long)least);
    EXPECT(COLL_OK, coll_all_reduce(comm, &done, &done, 1, COLL_F32, COLL_SUM, NULL, NULL));
}

static void reduce_mismatched(coll_comm *comm, uint32_t rank)
{
    float values[4] = { 1, 2, 3, 4 };
    EXPECT(COLL_ERR_MISMATCH, coll_all_reduce(comm, values, values, rank == 0 ? 3 : 4, COLL_F32, COLL_SUM, NULL, NULL));
    EXPECT_WORDS("3");
    EXPECT_WORDS("4");
    CHECK(values[0] == 1 && values[3] == 4);
}

static void alone_counts(void) { run_threads(1, reduce_counts); }
static void alone_types_and_ops(void) { run_threads(1, reduce_types_and_ops); }
static void two_threads_counts(void) { run_threads(2, reduce_counts); }
static void two_counts(void) { run_processes(2, reduce_counts); }
static void four_counts(void) { run_processes(4, reduce_counts); }
static void two_types_and_ops(void) { run_processes(2, reduce_types_and_ops); }
static void three_types_and_ops(void) { run_processes(3, reduce_types_and_ops); }
static void four_types_and_ops(void) { run_processes(4, reduce_types_and_ops); }
static void four_weighted(void) { run_processes(4, reduce_weighted); }
static void four_many_at_once(void) { run_processes(4, reduce_many_at_once); }
static void four_beyond_scratch(void) { run_processes(4, reduce_beyond_scratch); }
static void three_by_tag(void) { run_processes(3, reduce_by_tag); }
static void two_without_garbage(void) { run_processes(2, reduce_without_garbage); }
static void two_mismatched(void) { run_processes(2, reduce_mismatched); }
static void three_mismatched(void) { run_processes(3, reduce_mismatched); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(alone_counts),   CASE(alone_types_and_ops), CASE(two_threads_counts),  CASE(two_counts),
        CASE(four_counts),    CASE(two_types_and_ops),   CASE(three_types_and_ops), CASE(four_types_and_ops),
        CASE(four_weighted),  CASE(four_many_at_once),   CASE(three_by_tag),        CASE(two_without_garbage),
        CASE(two_mismatched), CASE(three_mismatched),    CASE(four_beyond_scratch),
    };
    return RUN_CASES(argc, argv, cases);
}
