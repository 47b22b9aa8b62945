/* coll_status_name and coll_last_error. */
#include <pthread.h>
#include <string.h>

#include "case.h"

static void versions(void)
{
    CHECK(coll_abi_version() == COLL_ABI_VERSION);
    CHECK(coll_version_string() == coll_version_string());
    CHECK(strcmp(coll_version_string(), EXPECTED_VERSION) == 0);
}

static void status_names(void)
{
    static const struct {
        coll_status status;
        const char *name;
    } all[] = {
#define NAMED(status) { status, #status }
        NAMED(COLL_OK),
        NAMED(COLL_TIMEOUT),
        NAMED(COLL_PENDING),
        NAMED(COLL_ERR_INVALID_ARGUMENT),
        NAMED(COLL_ERR_INVALID_HANDLE),
        NAMED(COLL_ERR_MISMATCH),
        NAMED(COLL_ERR_FORKED),
        NAMED(COLL_ERR_PEER_LOST),
        NAMED(COLL_ERR_EVICTED),
        NAMED(COLL_ERR_COORDINATOR),
        NAMED(COLL_ERR_REFUSED),
        NAMED(COLL_ERR_DEADLINE),
        NAMED(COLL_ERR_ABORTED),
        NAMED(COLL_ERR_LEFT),
        NAMED(COLL_ERR_OUT_OF_MEMORY),
        NAMED(COLL_ERR_SYSTEM),
        NAMED(COLL_ERR_INTERNAL),
        { 12345, "COLL_UNKNOWN" },
        { -1, "COLL_UNKNOWN" },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *name = coll_status_name(all[i].status);
        if (strcmp(name, all[i].name) != 0)
            FAIL("expected %s, found %s", all[i].name, name);
        CHECK(name == coll_status_name(all[i].status));
    }
}

static void no_failure_yet(void)
{
    char buffer[8] = "before";
    CHECK(coll_last_error(NULL, 0) == 0);
    CHECK(coll_last_error(buffer, sizeof buffer) == 0);
    CHECK(buffer[0] == '\0');
}

static void truncation(void)
{
    char whole[1024];
    char part[32];
    size_t length;

    EXPECT(COLL_ERR_INVALID_ARGUMENT, coll_coordinator_start(NULL, NULL));
    length = coll_last_error(whole, sizeof whole);
    CHECK(length > 16 && length < sizeof whole && strlen(whole) == length);
    CHECK(coll_last_error(NULL, 0) == length);
    CHECK(coll_last_error(NULL, 100) == length);

    for (size_t capacity = 1; capacity <= 16; capacity++) {
        memset(part, 'x', sizeof part);
        CHECK(coll_last_error(part, capacity) == length);
        CHECK(strlen(part) == capacity - 1 && memcmp(part, whole, capacity - 1) == 0);
        CHECK(part[capacity] == 'x');
    }
    memset(part, 'x', sizeof part);
    CHECK(coll_last_error(part, 0) == length && part[0] == 'x');
}

/* "listen" takes any text, and the message quotes it: a character of two bytes is not cut in half. */
static void truncation_keeps_characters_whole(void)
{
    coll_coordinator_config config = COLL_COORDINATOR_CONFIG_INIT;
    coll_coordinator *out = NULL;
    char whole[1024];
    char part[1024];
    const char *wide;
    size_t cut;

    config.listen = "\xC3\xA9\xC3\xA9\xC3\xA9";
    EXPECT(COLL_ERR_INVALID_ARGUMENT, coll_coordinator_start(&config, &out));
    coll_last_error(whole, sizeof whole);
    wide = strstr(whole, config.listen);
    CHECK(wide != NULL);
    cut = (size_t)(wide - whole) + 1; /* in the middle of the first */
    coll_last_error(part, cut + 1);
    CHECK(strlen(part) == cut - 1);
}

static void *fail_elsewhere(void *unused)
{
    CHECK(coll_last_error(NULL, 0) == 0);
    EXPECT(COLL_ERR_INVALID_HANDLE, coll_comm_abort(NULL));
    EXPECT_WORDS("comm");
    return unused;
}

static void each_thread_has_its_own(void)
{
    pthread_t thread;
    EXPECT(COLL_ERR_INVALID_ARGUMENT, coll_coordinator_start(NULL, NULL));
    CHECK(pthread_create(&thread, NULL, fail_elsewhere, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    EXPECT_WORDS("out");
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(versions),
        CASE(status_names),
        CASE(no_failure_yet),
        CASE(truncation),
        CASE(truncation_keeps_characters_whole),
        CASE(each_thread_has_its_own),
    };
    return RUN_CASES(argc, argv, cases);
}
