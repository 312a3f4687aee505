/*
 * oracle_ept.c - "The Extended Page Table Mechanism (EPT)" of the Intel SDM, vol. 3, chapter
 * "VMX Support for Address Translation".
 */
#include "oracle/oracle_second.h"

struct ept {
    const struct oracle_second *s;
    const struct oracle_tables *t;
    struct oracle_walk *w;
};

/* "An EPT entry is present if any of bits 2:0 is 1, or, with mode-based execute, bit 10." */
static bool present(const struct ept *x, uint64_t entry)
{
    return bits(entry, 2, 0) != 0 || (x->s->cpu.ept_mbec && bit(entry, 10));
}

/*
 * "EPT Misconfigurations": what is wrong with a present entry.
 * @mbz   Bits that the entry's own table says must be 0.
 * @leaf  It maps a page, and so has a memory type.
 */
static bool misconfigured(const struct ept *x, uint64_t entry, uint64_t mbz, bool leaf)
{
    bool r = bit(entry, 0);
    bool w = bit(entry, 1);
    bool executable = bit(entry, 2) || (x->s->cpu.ept_mbec && bit(entry, 10));
    uint64_t type = bits(entry, 5, 3);
    uint64_t reserved = mbz | in_place(entry, 51, x->s->cpu.maxphyaddr);

    if (leaf && (type == 2 || type == 3 || type == 7))
        reserved |= in_place(~UINT64_C(0), 5, 3); /* The field as a whole. */
    if (!r && w)
        reserved |= in_place(entry, 1, 1);
    if (!r && executable && !x->s->cpu.ept_exec_only)
        reserved |= in_place(entry, 2, 2) | (x->s->cpu.ept_mbec ? in_place(entry, 10, 10) : 0);
    return oracle_reserved(x->w, reserved);
}

/* "Format of an EPT Page-Table Entry that Maps a 4-KByte Page". */
static void ept_page_table(const struct ept *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t e;

    w->page_size = 4096;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 20, 12) * 8, 8, 1))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(x, e))
        oracle_not_present(w);
    else if (!misconfigured(x, e, 0, true))
        oracle_page(w, bits(e, 51, 12) << 12, 12);
}

/* "... EPT Page-Directory Entry that Maps a 2-MByte Page", "... References an EPT Page Table". */
static void ept_page_directory(const struct ept *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t e;

    w->page_size = UINT64_C(2) << 20;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 29, 21) * 8, 8, 2))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(x, e)) {
        oracle_not_present(w);
    } else if (bit(e, 7) && x->s->cpu.ept_2m_pages) {
        if (!misconfigured(x, e, in_place(e, 20, 12), true))
            oracle_page(w, bits(e, 51, 21) << 21, 21);
    } else if (!misconfigured(x, e, in_place(e, 7, 3), false)) {
        ept_page_table(x, bits(e, 51, 12) << 12);
    }
}

/* "... Page-Directory-Pointer-Table Entry that Maps a 1-GByte Page", "... References ...". */
static void ept_page_directory_pointer_table(const struct ept *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t e;

    w->page_size = UINT64_C(1) << 30;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 38, 30) * 8, 8, 3))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(x, e)) {
        oracle_not_present(w);
    } else if (bit(e, 7) && x->s->cpu.ept_gb_pages) {
        if (!misconfigured(x, e, in_place(e, 29, 12), true))
            oracle_page(w, bits(e, 51, 30) << 30, 30);
    } else if (!misconfigured(x, e, in_place(e, 7, 3), false)) {
        ept_page_directory(x, bits(e, 51, 12) << 12);
    }
}

/* "Format of an EPT PML4 Entry": bits 7:3 are reserved. */
static void ept_pml4(const struct ept *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t e;

    w->page_size = UINT64_C(1) << 39;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 47, 39) * 8, 8, 4))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(x, e))
        oracle_not_present(w);
    else if (!misconfigured(x, e, in_place(e, 7, 3), false))
        ept_page_directory_pointer_table(x, bits(e, 51, 12) << 12);
}

/* "Format of an EPT PML5 Entry": bits 7:3 are reserved. */
static void ept_pml5(const struct ept *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t e;

    w->page_size = UINT64_C(1) << 48;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 56, 48) * 8, 8, 5))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(x, e))
        oracle_not_present(w);
    else if (!misconfigured(x, e, in_place(e, 7, 3), false))
        ept_pml4(x, bits(e, 51, 12) << 12);
}

/* "EPT Translation Mechanism": what is allowed is what every entry used allows. */
static void collect(const struct oracle_second *s, struct oracle_walk *w)
{
    w->r = w->w = w->xs = w->xu = true;
    for (unsigned int i = 0; i < w->nr; i++) {
        uint64_t e = w->entry[i].value;

        w->r = w->r && bit(e, 0);
        w->w = w->w && bit(e, 1);
        w->xs = w->xs && bit(e, 2);
        w->xu = w->xu && bit(e, s->cpu.ept_mbec ? 10 : 2);
    }
}

/* "Extended-Page-Table Pointer (EPTP)": 51:12 the first table, 5:3 its levels less one. */
void oracle_walk_ept(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                     struct oracle_walk *w)
{
    const struct oracle_tables t = { .memory = m };
    const struct ept x = { s, &t, w };
    uint64_t table = bits(s->pointer, 51, 12) << 12;
    unsigned int levels = (unsigned int)bits(s->pointer, 5, 3) + 1;

    *w = (struct oracle_walk){ .in = gpa };
    if (gpa >> (levels == 5 ? 57 : 48))
        w->end = XENPT_TOO_WIDE;
    else if (levels == 5)
        ept_pml5(&x, table);
    else
        ept_pml4(&x, table);
    if (w->end == XENPT_MAPPED)
        collect(s, w);
}

/* What the guest's tables say of the linear address. */
static uint64_t advanced_information(const struct oracle_guest_access *a)
{
    uint64_t q = 0;

    q += a->user_mode_address ? 1u << 9 : 0;
    q += a->writable ? 1u << 10 : 0;
    q += a->no_execute ? 1u << 11 : 0;
    return q;
}

/*
 * "Exit Qualification for EPT Violations": 2:0 the access, 6:3 what the entries allow (nothing
 * if one is not present), 7 there is a linear address, 8 the access is to its translation, 11:9
 * with "advanced VM-exit information" what the guest's tables say of the linear address (user
 * mode, read/write, execute disable), 13 a shadow-stack access, 14 the page is a supervisor
 * shadow-stack page and the EPTP asks.
 */
static uint64_t qualification(const struct oracle_second *s, const struct oracle_guest_access *a,
                              const struct oracle_walk *w)
{
    bool mapped = w->end == XENPT_MAPPED;
    uint64_t q = 0;

    q += a->read ? 1u << 0 : 0;
    q += a->write ? 1u << 1 : 0;
    q += a->fetch ? 1u << 2 : 0;
    q += mapped && w->r ? 1u << 3 : 0;
    q += mapped && w->w ? 1u << 4 : 0;
    q += mapped && w->xs ? 1u << 5 : 0;
    q += mapped && s->cpu.ept_mbec && w->xu ? 1u << 6 : 0;
    q += !a->no_linear_address ? 1u << 7 : 0;
    q += !a->no_linear_address && !a->table ? 1u << 8 : 0;
    if (s->cpu.ept_advanced_info && !a->no_linear_address && !a->table)
        q += advanced_information(a);
    q += !a->table && a->shadow_stack ? 1u << 13 : 0;
    q += mapped && bit(s->pointer, 7) && bit(w->entry[w->nr - 1].value, 60) ? 1u << 14 : 0;
    return q;
}

/*
 * "EPT Violations", of supervisor shadow-stack accesses with EPTP bit 7: bit 0 in all entries,
 * bit 1 in all but the last, bit 60 in the last.
 */
static void supervisor_shadow_stack(const struct oracle_walk *w, struct oracle_verdict *v)
{
    for (unsigned int i = 0; i < w->nr; i++) {
        uint64_t e = w->entry[i].value;

        if (!bit(e, 0)) {
            oracle_refuse(v, XENPT_RULE_READ);
            oracle_refuse(v, XENPT_RULE_SHADOW_STACK);
        }
        if (!w->entry[i].page && !bit(e, 1)) {
            oracle_refuse(v, XENPT_RULE_WRITE);
            oracle_refuse(v, XENPT_RULE_SHADOW_STACK);
        }
        if (w->entry[i].page && !bit(e, 60))
            oracle_refuse(v, XENPT_RULE_SHADOW_STACK);
    }
}

/* "EPT Violations": of an address that has a translation. */
static void violations(const struct oracle_second *s, const struct oracle_guest_access *a,
                       const struct oracle_walk *w, struct oracle_verdict *v)
{
    if (bit(s->pointer, 7) && a->shadow_stack && !a->table && !a->user_mode_access) {
        supervisor_shadow_stack(w, v);
        return;
    }
    if (a->read && !w->r)
        oracle_refuse(v, XENPT_RULE_READ);
    if (a->write && !w->w)
        oracle_refuse(v, XENPT_RULE_WRITE);
    if (a->fetch && !(a->user_mode_address ? w->xu : w->xs))
        oracle_refuse(v, XENPT_RULE_EXECUTE);
}

/* "Accessed and Dirty Flags for EPT": with EPTP bit 6, bit 8 of each entry, bit 9 of the last. */
static void accessed_and_dirty(const struct oracle_second *s, const struct oracle_guest_access *a,
                               const struct oracle_walk *w, struct oracle_verdict *v)
{
    for (unsigned int i = 0; bit(s->pointer, 6) && i < w->nr; i++) {
        const struct oracle_entry *e = &w->entry[i];
        struct oracle_update u = { .at = e->at, .level = e->level, .second = true };

        u.set += !bit(e->value, 8) ? 1u << 8 : 0;
        u.set += e->page && a->write && !bit(e->value, 9) ? 1u << 9 : 0;
        if (u.set)
            v->update[v->nr_updates++] = u;
    }
}

void oracle_judge_ept(const struct oracle_second *s, const struct oracle_guest_access *a,
                      const struct oracle_walk *w, struct oracle_verdict *v)
{
    *v = (struct oracle_verdict){ .allowed = true, .address = w->in };
    if (w->end == XENPT_RESERVED) {
        oracle_refuse(v, XENPT_RULE_EPT_MISCONFIG);
        v->kind = XENPT_FAULT_EPT_MISCONFIG;
        return;
    }
    if (w->end == XENPT_NO_MEMORY) {
        oracle_refuse(v, XENPT_RULE_NO_MEMORY);
        return;
    }
    if (w->end == XENPT_MAPPED)
        violations(s, a, w, v);
    else
        oracle_refuse(v, w->end == XENPT_TOO_WIDE ? XENPT_RULE_TOO_WIDE : XENPT_RULE_NOT_PRESENT);
    if (v->allowed) {
        accessed_and_dirty(s, a, w, v);
        return;
    }
    v->kind = XENPT_FAULT_EPT_VIOLATION;
    v->code = qualification(s, a, w);
    if (s->cpu.ept_advanced_info && !a->table && !a->translation_known) {
        v->code_free = 7u << 9;
        v->free_because = "bits 11:9 tell of guest tables, and only the EPT is looked at";
    }
}

struct oracle_guest_access oracle_table_access_ept(const struct oracle_second *s)
{
    return (struct oracle_guest_access){ .read = true, .write = bit(s->pointer, 6), .table = true };
}
