/*
 * qmp.h - QMP, by which QEMU is asked and told: a JSON object in a line, and one back.
 *
 * QEMU, docs/interop/qmp-spec.rst: a greeting, then qmp_capabilities; events come at any time.
 */
#ifndef SIM_QMP_H
#define SIM_QMP_H

#include <jansson.h>
#include <stdio.h>

#include "xenpt.h"

/* A connection. */
struct qmp {
    const char *path; /* Borrowed. */
    int socket;       /* -1: none. */
    unsigned int patience;
    json_t *version;  /* Of QEMU, as it greets: major, minor, micro. */
    json_int_t asked; /* Commands so far, and the number of the last. */
    char *text;       /* What has come and is no whole line yet. */
    size_t nr, max;
};

/* What is written while a command goes on: the end of a pipe, and who takes what comes of it. */
struct qmp_stream {
    int pipe;
    bool (*take)(void *ctx, const char *bytes, size_t n);
    void *ctx;
};

/* Connects, and negotiates.  Patience: seconds in which something has to happen. */
enum xenpt_code qmp_open(struct qmp *ret, const char *path, unsigned int patience,
                         struct xenpt_error *err);
void qmp_close(struct qmp *q);

/*
 * Runs a command; its arguments are taken over, and may be NULL.  An error of QEMU's is
 * XENPT_ESTATE, with its class and description.  A signal that asks to end is XENPT_ESTOPPED.
 * ret: what it returns, to be freed by json_decref(); may be NULL.
 */
enum xenpt_code qmp_ask(struct qmp *q, const char *command, json_t *arguments, json_t **ret,
                        struct xenpt_error *err);
/* The same with a file descriptor that QEMU gets. */
enum xenpt_code qmp_give(struct qmp *q, const char *command, json_t *arguments, int fd,
                         struct xenpt_error *err);
/* The same while a pipe is read, to its end. */
enum xenpt_code qmp_ask_streaming(struct qmp *q, const char *command, json_t *arguments,
                                  const struct qmp_stream *stream, struct xenpt_error *err);

/* --- qmp_wait.c ----------------------------------------------------------------------------- */

/* From here on signals that ask to end are noticed, and end nothing. */
enum xenpt_code qmp_signals_begin(struct xenpt_error *err);
/* As it was before. */
void qmp_signals_end(void);
/* Whether one has come. */
bool qmp_interrupted(void);
/* After this none is looked at: what is left to do is done. */
void qmp_signals_ignore(void);

/*
 * Until there is something to read from either, at most `patience` seconds.  A descriptor of -1
 * is none.  XENPT_ESTOPPED: a signal asked to end.  XENPT_EIO: nothing happened.
 */
enum xenpt_code qmp_wait(const struct qmp *q, int pipe, const char *what, bool *from_socket,
                         bool *from_pipe, struct xenpt_error *err);

#endif
