#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

example_arguments read_arguments(int argc, char **argv)
{
    example_arguments arguments = { NULL, NULL, 0 };
    int i;

    for (i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--coordinator") == 0)
            arguments.coordinator = argv[i + 1];
        else if (strcmp(argv[i], "--serve") == 0)
            arguments.serve = argv[i + 1];
        else if (strcmp(argv[i], "--members") == 0)
            arguments.members = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else
            break;
    }
    if (i != argc) {
        fprintf(stderr,
                "usage: %s [--coordinator HOST:PORT | --serve HOST:PORT] [--members N]\n"
                "  --coordinator  where the coordinator listens (or COLLECTIVES_COORDINATOR)\n"
                "  --serve        run the coordinator in this process, and be a member too\n"
                "  --members      members to wait for (or COLLECTIVES_MIN_MEMBERS); default 1\n"
                "Two members on one machine:\n"
                "  %s --serve 127.0.0.1:29400 --members 2 & %s --coordinator 127.0.0.1:29400 --members 2\n",
                argv[0], argv[0], argv[0]);
        exit(2);
    }
    return arguments;
}

coll_comm *join(const example_arguments *arguments, coll_coordinator **coordinator)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;
    char own_address[32];

    *coordinator = NULL;
    config.coordinator = arguments->coordinator;
    config.min_members = arguments->members;
    if (arguments->serve != NULL || (arguments->coordinator == NULL && getenv("COLLECTIVES_COORDINATOR") == NULL)) {
        coll_coordinator_config server = COLL_COORDINATOR_CONFIG_INIT;
        server.listen = arguments->serve;
        check(coll_coordinator_start(&server, coordinator), "coll_coordinator_start");
        sprintf(own_address, "127.0.0.1:%u", (unsigned)coll_coordinator_port(*coordinator));
        config.coordinator = own_address;
    }
    check(coll_comm_create(&config, &comm), "coll_comm_create");
    return comm;
}

void check(coll_status status, const char *call)
{
    char words[512];

    if (status == COLL_OK)
        return;
    coll_last_error(words, sizeof words);
    fprintf(stderr, "%s: %s: %s\n", call, coll_status_name(status), words);
    exit(1);
}
