/*
 * mistakes.h - all that is wrong with a text file, each with its line and column.
 *
 * A reader notes what it meets and goes on as far as it can; at the end it asks whether there
 * was anything.
 */
#ifndef XENPT_BASE_MISTAKES_H
#define XENPT_BASE_MISTAKES_H

#include "xenpt/error.h"

/* Where something stands; line and column from 1. */
struct place {
    const char *file;
    unsigned int line, column;
};

struct mistakes {
    xenpt_mistake_fn fn; /* May be NULL. */
    void *ctx;
    size_t nr;
    struct xenpt_error first;
};

/* One whose text is longer than this quotes no more of it. */
#define QUOTE_MAX     40
/* Of those that follow only the number is told. */
#define MISTAKES_TOLD 100

void mistake(struct mistakes *m, const struct place *at, enum xenpt_code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The code of the first, or XENPT_OK; it is what err says, with the number of the others. */
enum xenpt_code mistakes_end(const struct mistakes *m, struct xenpt_error *err);

#endif
