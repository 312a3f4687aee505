/*
 * command_capture.c - xenpt capture: a machine under QEMU, as an image.
 *
 * The machine stands still from the moment that it is stopped until its memory is here, and no
 * longer; whatever goes wrong, it runs again if it ran.  Files appear when all of them are whole.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "commands.h"

/* Seconds. */
#define PATIENCE     60u
#define PATIENCE_MAX 86400u

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), length = strlen(end);

    return n >= length && !strcmp(text + n - length, end);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* --- Files ---------------------------------------------------------------------------------- */

static enum xenpt_code open_file(struct output *ret, const char *path, struct xenpt_error *err)
{
    enum xenpt_code code = output_open_file(ret, path, err);

    if (!code && !ret->target)
        code = xenpt_fail(err, XENPT_EPARSE, "%s is no file, and cannot appear when it is whole",
                          path);
    return code;
}

/* Whether they become one file, which may not be there yet: one name in one folder. */
static bool is_same(const char *a, const char *b)
{
    struct stat in_a, in_b;
    char folder_a[PATH_MAX], folder_b[PATH_MAX];

    if (strcmp(file_name(a), file_name(b)) != 0)
        return false;
    snprintf(folder_a, sizeof(folder_a), "%.*s.", (int)(file_name(a) - a), a);
    snprintf(folder_b, sizeof(folder_b), "%.*s.", (int)(file_name(b) - b), b);
    return !stat(folder_a, &in_a) && !stat(folder_b, &in_b) && in_a.st_dev == in_b.st_dev &&
           in_a.st_ino == in_b.st_ino;
}

static enum xenpt_code open_files(struct capture *c, struct xenpt_error *err)
{
    const struct settings *s = c->settings;
    enum xenpt_code code;

    if (!s->qmp)
        return xenpt_fail(err, XENPT_EPARSE, "it needs a machine: --qmp SOCKET");
    if (!s->output)
        return xenpt_fail(err, XENPT_EPARSE, "it needs a file to write: --output FILE");
    if (s->timeout.given && (!s->timeout.v || s->timeout.v > PATIENCE_MAX))
        return xenpt_fail(err, XENPT_ERANGE, "--timeout: 1 to %u seconds were expected",
                          PATIENCE_MAX);
    code = open_file(&c->core, s->output, err);
    if (!code && s->registers)
        code = open_file(&c->registers, s->registers, err);
    if (!code && s->registers && is_same(c->core.target, c->registers.target))
        code = xenpt_fail(err, XENPT_EPARSE, "--output and --registers are one file");
    if (!code && s->tables)
        code = capture_scratch(c, err);
    if (!code && !compressed_begin(&c->writer, c->scratch ? c->scratch : c->core.file,
                                   !c->scratch && ends_with(s->output, ".zst")))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory to compress");
    return code;
}

static enum xenpt_code write_registers(struct capture *c, struct xenpt_error *err)
{
    if (!c->settings->registers)
        return XENPT_OK;
    if (json_dumpf(c->cpus, c->registers.file, JSON_INDENT(1)) ||
        fputc('\n', c->registers.file) < 0)
        return xenpt_fail(err, XENPT_EIO, "cannot write %s", c->settings->registers);
    return output_commit(&c->registers, err);
}

/* --- The machine ---------------------------------------------------------------------------- */

static bool take(void *ctx, const char *bytes, size_t n)
{
    struct capture *c = ctx;

    progress_bytes(&c->progress, c->writer.taken, c->machine.memory);
    return compressed_write(&c->writer, bytes, n);
}

static enum xenpt_code stand_still(struct capture *c, struct xenpt_error *err)
{
    const struct settings *s = c->settings;
    unsigned int patience = s->timeout.given ? (unsigned int)s->timeout.v : PATIENCE;
    enum xenpt_code code = qmp_open(&c->machine.qmp, s->qmp, patience, err);

    if (!code)
        code = machine_stop(&c->machine, err);
    if (!code)
        code = machine_registers(&c->machine, file_name(s->output), &c->cpus, err);
    if (!code) {
        progress_begin(&c->progress, !s->quiet, "the machine's memory");
        code = machine_dump(&c->machine, take, c, err);
        progress_end(&c->progress);
    }
    return code || s->keep_stopped ? code : machine_continue(&c->machine, code, err);
}

/* --- What was made of it -------------------------------------------------------------------- */

static enum xenpt_code tell(const struct capture *c, struct xenpt_error *err)
{
    const struct settings *s = c->settings;
    const struct stopped *m = &c->machine;
    size_t nr = json_array_size(m->cpus);

    printf("%s: %zu CPU%s, ", s->output, nr, nr == 1 ? "" : "s");
    if (s->tables)
        printf("%" PRIu64 " page%s of tables below %zu root%s",
               c->written.bytes >> XENPT_PAGE_SHIFT,
               c->written.bytes >> XENPT_PAGE_SHIFT == 1 ? "" : "s", c->nr_roots,
               c->nr_roots == 1 ? "" : "s");
    else
        printf("%" PRIu64 " bytes of memory", c->bytes);
    if (m->runs)
        printf(", of a machine that runs on\n");
    else if (m->ran)
        printf(", of a machine that is stopped now\n");
    else
        printf(", of a machine that was not running: %s\n", m->status);
    if (s->tables)
        printf("Left out: all that is no table, and tables that HVM and PVH guests made.\n");
    if (s->tables && !c->found_xen)
        printf("There is no Xen in it that is known: only what its CPUs lead to is kept.\n");
    printf("\nHow to look at what is in it:\n  xenpt roots %s", s->output);
    if (s->registers)
        printf(" --registers %s", s->registers);
    printf("\n");
    if (c->found_xen || !s->tables)
        printf("  xenpt compare --derive %s\n", s->output);
    if (fflush(stdout) || ferror(stdout))
        return xenpt_fail(err, XENPT_EIO, "cannot write the report");
    return XENPT_OK;
}

static enum xenpt_code keep(struct capture *c, struct xenpt_error *err)
{
    enum xenpt_code code;

    if (!compressed_finish(&c->writer))
        return xenpt_fail(err, XENPT_EIO, "cannot write %s", c->settings->output);
    code = capture_check(c, err);
    if (!code && c->scratch)
        code = capture_tables(c, ends_with(c->settings->output, ".zst"), err);
    if (!code && qmp_interrupted())
        code = xenpt_fail(err, XENPT_ESTOPPED, "interrupted");
    if (!code)
        code = write_registers(c, err);
    return code ? code : output_commit(&c->core, err);
}

static void finish(struct capture *c)
{
    xenpt_image_close(c->image);
    compressed_end(&c->writer);
    output_close(&c->core);
    output_close(&c->registers);
    if (c->scratch)
        fclose(c->scratch);
    json_decref(c->cpus);
    machine_end(&c->machine);
    qmp_signals_end();
}

enum ending command_capture(const struct settings *settings, struct xenpt_error *err)
{
    struct capture c = { .settings = settings, .machine.qmp.socket = -1 };
    enum xenpt_code code = open_files(&c, err);

    if (!code)
        code = qmp_signals_begin(err);
    if (!code)
        code = stand_still(&c, err);
    if (!code)
        code = keep(&c, err);
    if (code)
        machine_continue(&c.machine, code, err);
    else
        code = tell(&c, err);
    finish(&c);
    return code ? END_CANNOT : END_DONE;
}
