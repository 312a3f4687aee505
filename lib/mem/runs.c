/*
 * runs.c - memory in many pieces: the runs of an image, and the directory in front of them.
 *
 *      address   ....[== run 0 ==========][= run 1 =]..............[ run 2 ]....
 *      chunk     |  mixed |  delta | delta | mixed  | empty | mixed | mixed |
 *
 * A walk asks for an entry every few nanoseconds, so the common case must be one look and no
 * search: a chunk that lies whole in one run says where its bytes are.  What a run does not
 * fill is left to a binary search.
 *
 * The directory may cost as much as the runs themselves are worth, and no more: a chunk is a
 * page where that is affordable, and grows where few runs are spread over much address space.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "base/search.h"
#include "mem/lookup.h"

/* Entries of a directory: at most so many for each run, and so many more. */
#define CHUNKS_PER_RUN 64
#define CHUNKS_ANYWAY  4096

const struct mem_run *mem_runs_find(const struct mem_runs *runs, uint64_t at)
{
    size_t low = 0, high = runs->nr_runs;

    SEARCH(low, high, i, runs->run[i].last < at);
    return low < runs->nr_runs && runs->run[low].first <= at ? &runs->run[low] : NULL;
}

/* Marks the chunks that `run` touches, and points at it those that it fills. */
static void enter(uint64_t *directory, unsigned int shift, const struct mem_run *run)
{
    uint64_t delta = (uint64_t)(uintptr_t)run->bytes - run->first;

    /* Two deltas mean something else; such bytes are found by search. */
    if (delta == CHUNK_EMPTY)
        delta = CHUNK_MIXED;

    for (uint64_t chunk = run->first >> shift; chunk <= run->last >> shift; chunk++) {
        uint64_t first = chunk << shift, last = first | ones(shift);

        directory[chunk] = run->first <= first && last <= run->last ? delta : CHUNK_MIXED;
    }
}

/*
 * A zeroed directory.  A large one is looked at in random places, between pages of tables that
 * need entries of the host's TLB themselves: on huge pages it takes one or two of them.
 */
static uint64_t *new_directory(size_t size)
{
    const size_t huge = (size_t)2 << 20;
    void *directory;

    if (size < huge)
        return calloc(1, size);
    directory = aligned_alloc(huge, (size + huge - 1) & ~(huge - 1));
    if (!directory)
        return NULL;
    madvise(directory, size, MADV_HUGEPAGE); /* Advice: it may be declined. */
    memset(directory, 0, size);
    return directory;
}

bool mem_runs_init(struct mem_runs *ret, const struct mem_run *run, size_t nr_runs)
{
    struct mem_runs runs = { .shift = XENPT_PAGE_SHIFT, .run = run, .nr_runs = nr_runs };
    uint64_t most = CHUNKS_PER_RUN * (uint64_t)nr_runs + CHUNKS_ANYWAY, last;
    uint64_t *directory;

    if (nr_runs == 0) {
        *ret = runs;
        return true;
    }

    last = run[nr_runs - 1].last;
    while (last >> runs.shift >= most)
        runs.shift++;
    runs.nr_chunks = (last >> runs.shift) + 1;

    directory = new_directory(runs.nr_chunks * sizeof(*directory));
    if (!directory)
        return false;
    for (size_t i = 0; i < nr_runs; i++)
        enter(directory, runs.shift, &run[i]);
    runs.directory = directory;
    *ret = runs;
    return true;
}

void mem_runs_fini(struct mem_runs *runs)
{
    free((void *)(uintptr_t)runs->directory);
    *runs = (struct mem_runs){ 0 };
}

static bool read_runs(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct mem_runs *runs = self->index;
    uint8_t *to = buf;

    while (size) {
        const struct mem_run *run = mem_runs_find(runs, at);
        size_t part;

        if (!run)
            return false;
        part = (size_t)min_u64(size - 1, run->last - at) + 1;
        memcpy(to, run->bytes + (at - run->first), part);
        to += part;
        at += part;
        size -= part;
        if (at == 0 && size)
            return false;
    }
    return true;
}

struct xenpt_reader mem_runs_reader(const struct mem_runs *runs)
{
    return (struct xenpt_reader){
        .read = read_runs,
        .held = XENPT_HELD_IN_RUNS,
        .index = runs,
    };
}
