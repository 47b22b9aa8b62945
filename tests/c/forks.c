/* fork: the child of a process with communicators is refused; one that forks before it has any is not. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"

static test_coordinator coordinator;
static coll_comm *comm;
static coll_work *work;
static float value = 3;

static void in_child(void (*body)(void), int orderly)
{
    int status = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(30);
        body();
        if (orderly)
            exit(0);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        FAIL("the child ended with wait status 0x%x", (unsigned)status);
}

static void every_call_is_refused(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    coll_coordinator *other_coordinator = NULL;
    coll_comm *other = NULL;
    coll_work *started = NULL;

    config.coordinator = coordinator.address;
    EXPECT(COLL_ERR_FORKED, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    EXPECT_WORDS("forked child");
    EXPECT(COLL_ERR_FORKED, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &started));
    EXPECT(COLL_ERR_FORKED, coll_comm_update(comm, &info));
    EXPECT(COLL_ERR_FORKED, coll_comm_info(comm, &info));
    EXPECT(COLL_ERR_FORKED, coll_comm_stats(comm, &statistics));
    EXPECT(COLL_ERR_FORKED, coll_comm_dump(comm, NULL, 0, NULL));
    EXPECT(COLL_ERR_FORKED, coll_set_log(NULL, NULL, COLL_LOG_OFF));
    EXPECT(COLL_ERR_FORKED, coll_comm_abort(comm));
    EXPECT(COLL_ERR_FORKED, coll_comm_leave(comm));
    EXPECT(COLL_ERR_FORKED, coll_comm_create(&config, &other));
    EXPECT(COLL_ERR_FORKED, coll_coordinator_start(NULL, &other_coordinator));
    EXPECT(COLL_ERR_FORKED, coll_coordinator_stop(coordinator.coordinator));
    EXPECT(COLL_ERR_FORKED, coll_work_wait(work, -1, NULL));
    EXPECT(COLL_ERR_FORKED, coll_work_test(work, NULL));
    CHECK(coll_work_fd(work) == -1);
    CHECK(coll_coordinator_port(coordinator.coordinator) == 0);
    CHECK(coll_coordinator_metrics_port(coordinator.coordinator) == 0);
    coll_work_destroy(work);
    coll_comm_destroy(comm);
    CHECK(coll_abi_version() == COLL_ABI_VERSION);
    CHECK(strcmp(coll_status_name(COLL_ERR_FORKED), "COLL_ERR_FORKED") == 0);
}

static void grandchild_is_refused(void) { in_child(every_call_is_refused, 0); }

static void make_handles(void)
{
    comm = join_alone(&coordinator);
    EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
    EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
}

static void destroy_handles(void)
{
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    CHECK(value == 3);
    coll_work_destroy(work);
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void child_is_refused(void)
{
    make_handles();
    in_child(every_call_is_refused, 0);
    destroy_handles();
}

static void child_may_exit_in_order(void)
{
    make_handles();
    in_child(every_call_is_refused, 1);
    destroy_handles();
}

static void child_of_a_child_is_refused(void)
{
    make_handles();
    in_child(grandchild_is_refused, 0);
    destroy_handles();
}

static void use_from_the_start(void)
{
    make_handles();
    for (int i = 0; i < 1000; i++)
        EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    destroy_handles();
}

/* What Python's multiprocessing does by default: the parent has loaded the library and asked its version. */
static void child_of_a_parent_without_handles_may_use_it(void)
{
    CHECK(coll_version_string()[0] != '\0');
    in_child(use_from_the_start, 0);
    in_child(use_from_the_start, 1);
    use_from_the_start();
}

static void child_may_exec(void)
{
    pid_t child;
    int status = 0;

    make_handles();
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "forks", "child_of_a_parent_without_handles_may_use_it", (char *)NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    destroy_handles();
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(child_is_refused),
        CASE(child_may_exit_in_order),
        CASE(child_of_a_child_is_refused),
        CASE(child_of_a_parent_without_handles_may_use_it),
        CASE(child_may_exec),
    };
    return RUN_CASES(argc, argv, cases);
}
