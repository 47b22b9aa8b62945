/*
 * mpi_bench BOARD - Open MPI's collectives, under mpirun, with whatever transport its options choose.
 * SPDX-License-Identifier: MIT
 *
 * The algorithm is the one that Open MPI itself picks for the size ("default"); MCA parameters on mpirun's
 * command line force another. A reduce_scatter has "counts" too: MPI_Reduce_scatter instead of MPI_Reduce_scatter_block.
 */
#include "../Collectives/measure.h"

#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int ranks, own;

static int is(const measure_command *c, const char *name) { return strcmp(c->collective, name) == 0; }

static int run(void *state, const measure_command *c, const void *send, void *recv) {
    const int count = (int)c->count, part = (int)c->part;
    (void)state;
    if (strcmp(c->type, "f32") != 0 || strcmp(c->op, "sum") != 0) return 1;
    if (is(c, "all_reduce"))
        return MPI_Allreduce(send == recv ? MPI_IN_PLACE : send, recv, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    if (is(c, "reduce_scatter") && strcmp(c->algorithm, "counts") == 0) {
        int counts[MEASURE_MAX_WORLD];
        for (int r = 0; r < ranks; r++) counts[r] = part;
        return MPI_Reduce_scatter(send, recv, counts, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    }
    if (strcmp(c->algorithm, "default") != 0) return 1;
    if (is(c, "reduce_scatter")) return MPI_Reduce_scatter_block(send, recv, part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    if (is(c, "all_gather")) return MPI_Allgather(send, part, MPI_FLOAT, recv, part, MPI_FLOAT, MPI_COMM_WORLD);
    if (is(c, "broadcast")) return MPI_Bcast(own == 0 ? (void *)(uintptr_t)send : recv, count, MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (is(c, "reduce")) return MPI_Reduce(send, recv, count, MPI_FLOAT, MPI_SUM, 0, MPI_COMM_WORLD);
    if (is(c, "gather")) return MPI_Gather(send, part, MPI_FLOAT, recv, part, MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (is(c, "scatter")) return MPI_Scatter(send, part, MPI_FLOAT, recv, part, MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (is(c, "all_to_all")) return MPI_Alltoall(send, part, MPI_FLOAT, recv, part, MPI_FLOAT, MPI_COMM_WORLD);
    if (is(c, "send_recv"))
        return MPI_Sendrecv(send, count, MPI_FLOAT, (own + 1) % ranks, 0, recv, count, MPI_FLOAT, (own + ranks - 1) % ranks, 0,
                            MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (is(c, "barrier")) return MPI_Barrier(MPI_COMM_WORLD);
    return 1;
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    if (argc != 2) {
        fprintf(stderr, "usage: mpirun -n WORLD mpi_bench BOARD\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &own);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const measure_library library = { "openmpi", NULL, NULL, run, NULL, NULL, NULL, own };
    int status = measure_serve(measure_open(argv[1], own, ranks), own, ranks, &library);
    MPI_Finalize();
    return status;
}
