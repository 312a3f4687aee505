/*
 * process.c - another program, run to its end and no longer.
 *
 * Whatever it does, this returns in time, and nothing of it is left: it is the leader of a
 * process group which is killed as a whole, and the kernel kills it if its parent dies first.
 */
#include "validate/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "validate/had.h"

#define SLICE 100 /* Milliseconds between two looks around. */

/* A child that runs. */
struct child {
    pid_t pid;
    int output;  /* What it writes is read here. */
    int failure; /* An errno comes here if it could not be started. */
};

/* In the child: all that happens before it is another program. */
_Noreturn static void become(const struct process *p, int output, int failure, pid_t parent)
{
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* It died before we said so. */
        _exit(127);
    if (null >= 0 && dup2(null, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2 &&
        (!p->folder || !chdir(p->folder))) {
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
        for (size_t i = 0; i < sizeof(p->keep) / sizeof(p->keep[0]); i++)
            if (p->keep[i] > 2)
                fcntl(p->keep[i], F_SETFD, 0);
        execve(p->argv[0], (char *const *)p->argv, environ);
    }
    if (write(failure, &errno, sizeof(errno)) < 0)
        _exit(126);
    _exit(127);
}

static enum xenpt_code start(const struct process *p, struct child *ret, struct xenpt_error *err)
{
    int output[2], failure[2];
    pid_t parent = getpid();

    if (pipe2(output, O_CLOEXEC))
        return xenpt_fail(err, XENPT_EIO, "no pipe to %s: %s", p->argv[0], strerror(errno));
    if (pipe2(failure, O_CLOEXEC)) {
        xenpt_fail(err, XENPT_EIO, "no pipe to %s: %s", p->argv[0], strerror(errno));
        close(output[0]);
        close(output[1]);
        return XENPT_EIO;
    }
    ret->pid = fork();
    if (ret->pid == 0)
        become(p, output[1], failure[1], parent);
    close(output[1]);
    close(failure[1]);
    ret->output = output[0];
    ret->failure = failure[0];
    if (ret->pid > 0) {
        setpgid(ret->pid, ret->pid); /* Both do: neither may be late. */
        return XENPT_OK;
    }
    close(output[0]);
    close(failure[0]);
    return xenpt_fail(err, XENPT_EIO, "cannot start %s: %s", p->argv[0], strerror(errno));
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads some of the output.  Returns false where there is no more. */
static bool take_output(int fd, size_t most, struct process_end *end, bool *no_memory)
{
    char some[1 << 16];
    ssize_t n = read(fd, some, sizeof(some));
    size_t keep;
    char *more;

    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    keep = (size_t)n < most - end->size ? (size_t)n : most - end->size;
    end->cut = end->cut || keep < (size_t)n;
    more = realloc(end->output, end->size + keep + 1);
    if (!more) {
        *no_memory = true;
        return false;
    }
    end->output = more;
    memcpy(end->output + end->size, some, keep);
    end->size += keep;
    end->output[end->size] = '\0';
    return true;
}

static bool has_exited(pid_t pid)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) || info.si_pid == pid;
}

/* Until it has ended, or has to. */
static bool watch(const struct process *p, const struct child *child, struct process_end *end)
{
    double begun = now(), heard = 0;
    bool open = true, no_memory = false;
    struct had had;

    had_begin(&had, child->pid);
    while (!has_exited(child->pid)) {
        struct pollfd fd = { .fd = open ? child->output : -1, .events = POLLIN };

        if (poll(&fd, 1, open ? SLICE : 1) > 0) {
            open = take_output(child->output, p->most, end, &no_memory);
            heard = had.seconds;
        }
        if (now() - had.at >= SLICE / 1e3)
            had_look(&had);
        end->timed_out = now() - begun > p->seconds;
        end->silent = p->quiet && had.seconds - heard > p->quiet;
        end->ended = p->go_on && !p->go_on(p->ctx, had.seconds);
        if (end->timed_out || end->silent || end->ended || no_memory)
            break;
    }
    /* What is in the pipe already; whoever else holds it open is not waited for. */
    kill(-child->pid, SIGKILL);
    fcntl(child->output, F_SETFL, O_NONBLOCK);
    while (open && !no_memory) {
        struct pollfd fd = { .fd = child->output, .events = POLLIN };

        if (poll(&fd, 1, 0) <= 0)
            break;
        open = take_output(child->output, p->most, end, &no_memory);
    }
    return !no_memory;
}

enum xenpt_code process_run(const struct process *process, struct process_end *ret,
                            struct xenpt_error *err)
{
    struct process_end end = { 0 };
    struct child child = { 0 };
    enum xenpt_code code = start(process, &child, err);
    int why = 0;

    if (code)
        return code;
    /* It closes when the program has begun. */
    if (read(child.failure, &why, sizeof(why)) == sizeof(why))
        code = xenpt_fail(err, XENPT_EIO, "cannot start %s: %s", process->argv[0], strerror(why));
    else if (!watch(process, &child, &end))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what %s prints", process->argv[0]);
    kill(-child.pid, SIGKILL);
    while (waitpid(child.pid, &end.status, 0) < 0 && errno == EINTR)
        ;
    close(child.output);
    close(child.failure);
    if (!code && !end.output) {
        end.output = calloc(1, 1);
        if (!end.output)
            code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what %s prints", process->argv[0]);
    }
    if (code)
        free(end.output);
    else
        *ret = end;
    return code;
}

enum xenpt_code program_find(const char *name, char ret[PATH_MAX], struct xenpt_error *err)
{
    const char *path = getenv("PATH");

    /* As a whole path: the program is not started where we are. */
    if (strchr(name, '/')) {
        if (realpath(name, ret) && !access(ret, X_OK))
            return XENPT_OK;
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "there is no program %s", name);
    }
    for (const char *at = path ? path : "/usr/bin:/bin", *end; *at; at = end + (*end == ':')) {
        int n = (int)strcspn(at, ":");

        end = at + n;
        if (*at == '/' && snprintf(ret, PATH_MAX, "%.*s/%s", n, at, name) < PATH_MAX &&
            !access(ret, X_OK))
            return XENPT_OK;
    }
    return xenpt_fail(err, XENPT_EUNSUPPORTED, "there is no program %s in PATH", name);
}

enum xenpt_code folder_create(const char *where, char ret[PATH_MAX], struct xenpt_error *err)
{
    const char *tmp = where ? where : getenv("TMPDIR");

    if (!tmp || !*tmp)
        tmp = "/tmp";
    if (snprintf(ret, PATH_MAX, "%s/xenpt-XXXXXX", tmp) >= PATH_MAX)
        return xenpt_fail(err, XENPT_ERANGE, "the name of the folder for files is too long");
    if (!mkdtemp(ret))
        return xenpt_fail(err, XENPT_EIO, "cannot make a folder in %s: %s", tmp, strerror(errno));
    return XENPT_OK;
}

void folder_remove(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
}
