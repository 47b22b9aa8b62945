/* Works: waiting, testing, descriptors; two members in one process, so that one can be late on purpose. */
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "group.h"

static test_coordinator coordinator;
static coll_comm *members[2];

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
}

static void destroy_pair(void)
{
    coll_comm_destroy(members[0]);
    coll_comm_destroy(members[1]);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static coll_work *start(int member, float *value)
{
    coll_work *work = NULL;
    EXPECT(COLL_OK, coll_all_reduce_start(members[member], value, value, 1, COLL_F32, COLL_SUM, NULL, &work));
    CHECK(work != NULL);
    return work;
}

static void pending_until_all_have_called(void)
{
    float values[2] = { 1, 2 };
    coll_result result = COLL_RESULT_INIT;
    coll_work *first, *second;

    make_pair();
    first = start(0, &values[0]);
    EXPECT(COLL_PENDING, coll_work_test(first, &result));
    EXPECT(COLL_TIMEOUT, coll_work_wait(first, 0, &result));
    EXPECT(COLL_TIMEOUT, coll_work_wait(first, 20, &result));
    CHECK(result.participants == 0);
    second = start(1, &values[1]);
    EXPECT(COLL_OK, coll_work_wait(first, -1, &result));
    CHECK(result.participants == 2);
    EXPECT(COLL_OK, coll_work_wait(second, 60000, NULL));
    CHECK(values[0] == 3 && values[1] == 3);

    EXPECT(COLL_OK, coll_work_wait(first, 0, &result)); /* again after the end */
    EXPECT(COLL_OK, coll_work_test(first, &result));
    CHECK(coll_last_error(NULL, 0) == 0); /* "not yet" is no failure */
    coll_work_destroy(first);
    coll_work_destroy(second);
    destroy_pair();
}

static void descriptor_becomes_readable(void)
{
    float values[2] = { 1, 2 };
    struct pollfd polled;
    coll_work *first, *second;

    make_pair();
    first = start(0, &values[0]);
    polled.fd = coll_work_fd(first);
    polled.events = POLLIN;
    CHECK(polled.fd >= 0 && coll_work_fd(first) == polled.fd);
    CHECK(poll(&polled, 1, 0) == 0);
    second = start(1, &values[1]);
    CHECK(poll(&polled, 1, 60000) == 1 && (polled.revents & POLLIN));
    EXPECT(COLL_OK, coll_work_test(first, NULL));
    CHECK(poll(&polled, 1, 0) == 1); /* and stays so */
    EXPECT(COLL_OK, coll_work_wait(second, -1, NULL));
    polled.fd = coll_work_fd(second); /* made after the end: readable at once */
    CHECK(poll(&polled, 1, 0) == 1);
    coll_work_destroy(first);
    coll_work_destroy(second);
    destroy_pair();
}

static void *wait_for(void *work)
{
    coll_result result = COLL_RESULT_INIT;
    EXPECT(COLL_OK, coll_work_wait(work, -1, &result));
    CHECK(result.participants == 2);
    return NULL;
}

static void several_threads_wait(void)
{
    enum { WAITERS = 4 };
    pthread_t threads[WAITERS];
    float values[2] = { 1, 2 };
    coll_work *first, *second;

    make_pair();
    first = start(0, &values[0]);
    for (int i = 0; i < WAITERS; i++)
        CHECK(pthread_create(&threads[i], NULL, wait_for, first) == 0);
    second = start(1, &values[1]);
    for (int i = 0; i < WAITERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    coll_work_destroy(first);
    coll_work_destroy(second);
    destroy_pair();
}

static void *start_late(void *value)
{
    coll_work *work = start(1, value);
    coll_work_destroy(work); /* waits for the end */
    CHECK(*(float *)value == 3);
    return NULL;
}

static void destroy_waits_for_the_end(void)
{
    pthread_t thread;
    float values[2] = { 1, 2 };
    coll_work *first;

    make_pair();
    first = start(0, &values[0]);
    CHECK(pthread_create(&thread, NULL, start_late, &values[1]) == 0);
    coll_work_destroy(first);
    CHECK(values[0] == 3);
    CHECK(pthread_join(thread, NULL) == 0);
    destroy_pair();
}

static void own_deadline_ends_it(void)
{
    coll_options options = COLL_OPTIONS_INIT;
    coll_work *work = NULL;
    float value = 4;

    make_pair();
    options.deadline_ms = 200;
    EXPECT(COLL_OK, coll_all_reduce_start(members[0], &value, &value, 1, COLL_F32, COLL_SUM, &options, &work));
    EXPECT(COLL_ERR_DEADLINE, coll_work_wait(work, -1, NULL));
    CHECK(value == 4);
    EXPECT(COLL_ERR_DEADLINE, coll_work_test(work, NULL));
    coll_work_destroy(work);
    destroy_pair();
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(pending_until_all_have_called), CASE(descriptor_becomes_readable), CASE(several_threads_wait),
        CASE(destroy_waits_for_the_end),     CASE(own_deadline_ends_it),
    };
    return RUN_CASES(argc, argv, cases);
}
