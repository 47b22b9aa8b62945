/*
 * Members die, or fall silent, in the middle of a stream of all-reduces. The survivors finish the same calls: with the
 * sum over those that the result names, the same bits on all of them, and go on. Where they asked for it they get an
 * error instead, with the name of the dead and their inputs back bit by bit.
 *
 * Who dies, when, and what was in flight follows from a seed. A failing one is printed; to replay it alone:
 *     COLLECTIVES_TEST_SEED=17 build/tests-c/deaths CASE
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

enum { MAX_OPERATIONS = 1 << 18, MAX_WINDOW = 8, MAX_COUNT = 300000, REPLAYS = 20, LABELS = 64 };

/* How an operation ended, on one member; alike on all. A status of COLL_PENDING: it did not get there. */
typedef struct {
    int32_t status;
    uint32_t members; /* mask of those whose input is in the result */
    uint32_t retries;
    uint32_t epoch;
} outcome;

typedef struct {
    uint32_t seed;
    uint32_t world;
    uint32_t window;  /* operations in flight */
    uint32_t largest; /* elements */
    uint32_t victims; /* bit mask of ranks */
    int signal;
    uint32_t at;       /* the victim has begun so many operations ... */
    uint32_t delay_us; /* ... and so much time has gone by since */
    int without_coordinator;
    int coordinator_returns; /* after the death, knowing nothing */
    int32_t on_loss;
} scenario;

/* What members and the test know of each other. */
typedef struct {
    struct {
        _Atomic uint32_t begun;
        uint32_t process; /* its id; 0: has not joined yet */
        outcome outcomes[MAX_OPERATIONS];
    } members[MAX_WORLD];
} shared_board;

static shared_board *board;
static scenario plan;

/* splitmix64: one number follows from the seed and the place where it is used. */
static uint64_t draw(uint64_t seed, uint64_t place)
{
    uint64_t z = seed * 0x9E3779B97F4A7C15u + place * 0xD1B54A32D192ED03u + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t survivors(void) { return plan.world - (uint32_t)__builtin_popcount(plan.victims); }

/* ---- The members' side ------------------------------------------------------------------------- */

typedef struct {
    coll_work *work;
    uint32_t number;
    uint64_t count;
    int in_place;
    float *input, *output; /* the same in place */
} flight;

static uint32_t common_part(uint32_t number, uint64_t i) { return (uint32_t)((i * 7 + number * 31) % 1000); }

/* A bit of its own for each member, above it what all have in common: from a sum follows who is in it, and what it must
 * be. */
static float input_of(uint32_t rank, uint32_t number, uint64_t i)
{
    return (float)(common_part(number, i) * LABELS + (1u << rank));
}

/* The same on all members. Small ones are the most: they are at all stages of their lives when death comes. */
static uint64_t count_of(uint32_t number)
{
    static const uint64_t counts[] = { 1, 500, 3, 20000, 1000, 7, 60000, MAX_COUNT };
    uint64_t count = counts[draw(plan.seed, 2 * number) % 8];
    return count <= plan.largest ? count : plan.largest;
}

static void begin(coll_comm *comm, uint32_t rank, flight *one, uint32_t number)
{
    coll_options options = COLL_OPTIONS_INIT;
    options.on_loss = plan.on_loss;
    options.deadline_ms = plan.without_coordinator ? 3000 : 0;
    one->number = number;
    one->count = count_of(number);
    one->in_place = draw(plan.seed, 2 * number + 1) % 2;
    for (uint64_t i = 0; i < one->count; i++)
        one->input[i] = input_of(rank, number, i);
    EXPECT(COLL_OK, coll_all_reduce_start(comm, one->input, one->in_place ? one->input : one->output, one->count,
                                          COLL_F32, COLL_SUM, &options, &one->work));
    atomic_fetch_add(&board->members[rank].begun, 1);
}

/* Returns the mask of members in the sum; all elements must agree on it. */
static uint32_t check_sum(const flight *one, uint32_t participants)
{
    const float *found = one->in_place ? one->input : one->output;
    uint32_t members = (uint32_t)found[0] % LABELS;
    if ((uint32_t)__builtin_popcount(members) != participants || (members | plan.victims) != (1u << plan.world) - 1)
        FAIL("operation %u: %u participants, in the sum are 0x%x of %u members, 0x%x of which may die", one->number,
             participants, members, plan.world, plan.victims);
    for (uint64_t i = 0; i < one->count; i++) {
        float sum = (float)(participants * common_part(one->number, i) * LABELS + members);
        if (found[i] != sum)
            FAIL("operation %u, element %llu: expected %g, found %g", one->number, (unsigned long long)i, (double)sum,
                 (double)found[i]);
    }
    return members;
}

static void check_input(const flight *one, uint32_t rank)
{
    for (uint64_t i = 0; i < one->count; i++) {
        float expected = input_of(rank, one->number, i);
        if (memcmp(&one->input[i], &expected, sizeof expected) != 0)
            FAIL("operation %u (%s place), element %llu of the input: expected %g, found %g", one->number,
                 one->in_place ? "in" : "out of", (unsigned long long)i, (double)expected, (double)one->input[i]);
    }
}

static void expect_name_of_a_victim(void)
{
    char words[1024], name[32];
    coll_last_error(words, sizeof words);
    for (uint32_t rank = 0; rank < plan.world; rank++) {
        snprintf(name, sizeof name, "member %u (", rank);
        if ((plan.victims >> rank & 1) && strstr(words, name) != NULL && strstr(words, "127.0.0.1:") != NULL)
            return;
    }
    FAIL("expected the name of a dead member (mask 0x%x), found \"%s\"", plan.victims, words);
}

/* Waits for one, checks and records how it ended. */
static outcome *finish(flight *one, uint32_t rank)
{
    coll_result result = COLL_RESULT_INIT;
    coll_status status = coll_work_wait(one->work, -1, &result);
    outcome *ended = &board->members[rank].outcomes[one->number];
    if (status == COLL_OK) {
        ended->members = check_sum(one, result.participants);
        ended->retries = result.retries;
        ended->epoch = (uint32_t)result.epoch;
        CHECK(result.pending_members == 0);
    } else if (plan.without_coordinator) {
        EXPECT(COLL_ERR_DEADLINE, status);
    } else {
        CHECK(plan.on_loss == COLL_ON_LOSS_FAIL);
        EXPECT(COLL_ERR_PEER_LOST, status);
        expect_name_of_a_victim();
    }
    if (status != COLL_OK || !one->in_place)
        check_input(one, rank);
    coll_work_destroy(one->work);
    ended->status = status + 1000; /* not zero, which stands for "did not get there" */
    return ended;
}

static void go_on_without_them(coll_comm *comm)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    float value = 1;
    if (plan.without_coordinator)
        return;
    /* After an error members may have made different numbers of calls: the update makes them meet again. */
    EXPECT(COLL_OK, coll_comm_update(comm, &info));
    CHECK(info.world == survivors());
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    CHECK(value == (float)info.world);
}

static void stream(coll_comm *comm, uint32_t rank)
{
    static flight flights[MAX_WINDOW];
    uint32_t begun = 0, ended = 0, stop = MAX_OPERATIONS;

    for (uint32_t i = 0; i < plan.window; i++) {
        flights[i].input = malloc(plan.largest * sizeof(float));
        flights[i].output = malloc(plan.largest * sizeof(float));
        CHECK(flights[i].input != NULL && flights[i].output != NULL);
    }
    while (ended < begun || begun < stop) {
        const outcome *last;
        while (begun < stop && begun < ended + plan.window) {
            begin(comm, rank, &flights[begun % plan.window], begun);
            begun++;
        }
        CHECK(begun < MAX_OPERATIONS);
        last = finish(&flights[ended % plan.window], rank);
        ended++;
        /* All see the same operation be the first without the victims, and begin none beyond the same one. */
        if (stop == MAX_OPERATIONS && last->status != COLL_OK + 1000)
            stop = begun;
        else if (stop == MAX_OPERATIONS && (uint32_t)__builtin_popcount(last->members) == survivors())
            stop = ended + 2 * MAX_WINDOW;
    }
    go_on_without_them(comm);
}

/* A member process learns its rank only when it has joined; the test needs the process of a rank. */
static _Atomic uint32_t *joined_processes;

static void member(coll_comm *comm, uint32_t rank)
{
    board->members[rank].process = (uint32_t)getpid();
    atomic_fetch_add(joined_processes, 1);
    stream(comm, rank);
}

/* ---- The test's side --------------------------------------------------------------------------- */

static void *shared_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

static void pause_us(uint32_t microseconds)
{
    struct timespec time = { microseconds / 1000000, (long)(microseconds % 1000000) * 1000 };
    nanosleep(&time, NULL);
}

static uint32_t index_of(const process_group *group, uint32_t rank)
{
    for (uint32_t i = 0; i < group->world; i++)
        if ((uint32_t)group->members[i] == board->members[rank].process)
            return i;
    FAIL("no process has rank %u", rank);
    return 0;
}

/* All or nothing: every operation ended alike on all survivors that came to it. */
static void check_agreement(void)
{
    for (uint32_t number = 0; number < MAX_OPERATIONS; number++) {
        const outcome *first = NULL;
        uint32_t first_rank = 0;
        for (uint32_t rank = 0; rank < plan.world; rank++) {
            const outcome *other = &board->members[rank].outcomes[number];
            if ((plan.victims >> rank & 1) || other->status == 0)
                continue;
            if (first != NULL && memcmp(first, other, sizeof *first) != 0)
                FAIL("operation %u ended as (status %d, members 0x%x, retries %u, epoch %u) on member %u, as "
                     "(%d, 0x%x, %u, %u) on member %u",
                     number, first->status - 1000, first->members, first->retries, first->epoch, first_rank,
                     other->status - 1000, other->members, other->retries, other->epoch, rank);
            first = other;
            first_rank = rank;
        }
        if (first == NULL)
            return;
    }
}

static void run_scenario(const void *unused)
{
    process_group group;
    uint32_t first_victim = (uint32_t)__builtin_ctz(plan.victims);
    (void)unused;

    board = shared_memory(sizeof *board);
    joined_processes = shared_memory(sizeof *joined_processes);
    start_processes(&group, plan.world, member);
    while (atomic_load(joined_processes) < plan.world || atomic_load(&board->members[first_victim].begun) <= plan.at)
        pause_us(20);
    if (plan.without_coordinator || plan.coordinator_returns) {
        EXPECT(COLL_OK, coll_coordinator_stop(group.coordinator.coordinator));
        group.coordinator.coordinator = NULL;
    }
    pause_us(plan.delay_us);
    for (uint32_t rank = 0; rank < plan.world; rank++)
        if (plan.victims >> rank & 1)
            CHECK(kill(group.members[index_of(&group, rank)], plan.signal) == 0);
    if (plan.coordinator_returns)
        restart_coordinator(&group.coordinator);

    for (uint32_t rank = 0; rank < plan.world; rank++)
        if (!(plan.victims >> rank & 1))
            CHECK(await_process(&group, index_of(&group, rank)) == 0);
    for (uint32_t rank = 0; rank < plan.world; rank++)
        if (plan.victims >> rank & 1)
            CHECK(kill(group.members[index_of(&group, rank)], SIGKILL) == 0);
    CHECK(await_processes(&group) == __builtin_popcount(plan.victims));
    check_agreement();
}

/* Runs the template with so many seeds, or many times with the one that the environment names. */
static void run_seeds(uint32_t count, scenario (*from_seed)(uint32_t seed))
{
    const char *replay = getenv("COLLECTIVES_TEST_SEED");
    uint32_t first = replay != NULL ? (uint32_t)strtoul(replay, NULL, 10) : 1;
    for (uint32_t i = 0; i < (replay != NULL ? REPLAYS : count); i++) {
        plan = from_seed(replay != NULL ? first : first + i);
        fprintf(stderr, "COLLECTIVES_TEST_SEED=%u: world %u, %u in flight, victims 0x%x at operation %u + %u us\n",
                plan.seed, plan.world, plan.window, plan.victims, plan.at, plan.delay_us);
        run_in_child(run_scenario, NULL);
    }
}

static scenario killed_somewhere(uint32_t seed)
{
    scenario chosen = { .seed = seed, .signal = SIGKILL, .largest = MAX_COUNT };
    chosen.world = 3 + draw(seed, 100) % 2;
    chosen.window = 1 + draw(seed, 101) % MAX_WINDOW;
    chosen.victims = 1u << draw(seed, 102) % chosen.world;
    chosen.at = draw(seed, 103) % 60;
    chosen.delay_us = draw(seed, 104) % 5000;
    return chosen;
}

/* Most of a small operation's life is all-done, which is where survivors could come to differ. */
static scenario killed_among_small_ones(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.largest = 1000;
    chosen.window = 1 + draw(seed, 101) % 2;
    return chosen;
}

static scenario killed_in_the_first(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.at = 0;
    chosen.window = 1;
    chosen.delay_us = draw(seed, 104) % 1000;
    return chosen;
}

static scenario rank_0_killed(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.victims = 1;
    return chosen;
}

static scenario two_killed(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.world = 4;
    chosen.victims = 1u << seed % 4 | 1u << (seed + 1 + draw(seed, 102) % 3) % 4;
    return chosen;
}

static scenario killed_without_coordinator(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.without_coordinator = 1;
    return chosen;
}

static scenario killed_while_the_coordinator_was_away(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.coordinator_returns = 1;
    return chosen;
}

static scenario stopped_somewhere(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.signal = SIGSTOP;
    return chosen;
}

static scenario failing_on_loss(uint32_t seed)
{
    scenario chosen = seed % 2 ? killed_among_small_ones(seed) : killed_somewhere(seed);
    chosen.on_loss = COLL_ON_LOSS_FAIL;
    return chosen;
}

static scenario all_but_one_killed(uint32_t seed)
{
    scenario chosen = killed_somewhere(seed);
    chosen.victims = ((1u << chosen.world) - 1) & ~(1u << draw(seed, 102) % chosen.world);
    return chosen;
}

static void killed_in_a_stream(void) { run_seeds(12, killed_somewhere); }
static void killed_in_a_stream_of_small_ones(void) { run_seeds(30, killed_among_small_ones); }
static void killed_in_the_first_operation(void) { run_seeds(6, killed_in_the_first); }
static void rank_0_is_killed(void) { run_seeds(4, rank_0_killed); }
static void two_are_killed_at_once(void) { run_seeds(8, two_killed); }
static void all_but_one_are_killed(void) { run_seeds(6, all_but_one_killed); }
static void killed_after_the_coordinator_went(void) { run_seeds(1, killed_without_coordinator); }
static void killed_before_the_coordinator_came_back(void) { run_seeds(4, killed_while_the_coordinator_was_away); }
static void stopped_in_a_stream(void) { run_seeds(2, stopped_somewhere); }
static void an_error_instead(void) { run_seeds(12, failing_on_loss); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(killed_in_a_stream),
        CASE(killed_in_a_stream_of_small_ones),
        CASE(killed_in_the_first_operation),
        CASE(rank_0_is_killed),
        CASE(two_are_killed_at_once),
        CASE(all_but_one_are_killed),
        CASE(killed_after_the_coordinator_went),
        CASE(killed_before_the_coordinator_came_back),
        CASE(stopped_in_a_stream),
        CASE(an_error_instead),
    };
    return RUN_CASES(argc, argv, cases);
}
