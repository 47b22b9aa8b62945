/* Handles: destroyed ones are refused, one kind is not taken for another, and nothing leaks. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "group.h"

static test_coordinator coordinator;

static void destroyed_coordinator(void)
{
    start_coordinator(&coordinator);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
    EXPECT_DEAD(coll_coordinator_stop(coordinator.coordinator));
    EXPECT_WORDS("destroyed");
    CHECK(coll_coordinator_port(coordinator.coordinator) == 0);
}

static void destroyed_communicator(void)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    coll_comm *comm = join_alone(&coordinator);
    coll_work *work = NULL;
    float value = 1;

    coll_comm_destroy(comm);
    EXPECT_DEAD(coll_comm_update(comm, &info));
    EXPECT_WORDS("destroyed");
    EXPECT_DEAD(coll_comm_info(comm, &info));
    EXPECT_DEAD(coll_comm_stats(comm, &statistics));
    EXPECT_DEAD(coll_comm_abort(comm));
    EXPECT_DEAD(coll_comm_leave(comm));
    EXPECT_DEAD(coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    EXPECT_DEAD(coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
    coll_comm_destroy(comm); /* refused, and harmless */
}

static void destroyed_work(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_work *work = NULL;
    float value = 1;

    EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
    coll_work_destroy(work);
    EXPECT_DEAD(coll_work_wait(work, -1, NULL));
    EXPECT_DEAD(coll_work_test(work, NULL));
    CHECK(coll_work_fd(work) == -1);
    coll_work_destroy(work);
    coll_comm_destroy(comm);
}

static void a_used_place_has_a_new_handle(void)
{
    coll_comm *first = join_alone(&coordinator);
    coll_comm *second;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;

    coll_comm_destroy(first);
    second = join_own_group(coordinator.address);
    CHECK(first != second);
    EXPECT_DEAD(coll_comm_info(first, &info));
    EXPECT(COLL_OK, coll_comm_info(second, &info));
    coll_comm_destroy(second);
}

static void handles_of_another_kind(void)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_comm *comm = join_alone(&coordinator);
    int on_the_stack = 0;

    EXPECT_DEAD(coll_comm_info((coll_comm *)coordinator.coordinator, &info));
    EXPECT_WORDS("coordinator");
    EXPECT_DEAD(coll_work_wait((coll_work *)comm, 0, NULL));
    EXPECT_WORDS("communicator");
    EXPECT_DEAD(coll_comm_info((coll_comm *)&on_the_stack, &info));
    EXPECT_DEAD(coll_comm_info((coll_comm *)(uintptr_t)-1, &info));
    EXPECT_DEAD(coll_comm_info((coll_comm *)(uintptr_t)1, &info));
    coll_comm_destroy(comm);
}

static void work_outlives_its_communicator(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_work *work = NULL;
    coll_result result = COLL_RESULT_INIT;
    float value = 5;

    EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
    EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_work_wait(work, -1, &result));
    CHECK(result.participants == 1 && value == 5);
    coll_work_destroy(work);
}

/* Threads use a handle that another destroys: each call either works or is refused. */
static _Atomic(coll_comm *) shared;
static atomic_int stop;
static atomic_long answered, refused;

static void *use_shared(void *unused)
{
    while (!atomic_load(&stop)) {
        coll_epoch_info info = COLL_EPOCH_INFO_INIT;
        coll_status status = coll_comm_info(atomic_load(&shared), &info);
        if (status == COLL_OK) {
            CHECK(info.world == 1);
            atomic_fetch_add(&answered, 1);
        } else {
            EXPECT(COLL_ERR_INVALID_HANDLE, status);
            atomic_fetch_add(&refused, 1);
        }
    }
    return unused;
}

static void destroyed_while_in_use(void)
{
    pthread_t threads[3];

    atomic_store(&shared, join_alone(&coordinator));
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, use_shared, NULL) == 0);
    for (int i = 0; i < 50; i++) {
        coll_comm *next = join_own_group(coordinator.address);
        coll_comm *last = atomic_exchange(&shared, next);
        coll_comm_destroy(last);
    }
    coll_comm_destroy(atomic_load(&shared));
    for (long before = atomic_load(&refused); atomic_load(&refused) == before;)
        sched_yield(); /* until a thread has met the dead handle */
    atomic_store(&stop, 1);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&answered) > 0);
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    CHECK(statm != NULL && fscanf(statm, "%*d %ld", &pages) == 1);
    fclose(statm);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void cycle(int times)
{
    for (int i = 0; i < times; i++) {
        coll_comm *comm = join_own_group(coordinator.address);
        coll_work *work = NULL;
        float value = (float)i;
        EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
        CHECK(coll_work_fd(work) >= 0);
        EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
        coll_work_destroy(work);
        coll_comm_destroy(comm);
    }
}

static void thousand_cycles_leak_nothing(void)
{
    int descriptors, threads;
    long resident;

    start_coordinator(&coordinator);
    cycle(300); /* fills pools and the collector's heap */
    descriptors = entries_of("/proc/self/fd");
    threads = entries_of("/proc/self/task");
    resident = resident_kib();
    cycle(1000);

    /* The coordinator's side of the last connection may still be closing. */
    if (entries_of("/proc/self/fd") > descriptors + 2)
        FAIL("%d descriptors before 1000 cycles, %d after", descriptors, entries_of("/proc/self/fd"));
    if (entries_of("/proc/self/task") > threads + 1)
        FAIL("%d threads before 1000 cycles, %d after", threads, entries_of("/proc/self/task"));
    if (resident_kib() > resident + 16 * 1024)
        FAIL("%ld KiB resident before 1000 cycles, %ld after", resident, resident_kib());
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(destroyed_coordinator),         CASE(destroyed_communicator),       CASE(destroyed_work),
        CASE(a_used_place_has_a_new_handle), CASE(handles_of_another_kind),      CASE(work_outlives_its_communicator),
        CASE(destroyed_while_in_use),        CASE(thousand_cycles_leak_nothing),
    };
    return RUN_CASES(argc, argv, cases);
}
