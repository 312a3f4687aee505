/**
 * @file mem.h
 * Memory: the reader through which everything reads it, the sparse store that simulates it,
 * and the allocator that hands out its frames.
 */
#ifndef XENPT_MEM_H
#define XENPT_MEM_H

#include "xenpt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How a reader holds its bytes.  The walker has one inline path for each; a reader of
 * one's own is #XENPT_HELD_BEHIND_CALL.
 */
enum xenpt_held {
    XENPT_HELD_BEHIND_CALL, /**< Only xenpt_reader::read knows. */
    XENPT_HELD_FLAT,        /**< In one piece, at xenpt_reader::bytes. */
    XENPT_HELD_IN_RUNS,     /**< In pieces of a file: an image. */
    XENPT_HELD_IN_STORE,    /**< In pages of a struct xenpt_store. */
};

/**
 * The one door to memory.  A value: copy it freely; what it points to stays the owner's and
 * must outlive it.  Reading changes nothing, so many threads may read through one reader
 * while nobody writes to what is behind it.
 *
 * To make one of your own, embed it as the first member of a struct of yours, set @ref read,
 * and cast @p self back.
 */
struct xenpt_reader {
    /**
     * Copies @p size bytes at machine address @p at into @p buf.
     * @return False: some of these bytes do not exist, and @p buf is unspecified.
     */
    bool (*read)(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size);
    enum xenpt_held held; /**< Which of the following members are used. */
    uint64_t first;       /**< FLAT: the lowest machine address held... */
    uint64_t size;        /**< ...and how many bytes from there on: a page at least. */
    const uint8_t *bytes; /**< FLAT: the byte at @ref first. */
    const void *index;    /**< IN_RUNS, IN_STORE: the holder's own index. */
};

/**
 * A reader of @p size bytes at @p bytes, which stand for machine addresses from @p first on.
 * Less than a page is held, and read, in the slower way: as #XENPT_HELD_BEHIND_CALL.
 */
XENPT_API struct xenpt_reader xenpt_reader_flat(const void *bytes, uint64_t first, size_t size);

/** Reads through @p mem; the same as calling its read member. */
static inline bool xenpt_read(const struct xenpt_reader *mem, uint64_t at, void *buf, size_t size)
{
    return mem->read(mem, at, buf, size);
}

/**
 * The page at @p at, without copying where @p mem holds whole pages, else read into @p copy.
 * @param at    A multiple of #XENPT_PAGE_SIZE.
 * @param copy  #XENPT_PAGE_SIZE bytes of the caller's, aligned to 8.
 * @return The page (borrowed from @p mem, or @p copy; it may be aligned to 1 byte only),
 *         or NULL if some byte of it does not exist.
 */
XENPT_API const uint8_t *xenpt_read_page(const struct xenpt_reader *mem, uint64_t at,
                                         uint8_t *copy);

/** Gets a stretch of memory in one piece.  @return False: stop. */
typedef bool (*xenpt_stretch_fn)(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size);

/**
 * Calls @p fn for all that @p mem holds, a stretch after the other, in ascending order and
 * without copying: an image's runs, a store's frames with content.
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_EUNSUPPORTED for memory behind a call, or
 *         of a snapshot; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_each_stretch(const struct xenpt_reader *mem,
                                                         xenpt_stretch_fn fn, void *ctx,
                                                         struct xenpt_error *err);

/* --- The frame store --------------------------------------------------------------------- */

/**
 * Simulated machine memory.  It can stand for 16 TiB of RAM and costs only for the frames
 * that have content; a frame of RAM without content reads as zeros, and what is not RAM
 * does not exist.
 *
 * One thread may write; while none does, many may read.
 */
struct xenpt_store;

/** A store with no RAM yet.  Destroy it with xenpt_store_destroy(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_store_create(struct xenpt_store **ret,
                                                         struct xenpt_error *err);
/** Frees a store and all of its snapshots; NULL is fine. */
XENPT_API void xenpt_store_destroy(struct xenpt_store *store);

/**
 * Says that machine addresses @p first to @p last are RAM.
 * @param first,last  Both included; @p first page-aligned, @p last the last byte of a page,
 *                    below 2^52.  May overlap or touch RAM added before.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_store_add_ram(struct xenpt_store *store, uint64_t first,
                                                          uint64_t last, struct xenpt_error *err);

/** Reads the store as it is now.  Borrowed; valid until the store is destroyed. */
XENPT_API const struct xenpt_reader *xenpt_store_reader(const struct xenpt_store *store);

/**
 * Writes @p size bytes at machine address @p at.
 * On failure (no such RAM, no host memory) nothing was written.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_store_write(struct xenpt_store *store, uint64_t at,
                                                        const void *buf, size_t size,
                                                        struct xenpt_error *err);

/** Writes one 8-byte little-endian word; see xenpt_store_write(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_store_write64(struct xenpt_store *store, uint64_t at,
                                                          uint64_t word, struct xenpt_error *err);

/** Gives a frame back: it has no content any more, and reads as zeros.  Never fails. */
XENPT_API void xenpt_store_drop(struct xenpt_store *store, xenpt_mfn_t mfn);

/** What a store holds and costs. */
struct xenpt_store_stats {
    uint64_t frames;          /**< Frames with content now. */
    uint64_t snapshot_frames; /**< Frames kept for snapshots only. */
    uint64_t bytes;           /**< Host memory in use for all of it, indexes included. */
};

/** Counts; see #xenpt_store_stats. */
XENPT_API struct xenpt_store_stats xenpt_store_stats(const struct xenpt_store *store);

/**
 * Calls @p fn for each frame with content, in ascending order, until it returns false.
 * @return #XENPT_OK, #XENPT_ESTOPPED, or #XENPT_ENOMEM (the order takes a sorted list).
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_store_each(const struct xenpt_store *store,
                                                       bool (*fn)(void *ctx, xenpt_mfn_t mfn,
                                                                  const void *page),
                                                       void *ctx, struct xenpt_error *err);

/**
 * The store as it was at one moment.  Taking one costs nothing; what is written afterwards
 * costs one copy of each page it touches first.  Owned by its store.
 */
struct xenpt_snapshot;

/** Takes a snapshot of @p store. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_snapshot_take(struct xenpt_store *store,
                                                          struct xenpt_snapshot **ret,
                                                          struct xenpt_error *err);
/** Reads the store as it was.  Borrowed; valid until the snapshot is dropped. */
XENPT_API const struct xenpt_reader *xenpt_snapshot_reader(const struct xenpt_snapshot *snap);
/** Makes the store what it was.  Later snapshots are dropped; @p snap stays. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_snapshot_restore(struct xenpt_snapshot *snap,
                                                             struct xenpt_error *err);
/** Forgets a snapshot; others, earlier or later, stay right.  NULL is fine.  */
XENPT_API void xenpt_snapshot_drop(struct xenpt_snapshot *snap);

/* --- The frame allocator ----------------------------------------------------------------- */

/**
 * Hands out frames of the ranges it was given.  Same calls, same frames, on any machine.
 */
struct xenpt_alloc;

/** An allocator with nothing to hand out yet. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_create(struct xenpt_alloc **ret,
                                                         struct xenpt_error *err);
/** A second allocator in the same state, which from then on knows nothing of the first. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_copy(const struct xenpt_alloc *alloc,
                                                       struct xenpt_alloc **ret,
                                                       struct xenpt_error *err);
/** Frees an allocator; NULL is fine. */
XENPT_API void xenpt_alloc_destroy(struct xenpt_alloc *alloc);
/** Adds the frames @p first to @p last, both included; none of them may be free already. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_add(struct xenpt_alloc *alloc, xenpt_mfn_t first,
                                                      xenpt_mfn_t last, struct xenpt_error *err);

/** What frames are wanted. */
struct xenpt_alloc_want {
    unsigned int order; /**< 2^order frames in a row, aligned to their number. */
    uint64_t below;     /**< Only frames with numbers below this one; 0: any. */
    bool low;           /**< From the lowest address up; else from the highest down, as Xen. */
};

/** Takes 2^order frames; #XENPT_ERANGE if there are none such left. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_take(struct xenpt_alloc *alloc,
                                                       struct xenpt_alloc_want want,
                                                       xenpt_mfn_t *ret, struct xenpt_error *err);
/** Takes these 2^order frames and no others; #XENPT_ESTATE if one of them is not free. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_claim(struct xenpt_alloc *alloc,
                                                        xenpt_mfn_t first, unsigned int order,
                                                        struct xenpt_error *err);
/** Gives 2^order frames back; #XENPT_ESTATE if one of them is free, or was never added. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_give(struct xenpt_alloc *alloc, xenpt_mfn_t first,
                                                       unsigned int order, struct xenpt_error *err);
/** Room so that @p nr of these calls cannot fail for want of memory. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_alloc_reserve(struct xenpt_alloc *alloc, size_t nr,
                                                          struct xenpt_error *err);
/** The lowest run of free frames that ends at or above @p from.  @return False: there is none. */
XENPT_API bool xenpt_alloc_run(const struct xenpt_alloc *alloc, xenpt_mfn_t from,
                               xenpt_mfn_t *first, xenpt_mfn_t *last);
/** Frames that can still be taken. */
XENPT_API uint64_t xenpt_alloc_nr_free(const struct xenpt_alloc *alloc);
/** Frames in a row that can be taken, the @p i-th from the lowest; both are included.
 *  @return False: there are fewer. */
XENPT_API bool xenpt_alloc_free_range(const struct xenpt_alloc *alloc, size_t i, xenpt_mfn_t *first,
                                      xenpt_mfn_t *last);

#ifdef __cplusplus
}
#endif

#endif
