/* out.c - bytes on their way out. */
#include "report/out.h"

#include <string.h>

#include "base/bits.h"

void out_flush(struct out *o)
{
    if (o->n && !o->failed)
        o->failed = !o->write(o->ctx, o->buf, o->n);
    o->n = 0;
}

void out_bytes(struct out *o, const char *bytes, size_t n)
{
    while (n) {
        size_t room, part;

        if (o->n == sizeof(o->buf))
            out_flush(o);
        room = sizeof(o->buf) - o->n;
        part = n < room ? n : room;
        memcpy(o->buf + o->n, bytes, part);
        o->n += part;
        bytes += part;
        n -= part;
    }
}

void out_text(struct out *o, const char *text)
{
    out_bytes(o, text, strlen(text));
}

void out_char(struct out *o, char c)
{
    if (o->n == sizeof(o->buf))
        out_flush(o);
    o->buf[o->n++] = c;
}

void out_blanks(struct out *o, size_t n)
{
    while (n--)
        out_char(o, ' ');
}

unsigned int hex_digits(uint64_t v)
{
    return v ? (67 - (unsigned int)__builtin_clzll(v)) / 4 : 1;
}

void out_hex(struct out *o, uint64_t v, unsigned int digits)
{
    char buf[16];
    unsigned int need = hex_digits(v), n = need > digits ? need : digits;

    if (n > sizeof(buf))
        n = sizeof(buf);
    for (unsigned int i = n; i-- > 0; v >>= 4)
        buf[i] = "0123456789abcdef"[v & 15];
    out_bytes(o, buf, n);
}

void out_dec(struct out *o, uint64_t v, unsigned int width)
{
    char buf[20];
    size_t at = sizeof(buf);

    do
        buf[--at] = (char)('0' + v % 10);
    while (v /= 10);
    if (width > sizeof(buf) - at)
        out_blanks(o, width - (sizeof(buf) - at));
    out_bytes(o, buf + at, sizeof(buf) - at);
}
