/* Groups of members to test with: alone, as threads of this process, or as processes. */
#ifndef GROUP_H
#define GROUP_H

#include "case.h"

/* A coordinator in this process, and the address that members give. */
typedef struct {
    coll_coordinator *coordinator;
    char address[32];
} test_coordinator;

void start_coordinator(test_coordinator *started);

/* A communicator of a group of `world`; returns when all have come. */
coll_comm *join_group(const char *address, uint32_t world);

/* A communicator in a new group of its own: members of a group that runs would wait for its next update. */
coll_comm *join_own_group(const char *address);

/* The same with a new coordinator. */
coll_comm *join_alone(test_coordinator *started);

/* Runs `member` on `world` threads, each with a communicator of the same group, destroyed afterwards. */
void run_threads(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* The same with processes: they are forked before this process first calls the library. */
void run_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

/* The same, but members may die by SIGKILL; returns how many did. */
int run_mortal_processes(uint32_t world, void (*member)(coll_comm *comm, uint32_t rank));

uint32_t rank_of(coll_comm *comm);

#endif
