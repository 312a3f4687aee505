/*
 * write_frames.c - which pages of a memory are worth writing: those with content, and tables.
 *
 * A table without an entry has no content; but were it left out, what leads to it would lead out
 * of the image, and "not present" would become "not there".  So the trees of all contexts are
 * gone through, each table once.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/table_set.h"
#include "image/internal.h"
#include "image/write.h"

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for the list of pages to write");
}

static bool add(struct write_frames *f, uint64_t first, uint64_t last)
{
    struct xenpt_image_run *end = f->nr ? &f->list[f->nr - 1] : NULL, *list;

    if (end && end->last + 1 == first) {
        end->last = last;
        return true;
    }
    list = image_grow(f->list, &f->max, f->nr, sizeof(*list));
    if (!list)
        return false;
    f->list = list;
    list[f->nr++] = (struct xenpt_image_run){ .first = first, .last = last };
    return true;
}

/* --- Content ------------------------------------------------------------------------------- */

static bool add_stretch(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    (void)bytes;
    return add(ctx, first, first + size - 1);
}

/* --- Tables -------------------------------------------------------------------------------- */

/* Trees being gone through; a set of tables for each format that they are of. */
struct walk {
    struct write_frames *frames;
    const struct xenpt_reader *mem;
    const struct xenpt_context *context;
    const struct xenpt_paging *pg; /* The first stage of the context, or the second. */
    bool guest;                    /* Tables are at the guest's addresses. */
    struct table_set met[XENPT_NR_FORMATS];
};

static uint64_t table_address(const struct walk *w, uint64_t at)
{
    struct xenpt_walk walk;

    if (!w->guest)
        return at;
    return xenpt_walk(&w->context->second, w->mem, at, &walk) == XENPT_MAPPED ? walk.out
                                                                              : UINT64_MAX;
}

static bool table(struct walk *w, uint64_t at, unsigned int level);

static bool entries(struct walk *w, const uint8_t *bytes, unsigned int level)
{
    const struct xenpt_format *f = &w->pg->format;

    for (size_t i = 0; i < (size_t)1 << f->level[level].bits; i++) {
        uint64_t entry = 0;

        memcpy(&entry, bytes + i * f->entry_size, f->entry_size);
        if (entry & f->present && !(entry & f->level[level].page_if) &&
            !table(w, entry & f->address, level - 1))
            return false;
    }
    return true;
}

/* At most XENPT_TOP_MAX deep.  False: no memory. */
static bool table(struct walk *w, uint64_t at, unsigned int level)
{
    _Alignas(8) uint8_t copy[XENPT_PAGE_SIZE];
    uint64_t machine = table_address(w, at), page = machine - machine % XENPT_PAGE_SIZE;
    const struct table_slot *before;
    const uint8_t *bytes;

    if (machine == UINT64_MAX)
        return true;
    if (!table_set_enter(&w->met[w->pg->id], machine, level, 0, &before))
        return false;
    bytes = before ? NULL : xenpt_read_page(w->mem, page, copy);
    if (!bytes)
        return true; /* Met before, or an address where there is no memory. */
    if (!add(w->frames, page, page | (XENPT_PAGE_SIZE - 1)))
        return false;
    return level == 1 || entries(w, bytes + (machine - page), level);
}

static bool tree(struct walk *w, const struct xenpt_paging *pg, bool guest)
{
    w->pg = pg;
    w->guest = guest;
    if (!w->met[pg->id].slot && !table_set_init(&w->met[pg->id]))
        return false;
    return !pg->format.top || table(w, pg->root, pg->format.top);
}

static enum xenpt_code find_tables(struct write_frames *f, const struct xenpt_view *view,
                                   struct xenpt_error *err)
{
    struct walk w = { .frames = f, .mem = view->mem };
    bool done = true;

    for (size_t i = 0; done && i < view->nr_contexts; i++) {
        w.context = &view->contexts[i];
        done = tree(&w, &w.context->paging, w.context->has_second);
        if (done && w.context->has_second)
            done = tree(&w, &w.context->second, false);
    }
    for (size_t i = 0; i < XENPT_NR_FORMATS; i++)
        table_set_fini(&w.met[i]);
    return done ? XENPT_OK : no_memory(err);
}

/* --- All of them --------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const struct xenpt_image_run *l = a, *r = b;

    return (l->first > r->first) - (l->first < r->first);
}

static void merge(struct write_frames *f)
{
    size_t nr = 0;

    if (f->nr)
        qsort(f->list, f->nr, sizeof(*f->list), by_first);
    for (size_t i = 0; i < f->nr; i++) {
        struct xenpt_image_run *end = nr ? &f->list[nr - 1] : NULL;

        if (end && f->list[i].first <= end->last + 1)
            end->last = max_u64(end->last, f->list[i].last);
        else
            f->list[nr++] = f->list[i];
    }
    f->nr = nr;
}

enum xenpt_code write_frames_find(struct write_frames *ret, const struct xenpt_view *view,
                                  const struct xenpt_image_write_options *opt,
                                  struct xenpt_error *err)
{
    struct write_frames f = { 0 };
    enum xenpt_code code = opt->tables_only ? XENPT_OK
                                            : xenpt_each_stretch(view->mem, add_stretch, &f, err);

    if (code == XENPT_ESTOPPED)
        code = no_memory(err);
    if (!code)
        code = find_tables(&f, view, err);
    for (size_t i = 0; !code && i < opt->nr_more; i++)
        if (!add(&f, opt->more[i].first, opt->more[i].last))
            code = no_memory(err);
    if (code) {
        write_frames_fini(&f);
        return code;
    }
    merge(&f);
    *ret = f;
    return XENPT_OK;
}

void write_frames_fini(struct write_frames *frames)
{
    free(frames->list);
    *frames = (struct write_frames){ 0 };
}
