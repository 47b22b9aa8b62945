/* Members that call an operation after the others' deadline: what becomes of it, and of them. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "group.h"

enum { MOST = 1000000, LABELS = 16 };

static void nap_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static float common_part(uint64_t i) { return (float)(i % 1000 * LABELS); }

/* A bit of its own for each member, above it what all have in common. */
static void fill(float *buffer, uint64_t count, uint32_t rank)
{
    for (uint64_t i = 0; i < count; i++)
        buffer[i] = common_part(i) + (float)(1u << rank);
}

static void check_sum(const float *found, uint64_t count, uint32_t members)
{
    for (uint64_t i = 0; i < count; i++) {
        float sum = (float)__builtin_popcount(members) * common_part(i) + (float)members;
        if (found[i] != sum)
            FAIL("element %llu: expected %g, found %g", (unsigned long long)i, (double)sum, (double)found[i]);
    }
}

static void check_input(const float *found, uint64_t count, uint32_t rank)
{
    for (uint64_t i = 0; i < count; i++)
        CHECK(found[i] == common_part(i) + (float)(1u << rank));
}

typedef struct {
    float *input, *output, *aside;
} buffers;

static buffers make_buffers(void)
{
    buffers made = { malloc(MOST * sizeof(float)), malloc(MOST * sizeof(float)), malloc(MOST * sizeof(float)) };
    CHECK(made.input != NULL && made.output != NULL && made.aside != NULL);
    return made;
}

static coll_options proceeding(const buffers *of, int in_place)
{
    coll_options options = COLL_OPTIONS_INIT;
    options.on_late = COLL_ON_LATE_PROCEED;
    options.contribution = in_place ? of->aside : NULL;
    options.deadline_ms = 400;
    return options;
}

/* All call the same afterwards, late or not. */
static void meet(coll_comm *comm, uint32_t world)
{
    float one = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &one, &one, 1, COLL_F32, COLL_SUM, NULL, NULL));
    if (one != (float)world)
        FAIL("met %g of %u", (double)one, world);
}

/* Rank 2 of 4 comes late to operations of several sizes, out of place and in place. */
static void proceed(coll_comm *comm, uint32_t rank)
{
    static const uint64_t counts[] = { 1, 1000, 300000, MOST };
    buffers of = make_buffers();
    for (int turn = 0; turn < 8; turn++) {
        uint64_t count = counts[turn / 2];
        int in_place = turn % 2;
        coll_options options = proceeding(&of, in_place);
        coll_result result = COLL_RESULT_INIT;
        float *output = in_place ? of.input : of.output;
        fill(of.input, count, rank);
        if (rank == 2)
            nap_ms(700);
        EXPECT(COLL_OK, coll_all_reduce(comm, of.input, output, count, COLL_F32, COLL_SUM, &options, &result));
        check_sum(output, count, 0xB);
        if (!in_place || rank == 2)
            check_input(in_place ? of.aside : of.input, count, rank);
        CHECK(result.participants == 3 && result.participant_mask == 0xB && result.epoch == 1);
        CHECK(result.late == (rank == 2) && result.retries == 1 && result.pending_members == 0);
        meet(comm, 4);
    }
}

static void others_proceed_and_the_late_one_gets_the_result(void) { run_processes(4, proceed); }

/* Two of three are late, and call while the others are being asked, or long after. */
static void proceed_alone(coll_comm *comm, uint32_t rank)
{
    buffers of = make_buffers();
    for (long delay = 350; delay <= 500; delay += 10) {
        coll_options options = proceeding(&of, 0);
        coll_result result = COLL_RESULT_INIT;
        uint32_t members;
        fill(of.input, 1000, rank);
        if (rank != 0)
            nap_ms(delay + 13 * (long)rank);
        EXPECT(COLL_OK, coll_all_reduce(comm, of.input, of.output, 1000, COLL_F32, COLL_SUM, &options, &result));
        members = (uint32_t)of.output[0] % LABELS;
        check_sum(of.output, 1000, members);
        CHECK(members == result.participant_mask && result.participants == (uint32_t)__builtin_popcount(members));
        CHECK(result.late == !(members >> rank & 1));
        meet(comm, 3);
    }
}

static void any_moment_will_do(void) { run_processes(3, proceed_alone); }

/* Of the two that go on without c, b dies as it begins again: c is told who took part in the end, not who was to. */
static void go_on_and_lose_one(coll_comm *comm, uint32_t rank)
{
    char label = getenv("COLLECTIVES_FAULT_MEMBER")[0];
    buffers of = make_buffers();
    coll_options options = proceeding(&of, 0);
    coll_result result = COLL_RESULT_INIT;
    uint32_t members;
    fill(of.input, 300000, rank);
    if (label == 'c')
        nap_ms(1500);
    coll_status status = coll_all_reduce(comm, of.input, of.output, 300000, COLL_F32, COLL_SUM, &options, &result);
    if (label == 'c' && status == COLL_ERR_PEER_LOST) { /* b had rank 0, and would have kept the result for c */
        check_input(of.input, 300000, rank);
        meet(comm, 2);
        return;
    }
    EXPECT(COLL_OK, status);
    members = (uint32_t)of.output[0] % LABELS;
    check_sum(of.output, 300000, members);
    CHECK(__builtin_popcount(members) == 1 && result.participants == 1 &&
          __builtin_popcountll(result.participant_mask) == 1);
    CHECK(label == 'c' ? result.late && members != 1u << rank : !result.late && members == 1u << rank);
    CHECK(result.epoch > 1);
    meet(comm, 2);
}

static void one_of_those_that_went_on_is_lost(void)
{
    CHECK(setenv("COLLECTIVES_FAULT_PLAN", "kill b begun 0 1", 1) == 0);
    CHECK(run_mortal_processes(3, go_on_and_lose_one) == 1);
}

/* Fewer than wanted: an error for all, the late one as well, and nothing is harmed. */
static void too_few(coll_comm *comm, uint32_t rank)
{
    buffers of = make_buffers();
    coll_options options = proceeding(&of, 0);
    options.min_participants = 3;
    fill(of.input, 1000, rank);
    if (rank == 1)
        nap_ms(500);
    EXPECT(COLL_ERR_DEADLINE, coll_all_reduce(comm, of.input, of.output, 1000, COLL_F32, COLL_SUM, &options, NULL));
    check_input(of.input, 1000, rank);
    meet(comm, 3);
}

static void too_few_are_an_error_for_all(void) { run_processes(3, too_few); }

/* The late one is dropped, and hears of it. */
static void evict(coll_comm *comm, uint32_t rank)
{
    buffers of = make_buffers();
    coll_options options = COLL_OPTIONS_INIT;
    coll_result result = COLL_RESULT_INIT;
    options.on_late = COLL_ON_LATE_EVICT;
    options.deadline_ms = 200;
    fill(of.input, 1000, rank);
    if (rank == 1) {
        nap_ms(800);
        EXPECT(COLL_ERR_EVICTED, coll_all_reduce(comm, of.input, of.input, 1000, COLL_F32, COLL_SUM, &options, NULL));
        EXPECT_WORDS("deadline");
        check_input(of.input, 1000, rank);
        return;
    }
    EXPECT(COLL_OK, coll_all_reduce(comm, of.input, of.output, 1000, COLL_F32, COLL_SUM, &options, &result));
    check_sum(of.output, 1000, 0x5);
    CHECK(result.participants == 2);
    meet(comm, 2);
}

static void the_late_one_is_evicted(void) { run_processes(3, evict); }

/* Nobody is late in time: an operation that all have called is not touched. */
static void in_time(coll_comm *comm, uint32_t rank)
{
    buffers of = make_buffers();
    coll_options options = proceeding(&of, 0);
    options.deadline_ms = 20000;
    for (int i = 0; i < 50; i++) {
        coll_result result = COLL_RESULT_INIT;
        fill(of.input, 1000, rank);
        EXPECT(COLL_OK, coll_all_reduce(comm, of.input, of.output, 1000, COLL_F32, COLL_SUM, &options, &result));
        check_sum(of.output, 1000, 0x7);
        CHECK(result.participant_mask == 7 && result.late == 0);
    }
}

static void nobody_is_late(void) { run_processes(3, in_time); }

static void needs_a_place_for_the_input(void)
{
    test_coordinator coordinator;
    coll_comm *comm = join_alone(&coordinator);
    coll_options options = COLL_OPTIONS_INIT;
    float value = 1;
    options.on_late = COLL_ON_LATE_PROCEED;
    EXPECT_INVALID("contribution", coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    options.on_late = 3;
    EXPECT_INVALID("on_late", coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    options.on_late = 0;
    options.min_participants = 5000;
    EXPECT_INVALID("min_participants", coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    coll_comm_destroy(comm);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(others_proceed_and_the_late_one_gets_the_result),
        CASE(any_moment_will_do),
        CASE(one_of_those_that_went_on_is_lost),
        CASE(too_few_are_an_error_for_all),
        CASE(the_late_one_is_evicted),
        CASE(nobody_is_late),
        CASE(needs_a_place_for_the_input),
    };
    return RUN_CASES(argc, argv, cases);
}
