/* random_subject.c - a machine that steps are made on: from the beginning, and again. */
#include "random_file.h"
#include "random_text.h"

#include <inttypes.h>
#include <stdio.h>

/* --- Dice: xorshift64* --------------------------------------------------------------------- */

struct dice dice_of(uint64_t seed)
{
    return (struct dice){ (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) };
}

uint64_t dice_any(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * UINT64_C(0x2545f4914f6cdd1d);
}

uint64_t dice_below(struct dice *d, uint64_t n)
{
    return dice_any(d) % n;
}

/* --- From first to last -------------------------------------------------------------------- */

static void ok(enum xenpt_code code, const struct xenpt_error *err)
{
    if (code)
        fail_msg("%s", err->text);
}

void subject_begin(struct subject *s, const char *model, const char *switched)
{
    struct xenpt_error err = { 0 };
    struct xenpt_frame any;

    *s = (struct subject){ .model = model, .switched = switched };
    build(&s->w, model);
    s->rules = xenpt_pv_rules_of_machine(s->w.machine);
    assert_true(xenpt_pv_rules_switch(&s->rules, MENDED, true));
    if (switched && !xenpt_pv_rules_switch(&s->rules, switched, false))
        fail_msg("there is no rule %s", switched);
    /* What no builder has used, from the last on. */
    for (uint32_t d = 0; d < DOMAINS; d++)
        for (uint64_t i = 0; i < POOL; i++) {
            const struct domain *dom = &s->w.machine->domains[d];

            assert_true(dom->next_frame < dom->nr_frames - POOL);
            s->pool[d][i] = domain_frame(dom, dom->nr_frames - 1 - i);
        }
    ok(xenpt_pv_frame(s->w.machine, 0, &any, &err), &err); /* Counts. */
    ok(xenpt_machine_snapshot_take(s->w.machine, &s->begun, &err), &err);
    s->nr_first = s->w.machine->nr_domains;
    s->file = file_begin(s->w.machine, MENDED, switched);
}

void subject_end(struct subject *s)
{
    xenpt_machine_snapshot_drop(s->begun);
    end(&s->w);
    file_end(s->file); /* Names of domains that were created are in it. */
}

void subject_again(struct subject *s)
{
    struct xenpt_error err = { 0 };

    ok(xenpt_machine_snapshot_restore(s->begun, &err), &err);
    file_again(s->file);
}

/* --- Steps --------------------------------------------------------------------------------- */

/* A row, as often as its weight says. */
static const struct rkind *some_kind(struct subject *s)
{
    uint64_t all = 0, n;

    for (size_t i = 0; random_tables[i]; i++)
        for (const struct rkind *k = random_tables[i]; k->name; k++)
            all += k->weight;
    n = dice_below(&s->dice, all);
    for (size_t i = 0; random_tables[i]; i++)
        for (const struct rkind *k = random_tables[i]; k->name; k++) {
            if (n < k->weight)
                return k;
            n -= k->weight;
        }
    return NULL;
}

/* One that is of a type, or is any; where there is none, the first. */
static uint32_t some_domain(struct subject *s, enum by by)
{
    const struct xenpt_machine *m = s->w.machine;
    uint32_t first = (uint32_t)dice_below(&s->dice, m->nr_domains);

    if (by == BY_DOMAIN)
        do
            first = (uint32_t)dice_below(&s->dice, DOMAINS);
        while (!is_pv(&m->domains[first]));
    if (by == BY_DOMAIN)
        return first;
    if (by == BY_TOOLSTACK || (by == BY_DOM0 && dice_below(&s->dice, 5)))
        return 0;
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[(first + i) % m->nr_domains];

        if (d->nr_vcpus && (by == BY_ANY || by == BY_DOM0 || is_pv(d) == (by == BY_PV)))
            return d->id;
    }
    return 0;
}

struct rstep subject_step(struct subject *s)
{
    struct rstep t = { .kind = some_kind(s) };
    const struct domain *d;

    t.domain = some_domain(s, t.kind->by);
    d = &s->w.machine->domains[t.domain];
    t.vcpu = d->nr_vcpus > 1 && !dice_below(&s->dice, 4)
                 ? (uint32_t)dice_below(&s->dice, d->nr_vcpus)
                 : 0;
    if (t.kind->text)
        text_make(s, &t);
    else
        t.kind->make(s, &t);
    return t;
}

/* Where a vCPU makes hypercalls. */
static enum xenpt_run_mode own_mode(const struct domain *d)
{
    return is_pv(d) ? XENPT_RUN_KERNEL : XENPT_RUN_GUEST;
}

bool subject_in_kernel(const struct subject *s, const struct rstep *t)
{
    const struct xenpt_machine *m = s->w.machine;
    struct xenpt_cpu_state c;
    const struct vcpu *v;

    if (t->domain >= m->nr_domains || t->vcpu >= m->domains[t->domain].nr_vcpus)
        return false;
    v = &m->domains[t->domain].vcpus[t->vcpu];
    return xenpt_machine_cpu(m, v->cpu, &c) && !c.idle && c.domain == t->domain &&
           c.vcpu == t->vcpu &&
           (c.mode == own_mode(&m->domains[t->domain]) || (c.mode == XENPT_RUN_XEN && !v->user));
}

/* As a scenario does before a hypercall. */
static bool enter_kernel(struct subject *s, const struct rstep *t)
{
    struct xenpt_machine *m = s->w.machine;

    if (t->domain >= m->nr_domains || t->vcpu >= m->domains[t->domain].nr_vcpus)
        return false;
    return subject_in_kernel(s, t) ||
           !xenpt_machine_run(m, t->domain, t->vcpu, m->domains[t->domain].vcpus[t->vcpu].cpu,
                              own_mode(&m->domains[t->domain]), NULL);
}

bool subject_ready(struct subject *s, const struct rstep *t)
{
    /* A vCPU that was pre-empted goes on with that, and does nothing else. */
    if (t->kind->call && !t->kind->loose && file_pending(s->file, t->domain, t->vcpu))
        return false;
    return !t->kind->call || enter_kernel(s, t);
}

bool subject_do(struct subject *s, const struct rstep *t)
{
    s->r = (struct xenpt_pv_result){ .name = "ok" };
    return subject_ready(s, t) && (t->kind->text ? text_do(s, t) : t->kind->apply(s, t));
}

void step_text(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    if (t->kind->text)
        text_print(s, t, buf, size);
    else
        t->kind->print(s, t, buf, size);
}

struct xenpt_pv_caller caller_of(const struct subject *s, const struct rstep *t)
{
    return (struct xenpt_pv_caller){ .domain = t->domain, .vcpu = t->vcpu, .rules = &s->rules };
}

/* --- Texts --------------------------------------------------------------------------------- */

const char *frame_text(const struct subject *s, uint64_t frame, char buf[48])
{
    const struct xenpt_machine *m = s->w.machine;

    for (size_t i = 0; i < m->nr_domains && i < DOMAINS; i++) {
        /* Of HVM and PVH what their memory is called may change. */
        uint64_t gfn = is_pv(&m->domains[i]) ? domain_pfn(&m->domains[i], frame) : NO_TABLE;

        if (gfn != NO_TABLE) {
            snprintf(buf, 48, "d%zu.gfn(%" PRIu64 ")", i, gfn);
            return buf;
        }
    }
    snprintf(buf, 48, "0x%" PRIx64, frame);
    return buf;
}

const char *entry_text(const struct subject *s, uint64_t entry, char buf[80])
{
    uint64_t flags = entry & ~XENPT_BITS(51, 12);
    char frame[48];

    if (entry >> 12)
        snprintf(buf, 80, "maddr(%s) | 0x%" PRIx64,
                 frame_text(s, (entry & XENPT_BITS(51, 12)) >> 12, frame), flags);
    else
        snprintf(buf, 80, "0x%" PRIx64, entry);
    return buf;
}
