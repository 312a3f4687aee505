/* text.h - text for people: styles that only a terminal sees, columns and paragraphs. */
#ifndef XENPT_REPORT_TEXT_H
#define XENPT_REPORT_TEXT_H

#include "report/out.h"

enum style {
    PLAIN,
    HEAD,  /* Headings of columns, names. */
    FAINT, /* What is there for completeness. */
    GOOD,
    BAD,
    ODD, /* What a reader should notice. */
};

struct text {
    struct out *out;
    bool colour;
};

void text_begin(struct text *t, enum style style);
void text_end(struct text *t, enum style style);
void text_put(struct text *t, enum style style, const char *s);
/* Left-aligned, and filled up with blanks. */
void text_cell(struct text *t, enum style style, const char *s, size_t width);
__attribute__((format(printf, 3, 4))) void text_format(struct text *t, enum style style,
                                                       const char *fmt, ...);
/* A paragraph, its first line at `column` already, the others indented. */
void text_wrap(struct text *t, const char *s, size_t column, size_t indent);

/* A size in the largest unit that it is a whole number of: "1284K". */
#define SIZE_TEXT_MAX 24
const char *size_text(uint64_t bytes, char buf[SIZE_TEXT_MAX]);

#endif
