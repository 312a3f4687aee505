/*
 * oracle_2d.c - every address that a guest's walk uses is guest-physical, and translated.
 *
 * Intel SDM, vol. 3, "EPT Translation Mechanism" and "EPT Violations"; AMD APM, vol. 2,
 * "Nested Table Walk".  In which order an access that fails at its end has set flags on its
 * way is partly open; the order here is the one that nested.h states as its model.
 */
#include "oracle/oracle_2d.h"

/* A walk under way. */
struct journey {
    const struct oracle_second *s;
    const struct oracle_memory *m;
    struct oracle_walk2 *w;
    struct oracle_verdict *v;
    bool pae_registers; /* PDPTEs are in registers: CR3's load has read them. */
};

static void take_updates(struct journey *j, const struct oracle_verdict *from, bool free)
{
    for (unsigned int i = 0; i < from->nr_updates; i++) {
        struct oracle_update *u = &j->v->update[j->v->nr_updates++];

        *u = from->update[i];
        if (free) {
            u->free |= u->set;
            u->set = 0;
            j->v->free_because = "the A flags of a PDPTE load are MOV to CR3's, not this access's";
        }
    }
}

/* The second stage refuses its walk number @which: software sees what @from says. */
static void refused_by_second(struct journey *j, const struct oracle_verdict *from,
                              unsigned int which)
{
    struct oracle_verdict *v = j->v;

    v->allowed = false;
    v->rules = from->rules;
    v->second = true;
    v->which = which;
    v->kind = from->kind;
    v->vector = from->vector;
    v->code = from->code;
    v->code_free = from->code_free;
    v->address = from->address;
    v->fault_free = from->fault_free;
    if (from->free_because)
        v->free_because = from->free_because;
}

/* What an access to an entry of a guest's table is to the second stage. */
static struct oracle_guest_access table_access(const struct journey *j, unsigned int level)
{
    struct oracle_guest_access a = { .write = true, .table = true }; /* AMD: a user write. */

    if (!j->s->ept)
        return a;
    a = oracle_table_access_ept(j->s);
    if (j->pae_registers && level == 3) {
        a.write = false; /* "Accessed and Dirty Flags for EPT": PDPTE loads are but reads. */
        a.no_linear_address = true;
    }
    return a;
}

/* Translates the address of a guest's entry; an oracle_tables::locate. */
static bool locate(void *ctx, uint64_t address, unsigned int level, uint64_t *where)
{
    struct journey *j = (struct journey *)ctx;
    struct oracle_walk *second = &j->w->second[j->w->nr_second];
    struct oracle_guest_access access = table_access(j, level);
    struct oracle_verdict v;

    oracle_walk_second(j->s, j->m, address, second);
    oracle_judge_second(j->s, &access, second, &v);
    if (!access.no_linear_address)
        j->w->references += second->references;
    if (!v.allowed) {
        refused_by_second(j, &v, j->w->nr_second++);
        oracle_refuse(j->v, XENPT_RULE_TABLE);
        return false;
    }
    take_updates(j, &v, access.no_linear_address);
    j->w->entry_at[j->w->nr_second++] = second->out;
    *where = second->out;
    return true;
}

/* The walk of a guest's entry at guest-physical @at. */
static unsigned int entry_number(const struct oracle_walk2 *w, uint64_t at, unsigned int level)
{
    unsigned int i = 0;

    while (w->guest.entry[i].at != at || w->guest.entry[i].level != level)
        i++;
    return i;
}

/*
 * The guest's own A and D updates are writes to its tables.  "Accessed and Dirty Flags for
 * EPT": without EPT's own flags only they need the right to write, and are data reads too.
 */
static bool guest_updates(struct journey *j, const struct oracle_verdict *guest)
{
    for (unsigned int i = 0; i < guest->nr_updates; i++) {
        struct oracle_update u = guest->update[i];
        unsigned int n = entry_number(j->w, u.at, u.level);

        if (j->s->ept) {
            const struct oracle_guest_access write = { .read = true, .write = true, .table = true };
            struct oracle_verdict v;

            oracle_judge_second(j->s, &write, &j->w->second[n], &v);
            if (!v.allowed) {
                refused_by_second(j, &v, n);
                oracle_refuse(j->v, XENPT_RULE_TABLE);
                return false;
            }
        }
        u.at = j->w->entry_at[n];
        j->v->update[j->v->nr_updates++] = u;
    }
    if (guest->free_because)
        j->v->free_because = guest->free_because;
    return true;
}

/*
 * The page itself.  "If CR0.PG = 0, the translation of every linear address is a user-mode
 * linear address", read/write, and not execute-disabled.
 */
static void page(struct journey *j, const struct xenpt_access *access, bool unpaged)
{
    const struct oracle_walk *guest = &j->w->guest;
    struct oracle_guest_access a = oracle_page_access(access,
                                                      unpaged || oracle_user_mode_address(guest));
    struct oracle_walk2 *w = j->w;
    struct oracle_walk *second = &w->second[w->nr_second - 1];
    struct oracle_verdict v;

    a.writable = unpaged || guest->w;
    a.no_execute = !unpaged && !guest->xs;
    a.translation_known = true;
    oracle_judge_second(j->s, &a, second, &v);
    if (!v.allowed)
        refused_by_second(j, &v, w->nr_second - 1);
    else
        take_updates(j, &v, false);
}

/* A second stage refuses; but memory that is not there is nobody's refusal. */
static enum xenpt_outcome refusal(const struct oracle_walk *second)
{
    return second->end == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;
}

/* The existence of a translation: of the page, if the guest has one. */
static void conclude_walk(struct journey *j)
{
    struct oracle_walk2 *w = j->w;
    struct oracle_walk *second;

    w->references += w->guest.references;
    if (w->guest.end == XENPT_SECOND_STAGE)
        w->guest.end = refusal(&w->second[w->nr_second - 1]);
    w->end = w->guest.end;
    if (w->guest.end != XENPT_MAPPED)
        return;
    second = &w->second[w->nr_second++];
    oracle_walk_second(j->s, j->m, w->guest.out, second);
    w->references += second->references;
    if (second->end != XENPT_MAPPED) {
        w->end = refusal(second);
        return;
    }
    w->end = XENPT_MAPPED;
    w->out = second->out;
    w->page_size = second->page_size;
    if (w->guest.page_size != 0 && w->guest.page_size < w->page_size)
        w->page_size = w->guest.page_size;
}

void oracle_2d(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
               const struct oracle_second *s, const struct oracle_memory *m,
               const struct xenpt_access *access, uint64_t in, struct oracle_walk2 *w,
               struct oracle_verdict *v)
{
    bool unpaged = oracle_mode(regs) == ORACLE_NO_PAGING;
    bool registers = oracle_mode(regs) == ORACLE_PAE && s->ept;
    struct journey j = { s, m, w, v, registers };
    const struct oracle_tables t = { m, locate, &j, !s->ept };
    struct oracle_verdict guest, so_far;

    *w = (struct oracle_walk2){ 0 };
    *v = (struct oracle_verdict){ .allowed = true };
    oracle_walk_ia(cpu, regs, &t, in, &w->guest);
    conclude_walk(&j);
    if (!v->allowed) /* A table was out of reach. */
        return;

    oracle_judge_ia(cpu, regs, &t, access, &w->guest, &guest);
    if (!guest.allowed) {
        so_far = *v;
        *v = guest;
        v->nr_updates = so_far.nr_updates;
        for (unsigned int i = 0; i < so_far.nr_updates; i++)
            v->update[i] = so_far.update[i];
        return;
    }
    if (guest_updates(&j, &guest))
        page(&j, access, unpaged);
}
