/*
 * mpi_bench BOARD - MPI_Allreduce, under mpirun, with whatever transport its options choose.
 * SPDX-License-Identifier: MIT
 *
 * The algorithm is the one that Open MPI itself picks for the size ("default"); MCA parameters on mpirun's
 * command line force another.
 */
#include "../Collectives/measure.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>

static int run(void *state, const measure_command *command, const void *send, void *recv) {
    (void)state;
    if (strcmp(command->type, "f32") != 0 || strcmp(command->op, "sum") != 0) return 1;
    return MPI_Allreduce(send == recv ? MPI_IN_PLACE : send, recv, (int)command->count, MPI_FLOAT, MPI_SUM,
                         MPI_COMM_WORLD);
}

int main(int argc, char **argv) {
    int rank, world;
    MPI_Init(&argc, &argv);
    if (argc != 2) {
        fprintf(stderr, "usage: mpirun -n WORLD mpi_bench BOARD\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &world);
    const measure_library library = { "openmpi", NULL, NULL, run, NULL };
    int status = measure_serve(measure_open(argv[1], rank, world), rank, world, &library);
    MPI_Finalize();
    return status;
}
