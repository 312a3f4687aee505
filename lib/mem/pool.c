/* pool.c - see pool.h. */
#define _GNU_SOURCE
#include "mem/pool.h"

#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"

#define PAGE        ((size_t)XENPT_PAGE_SIZE)
#define LARGE_ORDER 9
#define LARGE       (PAGE << LARGE_ORDER)

/* 1 TiB of content if the host lets one reserve that much, and 256 MiB if it is mean. */
#define ORDER_MOST  28
#define ORDER_LEAST 16

/* Linux 6.1; an older kernel refuses it, and gets there by itself in its own time. */
#define MADVISE_COLLAPSE 25

bool pool_init(struct pool *ret)
{
    struct pool pool = { .order = ORDER_MOST };

    for (;; pool.order--) {
        pool.size = (PAGE << pool.order) + LARGE;
        pool.reserved = mmap(NULL, pool.size, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (pool.reserved != MAP_FAILED)
            break;
        if (pool.order == ORDER_LEAST)
            return false;
    }
    pool.base = (uint8_t *)pool.reserved + (-(uintptr_t)pool.reserved & (LARGE - 1));
    /* Also where the host would use large pages everywhere. */
    madvise(pool.base, PAGE << pool.order, MADV_NOHUGEPAGE);
    *ret = pool;
    return true;
}

void pool_fini(struct pool *pool)
{
    munmap(pool->reserved, pool->size);
    *pool = (struct pool){ 0 };
}

bool pool_open(struct pool *pool, unsigned int order)
{
    if (order <= pool->open)
        return true;
    if (order > pool->order || mprotect(pool->base, PAGE << order, PROT_READ | PROT_WRITE) != 0)
        return false;
    pool->open = order;
    return true;
}

uint8_t *pool_extend(struct pool *pool, uint64_t used)
{
    uint8_t *page = pool->base + used * PAGE;

    if (used < pool->touched)
        memset(page, 0, PAGE);
    else
        pool->touched = used + 1;

    if ((used + 1) >> LARGE_ORDER > pool->large) {
        uint8_t *first = pool->base + pool->large * LARGE;

        pool->large++;
        /* Only a matter of speed: where the host refuses, small pages do. */
        madvise(first, LARGE, MADV_HUGEPAGE);
        madvise(first, LARGE, MADVISE_COLLAPSE);
    }
    return page;
}

void pool_shrink(struct pool *pool, uint64_t used)
{
    uint64_t idle = pool->touched - used;

    /* So that taking and giving back one page in turn does not go to the host each time. */
    if (idle < 64 || idle < used / 128)
        return;
    madvise(pool->base + used * PAGE, idle * PAGE, MADV_DONTNEED);
    pool->touched = used;
    if (pool->large > used >> LARGE_ORDER) {
        uint64_t large = used >> LARGE_ORDER;

        madvise(pool->base + large * LARGE, (pool->large - large) * LARGE, MADV_NOHUGEPAGE);
        pool->large = large;
    }
}
