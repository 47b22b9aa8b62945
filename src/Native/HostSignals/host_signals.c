/*
 * The host program's signals stay its own. The runtime that is linked into the library would set SIGPIPE to
 * "ignore" at its first call, and its console part would take SIGINT, SIGCHLD and others; its sockets rely on the
 * first. The linker (--wrap) sends the library's own calls of these functions here instead. Nothing outside the
 * library is affected.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

int __real_sigaction(int number, const struct sigaction *action, struct sigaction *previous);
ssize_t __real_send(int socket, const void *bytes, size_t length, int flags);
ssize_t __real_sendto(int socket, const void *bytes, size_t length, int flags, const struct sockaddr *to,
                      socklen_t to_length);
ssize_t __real_sendmsg(int socket, const struct msghdr *message, int flags);

/* Faults in managed code become exceptions, others are passed on to the handler that was there before; one
 * real-time signal stops threads for a garbage collection. */
static int is_the_runtimes(int number) { return number == SIGSEGV || number == SIGFPE || number >= SIGRTMIN; }

int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *previous)
{
    return __real_sigaction(number, is_the_runtimes(number) ? action : NULL, previous);
}

void (*__wrap_signal(int number, void (*handler)(int)))(int)
{
    struct sigaction current;
    (void)handler;
    return __real_sigaction(number, NULL, &current) == 0 ? current.sa_handler : SIG_ERR;
}

ssize_t __wrap_send(int socket, const void *bytes, size_t length, int flags)
{
    return __real_send(socket, bytes, length, flags | MSG_NOSIGNAL);
}

ssize_t __wrap_sendto(int socket, const void *bytes, size_t length, int flags, const struct sockaddr *to,
                      socklen_t to_length)
{
    return __real_sendto(socket, bytes, length, flags | MSG_NOSIGNAL, to, to_length);
}

ssize_t __wrap_sendmsg(int socket, const struct msghdr *message, int flags)
{
    return __real_sendmsg(socket, message, flags | MSG_NOSIGNAL);
}
