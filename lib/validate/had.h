/*
 * had.h - how much time a process has had: what it ran for, and what it slept for.
 *
 * What it waited for a processor is not counted: on a computer that is busy, a program that comes
 * on slowly is not one that hangs.
 */
#ifndef XENPT_VALIDATE_HAD_H
#define XENPT_VALIDATE_HAD_H

#include <sys/types.h>

struct had {
    pid_t pid;
    double seconds; /* That it has had, until the last look. */
    double at;      /* When that was... */
    double ran;     /* ...and for how long all of its threads had run by then. */
};

void had_begin(struct had *ret, pid_t pid);
/* To be called some ten times a second. */
void had_look(struct had *had);

#endif
