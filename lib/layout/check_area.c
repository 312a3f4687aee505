/* check_area.c - what must hold of one area, its parts and exceptions. */
#include <inttypes.h>

#include "layout/checking.h"

#define PAGE_MASK ((uint64_t)XENPT_PAGE_SIZE - 1)

static bool canonical(const struct checking *c, uint64_t va)
{
    uint64_t high = va >> (root_bits(c) + 8);

    return !high || high == ones(56 - root_bits(c));
}

void check_addresses(const struct checking *c, area_t *a)
{
    if (a->last < a->first) {
        BROKEN(at_key(c, a, "last"), "%s ends at 0x%" PRIx64 ", before its first byte, 0x%" PRIx64,
               a->name, a->last, a->first);
        return;
    }
    if (!canonical(c, a->first))
        BROKEN(at_key(c, a, "first"), "%s: 0x%" PRIx64 " is not canonical", a->name, a->first);
    if (!canonical(c, a->last))
        BROKEN(at_key(c, a, "last"), "%s: 0x%" PRIx64 " is not canonical", a->name, a->last);
    else if ((a->first ^ a->last) >> 63)
        BROKEN(at_key(c, a, "last"), "%s reaches over addresses that are not canonical", a->name);
    if (a->first & PAGE_MASK)
        BROKEN(at_key(c, a, "first"), "%s: 0x%" PRIx64 " does not begin a page", a->name, a->first);
    if (~a->last & PAGE_MASK)
        BROKEN(at_key(c, a, "last"), "%s: 0x%" PRIx64 " does not end a page", a->name, a->last);
}

static void check_inside(const struct checking *c, area_t *a)
{
    if (!a->inside) {
        if (!a->kinds)
            BROKEN(at_name(c, a), "%s: no kind of root carries it ('in')", a->name);
        return;
    }
    if (a->first < a->inside->first || a->last > a->inside->last)
        BROKEN(at_key(c, a, "first"), "%s is not inside of %s: that is 0x%" PRIx64 " to 0x%" PRIx64,
               a->name, a->inside->name, a->inside->first, a->inside->last);
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        if (a->kinds >> k & 1 && !(a->inside->kinds >> k & 1))
            BROKEN(at_key(c, a, "in"), "%s: %s does not carry %s, which is around it", a->name,
                   xenpt_root_kind_word(k)->name, a->inside->name);
}

/* What a flag word cannot be, for an entry that leads to a table, or maps a page. */
static void check_flags(const struct checking *c, area_t *a, const char *key, uint64_t flags)
{
    if (flags && !(flags & 1))
        BROKEN(at_key(c, a, key), "%s: an entry without P does not lead anywhere", a->name);
}

static void check_entries(const struct checking *c, area_t *a)
{
    static const char *const keys[] = { NULL, NULL, "L2", "L3", "L4", "L5" };

    for (unsigned int l = 2; l < ARRAY_SIZE(keys); l++) {
        check_flags(c, a, keys[l], a->table[l]);
        /* G, D and PAT say something of a page; in other entries D is merely what Xen writes. */
        if (a->table[l] & (XENPT_BIT(7) | XENPT_BIT(8)))
            BROKEN(at_key(c, a, keys[l]), "%s: PAT and G are for entries that map pages", a->name);
        if (a->table[l] && l > c->layout->levels)
            BROKEN(at_key(c, a, keys[l]), "%s: there is no L%u with %u levels", a->name, l,
                   c->layout->levels);
        if (a->table[l] && l == c->layout->levels && a->inside)
            BROKEN(at_key(c, a, keys[l]), "%s: the root's entry is that of %s, which is around it",
                   a->name, a->inside->name);
    }
    check_flags(c, a, "leaf", a->leaf);
    if (a->leaf && !a->pages)
        BROKEN(at_key(c, a, "leaf"), "%s: it says with which flags, and not in which 'pages'",
               a->name);
    for (unsigned int l = 1; l <= 3; l++)
        if (a->pages >> l & 1 && a->last - a->first < ones(3 + 9 * l))
            BROKEN(at_key(c, a, "pages"), "%s is smaller than a page at level %u", a->name, l);
}

static void check_filling(const struct checking *c, area_t *a)
{
    bool frames = a->fill == XENPT_FILL_M2P || a->fill == XENPT_FILL_FRAMETABLE;
    bool linear = a->fill == XENPT_FILL_SELF || a->fill == XENPT_FILL_SHADOW;

    if (frames && !a->entry_size)
        BROKEN(at_key(c, a, "fill"), "%s: it has an entry for each frame: of which 'entry-size'?",
               a->name);
    if (!frames && a->entry_size)
        BROKEN(at_key(c, a, "entry-size"), "%s: fill %s has no entry for each frame", a->name,
               xenpt_fill_word(a->fill)->name);
    if (a->entry_size && xenpt_area_size(a) % a->entry_size)
        BROKEN(at_key(c, a, "entry-size"), "%s: %" PRIu64 " bytes are no whole number of entries",
               a->name, xenpt_area_size(a));
    if (linear && (a->inside ||
                   a->first != xenpt_layout_slot_first(c->layout,
                                                       xenpt_layout_slot_of(c->layout, a->first)) ||
                   a->last - a->first != ones(root_bits(c))))
        BROKEN(at_key(c, a, "fill"), "%s: a linear page table takes one slot of the root", a->name);
    if ((a->fill == XENPT_FILL_MIRROR) != (a->mirrors != NULL))
        BROKEN(at_key(c, a, "fill"), "%s: fill mirror and 'mirrors' belong together", a->name);
}

static void check_mirror(const struct checking *c, area_t *a)
{
    uint64_t offset = ones(root_bits(c));

    if (!a->mirrors)
        return;
    if (a->inside || a->mirrors->inside || a->mirrors == a)
        BROKEN(at_key(c, a, "mirrors"), "%s: only a slot of the root can mirror another one",
               a->name);
    else if ((a->first ^ a->mirrors->first) & offset ||
             xenpt_area_size(a) != xenpt_area_size(a->mirrors))
        BROKEN(at_key(c, a, "mirrors"), "%s does not lie in its slot as %s does in its own",
               a->name, a->mirrors->name);
}

static void check_repeat(const struct checking *c, area_t *a)
{
    uint64_t stride = a->repeat.stride;

    if (!a->repeat.each != !stride) {
        BROKEN(at_key(c, a, "repeat"), "%s: pieces have a stride, and are for each of something",
               a->name);
        return;
    }
    if (!stride)
        return;
    if (stride & PAGE_MASK || stride > xenpt_area_size(a) || xenpt_area_size(a) % stride)
        BROKEN(at_key(c, a, "repeat"),
               "%s: 0x%" PRIx64 " bytes are no whole number of pieces of 0x%" PRIx64
               " bytes, whole pages each",
               a->name, xenpt_area_size(a), stride);
    else if (a->repeat.each == XENPT_EACH_VCPU && xenpt_area_pieces(a) < c->layout->max_vcpus)
        BROKEN(at_key(c, a, "repeat"),
               "%s has room for %" PRIu64 " vCPUs, and max-vcpus is %" PRIu32, a->name,
               xenpt_area_pieces(a), c->layout->max_vcpus);
}

/* --- Parts and exceptions ------------------------------------------------------------------ */

static bool both(const struct xenpt_part *a, const struct xenpt_part *b)
{
    bool apart = a->when && b->when && !(a->when & b->when);

    return a->kinds & b->kinds && !apart;
}

static void check_part(const struct checking *c, area_t *a, size_t i)
{
    uint64_t size = a->repeat.stride ? a->repeat.stride : xenpt_area_size(a);
    const struct xenpt_part *p = &a->parts[i];
    const struct given *given = &raw_of(c->l, a)->parts[i].given;

    if (was_given(&part_record, given, "first") != was_given(&part_record, given, "last"))
        BROKEN(at_part(c, a, i), "%s of %s: 'first' and 'last' belong together", p->name, a->name);
    else if (p->placed && (p->last < p->first || p->last >= size))
        BROKEN(at_part(c, a, i),
               "%s of %s: 0x%" PRIx64 " to 0x%" PRIx64 " is not within its 0x%" PRIx64 " bytes",
               p->name, a->name, p->first, p->last, size);
    else if (p->placed && (p->first & PAGE_MASK || ~p->last & PAGE_MASK))
        BROKEN(at_part(c, a, i), "%s of %s: 0x%" PRIx64 " to 0x%" PRIx64 " are no whole pages",
               p->name, a->name, p->first, p->last);
    if (p->leaf && !(p->leaf & 1))
        BROKEN(at_part(c, a, i), "%s of %s: an entry without P maps nothing: 'none' says so",
               p->name, a->name);
    if (p->leaf && !p->pages)
        BROKEN(at_part(c, a, i), "%s of %s: it says with which flags, and not in which 'pages'",
               p->name, a->name);
    if (p->kinds & ~a->kinds)
        BROKEN(at_part(c, a, i), "%s of %s is in kinds of root that do not carry the area", p->name,
               a->name);
    for (size_t k = 0; p->placed && k < i; k++) {
        const struct xenpt_part *q = &a->parts[k];

        if (q->placed && both(p, q) && p->first <= q->last && q->first <= p->last)
            BROKEN(at_part(c, a, i), "%s of %s overlaps %s", p->name, a->name, q->name);
    }
}

static void check_exception(const struct checking *c, area_t *a, size_t i)
{
    const struct xenpt_exception *but = &a->but[i];
    struct place at = at_key(c, a, "but");

    if (!(a->kinds >> but->kind & 1))
        BROKEN(at, "%s: %s does not carry it", a->name, xenpt_root_kind_word(but->kind)->name);
    if (but->last < a->first || but->last > a->last || ~but->last & PAGE_MASK)
        BROKEN(at, "%s: 0x%" PRIx64 " does not end a page of it", a->name, but->last);
    if (but->table && (!(but->table & 1) || but->table & (XENPT_BIT(7) | XENPT_BIT(8))))
        BROKEN(at, "%s: these are no flags of an entry that leads to a table", a->name);
    if (but->table != root_flags(c, a) && a->inside)
        BROKEN(at, "%s: the root's entry is that of %s, which is around it", a->name,
               a->inside->name);
}

/* --- All of it ----------------------------------------------------------------------------- */

void check_area(const struct checking *c, area_t *a)
{
    check_inside(c, a);
    check_entries(c, a);
    check_filling(c, a);
    check_mirror(c, a);
    check_repeat(c, a);
    for (size_t k = 0; k < a->nr_parts; k++)
        check_part(c, a, k);
    for (size_t k = 0; k < a->nr_but; k++)
        check_exception(c, a, k);
}
