/* naive.c - see naive.h. */
#include "naive.h"

#include <string.h>

#define ADDRESS UINT64_C(0x000ffffffffff000)
#define NX      (UINT64_C(1) << 63)

static __attribute__((noinline)) bool read64(const struct naive_memory *mem, uint64_t at,
                                             uint64_t *ret)
{
    size_t low = 0, high = mem->nr;

    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct segment *s = &mem->segment[mid];

        if (at < s->first) {
            high = mid;
        } else if (at >= s->first + s->size) {
            low = mid + 1;
        } else {
            if (at - s->first + 8 > s->size)
                return false;
            memcpy(ret, s->bytes + (at - s->first), 8);
            return true;
        }
    }
    return false;
}

__attribute__((noinline)) int naive_walk(const struct naive_memory *mem, uint64_t cr3,
                                         unsigned int maxphyaddr, uint64_t va,
                                         struct naive_translation *ret)
{
    uint64_t table = cr3 & ADDRESS;

    *ret = (struct naive_translation){ .write = true, .execute = true, .user = true };
    if ((uint64_t)((int64_t)(va << 16) >> 16) != va)
        return ret->fault = 1;
    for (unsigned int level = 4; level >= 1; level--) {
        unsigned int shift = 12 + 9 * (level - 1);
        uint64_t e, size = UINT64_C(1) << shift;

        if (!read64(mem, table + (va >> shift & 511) * 8, &e))
            return ret->fault = 5;
        ret->level = level;
        if (!(e & 1))
            return ret->fault = 2;
        for (unsigned int bit = maxphyaddr; bit < 52; bit++)
            if (e >> bit & 1)
                return ret->fault = 3;
        if (!(e & 2))
            ret->write = false;
        if (!(e & 4))
            ret->user = false;
        if (e & NX)
            ret->execute = false;
        if (level == 4 && e & 0x80)
            return ret->fault = 3;
        if (level == 1 || e & 0x80) {
            if (level > 1 && e & (size - 1) & UINT64_C(0x000fffffffffe000))
                return ret->fault = 3;
            ret->out = (e & ADDRESS & ~(size - 1)) | (va & (size - 1));
            ret->size = size;
            return ret->fault = ret->write && ret->user ? 0 : 4;
        }
        table = e & ADDRESS;
    }
    return 0;
}

struct enumeration {
    const struct naive_memory *mem;
    void (*leaf)(void *ctx, uint64_t va, uint64_t out, uint64_t size, uint64_t rights);
    void *ctx;
};

static void enumerate(const struct enumeration *n, uint64_t table, unsigned int level, uint64_t va,
                      uint64_t rights)
{
    unsigned int shift = 12 + 9 * (level - 1);

    for (uint64_t i = 0; i < 512; i++) {
        uint64_t e, at = va | i << shift, held;

        if (!read64(n->mem, table + i * 8, &e) || !(e & 1))
            continue;
        if (level == 4 && i >= 256)
            at |= UINT64_C(0xffff000000000000);
        held = (rights & e & 6) | ((rights | e) & NX);
        if (level == 1 || (level < 4 && e & 0x80))
            n->leaf(n->ctx, at, e & ADDRESS & ~((UINT64_C(1) << shift) - 1), UINT64_C(1) << shift,
                    held);
        else
            enumerate(n, e & ADDRESS, level - 1, at, held);
    }
}

void naive_enumerate(const struct naive_memory *mem, uint64_t cr3,
                     void (*leaf)(void *ctx, uint64_t va, uint64_t out, uint64_t size,
                                  uint64_t rights),
                     void *ctx)
{
    struct enumeration n = { mem, leaf, ctx };

    enumerate(&n, cr3 & ADDRESS, 4, 0, 6);
}
