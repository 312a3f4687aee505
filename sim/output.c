/*
 * output.c - a report is either all there or not there at all: it is written beside its file,
 * under another name, and renamed when complete.
 */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum xenpt_code cannot(const char *path, struct xenpt_error *err)
{
    return xenpt_fail(err, errno == ENOMEM ? XENPT_ENOMEM : XENPT_EIO, "cannot write %s: %s", path,
                      strerror(errno));
}

/* Not by errno: a compiler may take it that malloc() leaves that alone, and clang does. */
static enum xenpt_code no_memory(const char *path, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "cannot write %s: no memory", path);
}

/* What a link leads to is what has to be replaced, not the link. */
static char *resolved(const char *path)
{
    char *real = realpath(path, NULL);

    return real || errno == ENOMEM ? real : strdup(path);
}

/* A terminal, a pipe or /dev/null cannot be replaced. */
static bool is_special(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode);
}

/* The permissions that a file made by fopen() has; mkstemp() gives fewer. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static enum xenpt_code open_temporary(struct output *o, struct xenpt_error *err)
{
    size_t size = strlen(o->target) + sizeof(".XXXXXX");
    struct stat old;
    int fd;

    o->temporary = malloc(size);
    if (!o->temporary)
        return no_memory(o->target, err);
    snprintf(o->temporary, size, "%s.XXXXXX", o->target);
    fd = mkstemp(o->temporary);
    if (fd < 0) {
        free(o->temporary);
        o->temporary = NULL;
        return cannot(o->target, err);
    }
    if (fchmod(fd, stat(o->target, &old) ? usual_mode() : old.st_mode & 0777) ||
        !(o->file = fdopen(fd, "w"))) {
        enum xenpt_code code = cannot(o->target, err);

        close(fd);
        return code;
    }
    return XENPT_OK;
}

enum xenpt_code output_open(struct output *ret, const struct settings *settings,
                            struct xenpt_error *err)
{
    *ret = (struct output){ .file = stdout };
    return settings->output ? output_open_file(ret, settings->output, err) : XENPT_OK;
}

enum xenpt_code output_open_file(struct output *ret, const char *path, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct output){ 0 };
    if (is_special(path)) {
        ret->file = fopen(path, "w");
        return ret->file ? XENPT_OK : cannot(path, err);
    }
    ret->target = resolved(path);
    if (!ret->target)
        return no_memory(path, err);
    code = open_temporary(ret, err);
    if (code)
        output_close(ret);
    return code;
}

enum xenpt_code output_commit(struct output *o, struct xenpt_error *err)
{
    const char *name = o->target ? o->target : "the report";
    bool failed = fflush(o->file) || ferror(o->file);

    if (!failed && o->target)
        failed = fsync(fileno(o->file)) || rename(o->temporary, o->target);
    if (failed)
        return cannot(name, err);
    free(o->temporary);
    o->temporary = NULL;
    return XENPT_OK;
}

enum xenpt_code output_written(struct output *o, enum xenpt_code code, struct xenpt_error *err)
{
    enum xenpt_code wrote;

    if (code && (code != XENPT_EIO || !o->file))
        return code;
    wrote = output_commit(o, err);
    return wrote ? wrote : code;
}

void output_close(struct output *o)
{
    if (o->temporary)
        unlink(o->temporary);
    if (o->file && o->file != stdout)
        fclose(o->file);
    free(o->temporary);
    free(o->target);
    *o = (struct output){ 0 };
}

bool output_write(void *ctx, const char *bytes, size_t n)
{
    struct output *o = ctx;

    return fwrite(bytes, 1, n, o->file) == n;
}

static bool wants_none(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no_color && *no_color) || !term || !strcmp(term, "dumb");
}

bool output_colour(const struct output *o, const struct settings *settings)
{
    if (settings->colour != COLOUR_AUTO)
        return settings->colour == COLOUR_ALWAYS;
    return o->file == stdout && isatty(STDOUT_FILENO) && !wants_none();
}
