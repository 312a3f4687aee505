/*
 * had.c - see had.h.
 *
 * At each look it is seen whether a thread wants a processor, or waits for a disk.  If so, what it
 * has had since the last look is what it ran for meanwhile; if all sleep, all of that time.
 */
#include "validate/had.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMES 14 /* In /proc/PID/stat: time in user mode, and then in the kernel; state is 3. */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What /proc says of a thread: its state, and the seconds that it has run. */
static bool read_stat(const char *path, char *state, double *ran)
{
    char line[1024], *at;
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(line, 1, sizeof(line) - 1, f) : 0;

    if (f)
        fclose(f);
    line[n] = '\0';
    /* The program's name, in parentheses, may be anything. */
    at = strrchr(line, ')');
    if (!at || at[1] != ' ' || !at[2])
        return false;
    *state = at[2];
    for (unsigned int field = 3; field < TIMES && at; field++)
        at = strchr(at + 2, ' ');
    if (!at)
        return false;
    *ran = (double)strtoul(at, &at, 10);
    *ran = (*ran + (double)strtoul(at, NULL, 10)) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

/* @return Whether one of its threads would run if it could. */
static bool look_at_threads(pid_t pid, double *ran)
{
    char path[300];
    const struct dirent *e;
    bool wants = false;
    DIR *d;

    *ran = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        double one;
        char state;

        snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", (int)pid, e->d_name);
        if (e->d_name[0] == '.' || !read_stat(path, &state, &one))
            continue;
        *ran += one;
        wants = wants || state == 'R' || state == 'D';
    }
    if (d)
        closedir(d);
    return wants;
}

void had_begin(struct had *ret, pid_t pid)
{
    *ret = (struct had){ .pid = pid, .at = now() };
    (void)look_at_threads(pid, &ret->ran);
}

void had_look(struct had *had)
{
    double ran, at = now(), slice = at - had->at;

    if (look_at_threads(had->pid, &ran)) {
        double more = ran > had->ran ? ran - had->ran : 0;

        slice = more < slice ? more : slice;
    }
    had->seconds += slice;
    had->at = at;
    had->ran = ran;
}
