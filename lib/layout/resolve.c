/*
 * resolve.c - what a file leaves unsaid: areas in order, each knowing the one around it, and
 * each part and exception with all of its values.
 */
#include <stdlib.h>
#include <string.h>

#include "layout/internal.h"
#include "xenpt/suggest.h"

static struct raw_area *raw_named(struct raw_layout *raw, const char *name)
{
    for (size_t i = 0; i < raw->nr_areas; i++)
        if (!strcmp(raw->areas[i].area.name, name))
            return &raw->areas[i];
    return NULL;
}

/* The area that a key of another names. */
static struct raw_area *named(struct raw_layout *raw, const struct raw_area *by, const char *key,
                              const char *name, struct mistakes *m)
{
    struct raw_area *found = name ? raw_named(raw, name) : NULL;
    const struct node *node = node_get(by->given.node, key);
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    if (found || !name)
        return found;
    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; i < raw->nr_areas; i++)
        xenpt_suggest_try(&s, raw->areas[i].area.name, strlen(raw->areas[i].area.name));
    mistake(m, node ? &node->at : &by->given.at, XENPT_EPARSE, "%s: there is no area '%.*s'%s", key,
            QUOTE_MAX, name, xenpt_suggest_words(&s, hint));
    return NULL;
}

/* Areas in each other; a file with more is refused, and so is one whose areas go in circles. */
#define DEPTH_MAX 8u

/* How many areas are around it, up to one too many. */
static size_t depth_of(struct raw_layout *raw, const struct raw_area *a)
{
    size_t depth = 0;

    while (a && a->inside && depth <= DEPTH_MAX) {
        a = raw_named(raw, a->inside);
        depth++;
    }
    return depth;
}

static void take_over(struct raw_layout *raw, struct raw_area *a)
{
    const struct raw_area *around = a->inside ? raw_named(raw, a->inside) : NULL;

    if (!around)
        return;
    if (!was_given(&area_record, &a->given, "in"))
        a->area.kinds = around->area.kinds;
    if (!was_given(&area_record, &a->given, "shared"))
        a->area.sharing = around->area.sharing;
}

/* From the outermost in, so that what is taken over was. */
static void take_over_all(struct raw_layout *raw)
{
    for (size_t depth = 1; depth <= DEPTH_MAX; depth++) {
        bool any = false;

        for (size_t i = 0; i < raw->nr_areas; i++)
            if (depth_of(raw, &raw->areas[i]) == depth) {
                take_over(raw, &raw->areas[i]);
                any = true;
            }
        if (!any)
            return;
    }
}

static bool resolve_parts(struct layout *l, struct raw_area *a)
{
    struct xenpt_part *list = doc_alloc(l->doc, a->area.nr_parts * sizeof(*list));

    if (!list)
        return false;
    for (size_t i = 0; i < a->area.nr_parts; i++) {
        struct raw_part *raw = &a->parts[i];

        raw->part.placed = was_given(&part_record, &raw->given, "first") ||
                           was_given(&part_record, &raw->given, "last");
        if (!was_given(&part_record, &raw->given, "leaf"))
            raw->part.leaf = a->area.leaf;
        if (!was_given(&part_record, &raw->given, "pages"))
            raw->part.pages = a->area.pages;
        if (!was_given(&part_record, &raw->given, "in"))
            raw->part.kinds = a->area.kinds;
        list[i] = raw->part;
    }
    a->area.parts = list;
    return true;
}

/* The kinds of root that a word stands for; 0: it is none. */
static unsigned int kinds_of(const char *word)
{
    for (size_t i = 0; i < kind_words.nr; i++)
        if (!strcmp(kind_words.rows[i].name, word))
            return 1u << i;
    for (size_t i = 0; i < kind_words.nr_groups; i++)
        if (!strcmp(kind_words.groups[i].name, word))
            return kind_words.groups[i].bits;
    return 0;
}

static void unknown_kind(const struct raw_exception *raw, struct mistakes *m)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, raw->kind);
    for (size_t i = 0; i < kind_words.nr; i++)
        xenpt_suggest_try(&s, kind_words.rows[i].name, strlen(kind_words.rows[i].name));
    for (size_t i = 0; i < kind_words.nr_groups; i++)
        xenpt_suggest_try(&s, kind_words.groups[i].name, strlen(kind_words.groups[i].name));
    mistake(m, &raw->given.at, XENPT_EPARSE, "but: '%.*s' is no kind of root%s", QUOTE_MAX,
            raw->kind, xenpt_suggest_words(&s, hint));
}

static void take_over_but(struct raw_exception *raw, const struct raw_area *a, unsigned int levels)
{
    if (!was_given(&exception_record, &raw->given, "last"))
        raw->but.last = a->area.last;
    if (!was_given(&exception_record, &raw->given, "root"))
        raw->but.table = a->area.table[levels];
    if (!was_given(&exception_record, &raw->given, "shared"))
        raw->but.sharing = a->area.sharing;
    if (!was_given(&exception_record, &raw->given, "when"))
        raw->but.when = a->area.when;
}

/* One exception for each kind of root, where the file can have one for several. */
static bool resolve_but(struct layout *l, struct raw_area *a, unsigned int levels,
                        struct mistakes *m)
{
    struct xenpt_exception *list = doc_alloc(l->doc, XENPT_NR_ROOT_KINDS * sizeof(*list));
    unsigned int seen = 0;
    size_t nr = 0;

    if (!list)
        return false;
    for (size_t i = 0; i < a->area.nr_but; i++) {
        struct raw_exception *raw = &a->but[i];
        unsigned int kinds = kinds_of(raw->kind);

        take_over_but(raw, a, levels);
        if (!kinds)
            unknown_kind(raw, m);
        if (kinds & seen)
            mistake(m, &raw->given.at, XENPT_EPARSE, "but: %s has an exception already", raw->kind);
        for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++) {
            if (!((kinds & ~seen) >> k & 1))
                continue;
            raw->but.kind = (enum xenpt_root_kind)k;
            list[nr++] = raw->but;
        }
        seen |= kinds;
    }
    a->area.but = list;
    a->area.nr_but = nr;
    return true;
}

/* By first byte; what is around before what is inside of it. */
static int by_place(const void *a, const void *b)
{
    const struct xenpt_area *x = &((const struct raw_area *)a)->area;
    const struct xenpt_area *y = &((const struct raw_area *)b)->area;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->last != y->last)
        return x->last > y->last ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void refer(struct layout *l, struct xenpt_area *areas, struct mistakes *m)
{
    struct raw_layout *raw = &l->raw;

    for (size_t i = 0; i < raw->nr_areas; i++) {
        struct raw_area *a = &raw->areas[i];
        const struct raw_area *around = named(raw, a, "inside", a->inside, m);
        const struct raw_area *model = named(raw, a, "mirrors", a->mirrors, m);

        areas[i].inside = around ? &areas[around - raw->areas] : NULL;
        areas[i].mirrors = model ? &areas[model - raw->areas] : NULL;
    }
}

bool layout_resolve(struct layout *l, struct mistakes *m)
{
    struct raw_layout *raw = &l->raw;
    unsigned int levels = raw->layout.levels == 5 ? 5 : 4;
    struct xenpt_area *areas = doc_alloc(l->doc, raw->nr_areas * sizeof(*areas));

    if (!areas)
        return false;
    if (raw->nr_areas)
        qsort(raw->areas, raw->nr_areas, sizeof(raw->areas[0]), by_place);
    for (size_t i = 0; i < raw->nr_areas; i++)
        if (depth_of(raw, &raw->areas[i]) > DEPTH_MAX)
            mistake(m, &raw->areas[i].given.at, XENPT_ESTATE,
                    "%s is inside of itself, or inside of more than %u areas",
                    raw->areas[i].area.name, DEPTH_MAX);
    take_over_all(raw);
    for (size_t i = 0; i < raw->nr_areas; i++) {
        if (!resolve_parts(l, &raw->areas[i]) || !resolve_but(l, &raw->areas[i], levels, m))
            return false;
        areas[i] = raw->areas[i].area;
    }
    refer(l, areas, m);
    l->layout = raw->layout;
    l->layout.areas = areas;
    l->layout.nr_areas = raw->nr_areas;
    return true;
}

const struct raw_area *raw_of(const struct layout *l, const struct xenpt_area *area)
{
    return &l->raw.areas[area - l->layout.areas];
}
