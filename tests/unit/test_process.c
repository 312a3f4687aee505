/* test_process.c - other programs: run, heard, and gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "validate/process.h"

static struct process_end run(const char *script, unsigned int seconds, size_t most)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    const struct process process = {
        .argv = argv, .keep = { -1, -1 }, .seconds = seconds, .most = most
    };
    struct process_end end;

    assert_int_equal(process_run(&process, &end, NULL), XENPT_OK);
    return end;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_output(void **state)
{
    struct process_end end = run("echo out; echo err >&2; cat; exit 3", 10, 100);

    (void)state;
    assert_string_equal(end.output, "out\nerr\n");
    assert_int_equal(end.size, 8);
    assert_true(WIFEXITED(end.status));
    assert_int_equal(WEXITSTATUS(end.status), 3);
    assert_false(end.timed_out || end.silent || end.ended || end.cut);
    free(end.output);
    end = run(":", 10, 100);
    assert_string_equal(end.output, "");
    free(end.output);
}

static void test_bound(void **state)
{
    struct process_end end = run("head -c 1000000 /dev/zero", 10, 777777);

    (void)state;
    assert_int_equal(end.size, 777777);
    assert_true(end.cut);
    assert_int_equal(WEXITSTATUS(end.status), 0);
    free(end.output);
}

/* Whether the process with the number in @text is gone. */
static void check_gone(const char *text)
{
    pid_t pid = (pid_t)atoi(text);

    assert_true(pid > 1);
    for (int i = 0; i < 50 && !kill(pid, 0); i++) {
        char path[64], state = '?';
        FILE *file;

        /* One whose parent died may be a zombie until init looks after it. */
        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        file = fopen(path, "r");
        if (file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z') {
            fclose(file);
            return;
        }
        if (file)
            fclose(file);
        usleep(100000);
    }
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

/* A process that will not end, and one that it left behind: both are gone, and in time. */
static void test_timeout(void **state)
{
    double begun = now();
    struct process_end end = run(
        "trap '' TERM INT HUP; sleep 60 & echo $!; while :; do sleep 1; done", 1, 100);

    (void)state;
    assert_true(end.timed_out);
    assert_true(WIFSIGNALED(end.status));
    assert_true(now() - begun < 10);
    check_gone(end.output);
    free(end.output);
    /* A child that holds the output open is not waited for. */
    begun = now();
    end = run("sleep 60 & echo $!", 30, 100);
    assert_false(end.timed_out);
    assert_true(now() - begun < 10);
    check_gone(end.output);
    free(end.output);
}

static bool three_times(void *ctx, double had)
{
    (void)had;
    return ++*(int *)ctx < 3;
}

static void test_ended(void **state)
{
    const char *const argv[] = { "/bin/sh", "-c", "exec sleep 60", NULL };
    int times = 0;
    struct process process = {
        .argv = argv, .keep = { -1, -1 }, .seconds = 50, .go_on = three_times, .ctx = &times
    };
    struct process_end end;

    (void)state;
    assert_int_equal(process_run(&process, &end, NULL), XENPT_OK);
    assert_true(end.ended && !end.timed_out);
    assert_int_equal(times, 3);
    free(end.output);
    process.go_on = NULL;
    process.quiet = 1;
    assert_int_equal(process_run(&process, &end, NULL), XENPT_OK);
    assert_true(end.silent && !end.timed_out);
    free(end.output);
}

static void test_inherits(void **state)
{
    int pipes[2][2];
    char script[200];
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    struct process process = { .argv = argv, .seconds = 10, .most = 1000, .folder = "/usr" };
    struct process_end end;

    (void)state;
    assert_int_equal(pipe(pipes[0]) | pipe(pipes[1]), 0);
    process.keep[0] = pipes[0][1];
    process.keep[1] = -1;
    snprintf(script, sizeof(script),
             "pwd; for i in %d %d; do test -e /proc/self/fd/$i && echo y || echo n; done; "
             "test -s /dev/stdin || cat",
             pipes[0][1], pipes[1][1]);
    assert_int_equal(process_run(&process, &end, NULL), XENPT_OK);
    assert_string_equal(end.output, "/usr\ny\nn\n");
    free(end.output);
    for (int i = 0; i < 4; i++)
        close(pipes[i / 2][i % 2]);
}

static void test_absent(void **state)
{
    const char *const argv[] = { "/no/such/program", NULL };
    const struct process process = { .argv = argv, .keep = { -1, -1 }, .seconds = 10 };
    struct xenpt_error err = { 0 };
    struct process_end end;
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(process_run(&process, &end, &err), XENPT_EIO);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(program_find("no-such-program-at-all", path, &err), XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "no-such-program-at-all"));
    assert_int_equal(program_find("/no/such/program", path, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(program_find("sh", path, NULL), XENPT_OK);
    assert_int_equal(access(path, X_OK), 0);
    /* No child is left, not even a dead one. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_folder(void **state)
{
    char folder[PATH_MAX], file[PATH_MAX + 8];
    struct stat st;
    FILE *f;

    (void)state;
    assert_int_equal(folder_create(NULL, folder, NULL), XENPT_OK);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(file, sizeof(file), "%s/file", folder);
    f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    folder_remove(folder);
    assert_int_equal(stat(folder, &st), -1);
    assert_int_equal(folder_create("/no/such/folder", folder, NULL), XENPT_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),   cmocka_unit_test(test_bound),
        cmocka_unit_test(test_timeout),  cmocka_unit_test(test_ended),
        cmocka_unit_test(test_inherits), cmocka_unit_test(test_absent),
        cmocka_unit_test(test_folder),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
