#define _GNU_SOURCE
#include "board.h"
#include "pattern.h"
#include "shape.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The congestion control of this process's connected TCP sockets, as the kernel reports it: "cubic",
 * "bbr+cubic" if they differ, "none" without such a socket. */
static void observed_congestion(char *out, size_t capacity) {
    out[0] = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char name[16] = "";
        struct sockaddr_storage peer;
        socklen_t size = sizeof name - 1, peer_size = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0) continue;
        if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size) != 0) continue;
        if (strstr(out, name) != NULL || strlen(out) + sizeof name + 2 > capacity) continue;
        if (out[0] != 0) strcat(out, "+");
        strcat(out, name);
    }
    if (out[0] == 0) snprintf(out, capacity, "none");
}

static void report(const measure_board *board, const measure_library *library, uint32_t iterations,
                   const char *congestion) {
    const measure_command *c = &board->command;
    static int64_t times[MEASURE_MAX_ITERATIONS];
    uint64_t wrong = 0;
    for (uint32_t r = 0; r < board->world; r++) wrong += board->wrong[r];
    for (uint32_t i = 0; i < iterations; i++) {
        int64_t longest = 0, start = INT64_MIN, end = INT64_MIN;
        for (uint32_t r = 0; r < board->world; r++) {
            int64_t began = board->start[i][r], ended = board->end[i][r];
            if (ended - began > longest) longest = ended - began;
            if (began > start) start = began;
            if (ended > end) end = ended;
        }
        times[i] = c->barrier ? end - start : longest;
    }
    qsort(times, iterations, sizeof times[0], by_value);
    double median = times[iterations / 2] / 1e3;
    char more[256] = "";
    if (library->describe != NULL) library->describe(library->state, more, sizeof more);
    /* nccl-tests: algbw is the buffer's size over the time; busbw scales it by what a link carries, so that it
     * compares with the link's speed whatever the world: 2(P-1)/P for an all-reduce. */
    double algbw = c->count * c->element_size / (median * 1e3);
    printf("{\"library\":\"%s\",\"collective\":\"%s\",\"pace\":\"%s\",\"algorithm\":\"%s\",\"world\":%u,\"bytes\":%llu,\"count\":%llu,\"type\":\"%s\","
           "\"op\":\"%s\",\"in_place\":%d,\"iterations\":%u,\"min_us\":%.2f,\"p50_us\":%.2f,\"p99_us\":%.2f,"
           "\"algbw\":%.4f,\"busbw\":%.4f,\"wrong\":%llu,\"congestion\":\"%s\"%s}\n",
           library->name, c->collective, c->barrier ? "barrier" : "free", c->algorithm, board->world, (unsigned long long)(c->count * c->element_size),
           (unsigned long long)c->count, c->type, c->op, c->in_place, iterations, times[0] / 1e3, median,
           times[(iterations * 99 - 1) / 100] / 1e3, algbw, algbw * shape_bus_factor(c, (int)board->world),
           (unsigned long long)wrong, congestion, more);
    fflush(stdout);
}

static void *buffer_of(uint64_t bytes) {
    void *buffer = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (buffer == MAP_FAILED) { perror("measure: mmap of a buffer"); exit(2); }
    return buffer;
}

static void must(int status, const char *what, const measure_library *library) {
    if (status == 0) return;
    fprintf(stderr, "%s: %s failed (%d)\n", library->name, what, status);
    exit(1);
}

/* How many timed iterations fit the command's time, judged by the warm-up. */
static uint32_t iterations_for(const measure_command *c, int64_t warm_ns, uint32_t warm) {
    int64_t fit = (int64_t)c->milliseconds * 1000000 / (warm_ns / warm + 1);
    return fit < 2 ? 2 : fit > MEASURE_MAX_ITERATIONS ? MEASURE_MAX_ITERATIONS : (uint32_t)fit;
}

static void run_command(measure_board *board, int rank, int world, const measure_library *library) {
    const measure_command c = board->command;
    const int place = library->place;
    /* Every rank has buffers for the whole, used or not: some libraries want memory from those too that receive nothing. */
    const uint64_t bytes = c.count * c.element_size, sent = shape_sent(&c, place), received = shape_received(&c, place);
    void *recv = buffer_of(bytes), *send = c.in_place ? recv : buffer_of(bytes);
    must(pattern_fill(send, sent, c.type, c.op, place), "filling (unknown type or op)", library);
    const int refills = c.in_place || (library->spoils_input != NULL && library->spoils_input(library->state, &c));
    if (library->prepare != NULL) must(library->prepare(library->state, &c, send, recv), "prepare", library);

    board->wrong[rank] = 0;
    uint32_t warm = 0, done = 0, timed = 0;
    int64_t warm_ns = 0, last_ns = 0, warm_up_ns = (int64_t)c.milliseconds * 1000000 / 4;
    for (;;) {
        int checked = (timed == 0 && warm == 0) || (timed != 0 && done + 1 == timed);
        int bare = timed != 0 && done > 1 && !checked; /* nothing but the call, if the pace is free */
        /* In place a result is the next input, and would soon be infinite in a narrow type. Zeros stay what they are. */
        if (refills && timed != 0 && done == 1 && !checked) memset(send, 0, bytes);
        else if (refills && !bare) pattern_fill(send, sent, c.type, c.op, place);
        if (checked && !c.in_place) memset(recv, 0x5a, received * c.element_size);
        uint32_t *decision = &board->timed[bare ? (warm + 1) & 1 : (warm + done) & 1];
        if (rank == 0)
            *decision = timed != 0 ? timed
                      : warm >= 2 && warm_ns >= warm_up_ns ? iterations_for(&c, warm_ns - last_ns, warm - 1) : 0;
        if (!bare || c.barrier) measure_barrier(board);
        int64_t start = measure_now_ns();
        int status = library->run(library->state, &c, send, recv);
        int64_t end = measure_now_ns();
        must(status, "run", library);
        if (timed == 0 && *decision == 0) {
            /* The first iteration faults pages in and opens windows: it does not count for the estimate. */
            if (warm == 0) last_ns = end - start;
            warm++;
            warm_ns += end - start;
        } else {
            if (timed == 0) timed = *decision;
            board->start[done][rank] = start;
            board->end[done][rank] = end;
            done++;
        }
        if (checked) {
            uint64_t wrong;
            must(shape_wrong(&c, recv, place, world, &wrong), "checking (unknown op)", library);
            board->wrong[rank] += wrong;
        }
        if (timed != 0 && done == timed) break;
    }
    char congestion[64];
    observed_congestion(congestion, sizeof congestion);
    measure_barrier(board); /* no rank may close its connections while another still works */
    if (library->finish != NULL) library->finish(library->state);
    munmap(recv, bytes + 4096);
    if (send != recv) munmap(send, bytes + 4096);
    measure_barrier(board);
    if (rank == 0) report(board, library, timed, congestion);
}

static int read_command(measure_command *c, int world) {
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long long bytes;
        char pace[8];
        memset(c, 0, sizeof *c);
        if (line[0] == '\n' || line[0] == '#') continue;
        if (sscanf(line, "run %15s %7s %llu %d %d %31s %7s %7s", c->collective, pace, &bytes, &c->in_place, &c->milliseconds,
                   c->algorithm, c->type, c->op) != 8 || (c->element_size = pattern_element_size(c->type)) == 0) {
            fprintf(stderr, "measure: expected \"run COLLECTIVE PACE BYTES IN_PLACE MILLISECONDS ALGORITHM TYPE OP\", found: %s", line);
            exit(2);
        }
        c->bytes = bytes;
        c->barrier = strcmp(pace, "barrier") == 0;
        if (shape_command(c, world) != 0) {
            fprintf(stderr, "measure: no such collective, or it is not measured in place: %s", line);
            exit(2);
        }
        return 1;
    }
    return 0;
}

int measure_serve(measure_board *board, int rank, int world, const measure_library *library) {
    for (;;) {
        if (rank == 0) board->over = !read_command(&board->command, world);
        measure_barrier(board);
        if (board->over) return 0;
        run_command(board, rank, world, library);
    }
}
