/*
 * check.c - what must hold of a layout, however well it is written.
 *
 * Whoever builds or reads tables by a layout relies on these rules and does not look again.
 * Each is a function; tests break each of them.
 */
#include <inttypes.h>
#include <string.h>

#include "layout/internal.h"

struct checking {
    const struct layout *l;
    const struct xenpt_layout *layout;
    struct mistakes *m;
};

typedef const struct xenpt_area area_t;

#define PAGE_MASK ((uint64_t)XENPT_PAGE_SIZE - 1)

/* Where a key of an area stands; its name, if the file does not have it. */
static struct place at_key(const struct checking *c, area_t *a, const char *key)
{
    const struct given *given = &raw_of(c->l, a)->given;
    const struct node *node = node_get(given->node, key);

    return node ? node->at : given->at;
}

static struct place at_name(const struct checking *c, area_t *a)
{
    return raw_of(c->l, a)->given.at;
}

static struct place at_part(const struct checking *c, area_t *a, size_t i)
{
    return raw_of(c->l, a)->parts[i].given.at;
}

#define BROKEN(place_of, ...)                                                                      \
    do {                                                                                           \
        struct place where = (place_of);                                                           \
        mistake(c->m, &where, XENPT_ESTATE, __VA_ARGS__);                                          \
    } while (0)

/* Bits of an address below those that pick a slot of the root. */
static unsigned int root_bits(const struct checking *c)
{
    return c->layout->levels == 5 ? 48 : 39;
}

static uint64_t root_flags(const struct checking *c, area_t *a)
{
    return a->table[c->layout->levels];
}

/* --- One area ------------------------------------------------------------------------------ */

static bool canonical(const struct checking *c, uint64_t va)
{
    uint64_t high = va >> (root_bits(c) + 8);

    return !high || high == ones(56 - root_bits(c));
}

static void check_addresses(const struct checking *c, area_t *a)
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

/* --- Areas together ------------------------------------------------------------------------ */

static bool beside(area_t *a, area_t *b)
{
    return a->inside == b->inside && a->kinds & b->kinds;
}

/* The last byte that a kind of root has of an area. */
static uint64_t last_in(area_t *a, unsigned int kind)
{
    for (size_t i = 0; i < a->nr_but; i++)
        if (a->but[i].kind == kind)
            return a->but[i].last;
    return a->last;
}

static void check_overlap(const struct checking *c, area_t *a, area_t *b)
{
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        if ((a->kinds & b->kinds) >> k & 1 && b->first <= last_in(a, k) &&
            a->first <= last_in(b, k)) {
            BROKEN(at_key(c, b, "first"), "%s overlaps %s, in the table of %s", b->name, a->name,
                   xenpt_root_kind_word(k)->name);
            return;
        }
}

/* The flags of the root's entry in one kind. */
static uint64_t flags_in(const struct checking *c, area_t *a, unsigned int kind)
{
    for (size_t i = 0; i < a->nr_but; i++)
        if (a->but[i].kind == kind)
            return a->but[i].table;
    return root_flags(c, a);
}

/* One entry leads to both of them. */
static void check_slot(const struct checking *c, area_t *a, area_t *b)
{
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++) {
        uint64_t one = flags_in(c, a, k), other = flags_in(c, b, k);

        if (!((a->kinds & b->kinds) >> k & 1) || a->inside || !one || !other || one == other)
            continue;
        if (xenpt_layout_slot_of(c->layout, last_in(a, k)) !=
            xenpt_layout_slot_of(c->layout, b->first))
            continue;
        BROKEN(at_name(c, b), "%s shares slot %u with %s, whose entry has other flags", b->name,
               xenpt_layout_slot_of(c->layout, b->first), a->name);
        return;
    }
}

/* What has an entry for each frame has one for all that a PV root's directmap reaches. */
static void check_room(const struct checking *c, area_t *ram)
{
    uint64_t reach = xenpt_area_size(ram);

    for (size_t i = 0; i < ram->nr_but; i++)
        reach = min_u64(reach, ram->but[i].last - ram->first + 1);
    for (size_t i = 0; i < c->layout->nr_areas; i++) {
        area_t *a = &c->layout->areas[i];
        bool all = a->fill == XENPT_FILL_FRAMETABLE || (a->fill == XENPT_FILL_M2P && !a->inside) ||
                   (a->fill == XENPT_FILL_M2P && a->entry_size == 8);

        if (all && a->entry_size && xenpt_area_frames(a) < reach >> XENPT_PAGE_SHIFT)
            BROKEN(at_key(c, a, "last"),
                   "%s has room for %" PRIu64
                   " frames, and the directmap of a PV guest has %" PRIu64,
                   a->name, xenpt_area_frames(a), reach >> XENPT_PAGE_SHIFT);
    }
}

static void check_together(const struct checking *c)
{
    for (size_t i = 0; i < c->layout->nr_areas; i++) {
        area_t *a = &c->layout->areas[i];

        for (size_t k = i + 1; k < c->layout->nr_areas; k++) {
            if (!beside(a, &c->layout->areas[k]))
                continue;
            check_overlap(c, a, &c->layout->areas[k]);
            check_slot(c, a, &c->layout->areas[k]);
        }
        if (a->fill == XENPT_FILL_RAM)
            check_room(c, a);
    }
}

/* --- The layout as a whole ----------------------------------------------------------------- */

static struct place at_top(const struct checking *c, const char *key)
{
    const struct node *node = node_get(c->l->raw.root, key);

    return node ? node->at : c->l->raw.root->at;
}

static void check_one_of(const struct checking *c, enum xenpt_fill filling)
{
    area_t *first = NULL;

    for (size_t i = 0; i < c->layout->nr_areas; i++) {
        area_t *a = &c->layout->areas[i];

        if (a->fill != filling)
            continue;
        if (first)
            BROKEN(at_key(c, a, "fill"), "%s and %s: there is one area with fill %s", first->name,
                   a->name, xenpt_fill_word(filling)->name);
        first = a;
    }
}

static void check_image(const struct checking *c)
{
    area_t *a = xenpt_layout_filled(c->layout, XENPT_FILL_IMAGE);
    const struct xenpt_layout_image *image = &c->layout->image;

    if (!image->align)
        return;
    if (!a || image->start >= xenpt_area_size(a))
        BROKEN(at_top(c, "image"), "image: it does not start in an area with fill image");
    if (image->align & (image->align - 1) || image->align < XENPT_PAGE_SIZE)
        BROKEN(at_top(c, "image"), "image: 0x%" PRIx64 " is no alignment of pages", image->align);
}

static void check_stack(const struct checking *c)
{
    const struct xenpt_layout_stack *stack = &c->layout->stack;

    if (stack->pages > 31 || stack->pages & (stack->pages - 1))
        BROKEN(at_top(c, "stack"), "stack: %" PRIu32 " pages: a power of two up to 16 was expected",
               stack->pages);
    else if (stack->guards >> stack->pages)
        BROKEN(at_top(c, "stack"), "stack: a guard page is not one of its %" PRIu32 " pages",
               stack->pages);
    if (stack->guard_leaf && !(stack->guard_leaf & 1))
        BROKEN(at_top(c, "stack"), "stack: an entry without P maps nothing: 'none' says so");
}

static void check_whole(const struct checking *c)
{
    const struct xenpt_layout *l = c->layout;

    if (l->levels != 4 && l->levels != 5)
        BROKEN(at_top(c, "levels"), "levels: %" PRIu32 ", and 4 or 5 was expected", l->levels);
    if (strcmp(l->system, "xen") != 0 && strcmp(l->system, "linux") != 0)
        BROKEN(at_top(c, "system"), "system: '%.*s', and xen or linux was expected", QUOTE_MAX,
               l->system);
    if (l->last.major && !xenpt_layout_covers(l, l->last))
        BROKEN(at_top(c, "releases"), "releases: the last one is before the first");
    check_one_of(c, XENPT_FILL_RAM);
    check_one_of(c, XENPT_FILL_IMAGE);
    check_one_of(c, XENPT_FILL_SELF);
    check_one_of(c, XENPT_FILL_FRAMETABLE);
    check_image(c);
    check_stack(c);
}

void layout_check(const struct layout *l, struct mistakes *m)
{
    struct checking checking = { l, &l->layout, m }, *c = &checking;

    if (m->nr) /* It is not even read. */
        return;
    check_whole(c);
    for (size_t i = 0; i < l->layout.nr_areas; i++)
        check_addresses(c, &l->layout.areas[i]);
    if (m->nr) /* The rest counts on addresses. */
        return;
    for (size_t i = 0; i < l->layout.nr_areas; i++) {
        area_t *a = &l->layout.areas[i];

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
    check_together(c);
}
