/* What the examples share: their command line, and ending with the library's words. */
#ifndef COMMON_H
#define COMMON_H

#include <collectives.h>

typedef struct example_arguments {
    const char *coordinator; /* NULL: COLLECTIVES_COORDINATOR, or alone with a coordinator of our own */
    const char *serve;       /* not NULL: run the coordinator in this process, listening here */
    uint32_t members;        /* 0: COLLECTIVES_MIN_MEMBERS, or 1 */
} example_arguments;

/* Reads --coordinator HOST:PORT, --serve HOST:PORT, --members N; prints the usage and exits on others. */
example_arguments read_arguments(int argc, char **argv);

/* Starts the coordinator if this process is to serve one, and joins. The coordinator is NULL if it does not. */
coll_comm *join(const example_arguments *arguments, coll_coordinator **coordinator);

/* Returns if the status is COLL_OK, and exits with the message otherwise. */
void check(coll_status status, const char *call);

#endif
