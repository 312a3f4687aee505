/*
 * root_kinds.c - what a root is for.
 *
 * Every root begins as a root of any kind, and each rule takes away the kinds that it cannot
 * be.  What a kind has in which slot is the layout's to say; the rules only say how what is
 * there, or is not, bears on it.  A rule that took something away is a reason to give.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "xen/found.h"

#define BIT(kind)   (1u << XENPT_ROOT_##kind)
#define ANY_HOST    (~0u)
#define PV64        (BIT(PV64_KERNEL) | BIT(PV64_USER))
#define ALL_SHADOWS (BIT(PV64_SHADOW) | BIT(SHADOW))

enum xenpt_root_kind root_kind_first(unsigned int kinds)
{
    return (enum xenpt_root_kind)__builtin_ctz(kinds);
}

/* Takes kinds away.  True: that changed something, and left something. */
static bool take(struct found_table *t, unsigned int kinds)
{
    unsigned int left = t->kinds & ~kinds;

    if (left == t->kinds || !left)
        return false;
    t->kinds = left;
    return true;
}

static bool keep(struct found_table *t, unsigned int kinds)
{
    return take(t, ~kinds);
}

/* Kinds that carry what the layout has in a slot; `guest`: and those to which it is the guest's. */
static unsigned int carriers(const struct found *f, unsigned int slot, bool guest)
{
    unsigned int kinds = 0;

    for (unsigned int k = 0; slot != NO_SLOT && XEN_KINDS >> k & 1; k++) {
        struct xenpt_layout_slot s = xenpt_layout_slot(f->layout, (enum xenpt_root_kind)k, ANY_HOST,
                                                       slot);

        if ((s.mapped && !s.guest) || (guest && s.guest))
            kinds |= 1u << k;
    }
    return kinds;
}

/* --- Rules --------------------------------------------------------------------------------- */

static void by_place(const struct found *f, struct found_table *t)
{
    if (t->in_image) {
        if (keep(t, BIT(IDLE)))
            found_say(t, "it lies in Xen's own image, where only the idle table does");
    } else if (f->idle) {
        take(t, BIT(IDLE));
    }
}

/* Whether the slot of an own shadow, or of the root itself, says which of the two it is. */
static void by_linear(const struct found *f, struct found_table *t)
{
    uint64_t self = t->at | ENTRY_P;

    if (slot_lead(t, f->slots.shadow) == self) {
        if (keep(t, BIT(PV64_SHADOW)))
            found_say(t, "slot %u, of the shadow, leads to itself", f->slots.shadow);
        return;
    }
    take(t, BIT(PV64_SHADOW));
    if (slot_lead(t, f->slots.linear) == self)
        take(t, BIT(XPTI));
    else if (keep(t, BIT(XPTI)))
        found_say(t,
                  "it has the guests' M2P (slot %u) and a small Xen of its own (slot %u), and no "
                  "linear page table",
                  f->slots.m2p, f->slots.image);
}

static void say_use(const struct found *f, struct found_table *t, unsigned int slot)
{
    struct xenpt_layout_slot s = xenpt_layout_slot(f->layout, root_kind_first(t->kinds), ANY_HOST,
                                                   slot);

    if (s.guest || !s.area)
        found_say(t, "slot %u is in use, the guest's", slot);
    else
        found_say(t, "slot %u has %s", slot, s.area->name);
}

/* A slot that is in use, and that a kind has no use for. */
static void by_use(const struct found *f, struct found_table *t)
{
    for (unsigned int s = 0; s < XENPT_ROOT_SLOTS; s++)
        if (t->entry[s] & ENTRY_P && keep(t, carriers(f, s, true)))
            say_use(f, t, s);
}

/* The mirror is one entry in two slots; a guest of 64 bits has something else there, if anything.
 */
static void by_mirror(const struct found *f, struct found_table *t)
{
    uint64_t mirror = slot_lead(t, f->slots.mirror), domain = slot_lead(t, f->slots.domain);
    unsigned int kinds = carriers(f, f->slots.mirror, false);

    if (f->slots.mirror == NO_SLOT || !domain)
        return;
    if (mirror == domain) {
        if (keep(t, kinds))
            found_say(t, "slot %u is the same as slot %u", f->slots.mirror, f->slots.domain);
    } else if (take(t, kinds)) {
        found_say(t, "slot %u is not the same as slot %u", f->slots.mirror, f->slots.domain);
    }
}

/* Slots without which a kind is none; the M2P only comes to a kernel's L4 when it is first run. */
static void by_absence(const struct found *f, struct found_table *t)
{
    if (!slot_lead(t, f->slots.shadow))
        take(t, ALL_SHADOWS);
    else if (keep(t, ALL_SHADOWS | BIT(XPTI)))
        found_say(t, "slot %u has a shadow", f->slots.shadow);
    if (!slot_lead(t, f->slots.domain) && !t->in_image && take(t, PV64 | BIT(PV32) | BIT(HAP)))
        found_say(t, "slot %u is empty", f->slots.domain);
    if (!slot_lead(t, f->slots.m2p) && take(t, BIT(PV64_KERNEL) | BIT(IDLE)) && t->kinds & PV64) {
        found_say(t, "slot %u, the guests' M2P, is empty", f->slots.m2p);
        t->confidence = XENPT_LIKELY;
    }
}

/* In a slot of a 32-bit guest's fourth L2 is M2P, which is the supervisor's; a guest of 64 bits has
 * nothing that is.
 */
static void by_window(const struct found *f, struct found_table *t)
{
    for (size_t i = 0; i < f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &f->layout->areas[i];
        struct xenpt_paging pg = f->paging;
        struct xenpt_walk walk;

        if (a->fill != XENPT_FILL_M2P || !a->inside || a->inside->fill != XENPT_FILL_GUEST)
            continue;
        pg.root = t->at;
        xenpt_walk(&pg, f->view->mem, a->first, &walk);
        if (walk.outcome == XENPT_MAPPED && !(walk.granted & ENTRY_US) && keep(t, BIT(PV32)))
            found_say(t, "it has %s at 0x%" PRIx64, a->name, a->first);
    }
}

/* --- By what a domain has ------------------------------------------------------------------ */

static bool one_page(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    (void)ranges;
    (void)n;
    *(bool *)ctx = true;
    return false;
}

/* Whether a root maps anything of an area. */
static bool maps_any(const struct found *f, const struct found_table *t,
                     const struct xenpt_area *area)
{
    struct xenpt_scan_options opt = { .first = area->first, .last = area->last };
    struct xenpt_paging pg = f->paging;
    bool any = false;

    pg.root = t->at;
    /* That it stops at the first page is no failure, and without memory there is no answer. */
    (void)!xenpt_scan(&pg, f->view->mem, &opt, one_page, &any, NULL, NULL);
    return any;
}

/* Areas inside the domain's that only some kinds of domain have: tables for LDTs, arguments. */
static void by_domain(const struct found *f, struct found_table *t)
{
    for (size_t i = 0; i < f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &f->layout->areas[i];

        if (!a->inside || xenpt_layout_slot_of(f->layout, a->first) != f->slots.domain)
            continue;
        if ((t->kinds & ~a->kinds) && (t->kinds & a->kinds) && maps_any(f, t, a) &&
            keep(t, a->kinds))
            found_say(t, "its domain has %s", a->name);
    }
}

/* A domain's areas are filled one after the other; what is absent says less than what is there. */
static void by_lack(const struct found *f, struct found_table *t)
{
    for (size_t i = 0; i < f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &f->layout->areas[i];

        if (!a->inside || xenpt_layout_slot_of(f->layout, a->first) != f->slots.domain ||
            a->fill == XENPT_FILL_DEMAND)
            continue;
        if ((t->kinds & ~a->kinds) && (t->kinds & a->kinds) && !maps_any(f, t, a) &&
            take(t, a->kinds)) {
            found_say(t, "its domain has no %s", a->name);
            t->confidence = XENPT_LIKELY;
        }
    }
}

/* --- All of them --------------------------------------------------------------------------- */

static void several(struct found_table *t)
{
    unsigned int others = t->kinds & (t->kinds - 1);

    if (!others)
        return;
    t->confidence = XENPT_POSSIBLE;
    for (; others; others &= others - 1)
        found_say(t, "it may as well be %s", xenpt_root_kind_word(root_kind_first(others))->name);
}

void find_root_kind(const struct found *f, struct found_table *t)
{
    static void (*const rules[])(const struct found *f, struct found_table *t) = {
        by_place, by_linear, by_mirror, by_use, by_absence, by_window, by_domain, by_lack,
    };

    t->kinds = XEN_KINDS;
    for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
        rules[r](f, t);
    several(t);
}
