/* validate.c - what every form of a validation's report says. */
#include <inttypes.h>
#include <stdio.h>

#include "report/state.h"

struct xenpt_validate_counts validate_sum(const struct xenpt_validate_result *result)
{
    struct xenpt_validate_counts sum = { 0 };

    for (unsigned int s = 0; s < XENPT_VALIDATE_SUITES_MAX; s++) {
        const struct xenpt_validate_counts *c = &result->counts[s];

        sum.cases += c->cases;
        sum.seconds += c->seconds;
        sum.model_seconds += c->model_seconds;
        sum.accesses += c->accesses;
        sum.agreed += c->agreed;
        sum.free += c->free;
        sum.errata += c->errata;
        sum.open += c->open;
        sum.disagreed += c->disagreed;
        sum.died += c->died;
    }
    return sum;
}

unsigned int validate_asked(const struct xenpt_validation *v)
{
    unsigned int n = 0;

    for (size_t i = 0; i < v->nr_results; i++)
        n += !v->result[i].skipped;
    return n;
}

const char *validate_verdict(const struct xenpt_validation *v, char buf[VERDICT_MAX])
{
    unsigned int mmus = validate_asked(v);
    const char *s = mmus == 1 ? "" : "s";

    if (v->disagreed)
        snprintf(buf, VERDICT_MAX,
                 "%" PRIu64 " of %" PRIu64 " accesses on %u MMU%s differ from what xenpt says",
                 v->disagreed, v->asked, mmus, s);
    else
        snprintf(buf, VERDICT_MAX, "no disagreement in %" PRIu64 " accesses on %u MMU%s%s",
                 v->asked, mmus, s, v->missed ? ", but not all could be asked" : "");
    return buf;
}
