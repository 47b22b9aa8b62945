/*
 * congestion_preload.so - forces a congestion control on the TCP sockets of a program that cannot choose one.
 * SPDX-License-Identifier: MIT
 *
 *     BENCH_CONGESTION=cubic LD_PRELOAD=build/perf/congestion_preload.so program
 *
 * Sets TCP_CONGESTION on every socket that is created and accepted. Every measured line reports what the kernel says afterwards,
 * so a refusal shows there; it is also printed here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int force(int fd) {
    const char *name = getenv("BENCH_CONGESTION");
    int kind = 0, protocol = 0;
    socklen_t size = sizeof kind;
    if (fd < 0 || name == NULL) return fd;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_STREAM) return fd;
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 || protocol != IPPROTO_TCP) return fd;
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) != 0) perror("congestion_preload");
    return fd;
}

int socket(int domain, int type, int protocol) {
    int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    return force(next(domain, type, protocol));
}

int accept(int fd, struct sockaddr *address, socklen_t *size) {
    int (*next)(int, struct sockaddr *, socklen_t *) = (int (*)(int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT, "accept");
    return force(next(fd, address, size));
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags) {
    int (*next)(int, struct sockaddr *, socklen_t *, int) =
        (int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
    return force(next(fd, address, size, flags));
}
