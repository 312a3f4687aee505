/*
 * oracle_rights.c - may the access go ahead, which fault does it raise, which flags does it
 * set: "Access Rights", "Page-Fault Exceptions" and "Accessed and Dirty Flags" in the chapter
 * on paging of the Intel SDM, vol. 3.  The AMD APM, vol. 2, says the same of what AMD has.
 */
#include "oracle/oracle_ia.h"

/* The access, in the words of the sections. */
struct question {
    const struct xenpt_cpu *cpu;
    enum oracle_mode mode;
    const struct oracle_walk *w;
    bool read, write, fetch;
    bool user_mode_access; /* Else supervisor-mode; implicit ones always are. */
    bool user_mode_address;
    bool shadow_stack;
    bool excused; /* Explicit, with EFLAGS.AC = 1. */
    bool wp, smep, smap, pke, pks, pae, nxe, lma;
    uint32_t pkru, pkrs;
};

static struct question ask(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                           const struct xenpt_access *access, const struct oracle_walk *w)
{
    return (struct question){
        .cpu = cpu,
        .mode = oracle_mode(regs),
        .w = w,
        .read = access->kind == XENPT_READ,
        .write = access->kind == XENPT_WRITE,
        .fetch = access->kind == XENPT_FETCH,
        .user_mode_access = access->cpl == 3 && !access->implicit,
        .user_mode_address = oracle_user_mode_address(w),
        .shadow_stack = access->shadow_stack,
        .excused = access->ac && !access->implicit,
        .wp = bit(regs->cr0, 16),
        .smep = bit(regs->cr4, 20),
        .smap = bit(regs->cr4, 21),
        .pke = bit(regs->cr4, 22),
        .pks = bit(regs->cr4, 24),
        .pae = bit(regs->cr4, 5),
        .nxe = bit(regs->efer, 11),
        .lma = bit(regs->cr4, 5) && bit(regs->efer, 8) && bit(regs->cr0, 31),
        .pkru = regs->pkru,
        .pkrs = regs->pkrs,
    };
}

/* "Protection Keys": AD stops data reads and writes, WD writes, of supervisors if CR0.WP. */
static bool key_forbids(const struct question *q, uint32_t rights)
{
    unsigned int key = (unsigned int)bits(q->w->entry[q->w->nr - 1].value, 62, 59);
    bool ad = bit(rights, 2 * key);
    bool wd = bit(rights, 2 * key + 1);

    return ad || (wd && q->write && (q->user_mode_access || q->wp));
}

/* The same: PKRU speaks of user-mode addresses, IA32_PKRS of supervisor-mode addresses. */
static bool protection_key(const struct question *q)
{
    if (!q->lma || q->fetch)
        return false;
    if (q->user_mode_address)
        return q->pke && key_forbids(q, q->pkru);
    return q->pks && key_forbids(q, q->pkrs);
}

/*
 * "Shadow-Stack Pages": the entry that maps the page has R/W 0 and D 1, and R/W is 1 in every
 * entry above it.
 */
static bool shadow_stack_page(const struct question *q)
{
    for (unsigned int i = 0; i < q->w->nr; i++) {
        const struct oracle_entry *e = &q->w->entry[i];

        if (q->mode == ORACLE_PAE && e->level == 3)
            continue;
        if (e->page ? bit(e->value, 1) || !bit(e->value, 6) : !bit(e->value, 1))
            return false;
    }
    return true;
}

/* "Access Rights": "for shadow-stack accesses" of either mode. */
static void shadow_stack_access(const struct question *q, struct oracle_verdict *v)
{
    if (q->user_mode_access && !q->user_mode_address)
        oracle_refuse(v, XENPT_RULE_USER);
    if (q->user_mode_access != q->user_mode_address || !shadow_stack_page(q))
        oracle_refuse(v, XENPT_RULE_SHADOW_STACK);
}

/* "Access Rights": "for supervisor-mode accesses". */
static void supervisor_mode_access(const struct question *q, struct oracle_verdict *v)
{
    if (q->fetch && q->user_mode_address && q->smep)
        oracle_refuse(v, XENPT_RULE_SMEP);
    if (q->fetch && !q->w->xs)
        oracle_refuse(v, XENPT_RULE_EXECUTE);
    if (!q->fetch && q->user_mode_address && q->smap && !q->excused)
        oracle_refuse(v, XENPT_RULE_SMAP);
    if (q->write && q->wp && !q->w->w)
        oracle_refuse(v, XENPT_RULE_WRITE);
}

/* "Access Rights": "for user-mode accesses". */
static void user_mode_access(const struct question *q, struct oracle_verdict *v)
{
    if (!q->user_mode_address)
        oracle_refuse(v, XENPT_RULE_USER);
    if (q->fetch && !q->w->xs)
        oracle_refuse(v, XENPT_RULE_EXECUTE);
    if (q->write && !q->w->w)
        oracle_refuse(v, XENPT_RULE_WRITE);
}

/* "Page-Fault Exceptions": the flags of the error code that say what the access was. */
static uint64_t access_flags(const struct question *q)
{
    uint64_t code = 0;

    if (q->write)
        code += 2; /* W/R */
    if (q->user_mode_access)
        code += 4; /* U/S */
    if (q->fetch && (q->smep || (q->pae && q->nxe)))
        code += 16; /* I/D */
    if (q->shadow_stack)
        code += 64; /* SS */
    return code;
}

static void page_fault(struct oracle_verdict *v, uint64_t address, uint64_t code)
{
    v->kind = XENPT_FAULT_PF;
    v->vector = 14;
    v->address = address;
    v->code = code;
}

/* "Access Rights" of an address that has a translation; "Page-Fault Exceptions" if not. */
static void rights(const struct question *q, struct oracle_verdict *v)
{
    uint64_t code = access_flags(q) + 1; /* P */

    if (q->shadow_stack)
        shadow_stack_access(q, v);
    else if (q->user_mode_access)
        user_mode_access(q, v);
    else
        supervisor_mode_access(q, v);
    if (protection_key(q)) {
        oracle_refuse(v, XENPT_RULE_PKEY);
        if (!q->user_mode_address && q->user_mode_access) {
            v->code_free = 32;
            v->free_because = "whether a user-mode access to a supervisor-mode address consults "
                              "IA32_PKRS is not settled by any text found";
        } else {
            code += 32; /* PK */
        }
    }
    if (!v->allowed)
        page_fault(v, q->w->in, code);
}

/*
 * "Accessed and Dirty Flags": A in each entry used (not PAE's PDPTEs), D where it maps.  A
 * processor with shadow stacks never sets D where R/W is 0: what is merely read-only would
 * become one.
 */
static void accessed_and_dirty(const struct question *q, struct oracle_verdict *v)
{
    for (unsigned int i = 0; i < q->w->nr; i++) {
        const struct oracle_entry *e = &q->w->entry[i];
        struct oracle_update u = { .at = e->at, .level = e->level };
        bool never_dirty = q->cpu->cet_ss && !bit(e->value, 1);

        if (q->mode == ORACLE_PAE && e->level == 3)
            continue;
        u.set += !bit(e->value, 5) ? 32 : 0;
        u.set += e->page && q->write && !never_dirty && !bit(e->value, 6) ? 64 : 0;
        if (u.set)
            v->update[v->nr_updates++] = u;
    }
}

/*
 * "PDPTE Registers": MOV to CR3 raises #GP(0) for a PDPTE with a reserved bit.  AMD APM, "Legacy
 * PAE" of nested paging: there the walk finds it, and raises #PF.
 */
static void reserved_bit(const struct question *q, bool pdpte_on_demand, struct oracle_verdict *v)
{
    bool pdpte = q->mode == ORACLE_PAE && q->w->nr == 1;

    oracle_refuse(v, pdpte ? XENPT_RULE_PDPTE : XENPT_RULE_RESERVED);
    if (pdpte && !pdpte_on_demand) {
        v->kind = XENPT_FAULT_GP;
        v->vector = 13;
        return;
    }
    if (pdpte)
        oracle_refuse(v, XENPT_RULE_RESERVED);
    page_fault(v, q->w->in, access_flags(q) + 8 + 1); /* RSVD, P */
}

void oracle_judge_ia(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                     const struct oracle_tables *t, const struct xenpt_access *access,
                     const struct oracle_walk *w, struct oracle_verdict *v)
{
    const struct question q = ask(cpu, regs, access, w);

    *v = (struct oracle_verdict){ .allowed = true };
    switch (w->end) {
    case XENPT_MAPPED:
        if (q.mode != ORACLE_NO_PAGING)
            rights(&q, v);
        if (v->allowed)
            accessed_and_dirty(&q, v);
        break;
    case XENPT_NOT_PRESENT:
        oracle_refuse(v, XENPT_RULE_NOT_PRESENT);
        page_fault(v, w->in, access_flags(&q));
        break;
    case XENPT_RESERVED:
        reserved_bit(&q, t->pdpte_on_demand, v);
        break;
    case XENPT_NON_CANONICAL:
        oracle_refuse(v, XENPT_RULE_NON_CANONICAL);
        v->kind = access->stack_segment ? XENPT_FAULT_SS : XENPT_FAULT_GP;
        v->vector = access->stack_segment ? 12 : 13;
        break;
    case XENPT_TOO_WIDE: /* No instruction of a 32-bit mode can make such an address. */
        oracle_refuse(v, XENPT_RULE_TOO_WIDE);
        break;
    default: /* No memory there: the manuals do not know such a thing. */
        oracle_refuse(v, XENPT_RULE_NO_MEMORY);
        break;
    }
}
