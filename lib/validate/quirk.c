/*
 * quirk.c - what the model can be told to do wrong, as some MMU does.
 *
 * Much of what an MMU does wrong is a bit of a format's table that it does not look at, or looks
 * at wrongly.  Then the quirk is a change of the narrowed table, and all else follows.
 */
#include "validate/asking.h"

#define LOW_P     UINT64_C(1)
#define A         UINT64_C(0x20)
#define GLOBAL    UINT64_C(0x100)
#define PDPTE_LOW UINT64_C(0x1e6) /* Bits 8:5 and 2:1. */
#define IN_1G     XENPT_BITS(29, 13)
#define EPTP_AD   XENPT_BIT(6)
#define AC        17
#define PF        14
#define PKRU_AD   1u
#define PKRU_WD   2u

#define EXIT_EPT_VIOLATION 48

static bool is_long(const struct blob_state *s)
{
    return mode_of(s) >= MODE_4LEVEL;
}

static bool last_is_non_canonical(const struct blob_state *s, const struct blob_access *a)
{
    unsigned int unused = s->cr4 & XENPT_CR4_LA57 ? 7 : 16;
    uint64_t last = a->va + size_of(a) - 1;

    return is_long(s) && (uint64_t)((int64_t)(last << unused) >> unused) != last;
}

bool cr3_too_wide(const struct xenpt_cpu *cpu, const struct blob_state *s)
{
    uint64_t cr3 = s->cr3;

    if (s->cr4 & XENPT_CR4_PCIDE)
        cr3 &= ~XENPT_CR3_NOFLUSH;
    return cr3 & ~ones(cpu->maxphyaddr);
}

bool quirk_concerns(enum quirk quirk, const struct xenpt_cpu *cpu, const struct blob_state *state,
                    const struct blob_access *a)
{
    bool two = crosses(a->va, size_of(a)), data = a->kind != ACCESS_FETCH;

    switch (quirk) {
    case QUIRK_TORN_RMW:
        return is_torn(a);
    case QUIRK_EDGE:
        return two && data && is_long(state);
    case QUIRK_PDPTE_WALKED:
    case QUIRK_PDPTE_A:
        return mode_of(state) == MODE_PAE || state->stage == STAGE_NPT_PAE;
    case QUIRK_L4_GLOBAL:
        return cpu->vendor == XENPT_AMD;
    case QUIRK_KEYS:
        return data && is_long(state) && state->cr4 & XENPT_CR4_PKE && state->pkru;
    case QUIRK_GUEST_FLAGS:
    case QUIRK_TABLE_READ:
        return state->stage == STAGE_EPT &&
               !(state->second & EPTP_AD) == (quirk == QUIRK_GUEST_FLAGS);
    case QUIRK_EPT_BIT_12:
        return state->stage == STAGE_EPT;
    case QUIRK_WIDE_CR3:
        return is_npt(state->stage) && cr3_too_wide(cpu, state);
    case QUIRK_WIDE_NCR3:
        return is_npt(state->stage) && state->second & ~ones(cpu->maxphyaddr);
    case QUIRK_SPLIT_FETCH:
        return two && !data;
    case QUIRK_USER_AC:
        return a->cpl == 3 && a->ac && data && a->va & (a->size - 1u);
    case QUIRK_BY_PAGE:
        return two && data && (!a->cpl || last_is_non_canonical(state, a));
    case QUIRK_UPPER_HALF:
    case QUIRK_UPPER_BAD:
        return a->cpl == 3 && a->va >> 63;
    case QUIRK_NXE_BEFORE:
        return state->cr4 & XENPT_CR4_PAE;
    default:
        return true;
    }
}

/* CR3 without the bits that VMRUN should refuse, and pays no heed to. */
static void take_wide_cr3(const struct model *m, const struct readied *r, struct readied *changed)
{
    struct blob_state state = r->state;

    state.cr3 &= ones(m->cpu.maxphyaddr);
    model_narrow(m, &state, changed);
}

static void take_other_nxe(const struct model *m, const struct readied *r, struct readied *changed)
{
    struct blob_state state = r->state;

    state.efer ^= XENPT_EFER_NXE;
    model_narrow(m, &state, changed);
}

struct readied *quirky_state(const struct model *m, unsigned int quirks, const struct readied *r,
                             struct readied *changed)
{
    struct xenpt_format *first = &changed->first.format, *second = &changed->second.format;

    *changed = *r;
    if (quirks & QUIRK(NXE_BEFORE))
        take_other_nxe(m, r, changed);
    if (quirks & QUIRK(WIDE_NCR3) && is_npt(r->state.stage)) {
        struct blob_state state = r->state;

        state.second &= ones(m->cpu.maxphyaddr);
        model_narrow(m, &state, changed);
    }
    if (quirks & QUIRK(WIDE_CR3) && is_npt(r->state.stage) && cr3_too_wide(&m->cpu, &r->state))
        take_wide_cr3(m, r, changed);
    if (quirks & QUIRK(PDPTE_WALKED) && r->mode == MODE_PAE) {
        first->level[3].rsvd_table &= ~PDPTE_LOW;
        first->level[3].in_register = false;
    }
    if (quirks & QUIRK(PDPTE_A) && r->mode == MODE_PAE)
        first->level[3].silent &= ~A;
    if (quirks & QUIRK(PDPTE_WALKED) && r->state.stage == STAGE_NPT_PAE)
        second->level[3].rsvd_table &= ~PDPTE_LOW;
    if (quirks & QUIRK(PDPTE_A) && r->state.stage == STAGE_NPT_PAE)
        second->level[3].silent &= ~A;
    for (unsigned int l = 4; quirks & QUIRK(L4_GLOBAL) && l <= XENPT_TOP_MAX; l++) {
        first->level[l].rsvd_table &= ~GLOBAL;
        if (is_npt(r->state.stage))
            second->level[l].rsvd_table &= ~GLOBAL;
    }
    for (unsigned int l = 2; quirks & QUIRK(EPT_BIT_12) && l <= 3; l++)
        if (r->state.stage == STAGE_EPT)
            second->level[l].rsvd_page &= ~XENPT_BIT(12);
    /* Its keys are weighed by keys_of(), and by nobody else. */
    if (quirks & QUIRK(KEYS))
        changed->first.regs.cr4 &= ~XENPT_CR4_PKE;
    return changed;
}

/* --- The access ---------------------------------------------------------------------------- */

/* A user's fault that has nothing to do with the tables. */
static void fault_above(struct asking *q, uint64_t code)
{
    code |= XENPT_PF_U | (q->access.kind == XENPT_WRITE ? XENPT_PF_W : 0);
    q->ret->result = (struct result){
        .outcome = RESULT_FAULT, .vector = PF, .code = (uint32_t)code, .address = q->a->va
    };
}

bool quirk_first(struct asking *q)
{
    const struct blob_state *s = &q->r->state;
    struct result *r = &q->ret->result;

    if (q->quirks & QUIRK(USER_AC) && quirk_concerns(QUIRK_USER_AC, &q->m->cpu, s, q->a)) {
        *r = (struct result){ .outcome = RESULT_FAULT, .vector = AC };
        return true;
    }
    if (q->quirks & QUIRK(UPPER_BAD) && quirk_concerns(QUIRK_UPPER_BAD, &q->m->cpu, s, q->a)) {
        fault_above(q, XENPT_PF_P | XENPT_PF_RSVD);
        return true;
    }
    if (q->quirks & QUIRK(UPPER_HALF) && quirk_concerns(QUIRK_UPPER_HALF, &q->m->cpu, s, q->a)) {
        fault_above(q, q->access.kind == XENPT_FETCH ? XENPT_PF_I : 0);
        return true;
    }
    if (q->quirks & QUIRK(BY_PAGE) && quirk_concerns(QUIRK_BY_PAGE, &q->m->cpu, s, q->a)) {
        quirk_by_page(q);
        return true;
    }
    return false;
}

/* Keys are looked at before rights, and deny an address whatever it is of. */
static void keys_of(const struct asking *q, uint64_t va, struct part *p)
{
    const struct xenpt_walk *g = &p->walk.guest;
    bool user = q->a->cpl == 3, write = q->access.kind == XENPT_WRITE;
    uint32_t rights;

    if (g->outcome != XENPT_MAPPED || !q->r->first.format.pkey || q->access.kind == XENPT_FETCH)
        return;
    rights = q->r->state.pkru >>
             2 * ((g->step[g->nr_steps - 1].entry & q->r->first.format.pkey) >> 59);
    if (!(rights & PKRU_AD && user) &&
        !(rights & PKRU_WD && write && (user || q->r->state.cr0 & XENPT_CR0_WP)))
        return;
    p->verdict.allowed = p->verdict.second = false;
    p->verdict.rule = XENPT_RULE_PKEY;
    p->verdict.level = g->step[g->nr_steps - 1].level;
    p->verdict.fault = (struct xenpt_fault){ .kind = XENPT_FAULT_PF,
                                             .vector = PF,
                                             .code = XENPT_PF_P | XENPT_PF_PK |
                                                     (write ? XENPT_PF_W : 0) |
                                                     (user ? XENPT_PF_U : 0),
                                             .address = va };
}

/* As if a guest's entries had their flags already, which are then set for all that. */
static void guest_flags_of(const struct asking *q, struct part *p)
{
    const struct xenpt_paging *pg = &q->r->first;
    struct xenpt_walk2 walk = p->walk;
    struct xenpt_update2 set[XENPT_TOP_MAX];
    struct xenpt_verdict2 v;
    unsigned int n = 0;

    for (unsigned int i = 0; i < walk.guest.nr_steps; i++) {
        struct xenpt_step *s = &walk.guest.step[i];
        uint64_t flags = pg->format.accessed & ~pg->format.level[s->level].silent;

        if (s->role == XENPT_PAGE && q->access.kind == XENPT_WRITE)
            flags |= pg->format.dirty;
        if (flags & ~s->entry)
            set[n++] = (struct xenpt_update2){
                { .at = walk.second[i].out, .set = flags & ~s->entry, .level = s->level }, false
            };
        s->entry |= flags;
    }
    xenpt_judge2(pg, &q->r->second, &walk, &q->access, &v);
    /* It is the page that is refused, or nothing: flags have been set by then. */
    if (v.allowed || (v.second && v.which + 1 == walk.nr_second))
        for (unsigned int i = 0; i < n; i++)
            v.update[v.nr_updates++] = set[i];
    p->verdict = v;
}

void quirk_part(struct asking *q, uint64_t va, struct part *p)
{
    const struct xenpt_verdict2 *v = &p->verdict;

    if (q->quirks & QUIRK(GUEST_FLAGS) && q->r->state.stage == STAGE_EPT && v->second &&
        v->rule == XENPT_RULE_WRITE && p->walk.guest.outcome == XENPT_MAPPED &&
        v->which + 1 < p->walk.nr_second)
        guest_flags_of(q, p);
    if (q->quirks & QUIRK(KEYS))
        keys_of(q, va, p);
}

/* --- The result ---------------------------------------------------------------------------- */

/* A of the entry that a walk ended at, if bits 29:13 are all that is the matter with it. */
static void accessed_1g(struct asking *q, const struct xenpt_paging *pg, const struct xenpt_walk *w,
                        uint64_t at)
{
    const struct xenpt_step *s = &w->step[w->nr_steps - 1];

    if (s->level == 3 && s->entry & pg->format.level[3].page_if &&
        !(xenpt_entry_offence(pg, 3, s->entry) & ~IN_1G))
        set_flags(q, at, A & ~s->entry);
}

void quirk_refused(struct asking *q, const struct part *p)
{
    const struct xenpt_walk *w = p->verdict.second ? &p->walk.second[p->verdict.which]
                                                   : &p->walk.guest;
    bool of_guest = q->r->state.stage != STAGE_NATIVE && !p->verdict.second;

    if (q->quirks & QUIRK(RESERVED_A) && p->verdict.rule == XENPT_RULE_RESERVED)
        accessed_1g(q, p->verdict.second ? &q->r->second : &q->r->first, w,
                    of_guest ? p->walk.second[w->nr_steps - 1].out : w->step[w->nr_steps - 1].at);
}

void quirk_result(struct asking *q)
{
    struct result *r = &q->ret->result;

    if (q->quirks & QUIRK(RESERVED_P) && q->ret->rule == XENPT_RULE_RESERVED) {
        if (r->outcome == RESULT_FAULT)
            r->code &= ~(uint32_t)XENPT_PF_P;
        else
            r->value &= ~XENPT_PF_P;
    }
    if (q->quirks & QUIRK(TABLE_READ) && r->outcome == RESULT_EXIT &&
        r->code == EXIT_EPT_VIOLATION && r->value & XENPT_EPTV_LINEAR &&
        !(r->value & XENPT_EPTV_FINAL))
        r->value &= ~XENPT_EPTV_READ;
}
