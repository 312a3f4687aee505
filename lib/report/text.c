/* text.c - text for people. */
#include "report/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"

/* The widest that a paragraph gets. */
#define PARAGRAPH_WIDTH 79

/* ECMA-48, "SGR - Select Graphic Rendition". */
static const char *const escapes[] = {
    [HEAD] = "\033[1m",   [FAINT] = "\033[2m", [GOOD] = "\033[32m",
    [BAD] = "\033[1;31m", [ODD] = "\033[33m",
};

void text_begin(struct text *t, enum style style)
{
    if (t->colour && style != PLAIN)
        out_text(t->out, escapes[style]);
}

void text_end(struct text *t, enum style style)
{
    if (t->colour && style != PLAIN)
        out_text(t->out, "\033[0m");
}

void text_put(struct text *t, enum style style, const char *s)
{
    text_begin(t, style);
    out_text(t->out, s);
    text_end(t, style);
}

void text_cell(struct text *t, enum style style, const char *s, size_t width)
{
    size_t n = strlen(s);

    text_put(t, style, s);
    out_blanks(t->out, n < width ? width - n : 0);
}

void text_format(struct text *t, enum style style, const char *fmt, ...)
{
    char buf[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    text_put(t, style, buf);
}

void text_wrap(struct text *t, const char *s, size_t column, size_t indent)
{
    bool fresh = true; /* Nothing stands on this line yet. */

    while (*s) {
        size_t word = strcspn(s, " ");

        if (!fresh && column + 1 + word > PARAGRAPH_WIDTH) {
            out_char(t->out, '\n');
            out_blanks(t->out, indent);
            column = indent;
            fresh = true;
        }
        if (!fresh)
            out_char(t->out, ' ');
        column += word + !fresh;
        fresh = false;
        out_bytes(t->out, s, word);
        s += word;
        s += strspn(s, " ");
    }
    out_char(t->out, '\n');
}

const char *size_text(uint64_t bytes, char buf[SIZE_TEXT_MAX])
{
    static const char units[] = "BKMGTPE";
    unsigned int unit = 0;

    while (bytes && !(bytes & ones(10)) && units[unit + 1]) {
        bytes >>= 10;
        unit++;
    }
    snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 "%c", bytes, units[unit]);
    return buf;
}
