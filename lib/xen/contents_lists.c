/*
 * contents_lists.c - what contents are computed from: lists that a machine shares with its
 * snapshots until it changes them.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/contents.h"

static uint64_t frame_of(const void *of, uint32_t id)
{
    const struct lists *l = of;

    return l->pages[id].frame;
}

struct lists *lists_new(void)
{
    struct lists *l = calloc(1, sizeof(*l));

    if (l && !ids_init(&l->by_frame, 0, frame_of, l)) {
        free(l);
        l = NULL;
    }
    if (l)
        l->users = 1;
    return l;
}

void lists_release(struct lists *l)
{
    if (!l || --l->users)
        return;
    free(l->owned);
    free(l->listed);
    free(l->pieces);
    free(l->pages);
    free(l->words);
    ids_fini(&l->by_frame);
    free(l);
}

struct lists *contents_share(const struct contents *c)
{
    c->lists->users++;
    return c->lists;
}

/* Room as grow() takes it to be. */
static bool copy_list(const void *from, size_t nr, size_t size, void *ret)
{
    size_t room = 1;
    void *list;

    while (room < nr)
        room *= 2;
    list = malloc(room * size);
    if (list && nr)
        memcpy(list, from, nr * size);
    memcpy(ret, &list, sizeof(list));
    return list;
}

/* Before they change, somebody else's lists become its own.  False: no memory. */
static bool own_lists(struct contents *c)
{
    struct lists *from = c->lists, *to;
    bool done;

    if (from->users == 1)
        return true;
    to = lists_new();
    if (!to)
        return false;
    done = copy_list(from->owned, from->nr_owned, sizeof(*to->owned), &to->owned) &&
           copy_list(from->listed, from->nr_listed, sizeof(*to->listed), &to->listed) &&
           copy_list(from->pieces, from->nr_pieces, sizeof(*to->pieces), &to->pieces) &&
           copy_list(from->pages, from->nr_pages, sizeof(*to->pages), &to->pages) &&
           copy_list(from->words, from->nr_words, sizeof(*to->words), &to->words) &&
           ids_reserve(&to->by_frame, from->nr_pages);
    if (!done) {
        lists_release(to);
        return false;
    }
    to->nr_owned = to->max_owned = from->nr_owned;
    to->nr_listed = from->nr_listed;
    to->nr_pieces = from->nr_pieces;
    to->nr_pages = from->nr_pages;
    to->nr_words = from->nr_words;
    for (uint32_t i = 0; i < to->nr_pages; i++)
        ids_add(&to->by_frame, i);
    from->users--;
    c->lists = to;
    return true;
}

/* --- Adding -------------------------------------------------------------------------------- */

/* Room for one more, by doubling. */
static void *grow(void *list, size_t nr, size_t size)
{
    return nr & (nr - 1) ? list : realloc(list, (nr ? 2 * nr : 1) * size);
}

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is computed, and from what");
}

/* Room for so many more owned frames in a row. */
static struct owned *grow_owned(struct lists *l, size_t nr)
{
    size_t max = 2 * l->nr_owned + nr;
    struct owned *list;

    if (l->nr_owned + nr <= l->max_owned)
        return l->owned;
    list = realloc(l->owned, max * sizeof(*list));
    if (!list)
        return NULL;
    l->owned = list;
    l->max_owned = max;
    return list;
}

enum xenpt_code contents_reserve(struct contents *c, size_t nr, struct xenpt_error *err)
{
    return own_lists(c) && grow_owned(c->lists, 2 * nr) ? XENPT_OK : no_memory(err);
}

enum xenpt_code contents_own(struct contents *c, struct owned o, struct xenpt_error *err)
{
    struct owned *last, *list;
    struct lists *l;

    if (!own_lists(c))
        return no_memory(err);
    l = c->lists;
    last = l->nr_owned ? &l->owned[l->nr_owned - 1] : NULL;
    if (last && last->mfn + last->nr == o.mfn && last->gfn + last->nr == o.gfn) {
        last->nr += o.nr;
        return XENPT_OK;
    }
    list = grow_owned(l, 1);
    if (!list)
        return no_memory(err);
    list[l->nr_owned++] = o;
    return XENPT_OK;
}

enum xenpt_code contents_list(struct contents *c, struct owned o, struct xenpt_error *err)
{
    struct owned *list = own_lists(c) ? grow(c->lists->listed, c->lists->nr_listed, sizeof(*list))
                                      : NULL;

    if (!list)
        return no_memory(err);
    c->lists->listed = list;
    list[c->lists->nr_listed++] = o;
    return XENPT_OK;
}

enum xenpt_code contents_piece(struct contents *c, struct piece p, struct xenpt_error *err)
{
    struct piece *list = own_lists(c) ? grow(c->lists->pieces, c->lists->nr_pieces, sizeof(*list))
                                      : NULL;
    size_t at;

    if (!list)
        return no_memory(err);
    c->lists->pieces = list;
    at = lists_piece(c->lists, p.maddr);
    memmove(list + at + 1, list + at, (c->lists->nr_pieces - at) * sizeof(*list));
    list[at] = p;
    c->lists->nr_pieces++;
    return XENPT_OK;
}

static bool add_words(struct lists *l, struct row_of_words w)
{
    struct row_of_words *list = grow(l->words, l->nr_words, sizeof(*list));

    if (!list)
        return false;
    l->words = list;
    list[l->nr_words++] = w;
    return true;
}

enum xenpt_code contents_page(struct contents *c, uint64_t frame, const void *page,
                              struct xenpt_error *err)
{
    uint64_t word[XENPT_PAGE_SIZE / 8];
    struct small_page p = { .frame = frame }, *list;
    struct lists *l;
    bool ok = own_lists(c);

    l = c->lists;
    p.first = l->nr_words;
    memcpy(word, page, sizeof(word));
    for (uint16_t i = 0, nr; ok && i < XENPT_PAGE_SIZE / 8; i = (uint16_t)(i + nr)) {
        uint64_t step = i + 1u < XENPT_PAGE_SIZE / 8 ? word[i + 1] - word[i] : 0;

        nr = 1;
        if (!word[i])
            continue;
        while (i + nr < (int)(XENPT_PAGE_SIZE / 8) && word[i + nr] &&
               word[i + nr] - word[i + nr - 1] == step)
            nr++;
        ok = add_words(l, (struct row_of_words){ word[i], step, i, nr });
    }
    p.nr = l->nr_words - p.first;
    list = ok && ids_reserve(&l->by_frame, l->nr_pages + 1)
               ? grow(l->pages, l->nr_pages, sizeof(*list))
               : NULL;
    if (!list)
        return no_memory(err);
    l->pages = list;
    list[l->nr_pages] = p;
    ids_add(&l->by_frame, (uint32_t)l->nr_pages++);
    return XENPT_OK;
}

/* --- Taking away --------------------------------------------------------------------------- */

static bool is_in(uint64_t at, uint64_t first, uint64_t nr)
{
    return at >= first && at - first < nr;
}

static bool has_page(const struct lists *l, uint64_t frame)
{
    uint32_t id;

    for (size_t at = ids_first(&l->by_frame, frame); ids_get(&l->by_frame, at, &id);
         at = ids_next(&l->by_frame, at))
        if (l->pages[id].frame == frame)
            return true;
    return false;
}

/* Pages that are kept, and their words, move to where there are others no more. */
static void disown_pages(struct lists *l, uint64_t first, uint64_t nr)
{
    size_t kept = 0, words = 0;

    /* Most frames have none, and all others are not to be gone through for one. */
    if (nr == 1 && !has_page(l, first))
        return;
    for (size_t i = 0; i < l->nr_pages; i++) {
        struct small_page p = l->pages[i];

        if (is_in(p.frame, first, nr))
            continue;
        memmove(l->words + words, l->words + p.first, p.nr * sizeof(*l->words));
        p.first = words;
        words += p.nr;
        l->pages[kept++] = p;
    }
    l->nr_pages = kept;
    l->nr_words = words;
    ids_init_at(&l->by_frame, l->by_frame.slot, l->by_frame.order, l->by_frame.key_of,
                l->by_frame.of);
    for (uint32_t i = 0; i < kept; i++)
        ids_add(&l->by_frame, i);
}

/* Frames out of the list, which may get one piece more than it had: of one that they are in the
 * middle of. */
static bool disown_frames(struct lists *l, uint64_t first, uint64_t nr)
{
    uint64_t end = first + nr;
    struct owned *list = grow_owned(l, 1);

    if (!list)
        return false;
    for (size_t i = 0; i < l->nr_owned; i++) {
        struct owned o = list[i], after = o;
        uint64_t last = o.mfn + o.nr;

        if (last <= first || o.mfn >= end)
            continue;
        list[i].nr = o.mfn < first ? first - o.mfn : 0;
        if (last <= end)
            continue;
        after.mfn = end;
        after.nr = last - end;
        after.gfn = o.gfn + (end - o.mfn);
        if (!list[i].nr) {
            list[i] = after;
            continue;
        }
        memmove(list + i + 2, list + i + 1, (l->nr_owned - i - 1) * sizeof(*list));
        list[i + 1] = after;
        l->nr_owned++;
        break; /* No other has any of them. */
    }
    return true;
}

static void drop_empty(struct lists *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->nr_owned; i++)
        if (l->owned[i].nr)
            l->owned[kept++] = l->owned[i];
    l->nr_owned = kept;
}

enum xenpt_code contents_disown(struct contents *c, uint64_t first, uint64_t nr,
                                struct xenpt_error *err)
{
    struct lists *l;
    size_t kept = 0;

    if (!own_lists(c) || !disown_frames(c->lists, first, nr))
        return no_memory(err);
    l = c->lists;
    drop_empty(l);
    /* Lists in memory that is another's now. */
    for (size_t i = 0; i < l->nr_pieces; i++)
        if (!l->pieces[i].nr || !is_in(l->pieces[i].maddr >> XENPT_PAGE_SHIFT, first, nr))
            l->pieces[kept++] = l->pieces[i];
    l->nr_pieces = kept;
    disown_pages(l, first, nr);
    return XENPT_OK;
}

enum xenpt_code contents_rename(struct contents *c, uint64_t mfn, uint64_t gfn,
                                struct xenpt_error *err)
{
    return contents_rename_run(c, (struct owned){ mfn, 1, gfn }, err);
}

enum xenpt_code contents_rename_run(struct contents *c, struct owned o, struct xenpt_error *err)
{
    struct owned *list;
    struct lists *l;
    size_t at = 0;

    if (!own_lists(c) || !disown_frames(c->lists, o.mfn, o.nr))
        return no_memory(err);
    l = c->lists;
    drop_empty(l);
    list = grow_owned(l, 1);
    if (!list)
        return no_memory(err);
    while (at < l->nr_owned && list[at].mfn < o.mfn)
        at++;
    memmove(list + at + 1, list + at, (l->nr_owned - at) * sizeof(*list));
    list[at] = o;
    l->nr_owned++;
    return XENPT_OK;
}

/* --- Looking ------------------------------------------------------------------------------- */

static int by_mfn(const void *a, const void *b)
{
    const struct owned *l = a, *r = b;

    return (l->mfn > r->mfn) - (l->mfn < r->mfn);
}

void contents_open(struct contents *c)
{
    if (c->lists->nr_owned)
        qsort(c->lists->owned, c->lists->nr_owned, sizeof(*c->lists->owned), by_mfn);
}

uint64_t contents_bytes(const struct contents *c)
{
    const struct lists *l = c->lists;

    return sizeof(*l) + (l->nr_owned + l->nr_listed) * sizeof(struct owned) +
           l->nr_pieces * sizeof(struct piece) + l->nr_pages * sizeof(struct small_page) +
           l->nr_words * sizeof(struct row_of_words) + (sizeof(uint32_t) << l->by_frame.order);
}
