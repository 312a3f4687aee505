/* random_run.c - steps by the dice of a seed, and the same steps again. */
#include "random_file.h"
#include "random_steps.h"

#include <stdlib.h>

static void add(struct trace *t, const struct rstep *step, size_t *max)
{
    if (t->nr == *max) {
        *max = *max ? 2 * *max : 256;
        t->step = realloc(t->step, *max * sizeof(*t->step));
        assert_non_null(t->step);
    }
    t->step[t->nr++] = *step;
}

/* Where what is looked at now and then was broken: among the last steps of a trace. */
static void find_first(struct subject *s, struct trace *t, size_t late, struct breached *b)
{
    const struct breached wanted = *b;
    struct trace part = *t;

    for (part.nr = t->nr > late ? t->nr - late : 1; part.nr < t->nr; part.nr++) {
        struct breached now;

        if (run_trace(s, &part, wanted.what, wanted.invariant, &now))
            continue;
        *b = now;
        t->nr = part.nr;
        return;
    }
}

bool run_random(struct subject *s, uint64_t seed, size_t steps, const struct pace *pace,
                struct trace *trace, struct breached *ret)
{
    size_t max = 0;
    bool held;

    *trace = (struct trace){ NULL, 0 };
    *ret = (struct breached){ .what = BREACH_NONE };
    subject_again(s);
    s->dice = dice_of(seed);
    for (size_t i = 0; i < steps; i++) {
        struct rstep step = subject_step(s);

        add(trace, &step, &max);
        held = step_checked(s, &step, i, pace, ret);
        if (file_mistake(s->file))
            fail_msg("%s: %s", step.kind->name, file_mistake(s->file));
        if (held)
            continue;
        if (ret->what == BREACH_INVARIANT)
            find_first(s, trace, pace->invariants, ret);
        else if (ret->what == BREACH_COUNTS || ret->what == BREACH_SHADOWS)
            find_first(s, trace, pace->counts, ret);
        return false;
    }
    return true;
}

static bool same_breach(const struct breached *b, enum breach what, const char *invariant)
{
    return b->what == what && (what != BREACH_INVARIANT || !strcmp(b->invariant, invariant));
}

bool run_trace(struct subject *s, const struct trace *t, enum breach what, const char *invariant,
               struct breached *ret)
{
    static const struct pace never = { 0, 0 };
    bool held = true;

    *ret = (struct breached){ .what = BREACH_NONE };
    subject_again(s);
    /* What one step breaks by itself is looked at of the last. */
    for (size_t i = 0; i + 1 < t->nr; i++)
        subject_do(s, &t->step[i]);
    if (t->nr)
        held = step_checked(s, &t->step[t->nr - 1], 0, &never, ret);
    if (what == BREACH_LEAK)
        held = held && all_destroyed(s, s->empty, ret);
    else if (what != BREACH_REFUSED && what != BREACH_RULE)
        held = held && all_checked(s, ret);
    if (held || same_breach(ret, what, invariant))
        return held;
    /* Something else is broken: that is not what was asked for. */
    *ret = (struct breached){ .what = BREACH_NONE };
    return true;
}
