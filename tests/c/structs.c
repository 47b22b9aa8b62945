/* `size` decides how much of a struct is read and written: older callers, newer callers, mistakes. */
#include <string.h>

#include "group.h"

static test_coordinator coordinator;

static void sizes_too_small_to_mean_anything(void)
{
    static const uint32_t sizes[] = { 0, 1, 4, 7 };
    coll_comm *comm = join_alone(&coordinator);
    float value = 1;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        coll_coordinator_config coordinator_config = COLL_COORDINATOR_CONFIG_INIT;
        coll_config config = COLL_CONFIG_INIT;
        coll_epoch_info info = COLL_EPOCH_INFO_INIT;
        coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
        coll_options options = COLL_OPTIONS_INIT;
        coll_result result = COLL_RESULT_INIT;
        coll_coordinator *other_coordinator = NULL;
        coll_comm *other = NULL;
        coll_work *work = NULL;

        coordinator_config.size = config.size = info.size = statistics.size = options.size = result.size = sizes[i];
        EXPECT_INVALID("size", coll_coordinator_start(&coordinator_config, &other_coordinator));
        EXPECT_INVALID("config.size", coll_comm_create(&config, &other));
        EXPECT_INVALID("out.size", coll_comm_info(comm, &info));
        EXPECT_INVALID("out.size", coll_comm_update(comm, &info));
        EXPECT_INVALID("out.size", coll_comm_stats(comm, &statistics));
        EXPECT_INVALID("options.size", coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
        EXPECT_INVALID("result.size", coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &result));
        EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
        EXPECT_INVALID("result.size", coll_work_wait(work, -1, &result));
        EXPECT_INVALID("result.size", coll_work_test(work, &result));
        EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
        coll_work_destroy(work);
    }
    coll_comm_destroy(comm);
}

static void input_of_an_older_caller(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_options options = COLL_OPTIONS_INIT;
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *other = NULL;
    float value = 7;

    /* An older header ended before these fields: what stands there is not the caller's. */
    options.size = offsetof(coll_options, weight);
    options.weight = -1;
    options.deadline_ms = -1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    CHECK(value == 7);

    config.coordinator = coordinator.address;
    config.size = offsetof(coll_config, group);
    config.lanes = 1000000;
    config.deadline_ms = -1;
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_comm_create(&config, &other));
    coll_comm_destroy(other);
}

static void input_of_a_newer_caller(void)
{
    struct {
        coll_options known;
        uint64_t later[8];
    } options = { COLL_OPTIONS_INIT, { 0 } };
    coll_comm *comm = join_alone(&coordinator);
    float value = 7;

    memset(options.later, 0xFF, sizeof options.later);
    options.known.size = sizeof options;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options.known, NULL));
    CHECK(value == 7);
    coll_comm_destroy(comm);
}

/* Fills a struct with a pattern, and checks from an offset on that it is still there. */
static void fill(void *bytes, size_t length) { memset(bytes, 0xA5, length); }

static void check_untouched(const void *bytes, size_t from, size_t to)
{
    const unsigned char *read = bytes;
    for (size_t i = from; i < to; i++)
        if (read[i] != 0xA5)
            FAIL("byte %zu was written beyond the caller's size %zu", i, from);
}

static void output_of_an_older_caller(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_epoch_info info;
    coll_comm_statistics statistics;
    coll_result result;
    float value = 7;

    fill(&info, sizeof info);
    info.size = offsetof(coll_epoch_info, world);
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    CHECK(info.size == offsetof(coll_epoch_info, world) && info.rank == 0 && info.epoch >= 1);
    check_untouched(&info, info.size, sizeof info);

    fill(&statistics, sizeof statistics);
    statistics.size = offsetof(coll_comm_statistics, failures);
    EXPECT(COLL_OK, coll_comm_stats(comm, &statistics));
    check_untouched(&statistics, statistics.size, sizeof statistics);

    fill(&result, sizeof result);
    result.size = offsetof(coll_result, retries);
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &result));
    CHECK(result.participants == 1 && result.epoch >= 1);
    check_untouched(&result, result.size, sizeof result);
    coll_comm_destroy(comm);
}

/* The structs as interface 1.0 had them: slots, masks of them and predictions came with 1.1. */
static void output_of_the_first_interface(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_epoch_info info;
    coll_result result;
    float value = 7;

    CHECK(offsetof(coll_epoch_info, slot) == 40 && offsetof(coll_result, slot_mask) == 72);
    fill(&info, sizeof info);
    info.size = 40;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    check_untouched(&info, 40, sizeof info);
    fill(&result, sizeof result);
    result.size = 72;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &result));
    check_untouched(&result, 72, sizeof result);

    info.size = sizeof info;
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    CHECK(info.slot == 0 && info.slots == 1);
    coll_comm_destroy(comm);
}

static void output_of_a_newer_caller(void)
{
    struct {
        coll_epoch_info known;
        uint64_t later[4];
    } info;
    coll_comm *comm = join_alone(&coordinator);

    fill(&info, sizeof info);
    info.known.size = sizeof info;
    EXPECT(COLL_OK, coll_comm_info(comm, &info.known));
    CHECK(info.known.size == sizeof info && info.known.world == 1);
    check_untouched(&info, sizeof info.known, sizeof info);
    coll_comm_destroy(comm);
}

static void initializers(void)
{
    coll_coordinator_config coordinator_config = COLL_COORDINATOR_CONFIG_INIT;
    coll_config config = COLL_CONFIG_INIT;
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    coll_comm_statistics statistics = COLL_COMM_STATISTICS_INIT;
    coll_options options = COLL_OPTIONS_INIT;
    coll_result result = COLL_RESULT_INIT;

    /* Multiples of eight: what the size rule rests on. */
    CHECK(coordinator_config.size == sizeof coordinator_config && sizeof coordinator_config % 8 == 0);
    CHECK(config.size == sizeof config && sizeof config % 8 == 0);
    CHECK(info.size == sizeof info && sizeof info % 8 == 0);
    CHECK(statistics.size == sizeof statistics && sizeof statistics % 8 == 0);
    CHECK(options.size == sizeof options && sizeof options % 8 == 0);
    CHECK(result.size == sizeof result && sizeof result % 8 == 0);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(sizes_too_small_to_mean_anything),
        CASE(input_of_an_older_caller),
        CASE(input_of_a_newer_caller),
        CASE(output_of_an_older_caller),
        CASE(output_of_the_first_interface),
        CASE(output_of_a_newer_caller),
        CASE(initializers),
    };
    return RUN_CASES(argc, argv, cases);
}
