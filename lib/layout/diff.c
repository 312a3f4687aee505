/*
 * diff.c - what differs between two layouts, value by value, as the rows of the schema have
 * them; an area that is at another address has moved.
 */
#include <string.h>

#include "layout/schema.h"
#include "xenpt/layout_diff.h"

struct diff {
    const struct xenpt_layout *a, *b;
    xenpt_layout_change_fn fn;
    void *ctx;
    bool stopped;
    struct xenpt_layout_change change; /* What all changes of an area, or a part, have. */
};

static void tell(struct diff *d, enum xenpt_change_kind kind, const char *key, const char *before,
                 const char *after)
{
    struct xenpt_layout_change change = d->change;

    change.kind = kind;
    change.key = key;
    change.before = before;
    change.after = after;
    d->stopped = d->stopped || !d->fn(d->ctx, &change);
}

static bool has_text(const struct row *row)
{
    return !row->prose && !row->own && row->type != ROW_RECORDS && row->type != ROW_TREE;
}

/* Two structs, by their rows; which of them are addresses is for the caller to say. */
static void compare(struct diff *d, const struct record *record, const void *a, const void *b,
                    bool addresses)
{
    char before[VALUE_TEXT_MAX], after[VALUE_TEXT_MAX];

    for (size_t i = 0; i < record->nr; i++) {
        const struct row *row = &record->rows[i];

        if (!has_text(row) ||
            (!addresses && (!strcmp(row->key, "first") || !strcmp(row->key, "last"))))
            continue;
        if (row->type == ROW_RECORD) {
            compare(d, row->record, a, b, addresses);
            continue;
        }
        value_text(row, (const char *)a + row->offset, before);
        value_text(row, (const char *)b + row->offset, after);
        if (strcmp(before, after) != 0)
            tell(d, XENPT_CHANGE_VALUE, row->key, before, after);
    }
}

static void parts(struct diff *d, const struct xenpt_area *a, const struct xenpt_area *b)
{
    for (size_t i = 0; i < b->nr_parts; i++) {
        const struct xenpt_part *old = xenpt_area_part(a, b->parts[i].name);

        d->change.part = b->parts[i].name;
        if (old)
            compare(d, &part_record, old, &b->parts[i], true);
        else
            tell(d, XENPT_CHANGE_NEW, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < a->nr_parts; i++) {
        d->change.part = a->parts[i].name;
        if (!xenpt_area_part(b, a->parts[i].name))
            tell(d, XENPT_CHANGE_GONE, NULL, NULL, NULL);
    }
    d->change.part = NULL;
}

/* As one kind of root has it, even if nothing particular is said of that. */
static struct xenpt_exception in_kind(const struct xenpt_layout *layout,
                                      const struct xenpt_area *area, enum xenpt_root_kind kind)
{
    for (size_t i = 0; i < area->nr_but; i++)
        if (area->but[i].kind == kind)
            return area->but[i];
    return (struct xenpt_exception){ kind, area->last, area->table[layout->levels], area->sharing,
                                     area->when };
}

/* What merely follows the area in both has been told of the area. */
static void ignore_followers(struct diff *d, const struct xenpt_area *a, const struct xenpt_area *b,
                             struct xenpt_exception *old, const struct xenpt_exception *new)
{
    if (old->last == a->last && new->last == b->last)
        old->last = new->last;
    if (old->table == a->table[d->a->levels] && new->table == b->table[d->b->levels])
        old->table = new->table;
    if (old->sharing == a->sharing && new->sharing == b->sharing)
        old->sharing = new->sharing;
    if (old->when == a->when && new->when == b->when)
        old->when = new->when;
}

static void exceptions(struct diff *d, const struct xenpt_area *a, const struct xenpt_area *b)
{
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++) {
        struct xenpt_exception old = in_kind(d->a, a, k), new = in_kind(d->b, b, k);

        if (!(a->kinds & b->kinds & 1u << k))
            continue;
        ignore_followers(d, a, b, &old, &new);
        d->change.root = xenpt_root_kind_word(k)->name;
        compare(d, &exception_record, &old, &new, true);
    }
    d->change.root = NULL;
}

static void both(struct diff *d, const struct xenpt_area *a, const struct xenpt_area *b)
{
    uint64_t old = a->last - a->first, new = b->last - b->first;

    if (a->first != b->first && old == new)
        tell(d, XENPT_CHANGE_MOVED, NULL, NULL, NULL);
    else if (a->first != b->first || a->last != b->last)
        tell(d, XENPT_CHANGE_RESIZED, NULL, NULL, NULL);
    compare(d, &area_record, a, b, false);
    exceptions(d, a, b);
    parts(d, a, b);
}

enum xenpt_code xenpt_layout_diff(const struct xenpt_layout *a, const struct xenpt_layout *b,
                                  xenpt_layout_change_fn fn, void *ctx, struct xenpt_error *err)
{
    struct diff d = { .a = a, .b = b, .fn = fn, .ctx = ctx };

    for (size_t i = 0; !d.stopped && i < b->nr_areas; i++) {
        const struct xenpt_area *new = &b->areas[i], *old = xenpt_layout_area(a, new->name);

        d.change = (struct xenpt_layout_change){ .old_area = old, .new_area = new };
        if (old)
            both(&d, old, new);
        else
            tell(&d, XENPT_CHANGE_NEW, NULL, NULL, NULL);
    }
    for (size_t i = 0; !d.stopped && i < a->nr_areas; i++) {
        d.change = (struct xenpt_layout_change){ .old_area = &a->areas[i] };
        if (!xenpt_layout_area(b, a->areas[i].name))
            tell(&d, XENPT_CHANGE_GONE, NULL, NULL, NULL);
    }
    for (size_t i = 0; !d.stopped && i < layout_record.nr; i++) {
        const struct row *row = &layout_record.rows[i];
        const struct record one = { .rows = row, .nr = 1 };

        d.change = (struct xenpt_layout_change){
            .record = row->type == ROW_RECORD ? row->key : NULL,
        };
        compare(&d, &one, a, b, true);
    }
    return d.stopped ? xenpt_fail(err, XENPT_ESTOPPED, "stopped by the caller") : XENPT_OK;
}
