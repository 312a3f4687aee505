/*
 * contents.c - what is in the machine-to-physical table: the frame that a guest calls each
 * frame of the machine's; all ones for those that are no guest's.  And the other way: the list
 * that a PV guest is given of its frames; zeros behind them.  A machine of 12 TiB has 36 GiB of
 * the one.  And pages with a few words in them, of which every domain has some.
 *
 * Model: a snapshot has such a frame as its machine has it now, unless it was written since.
 */
#include "xen/contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"

/* --- Reading ------------------------------------------------------------------------------- */

static uint64_t entry_for(const struct lists *l, uint64_t frame)
{
    size_t low = 0, high = l->nr_owned;

    SEARCH(low, high, i, l->owned[i].mfn + l->owned[i].nr <= frame);
    if (low == l->nr_owned || l->owned[low].mfn > frame)
        return UINT64_MAX;
    return l->owned[low].gfn + (frame - l->owned[low].mfn);
}

uint64_t contents_gfn(const struct contents *c, uint64_t frame)
{
    return entry_for(c->lists, frame);
}

static uint64_t list_entry(const struct lists *l, const struct piece *p, uint64_t pfn)
{
    size_t low = p->first, high = p->first + p->nr;

    SEARCH(low, high, i, l->listed[i].gfn + l->listed[i].nr <= pfn);
    return low < p->first + p->nr ? l->listed[low].mfn + (pfn - l->listed[low].gfn) : 0;
}

size_t lists_piece(const struct lists *l, uint64_t at)
{
    size_t low = 0, high = l->nr_pieces;

    SEARCH(low, high, i, l->pieces[i].maddr + l->pieces[i].size <= at);
    return low;
}

/* The piece that holds an address, or NULL. */
static const struct piece *piece_of(const struct lists *l, uint64_t at)
{
    size_t i = lists_piece(l, at);

    return i < l->nr_pieces && l->pieces[i].maddr <= at ? &l->pieces[i] : NULL;
}

static void from_piece(const struct lists *l, const struct piece *p, uint64_t at, uint8_t *buf,
                       size_t n)
{
    uint64_t offset = at - p->maddr;

    while (n) {
        uint64_t frame = p->frame + offset / p->entry_size;
        uint64_t entry = p->nr ? list_entry(l, p, frame) : entry_for(l, frame);
        size_t skip = (size_t)(offset % p->entry_size), take = p->entry_size - skip;
        uint8_t bytes[8];

        take = take < n ? take : n;
        memcpy(bytes, &entry, sizeof(bytes));
        memcpy(buf, bytes + skip, take);
        buf += take;
        offset += take;
        n -= take;
    }
}

static const struct small_page *small_of(const struct lists *l, uint64_t frame)
{
    uint32_t id;

    for (size_t at = ids_first(&l->by_frame, frame); ids_get(&l->by_frame, at, &id);
         at = ids_next(&l->by_frame, at))
        if (l->pages[id].frame == frame)
            return &l->pages[id];
    return NULL;
}

static void from_small(const struct lists *l, const struct small_page *p, uint64_t at, uint8_t *buf,
                       size_t n)
{
    uint64_t page[XENPT_PAGE_SIZE / 8] = { 0 };

    for (size_t i = p->first; i < p->first + p->nr; i++) {
        const struct row_of_words *w = &l->words[i];

        for (unsigned int k = 0; k < w->nr; k++)
            page[w->at + k] = w->first + k * w->step;
    }
    memcpy(buf, (const uint8_t *)page + at % XENPT_PAGE_SIZE, n);
}

static const struct lists *lists_of(const struct store_source *source)
{
    return ((const struct contents *)(const void *)source)->lists;
}

static bool has(const struct store_source *source, uint64_t frame)
{
    const struct lists *l = lists_of(source);

    return small_of(l, frame) || piece_of(l, frame << XENPT_PAGE_SHIFT);
}

static void read_contents(const struct store_source *source, uint64_t at, void *buf, size_t n)
{
    const struct lists *l = lists_of(source);
    const struct small_page *small = small_of(l, at >> XENPT_PAGE_SHIFT);

    if (small)
        from_small(l, small, at, buf, n);
    else
        from_piece(l, piece_of(l, at), at, buf, n);
}

static uint64_t small(const struct store_source *source, size_t i)
{
    const struct lists *l = lists_of(source);

    return i < l->nr_pages ? l->pages[i].frame : STORE_NO_FRAME;
}

/* --- From first to last -------------------------------------------------------------------- */

enum xenpt_code contents_init(struct contents *c, struct xenpt_store *store,
                              struct xenpt_error *err)
{
    c->source = (struct store_source){ has, read_contents, small };
    c->lists = lists_new();
    if (!c->lists)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is computed");
    store_ask(store, &c->source);
    return XENPT_OK;
}

void contents_fini(struct contents *c)
{
    lists_release(c->lists);
    c->lists = NULL;
}
