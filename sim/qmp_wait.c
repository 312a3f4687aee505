/*
 * qmp_wait.c - waiting for QEMU, for a while, or until somebody wants it to end.
 *
 * A signal writes a byte into a pipe, so that none is lost between looking and waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "qmp.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
#define NR_CAUGHT (sizeof(caught) / sizeof(caught[0]))

static struct sigaction before[NR_CAUGHT];
static int ends[2] = { -1, -1 };
static bool ignored;

static void on_signal(int nr)
{
    int saved = errno;
    ssize_t n = write(ends[1], &(char){ 0 }, 1);

    (void)n; /* It is full: a byte of before is there. */
    (void)nr;
    errno = saved;
}

enum xenpt_code qmp_signals_begin(struct xenpt_error *err)
{
    struct sigaction act = { .sa_handler = on_signal };

    ignored = false;
    if (pipe(ends))
        return xenpt_fail(err, XENPT_EIO, "no pipe for signals: %s", strerror(errno));
    for (size_t i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    for (size_t i = 0; i < NR_CAUGHT; i++)
        sigaction(caught[i], &act, &before[i]);
    return XENPT_OK;
}

bool qmp_interrupted(void)
{
    struct pollfd polled = { .fd = ends[0], .events = POLLIN };

    return !ignored && poll(&polled, 1, 0) > 0;
}

void qmp_signals_ignore(void)
{
    ignored = true;
}

void qmp_signals_end(void)
{
    if (ends[0] < 0)
        return;
    for (size_t i = 0; i < NR_CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
    close(ends[0]);
    close(ends[1]);
    ends[0] = ends[1] = -1;
}

enum xenpt_code qmp_wait(const struct qmp *q, int pipe, const char *what, bool *from_socket,
                         bool *from_pipe, struct xenpt_error *err)
{
    struct pollfd polled[] = {
        { .fd = q->socket, .events = POLLIN },
        { .fd = pipe, .events = POLLIN },
        { .fd = ignored ? -1 : ends[0], .events = POLLIN },
    };
    int n;

    do
        n = poll(polled, 3, (int)q->patience * 1000);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return xenpt_fail(err, XENPT_EIO, "%s: waiting for QEMU: %s", q->path, strerror(errno));
    if (polled[2].revents)
        return xenpt_fail(err, XENPT_ESTOPPED, "interrupted at %s", what);
    if (!n)
        return xenpt_fail(err, XENPT_EIO, "%s: no answer to %s in %u seconds", q->path, what,
                          q->patience);
    *from_socket = polled[0].revents;
    *from_pipe = polled[1].revents;
    return XENPT_OK;
}
