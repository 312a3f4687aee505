/*
 * explain_areas.c - why an entry below the root is there: by what fills the area that its address
 * belongs to; see explain.h.
 */
#include <string.h>

#include "xen/explain.h"

/* The per-domain slot of an XPTI root is that of the domain that ran last: 64-bit PV, or not. */
const struct xenpt_part *explain_part(const struct question *x)
{
    const struct xenpt_part *p = xenpt_area_part_at(x->area, x->of->kind, x->in), *other;

    if (x->of->kind != XENPT_ROOT_XPTI || (p && explain_flags_are(x, p->leaf)))
        return p;
    other = xenpt_area_part_at(x->area, XENPT_ROOT_PV32, x->in);
    return other && explain_flags_are(x, other->leaf) ? other : p;
}

/* Flags of entries that lead to tables of an area, at this level. */
static uint64_t table_flags(const struct question *x)
{
    uint64_t flags = 0;

    for (const struct xenpt_area *up = x->area; up && !flags; up = up->inside)
        flags = up->table[x->q->level];
    return flags;
}

static bool table_of(struct question *x)
{
    const struct xenpt_area *a = x->area;
    bool demand = a->fill == XENPT_FILL_DEMAND || a->fill == XENPT_FILL_FIXED;
    uint64_t flags = table_flags(x);

    if (a->fill == XENPT_FILL_RAM && x->q->in - a->first < a->boot_tables)
        return explain_expected(x, RULE_BOOT_TABLE);
    if (!x->expected && x->q->entry & ENTRY_P && demand) {
        explain_say(x, RULE_TABLE, flags | (x->q->entry & ENTRY_ADDR));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
    } else {
        explain_expected(x, RULE_TABLE);
    }
    x->ret->may_be_absent |= demand;
    return true;
}

/* Whether a stack that this page is part of would have a guard there: stacks are aligned. */
static bool may_guard(const struct xenpt_layout_stack *stack, uint64_t maddr)
{
    return stack->pages && stack->guards >> (maddr >> XENPT_PAGE_SHIFT & (stack->pages - 1u)) & 1;
}

static bool directmap(struct question *x)
{
    const struct xenpt_layout_stack *stack = &x->m->layout->stack;
    const struct xenpt_part *alias = xenpt_area_part(x->area, "text-alias");
    uint64_t maddr = x->q->in - x->area->first;
    uint64_t text = x->m->image.phys + x->m->layout->image.start;

    if (x->part && x->part->whole)
        return explain_expected(x, RULE_DIRECTMAP_BOOT);
    if (alias && maddr >= text && maddr < x->m->image.phys + x->m->image.d.rodata_end)
        return explain_expected(x, RULE_TEXT_ALIAS);
    if (x->q->level > 1 && entry_is_leaf(x->q->entry, x->q->level) && x->expected &&
        !entry_is_leaf(x->expected, x->q->level)) {
        /* A stack of ours splits it; the page would be like its neighbours. */
        explain_say(x, RULE_DIRECTMAP, maddr | x->area->leaf | ENTRY_PS);
        x->ret->one_of_several = true;
        return true;
    }
    if (x->q->level > 1 || !may_guard(stack, maddr))
        return explain_expected(x, RULE_DIRECTMAP);
    if (x->expected && stack->guard_leaf && explain_flags_are(x, stack->guard_leaf) &&
        (x->expected ^ stack->guard_leaf) & ENTRY_RW) {
        explain_say(x, RULE_STACK_GUARD, maddr | stack->guard_leaf);
        x->ret->one_of_several = true;
        return true;
    }
    if (stack->guard_leaf && x->expected && !(x->expected & ENTRY_RW)) {
        bool other = x->q->entry & ENTRY_RW;

        explain_say(x, RULE_STACK_GUARD, other ? maddr | x->area->leaf : x->expected);
        x->ret->one_of_several = other;
        return true;
    }
    if (!stack->guard_leaf && ram_all(x->m, maddr >> XENPT_PAGE_SHIFT, maddr >> XENPT_PAGE_SHIFT)) {
        /* A guard page here or there. */
        explain_say(x, x->expected ? RULE_DIRECTMAP : RULE_STACK_GUARD,
                    x->expected || !(x->q->entry & ENTRY_P) ? x->expected : maddr | x->area->leaf);
        x->ret->may_be_absent = true;
        x->ret->one_of_several = !x->expected != !(x->q->entry & ENTRY_P);
        return true;
    }
    return explain_expected(x, RULE_DIRECTMAP);
}

static bool image(struct question *x)
{
    const struct xenpt_image_sections *d = &x->m->image.d;
    uint64_t at = x->q->in - x->area->first, end = d->data_end;

    if (!x->m->layout->image.sections)
        return explain_expected(x, RULE_IMAGE);
    if (x->m->layout->image.livepatch == XENPT_LIVEPATCH_ROUNDED)
        end = (end + level_size(2) - 1) & ~(level_size(2) - 1);
    if (x->m->layout->image.livepatch != XENPT_LIVEPATCH_NONE && at == end)
        return explain_expected(x, RULE_LIVEPATCH);
    if (x->part && x->part->leaf)
        return explain_expected(x, RULE_IMAGE_PART);
    if (at >= d->data_end)
        return explain_kind(x, RULE_DEMAND, x->area->leaf);
    if (at < d->text_end)
        return explain_expected(x, RULE_TEXT);
    return explain_expected(x, at < d->rodata_end ? RULE_RODATA : RULE_DATA);
}

static bool has_l4_window(const struct question *x)
{
    return x->of->kind == XENPT_ROOT_XPTI || (x->of->domain && x->of->domain->xpti);
}

static bool is_loaded(const struct xenpt_machine *m, const struct domain *d, uint64_t vcpu)
{
    for (uint32_t i = 0; i < m->nr_cpus; i++)
        if (m->cpus[i].loaded && m->cpus[i].domain == d->id && m->cpus[i].vcpu == vcpu)
            return true;
    return false;
}

/* A vCPU that has never run has none; of one that does not run now it is not known. */
static bool gdt_xen(struct question *x, uint64_t leaf)
{
    const struct domain *d = x->of->domain;
    uint64_t stride = x->area->repeat.stride;
    bool ret = explain_kind(x, RULE_GDT_XEN, leaf);

    if (d && stride && !is_loaded(x->m, d, (x->in - x->area->first) / stride))
        x->ret->may_be_absent = true;
    return ret;
}

/*
 * Until 4.20 a page of an LDT is mapped by the guest's own entry with RW, whatever flags it has
 * there: a kernel's page has bit 52, one of user mode G.  That entry has US always if the guest is
 * a 64-bit one, where Xen adds it (pv/mm.h, adjust_guest_l1e); a 32-bit one has it or not.  An XPTI
 * root has the area of whichever ran on its CPU.
 */
static bool ldt(struct question *x, uint64_t leaf)
{
    const struct xenpt_part *of_64 = xenpt_area_part(x->area, "ldt");
    uint64_t us = x->expected && x->of->kind == XENPT_ROOT_XPTI ? x->expected : leaf;
    bool ret = explain_kind(x, RULE_LDT, leaf);

    if (of_64 && of_64->leaf & ENTRY_US && x->q->entry & ENTRY_P)
        x->ret->may_differ |= ~(ENTRY_ADDR | ENTRY_P | ENTRY_RW | (us & ENTRY_US));
    return ret;
}

static bool fixed(struct question *x)
{
    static const struct {
        const char *area, *part;
        enum rule_id rule;
    } rows[] = {
        { "stubs", NULL, RULE_STUB },
        { "low-identity", NULL, RULE_TRAMPOLINE },
        { "fixmap", "io-apic", RULE_FIXMAP_DEVICE },
        { "fixmap", "local-apic", RULE_FIXMAP_DEVICE },
        { "argument-translation", NULL, RULE_ARGUMENTS },
        { "mapcache", NULL, RULE_MAPCACHE },
        { "mapcache-in-use", NULL, RULE_MAPCACHE },
        { "mapcache-garbage", NULL, RULE_MAPCACHE },
        { "gdt-ldt", "gdt", RULE_GDT },
        { "gdt-ldt", "gdt-xen", RULE_GDT_XEN },
        { "gdt-ldt", "gdt-end", RULE_L4_WINDOW },
        { "gdt-ldt", "ldt", RULE_LDT },
        { "gdt-ldt", "ldt-pv32", RULE_LDT },
        { "fixmap", NULL, RULE_FIXMAP },
    };
    const struct xenpt_part *unused = xenpt_area_part(x->area, "gdt-unused");
    enum rule_id id = RULE_NOTHING;
    uint64_t leaf = x->part ? x->part->leaf : x->area->leaf;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && id == RULE_NOTHING; i++)
        if (!strcmp(rows[i].area, x->area->name) &&
            (!rows[i].part || (x->part && !strcmp(rows[i].part, x->part->name))))
            id = rows[i].rule;
    if (id == RULE_GDT && unused && explain_flags_are(x, unused->leaf)) {
        explain_say(x, RULE_GDT_UNUSED, x->m->zero_page | unused->leaf);
        x->ret->one_of_several = x->expected != x->ret->entry;
        return true;
    }
    if (id == RULE_GDT && x->q->entry & ENTRY_P &&
        (!x->expected || (unused && !((x->expected ^ unused->leaf) & ~ENTRY_ADDR)))) {
        explain_say(x, RULE_GDT, leaf | (x->q->entry & ENTRY_ADDR));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return true;
    }
    if (id == RULE_GDT_XEN)
        return gdt_xen(x, leaf);
    if (id == RULE_LDT)
        return ldt(x, leaf);
    if (id == RULE_L4_WINDOW)
        leaf = has_l4_window(x) && unused ? unused->leaf : 0;
    if (id == RULE_TRAMPOLINE)
        return explain_kind(x, id, (x->area->leaf & ~ENTRY_ADDR));
    return explain_kind(x, id, leaf);
}

/* A table of smaller pages where one page is expected: if there may be one, it is led to as all
 * tables of the area are. */
static void in_pieces(struct question *x)
{
    uint64_t flags = table_flags(x);

    if (!x->ret->may_be_split || !flags || x->q->level == 1 || !(x->q->entry & ENTRY_P) ||
        entry_is_leaf(x->q->entry, x->q->level) || !entry_is_leaf(x->ret->entry, x->q->level))
        return;
    explain_say(x, RULE_TABLE, flags | (x->q->entry & ENTRY_ADDR));
    x->ret->frame = XENPT_FRAME_ANY;
    x->ret->one_of_several = true;
}

static bool explain_page(struct question *x)
{
    const struct xenpt_area *a = x->area;
    bool own = x->of->kind == XENPT_ROOT_XPTI &&
               (a->fill == XENPT_FILL_RAM || a->fill == XENPT_FILL_IMAGE ||
                !strcmp(a->name, "stubs"));
    bool leaf;

    if (own)
        return explain_xpti(x);
    leaf = x->expected ? entry_is_leaf(x->expected, x->q->level)
                       : entry_is_leaf(x->q->entry, x->q->level) || x->q->level == 1;
    if (a->fill == XENPT_FILL_SHADOW)
        return explain_expected(x, RULE_SHADOW);
    if (a->fill == XENPT_FILL_M2P && a->inside && a->inside->fill == XENPT_FILL_GUEST)
        return explain_expected(x, RULE_COMPAT_M2P_WINDOW);
    if (a->fill == XENPT_FILL_RAM && x->q->level < 4 && entry_is_leaf(x->q->entry, x->q->level) &&
        !leaf)
        return directmap(x);
    if (!leaf)
        return table_of(x);
    switch (a->fill) {
    case XENPT_FILL_RAM:
        return directmap(x);
    case XENPT_FILL_M2P:
        return explain_expected(x, RULE_M2P);
    case XENPT_FILL_FRAMETABLE:
        return explain_expected(x, RULE_FRAMETABLE);
    case XENPT_FILL_MMCFG:
        return explain_expected(x, RULE_MMCFG);
    case XENPT_FILL_IMAGE:
        return image(x);
    case XENPT_FILL_FIXED:
        return fixed(x);
    case XENPT_FILL_DEMAND:
        return explain_kind(x, RULE_DEMAND, a->leaf);
    default:
        return explain_expected(x, RULE_NOTHING);
    }
}

bool explain_area(struct question *x)
{
    bool ret = explain_page(x);

    in_pieces(x);
    return ret;
}
