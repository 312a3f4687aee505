/* mistakes.c - all that is wrong with a text file, each with its line and column. */
#include "base/mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mistake(struct mistakes *m, const struct place *at, enum xenpt_code code, const char *fmt, ...)
{
    struct xenpt_error e = { .code = code };
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(e.text, sizeof(e.text), fmt, ap);
    va_end(ap);
    if (at) {
        snprintf(e.file, sizeof(e.file), "%s", at->file);
        e.line = at->line;
        e.column = at->column;
    }
    if (!m->nr)
        m->first = e;
    if (m->fn && m->nr < MISTAKES_TOLD)
        m->fn(m->ctx, &e);
    m->nr++;
}

enum xenpt_code mistakes_end(const struct mistakes *m, struct xenpt_error *err)
{
    size_t used, more = m->nr ? m->nr - 1 : 0;

    if (!m->nr)
        return XENPT_OK;
    if (!err)
        return m->first.code;
    *err = m->first;
    used = strlen(err->text);
    if (more)
        snprintf(err->text + used, sizeof(err->text) - used, " (and %zu more mistake%s)", more,
                 more == 1 ? "" : "s");
    return err->code;
}
