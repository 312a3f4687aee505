/*
 * check.c - what must hold of a layout, however well it is written.
 *
 * Whoever builds or reads tables by a layout relies on these rules and does not look again.
 * Each is a function; tests break each of them.  Those of one area are in check_area.c.
 */
#include <inttypes.h>
#include <string.h>

#include "layout/checking.h"

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
    for (size_t i = 0; i < l->layout.nr_areas; i++)
        check_area(c, &l->layout.areas[i]);
    check_together(c);
}
