/* progress.c - a bar on a terminal. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE 2.0 /* Seconds before it appears... */
#define PACE     0.1 /* ...and between two drawings of it. */
#define WIDTH    40

static double since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_begin(struct progress *p, bool wanted, const char *what)
{
    *p = (struct progress){ .on = wanted && isatty(STDERR_FILENO), .what = what };
    clock_gettime(CLOCK_MONOTONIC, &p->begun);
    p->drawn = p->begun;
}

static bool due(struct progress *p)
{
    if (!p->on || since(&p->begun) < PATIENCE || since(&p->drawn) < PACE)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &p->drawn);
    p->shown = true;
    return true;
}

void progress_bytes(void *ctx, uint64_t done, uint64_t total)
{
    struct progress *p = ctx;
    unsigned int marks;

    if (!due(p))
        return;
    if (!total) {
        fprintf(stderr, "\r%s  %" PRIu64 " MiB\033[K", p->what, done >> 20);
        return;
    }
    marks = (unsigned int)((double)done / (double)total * WIDTH);
    marks = marks < WIDTH ? marks : WIDTH;
    fprintf(stderr, "\r%s  [%.*s%*s] %3u%%\033[K", p->what, (int)marks,
            "########################################", (int)(WIDTH - marks), "",
            marks * 100 / WIDTH);
}

void progress_pages(void *ctx, uint64_t pages)
{
    struct progress *p = ctx;

    if (due(p))
        fprintf(stderr, "\r%s  %" PRIu64 " pages\033[K", p->what, pages);
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
