/* stretches.c - all of a memory, one stretch after the other, without copying any of it. */
#include "mem/lookup.h"
#include "mem/store.h"

struct pages {
    xenpt_stretch_fn fn;
    void *ctx;
};

static bool one_page(void *ctx, xenpt_mfn_t mfn, const void *page)
{
    const struct pages *p = ctx;

    return p->fn(p->ctx, xenpt_mfn_to_maddr(mfn), page, XENPT_PAGE_SIZE);
}

/* Only frames with content: the others are zeros. */
static enum xenpt_code in_store(const struct store_index *index, xenpt_stretch_fn fn, void *ctx,
                                struct xenpt_error *err)
{
    struct pages pages = { fn, ctx };

    if (index->view->then)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "a snapshot cannot be read from end to end: restore it first");
    return xenpt_store_each(index->view->store, one_page, &pages, err);
}

static enum xenpt_code in_runs(const struct mem_runs *runs, xenpt_stretch_fn fn, void *ctx,
                               struct xenpt_error *err)
{
    for (size_t i = 0; i < runs->nr_runs; i++) {
        const struct mem_run *run = &runs->run[i];

        if (!fn(ctx, run->first, run->bytes, run->last - run->first + 1))
            return xenpt_fail(err, XENPT_ESTOPPED, "stopped at run %zu of %zu", i, runs->nr_runs);
    }
    return XENPT_OK;
}

enum xenpt_code xenpt_each_stretch(const struct xenpt_reader *mem, xenpt_stretch_fn fn, void *ctx,
                                   struct xenpt_error *err)
{
    switch (mem->held) {
    case XENPT_HELD_FLAT:
        if (!fn(ctx, mem->first, mem->bytes, mem->size))
            return xenpt_fail(err, XENPT_ESTOPPED, "stopped");
        return XENPT_OK;
    case XENPT_HELD_IN_RUNS:
        return in_runs(mem->index, fn, ctx, err);
    case XENPT_HELD_IN_STORE:
        return in_store(mem->index, fn, ctx, err);
    case XENPT_HELD_BEHIND_CALL:
        break;
    }
    return xenpt_fail(
        err, XENPT_EUNSUPPORTED,
        "this memory cannot be searched: it is less than a page, or read by a call for each "
        "address, so that nobody knows where it ends");
}
