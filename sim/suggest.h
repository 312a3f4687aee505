/* suggest.h - "did you mean": the candidate that a mistyped word is nearest to. */
#ifndef SIM_SUGGEST_H
#define SIM_SUGGEST_H

#include <stddef.h>

/* Room for the longest suggestion, its end included. */
#define SUGGESTION_MAX 128

struct suggestion {
    const char *typed;
    size_t distance; /* Of the best so far. */
    char best[SUGGESTION_MAX];
};

void suggest_begin(struct suggestion *s, const char *typed);
/* One candidate: `n` bytes. */
void suggest_try(struct suggestion *s, const char *candidate, size_t n);
/* ", did you mean 'x'?" into buf, or nothing if all candidates are too far off. */
#define DID_YOU_MEAN_MAX (SUGGESTION_MAX + 32)
const char *suggest_words(const struct suggestion *s, char buf[DID_YOU_MEAN_MAX]);

#endif
