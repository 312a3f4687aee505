/*
 * machine_stop.c - what QEMU is asked for a capture.
 *
 * The dump comes through a pipe whose end QEMU is given (getfd, dump-guest-memory's protocol fd:),
 * so that QEMU opens no file: it may run as somebody else, or in another tree of folders.  And who
 * closes the other end ends the dump.
 */
#include "machine_stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "registers.h"

/* The name by which QEMU keeps the pipe. */
#define PIPE_NAME "xenpt-capture"

/* --- Stopping ------------------------------------------------------------------------------- */

static enum xenpt_code status(struct stopped *m, bool *runs, struct xenpt_error *err)
{
    json_t *answer;
    const char *word;
    enum xenpt_code code = qmp_ask(&m->qmp, "query-status", NULL, &answer, err);

    if (code)
        return code;
    word = json_string_value(json_object_get(answer, "status"));
    *runs = json_is_true(json_object_get(answer, "running"));
    snprintf(m->status, sizeof(m->status), "%s", word ? word : "unknown");
    json_decref(answer);
    return XENPT_OK;
}

/* Bytes of RAM that it has; QEMU before 2.11 does not know the question. */
static enum xenpt_code memory(struct stopped *m, struct xenpt_error *err)
{
    json_t *answer;
    enum xenpt_code code = qmp_ask(&m->qmp, "query-memory-size-summary", NULL, &answer, err);

    if (code == XENPT_ESTATE)
        return XENPT_OK;
    if (code)
        return code;
    m->memory = (uint64_t)json_integer_value(json_object_get(answer, "base-memory"));
    json_decref(answer);
    return XENPT_OK;
}

static enum xenpt_code list_cpus(struct stopped *m, struct xenpt_error *err)
{
    enum xenpt_code code = qmp_ask(&m->qmp, "query-cpus-fast", NULL, &m->cpus, err);
    size_t nr = json_array_size(m->cpus);

    if (!code && !nr)
        code = xenpt_fail(err, XENPT_EPARSE, "%s: the machine has no CPU", m->qmp.path);
    for (size_t i = 0; !code && i < nr; i++) {
        const json_t *cpu = json_array_get(m->cpus, i);
        const char *target = json_string_value(json_object_get(cpu, "target"));

        if (target && strcmp(target, "x86_64") != 0 && strcmp(target, "i386") != 0)
            code = xenpt_fail(err, XENPT_EUNSUPPORTED, "%s: its CPUs are %s, and no x86",
                              m->qmp.path, target);
    }
    return code;
}

enum xenpt_code machine_stop(struct stopped *m, struct xenpt_error *err)
{
    enum xenpt_code code = status(m, &m->ran, err);

    if (!code)
        code = list_cpus(m, err);
    if (!code)
        code = memory(m, err);
    if (code)
        return code;
    m->runs = m->ran;
    if (!m->ran)
        return XENPT_OK;
    /* Even if the answer does not come. */
    m->runs = false;
    m->told = true;
    code = qmp_ask(&m->qmp, "stop", NULL, NULL, err);
    if (!code)
        code = status(m, &m->runs, err);
    if (!code && m->runs)
        code = xenpt_fail(err, XENPT_ESTATE, "%s: it does not stop: it is %s", m->qmp.path,
                          m->status);
    return code;
}

enum xenpt_code machine_continue(struct stopped *m, enum xenpt_code code, struct xenpt_error *err)
{
    struct xenpt_error own = { 0 };
    size_t used;

    if (!m->told)
        return code;
    m->told = false;
    qmp_signals_ignore();
    if (!qmp_ask(&m->qmp, "cont", NULL, NULL, &own)) {
        m->runs = true;
        return code;
    }
    if (!code)
        return xenpt_fail(err, own.code, "the machine may still be stopped: %s", own.text);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, "; the machine may still be stopped: %s",
             own.text);
    return code;
}

/* --- Registers ------------------------------------------------------------------------------ */

static enum xenpt_code one(struct stopped *m, size_t i, json_t *list, struct xenpt_error *err)
{
    const json_t *cpu = json_array_get(m->cpus, i);
    json_int_t index = json_integer_value(json_object_get(cpu, "cpu-index"));
    json_t *said, *registers;
    enum xenpt_code code = qmp_ask(
        &m->qmp, "human-monitor-command",
        json_pack("{s:s, s:I}", "command-line", "info registers", "cpu-index", index), &said, err);

    if (code)
        return code;
    if (!json_is_string(said))
        code = xenpt_fail(err, XENPT_EPARSE, "%s: not QMP: registers are no text", m->qmp.path);
    if (!code)
        code = registers_of_text(json_string_value(said), i, &registers, err);
    json_decref(said);
    if (!code && json_array_append_new(list, registers))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the registers");
    return code;
}

enum xenpt_code machine_registers(struct stopped *m, const char *name, json_t **ret,
                                  struct xenpt_error *err)
{
    json_t *list = json_array(), *file;
    enum xenpt_code code = list ? XENPT_OK
                                : xenpt_fail(err, XENPT_ENOMEM, "no memory for the registers");

    for (size_t i = 0; !code && i < json_array_size(m->cpus); i++)
        code = one(m, i, list, err);
    if (code) {
        json_decref(list);
        return code;
    }
    file = json_pack("{s:s, s:s, s:s, s:O?, s:o}", "format", "xencap-1", "name", name, "status",
                     m->ran ? "running" : m->status, "qemu_version", m->qmp.version, "vcpus", list);
    if (!file)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the registers");
    *ret = file;
    return XENPT_OK;
}

/* --- Memory --------------------------------------------------------------------------------- */

static enum xenpt_code give(struct stopped *m, int fd, struct xenpt_error *err)
{
    return qmp_give(&m->qmp, "getfd", json_pack("{s:s}", "fdname", PIPE_NAME), fd, err);
}

enum xenpt_code machine_dump(struct stopped *m,
                             bool (*take)(void *ctx, const char *bytes, size_t n), void *ctx,
                             struct xenpt_error *err)
{
    struct qmp_stream stream = { .take = take, .ctx = ctx };
    enum xenpt_code code;
    int ends[2];

    if (pipe(ends))
        return xenpt_fail(err, XENPT_EIO, "no pipe for the dump: %s", strerror(errno));
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    stream.pipe = ends[0];
    code = give(m, ends[1], err);
    close(ends[1]); /* QEMU's copy is the only one. */
    if (!code)
        code = qmp_ask_streaming(&m->qmp, "dump-guest-memory",
                                 json_pack("{s:b, s:s}", "paging", 0, "protocol", "fd:" PIPE_NAME),
                                 &stream, err);
    close(ends[0]);
    return code;
}

void machine_end(struct stopped *m)
{
    json_decref(m->cpus);
    m->cpus = NULL;
    qmp_close(&m->qmp);
}
