/* names.h - lists of words, whatever else their rows hold. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include "settings.h"

/* Rows that begin with a `const char *`: their name. */
struct names {
    const void *rows;
    size_t size, nr;
};

const char *names_at(const struct names *names, size_t i);

/* Room for any list of names in a sentence. */
#define NAMES_TEXT_MAX 256
const char *names_text(const struct names *names, char buf[NAMES_TEXT_MAX]);

/* The row of that name; else an error that lists them all, and the nearest. */
enum xenpt_code names_find(const struct names *names, const char *what, const char *name,
                           size_t *ret, struct xenpt_error *err);
/* Rows that words of an option choose, with commas between names: a bit each. */
enum xenpt_code names_choose(const struct names *names, const char *option,
                             const struct words *words, unsigned int *ret, struct xenpt_error *err);

#endif
