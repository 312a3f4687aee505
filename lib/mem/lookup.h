/*
 * lookup.h - from a machine address to the bytes a reader holds there, inline.
 *
 * The walker is compiled once for each way of holding memory, with `held` a constant; each
 * way is one function here, and a reader of the caller's own is the call that remains.
 */
#ifndef XENPT_MEM_LOOKUP_H
#define XENPT_MEM_LOOKUP_H

#include <string.h>

#include "base/bits.h"
#include "xenpt/mem.h"

/* --- In runs: an image --------------------------------------------------------------------- */

/* Stretches of machine memory, each in one piece at bytes: sorted and disjoint. */
struct mem_run {
    uint64_t first, last;
    const uint8_t *bytes;
};

/*
 * Runs, and a directory that finds the bytes of most chunks in one look: chunk c of 2^shift
 * bytes lies whole in one run if directory[c] is neither CHUNK_EMPTY nor CHUNK_MIXED, and
 * then directory[c] + address is where the address's byte is held (modulo 2^64).
 */
struct mem_runs {
    unsigned int shift;
    uint64_t nr_chunks;
    const uint64_t *directory;
    const struct mem_run *run;
    size_t nr_runs;
};

#define CHUNK_EMPTY UINT64_C(0)
#define CHUNK_MIXED UINT64_C(1)

/* The run that holds `at`, or NULL: for chunks that no run fills. */
const struct mem_run *mem_runs_find(const struct mem_runs *runs, uint64_t at);

/* One look: the bytes at `at`, in a chunk that one run fills, or NULL: look again. */
static always_inline const uint8_t *mem_runs_glance(const struct mem_runs *runs, uint64_t at)
{
    uint64_t chunk = at >> runs->shift, delta;

    if (unlikely(chunk >= runs->nr_chunks))
        return NULL;
    delta = runs->directory[chunk];
    return likely(delta > CHUNK_MIXED) ? (const uint8_t *)(uintptr_t)(delta + at) : NULL;
}

/* The bytes at `at`, of which `size` lie in one piece, or NULL. */
static always_inline const uint8_t *mem_runs_at(const struct mem_runs *runs, uint64_t at,
                                                size_t size)
{
    const uint8_t *bytes = mem_runs_glance(runs, at);
    const struct mem_run *run;

    if (likely(bytes))
        return bytes;
    run = mem_runs_find(runs, at);
    return run && run->last - at >= size - 1 ? run->bytes + (at - run->first) : NULL;
}

/* Makes runs into a reader's index. `run` is kept, not copied. False: no memory. */
bool mem_runs_init(struct mem_runs *ret, const struct mem_run *run, size_t nr_runs);
void mem_runs_fini(struct mem_runs *runs);

/* A reader over runs; borrowed from them. */
struct xenpt_reader mem_runs_reader(const struct mem_runs *runs);

/* --- In a store ---------------------------------------------------------------------------- */

#include "mem/store_index.h"

/* --- Any ----------------------------------------------------------------------------------- */

/* A flat reader holds a page at least, and `size` is a page at most. */
static always_inline bool flat_has(const struct xenpt_reader *mem, uint64_t at, size_t size)
{
    return likely(at - mem->first <= mem->size - size);
}

/*
 * `size` (1 to 4096, not crossing a page) bytes at `at` where they are held, or NULL: not
 * there, or behind a call.
 */
static always_inline const uint8_t *mem_at(enum xenpt_held held, const struct xenpt_reader *mem,
                                           uint64_t at, size_t size)
{
    switch (held) {
    case XENPT_HELD_FLAT:
        return flat_has(mem, at, size) ? mem->bytes + (at - mem->first) : NULL;
    case XENPT_HELD_IN_RUNS:
        return mem_runs_at(mem->index, at, size);
    case XENPT_HELD_IN_STORE:
        return store_at(mem->index, at);
    case XENPT_HELD_BEHIND_CALL:
        break;
    }
    return NULL;
}

/* One look, with no call in it; NULL: ask mem_at(), or the reader itself. */
static always_inline const uint8_t *mem_glance(enum xenpt_held held, const struct xenpt_reader *mem,
                                               uint64_t at, size_t size)
{
    return held == XENPT_HELD_IN_RUNS ? mem_runs_glance(mem->index, at)
                                      : mem_at(held, mem, at, size);
}

/* An entry of 4 or 8 bytes, zero-extended.  x86 is little-endian, and so is the host. */
static always_inline uint64_t mem_word(const uint8_t *bytes, unsigned int size)
{
    uint64_t word;
    uint32_t half;

    if (size == 4) {
        memcpy(&half, bytes, sizeof(half));
        return half;
    }
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/*
 * Reads one entry.  Where `glance`, a look that is not conclusive fails too: what is asked
 * millions of times a second makes no call of its own, and whoever fails asks again.
 */
static always_inline bool mem_load(enum xenpt_held held, bool glance,
                                   const struct xenpt_reader *mem, uint64_t at, unsigned int size,
                                   uint64_t *ret)
{
    const uint8_t *bytes;

    if (held == XENPT_HELD_BEHIND_CALL) {
        *ret = 0;
        return mem->read(mem, at, ret, size);
    }
    if (held == XENPT_HELD_FLAT) {
        /* Written out: no null pointer to test for on the way of every walk. */
        if (!flat_has(mem, at, size))
            return false;
        bytes = mem->bytes + (at - mem->first);
    } else {
        bytes = glance ? mem_glance(held, mem, at, size) : mem_at(held, mem, at, size);
        if (unlikely(!bytes)) {
            *ret = 0;
            return !glance && mem->read(mem, at, ret, size);
        }
    }
    *ret = mem_word(bytes, size);
    return true;
}

#endif
