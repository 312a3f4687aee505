/* test_had.c - how much time a process has had, on a computer that is busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "validate/had.h"

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A child that runs for ever, on the first of our processors; @modest: if nobody else does. */
static pid_t spinner(bool modest)
{
    const struct sched_param param = { 0 };
    cpu_set_t ours, one;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof(ours), &ours))
        _exit(1);
    for (size_t i = 0; !CPU_COUNT(&one) && i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &ours))
            CPU_SET(i, &one);
    if (sched_setaffinity(0, sizeof(one), &one) ||
        (modest && sched_setscheduler(0, SCHED_IDLE, &param)))
        _exit(1);
    for (volatile unsigned int i = 0;; i++)
        ;
}

static void end(pid_t pid)
{
    int status;

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status)); /* Not by itself. */
}

/* What of @seconds it has had. */
static double watched(pid_t pid, double seconds)
{
    double begun = now();
    struct had had;

    had_begin(&had, pid);
    while (now() - begun < seconds) {
        const struct timespec slice = { .tv_nsec = 100000000 };

        nanosleep(&slice, NULL);
        had_look(&had);
    }
    return had.seconds / (now() - begun);
}

static void waiting_is_not_counted(void **state)
{
    pid_t other = spinner(false), waits = spinner(true);
    double part = watched(waits, 1.5);

    (void)state;
    end(other);
    end(waits);
    assert_true(part < 0.5);
}

static void sleep_is_counted(void **state)
{
    pid_t pid = fork();
    double part;

    (void)state;
    assert_true(pid >= 0);
    if (!pid)
        for (;;)
            pause();
    part = watched(pid, 0.5);
    end(pid);
    assert_true(part > 0.7);
}

static void who_runs_alone_has_it_all(void **state)
{
    pid_t pid = spinner(false);
    double part = watched(pid, 1);

    (void)state;
    end(pid);
    /* How much depends on who else runs; but it has had some, and no more than there was. */
    assert_true(part > 0.01 && part < 1.01);
}

static void a_process_that_is_gone_is_no_harm(void **state)
{
    pid_t pid = spinner(false);
    struct had had;
    double before;

    (void)state;
    had_begin(&had, pid);
    had_look(&had);
    before = had.seconds;
    end(pid);
    had_look(&had);
    assert_true(had.seconds >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_is_not_counted),
        cmocka_unit_test(sleep_is_counted),
        cmocka_unit_test(who_runs_alone_has_it_all),
        cmocka_unit_test(a_process_that_is_gone_is_no_harm),
    };

    return cmocka_run_group_tests_name("had", tests, NULL, NULL);
}
