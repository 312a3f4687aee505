/*
 * edit_log.c - all or nothing; see edit_log.h.
 *
 * What is overwritten is noted first, and room for every note is made before anything is
 * done: undoing writes only to pages that the edit has written before, and needs no memory.
 */
#include "arch/edit_log.h"

#include <stdlib.h>
#include <string.h>

#define FRAME(at) ((at) & ~(uint64_t)(XENPT_PAGE_SIZE - 1))

struct edit_log edit_begin(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    return (struct edit_log){ .tree = tree, .err = err };
}

static enum xenpt_code no_memory(struct edit_log *log)
{
    return xenpt_fail(log->err, XENPT_ENOMEM, "no memory to note what an edit changes");
}

/* An array with room for `more` elements behind the `nr` there are, or NULL. */
static void *with_room(void *array, size_t nr, size_t *max, size_t more, size_t size)
{
    size_t wanted = *max ? *max : 16;
    void *larger;

    while (wanted < nr + more)
        wanted *= 2;
    if (wanted == *max)
        return array;
    larger = realloc(array, wanted * size);
    if (larger)
        *max = wanted;
    return larger;
}

/* Room for one more old slice and its bytes.  What was made is kept, also on failure. */
static bool room_for_slice(struct edit_log *log, size_t size)
{
    struct old_slice *slice = with_room(log->slice, log->nr_slices, &log->max_slices, 1,
                                        sizeof(*slice));
    uint8_t *bytes;

    if (!slice)
        return false;
    log->slice = slice;
    bytes = with_room(log->bytes, log->nr_bytes, &log->max_bytes, size, 1);
    if (!bytes)
        return false;
    log->bytes = bytes;
    return true;
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

enum xenpt_code edit_fill(struct edit_log *log, uint64_t at, const void *bytes, size_t size)
{
    return xenpt_store_write(log->tree->store, at, bytes, size, log->err);
}

enum xenpt_code edit_take_table(struct edit_log *log, uint64_t address, uint64_t *ret)
{
    static const uint64_t zeros[XENPT_PAGE_SIZE / sizeof(uint64_t)];
    const struct xenpt_reader *mem = xenpt_store_reader(log->tree->store);
    struct xenpt_alloc_want want = { .below = (address >> XENPT_PAGE_SHIFT) + 1 };
    uint64_t copy[XENPT_PAGE_SIZE / sizeof(uint64_t)];
    struct taken *taken = with_room(log->taken, log->nr_taken, &log->max_taken, 1, sizeof(*taken));
    const uint8_t *page;
    enum xenpt_code code;

    if (!taken)
        return no_memory(log);
    log->taken = taken;
    taken += log->nr_taken;
    code = xenpt_alloc_take(log->tree->alloc, want, &taken->mfn, log->err);
    if (code)
        return xenpt_prefix(log->err, code, "no frame for a table");
    taken->had_content = false;
    log->nr_taken++;
    *ret = xenpt_mfn_to_maddr(taken->mfn);
    page = xenpt_read_page(mem, *ret, (uint8_t *)copy);
    if (!page)
        return xenpt_fail(log->err, XENPT_ERANGE,
                          "the allocator gave 0x%llx for a table, where there is no memory",
                          (unsigned long long)*ret);
    if (!memcmp(page, zeros, XENPT_PAGE_SIZE))
        return XENPT_OK;
    taken->had_content = true;
    return edit_write(log, *ret, zeros, XENPT_PAGE_SIZE);
}

enum xenpt_code edit_leave_table(struct edit_log *log, uint64_t table)
{
    uint64_t *left = with_room(log->left, log->nr_left, &log->max_left, 1, sizeof(*left));
    const struct table_slot *before;

    if (!left)
        return no_memory(log);
    log->left = left;
    if (!log->is_left.slot && !table_set_init(&log->is_left))
        return no_memory(log);
    if (!table_set_enter(&log->is_left, FRAME(table), 1, 0, &before))
        return no_memory(log);
    if (!before)
        log->left[log->nr_left++] = table;
    return XENPT_OK;
}

/*
 * Puts every slice back, the newest first, and gives new tables back.  The slices' pages have
 * been written before, and the frames were taken: neither can fail.
 */
static void undo(struct edit_log *log)
{
    while (log->nr_slices) {
        const struct old_slice *s = &log->slice[--log->nr_slices];

        (void)!xenpt_store_write(log->tree->store, s->at, log->bytes + s->bytes, s->size, NULL);
    }
    while (log->nr_taken) {
        const struct taken *t = &log->taken[--log->nr_taken];

        if (!t->had_content)
            xenpt_store_drop(log->tree->store, t->mfn);
        (void)!xenpt_alloc_give(log->tree->alloc, t->mfn, 0, NULL);
    }
}

/* Gives back every table that was left, or none of them. */
static enum xenpt_code give_left(struct edit_log *log)
{
    enum xenpt_code code = XENPT_OK;
    size_t given = 0;

    while (given < log->nr_left && !code) {
        code = xenpt_alloc_give(log->tree->alloc, xenpt_maddr_to_mfn(log->left[given]), 0,
                                log->err);
        given += !code;
    }
    if (code) {
        (void)xenpt_prefix(log->err, code, "a table at 0x%llx",
                           (unsigned long long)log->left[given]);
        while (given--)
            (void)!xenpt_alloc_claim(log->tree->alloc, xenpt_maddr_to_mfn(log->left[given]), 0,
                                     NULL);
        return code;
    }
    while (given--)
        xenpt_store_drop(log->tree->store, xenpt_maddr_to_mfn(log->left[given]));
    return XENPT_OK;
}

enum xenpt_code edit_end(struct edit_log *log, enum xenpt_code code)
{
    if (!code)
        code = give_left(log);
    if (code)
        undo(log);
    free(log->slice);
    free(log->bytes);
    free(log->taken);
    free(log->left);
    table_set_fini(&log->is_left);
    return code;
}
