/* Arguments of the collectives with parts and roots, in a world of one. What is refused changes nothing. */
#include <stdlib.h>

#include "group.h"

#define F32 COLL_F32
#define SUM COLL_SUM

static float send[4] = { 1, 2, 3, 4 };
static float recv[4];
static const uint64_t four[1] = { 4 };
static test_coordinator coordinator;

static void dead_handles(void)
{
    coll_work *work = NULL;

    EXPECT_DEAD(coll_reduce_scatter(NULL, send, recv, 4, F32, SUM, NULL, NULL));
    EXPECT_DEAD(coll_reduce_scatter_start(NULL, send, recv, 4, F32, SUM, NULL, &work));
    EXPECT_DEAD(coll_reduce_scatter_v(NULL, send, recv, four, F32, SUM, NULL, NULL));
    EXPECT_DEAD(coll_reduce_scatter_v_start(NULL, send, recv, four, F32, SUM, NULL, &work));
    EXPECT_DEAD(coll_all_gather(NULL, send, recv, 4, F32, NULL, NULL));
    EXPECT_DEAD(coll_all_gather_start(NULL, send, recv, 4, F32, NULL, &work));
    EXPECT_DEAD(coll_all_gather_v(NULL, send, recv, four, F32, NULL, NULL));
    EXPECT_DEAD(coll_all_gather_v_start(NULL, send, recv, four, F32, NULL, &work));
    EXPECT_DEAD(coll_broadcast(NULL, send, recv, 4, F32, 0, NULL, NULL));
    EXPECT_DEAD(coll_broadcast_start(NULL, send, recv, 4, F32, 0, NULL, &work));
    EXPECT_DEAD(coll_reduce(NULL, send, recv, 4, F32, SUM, 0, NULL, NULL));
    EXPECT_DEAD(coll_reduce_start(NULL, send, recv, 4, F32, SUM, 0, NULL, &work));
    EXPECT_DEAD(coll_gather(NULL, send, recv, 4, F32, 0, NULL, NULL));
    EXPECT_DEAD(coll_gather_start(NULL, send, recv, 4, F32, 0, NULL, &work));
    EXPECT_DEAD(coll_scatter(NULL, send, recv, 4, F32, 0, NULL, NULL));
    EXPECT_DEAD(coll_scatter_start(NULL, send, recv, 4, F32, 0, NULL, &work));
    EXPECT_DEAD(coll_all_to_all(NULL, send, recv, 4, F32, NULL, NULL));
    EXPECT_DEAD(coll_all_to_all_start(NULL, send, recv, 4, F32, NULL, &work));
    EXPECT_DEAD(coll_all_to_all_v(NULL, send, four, recv, four, F32, NULL, NULL));
    EXPECT_DEAD(coll_all_to_all_v_start(NULL, send, four, recv, four, F32, NULL, &work));
    EXPECT_DEAD(coll_send(NULL, send, 4, F32, 0, NULL, NULL));
    EXPECT_DEAD(coll_send_start(NULL, send, 4, F32, 0, NULL, &work));
    EXPECT_DEAD(coll_recv(NULL, recv, 4, F32, 0, NULL, NULL));
    EXPECT_DEAD(coll_recv_start(NULL, recv, 4, F32, 0, NULL, &work));
    EXPECT_DEAD(coll_barrier(NULL, NULL, NULL));
    EXPECT_DEAD(coll_barrier_start(NULL, NULL, &work));
    EXPECT_INVALID("out", coll_barrier_start(NULL, NULL, NULL));
    CHECK(work == NULL);
}

static void buffers(void)
{
    coll_comm *comm = join_alone(&coordinator);
    float b[8] = { 0 };

    EXPECT_INVALID("send", coll_reduce_scatter(comm, NULL, recv, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce_scatter(comm, send, NULL, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce_scatter(comm, b, b + 3, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("send", coll_all_gather(comm, NULL, recv, 4, F32, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_gather(comm, b, b + 3, 4, F32, NULL, NULL));
    EXPECT_INVALID("send", coll_broadcast(comm, NULL, recv, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_broadcast(comm, send, NULL, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_broadcast(comm, b + 1, b, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce(comm, send, NULL, 4, F32, SUM, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce(comm, b + 1, b, 4, F32, SUM, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_gather(comm, send, NULL, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("send", coll_scatter(comm, NULL, recv, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_to_all(comm, b, b + 1, 4, F32, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_to_all_v(comm, b, four, b, four, F32, NULL, NULL)); /* never in place */
    coll_comm_destroy(comm);
}

static void lengths(void)
{
    static const uint64_t too_many[1] = { UINT64_C(1) << 60 };
    coll_comm *comm = join_alone(&coordinator);

    EXPECT_INVALID("count", coll_reduce_scatter(comm, send, recv, UINT64_MAX, F32, SUM, NULL, NULL));
    EXPECT_INVALID("count", coll_all_gather(comm, send, recv, UINT64_C(1) << 60, F32, NULL, NULL));
    EXPECT_INVALID("count", coll_broadcast(comm, send, recv, UINT64_C(1) << 62, COLL_U8, 0, NULL, NULL));
    EXPECT_INVALID("count", coll_reduce(comm, send, recv, UINT64_MAX, COLL_U8, SUM, 0, NULL, NULL));
    EXPECT_INVALID("count", coll_gather(comm, send, recv, UINT64_MAX, F32, 0, NULL, NULL));
    EXPECT_INVALID("count", coll_scatter(comm, send, recv, UINT64_MAX, F32, 0, NULL, NULL));
    EXPECT_INVALID("count", coll_all_to_all(comm, send, recv, UINT64_MAX, F32, NULL, NULL));
    EXPECT_INVALID("counts: ", coll_reduce_scatter_v(comm, send, recv, NULL, F32, SUM, NULL, NULL));
    EXPECT_INVALID("counts: ", coll_reduce_scatter_v(comm, send, recv, too_many, F32, SUM, NULL, NULL));
    EXPECT_INVALID("counts: ", coll_all_gather_v(comm, send, recv, NULL, F32, NULL, NULL));
    EXPECT_INVALID("counts: ", coll_all_gather_v(comm, send, recv, too_many, F32, NULL, NULL));
    EXPECT_INVALID("send_counts: ", coll_all_to_all_v(comm, send, NULL, recv, four, F32, NULL, NULL));
    EXPECT_INVALID("recv_counts: ", coll_all_to_all_v(comm, send, four, recv, NULL, F32, NULL, NULL));
    EXPECT_INVALID("recv_counts: ", coll_all_to_all_v(comm, send, four, recv, too_many, F32, NULL, NULL));
    coll_comm_destroy(comm);
}

static void types_and_ops(void)
{
    coll_comm *comm = join_alone(&coordinator);

    EXPECT_INVALID("type", coll_reduce_scatter(comm, send, recv, 4, 9, SUM, NULL, NULL));
    EXPECT_INVALID("op", coll_reduce_scatter(comm, send, recv, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("op", coll_reduce_scatter_v(comm, send, recv, four, F32, 6, NULL, NULL));
    EXPECT_INVALID("op", coll_reduce(comm, send, recv, 4, F32, -1, 0, NULL, NULL));
    EXPECT_INVALID("type", coll_all_gather(comm, send, recv, 4, 0, NULL, NULL));
    EXPECT_INVALID("type", coll_broadcast(comm, send, recv, 4, 24, 0, NULL, NULL));
    EXPECT_INVALID("type", coll_all_to_all(comm, send, recv, 4, -1, NULL, NULL));
    EXPECT_INVALID("type", coll_send(comm, send, 4, 19, 0, NULL, NULL));
    coll_comm_destroy(comm);
}

static void roots_and_partners(void)
{
    coll_comm *comm = join_alone(&coordinator);

    EXPECT_INVALID("root", coll_broadcast(comm, send, recv, 4, F32, 1, NULL, NULL));
    EXPECT_INVALID("root", coll_reduce(comm, send, recv, 4, F32, SUM, UINT32_MAX, NULL, NULL));
    EXPECT_INVALID("root", coll_gather(comm, send, recv, 4, F32, 1, NULL, NULL));
    EXPECT_INVALID("root", coll_scatter(comm, send, recv, 4, F32, 1, NULL, NULL));
    EXPECT_INVALID("to: ", coll_send(comm, send, 4, F32, 1, NULL, NULL));
    EXPECT_INVALID("from: ", coll_recv(comm, recv, 4, F32, 1, NULL, NULL));
    EXPECT_INVALID("own", coll_send(comm, send, 4, F32, 0, NULL, NULL));
    EXPECT_INVALID("own", coll_recv(comm, recv, 4, F32, 0, NULL, NULL));
    coll_comm_destroy(comm);
}

static void pairs(coll_comm *comm, uint32_t rank)
{
    coll_options options = COLL_OPTIONS_INIT;
    uint32_t other = 1 - rank;

    EXPECT_INVALID("buffer", coll_send(comm, NULL, 4, F32, other, NULL, NULL));
    EXPECT_INVALID("buffer", coll_recv(comm, NULL, 4, F32, other, NULL, NULL));
    EXPECT_INVALID("count", coll_recv(comm, recv, UINT64_MAX, F32, other, NULL, NULL));
    EXPECT_INVALID("own", coll_send(comm, send, 4, F32, rank, NULL, NULL));
    EXPECT_INVALID("from: ", coll_recv(comm, recv, 4, F32, 2, NULL, NULL));
    options.tag = 65536;
    EXPECT_INVALID("tag", coll_send(comm, send, 4, F32, other, &options, NULL));
}

static void arguments_of_pairs(void) { run_threads(2, pairs); }

/* A buffer with two parts: only the member's own part of it is in place. */
static void parts(coll_comm *comm, uint32_t rank)
{
    float b[8] = { 0 };
    float *own = b + 2 * rank;
    float *others = b + 2 * (1 - rank);
    uint64_t uneven[2] = { 1, 3 };
    uint64_t one_is_large[2] = { 1, UINT64_MAX };

    EXPECT_INVALID("recv", coll_reduce_scatter(comm, b, others, 2, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce_scatter(comm, b, own + 1, 2, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_reduce_scatter_v(comm, b, b + 2, uneven, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_gather(comm, others, b, 2, F32, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_gather_v(comm, b + 2, b, uneven, F32, NULL, NULL));
    EXPECT_INVALID("recv", coll_gather(comm, others, b, 2, F32, rank, NULL, NULL));
    EXPECT_INVALID("recv", coll_scatter(comm, b, others, 2, F32, rank, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_to_all(comm, b, own + 1, 2, F32, NULL, NULL));
    EXPECT_INVALID("counts: ", coll_all_gather_v(comm, send, recv, one_is_large, F32, NULL, NULL));
    EXPECT_INVALID("count", coll_all_gather(comm, send, recv, UINT64_C(1) << 59, F32, NULL, NULL));
}

static void parts_in_place(void) { run_threads(2, parts); }

static void algorithms(void)
{
    static const struct {
        int32_t algorithm;
        int of_parts, of_roots;
    } known[] = {
        { COLL_ALGORITHM_EXCHANGE, 0, 0 },
        { COLL_ALGORITHM_STAR, 0, 0 },
        { COLL_ALGORITHM_TWO_WAY_RING, 0, 0 },
        { COLL_ALGORITHM_HIERARCHICAL, 0, 0 },
        { COLL_ALGORITHM_TREE, 0, 1 },
        { 9, 0, 0 },
        { -1, 0, 0 },
    };
    coll_comm *comm = join_alone(&coordinator);
    coll_options options = COLL_OPTIONS_INIT;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        options.algorithm = known[i].algorithm;
        EXPECT_INVALID("algorithm", coll_reduce_scatter(comm, send, recv, 4, F32, SUM, &options, NULL));
        EXPECT_WORDS("halving");
        EXPECT_INVALID("algorithm", coll_all_gather(comm, send, recv, 4, F32, &options, NULL));
        EXPECT_INVALID("algorithm", coll_gather(comm, send, recv, 4, F32, 0, &options, NULL));
        EXPECT_INVALID("algorithm", coll_scatter(comm, send, recv, 4, F32, 0, &options, NULL));
        EXPECT_INVALID("algorithm", coll_all_to_all(comm, send, recv, 4, F32, &options, NULL));
        EXPECT_INVALID("algorithm", coll_barrier(comm, &options, NULL));
        EXPECT_WORDS("coll_barrier");
        if (known[i].of_roots)
            continue;
        EXPECT_INVALID("algorithm", coll_broadcast(comm, send, recv, 4, F32, 0, &options, NULL));
        EXPECT_INVALID("algorithm", coll_reduce(comm, send, recv, 4, F32, SUM, 0, &options, NULL));
        EXPECT_WORDS("tree");
    }
    coll_comm_destroy(comm);
}

static void other_options(void)
{
    const coll_options good = COLL_OPTIONS_INIT;
    coll_options options = good;
    coll_comm *comm = join_alone(&coordinator);

    options.on_late = COLL_ON_LATE_PROCEED;
    EXPECT_INVALID("on_late", coll_broadcast(comm, send, recv, 4, F32, 0, &options, NULL));
    EXPECT_INVALID("on_late", coll_reduce_scatter(comm, send, recv, 4, F32, SUM, &options, NULL));
    EXPECT_INVALID("on_late", coll_barrier(comm, &options, NULL));
    options = good;
    options.weight = 2;
    EXPECT_INVALID("weight", coll_broadcast(comm, send, recv, 4, F32, 0, &options, NULL));
    EXPECT_INVALID("weight", coll_reduce(comm, send, recv, 4, F32, COLL_MAX, 0, &options, NULL));
    options = good;
    options.priority = 1000;
    EXPECT_INVALID("priority", coll_all_to_all(comm, send, recv, 4, F32, &options, NULL));
    options = good;
    options.size = 4;
    EXPECT_INVALID("options.size", coll_all_gather(comm, send, recv, 4, F32, &options, NULL));
    coll_comm_destroy(comm);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(dead_handles),       CASE(buffers),    CASE(lengths),        CASE(types_and_ops), CASE(roots_and_partners),
        CASE(arguments_of_pairs), CASE(algorithms), CASE(parts_in_place), CASE(other_options),
    };
    return RUN_CASES(argc, argv, cases);
}
