/* Groups of members to test with: alone, as threads of this process, or as processes. */
#ifndef GROUP_H
#define GROUP_H

#include <sys/types.h>

#include "case.h"

#define MAX_WORLD 16

/* A coordinator in this process, and the address that members give. */
typedef struct {
    coll_coordinator *coordinator;
    char address[32];
} test_coordinator;

void start_coordinator(test_coordinator *started);

/* After it was stopped: another one at the same address, which knows nothing. */
void restart_coordinator(test_coordinator *stopped);

/* A communicator of a group of `world`; returns when all have come. */
coll_comm *join_group(const char *address, uint32_t world);

/* A communicator in a new group of its own: members of a group that runs would wait for its next update. */
coll_comm *join_own_group(const char *address);

/* The same with a new coordinator. */
coll_comm *join_alone(test_coordinator *started);

/* Runs `member` on `world` threads, each with a communicator of the same group, destroyed afterwards. */
void run_threads(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* The same with processes: they are forked before this process first calls the library. In a fault plan
 * (COLLECTIVES_FAULT_PLAN) they are a, b, c ...; ranks are in no particular order. */
void run_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* The same, but members may die by SIGKILL; returns how many did. */
int run_mortal_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* Its steps, for a test that does something to the members meanwhile. */
typedef struct {
    test_coordinator coordinator;
    uint32_t world;
    pid_t members[MAX_WORLD]; /* 0 once its end has been seen */
    int address_pipes[MAX_WORLD];
} process_group;

void start_processes(process_group *group, uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* Waits for one member's end: 0 if all went well with it, SIGKILL if that ended it; fails otherwise. */
int await_process(process_group *group, uint32_t index);

/* Waits for the rest and stops the coordinator; returns how many died by SIGKILL. */
int await_processes(process_group *group);

/* Runs the body in a forked child, since a process that has used the library can fork no members. */
void run_in_child(void (*body)(const void *argument), const void *argument);

uint32_t rank_of(coll_comm *comm);

#endif
