/* What a communicator and the process tell about themselves: the dump, its files, the log. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"

static test_coordinator coordinator;

/* The whole dump; free it. */
static char *dump_of(coll_comm *comm)
{
    size_t capacity, length = 0;
    char *text = NULL;
    coll_status status;

    EXPECT(COLL_OK, coll_comm_dump(comm, NULL, 0, &length));
    CHECK(length > 0);
    do {
        /* Meanwhile more may have happened. */
        capacity = 2 * length;
        text = realloc(text, capacity);
        CHECK(text != NULL);
        status = coll_comm_dump(comm, text, capacity, &length);
    } while (status == COLL_ERR_INVALID_ARGUMENT && length >= capacity);
    EXPECT(COLL_OK, status);
    CHECK(strlen(text) == length);
    CHECK(text[0] == '{' && text[strlen(text) - 1] == '}');
    return text;
}

/* Fails unless the dump contains the text. */
static void expect_in_dump(coll_comm *comm, const char *text)
{
    char *dump = dump_of(comm);
    if (strstr(dump, text) == NULL)
        FAIL("no %s in %s", text, dump);
    free(dump);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    while ((text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void a_dump_is_copied_whole_or_not_at_all(void)
{
    coll_comm *comm = join_alone(&coordinator);
    char buffer[16] = "untouched";
    size_t length = 0;

    EXPECT_INVALID("capacity", coll_comm_dump(comm, buffer, sizeof buffer, &length));
    CHECK(length >= sizeof buffer && buffer[0] == 0);
    EXPECT_INVALID("capacity", coll_comm_dump(comm, buffer, 1, NULL));
    EXPECT_INVALID("buffer", coll_comm_dump(comm, NULL, 1, &length));
    EXPECT(COLL_OK, coll_comm_dump(comm, NULL, 0, NULL));
    free(dump_of(comm));
    coll_comm_destroy(comm);
    EXPECT_DEAD(coll_comm_dump(comm, NULL, 0, &length));
    EXPECT_DEAD(coll_comm_dump(NULL, NULL, 0, &length));
}

static void operations_are_recorded(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_options options = COLL_OPTIONS_INIT;
    float values[3] = { 1, 2, 3 };
    char *dump;

    EXPECT(COLL_OK, coll_all_reduce(comm, values, values, 3, COLL_F32, COLL_SUM, NULL, NULL));
    options.algorithm = COLL_ALGORITHM_EXCHANGE;
    EXPECT_INVALID("exchange", coll_all_reduce(comm, values, values, 1 << 20, COLL_F32, COLL_SUM, &options, NULL));
    dump = dump_of(comm);
    CHECK(count_of(dump, "\"kind\":\"operation_committed\"") == 1);
    CHECK(strstr(dump, "all_reduce(count 3, f32, sum") != NULL);
    CHECK(count_of(dump, "\"kind\":\"operation_refused\"") == 1);
    CHECK(count_of(dump, "\"status\":\"invalid_argument\"") == 1);
    CHECK(count_of(dump, "\"kind\":\"epoch_active\"") == 1);
    free(dump);
    coll_comm_destroy(comm);
}

static void a_dump_comes_after_the_end_too(void)
{
    coll_comm *comm = join_alone(&coordinator);
    EXPECT(COLL_OK, coll_comm_abort(comm));
    expect_in_dump(comm, "\"kind\":\"operations_closed\"");
    coll_comm_destroy(comm);
    comm = join_own_group(coordinator.address);
    EXPECT(COLL_OK, coll_comm_leave(comm));
    expect_in_dump(comm, "has left");
    coll_comm_destroy(comm);
}

/* ---- How many events --------------------------------------------------------------------------- */

static int recorded_of(int32_t events)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;
    float value = 1;
    char *dump;
    int count;

    start_coordinator(&coordinator);
    config.coordinator = coordinator.address;
    config.recorded_events = events;
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    for (int i = 0; i < 2000; i++)
        EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_MAX, NULL, NULL));
    dump = dump_of(comm);
    count = count_of(dump, "\"kind\":");
    free(dump);
    coll_comm_destroy(comm);
    return count;
}

static void the_number_of_events_is_a_setting(void)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;

    CHECK(recorded_of(0) == 1024);
    CHECK(recorded_of(-1) == 0);
    CHECK(recorded_of(10) == 10);
    CHECK(setenv("COLLECTIVES_RECORDED_EVENTS", "20", 1) == 0);
    CHECK(recorded_of(0) == 20);
    CHECK(recorded_of(10) == 10);
    config.coordinator = coordinator.address;
    config.recorded_events = (1 << 20) + 1;
    EXPECT_INVALID("config.recorded_events", coll_comm_create(&config, &comm));
}

/* ---- Dumps while it works ---------------------------------------------------------------------- */

static atomic_int looking;

static void *look(void *comm)
{
    while (atomic_load(&looking))
        free(dump_of(comm));
    return NULL;
}

/* Operations of several sizes, while another thread dumps without a pause. */
static void member_that_is_looked_at(coll_comm *comm, uint32_t rank)
{
    enum { COUNT = 100000, OPERATIONS = 300 };
    float *values = malloc(COUNT * sizeof *values);
    pthread_t looker;

    (void)rank;
    CHECK(values != NULL);
    atomic_store(&looking, 1);
    CHECK(pthread_create(&looker, NULL, look, comm) == 0);
    for (uint64_t i = 0; i < OPERATIONS; i++) {
        values[0] = values[COUNT - 1] = 1;
        EXPECT(COLL_OK, coll_all_reduce(comm, values, values, i % 2 ? 1 : COUNT, COLL_F32, COLL_SUM, NULL, NULL));
        CHECK(values[0] == 2);
    }
    atomic_store(&looking, 0);
    CHECK(pthread_join(looker, NULL) == 0);
    free(values);
}

static void dumps_disturb_nobody(void) { run_processes(2, member_that_is_looked_at); }

/* ---- Files ------------------------------------------------------------------------------------- */

/* How many dumps are in the directory; path has one of them. */
static int dumps_in(const char *directory, char *path, size_t capacity)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    int count = 0;

    if (entries == NULL)
        return 0;
    while ((entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        CHECK(strncmp(entry->d_name, "collectives-", 12) == 0);
        CHECK(strcmp(entry->d_name + strlen(entry->d_name) - 5, ".json") == 0);
        snprintf(path, capacity, "%s/%s", directory, entry->d_name);
        count++;
    }
    closedir(entries);
    return count;
}

/* Three operations that wait for somebody who stays away meet their deadline. */
static void fail_some(coll_comm *comm)
{
    coll_options options = COLL_OPTIONS_INIT;
    coll_work *works[3];
    float values[3] = { 1, 2, 3 };

    options.deadline_ms = 50;
    for (int i = 0; i < 3; i++)
        EXPECT(COLL_OK,
               coll_all_reduce_start(comm, &values[i], &values[i], 1, COLL_F32, COLL_SUM, &options, &works[i]));
    for (int i = 0; i < 3; i++) {
        EXPECT(COLL_ERR_DEADLINE, coll_work_wait(works[i], -1, NULL));
        coll_work_destroy(works[i]);
    }
}

static void *join_and_stay(void *address)
{
    coll_comm *comm = join_group(address, 2);
    coll_options options = COLL_OPTIONS_INIT;
    float value = 1;
    /* Goes when the other one, which never calls this, has gone. */
    options.tag = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, &options, NULL));
    coll_comm_destroy(comm);
    return NULL;
}

static coll_comm *join_with_dumps(const char *directory, pthread_t *other)
{
    coll_config config = COLL_CONFIG_INIT;
    coll_comm *comm = NULL;

    start_coordinator(&coordinator);
    CHECK(pthread_create(other, NULL, join_and_stay, coordinator.address) == 0);
    config.coordinator = coordinator.address;
    config.min_members = 2;
    config.dump_dir = directory;
    EXPECT(COLL_OK, coll_comm_create(&config, &comm));
    return comm;
}

static void a_failed_operation_leaves_a_file(void)
{
    char parent[] = "/tmp/coll-observing-XXXXXX";
    char directory[64], path[512], text[64 * 1024], id[40];
    coll_epoch_info info = COLL_EPOCH_INFO_INIT;
    pthread_t other;
    coll_comm *comm;
    FILE *file;
    size_t length;

    CHECK(mkdtemp(parent) != NULL);
    snprintf(directory, sizeof directory, "%s/made/for/it", parent);
    comm = join_with_dumps(directory, &other);
    EXPECT(COLL_OK, coll_comm_info(comm, &info));
    /* The id in words: each half with its most significant byte first. */
    for (int i = 0; i < 16; i++)
        snprintf(id + 2 * i, 3, "%02x", info.member[i < 8 ? 7 - i : 23 - i]);
    CHECK(dumps_in(directory, path, sizeof path) == 0);
    fail_some(comm);
    coll_comm_destroy(comm);
    CHECK(pthread_join(other, NULL) == 0);

    /* The first one, and what came within the second after it. */
    CHECK(dumps_in(directory, path, sizeof path) <= 2 && strstr(path, id) != NULL);
    file = fopen(path, "r");
    CHECK(file != NULL);
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    CHECK(text[0] == '{' && text[length - 1] == '}');
    CHECK(count_of(text, "\"kind\":\"operation_begun\"") == 3);
    CHECK(count_of(text, "\"status\":\"deadline\"") >= 1);
    CHECK(strstr(text, "waits for member") != NULL);
    snprintf(text, sizeof text, "rm -r %s", parent);
    CHECK(system(text) == 0);
}

static void a_directory_that_cannot_be_made_is_no_error(void)
{
    pthread_t other;
    coll_comm *comm = join_with_dumps("/dev/null/nothing", &other);
    fail_some(comm);
    coll_comm_destroy(comm);
    CHECK(pthread_join(other, NULL) == 0);
}

/* ---- The log ----------------------------------------------------------------------------------- */

typedef struct {
    pthread_mutex_t mutex;
    char text[64 * 1024];
    size_t length;
    int32_t highest;
    int calls;
    int inside;
    pthread_t thread;
} heard_lines;

static heard_lines heard = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void hear(void *user, int32_t level, const char *line)
{
    heard_lines *into = user;
    CHECK(pthread_mutex_lock(&into->mutex) == 0);
    CHECK(into->inside++ == 0 && strchr(line, '\n') == NULL);
    CHECK(into->calls == 0 || pthread_equal(into->thread, pthread_self()));
    into->thread = pthread_self();
    into->calls++;
    into->highest = level > into->highest ? level : into->highest;
    into->length += (size_t)snprintf(into->text + into->length, sizeof into->text - into->length, "%s\n", line);
    CHECK(into->length < sizeof into->text);
    into->inside--;
    CHECK(pthread_mutex_unlock(&into->mutex) == 0);
}

static void forget(void)
{
    memset(heard.text, 0, sizeof heard.text);
    heard.length = 0;
    heard.highest = heard.calls = 0;
}

/* Forgets between two listenings: a line of the coordinator's may come at any time, on the new listener's thread. */
static void hear_anew(int32_t level)
{
    EXPECT(COLL_OK, coll_set_log(NULL, NULL, COLL_LOG_OFF));
    forget();
    EXPECT(COLL_OK, coll_set_log(hear, &heard, level));
}

/* A member's life: what is logged of it has been heard when this returns. */
static void live(void)
{
    coll_comm *comm = join_own_group(coordinator.address);
    float value = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    coll_comm_destroy(comm);
}

static void a_callback_hears_lines_of_its_level(void)
{
    start_coordinator(&coordinator);
    EXPECT(COLL_OK, coll_set_log(hear, &heard, COLL_LOG_DEBUG));
    live();
    CHECK(strstr(heard.text, "level=info event=epoch_active member=") != NULL);
    CHECK(strstr(heard.text, "level=debug event=operation_committed") != NULL);
    CHECK(strstr(heard.text, "call=\"all_reduce(count 1, f32, sum") != NULL);
    CHECK(heard.highest == COLL_LOG_DEBUG && !pthread_equal(heard.thread, pthread_self()));

    hear_anew(COLL_LOG_INFO);
    live();
    CHECK(heard.highest == COLL_LOG_INFO && strstr(heard.text, "event=operation_") == NULL);

    hear_anew(COLL_LOG_OFF);
    live();
    CHECK(heard.calls == 0);
    EXPECT(COLL_OK, coll_set_log(NULL, NULL, COLL_LOG_DEBUG));
    live();
    CHECK(heard.calls == 0);
}

static void the_coordinator_logs_too(void)
{
    EXPECT(COLL_OK, coll_set_log(hear, &heard, COLL_LOG_INFO));
    start_coordinator(&coordinator);
    live();
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
    CHECK(strstr(heard.text, "event=roster text=\"group") != NULL);
}

static void unknown_levels_are_refused(void)
{
    EXPECT_INVALID("level", coll_set_log(hear, &heard, -1));
    EXPECT_INVALID("level", coll_set_log(hear, &heard, COLL_LOG_DEBUG + 1));
}

static void *set_and_unset(void *unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        EXPECT(COLL_OK, coll_set_log(hear, &heard, COLL_LOG_DEBUG));
        EXPECT(COLL_OK, coll_set_log(NULL, NULL, COLL_LOG_OFF));
        CHECK(pthread_mutex_lock(&heard.mutex) == 0);
        forget();
        CHECK(pthread_mutex_unlock(&heard.mutex) == 0);
    }
    return NULL;
}

static void the_callback_may_change_while_lines_come(void)
{
    coll_comm *comm = join_alone(&coordinator);
    float value = 1;
    pthread_t changer;

    CHECK(pthread_create(&changer, NULL, set_and_unset, NULL) == 0);
    for (int i = 0; i < 20000; i++)
        EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_MAX, NULL, NULL));
    CHECK(pthread_join(changer, NULL) == 0);
    coll_comm_destroy(comm);
}

/* The log is set before a fork, and the child uses the library: nothing was started yet. */
static void a_log_alone_forbids_no_fork(void)
{
    pid_t child;
    int status;

    EXPECT(COLL_OK, coll_set_log(hear, &heard, COLL_LOG_INFO));
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        start_coordinator(&coordinator);
        live();
        _exit(heard.calls > 0 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Runs `live` with COLLECTIVES_LOG set, in a child; what it wrote to standard error is in the buffer. */
static int live_with_variable(const char *level, char *text, size_t capacity)
{
    int ends[2], status;
    size_t length = 0;
    ssize_t got;
    pid_t child;

    CHECK(pipe(ends) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(setenv("COLLECTIVES_LOG", level, 1) == 0);
        CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
        close(ends[0]);
        start_coordinator(&coordinator);
        live();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, capacity - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = 0;
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void the_variable_sends_it_to_standard_error(void)
{
    static char text[64 * 1024];

    CHECK(live_with_variable("info", text, sizeof text) == 0);
    CHECK(strstr(text, " level=info event=epoch_active member=") != NULL && strstr(text, "level=debug") == NULL);
    CHECK(text[strlen(text) - 1] == '\n' && strncmp(text, "time=2", 6) == 0);
    CHECK(live_with_variable("debug", text, sizeof text) == 0);
    CHECK(strstr(text, "level=debug event=operation_committed") != NULL);
    CHECK(live_with_variable("off", text, sizeof text) == 0);
    CHECK(text[0] == 0);
    /* A mistake in it is told, not swallowed. */
    CHECK(live_with_variable("loud", text, sizeof text) == 1);
    CHECK(strstr(text, "COLLECTIVES_LOG") != NULL && strstr(text, "loud") != NULL);
}

/* ---- Metrics ----------------------------------------------------------------------------------- */

static void a_coordinator_says_where_its_metrics_are(void)
{
    coll_coordinator_config config = COLL_COORDINATOR_CONFIG_INIT;
    coll_coordinator *with = NULL;

    EXPECT(COLL_OK, coll_coordinator_start(&config, &with));
    CHECK(coll_coordinator_metrics_port(with) == 0);
    EXPECT(COLL_OK, coll_coordinator_stop(with));
    CHECK(coll_coordinator_metrics_port(with) == 0 && coll_coordinator_metrics_port(NULL) == 0);

    config.metrics = "127.0.0.1:0";
    EXPECT(COLL_OK, coll_coordinator_start(&config, &with));
    CHECK(coll_coordinator_metrics_port(with) > 0);
    CHECK(coll_coordinator_metrics_port(with) != coll_coordinator_port(with));
    EXPECT(COLL_OK, coll_coordinator_stop(with));

    /* An older caller's struct ends before the field. */
    config.size = offsetof(coll_coordinator_config, metrics);
    config.metrics = "nonsense";
    EXPECT(COLL_OK, coll_coordinator_start(&config, &with));
    CHECK(coll_coordinator_metrics_port(with) == 0);
    EXPECT(COLL_OK, coll_coordinator_stop(with));
    config.size = sizeof config;
    EXPECT_INVALID("metrics", coll_coordinator_start(&config, &with));
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(a_dump_is_copied_whole_or_not_at_all),
        CASE(operations_are_recorded),
        CASE(a_dump_comes_after_the_end_too),
        CASE(the_number_of_events_is_a_setting),
        CASE(dumps_disturb_nobody),
        CASE(a_failed_operation_leaves_a_file),
        CASE(a_directory_that_cannot_be_made_is_no_error),
        CASE(a_callback_hears_lines_of_its_level),
        CASE(the_coordinator_logs_too),
        CASE(unknown_levels_are_refused),
        CASE(the_callback_may_change_while_lines_come),
        CASE(a_log_alone_forbids_no_fork),
        CASE(the_variable_sends_it_to_standard_error),
        CASE(a_coordinator_says_where_its_metrics_are),
    };
    return RUN_CASES(argc, argv, cases);
}
