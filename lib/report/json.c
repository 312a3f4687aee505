/* json.c - writing JSON as it comes; RFC 8259. */
#include "report/json.h"

#include <string.h>

#include "base/bits.h"

/* What goes before any value, element or key. */
static void begin(struct json *j)
{
    if (j->keyed) {
        j->keyed = false;
        return;
    }
    if (j->comma[j->depth])
        out_char(j->out, ',');
    if (j->line) {
        out_char(j->out, '\n');
        out_blanks(j->out, j->depth);
    }
    j->line = false;
    j->comma[j->depth] = true;
}

void json_line(struct json *j)
{
    j->line = true;
}

void json_open(struct json *j, char bracket)
{
    begin(j);
    out_char(j->out, bracket);
    j->comma[++j->depth] = false;
}

void json_close(struct json *j, char bracket)
{
    j->depth--;
    out_char(j->out, bracket);
}

void json_nothing(struct json *j)
{
    begin(j);
    out_text(j->out, "null");
}

void json_bool(struct json *j, bool v)
{
    begin(j);
    out_text(j->out, v ? "true" : "false");
}

void json_number(struct json *j, uint64_t v)
{
    begin(j);
    out_dec(j->out, v, 0);
}

void json_hex(struct json *j, uint64_t v)
{
    begin(j);
    out_text(j->out, "\"0x");
    out_hex(j->out, v, 1);
    out_char(j->out, '"');
}

/* Bytes of the UTF-8 sequence at s, or 0: it is none. RFC 3629, "Syntax of UTF-8". */
static unsigned int sequence(const unsigned char *s)
{
    static const struct {
        unsigned char first, last, low, high;
        unsigned int n;
    } rows[] = {
        { 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (*s < rows[i].first || *s > rows[i].last)
            continue;
        if (rows[i].n > 1 && (s[1] < rows[i].low || s[1] > rows[i].high))
            return 0;
        for (unsigned int k = 2; k < rows[i].n; k++)
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        return rows[i].n;
    }
    return 0;
}

/* Names come from files, and may hold anything: what is no UTF-8 becomes U+FFFD. */
static void string(struct out *o, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    out_char(o, '"');
    while (*s) {
        unsigned int n = sequence(s);

        if (!n) {
            out_text(o, "\\ufffd");
            s++;
            continue;
        }
        if (*s == '"' || *s == '\\') {
            out_char(o, '\\');
            out_char(o, (char)*s);
        } else if (*s < 0x20) {
            out_text(o, "\\u");
            out_hex(o, *s, 4);
        } else {
            out_bytes(o, (const char *)s, n);
        }
        s += n;
    }
    out_char(o, '"');
}

void json_text(struct json *j, const char *text)
{
    if (!text) {
        json_nothing(j);
        return;
    }
    begin(j);
    string(j->out, text);
}

void json_key(struct json *j, const char *key)
{
    begin(j);
    string(j->out, key);
    out_char(j->out, ':');
    j->keyed = true;
}
