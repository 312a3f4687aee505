/* page_tables.c - the tables of all roots, packed. */
#include "draw/page_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 512u

/* A table to be written, or followed. */
struct item {
    uint64_t table, frame; /* In its own space; where it is in the machine. */
    size_t root;
    uint8_t level;
};

struct packing {
    const struct xenpt_view *view;
    const struct seen_roots *roots;
    struct item *items;
    size_t nr, max;
    size_t *places; /* A hash of items, + 1; in the end of frames, + 1. */
    size_t size;
    struct json *json;
    size_t room;
    struct packed packed;
};

/* --- Which tables -------------------------------------------------------------------------- */

/* A frame is followed once for each level and format that it is used at, and written once. */
static bool same_item(const struct packing *p, const struct item *a, const struct item *b)
{
    const struct seen_root *r = &p->roots->list[a->root], *o = &p->roots->list[b->root];

    return a->frame == b->frame && a->level == b->level && r->paging->id == o->paging->id &&
           r->guest == o->guest &&
           (!r->guest || r->context->second.root == o->context->second.root);
}

static size_t *place_of(const struct packing *p, const struct item *item)
{
    size_t i = (size_t)((item->frame * 8 + item->level) * UINT64_C(0x9e3779b97f4a7c15) >> 24) &
               (p->size - 1);

    while (p->places[i] && !same_item(p, &p->items[p->places[i] - 1], item))
        i = (i + 1) & (p->size - 1);
    return &p->places[i];
}

static bool grow(struct packing *p)
{
    size_t max = p->max ? 2 * p->max : 512;
    struct item *items = realloc(p->items, max * sizeof(*items));
    size_t *places;

    if (items)
        p->items = items;
    places = calloc(4 * max, sizeof(*places));
    if (!items || !places) {
        free(places);
        return false;
    }
    free(p->places);
    p->places = places;
    p->max = max;
    p->size = 4 * max;
    for (size_t i = 0; i < p->nr; i++)
        *place_of(p, &p->items[i]) = i + 1;
    return true;
}

/* Where a table of a guest's is, by its second stage. */
static bool find_frame(const struct packing *p, struct item *item)
{
    const struct seen_root *r = &p->roots->list[item->root];
    struct xenpt_walk w;

    item->frame = item->table >> XENPT_PAGE_SHIFT;
    if (!r->guest)
        return true;
    if (xenpt_walk(&r->context->second, p->view->mem, item->table, &w) != XENPT_MAPPED)
        return false;
    item->frame = w.out >> XENPT_PAGE_SHIFT;
    return true;
}

static enum xenpt_code add(struct packing *p, struct item item, struct xenpt_error *err)
{
    size_t *place;

    if (!find_frame(p, &item))
        return XENPT_OK;
    if (p->nr == p->max && !grow(p))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu tables", p->nr);
    place = place_of(p, &item);
    if (*place)
        return XENPT_OK;
    p->items[p->nr] = item;
    *place = ++p->nr;
    return XENPT_OK;
}

static enum xenpt_code follow(struct packing *p, const struct item item, struct xenpt_error *err)
{
    const struct seen_root *r = &p->roots->list[item.root];
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && item.level > 1 && i < seen_slots(r, item.level); i++) {
        uint64_t entry;

        if (!seen_entry(r, item.table, i, &entry) ||
            xenpt_entry_role(r->paging, item.level, entry) != XENPT_TABLE)
            continue;
        code = add(p,
                   (struct item){ .table = xenpt_entry_target(r->paging, item.level, entry),
                                  .root = item.root,
                                  .level = (uint8_t)(item.level - 1) },
                   err);
    }
    return code;
}

/* --- Packing ------------------------------------------------------------------------------- */

struct text {
    char buf[WORDS * 20];
    size_t used;
};

static void put(struct text *t, const char *prefix, uint64_t v, bool joined)
{
    t->used += (size_t)snprintf(t->buf + t->used, sizeof(t->buf) - t->used, "%s%s%" PRIx64,
                                t->used && !joined ? " " : "", prefix, v);
}

static unsigned int same_steps(const uint64_t *word, unsigned int i)
{
    unsigned int n = 0;

    while (i + n + 1 < WORDS && word[i + n + 1] &&
           word[i + n + 1] - word[i + n] == word[i + 1] - word[i])
        n++;
    return n;
}

static void put_signed(struct text *t, bool joined, uint64_t delta)
{
    bool less = delta >> 63;

    put(t, less ? "-" : "+", less ? 0 - delta : delta, joined);
}

static void pack(const uint64_t word[WORDS], struct text *t)
{
    uint64_t last = 0;
    unsigned int i = 0, n;

    t->used = 0;
    while (i < WORDS) {
        for (n = 0; i + n < WORDS && !word[i + n]; n++)
            ;
        if (n) {
            put(t, "z", n, false);
            i += n;
            continue;
        }
        if (last)
            put_signed(t, false, word[i] - last);
        else
            put(t, "", word[i], false);
        last = word[i];
        n = same_steps(word, i);
        if (n > 1) {
            put(t, "r", n, false);
            put_signed(t, true, word[i + 1] - word[i]);
            i += n;
            last = word[i];
        }
        i++;
    }
    t->buf[t->used] = '\0';
}

/* Frames that were written take the hash over once all tables are known. */
static bool written_before(struct packing *p, uint64_t frame)
{
    size_t i = (size_t)(frame * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (p->size - 1);

    while (p->places[i] && p->places[i] != frame + 1)
        i = (i + 1) & (p->size - 1);
    if (p->places[i])
        return true;
    p->places[i] = (size_t)frame + 1;
    return false;
}

static void write_table(struct packing *p, size_t at, struct text *text)
{
    const struct item *item = &p->items[at];
    uint64_t copy[WORDS], word[WORDS];
    const uint8_t *page;
    char key[24];

    if (written_before(p, item->frame))
        return;
    page = xenpt_read_page(p->view->mem, item->frame << XENPT_PAGE_SHIFT, (uint8_t *)copy);
    if (!page)
        return;
    memcpy(word, page, sizeof(word));
    pack(word, text);
    if (text->used + 16 > p->room) {
        p->packed.left_out++;
        return;
    }
    p->room -= text->used + 16;
    p->packed.tables++;
    snprintf(key, sizeof(key), "%" PRIx64, item->frame);
    json_key(p->json, key);
    json_text(p->json, text->buf);
}

enum xenpt_code tables_pack(struct json *j, const struct xenpt_view *view,
                            const struct seen_roots *roots, struct packed *ret,
                            struct xenpt_error *err)
{
    struct packing p = { .view = view, .roots = roots, .json = j, .room = TABLES_ROOM };
    struct text *text = malloc(sizeof(*text));
    enum xenpt_code code = text ? XENPT_OK : xenpt_fail(err, XENPT_ENOMEM, "no memory for a table");

    for (size_t r = 0; !code && r < roots->nr; r++)
        code = add(&p,
                   (struct item){ .table = roots->list[r].paging->root,
                                  .root = r,
                                  .level = roots->list[r].paging->format.top },
                   err);
    /* The list is in the order in which tables are met: by level. */
    for (size_t i = 0; !code && i < p.nr; i++)
        code = follow(&p, p.items[i], err);
    if (p.size)
        memset(p.places, 0, p.size * sizeof(*p.places));
    for (size_t i = 0; !code && i < p.nr; i++)
        write_table(&p, i, text);
    *ret = p.packed;
    free(text);
    free(p.items);
    free(p.places);
    return code;
}
