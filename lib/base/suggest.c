/* suggest.c - "did you mean", by the edits between two words. */
#include "xenpt/suggest.h"

#include <stdio.h>
#include <string.h>

/* Longer words are compared by their beginnings. */
#define LENGTH_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* Letters to insert, drop, replace or swap with their neighbour; Damerau and Levenshtein. */
static size_t edits(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LENGTH_MAX + 1];
    size_t *two_up = rows[0], *up = rows[1], *row = rows[2];

    n = n < LENGTH_MAX ? n : LENGTH_MAX;
    m = m < LENGTH_MAX ? m : LENGTH_MAX;
    for (size_t k = 0; k <= m; k++)
        up[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t *oldest = two_up;

        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            row[k] = least(up[k] + 1, row[k - 1] + 1, up[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                two_up[k - 2] + 1 < row[k])
                row[k] = two_up[k - 2] + 1;
        }
        two_up = up;
        up = row;
        row = oldest;
    }
    return up[m];
}

void xenpt_suggest_begin(struct xenpt_suggestion *s, const char *typed)
{
    size_t n = strlen(typed);

    /* A third of the word may be wrong; of a short one, a single letter. */
    *s = (struct xenpt_suggestion){ .typed = typed, .distance = n / 3 + (n < 3) + 1 };
}

void xenpt_suggest_try(struct xenpt_suggestion *s, const char *candidate, size_t n)
{
    size_t distance = edits(s->typed, strlen(s->typed), candidate, n);

    if (distance >= s->distance || n >= XENPT_SUGGESTION_MAX)
        return;
    s->distance = distance;
    memcpy(s->best, candidate, n);
    s->best[n] = '\0';
}

const char *xenpt_suggest_words(const struct xenpt_suggestion *s, char buf[XENPT_DID_YOU_MEAN_MAX])
{
    buf[0] = '\0';
    if (s->best[0])
        snprintf(buf, XENPT_DID_YOU_MEAN_MAX, ", did you mean '%s'?", s->best);
    return buf;
}
