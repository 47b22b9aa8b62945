/* Every mistake in an argument is an error that names the argument, and changes nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

#define F32 COLL_F32
#define SUM COLL_SUM

static float send[4] = { 1, 2, 3, 4 };
static float recv[4];
static test_coordinator coordinator;

static void coordinator_start(void)
{
    coll_coordinator_config config = COLL_COORDINATOR_CONFIG_INIT;
    coll_coordinator *out = (coll_coordinator *)&config;

    EXPECT_INVALID("out", coll_coordinator_start(&config, NULL));
    config.listen = "no address";
    EXPECT_INVALID("listen", coll_coordinator_start(&config, &out));
    CHECK(out == NULL);
    config.listen = NULL;
    config.heartbeat_ms = 1;
    EXPECT_INVALID("heartbeat", coll_coordinator_start(&config, &out));
}

static void coordinator_cannot_listen(void)
{
    coll_coordinator_config config = COLL_COORDINATOR_CONFIG_INIT;
    coll_coordinator *second = NULL;

    start_coordinator(&coordinator);
    config.listen = coordinator.address;
    EXPECT(COLL_ERR_SYSTEM, coll_coordinator_start(&config, &second));
    EXPECT_WORDS(coordinator.address);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void null_handles(void)
{
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    coll_work *work;

    CHECK(coll_coordinator_port(NULL) == 0);
    EXPECT(COLL_OK, coll_coordinator_stop(NULL));
    coll_comm_destroy(NULL);
    coll_work_destroy(NULL);

    EXPECT_DEAD(coll_comm_update(NULL, &info));
    EXPECT_WORDS("comm");
    EXPECT_DEAD(coll_comm_info(NULL, &info));
    EXPECT_DEAD(coll_comm_stats(NULL, &statistics));
    EXPECT_DEAD(coll_comm_abort(NULL));
    EXPECT_DEAD(coll_comm_leave(NULL));
    EXPECT_DEAD(coll_all_reduce(NULL, send, recv, 4, F32, SUM, NULL, NULL));
    EXPECT_DEAD(coll_all_reduce_start(NULL, send, recv, 4, F32, SUM, NULL, &work));
    EXPECT_DEAD(coll_work_wait(NULL, 0, NULL));
    EXPECT_DEAD(coll_work_test(NULL, NULL));
    EXPECT_WORDS("work");
    CHECK(coll_work_fd(NULL) == -1);
}

static void null_outputs(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = join_alone(&coordinator);

    EXPECT_INVALID("config", coll_comm_create(NULL, &comm));
    CHECK(comm == NULL);
    EXPECT_INVALID("out", coll_comm_create(&config, NULL));
    comm = join_own_group(coordinator.address);
    EXPECT_INVALID("out", coll_comm_info(comm, NULL));
    EXPECT_INVALID("out", coll_comm_stats(comm, NULL));
    EXPECT_INVALID("out", coll_all_reduce_start(comm, send, recv, 4, F32, SUM, NULL, NULL));
    coll_comm_destroy(comm);
}

static void config_fields(void)
{
    coll_config good = COLL_CONFIG_INIT;
    coll_config config;
    coll_comm *comm = NULL;

    good.coordinator = "127.0.0.1:1";
    config = good;
    config.coordinator = NULL;
    EXPECT_INVALID("coordinator", coll_comm_create(&config, &comm));
    config.coordinator = "127.0.0.1";
    EXPECT_INVALID("coordinator", coll_comm_create(&config, &comm));
    config = good;
    config.lanes = 65;
    EXPECT_INVALID("lanes", coll_comm_create(&config, &comm));
    config.lanes = 0xFFFFFFFFu;
    EXPECT_INVALID("lanes", coll_comm_create(&config, &comm));
    config = good;
    config.heartbeat_ms = 99;
    EXPECT_INVALID("heartbeat_ms", coll_comm_create(&config, &comm));
    config = good;
    config.spin_us = -2;
    EXPECT_INVALID("spin_us", coll_comm_create(&config, &comm));
    config = good;
    config.deadline_ms = -1;
    EXPECT_INVALID("deadline_ms", coll_comm_create(&config, &comm));
    config = good;
    config.scratch_limit_bytes = 4096;
    EXPECT_INVALID("scratch_limit_bytes", coll_comm_create(&config, &comm));
    config = good;
    config.advertise = "0.0.0.0";
    EXPECT_INVALID("advertise", coll_comm_create(&config, &comm));
    EXPECT_WORDS("0.0.0.0");
    config.advertise = "127.0.0.1:30000";
    config.port_range = "30001-30100";
    EXPECT_INVALID("port_range", coll_comm_create(&config, &comm));
    EXPECT_WORDS("30001-30100");
    config = good;
    config.port_range = "30100-30000";
    EXPECT_INVALID("port_range", coll_comm_create(&config, &comm));
    CHECK(comm == NULL);
}

static void nobody_listens(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;

    start_coordinator(&coordinator); /* a port that is free again a moment later */
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
    config.coordinator = coordinator.address;
    config.deadline_ms = 300;
    EXPECT(COLL_ERR_COORDINATOR, coll_comm_create(&config, &comm));
    EXPECT_WORDS(coordinator.address);
    CHECK(comm == NULL);
}

static void others_do_not_come(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;

    start_coordinator(&coordinator);
    config.coordinator = coordinator.address;
    config.min_members = 3;
    config.deadline_ms = 300;
    EXPECT(COLL_ERR_DEADLINE, coll_comm_create(&config, &comm));
    EXPECT_WORDS("3");
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void wrong_token(void)
{
    coll_coordinator_config server = COLL_COORDINATOR_CONFIG_INIT;
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;

    server.token = "the right one";
    EXPECT(COLL_OK, coll_coordinator_start(&server, &coordinator.coordinator));
    snprintf(coordinator.address, sizeof coordinator.address, "127.0.0.1:%u",
             (unsigned)coll_coordinator_port(coordinator.coordinator));
    config.coordinator = coordinator.address;
    config.deadline_ms = 5000;
    config.token = "a wrong one";
    EXPECT(COLL_ERR_REFUSED, coll_comm_create(&config, &comm));
    config.token = "the right one";
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void environment(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;

    start_coordinator(&coordinator);
    setenv("COLLECTIVES_COORDINATOR", coordinator.address, 1);
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    CHECK(info.world == 1);
    coll_comm_destroy(comm);

    setenv("COLLECTIVES_LANES", "many", 1);
    EXPECT_INVALID("COLLECTIVES_LANES", coll_comm_create(&config, &comm));
    EXPECT_WORDS("many");
    setenv("COLLECTIVES_PORT_RANGE", "none", 1);
    setenv("COLLECTIVES_LANES", "1", 1);
    EXPECT_INVALID("port_range", coll_comm_create(&config, &comm));
    unsetenv("COLLECTIVES_PORT_RANGE");
    setenv("COLLECTIVES_LANES", "65", 1);
    EXPECT_INVALID("lanes", coll_comm_create(&config, &comm));
    config.lanes = 1; /* an explicit field wins */
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void all_reduce_buffers(void)
{
    coll_comm *comm = join_alone(&coordinator);
    float buffer[8] = { 0 };
    char *bytes = (char *)buffer;

    EXPECT_INVALID("send", coll_all_reduce(comm, NULL, recv, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_reduce(comm, send, NULL, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("send", coll_all_reduce(comm, NULL, NULL, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_reduce(comm, buffer, buffer + 3, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_reduce(comm, buffer + 3, buffer, 4, F32, SUM, NULL, NULL));
    EXPECT_INVALID("recv", coll_all_reduce(comm, bytes, bytes + 1, 2, COLL_U8, SUM, NULL, NULL));
    EXPECT(COLL_OK, coll_all_reduce(comm, buffer, buffer + 4, 4, F32, SUM, NULL, NULL));
    EXPECT(COLL_OK, coll_all_reduce(comm, bytes, bytes + 1, 1, COLL_U8, SUM, NULL, NULL));
    EXPECT(COLL_OK, coll_all_reduce(comm, NULL, NULL, 0, F32, SUM, NULL, NULL));
    EXPECT_INVALID("count", coll_all_reduce(comm, send, recv, UINT64_MAX, F32, SUM, NULL, NULL));
    EXPECT_INVALID("count", coll_all_reduce(comm, send, recv, UINT64_C(1) << 60, F32, SUM, NULL, NULL));
    EXPECT_INVALID("count", coll_all_reduce(comm, send, send, UINT64_C(1) << 62, COLL_I8, SUM, NULL, NULL));
    coll_comm_destroy(comm);
}

static void all_reduce_types_and_ops(void)
{
    static const coll_dtype unknown_types[] = { 0, -1, 9, 19, 24, 1000 };
    static const coll_op unknown_ops[] = { 0, -1, 6, 1000 };
    coll_comm *comm = join_alone(&coordinator);

    for (size_t i = 0; i < sizeof unknown_types / sizeof unknown_types[0]; i++)
        EXPECT_INVALID("type", coll_all_reduce(comm, send, recv, 4, unknown_types[i], SUM, NULL, NULL));
    for (size_t i = 0; i < sizeof unknown_ops / sizeof unknown_ops[0]; i++)
        EXPECT_INVALID("op", coll_all_reduce(comm, send, recv, 4, F32, unknown_ops[i], NULL, NULL));
    coll_comm_destroy(comm);
}

static void all_reduce_options(void)
{
    static const double bad_weights[] = { -1, -0.5, HUGE_VAL, -HUGE_VAL, NAN };
    const coll_options good = COLL_OPTIONS_INIT;
    coll_options options = good;
    coll_comm *comm = join_alone(&coordinator);
    coll_work *work = (coll_work *)comm;

    options.tag = 0x80000000u;
    EXPECT_INVALID("tag", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options = good;
    options.algorithm = 9;
    EXPECT_INVALID("algorithm", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options.algorithm = -1;
    EXPECT_INVALID("algorithm", coll_all_reduce_start(comm, send, recv, 4, F32, SUM, &options, &work));
    CHECK(work == NULL);
    options = good;
    options.recover = 2;
    EXPECT_INVALID("recover", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options.recover = 0;
    options.on_loss = 2;
    EXPECT_INVALID("on_loss", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options = good;
    options.priority = 101;
    EXPECT_INVALID("priority", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options.priority = -101;
    EXPECT_INVALID("priority", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options.priority = -100;
    EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options = good;
    options.deadline_ms = -1;
    EXPECT_INVALID("deadline_ms", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    options = good;
    for (size_t i = 0; i < sizeof bad_weights / sizeof bad_weights[0]; i++) {
        options.weight = bad_weights[i];
        EXPECT_INVALID("weight", coll_all_reduce(comm, send, recv, 4, F32, SUM, &options, NULL));
    }
    options.weight = 2;
    EXPECT_INVALID("weight", coll_all_reduce(comm, send, recv, 4, COLL_I32, SUM, &options, NULL));
    EXPECT_INVALID("weight", coll_all_reduce(comm, send, recv, 4, F32, COLL_MAX, &options, NULL));
    EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, 4, F32, COLL_AVG, &options, NULL));
    coll_comm_destroy(comm);
}

static void after_an_error_all_goes_on(void)
{
    coll_comm *comm = join_alone(&coordinator);

    EXPECT_INVALID("type", coll_all_reduce(comm, send, recv, 4, 99, SUM, NULL, NULL));
    CHECK(recv[0] == 0);
    EXPECT(COLL_OK, coll_all_reduce(comm, send, recv, 4, F32, SUM, NULL, NULL));
    CHECK(memcmp(send, recv, sizeof send) == 0);
    EXPECT_WORDS("type"); /* success does not wipe the last failure's words */
    coll_comm_destroy(comm);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(coordinator_start),
        CASE(coordinator_cannot_listen),
        CASE(null_handles),
        CASE(null_outputs),
        CASE(config_fields),
        CASE(nobody_listens),
        CASE(others_do_not_come),
        CASE(wrong_token),
        CASE(environment),
        CASE(all_reduce_buffers),
        CASE(all_reduce_types_and_ops),
        CASE(all_reduce_options),
        CASE(after_an_error_all_goes_on),
    };
    return RUN_CASES(argc, argv, cases);
}
