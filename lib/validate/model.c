/* model.c - a machine as the model has it: states narrowed once; its memory is in window.c. */
#include "validate/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define GP   13
#define PAGE UINT64_C(4096)

/* What the MMU does after VM entries that fail: SDM vol. 3, "VM-Entry Failures During or After
 * Loading Guest State" (basic exit reason 33, with bit 31) and "VM-Instruction Error Numbers"
 * (7: invalid control fields); APM vol. 2, "Canonicalization and Consistency Checks"
 * (VMEXIT_INVALID). */
#define ENTRY_GUEST_STATE 0x80000021u
#define ENTRY_CONTROLS    7u
#define ENTRY_SVM         0xffffffffu

/* --- States -------------------------------------------------------------------------------- */

struct xenpt_access access_of(const struct blob_access *a)
{
    static const enum xenpt_access_kind kinds[] = {
        [ACCESS_READ] = XENPT_READ,
        [ACCESS_WRITE] = XENPT_WRITE,
        [ACCESS_RMW] = XENPT_WRITE,
        [ACCESS_FETCH] = XENPT_FETCH,
    };

    return (struct xenpt_access){ .kind = kinds[a->kind & 3], .cpl = a->cpl, .ac = a->ac };
}

void make_ask(struct readied *r, const struct blob_access *a, struct xenpt_ask *ret)
{
    struct xenpt_access access = access_of(a);

    xenpt_ask_init(ret, &r->first, &access);
}

static void refuse(struct readied *r, uint8_t outcome, uint8_t vector, uint32_t code)
{
    r->refused = true;
    r->outcome = outcome;
    r->vector = vector;
    r->code = code;
}

void model_narrow(const struct model *m, const struct blob_state *s, struct readied *r)
{
    struct xenpt_regs regs = {
        .cr0 = s->cr0, .cr3 = s->cr3, .cr4 = s->cr4, .efer = s->efer, .pkru = s->pkru, .pat = s->pat
    };

    *r = (struct readied){ .state = *s, .mode = mode_of(s) };
    regs.efer &= ~XENPT_EFER_LMA;
    if (regs.efer & XENPT_EFER_LME && regs.cr0 & XENPT_CR0_PG)
        regs.efer |= XENPT_EFER_LMA;
    if (s->stage == STAGE_EPT && xenpt_paging_init_ept(&r->second, &m->cpu, s->second, NULL))
        refuse(r, RESULT_ENTRY, 0, ENTRY_CONTROLS);
    else if (is_npt(s->stage) &&
             xenpt_paging_init_npt(&r->second, &m->cpu, &m->host[s->stage], s->second, NULL))
        refuse(r, RESULT_ENTRY, 0, ENTRY_SVM);
    else if (xenpt_paging_init(&r->first, &m->cpu, &regs, NULL)) {
        if (s->stage == STAGE_NATIVE)
            refuse(r, RESULT_LOAD, GP, 0);
        else
            refuse(r, RESULT_ENTRY, 0, s->stage == STAGE_EPT ? ENTRY_GUEST_STATE : ENTRY_SVM);
    }
}

/*
 * What of a state makes a difference to paging.  States that are equal in it share a slot, so
 * that there are few: a state's tables and masks are to stay in the processor's cache.
 */
static struct blob_state essence(const struct xenpt_cpu *cpu, const struct blob_state *s)
{
    bool long_mode = s->efer & XENPT_EFER_LME;
    struct blob_state e = { .cr0 = s->cr0,
                            .cr3 = s->cr3,
                            .cr4 = s->cr4 & ~XENPT_CR4_PGE,
                            .efer = s->efer,
                            .second = s->second,
                            .stage = s->stage };

    if (s->cr4 & XENPT_CR4_PAE)
        e.cr4 &= ~XENPT_CR4_PSE;
    if (s->cr4 & XENPT_CR4_PKE && long_mode)
        e.pkru = s->pkru;
    /* Where it may be set, it says what the bits are that are clear here. */
    if (cpu->pcid && long_mode && s->cr0 & XENPT_CR0_PG &&
        !(s->cr3 & (XENPT_CR3_NOFLUSH | (PAGE - 1))))
        e.cr4 &= ~XENPT_CR4_PCIDE;
    return e;
}

/* Whether a root is an address in every format and for every processor, and says no more. */
static bool is_plain(uint64_t root)
{
    return root < UINT32_MAX && !(root & (PAGE - 1));
}

/* The same without roots, which are put in for each case. */
static struct blob_state without_roots(const struct blob_state *e)
{
    struct blob_state key = *e;

    if (is_plain(e->cr3))
        key.cr3 = 0;
    if (e->stage == STAGE_EPT && is_plain(e->second & ~(PAGE - 1)))
        key.second &= PAGE - 1;
    else if (is_npt(e->stage) && is_plain(e->second))
        key.second = 0;
    return key;
}

static void put_roots(struct readied *r, const struct blob_state *e)
{
    if (e->cr3 != r->key.cr3)
        r->first.root = r->first.regs.cr3 = e->cr3;
    if (e->second != r->key.second)
        r->second.root = e->second & ~(PAGE - 1);
    r->state = *e;
}

/* memcmp(), without the call: there are few states, and each case names some of them. */
static bool is_same(const struct blob_state *a, const struct blob_state *b)
{
    return !((a->cr0 ^ b->cr0) | (a->cr3 ^ b->cr3) | (a->cr4 ^ b->cr4) | (a->efer ^ b->efer) |
             (a->pat ^ b->pat) | (a->second ^ b->second) | (a->pkru ^ b->pkru) |
             (a->stage ^ b->stage));
}

static unsigned int hash(const struct blob_state *s)
{
    const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h = (s->cr4 ^ s->cr0 << 32 ^ s->second << 24) * k;

    h = ((h ^ h >> 32) + (s->efer ^ (uint64_t)s->pkru << 32 ^ s->cr3 << 4)) * k;
    return (unsigned int)(h >> 52);
}

static struct readied *slot_for(struct model *m, const struct blob_state *key)
{
    struct readied *r = &m->ready[hash(key) % MODEL_STATES];

    if (!r->made || !is_same(&r->key, key)) {
        model_narrow(m, key, r);
        r->key = *key;
        r->made = true;
        /* Whoever had this slot has lost it. */
        memset(m->of, 0, sizeof(m->of));
    }
    return r;
}

struct readied *ready_state(struct model *m, unsigned int state)
{
    static const struct blob_state none = { 0 };
    const struct blob_state *s = state < m->c.head->nr_states ? &m->c.states[state] : &none;
    struct blob_state e = essence(&m->cpu, s), key = without_roots(&e);
    struct readied *r = slot_for(m, &key);

    /* Another state of this case has it, with other roots. */
    if (r->used_in == m->epoch && !is_same(&r->state, &e))
        r = slot_for(m, &e);
    r->used_in = m->epoch;
    put_roots(r, &e);
    if (state < CASE_STATES)
        m->of[state] = r;
    return r;
}

/*
 * SDM vol. 3, "PDPTE Registers": reserved bits in any of the four that is present refuse the
 * load.  Only guests of nested paging have them read at each walk: APM vol. 2, 15.25.10.
 */
static bool bad_pdpte(const struct model *m, const struct readied *r)
{
    const struct xenpt_level *lv = &r->first.format.level[3];
    uint64_t table = r->first.root, entry[4] = { 0 };

    /* The image of a guest takes them from where its root is in the machine. */
    if (r->state.stage == STAGE_EPT)
        table = table % PROBE_GUEST_SPAN;
    if (!xenpt_read(&m->flat, table, entry, sizeof(entry)))
        return false;
    /* Nearly always none has a bit that might be reserved. */
    if (!((entry[0] | entry[1] | entry[2] | entry[3]) & (lv->rsvd_table | lv->rsvd_page)))
        return false;
    for (unsigned int i = 0; i < 4; i++)
        if (xenpt_entry_role(&r->first, 3, entry[i]) == XENPT_MALFORMED)
            return true;
    return false;
}

/*
 * The guest's code is reached through its root and the second stage.  What lies behind the
 * case's own words is the image's and known to be right; a walk that gets there finds no
 * memory here.
 */
static bool unreachable(const struct model *m, const struct readied *r)
{
    const struct xenpt_access access = { .kind = XENPT_FETCH };
    struct xenpt_walk2 walk;
    struct xenpt_verdict2 verdict;

    xenpt_walk2(&r->first, &r->second, &m->strict, harness_address(r->mode), &walk);
    xenpt_judge2(&r->first, &r->second, &walk, &access, &verdict);
    return verdict.rule != XENPT_RULE_NO_MEMORY;
}

bool refuses_load(struct model *m, struct readied *r, struct brief *ret)
{
    if (r->refused) {
        *ret = (struct brief){ .outcome = r->outcome, .vector = r->vector, .code = r->code };
        return true;
    }
    if (r->mode != MODE_PAE || is_npt(r->state.stage))
        return false;
    if (r->pdptes_of != m->epoch) {
        r->pdptes_of = m->epoch;
        r->pdpte_bad = bad_pdpte(m, r);
    }
    if (!r->pdpte_bad)
        return false;
    if (r->state.stage == STAGE_NATIVE)
        *ret = (struct brief){ .outcome = RESULT_LOAD, .vector = GP };
    else
        *ret = (struct brief){ .outcome = RESULT_ENTRY, .code = ENTRY_GUEST_STATE };
    return true;
}

bool loses_stub(struct model *m, struct readied *r)
{
    if (r->state.stage == STAGE_NATIVE)
        return false;
    if (r->stub_of != m->epoch) {
        r->stub_of = m->epoch;
        r->stub_lost = unreachable(m, r);
    }
    return r->stub_lost;
}

/* --- A machine ----------------------------------------------------------------------------- */

/* As the images are: NX is by EFER.NXE, which 2-level entries have no use for. */
static void make_hosts(struct model *m)
{
    for (uint32_t s = STAGE_NPT; s < NR_STAGES; s++) {
        m->host[s].cr0 = XENPT_CR0_PE | XENPT_CR0_WP | XENPT_CR0_PG;
        m->host[s].cr4 = s == STAGE_NPT_2LEVEL ? XENPT_CR4_PSE : XENPT_CR4_PAE;
        m->host[s].efer = m->cpu.nx ? XENPT_EFER_NXE : 0;
    }
    m->host[STAGE_NPT].efer |= XENPT_EFER_LME | XENPT_EFER_LMA;
}

enum xenpt_code model_create(const struct xenpt_cpu *cpu, struct model **ret,
                             struct xenpt_error *err)
{
    struct model *m = calloc(1, sizeof(*m));

    if (m) {
        m->cpu = *cpu;
        m->ready = calloc(MODEL_STATES, sizeof(*m->ready));
    }
    if (!m || !m->ready || !window_open(m)) {
        model_destroy(m);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the model's machine");
    }
    make_hosts(m);
    *ret = m;
    return XENPT_OK;
}

void model_destroy(struct model *m)
{
    if (!m)
        return;
    window_close(m);
    free(m->ready);
    free(m);
}
