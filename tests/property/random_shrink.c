/*
 * random_shrink.c - as few steps as break something, as plain as they can be, and as a scenario.
 *
 * Steps are taken away in ever smaller pieces, then values are made smaller one by one; whatever
 * still breaks the same is kept.
 */
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- Shrinking ----------------------------------------------------------------------------- */

/* Steps that are made to have fewer: a minute or so. */
#define MOST_MADE 2000000

static size_t made;

static bool breaks(struct subject *s, const struct trace *t, const struct breached *b)
{
    struct breached now;

    if (made > MOST_MADE)
        return false;
    made += t->nr;
    return !run_trace(s, t, b->what, b->invariant, &now);
}

/* Without some steps; true: they were not needed, and are gone. */
static bool without(struct subject *s, struct trace *t, size_t first, size_t n,
                    const struct breached *b)
{
    struct trace less = { malloc((t->nr + 1) * sizeof(*less.step)), t->nr - n };
    bool gone;

    assert_non_null(less.step);
    memcpy(less.step, t->step, first * sizeof(*less.step));
    memcpy(less.step + first, t->step + first + n, (t->nr - first - n) * sizeof(*less.step));
    gone = breaks(s, &less, b);
    if (gone) {
        memcpy(t->step, less.step, less.nr * sizeof(*less.step));
        t->nr = less.nr;
    }
    free(less.step);
    return gone;
}

static bool take_away(struct subject *s, struct trace *t, const struct breached *b)
{
    size_t before = t->nr;

    for (size_t n = t->nr / 2 ? t->nr / 2 : 1; n; n /= 2)
        for (size_t end = t->nr; end >= n; end = end > t->nr ? t->nr : end)
            end -= without(s, t, end - n, n, b) || end > n ? n : end;
    return t->nr < before;
}

static bool simpler(struct subject *s, struct trace *t, uint64_t *v, uint64_t value,
                    const struct breached *b)
{
    uint64_t was = *v;

    if (value == was)
        return false;
    *v = value;
    if (breaks(s, t, b))
        return true;
    *v = was;
    return false;
}

/* Nothing; or without flags, one after the other. */
static bool plainer(struct subject *s, struct trace *t, const struct breached *b)
{
    bool any = false;

    for (size_t i = 0; i < t->nr; i++)
        for (size_t k = 0; k < VALUES; k++) {
            uint64_t *v = &t->step[i].v[k];

            if (!*v || simpler(s, t, v, 0, b))
                continue;
            for (unsigned int bit = 0; *v > 0xffff && bit < 64; bit = bit == 11 ? 52 : bit + 1)
                if (*v >> bit & 1)
                    any |= simpler(s, t, v, *v & ~(UINT64_C(1) << bit), b);
        }
    return any;
}

void shrink(struct subject *s, struct trace *t, struct breached *b)
{
    struct breached now;

    made = 0;
    /* What does not come again cannot be shrunk. */
    if (!breaks(s, t, b))
        return;
    /* The step that is refused, and changes something, is the last. */
    while (take_away(s, t, b))
        ;
    if (plainer(s, t, b))
        take_away(s, t, b);
    if (!run_trace(s, t, b->what, b->invariant, &now))
        *b = now;
}

/* --- As a scenario ------------------------------------------------------------------------- */

struct out {
    char *text;
    size_t n, size;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (o->size - o->n < 4096) {
        o->size = o->size ? 2 * o->size : 16384;
        o->text = realloc(o->text, o->size);
        assert_non_null(o->text);
    }
    va_start(ap, fmt);
    n = vsnprintf(o->text + o->n, o->size - o->n, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < o->size - o->n);
    o->n += (size_t)n;
}

/* What does not hold behind the last step. */
static void put_breach(struct out *o, const struct subject *s, const struct breached *b)
{
    char frame[48];

    switch (b->what) {
    case BREACH_COUNTS:
    case BREACH_INVARIANT:
        put(o, ", expect: [ { invariant: %s%s%s } ] }\n", b->invariant, b->in ? ", in: " : "",
            b->in ? b->in : "");
        return;
    case BREACH_REFUSED:
        put(o, " } # %s\n", b->text);
        if (b->of_memory)
            put(o,
                "  - { access: read, in: d0.v0.xen, at: xen.directmap(%s) + %u, expect: [ { data: "
                "0x%" PRIx64 " } ] }\n",
                frame_text(s, b->at >> 12, frame), (unsigned int)(b->at & 0xfff), b->was);
        return;
    case BREACH_LEAK:
        put(o, " }\n");
        for (size_t i = s->w.machine->nr_domains; i-- > 0;)
            put(o, "  - { destroy: d%zu }\n", i);
        put(o, "# %s\n", b->text);
        return;
    default:
        put(o, " } # %s\n", b->text);
    }
}

char *scenario_of(struct subject *s, const struct trace *t, const struct breached *b)
{
    char text[STEP_TEXT_MAX];
    struct out o = { NULL, 0, 0 };
    size_t last = t->nr;

    put(&o, "%srules: +" MENDED "%s%s\n", s->model, s->switched ? " -" : "",
        s->switched ? s->switched : "");
    put(&o, "invariants: none\nsteps:\n");
    subject_again(s);
    while (b && last && t->step[last - 1].kind == NULL)
        last--;
    for (size_t i = 0; i < last; i++) {
        const struct rstep *step = &t->step[i];

        bool there = !step->kind->call || subject_in_kernel(s, step);

        step_text(s, step, text, sizeof(text));
        if (!subject_do(s, step)) {
            /* It could not be done, and is no step; but who would have called is there. */
            if (!there && subject_in_kernel(s, step))
                put(&o, "  - { run: d%u.v%u.%s, on: cpu%u }\n", step->domain, step->vcpu,
                    is_pv(&s->w.machine->domains[step->domain]) ? "kernel" : "guest",
                    s->w.machine->domains[step->domain].vcpus[step->vcpu].cpu);
            continue;
        }
        put(&o, "  - { %s", text);
        if (b && i + 1 == last)
            put_breach(&o, s, b);
        else if (step->kind->call)
            put(&o, ", expect: [ { result: %s } ] }\n", s->r.name);
        else
            put(&o, " }\n");
    }
    return o.text;
}

const char *told(struct subject *s, uint64_t seed, struct trace *t, struct breached *b)
{
    static char path[64];
    size_t before = t->nr;
    char *text;
    FILE *f;

    shrink(s, t, b);
    text = scenario_of(s, t, b);
    snprintf(path, sizeof(path), "xenpt-random-%" PRIu64 ".yaml", seed);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "# Seed %" PRIu64 ": %zu steps of %zu. %s\n%s", seed, t->nr, before, b->text, text);
    assert_int_equal(fclose(f), 0);
    free(text);
    print_message("seed %" PRIu64 ": %s: %zu steps of %zu are in %s\n", seed, b->text, t->nr,
                  before, path);
    return path;
}
