/* How a member's part ends: abort, leave, destroy, death; and that the others hear of it. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "group.h"

enum { COUNT = 100000 };

static test_coordinator coordinator;
static coll_comm *members[2];
static float buffers[2][COUNT];

static void *join(void *place)
{
    *(coll_comm **)place = join_group(coordinator.address, 2);
    return NULL;
}

static void make_pair(void)
{
    pthread_t thread;
    start_coordinator(&coordinator);
    CHECK(pthread_create(&thread, NULL, join, &members[0]) == 0);
    join(&members[1]);
    CHECK(pthread_join(thread, NULL) == 0);
    for (int i = 0; i < COUNT; i++)
        buffers[0][i] = buffers[1][i] = (float)i;
}

static coll_work *start(int member)
{
    coll_work *work = NULL;
    EXPECT(COLL_OK, coll_all_reduce_start(members[member], buffers[member], buffers[member], COUNT, COLL_F32, COLL_SUM,
                                          NULL, &work));
    return work;
}

static void check_put_back(int member)
{
    for (int i = 0; i < COUNT; i++)
        CHECK(buffers[member][i] == (float)i);
}

static coll_status reduce(int member)
{
    return coll_all_reduce(members[member], buffers[member], buffers[member], COUNT, COLL_F32, COLL_SUM, NULL, NULL);
}

static void abort_ends_works_and_later_calls(void)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_work *work;

    make_pair();
    work = start(0);
    EXPECT(COLL_OK, coll_comm_abort(members[0]));
    EXPECT(COLL_ERR_ABORTED, coll_work_wait(work, -1, NULL));
    check_put_back(0);
    EXPECT(COLL_ERR_ABORTED, reduce(0));
    EXPECT(COLL_ERR_ABORTED, coll_comm_update(members[0], NULL));
    EXPECT(COLL_OK, coll_comm_info(members[0], &info));
    EXPECT(COLL_OK, coll_comm_abort(members[0])); /* once more does nothing */
    coll_work_destroy(work);
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
}

static void *reduce_until_aborted(void *unused)
{
    EXPECT(COLL_ERR_ABORTED, reduce(0));
    return unused;
}

/* Abort comes while the call runs or before it: both end it. */
static void abort_from_another_thread(void)
{
    pthread_t thread;
    make_pair();
    CHECK(pthread_create(&thread, NULL, reduce_until_aborted, NULL) == 0);
    EXPECT(COLL_OK, coll_comm_abort(members[0]));
    CHECK(pthread_join(thread, NULL) == 0);
    check_put_back(0);
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
}

/* The same call ends well for those that are left: here for one, whose sum is its input. */
static void reduce_alone(int member)
{
    coll_result result = COLL_RESULT_INIT;
    EXPECT(COLL_OK, coll_all_reduce(members[member], buffers[member], buffers[member], COUNT, COLL_F32, COLL_SUM, NULL,
                                    &result));
    CHECK(result.participants == 1);
    check_put_back(member);
}

static void others_of_an_aborted_member_go_on_without_it(void)
{
    make_pair();
    EXPECT(COLL_OK, coll_comm_abort(members[0]));
    reduce_alone(1);
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
}

static void leaving_is_final(void)
{
    make_pair();
    EXPECT(COLL_OK, coll_comm_leave(members[0]));
    EXPECT(COLL_ERR_LEFT, reduce(0));
    EXPECT(COLL_ERR_LEFT, coll_comm_update(members[0], NULL));
    reduce_alone(1);
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
}

/* Whoever returns first goes at once, while the others may still wait to hear of each other. */
static void reduce_once(coll_comm *comm, uint32_t rank)
{
    float value = (float)rank;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    CHECK(value == 6);
}

static void reduce_in_four_processes(const void *unused)
{
    (void)unused;
    run_processes(4, reduce_once);
}

static void leaving_after_the_last_operation_costs_nobody_its_result(void)
{
    for (int i = 0; i < 20; i++)
        run_in_child(reduce_in_four_processes, NULL);
}

static void destroying_after_another_has_gone_takes_no_time(void)
{
    struct timespec before, after;
    coll_work *works[2];

    make_pair();
    works[0] = start(0);
    works[1] = start(1);
    for (int i = 0; i < 2; i++) {
        EXPECT(COLL_OK, coll_work_wait(works[i], -1, NULL));
        coll_work_destroy(works[i]);
    }
    coll_comm_destroy(members[0]);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
    coll_comm_destroy(members[1]);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
    CHECK(after.tv_sec - before.tv_sec < 2); /* less than what a farewell may take */
}

static void *reduce_until_destroyed(void *unused)
{
    coll_status status = reduce(0);
    if (status != COLL_ERR_ABORTED && status != COLL_ERR_INVALID_HANDLE)
        FAIL("expected COLL_ERR_ABORTED or COLL_ERR_INVALID_HANDLE, found %s", coll_status_name(status));
    return unused;
}

static void destroy_ends_calls_in_progress(void)
{
    pthread_t thread;
    coll_work *work;

    make_pair();
    work = start(0);
    CHECK(pthread_create(&thread, NULL, reduce_until_destroyed, NULL) == 0);
    coll_comm_destroy(members[0]);
    CHECK(pthread_join(thread, NULL) == 0);
    EXPECT(COLL_ERR_ABORTED, coll_work_wait(work, -1, NULL));
    coll_work_destroy(work);
    check_put_back(0);
    coll_comm_destroy(members[1]);
}

static void running_works_survive_the_coordinator(void)
{
    coll_work *works[2];
    make_pair();
    works[0] = start(0);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
    works[1] = start(1);
    for (int i = 0; i < 2; i++) {
        EXPECT(COLL_OK, coll_work_wait(works[i], -1, NULL));
        coll_work_destroy(works[i]);
        CHECK(buffers[i][COUNT - 1] == 2.0f * (COUNT - 1));
    }
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
}

/*
 * The one that dies never calls, so the survivors' operation is in progress when it does. A survivor that comes here
 * late is in epoch 2 and may have rank 1 there, which is why the rank of the argument doesn't do.
 */
static void die_or_go_on(coll_comm *comm, uint32_t unused)
{
    coll_result result = COLL_RESULT_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    (void)unused;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    if (info.epoch == 1 && info.rank == 1)
        raise(SIGKILL);
    for (int i = 0; i < COUNT; i++)
        buffers[0][i] = (float)i;
    EXPECT(COLL_OK, coll_all_reduce(comm, buffers[0], buffers[0], COUNT, COLL_F32, COLL_SUM, NULL, &result));
    if (result.participants != 2 || result.epoch != 2 || result.retries > 1)
        FAIL("%u participants in epoch %llu after %u retries", result.participants, (unsigned long long)result.epoch,
             result.retries);
    for (int i = 0; i < COUNT; i++)
        CHECK(buffers[0][i] == 2.0f * (float)i);
}

static void killed_member_is_left_out_by_all(void) { CHECK(run_mortal_processes(3, die_or_go_on) == 1); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(abort_ends_works_and_later_calls),
        CASE(abort_from_another_thread),
        CASE(others_of_an_aborted_member_go_on_without_it),
        CASE(leaving_is_final),
        CASE(destroy_ends_calls_in_progress),
        CASE(running_works_survive_the_coordinator),
        CASE(killed_member_is_left_out_by_all),
        CASE(leaving_after_the_last_operation_costs_nobody_its_result),
        CASE(destroying_after_another_has_gone_takes_no_time),
    };
    return RUN_CASES(argc, argv, cases);
}
