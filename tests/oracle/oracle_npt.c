/*
 * oracle_npt.c - "Nested Paging" of the AMD APM, vol. 2, chapter "Secure Virtual Machine".
 */
#include "oracle/oracle_ia.h"
#include "oracle/oracle_second.h"

/*
 * "Nested Paging and VMRUN/#VMEXIT": the nested table has the format of the host's own paging
 * mode at VMRUN.  A guest-physical address has no sign: it has to fit.
 */
void oracle_walk_npt(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                     struct oracle_walk *w)
{
    const struct oracle_tables t = { .memory = m, .pdpte_on_demand = true };
    struct xenpt_regs host = s->host;
    enum oracle_mode mode = oracle_mode(&host);
    unsigned int width = mode == ORACLE_4_LEVEL ? 48 : mode == ORACLE_5_LEVEL ? 57 : 32;

    if (gpa >> width) {
        *w = (struct oracle_walk){ .in = gpa, .end = XENPT_TOO_WIDE };
        return;
    }
    host.cr3 = s->pointer;
    /* Extended with copies of its highest bit it is canonical, and picks the same entries. */
    oracle_walk_ia(&s->cpu, &host, &t,
                   width != 32 && bit(gpa, width - 1) ? gpa - (UINT64_C(1) << width) : gpa, w);
    w->in = gpa;
    /* "Nested Table Walk": all of a guest's accesses are user accesses at the nested level. */
    w->r = w->u;
    w->w = w->w && w->u;
    w->xs = w->xu = w->xs && w->u;
    w->u = false;
}

/* "Nested versus Guest Page Faults, Fault Ordering": EXITINFO1. */
static void nested_page_fault(const struct oracle_second *s, const struct oracle_guest_access *a,
                              const struct oracle_walk *w, struct oracle_verdict *v)
{
    bool nxe = bit(s->host.efer, 11) && bit(s->host.cr4, 5);

    v->kind = XENPT_FAULT_NPF;
    v->address = w->in;
    v->code = 4;                                                           /* US */
    v->code += w->end == XENPT_MAPPED || w->end == XENPT_RESERVED ? 1 : 0; /* P */
    v->code += a->write ? 2 : 0;                                           /* RW */
    v->code += w->end == XENPT_RESERVED ? 8 : 0;                           /* RSV */
    v->code += a->fetch && nxe ? 16 : 0;                                   /* ID */
    v->code += a->shadow_stack && !a->table ? 64 : 0;                      /* SS */
    v->code += UINT64_C(1) << (a->table ? 33 : 32);
    if (a->fetch && !nxe) {
        v->code_free = 16;
        v->free_because = "implementations differ on ID where the host has no NX";
    }
    if (w->end == XENPT_TOO_WIDE) {
        v->fault_free = true;
        v->free_because = "no text says what a guest-physical address beyond the nested table's "
                          "width does";
    }
}

/* PAE's PDPTEs have neither rights nor an A flag. */
static bool has_rights(const struct oracle_second *s, const struct oracle_entry *e)
{
    return oracle_mode(&s->host) != ORACLE_PAE || e->level != 3;
}

/* "Nested Table Walk": U/S in all entries; R/W for writes; no NX for fetches. */
static void nested_rights(const struct oracle_second *s, const struct oracle_guest_access *a,
                          const struct oracle_walk *w, struct oracle_verdict *v)
{
    bool nx_exists = oracle_mode(&s->host) != ORACLE_32_BIT;

    for (unsigned int i = 0; i < w->nr; i++) {
        uint64_t e = w->entry[i].value;

        if (!has_rights(s, &w->entry[i]))
            continue;
        if (!bit(e, 2))
            oracle_refuse(v, XENPT_RULE_NPT_USER);
        if (a->write && !bit(e, 1))
            oracle_refuse(v, XENPT_RULE_WRITE);
        if (a->fetch && nx_exists && bit(e, 63))
            oracle_refuse(v, XENPT_RULE_EXECUTE);
    }
}

/* A and D as in any table of the format. */
static void accessed_and_dirty(const struct oracle_second *s, const struct oracle_guest_access *a,
                               const struct oracle_walk *w, struct oracle_verdict *v)
{
    for (unsigned int i = 0; i < w->nr; i++) {
        const struct oracle_entry *e = &w->entry[i];
        struct oracle_update u = { .at = e->at, .level = e->level, .second = true };

        if (!has_rights(s, e))
            continue;
        u.set += !bit(e->value, 5) ? 32 : 0;
        u.set += e->page && a->write && !bit(e->value, 6) ? 64 : 0;
        if (u.set)
            v->update[v->nr_updates++] = u;
    }
}

void oracle_judge_npt(const struct oracle_second *s, const struct oracle_guest_access *a,
                      const struct oracle_walk *w, struct oracle_verdict *v)
{
    *v = (struct oracle_verdict){ .allowed = true, .address = w->in };
    switch (w->end) {
    case XENPT_MAPPED:
        nested_rights(s, a, w, v);
        break;
    case XENPT_NOT_PRESENT:
        oracle_refuse(v, XENPT_RULE_NOT_PRESENT);
        break;
    case XENPT_RESERVED:
        oracle_refuse(v, XENPT_RULE_RESERVED);
        if (!has_rights(s, &w->entry[w->nr - 1]))
            oracle_refuse(v, XENPT_RULE_PDPTE);
        break;
    case XENPT_TOO_WIDE:
        oracle_refuse(v, XENPT_RULE_TOO_WIDE);
        break;
    default:
        oracle_refuse(v, XENPT_RULE_NO_MEMORY);
        return;
    }
    if (v->allowed)
        accessed_and_dirty(s, a, w, v);
    else
        nested_page_fault(s, a, w, v);
}

/* --- Either second stage --------------------------------------------------------------------- */

void oracle_walk_second(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                        struct oracle_walk *w)
{
    if (s->ept)
        oracle_walk_ept(s, m, gpa, w);
    else
        oracle_walk_npt(s, m, gpa, w);
}

void oracle_judge_second(const struct oracle_second *s, const struct oracle_guest_access *access,
                         const struct oracle_walk *w, struct oracle_verdict *v)
{
    if (s->ept)
        oracle_judge_ept(s, access, w, v);
    else
        oracle_judge_npt(s, access, w, v);
}

struct oracle_guest_access oracle_page_access(const struct xenpt_access *access,
                                              bool user_mode_address)
{
    return (struct oracle_guest_access){
        .read = access->kind == XENPT_READ,
        .write = access->kind == XENPT_WRITE,
        .fetch = access->kind == XENPT_FETCH,
        .shadow_stack = access->shadow_stack,
        .user_mode_access = access->cpl == 3 && !access->implicit,
        .user_mode_address = user_mode_address,
    };
}
