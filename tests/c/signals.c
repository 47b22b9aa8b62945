/* The host program's signals stay its own. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"

static test_coordinator coordinator;

/* These may differ after the library's first call: the runtime chains the first two and keeps one
 * real-time signal for stopping threads. */
static int is_the_runtimes(int signal_number)
{
    return signal_number == SIGSEGV || signal_number == SIGFPE || signal_number == SIGRTMIN;
}

static void use_library(void)
{
    coll_comm *comm = join_alone(&coordinator);
    coll_work *work = NULL;
    float value = 1;
    EXPECT(COLL_OK, coll_all_reduce(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, NULL));
    EXPECT(COLL_OK, coll_all_reduce_start(comm, &value, &value, 1, COLL_F32, COLL_SUM, NULL, &work));
    EXPECT(COLL_OK, coll_work_wait(work, -1, NULL));
    coll_work_destroy(work);
    coll_comm_destroy(comm);
    EXPECT(COLL_OK, coll_coordinator_stop(coordinator.coordinator));
}

static void compare_dispositions(void)
{
    struct sigaction before[NSIG];
    sigset_t blocked_before, blocked_after;

    for (int i = 1; i < NSIG; i++)
        if (sigaction(i, NULL, &before[i]) != 0)
            before[i].sa_handler = SIG_ERR; /* 32 and 33 are the C library's */
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &blocked_before) == 0);

    use_library();

    for (int i = 1; i < NSIG; i++) {
        struct sigaction after;
        if (is_the_runtimes(i) || sigaction(i, NULL, &after) != 0)
            continue;
        if (after.sa_handler != before[i].sa_handler || after.sa_flags != before[i].sa_flags)
            FAIL("the handler of signal %d (%s) was changed", i, strsignal(i));
    }
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &blocked_after) == 0);
    for (int i = 1; i < NSIG; i++)
        CHECK(sigismember(&blocked_before, i) == sigismember(&blocked_after, i));
}

static void default_dispositions_stay(void) { compare_dispositions(); }

static volatile sig_atomic_t received;

static void receive(int signal_number) { received = signal_number; }

static void own_handlers_stay_and_work(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGCHLD, SIGPIPE, SIGHUP, SIGQUIT, SIGUSR1, SIGWINCH, SIGCONT };
    struct sigaction own;

    memset(&own, 0, sizeof own);
    own.sa_handler = receive;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        CHECK(sigaction(signals[i], &own, NULL) == 0);
    compare_dispositions();
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        received = 0;
        CHECK(raise(signals[i]) == 0);
        CHECK(received == signals[i]);
    }
}

static sigjmp_buf caught;
static volatile void *fault_address;

static void catch_fault(int signal_number, siginfo_t *info, void *unused)
{
    (void)unused;
    fault_address = info->si_addr;
    siglongjmp(caught, signal_number);
}

static void install_fault_handlers(void)
{
    struct sigaction own;
    memset(&own, 0, sizeof own);
    own.sa_sigaction = catch_fault;
    own.sa_flags = SA_SIGINFO | SA_NODEFER;
    CHECK(sigaction(SIGSEGV, &own, NULL) == 0);
    CHECK(sigaction(SIGFPE, &own, NULL) == 0);
}

static void earlier_fault_handlers_are_chained(void)
{
    volatile int *nowhere = (volatile int *)(uintptr_t)16;
    volatile int zero = 0;
    volatile int quotient;

    install_fault_handlers();
    use_library();
    if (sigsetjmp(caught, 1) == 0) {
        *nowhere = 1;
        FAIL("a write to an unmapped page went on");
    }
    CHECK(fault_address == (volatile void *)nowhere);
    if (sigsetjmp(caught, 1) == 0) {
        quotient = 7 / zero;
        FAIL("a division by zero went on with %d", quotient);
    }
    use_library(); /* still in order */
}

/* Without a handler of its own, a host that crashes dies of that signal, as it would without the library. */
static void crash_ends_by_its_signal(void)
{
    int status = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 2);
        use_library();
        *(volatile int *)(uintptr_t)16 = 1;
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        CASE(default_dispositions_stay),
        CASE(own_handlers_stay_and_work),
        CASE(earlier_fault_handlers_are_chained),
        CASE(crash_ends_by_its_signal),
    };
    return RUN_CASES(argc, argv, cases);
}
