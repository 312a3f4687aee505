/* process.h - another program, run to its end and no longer. */
#ifndef XENPT_VALIDATE_PROCESS_H
#define XENPT_VALIDATE_PROCESS_H

#include <limits.h>
#include <stddef.h>

#include "xenpt/error.h"

/* What to run, and for how long. */
struct process {
    const char *const *argv; /* Ends in NULL; argv[0] is a path, as program_find() gives it. */
    const char *folder;      /* To run in; NULL: the caller's. */
    int keep[2];             /* Descriptors that it inherits, under the same numbers; or -1. */
    unsigned int seconds;    /* It is killed after that many. */
    unsigned int quiet;      /* The same after it has had that many without a word, however long
                                that takes a busy computer: had.h.  0: it may be quiet. */
    size_t most;             /* Bytes of its output to keep; what comes beyond is let go. */
    /* Asked ten times a second, with the seconds that it has had: false ends it.  May be NULL. */
    bool (*go_on)(void *ctx, double had);
    void *ctx;
};

/* How it ended. */
struct process_end {
    bool timed_out; /* It was killed for taking too long... */
    bool silent;    /* ...or for having said nothing... */
    bool ended;     /* ...or because go_on() said so. */
    int status;     /* As of waitpid(). */
    char *output;   /* What it wrote to both outputs; a NUL follows.  free() it. */
    size_t size;
    bool cut; /* There was more. */
};

/*
 * Runs it with empty input in a process group of its own, all of which is gone when this
 * returns.  It dies with the calling thread, too.
 */
XENPT_CHECK enum xenpt_code process_run(const struct process *process, struct process_end *ret,
                                        struct xenpt_error *err);

/* The path of a program, looked for along $PATH unless @name has a slash. */
XENPT_CHECK enum xenpt_code program_find(const char *name, char ret[PATH_MAX],
                                         struct xenpt_error *err);

/* A new folder below @where, or below $TMPDIR or /tmp if that is NULL. */
XENPT_CHECK enum xenpt_code folder_create(const char *where, char ret[PATH_MAX],
                                          struct xenpt_error *err);
/* Removes the folder and the files in it. */
void folder_remove(const char *folder);

#endif
