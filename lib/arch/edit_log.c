/*
 * edit_log.c - all or nothing; see edit_log.h.
 *
 * What is overwritten is noted first, and room for every note is made before anything is
 * done: undoing writes only to pages that the edit has written before, and needs no memory.
 */
#include "arch/edit_log.h"

#include <stdlib.h>

struct edit_log edit_begin(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    return (struct edit_log){ .tree = tree, .err = err };
}

static enum xenpt_code no_memory(struct edit_log *log)
{
    return xenpt_fail(log->err, XENPT_ENOMEM, "no memory to note what an edit changes");
}

/* Makes room for `more` elements behind the `nr` there are. */
static bool make_room(void **array, size_t nr, size_t *max, size_t more, size_t size)
{
    size_t wanted = *max ? *max : 16;
    void *larger;

    while (wanted < nr + more)
        wanted *= 2;
    if (wanted == *max)
        return true;
    larger = realloc(*array, wanted * size);
    if (!larger)
        return false;
    *array = larger;
    *max = wanted;
    return true;
}

static bool room_for_frame(struct frames *f)
{
    void *array = f->mfn;
    bool made = make_room(&array, f->nr, &f->max, 1, sizeof(*f->mfn));

    f->mfn = array;
    return made;
}

static bool room_for_slice(struct edit_log *log, size_t size)
{
    void *slices = log->slice, *bytes = log->bytes;
    bool made = make_room(&slices, log->nr_slices, &log->max_slices, 1, sizeof(*log->slice)) &&
                make_room(&bytes, log->nr_bytes, &log->max_bytes, size, 1);

    log->slice = slices;
    log->bytes = bytes;
    return made;
}

enum xenpt_code edit_write(struct edit_log *log, uint64_t at, const void *bytes, size_t size)
{
    const struct xenpt_reader *mem = xenpt_store_reader(log->tree->store);
    enum xenpt_code code;

    if (!room_for_slice(log, size))
        return no_memory(log);
    if (!xenpt_read(mem, at, log->bytes + log->nr_bytes, size))
        return xenpt_fail(log->err, XENPT_ERANGE, "there is no memory at 0x%llx for a table",
                          (unsigned long long)at);
    code = xenpt_store_write(log->tree->store, at, bytes, size, log->err);
    if (code)
        return code;
    log->slice[log->nr_slices++] = (struct old_slice){ at, size, log->nr_bytes };
    log->nr_bytes += size;
    return XENPT_OK;
}

enum xenpt_code edit_take_table(struct edit_log *log, uint64_t *ret)
{
    enum xenpt_code code;
    xenpt_mfn_t mfn;

    if (!room_for_frame(&log->taken))
        return no_memory(log);
    code = xenpt_alloc_take(log->tree->alloc, (struct xenpt_alloc_want){ 0 }, &mfn, log->err);
    if (code)
        return code == XENPT_ERANGE ? xenpt_prefix(log->err, "no frame for a table") : code;
    log->taken.mfn[log->taken.nr++] = mfn;
    *ret = xenpt_mfn_to_maddr(mfn);
    return XENPT_OK;
}

enum xenpt_code edit_leave_table(struct edit_log *log, uint64_t table)
{
    if (!room_for_frame(&log->left))
        return no_memory(log);
    log->left.mfn[log->left.nr++] = xenpt_maddr_to_mfn(table);
    return XENPT_OK;
}

/* Puts every slice back, the newest first.  These pages have been written: no write fails. */
static void undo(struct edit_log *log)
{
    while (log->nr_slices) {
        const struct old_slice *s = &log->slice[--log->nr_slices];

        (void)!xenpt_store_write(log->tree->store, s->at, log->bytes + s->bytes, s->size, NULL);
    }
}

static enum xenpt_code give_back(struct edit_log *log, const struct frames *f)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; i < f->nr; i++) {
        enum xenpt_code given = xenpt_alloc_give(log->tree->alloc, f->mfn[i], 0,
                                                 code ? NULL : log->err);

        xenpt_store_drop(log->tree->store, f->mfn[i]);
        code = code ? code : given;
    }
    return code;
}

enum xenpt_code edit_end(struct edit_log *log, enum xenpt_code code)
{
    if (code) {
        struct edit_log silent = *log;

        undo(log);
        silent.err = NULL; /* The reason is given already. */
        (void)give_back(&silent, &log->taken);
    } else {
        code = give_back(log, &log->left);
    }
    free(log->slice);
    free(log->bytes);
    free(log->taken.mfn);
    free(log->left.mfn);
    return code;
}
