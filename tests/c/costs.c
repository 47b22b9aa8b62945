/* What the library costs its host: processor time when idle, garbage, scratch memory, and what it would leak. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

enum { MIB = 1 << 20 };

static uint32_t world_of(coll_comm *comm)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    return info.world;
}

static void *memory_of(size_t bytes)
{
    void *memory = malloc(bytes);
    CHECK(memory != NULL);
    memset(memory, 0, bytes); /* so that all of it is resident before anything is measured */
    return memory;
}

static void meet(coll_comm *comm)
{
    float value = 0;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
}

/* ---- Processor time ---------------------------------------------------------------------------- */

static double processor_seconds(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void be_idle(coll_comm *comm, uint32_t rank)
{
    enum { SECONDS = 6 };
    double before, used;

    meet(comm);
    before = processor_seconds();
    sleep(SECONDS);
    used = processor_seconds() - before;
    fprintf(stderr, "rank %u: %.2f%% of a core\n", rank, 100 * used / SECONDS);
    if (used > 0.01 * SECONDS)
        FAIL("idle for %d s, rank %u used %.0f ms of processor time", SECONDS, rank, used * 1000);
    meet(comm);
}

static void two_idle(void) { run_processes(2, be_idle); }

/* ---- Garbage ----------------------------------------------------------------------------------- */

/* A kind of operation: what is done `operations` times, some at once. */
typedef struct {
    const char *name;
    uint64_t count;
    int in_place;
    uint32_t in_flight;
    uint32_t tags;
    uint32_t operations;
} load;

static void put_load(coll_comm *comm, const load *kind, float **buffers, float *out, uint32_t operations)
{
    coll_work *works[16] = { NULL };
    for (uint32_t i = 0; i < operations + kind->in_flight; i++) {
        uint32_t slot = i % kind->in_flight;
        coll_options options = COLL_OPTIONS_INIT;
        if (i >= kind->in_flight) {
            EXPECT(COLL_OK, coll_work_wait(works[slot], -1, NULL));
            coll_work_destroy(works[slot]);
        }
        options.tag = kind->tags == 0 ? 0 : 1 + i % kind->tags;
        if (i < operations)
            EXPECT(COLL_OK,
                   coll_all_reduce_start(comm, buffers[slot], kind->in_place ? buffers[slot] : out + slot * kind->count,
                                         kind->count, COLL_F32, COLL_MAX, &options, &works[slot]));
    }
}

/* The runtime counts in blocks of 8 KiB, and heartbeats go on meanwhile. Operations that allocate one object
 * each, 24 bytes at least, would come to several times this. */
enum { SOME_BLOCKS = 32 * 1024 };

static void make_no_garbage(coll_comm *comm, uint32_t rank)
{
    static const load kinds[] = {
        { "exchange, in place", 100, 1, 1, 0, 3000 },
        { "exchange, out of place", 100, 0, 1, 0, 3000 },
        { "exchange, 8 in flight", 5000, 1, 8, 0, 3000 },
        { "ring, in place", 70000, 1, 1, 0, 2000 },
        { "ring, out of place", 70000, 0, 1, 0, 2000 },
        { "ring, 8 in flight", 70000, 1, 8, 0, 2000 },
        { "ring, out of place, 8 in flight", 70000, 0, 8, 0, 2000 },
        { "tagged, 4 in flight", 1000, 1, 4, 4, 3000 },
    };
    enum { FLIGHTS = 8, LARGEST = 70000 };
    float *buffers[FLIGHTS];
    float *out = memory_of(FLIGHTS * LARGEST * sizeof *out);

    for (int i = 0; i < FLIGHTS; i++)
        buffers[i] = memory_of(LARGEST * sizeof **buffers);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        put_load(comm, &kinds[k], buffers, out, 300);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        coll_comm_statistics before = COLL_COMM_STATISTICS_INIT;
        coll_comm_statistics after = COLL_COMM_STATISTICS_INIT;
        put_load(comm, &kinds[k], buffers, out, 100);
        EXPECT(COLL_OK, coll_comm_stats(comm, &before));
        put_load(comm, &kinds[k], buffers, out, kinds[k].operations);
        EXPECT(COLL_OK, coll_comm_stats(comm, &after));
        fprintf(stderr, "rank %u, %s: %llu bytes in %u operations\n", rank, kinds[k].name,
                (unsigned long long)(after.managed_bytes - before.managed_bytes), kinds[k].operations);
        CHECK(after.operations - before.operations == kinds[k].operations);
        if (after.managed_bytes - before.managed_bytes > SOME_BLOCKS)
            FAIL("rank %u, %s: %u operations allocated %llu bytes", rank, kinds[k].name, kinds[k].operations,
                 (unsigned long long)(after.managed_bytes - before.managed_bytes));
    }
    meet(comm);
}

static void two_without_garbage(void) { run_processes(2, make_no_garbage); }
static void three_without_garbage(void) { run_processes(3, make_no_garbage); }

/* ---- Scratch ----------------------------------------------------------------------------------- */

/* A line of /proc/self/status, "VmHWM" say, in KiB. */
static long status_kib(const char *name)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            kib = strtol(line + strlen(name) + 1, NULL, 10);
    fclose(status);
    CHECK(kib >= 0);
    return kib;
}

static long bound_mib(void) { return 16 + 4 * strtol(getenv("COLLECTIVES_LANES"), NULL, 10); }

static void need_little_scratch(coll_comm *comm, uint64_t buffer_mib)
{
    uint64_t bytes = buffer_mib * MIB;
    float *send = memory_of(bytes), *recv = memory_of(bytes);
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    long before = status_kib("VmHWM"), growth;

    EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, bytes / sizeof *send, COLL_F32, COLL_SUM, NULL, NULL));
    growth = status_kib("VmHWM") - before;
    EXPECT(COLL_OK, coll_comm_stats(comm, &statistics));
    fprintf(stderr, "%llu MiB: %ld KiB more, %llu KiB of scratch at most\n", (unsigned long long)buffer_mib, growth,
            (unsigned long long)statistics.scratch_peak_bytes / 1024);
    if (growth > bound_mib() * 1024 || statistics.scratch_peak_bytes > (uint64_t)bound_mib() * MIB)
        FAIL("%llu MiB out of place: %ld KiB resident more, scratch peak %llu bytes; expected at most %ld MiB",
             (unsigned long long)buffer_mib, growth, (unsigned long long)statistics.scratch_peak_bytes, bound_mib());
    free(send);
    free(recv);
}

/* The peak of what is resident only grows: the smaller buffer comes first. */
static void small_scratch(coll_comm *comm, uint32_t rank)
{
    (void)rank;
    meet(comm);
    need_little_scratch(comm, 64);
    need_little_scratch(comm, 512);
    meet(comm);
}

static void small_scratch_of_64_mib(coll_comm *comm, uint32_t rank)
{
    (void)rank;
    meet(comm);
    need_little_scratch(comm, 64);
    meet(comm);
}

static void scratch_with_one_lane(void)
{
    setenv("COLLECTIVES_LANES", "1", 1);
    run_processes(2, small_scratch);
}

static void scratch_with_four_lanes(void)
{
    setenv("COLLECTIVES_LANES", "4", 1);
    run_processes(2, small_scratch);
}

static void scratch_of_four_members(void)
{
    setenv("COLLECTIVES_LANES", "2", 1);
    run_processes(4, small_scratch_of_64_mib);
}

/* Rank 0 may have no more memory than it has: it cannot keep its input aside, and tells the others. */
static void lack_memory_for_the_copy(coll_comm *comm, uint32_t rank)
{
    enum { BYTES = 256 * MIB };
    float *buffer = memory_of(BYTES);
    coll_options options = COLL_OPTIONS_INIT;

    meet(comm);
    if (rank == 0) {
        struct rlimit limit;
        limit.rlim_cur = limit.rlim_max = (rlim_t)status_kib("VmSize") * 1024 + 64 * MIB;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    }
    for (int i = 0; i < 2; i++) {
        coll_work *work = NULL;
        buffer[0] = (float)rank;
        if (i == 0) {
            EXPECT(COLL_ERR_OUT_OF_MEMORY,
                   coll_all_reduce(comm, buffer, buffer, BYTES / sizeof *buffer, COLL_F32, COLL_SUM, &options, NULL));
        } else {
            EXPECT(COLL_OK, coll_all_reduce_start(comm, buffer, buffer, BYTES / sizeof *buffer, COLL_F32, COLL_SUM,
                                                  &options, &work));
            EXPECT(COLL_ERR_OUT_OF_MEMORY, coll_work_wait(work, -1, NULL));
            coll_work_destroy(work);
        }
        EXPECT_WORDS(rank == 0 ? "COLL_RECOVER_NONE" : "member 0 (");
        CHECK(buffer[0] == (float)rank);
    }
    options.recover = COLL_RECOVER_NONE;
    EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer, BYTES / sizeof *buffer, COLL_F32, COLL_SUM, &options, NULL));
    CHECK(buffer[0] == 1);
    meet(comm);
}

static void too_little_memory_for_the_copy(void) { run_processes(2, lack_memory_for_the_copy); }

/* ---- Leaks ------------------------------------------------------------------------------------- */

typedef struct {
    int descriptors, threads;
    long resident_kib;
} holdings;

static holdings holdings_now(void)
{
    holdings now;
    now.descriptors = entries_of("/proc/self/fd");
    now.threads = entries_of("/proc/self/task");
    now.resident_kib = status_kib("VmRSS");
    return now;
}

/* What is closed on another thread's time is gone a moment later; a leak is not. */
static void expect_no_more(const holdings *before, const char *what)
{
    holdings now = holdings_now();
    for (int i = 0; i < 200 && (now.descriptors > before->descriptors || now.threads > before->threads); i++) {
        struct timespec moment = { 0, 10 * 1000 * 1000 };
        nanosleep(&moment, NULL);
        now = holdings_now();
    }
    fprintf(stderr, "%s: %d -> %d descriptors, %d -> %d threads, %ld -> %ld KiB\n", what, before->descriptors,
            now.descriptors, before->threads, now.threads, before->resident_kib, now.resident_kib);
    if (now.descriptors > before->descriptors || now.threads > before->threads)
        FAIL("%s: %d descriptors and %d threads before, %d and %d after", what, before->descriptors, before->threads,
             now.descriptors, now.threads);
    if (now.resident_kib > before->resident_kib + 4 * 1024)
        FAIL("%s: %ld KiB resident before, %ld after", what, before->resident_kib, now.resident_kib);
}

/* Small and large, in place and not, waited for, polled and with a descriptor. */
static void operate(coll_comm *comm, float *first, float *second, int times)
{
    for (int i = 0; i < times; i++) {
        uint64_t count = i % 4 == 0 ? 300000 : 100;
        coll_work *work = NULL;
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, first, i % 2 == 0 ? first : second, count, COLL_F32, COLL_MAX, NULL, &work));
        if (i % 3 == 0)
            CHECK(coll_work_fd(work) >= 0);
        EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
        coll_work_destroy(work);
    }
}

static void leak_nothing_in_operations(coll_comm *comm, uint32_t rank)
{
    float *first = memory_of(300000 * sizeof *first), *second = memory_of(300000 * sizeof *second);
    holdings before;
    (void)rank;

    operate(comm, first, second, 300);
    before = holdings_now();
    operate(comm, first, second, 1000);
    expect_no_more(&before, "1000 operations");
    meet(comm);
}

static void make_and_destroy(uint32_t world, uint32_t first_group, uint32_t times)
{
    static float buffer[100000];
    for (uint32_t i = 0; i < times; i++) {
        coll_config config = COLL_CONFIG_INIT;
        coll_comm *comm = NULL;
        config.group = first_group + i;
        config.min_members = world;
        config.deadline_ms = 60000;
        EXPECT(COLL_OK, coll_comm_create(&config, &comm));
        EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer, 100000, COLL_F32, COLL_SUM, NULL, NULL));
        coll_comm_destroy(comm);
    }
}

static void leak_nothing_in_communicators(coll_comm *comm, uint32_t rank)
{
    uint32_t world = world_of(comm);
    holdings before;
    (void)rank;

    make_and_destroy(world, 1, 20);
    before = holdings_now();
    make_and_destroy(world, 21, 50);
    expect_no_more(&before, "50 communicators");
    meet(comm);
}

/* The collector lets garbage grow by as much as the processor's cache before it first looks; what would be a leak
 * shows sooner if that is little. */
static void collect_early(void) { CHECK(setenv("DOTNET_GCgen0size", "200000", 1) == 0); /* 2 MiB */ }

static void operations_leak_nothing(void)
{
    collect_early();
    run_processes(3, leak_nothing_in_operations);
}

static void communicators_leak_nothing(void)
{
    collect_early();
    run_processes(3, leak_nothing_in_communicators);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(two_idle),
        CASE(two_without_garbage),
        CASE(three_without_garbage),
        CASE(scratch_with_one_lane),
        CASE(scratch_with_four_lanes),
        CASE(scratch_of_four_members),
        CASE(too_little_memory_for_the_copy),
        CASE(operations_leak_nothing),
        CASE(communicators_leak_nothing),
    };
    return RUN_CASES(argc, argv, cases);
}
