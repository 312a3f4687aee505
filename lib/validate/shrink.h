/*
 * shrink.h - from a case that shows a disagreement to the smallest one that still does.
 */
#ifndef XENPT_VALIDATE_SHRINK_H
#define XENPT_VALIDATE_SHRINK_H

#include "validate/blob_build.h"

/*
 * Asks an MMU about a finished blob of cases of one access each, and says of each case whether
 * the disagreement is still there: @still[i] of the i-th.
 */
typedef enum xenpt_code shrink_ask(void *ctx, const struct blob *blob, bool *still,
                                   struct xenpt_error *err);

struct shrink_options {
    shrink_ask *ask;
    void *ctx;
    uint32_t flags;      /* BLOB_... of the case's suite. */
    unsigned int rounds; /* At most so many, each of one or two runs of the machine; 0: 8. */
};

/*
 * Shrinks access @access of @c: registers, the access, bits of words, whole words.
 * @param ret  A case of one state and one access; the original one if nothing can go.
 */
XENPT_CHECK enum xenpt_code shrink(const struct shrink_options *options, const struct case_view *c,
                                   unsigned int access, struct case_draft *ret,
                                   struct xenpt_error *err);

#endif
