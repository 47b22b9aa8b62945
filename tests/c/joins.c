/*
 * Members come and go, thousands of times, while one stays: what is held at the end is what was held at the beginning.
 * The coordinator, the one that stays and those that come are threads of this process, so that all of their leaks would
 * show.
 *
 * COLLECTIVES_TEST_CYCLES says how often; a few hundred otherwise.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

enum { WARM_UP = 60, CYCLES = 300, COUNT = 30000, GROUPS = 3 };

static test_coordinator coordinator;
static _Atomic uint32_t joined[GROUPS];
static _Atomic int over;

static coll_comm *join_number(uint32_t group)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;
    config.coordinator = coordinator.address;
    config.group = group;
    config.min_members = 1;
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    return comm;
}

/* Small ones and rings; every result says whether others wait. */
static coll_result reduce(coll_comm *comm, float *buffer, uint64_t count)
{
    coll_result result = COLL_RESULT_INIT;
    for (uint64_t i = 0; i < count; i++)
        buffer[i] = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer, count, COLL_F32, COLL_SUM, NULL, &result));
    CHECK(buffer[0] == (float)result.participants && buffer[count - 1] == (float)result.participants);
    return result;
}

/* What all members do in turn: an operation, then an update if somebody waits, else a larger one if others are there.
 */
static uint32_t take_turn(coll_comm *comm, float *buffer)
{
    coll_result result = reduce(comm, buffer, 1);
    if (result.pending_members > 0) {
        EXPECT(COLL_OK, coll_comm_update(comm, NULL));
        return 0;
    }
    return result.participants == 1 ? 1 : reduce(comm, buffer, COUNT).participants;
}

/* Works on, whoever comes and goes. */
static void *stay(void *argument)
{
    uint32_t group = (uint32_t)(size_t)argument;
    coll_comm *comm = join_number(group);
    float *buffer = malloc(COUNT * sizeof *buffer);
    CHECK(buffer != NULL);
    atomic_fetch_add(&joined[group], 1);
    while (!atomic_load(&over)) {
        if (take_turn(comm, buffer) == 1)
            sched_yield();
    }
    coll_comm_destroy(comm);
    free(buffer);
    return NULL;
}

/* Joins, takes its turn with the one that stays, and goes: politely, at once, or as if it had died. */
static void come_and_go(uint32_t group, uint32_t times)
{
    static float buffers[GROUPS][COUNT];
    for (uint32_t i = 0; i < times; i++) {
        coll_comm *comm = join_number(group);
        while (take_turn(comm, buffers[group]) < 2)
            ;
        if (i % 3 == 0)
            EXPECT(COLL_OK, coll_comm_leave(comm));
        else if (i % 3 == 1)
            EXPECT(COLL_OK, coll_comm_abort(comm));
        coll_comm_destroy(comm);
    }
}

/* ---- What is held ------------------------------------------------------------------------------ */

typedef struct {
    int descriptors, threads;
    long resident_kib;
} holdings;

static holdings holdings_now(void)
{
    holdings now = { entries_of("/proc/self/fd"), entries_of("/proc/self/task"), 0 };
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            now.resident_kib = strtol(line + 6, NULL, 10);
    fclose(status);
    return now;
}

static void expect_no_more_than(const holdings *before, uint32_t cycles)
{
    holdings now = holdings_now();
    /* What is closed on another thread's time is gone a moment later; a leak is not. */
    for (int i = 0; i < 200 && (now.descriptors > before->descriptors || now.threads > before->threads); i++) {
        struct timespec moment = { 0, 10 * 1000 * 1000 };
        nanosleep(&moment, NULL);
        now = holdings_now();
    }
    fprintf(stderr, "%u cycles: %d -> %d descriptors, %d -> %d threads, %ld -> %ld KiB\n", cycles, before->descriptors,
            now.descriptors, before->threads, now.threads, before->resident_kib, now.resident_kib);
    CHECK(now.descriptors <= before->descriptors && now.threads <= before->threads);
    CHECK(now.resident_kib <= before->resident_kib + 6 * 1024);
}

static uint32_t cycles_wanted(void)
{
    const char *wanted = getenv("COLLECTIVES_TEST_CYCLES");
    return wanted != NULL ? (uint32_t)strtoul(wanted, NULL, 10) : CYCLES;
}

static void wait_until_all_stay(uint32_t groups)
{
    for (uint32_t group = 0; group < groups; group++)
        while (atomic_load(&joined[group]) == 0)
            sched_yield();
}

static void members_come_and_go(void)
{
    pthread_t one;
    holdings before;
    /* The collector lets garbage grow by as much as the processor's cache before it first looks. */
    CHECK(setenv("DOTNET_GCgen0size", "200000", 1) == 0);
    alarm(100 + cycles_wanted() / 5);
    start_coordinator(&coordinator);
    CHECK(pthread_create(&one, NULL, stay, (void *)0) == 0);
    wait_until_all_stay(1);
    come_and_go(0, WARM_UP);
    before = holdings_now();
    come_and_go(0, cycles_wanted());
    expect_no_more_than(&before, cycles_wanted());
    atomic_store(&over, 1);
    CHECK(pthread_join(one, NULL) == 0);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

int main(int argc, char **argv)
{
    static const test_case cases[] = { CASE(members_come_and_go) };
    return RUN_CASES(argc, argv, cases);
}
