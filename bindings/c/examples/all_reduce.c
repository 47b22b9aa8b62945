/*
 * The sum of a buffer over all members, in C99.
 *
 *     ./all_reduce                                             a world of one
 *     ./all_reduce --serve 127.0.0.1:29400 --members 2 &       two members, the first with the coordinator
 *     ./all_reduce --coordinator 127.0.0.1:29400 --members 2
 */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

enum { COUNT = 1000000 };

int main(int argc, char **argv)
{
    example_arguments arguments = read_arguments(argc, argv);
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_result result = COLL_RESULT_INIT;
    coll_coordinator *coordinator;
    coll_comm *comm = join(&arguments, &coordinator);
    float *values = malloc(COUNT * sizeof *values);
    float expected;
    int i;

    if (values == NULL)
        return 1;
    check(coll_comm_info(comm, &info), "coll_comm_info");
    for (i = 0; i < COUNT; i++)
        values[i] = (float)(info.rank + 1);

    check(coll_all_reduce(comm, values, values, COUNT, COLL_F32, COLL_SUM, NULL, &result), "coll_all_reduce");

    expected = (float)info.world * (float)(info.world + 1) / 2; /* 1 + 2 + ... + world */
    for (i = 0; i < COUNT; i++) {
        if (values[i] != expected) {
            fprintf(stderr, "element %d: expected %g, found %g\n", i, (double)expected, (double)values[i]);
            return 1;
        }
    }
    printf("rank %u of %u: %d sums of %u members are %g, in %.3f ms\n", (unsigned)info.rank, (unsigned)info.world,
           (int)COUNT, (unsigned)result.participants, (double)expected, result.seconds * 1e3);

    free(values);
    coll_comm_destroy(comm);
    check(coll_coordinator_stop(coordinator), "coll_coordinator_stop");
    return 0;
}
