/* threat_run.c - the threats of a file at the step that a run of it went up to. */
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/run.h"
#include "scenario/threat_blocks.h"

static const struct scope *scope_of_run(const struct xenpt_run *run)
{
    return xenpt_run_machine(run) ? run->cells[0].scope : NULL;
}

/* NULL: the file has none, or there is no machine. */
static const struct threat_blocks *blocks_of_run(const struct xenpt_run *run)
{
    const struct scope *s = scope_of_run(run);

    return s ? s->blocks : NULL;
}

size_t xenpt_run_threats(const struct xenpt_run *run)
{
    const struct threat_blocks *b = blocks_of_run(run);

    return b ? b->nr : 0;
}

const char *xenpt_run_threat_name(const struct xenpt_run *run, size_t i)
{
    const struct threat_blocks *b = blocks_of_run(run);

    return b && i < b->nr ? b->list[i].name : NULL;
}

bool xenpt_run_rules(const struct xenpt_run *run, struct xenpt_pv_rules *ret)
{
    const struct world w = { .machine = run->machine, .scope = scope_of_run(run) };

    if (w.scope)
        *ret = rules_now(&w);
    return w.scope;
}

enum xenpt_code xenpt_run_threat(struct xenpt_run *run, size_t i, struct xenpt_run_threat *ret,
                                 struct xenpt_error *err)
{
    struct world w = { .machine = run->machine, .scope = scope_of_run(run), .out = run->out };
    const struct threat_blocks *b = blocks_of_run(run);
    struct xenpt_run_step step = { .number = 0 };

    if (!b || i >= b->nr)
        return xenpt_fail(err, XENPT_ERANGE, "there is no threat %zu in this file", i);
    memcpy(w.lets, run->lets, sizeof(w.lets));
    *ret = (struct xenpt_run_threat){ .name = b->list[i].name };
    if (!threat_now(&w, &b->list[i], &ret->threat, &step) || w.no_memory) {
        xenpt_threat_destroy(ret->threat);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a threat");
    }
    for (size_t k = 0; k < step.nr_expectations; k++)
        if (step.expectations[k].verdict == XENPT_RUN_ERROR) {
            xenpt_threat_destroy(ret->threat);
            return xenpt_fail(err, XENPT_ESTATE, "threat %s: %s", ret->name,
                              step.expectations[k].found);
        }
    ret->claims = step.expectations;
    ret->nr_claims = step.nr_expectations;
    return XENPT_OK;
}
