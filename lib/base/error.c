/*
 * error.c - saying what failed, in one line at the place where it failed.
 *
 * The caller owns the struct and may pass NULL, so every function here takes NULL; nothing is
 * allocated, because running out of memory is one of the things to be said.
 */
#include "xenpt/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [XENPT_OK] = "ok",
    [XENPT_ENOMEM] = "no memory",
    [XENPT_EIO] = "cannot read or write",
    [XENPT_EPARSE] = "malformed input",
    [XENPT_ERANGE] = "out of range",
    [XENPT_ESTATE] = "impossible state",
    [XENPT_EUNSUPPORTED] = "not supported",
    [XENPT_ESTOPPED] = "stopped by the caller",
};

const char *xenpt_code_name(enum xenpt_code code)
{
    return (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

static void fill(struct xenpt_error *err, enum xenpt_code code, const char *fmt, va_list ap)
{
    *err = (struct xenpt_error){ .code = code };
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

enum xenpt_code xenpt_fail(struct xenpt_error *err, enum xenpt_code code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return code;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    return code;
}

enum xenpt_code xenpt_fail_at(struct xenpt_error *err, enum xenpt_code code, const char *file,
                              uint64_t offset, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return code;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    snprintf(err->file, sizeof(err->file), "%s", file);
    err->offset = offset;
    err->has_offset = true;
    return code;
}

enum xenpt_code xenpt_prefix(struct xenpt_error *err, enum xenpt_code code, const char *fmt, ...)
{
    char text[sizeof(err->text)];
    size_t used;
    va_list ap;

    if (!code || !err)
        return code;
    memcpy(text, err->text, sizeof(text));
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", text);
    return code;
}

int xenpt_error_format(const struct xenpt_error *err, char *buf, size_t size)
{
    if (err->line && err->column)
        return snprintf(buf, size, "%s:%u:%u: %s", err->file, err->line, err->column, err->text);
    if (err->line)
        return snprintf(buf, size, "%s:%u: %s", err->file, err->line, err->text);
    if (err->file[0] && err->has_offset)
        return snprintf(buf, size, "%s: offset 0x%llx: %s", err->file,
                        (unsigned long long)err->offset, err->text);
    if (err->file[0])
        return snprintf(buf, size, "%s: %s", err->file, err->text);
    return snprintf(buf, size, "%s", err->text);
}
