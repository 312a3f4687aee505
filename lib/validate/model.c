/*
 * model.c - a machine as the model has it: states narrowed once, and the memory of a case.
 *
 * Memory is flat, and is never cleared.  Beside it stands for every four bytes which case
 * planted them, so that a walk that strays to what is left of another case finds no memory.
 */
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

/* --- Memory -------------------------------------------------------------------------------- */

static bool read_planted(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct model *m = (const struct model *)(const void *)self;

    if (at - PROBE_WINDOW > PROBE_WINDOW_SIZE - size)
        return false;
    for (uint64_t dword = at & ~UINT64_C(3); dword < at + size; dword += 4)
        if (planted(m, dword) < 0)
            return false;
    memcpy(buf, m->bytes + (at - PROBE_WINDOW), size);
    return true;
}

void model_mark(struct model *m)
{
    const struct case_view *c = &m->c;

    if (m->marked == m->epoch)
        return;
    m->marked = m->epoch;
    for (uint32_t i = 0; i < c->head->nr_words && i < CASE_WORDS; i++) {
        uint64_t at = word_address(&c->words[i]) - PROBE_WINDOW;

        if (at > PROBE_WINDOW_SIZE - 8)
            continue;
        m->mark[at / 4] = m->epoch * MARK + i;
        if (!(c->words[i].at & WORD_IS_32))
            m->mark[at / 4 + 1] = m->epoch * MARK + i;
    }
}

static void plant(struct model *m, const struct blob_word *w)
{
    uint64_t at = word_address(w) - PROBE_WINDOW;

    if (likely(at <= PROBE_WINDOW_SIZE - 8))
        memcpy(m->bytes + at, &w->value, w->at & WORD_IS_32 ? 4 : 8);
}

void model_unload(struct model *m)
{
    for (uint32_t i = 0; i < m->c.head->nr_words && i < CASE_WORDS; i++)
        if (!(m->c.words[i].at & WORD_LATE))
            plant(m, &m->c.words[i]);
}

void model_load(struct model *m, const struct readied *r, bool walked)
{
    bool registers = r->mode == MODE_PAE && !is_npt(r->state.stage) && !walked;

    for (uint32_t i = 0; i < m->c.head->nr_words && i < CASE_WORDS; i++) {
        const struct blob_word *w = &m->c.words[i];
        uint64_t in_pdpt = word_address(w) - r->first.root % PROBE_GUEST_SPAN;

        if (w->at & WORD_LATE && !(registers && in_pdpt < 32))
            plant(m, w);
    }
}

void model_plant(struct model *m, const struct case_view *c)
{
    m->c = *c;
    m->epoch++;
    m->late = false;
    if (m->epoch == UINT32_MAX / MARK) {
        memset(m->mark, 0, PROBE_WINDOW_SIZE);
        m->epoch = 1;
        m->marked = 0;
    }
    memset(m->of, 0, min_u64(c->head->nr_states, CASE_STATES) * sizeof(m->of[0]));
    for (uint32_t i = 0; i < c->head->nr_words && i < CASE_WORDS; i++) {
        if (likely(!(c->words[i].at & WORD_LATE)))
            plant(m, &c->words[i]);
        else
            m->late = true;
    }
}

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

    if (!r->made || memcmp(&r->key, key, sizeof(*key)) != 0) {
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
    if (r->used_in == m->epoch && memcmp(&r->state, &e, sizeof(e)) != 0)
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
    uint64_t table = r->first.root, entry;

    /* The image of a guest takes them from where its root is in the machine. */
    if (r->state.stage == STAGE_EPT)
        table = table % PROBE_GUEST_SPAN;
    for (unsigned int i = 0; i < 4; i++)
        if (xenpt_read(&m->flat, table + i * 8, &entry, 8) &&
            xenpt_entry_role(&r->first, 3, entry) == XENPT_MALFORMED)
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
        m->mark = calloc(PROBE_WINDOW_SIZE / 4, sizeof(*m->mark));
        m->bytes = calloc(PROBE_WINDOW_SIZE, 1);
        m->ready = calloc(MODEL_STATES, sizeof(*m->ready));
    }
    if (!m || !m->mark || !m->bytes || !m->ready) {
        model_destroy(m);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the model's machine");
    }
    m->strict = (struct xenpt_reader){ .read = read_planted, .held = XENPT_HELD_BEHIND_CALL };
    m->flat = xenpt_reader_flat(m->bytes, PROBE_WINDOW, PROBE_WINDOW_SIZE);
    make_hosts(m);
    *ret = m;
    return XENPT_OK;
}

void model_destroy(struct model *m)
{
    if (!m)
        return;
    free(m->mark);
    free(m->bytes);
    free(m->ready);
    free(m);
}
