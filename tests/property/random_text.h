/*
 * random_text.h - a step that is told by its text: the row's, with values for what is in < >.
 *
 *     "grant-swap: <caller>, ref: <ref>, with: <ref>"
 *     "grant-query-size: <caller><|, of: <domain>>"
 *
 * <NAME> is a value of a class, of those in random_text.c, and <A|B|C> one of several texts, which
 * may have classes in them; the plainest is the first, as shrinking tries that.  Each takes the
 * next of the step's v[], VALUES at most.
 */
#ifndef XENPT_TEST_RANDOM_TEXT_H
#define XENPT_TEST_RANDOM_TEXT_H

#include "random_steps.h"

void text_make(struct subject *s, struct rstep *t);
bool text_do(struct subject *s, const struct rstep *t);
void text_print(const struct subject *s, const struct rstep *t, char *buf, size_t size);

/* Rows of such steps: of a domain that calls, and of nobody's. */
#define CALL(by_, weight_, text_)                                                                  \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = (by_), .weight = (weight_), .call = true           \
    }
/* One that a rule refuses when it has done a part. */
#define CALL_BUT(by_, weight_, excuse_, text_)                                                     \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = (by_), .weight = (weight_), .call = true,          \
        .excuse = (excuse_)                                                                        \
    }
#define DEED(weight_, text_)                                                                       \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = BY_TOOLSTACK, .weight = (weight_)                  \
    }
#define DEED_OF(by_, weight_, text_)                                                               \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = (by_), .weight = (weight_)                         \
    }
/* Those that may change something though they are refused. */
#define LOOSE_CALL(by_, weight_, text_)                                                            \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = (by_), .weight = (weight_), .call = true,          \
        .loose = true                                                                              \
    }
#define LOOSE_DEED(by_, weight_, text_)                                                            \
    {                                                                                              \
        .name = (text_), .text = (text_), .by = (by_), .weight = (weight_), .loose = true          \
    }

#endif
