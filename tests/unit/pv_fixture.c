/* pv_fixture.c - see pv_fixture.h. */
#include "pv_fixture.h"

#include <stdio.h>

#include "xen/frames.h"
#include "xen/internal.h"

void pv_begin(struct pv_world *p, const char *text)
{
    *p = (struct pv_world){ .nr_flushes = 0 };
    build(&p->w, text);
    p->rules = xenpt_pv_rules_of_machine(p->w.machine);
}

void pv_finish(struct pv_world *p)
{
    end(&p->w);
}

static void note_flush(void *ctx, const struct xenpt_pv_flush *flush)
{
    struct pv_world *p = ctx;

    if (p->nr_flushes < 64)
        p->flush[p->nr_flushes++] = *flush;
}

struct xenpt_pv_caller pv_caller(struct pv_world *p, uint32_t d)
{
    p->nr_flushes = 0;
    return (
        struct xenpt_pv_caller){ .domain = d, .rules = &p->rules, .flush = note_flush, .ctx = p };
}

const char *mmu(struct pv_world *p, uint32_t d, uint64_t ptr, uint64_t val, uint32_t foreigndom)
{
    struct xenpt_pv_caller c = pv_caller(p, d);
    struct xenpt_pv_mmu_update req = { ptr, val };
    struct xenpt_error err = { 0 };

    if (xenpt_pv_mmu_update(p->w.machine, &c, &req, 1, foreigndom, &p->r, &err))
        fail_msg("%s", err.text);
    return p->r.name;
}

const char *ext(struct pv_world *p, uint32_t d, uint32_t cmd, uint64_t arg, uint64_t second,
                uint32_t foreigndom)
{
    struct xenpt_pv_caller c = pv_caller(p, d);
    struct xenpt_pv_mmuext op = { cmd, arg, second };
    struct xenpt_error err = { 0 };

    if (xenpt_pv_mmuext(p->w.machine, &c, &op, 1, foreigndom, &p->r, &err))
        fail_msg("%s", err.text);
    return p->r.name;
}

const char *va_map(struct pv_world *p, uint32_t d, uint64_t va, uint64_t val, uint32_t domain)
{
    struct xenpt_pv_caller c = pv_caller(p, d);
    struct xenpt_pv_va_update u = { .va = va, .val = val, .domain = domain };
    struct xenpt_error err = { 0 };

    if (xenpt_pv_update_va(p->w.machine, &c, &u, &p->r, &err))
        fail_msg("%s", err.text);
    return p->r.name;
}

const char *pv_rule(const struct pv_world *p)
{
    return p->r.rule ? p->r.rule->name : "";
}

uint64_t mfn_of(const struct pv_world *p, uint32_t d, uint64_t pfn)
{
    return domain_frame(&p->w.machine->domains[d], pfn);
}

uint64_t mem(const struct pv_world *p, uint64_t at)
{
    return entry_read(p->w.machine, at, 0);
}

uint64_t fresh(struct pv_world *p, uint32_t d)
{
    const struct domain *dom = &p->w.machine->domains[d];

    /* What no builder has used, from the last on. */
    assert_true(dom->next_frame < dom->nr_frames - p->taken[d]);
    return domain_frame(dom, dom->nr_frames - ++p->taken[d]);
}

struct xenpt_frame frame_is(struct pv_world *p, uint64_t mfn)
{
    struct xenpt_error err = { 0 };
    struct xenpt_frame f;

    if (xenpt_pv_frame(p->w.machine, mfn, &f, &err))
        fail_msg("%s", err.text);
    return f;
}

void counts_hold(struct pv_world *p)
{
    char wrong[XENPT_PV_WRONG_MAX];
    struct xenpt_error err = { 0 };
    uint64_t frame;

    if (xenpt_pv_check_counts(p->w.machine, wrong, &frame, &err))
        fail_msg("%s", err.text);
    if (*wrong)
        fail_msg("mfn 0x%llx: %s", (unsigned long long)frame, wrong);
}

static bool add_words(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    uint64_t *sum = ctx, word;

    for (uint64_t i = 0; i < size; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word)
            *sum = (*sum ^ word ^ (first + i)) * UINT64_C(0x100000001b3);
    }
    return true;
}

uint64_t pv_fingerprint(struct pv_world *p)
{
    const struct xenpt_machine *m = p->w.machine;
    uint64_t sum = 0, frame;

    assert_int_equal(xenpt_each_stretch(xenpt_store_reader(m->store), add_words, &sum, NULL),
                     XENPT_OK);
    for (uint32_t i = 0; i < m->nr_cpus; i++) {
        struct xenpt_cpu_state s;

        assert_true(xenpt_machine_cpu(m, i, &s));
        sum = (sum ^ s.cr3 ^ s.host_cr3 ^ s.pv_cr3) * 37 + s.mode;
    }
    for (size_t i = 0; i < m->nr_domains; i++)
        for (uint32_t v = 0; v < m->domains[i].nr_vcpus; v++) {
            const struct vcpu *u = &m->domains[i].vcpus[v];

            sum = (sum ^ u->kernel_l4 ^ u->user_l4 ^ u->l3 ^ u->ldt_base ^ u->ldt_entries) * 31;
        }
    /* Frames in no order: what is known of each is added. */
    for (size_t i = 0; i < frames_slots(m->frames); i++) {
        const struct frame_info *f = frames_at(m->frames, i, &frame);

        if (f && f->count)
            sum += (f->count * 3 + f->type_count * 7 + f->type * 11u + f->flags * 13u +
                    (uint64_t)(int64_t)f->linear * 17 + f->stamp * 19u) *
                   (frame * 2 + 1) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return sum;
}
