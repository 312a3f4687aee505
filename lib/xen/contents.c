/*
 * contents.c - what is in the machine-to-physical table: the frame that a guest calls each
 * frame of the machine's; all ones for those that are no guest's.  And the other way: the list
 * that a PV guest is given of its frames; zeros behind them.
 *
 * A machine of 12 TiB has 36 GiB of the one, so an entry is worked out when it is read by
 * xenpt_read().  Whole pages, as xenpt_read_page() lends them, are the store's: zeros.
 */
#include "xen/contents.h"

#include <stdlib.h>
#include <string.h>

/* --- Lists --------------------------------------------------------------------------------- */

/* Room for one more, by doubling. */
static void *grow(void *list, size_t nr, size_t size)
{
    return nr & (nr - 1) ? list : realloc(list, (nr ? 2 * nr : 1) * size);
}

enum xenpt_code contents_own(struct contents *c, struct owned o, struct xenpt_error *err)
{
    struct owned *last = c->nr_owned ? &c->owned[c->nr_owned - 1] : NULL, *list;

    if (last && last->mfn + last->nr == o.mfn && last->gfn + last->nr == o.gfn) {
        last->nr += o.nr;
        return XENPT_OK;
    }
    list = grow(c->owned, c->nr_owned, sizeof(*list));
    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for who owns which frames");
    c->owned = list;
    list[c->nr_owned++] = o;
    return XENPT_OK;
}

enum xenpt_code contents_list(struct contents *c, struct owned o, struct xenpt_error *err)
{
    struct owned *list = grow(c->listed, c->nr_listed, sizeof(*list));

    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for which frames are whose");
    c->listed = list;
    list[c->nr_listed++] = o;
    return XENPT_OK;
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

bool contents_own_copy(struct contents *to, const struct contents *from)
{
    to->listed = NULL;
    to->pieces = NULL;
    return copy_list(from->owned, from->nr_owned, sizeof(*to->owned), &to->owned) &&
           copy_list(from->listed, from->nr_listed, sizeof(*to->listed), &to->listed) &&
           copy_list(from->pieces, from->nr_pieces, sizeof(*to->pieces), &to->pieces);
}

static bool is_in(uint64_t at, uint64_t first, uint64_t nr)
{
    return at >= first && at - first < nr;
}

void contents_disown(struct contents *c, uint64_t first, uint64_t nr)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->nr_owned; i++) {
        struct owned o = c->owned[i];
        uint64_t end = o.mfn + o.nr, gone = 0;

        /* It can have run into another domain's, which was given what follows. */
        if (is_in(o.mfn, first, nr))
            gone = end < first + nr ? o.nr : first + nr - o.mfn;
        else if (is_in(first, o.mfn, o.nr))
            o.nr = first - o.mfn;
        if (gone < o.nr)
            c->owned[kept++] = (struct owned){ o.mfn + gone, o.nr - gone, o.gfn + gone };
    }
    c->nr_owned = kept;
    kept = 0;
    /* Lists in memory that is another's now. */
    for (size_t i = 0; i < c->nr_pieces; i++)
        if (!c->pieces[i].nr || !is_in(c->pieces[i].maddr >> XENPT_PAGE_SHIFT, first, nr))
            c->pieces[kept++] = c->pieces[i];
    c->nr_pieces = kept;
}

/* One more row, where it belongs. */
static bool insert(struct contents *c, size_t at, struct owned o)
{
    struct owned *list = grow(c->owned, c->nr_owned, sizeof(*list));

    if (!list)
        return false;
    c->owned = list;
    memmove(list + at + 1, list + at, (c->nr_owned - at) * sizeof(*list));
    list[at] = o;
    c->nr_owned++;
    return true;
}

enum xenpt_code contents_rename(struct contents *c, uint64_t mfn, uint64_t gfn,
                                struct xenpt_error *err)
{
    struct owned was = { .nr = 0 };
    size_t at = 0;

    while (at < c->nr_owned && c->owned[at].mfn + c->owned[at].nr <= mfn)
        at++;
    if (at < c->nr_owned && c->owned[at].mfn <= mfn)
        was = c->owned[at];
    if (!was.nr || was.nr > 1) {
        uint64_t before = was.nr ? mfn - was.mfn : 0, after = was.nr ? was.nr - before - 1 : 0;

        /* Two rows more at most: what is behind the frame, and the frame. */
        if ((after && !insert(c, at + 1, (struct owned){ mfn + 1, after, was.gfn + before + 1 })) ||
            (!insert(c, was.nr ? at + 1 : at, (struct owned){ mfn, 1, gfn })))
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for who owns which frames");
        if (!was.nr)
            return XENPT_OK;
        c->owned[at].nr = before;
        if (!before) {
            memmove(c->owned + at, c->owned + at + 1, (c->nr_owned - at - 1) * sizeof(*c->owned));
            c->nr_owned--;
        }
        return XENPT_OK;
    }
    c->owned[at].gfn = gfn;
    return XENPT_OK;
}

enum xenpt_code contents_piece(struct contents *c, struct piece p, struct xenpt_error *err)
{
    struct piece *list = grow(c->pieces, c->nr_pieces, sizeof(*list));

    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the pieces of M2P and p2m lists");
    c->pieces = list;
    list[c->nr_pieces++] = p;
    return XENPT_OK;
}

static int by_mfn(const void *a, const void *b)
{
    const struct owned *l = a, *r = b;

    return (l->mfn > r->mfn) - (l->mfn < r->mfn);
}

static int by_maddr(const void *a, const void *b)
{
    const struct piece *l = a, *r = b;

    return (l->maddr > r->maddr) - (l->maddr < r->maddr);
}

/* --- Reading ------------------------------------------------------------------------------- */

uint64_t contents_gfn(const struct contents *c, uint64_t frame)
{
    size_t low = 0, high = c->nr_owned;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (c->owned[mid].mfn + c->owned[mid].nr <= frame)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == c->nr_owned || c->owned[low].mfn > frame)
        return UINT64_MAX;
    return c->owned[low].gfn + (frame - c->owned[low].mfn);
}

static uint64_t list_entry(const struct contents *c, const struct piece *p, uint64_t pfn)
{
    size_t low = p->first, high = p->first + p->nr;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (c->listed[mid].gfn + c->listed[mid].nr <= pfn)
            low = mid + 1;
        else
            high = mid;
    }
    return low < p->first + p->nr ? c->listed[low].mfn + (pfn - c->listed[low].gfn) : 0;
}

/* The first piece that ends behind an address. */
static const struct piece *piece_at(const struct contents *c, uint64_t at)
{
    size_t low = 0, high = c->nr_pieces;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (c->pieces[mid].maddr + c->pieces[mid].size <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->nr_pieces ? &c->pieces[low] : NULL;
}

static void from_piece(const struct contents *c, const struct piece *p, uint64_t at, uint8_t *buf,
                       size_t n)
{
    uint64_t offset = at - p->maddr;

    while (n) {
        uint64_t frame = p->frame + offset / p->entry_size;
        uint64_t entry = p->nr ? list_entry(c, p, frame) : contents_gfn(c, frame);
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

static bool read_contents(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct contents *c = (const struct contents *)(const void *)self->bytes;
    uint8_t *to = buf;

    while (size) {
        const struct piece *p = piece_at(c, at);
        size_t n = size;

        if (p && at >= p->maddr) {
            n = p->maddr + p->size - at < n ? (size_t)(p->maddr + p->size - at) : n;
            from_piece(c, p, at, to, n);
        } else {
            if (p && p->maddr - at < n)
                n = (size_t)(p->maddr - at);
            if (!xenpt_read(c->store, at, to, n))
                return false;
        }
        at += n;
        to += n;
        size -= n;
    }
    return true;
}

void contents_open(struct contents *c, const struct xenpt_reader *store)
{
    if (c->nr_owned)
        qsort(c->owned, c->nr_owned, sizeof(*c->owned), by_mfn);
    if (c->nr_pieces)
        qsort(c->pieces, c->nr_pieces, sizeof(*c->pieces), by_maddr);
    c->store = store;
    /* Held as the store is, so that tables are found without a call; it has nothing at M2P. */
    c->reader = *store;
    c->reader.read = read_contents;
    c->reader.bytes = (const uint8_t *)c; /* Not used of a store; copies of a reader have it. */
}

void contents_fini(struct contents *c)
{
    free(c->owned);
    free(c->listed);
    free(c->pieces);
}
