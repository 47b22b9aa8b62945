/*
 * Computing while bytes travel: layer after layer is started as soon as it is there, and waited for at the end,
 * which is how a training step hides its communication. Usage as for all_reduce.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

enum { LAYERS = 8, COUNT = 200000 };

/* Stands for the computation of a layer's gradient: whole numbers, so that their mean is exact. */
static void compute(float *gradient, int layer, unsigned rank)
{
    int i;
    for (i = 0; i < COUNT; i++)
        gradient[i] = (float)(layer + 2 * (int)rank);
}

int main(int argc, char **argv)
{
    example_arguments arguments = read_arguments(argc, argv);
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_coordinator *coordinator;
    coll_comm *comm = join(&arguments, &coordinator);
    float *gradients = malloc((size_t)LAYERS * COUNT * sizeof *gradients);
    coll_work *works[LAYERS];
    int layer, ended_early = 0;

    if (gradients == NULL)
        return 1;
    check(coll_comm_info(comm, &info), "coll_comm_info");
    for (layer = 0; layer < LAYERS; layer++) {
        float *gradient = gradients + (size_t)layer * COUNT;
        compute(gradient, layer, (unsigned)info.rank);
        check(coll_all_reduce_start(comm, gradient, gradient, COUNT, COLL_F32, COLL_AVG, NULL, &works[layer]),
              "coll_all_reduce_start");
    }
    for (layer = 0; layer < LAYERS; layer++)
        ended_early += coll_work_test(works[layer], NULL) == COLL_OK;
    for (layer = 0; layer < LAYERS; layer++) {
        float expected = (float)(layer + (int)info.world - 1);
        check(coll_work_wait(works[layer], -1, NULL), "coll_work_wait");
        coll_work_destroy(works[layer]);
        if (gradients[(size_t)layer * COUNT] != expected || gradients[(size_t)(layer + 1) * COUNT - 1] != expected) {
            fprintf(stderr, "layer %d: expected %g, found %g\n", layer, (double)expected,
                    (double)gradients[(size_t)layer * COUNT]);
            return 1;
        }
    }
    printf("rank %u of %u: %d layers averaged, %d of them before the first wait\n", (unsigned)info.rank,
           (unsigned)info.world, (int)LAYERS, ended_early);

    free(gradients);
    coll_comm_destroy(comm);
    check(coll_coordinator_stop(coordinator), "coll_coordinator_stop");
    return 0;
}
