/**
 * @file suggest.h
 * "Did you mean": the candidate that a mistyped word is nearest to.
 *
 * Begin with the word, try each candidate, and ask for the words to add to an error.
 */
#ifndef XENPT_SUGGEST_H
#define XENPT_SUGGEST_H

#include "xenpt/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the longest suggestion, its end included; longer candidates are not suggested. */
#define XENPT_SUGGESTION_MAX   128
/** Room for the words around one, its end included. */
#define XENPT_DID_YOU_MEAN_MAX (XENPT_SUGGESTION_MAX + 32)

/** A search under way.  A value; the word is borrowed. */
struct xenpt_suggestion {
    const char *typed;               /**< What was typed. */
    size_t distance;                 /**< Edits between it and the best so far. */
    char best[XENPT_SUGGESTION_MAX]; /**< The best so far, or "". */
};

/** Begins a search: a third of the letters of @p typed may be wrong. */
XENPT_API void xenpt_suggest_begin(struct xenpt_suggestion *s, const char *typed);
/** Tries one candidate of @p n bytes.  Of equally near ones the first is kept. */
XENPT_API void xenpt_suggest_try(struct xenpt_suggestion *s, const char *candidate, size_t n);
/** ", did you mean 'x'?" into @p buf, or "" if all candidates are too far off.  @return @p buf. */
XENPT_API const char *xenpt_suggest_words(const struct xenpt_suggestion *s,
                                          char buf[XENPT_DID_YOU_MEAN_MAX]);

#ifdef __cplusplus
}
#endif

#endif
