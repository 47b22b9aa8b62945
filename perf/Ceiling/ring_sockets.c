#define _GNU_SOURCE
#include "ring_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void require(int status, const char *what) {
    if (status >= 0) return;
    perror(what);
    exit(1);
}

static void set_options(int fd, const ring_socket_options *o) {
    if (o->congestion != NULL)
        require(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)),
                "raw_ring: TCP_CONGESTION");
    if (o->buffer_bytes > 0) {
        require(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &o->buffer_bytes, sizeof(int)), "raw_ring: SO_SNDBUF");
        require(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o->buffer_bytes, sizeof(int)), "raw_ring: SO_RCVBUF");
    }
    require(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &o->no_delay, sizeof(int)), "raw_ring: TCP_NODELAY");
}

void ring_connect(measure_board *board, int rank, int world, const ring_socket_options *options, int *to, int *from) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(listener, "raw_ring: socket");
    set_options(listener, options); /* the receive window's scale is fixed by the handshake */
    require(bind(listener, (struct sockaddr *)&address, sizeof address), "raw_ring: bind");
    require(listen(listener, 1), "raw_ring: listen");
    require(getsockname(listener, (struct sockaddr *)&address, &size), "raw_ring: getsockname");
    measure_publish(board, rank, ntohs(address.sin_port));
    measure_barrier(board);

    address.sin_port = htons((uint16_t)measure_published(board, (rank + 1) % world));
    *to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(*to, "raw_ring: socket");
    set_options(*to, options);
    require(connect(*to, (struct sockaddr *)&address, sizeof address), "raw_ring: connect");
    *from = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    require(*from, "raw_ring: accept");
    set_options(*from, options);
    close(listener);
    measure_barrier(board); /* nobody publishes another port before all have read this one */
}
