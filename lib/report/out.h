/*
 * out.h - bytes on their way out.  A map has hundreds of thousands of lines, so numbers are
 * put together here rather than by printf.
 */
#ifndef XENPT_REPORT_OUT_H
#define XENPT_REPORT_OUT_H

#include "xenpt/types.h"

struct out {
    bool (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
    bool failed; /* Nothing more is written once something could not be. */
    size_t n;
    char buf[1u << 16];
};

void out_bytes(struct out *o, const char *bytes, size_t n);
void out_text(struct out *o, const char *text);
void out_char(struct out *o, char c);
void out_blanks(struct out *o, size_t n);
/* Hexadecimal, with leading zeros up to `digits`; no 0x. */
void out_hex(struct out *o, uint64_t v, unsigned int digits);
/* Decimal, right-aligned in `width`. */
void out_dec(struct out *o, uint64_t v, unsigned int width);
void out_flush(struct out *o);

/* Hexadecimal digits that a number has. */
unsigned int hex_digits(uint64_t v);

#endif
