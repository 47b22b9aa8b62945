#define _GNU_SOURCE
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t measure_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

measure_board *measure_open(const char *path, int rank, int world) {
    if (path == NULL || world < 1 || world > MEASURE_MAX_WORLD || rank < 0 || rank >= world) {
        fprintf(stderr, "measure: need a board's path and 0 <= rank < world <= %d, found %s, %d, %d\n",
                MEASURE_MAX_WORLD, path == NULL ? "no path" : path, rank, world);
        exit(2);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(measure_board)) != 0) { perror(path); exit(2); }
    measure_board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED) { perror("mmap"); exit(2); }
    close(fd);
    board->world = (uint32_t)world;
    return board;
}

void measure_barrier(measure_board *board) {
    uint32_t generation = __atomic_load_n(&board->generation, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&board->arrived, 1, __ATOMIC_ACQ_REL) == board->world) {
        __atomic_store_n(&board->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&board->generation, generation + 1, __ATOMIC_RELEASE);
        syscall(SYS_futex, &board->generation, FUTEX_WAKE, MEASURE_MAX_WORLD, NULL, NULL, 0);
        return;
    }
    while (__atomic_load_n(&board->generation, __ATOMIC_ACQUIRE) == generation)
        syscall(SYS_futex, &board->generation, FUTEX_WAIT, generation, NULL, NULL, 0);
}

void measure_publish(measure_board *board, int rank, uint32_t value) { __atomic_store_n(&board->published[rank], value, __ATOMIC_RELEASE); }

uint32_t measure_published(const measure_board *board, int rank) { return __atomic_load_n(&board->published[rank], __ATOMIC_ACQUIRE); }
