/* ram.c - the host's RAM: as it is said to be, or as a PC of that size has it. */
#include <stdlib.h>

#include "base/bits.h"
#include "base/search.h"
#include "xen/internal.h"

/*
 * Model: RAM of which only the size is known lies as PCs have it: 640 KiB at the bottom, the
 * rest from 1 MiB to a hole for devices from 3 GiB to 4 GiB, and what is left above.
 */
#define LOW_END    UINT64_C(0xa0000)
#define LOW_AGAIN  UINT64_C(0x100000)
#define HOLE_FIRST UINT64_C(0xc0000000)
#define HOLE_END   UINT64_C(0x100000000)
#define RAM_LEAST  UINT64_C(0x4000000)

static size_t of_size(uint64_t size, struct xenpt_ram_range ret[3])
{
    size_t n = 0;

    ret[n++] = (struct xenpt_ram_range){ 0, LOW_END - 1 };
    ret[n++] = (struct xenpt_ram_range){ LOW_AGAIN, (size < HOLE_FIRST ? size : HOLE_FIRST) - 1 };
    if (size > HOLE_FIRST)
        ret[n++] = (struct xenpt_ram_range){ HOLE_END, HOLE_END + (size - HOLE_FIRST) - 1 };
    return n;
}

static enum xenpt_code check_size(uint64_t size, struct xenpt_error *err)
{
    if (size < RAM_LEAST || size > XENPT_BIT(50) || size % XENPT_PAGE_SIZE)
        return xenpt_fail(err, XENPT_ERANGE,
                          "the host has 0x%llx bytes of RAM: a multiple of 4 KiB, at least 64 MiB "
                          "and at most 1 PiB, was expected",
                          (unsigned long long)size);
    return XENPT_OK;
}

/* Whole pages of each range count; ranges ascend. */
static enum xenpt_code add(struct xenpt_machine *m, struct xenpt_ram_range r,
                           struct xenpt_error *err)
{
    uint64_t page = XENPT_PAGE_SIZE - 1;
    uint64_t first = (r.first + page) & ~page, last = ((r.last + 1) & ~page) - 1;

    if (r.first > r.last || r.last >= XENPT_BIT(XENPT_MADDR_BITS))
        return xenpt_fail(err, XENPT_ERANGE, "RAM from 0x%llx to 0x%llx is no range of addresses",
                          (unsigned long long)r.first, (unsigned long long)r.last);
    if (m->nr_ram && first <= m->ram[m->nr_ram - 1].last)
        return xenpt_fail(err, XENPT_ERANGE,
                          "RAM from 0x%llx on does not follow the range before it, which ends at "
                          "0x%llx",
                          (unsigned long long)r.first,
                          (unsigned long long)m->ram[m->nr_ram - 1].last);
    if (first > last)
        return XENPT_OK;
    m->ram[m->nr_ram++] = (struct xenpt_ram_range){ first, last };
    m->max_frame = (last + 1) >> XENPT_PAGE_SHIFT;
    return xenpt_store_add_ram(m->store, first, last, err);
}

size_t ram_ranges(const struct xenpt_host_desc *host, struct xenpt_ram_range usual[3],
                  const struct xenpt_ram_range **ret)
{
    *ret = host->nr_ranges ? host->ranges : usual;
    return host->nr_ranges ? host->nr_ranges : of_size(host->ram, usual);
}

enum xenpt_code ram_take(struct xenpt_machine *m, const struct xenpt_host_desc *host,
                         struct xenpt_error *err)
{
    const struct xenpt_ram_range *ranges;
    struct xenpt_ram_range usual[3];
    size_t n = ram_ranges(host, usual, &ranges);
    enum xenpt_code code = host->nr_ranges ? XENPT_OK : check_size(host->ram, err);

    if (code)
        return code;
    m->ram = calloc(n, sizeof(*m->ram));
    if (!m->ram)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu ranges of RAM", n);
    for (size_t i = 0; !code && i < n; i++)
        code = add(m, ranges[i], err);
    return code;
}

/* The first range that ends at or behind an address. */
static size_t range_of(const struct xenpt_machine *m, uint64_t maddr)
{
    size_t low = 0, high = m->nr_ram;

    SEARCH(low, high, i, m->ram[i].last < maddr);
    return low;
}

bool ram_any(const struct xenpt_machine *m, uint64_t first, uint64_t last)
{
    size_t i = range_of(m, first << XENPT_PAGE_SHIFT);

    return i < m->nr_ram && m->ram[i].first >> XENPT_PAGE_SHIFT <= last;
}

bool ram_all(const struct xenpt_machine *m, uint64_t first, uint64_t last)
{
    size_t i = range_of(m, first << XENPT_PAGE_SHIFT);

    return i < m->nr_ram && m->ram[i].first >> XENPT_PAGE_SHIFT <= first &&
           m->ram[i].last >> XENPT_PAGE_SHIFT >= last;
}
