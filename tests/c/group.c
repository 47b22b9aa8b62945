#include "group.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void start_coordinator(test_coordinator *started)
{
    EXPECT(COLL_OK, coll_coordinator_start(NULL, &started->coordinator));
    snprintf(started->address, sizeof started->address, "127.0.0.1:%u",
             (unsigned)coll_coordinator_port(started->coordinator));
}

void restart_coordinator(test_coordinator *stopped)
{
    coll_coordinator_config config = COLL_COORDINATOR_CONFIG_INIT;
    config.listen = stopped->address;
    EXPECT(COLL_OK, coll_coordinator_start(&config, &stopped->coordinator));
}

static coll_comm *join(const char *address, uint32_t group, uint32_t world)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;
    config.coordinator = address;
    config.group = group;
    config.min_members = world;
    config.deadline_ms = 60000;
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    CHECK(comm != NULL);
    return comm;
}

coll_comm *join_group(const char *address, uint32_t world) { return join(address, 0, world); }

coll_comm *join_own_group(const char *address)
{
    static uint32_t last_group;
    return join(address, ++last_group, 1);
}

coll_comm *join_alone(test_coordinator *started)
{
    start_coordinator(started);
    return join_own_group(started->address);
}

uint32_t rank_of(coll_comm *comm)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    return info.rank;
}

typedef struct {
    const char *address;
    uint32_t world;
    void (*member)(coll_comm *comm, uint32_t rank);
} member_call;

static void *run_member(void *argument)
{
    const member_call *call = argument;
    coll_comm *comm = join_group(call->address, call->world);
    call->member(comm, rank_of(comm));
    coll_comm_destroy(comm);
    return NULL;
}

void run_threads(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank))
{
    pthread_t threads[MAX_WORLD];
    test_coordinator started;
    member_call call = { started.address, world, member };

    CHECK(world <= MAX_WORLD);
    start_coordinator(&started);
    for (uint32_t i = 0; i < world; i++)
        CHECK(pthread_create(&threads[i], NULL, run_member, &call) == 0);
    for (uint32_t i = 0; i < world; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    EXPECT(COLL_OK, coll_coordinator_stop(started.coordinator));
}

/* A member process waits here until its parent has a coordinator and writes its address. */
static void be_member(int address_pipe, const member_call *template)
{
    char address[32] = "";
    member_call call = *template;
    CHECK(read(address_pipe, address, sizeof address) == (ssize_t)sizeof address);
    call.address = address;
    CHECK(setenv("COLLECTIVES_COORDINATOR", address, 1) == 0); /* for members that make further communicators */
    run_member(&call);
    _exit(0);
}

void run_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank))
{
    int killed = run_mortal_processes(world, member);
    if (killed != 0)
        FAIL("%d member processes were killed", killed);
}

int run_mortal_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank))
{
    process_group group;
    start_processes(&group, world, member);
    return await_processes(&group);
}

void start_processes(process_group *group, uint32_t world, void (*member)(coll_comm *comm, uint32_t rank))
{
    int pipes[MAX_WORLD][2];
    member_call call = { NULL, world, member };

    CHECK(world <= MAX_WORLD);
    memset(group, 0, sizeof *group);
    group->world = world;
    for (uint32_t i = 0; i < world; i++) {
        CHECK(pipe(pipes[i]) == 0);
        group->members[i] = fork();
        CHECK(group->members[i] >= 0);
        if (group->members[i] == 0) {
            CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0); /* none is left behind by a test that fails */
            alarm(90);                                    /* alarms are not inherited */
            CHECK(setenv("COLLECTIVES_FAULT_MEMBER", (char[]){ (char)('a' + i), 0 }, 1) == 0);
            be_member(pipes[i][0], &call);
        }
        close(pipes[i][0]);
        group->address_pipes[i] = pipes[i][1];
    }

    start_coordinator(&group->coordinator);
    for (uint32_t i = 0; i < world; i++)
        CHECK(write(group->address_pipes[i], group->coordinator.address, sizeof group->coordinator.address) ==
              (ssize_t)sizeof group->coordinator.address);
}

static int wait_status(pid_t child)
{
    int status = 0;
    pid_t ended;
    do
        ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    CHECK(ended == child);
    return status;
}

int await_process(process_group *group, uint32_t index)
{
    int status = wait_status(group->members[index]);
    group->members[index] = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return SIGKILL;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        FAIL("member process %u ended with wait status 0x%x", index, (unsigned)status);
    return 0;
}

int await_processes(process_group *group)
{
    int killed = 0;

    for (uint32_t i = 0; i < group->world; i++) {
        if (group->members[i] != 0 && await_process(group, i) == SIGKILL)
            killed++;
        close(group->address_pipes[i]);
    }
    EXPECT(COLL_OK, coll_coordinator_stop(group->coordinator.coordinator));
    return killed;
}

void run_in_child(void (*body)(const void *argument), const void *argument)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        alarm(90); /* alarms are not inherited */
        body(argument);
        _exit(0);
    }
    status = wait_status(child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        FAIL("the child ended with wait status 0x%x", (unsigned)status);
}
