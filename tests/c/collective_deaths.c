/* Members die before or while they call a collective with parts or roots. What the others get, all alike: the result
 * with zeros for the dead, or COLL_ERR_PEER_LOST where the dead one was the root or the partner. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "group.h"

enum { WORLD = 4, VICTIM = 1, COUNT = 1000, LARGE = 4000000 };

static float send_[WORLD * COUNT], recv_[WORLD * COUNT];

static float input_of(uint32_t slot, uint32_t i) { return (float)(slot * 10 + i % 7 + 1); }

static void fill(uint32_t slot)
{
    for (uint32_t i = 0; i < WORLD * COUNT; i++) {
        send_[i] = input_of(slot, i);
        recv_[i] = -1;
    }
}

/* All have come; then the victim is gone before it calls. */
static void lose_the_victim(coll_comm *comm, uint32_t slot)
{
    EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL));
    fill(slot);
    if (slot == VICTIM)
        raise(SIGKILL);
}

/* After an error members may have made different numbers of calls: the update makes them meet again. */
static void go_on(coll_comm *comm)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    float one = 1;

    EXPECT(COLL_OK, coll_comm_update(comm, &info));
    CHECK(info.world == WORLD - 1 && info.slots == WORLD - 1 && info.slot == info.rank);
    EXPECT(COLL_OK, coll_all_reduce(comm, &one, &one, 1, COLL_F32, COLL_SUM, NULL, NULL));
    CHECK(one == WORLD - 1);
}

static void expect_survivors(const coll_result *result)
{
    CHECK(result->participants == WORLD - 1);
    CHECK(result->slot_mask == (((1u << WORLD) - 1) & ~(1u << VICTIM)));
}

static void expect_parts(uint32_t of, const char *what)
{
    for (uint32_t slot = 0; slot < WORLD; slot++)
        for (uint32_t i = 0; i < COUNT; i++) {
            float expected = slot == VICTIM ? 0 : input_of(slot, of * COUNT + i);
            if (recv_[slot * COUNT + i] != expected)
                FAIL("%s, part %u, element %u: expected %g, found %g", what, slot, i, (double)expected,
                     (double)recv_[slot * COUNT + i]);
        }
}

/* The slots stay what they were, without an update. */
static void members_without_one(coll_comm *comm, uint32_t slot)
{
    coll_result result = COLL_RESULT_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;

    lose_the_victim(comm, slot);
    EXPECT(COLL_OK, coll_all_gather(comm, send_, recv_, COUNT, COLL_F32, NULL, &result));
    expect_survivors(&result);
    expect_parts(0, "all_gather");
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    CHECK(info.world == WORLD - 1 && info.slots == WORLD && info.slot == slot);

    fill(slot);
    EXPECT(COLL_OK, coll_all_to_all(comm, send_, recv_, COUNT, COLL_F32, NULL, &result));
    expect_survivors(&result);
    expect_parts(slot, "all_to_all");

    fill(slot);
    EXPECT(COLL_OK, coll_gather(comm, send_, recv_, COUNT, COLL_F32, 3, NULL, &result));
    expect_survivors(&result);
    if (slot == 3)
        expect_parts(0, "gather");

    fill(slot);
    EXPECT(COLL_OK, coll_reduce_scatter(comm, send_, recv_, COUNT, COLL_F32, COLL_AVG, NULL, &result));
    expect_survivors(&result);
    for (uint32_t i = 0; i < COUNT; i++) {
        float sum = input_of(0, slot * COUNT + i) + input_of(2, slot * COUNT + i) + input_of(3, slot * COUNT + i);
        CHECK(recv_[i] > sum / 3 - 0.001F && recv_[i] < sum / 3 + 0.001F);
    }

    fill(slot);
    EXPECT(COLL_OK, coll_broadcast(comm, send_, recv_, COUNT, COLL_F32, 2, NULL, &result));
    expect_survivors(&result);
    EXPECT(COLL_OK, coll_reduce(comm, send_, recv_ + COUNT, COUNT, COLL_F32, COLL_SUM, 0, NULL, &result));
    expect_survivors(&result);
    EXPECT(COLL_OK, coll_scatter(comm, send_, recv_ + 2 * COUNT, COUNT, COLL_F32, 0, NULL, &result));
    expect_survivors(&result);
    for (uint32_t i = 0; i < COUNT; i++) {
        CHECK(recv_[i] == input_of(2, i));
        CHECK(slot != 0 || recv_[COUNT + i] == input_of(0, i) + input_of(2, i) + input_of(3, i));
        CHECK(recv_[2 * COUNT + i] == input_of(0, slot * COUNT + i));
    }
    EXPECT(COLL_OK, coll_barrier(comm, NULL, &result));
    expect_survivors(&result);
    go_on(comm);
}

static void a_leaf_is_left_out(void) { CHECK(run_mortal_processes(WORLD, members_without_one) == 1); }

/* With its id and address, by its rank, or by its slot if it was dead before the call. */
static void expect_the_victim_is_named(void)
{
    char words[1024];
    coll_last_error(words, sizeof words);
    if (strstr(words, "member 1 (") == NULL && strstr(words, "slot 1 (") == NULL)
        FAIL("expected the name of the dead member, found \"%s\"", words);
}

#define WITHOUT_ROOT(name, call)                                       \
    static void members_without_##name(coll_comm *comm, uint32_t slot) \
    {                                                                  \
        lose_the_victim(comm, slot);                                   \
        EXPECT(COLL_ERR_PEER_LOST, call);                              \
        expect_the_victim_is_named();                                  \
        for (uint32_t i = 0; i < WORLD * COUNT; i++)                   \
            CHECK(send_[i] == input_of(slot, i));                      \
        go_on(comm);                                                   \
    }                                                                  \
    static void name(void) { CHECK(run_mortal_processes(WORLD, members_without_##name) == 1); }

WITHOUT_ROOT(a_broadcast_without_root, coll_broadcast(comm, send_, recv_, COUNT, COLL_F32, VICTIM, NULL, NULL))
WITHOUT_ROOT(a_reduce_without_root, coll_reduce(comm, send_, recv_, COUNT, COLL_F32, COLL_SUM, VICTIM, NULL, NULL))
WITHOUT_ROOT(a_gather_without_root, coll_gather(comm, send_, recv_, COUNT, COLL_F32, VICTIM, NULL, NULL))
WITHOUT_ROOT(a_scatter_without_root, coll_scatter(comm, send_, recv_, COUNT, COLL_F32, VICTIM, NULL, NULL))

static void members_with_a_dead_partner(coll_comm *comm, uint32_t slot)
{
    lose_the_victim(comm, slot);
    if (slot == 0)
        EXPECT(COLL_ERR_PEER_LOST, coll_send(comm, send_, COUNT, COLL_F32, VICTIM, NULL, NULL));
    if (slot == 2)
        EXPECT(COLL_ERR_PEER_LOST, coll_recv(comm, recv_, COUNT, COLL_F32, VICTIM, NULL, NULL));
    /* Nobody else minds. */
    if (slot == 0)
        EXPECT(COLL_OK, coll_send(comm, send_, COUNT, COLL_F32, 2, NULL, NULL));
    if (slot == 2) {
        EXPECT(COLL_OK, coll_recv(comm, recv_, COUNT, COLL_F32, 0, NULL, NULL));
        CHECK(recv_[0] == input_of(0, 0));
    }
    /* Known to be dead by now: at once. */
    if (slot == 0)
        EXPECT(COLL_ERR_PEER_LOST, coll_send(comm, send_, COUNT, COLL_F32, VICTIM, NULL, NULL));
    EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL));
    go_on(comm);
}

static void a_partner_is_gone(void) { CHECK(run_mortal_processes(WORLD, members_with_a_dead_partner) == 1); }

/* ---- In the middle ------------------------------------------------------------------------------ */

static struct {
    _Atomic int32_t status[WORLD];
    _Atomic uint32_t delay_us;
} * board;

static void rest(uint32_t microseconds)
{
    struct timespec time = { microseconds / 1000000, (long)(microseconds % 1000000) * 1000 };
    nanosleep(&time, NULL);
}

/* The root's death finds the broadcast at any stage: all others have all of it, or none says so. */
static void members_of_a_broken_broadcast(coll_comm *comm, uint32_t slot)
{
    float *buffer = malloc(LARGE * sizeof *buffer);
    coll_work *work = NULL;

    CHECK(buffer != NULL);
    for (uint32_t i = 0; i < LARGE; i++)
        buffer[i] = slot == VICTIM ? (float)i : 0;
    EXPECT(COLL_OK, coll_barrier(comm, NULL, NULL));
    EXPECT(COLL_OK, coll_broadcast_start(comm, buffer, buffer, LARGE, COLL_F32, VICTIM, NULL, &work));
    if (slot == VICTIM) {
        rest(board->delay_us);
        raise(SIGKILL);
    }
    board->status[slot] = coll_work_wait(work, -1, NULL);
    coll_work_destroy(work);
    if (board->status[slot] == COLL_OK)
        for (uint32_t i = 0; i < LARGE; i++)
            CHECK(buffer[i] == (float)i);
    else
        EXPECT(COLL_ERR_PEER_LOST, board->status[slot]);
    free(buffer);
    go_on(comm);
}

static void run_broken_broadcast(const void *delay)
{
    board->delay_us = *(const uint32_t *)delay;
    CHECK(run_mortal_processes(WORLD, members_of_a_broken_broadcast) == 1);
    CHECK(board->status[0] == board->status[2] && board->status[2] == board->status[3]);
}

static void a_root_dies_while_it_sends(void)
{
    static const uint32_t delays[] = { 0, 500, 3000, 10000, 20000, 40000 };
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(board != MAP_FAILED);
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++)
        run_in_child(run_broken_broadcast, &delays[i]);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(a_leaf_is_left_out),         CASE(a_broadcast_without_root), CASE(a_reduce_without_root),
        CASE(a_gather_without_root),      CASE(a_scatter_without_root),   CASE(a_partner_is_gone),
        CASE(a_root_dies_while_it_sends),
    };
    return RUN_CASES(argc, argv, cases);
}
