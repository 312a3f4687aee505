/* machine.c - see machine.h. */
#define _GNU_SOURCE
#include "machine.h"

#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "trees.h"

#define P UINT64_C(0x7)

/* The tables below are in an order of their own, lest they be side by side. */
static uint64_t child(const struct machine *m, uint64_t page, uint64_t slot)
{
    uint64_t l2 = 1 + m->nr_l3, l1 = l2 + m->nr_l2, i;

    if (page == 0)
        return slot < m->nr_l3 ? 1 + slot : 0;
    if (page < l2)
        return (i = (page - 1) * 512 + slot) < m->nr_l2 ? l2 + i : 0;
    return (i = (page - l2) * 512 + slot) < m->nr_l1 ? l1 + (i * 2654435761u & (m->nr_l1 - 1)) : 0;
}

static void compose(const struct machine *m, uint64_t page, uint64_t entry[512],
                    uint64_t (*at)(const struct machine *m, uint64_t page))
{
    for (uint64_t slot = 0; slot < 512; slot++) {
        uint64_t to;

        if (page >= m->nr - m->nr_l1)
            entry[slot] = ((page * 512 + slot) & 0xffffffff) << 12 | P;
        else
            entry[slot] = (to = child(m, page, slot)) ? at(m, to) | P : 0;
    }
}

void machine_our_store(struct machine *m)
{
    struct xenpt_error err = { 0 };

    must(xenpt_store_create(&m->ours, &err), &err);
    must(xenpt_store_add_ram(m->ours, 0, (UINT64_C(16) << 40) - 1, &err), &err);
    m->index = xenpt_store_reader(m->ours)->index;
}

void machine_init(struct machine *m, uint64_t nr_l1, layout *frame_of)
{
    const struct xenpt_access write = { .kind = XENPT_WRITE, .cpl = 3 };
    const struct xenpt_regs regs = {
        .cr0 = 0x80050033, .cr3 = frame_of(0) * PAGE, .cr4 = 0xa0, .efer = 0xd01
    };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_error err = { 0 };
    uint64_t entry[512];

    *m = (struct machine){ .frame_of = frame_of, .nr_l1 = nr_l1, .random = 88172645463325252 };
    m->nr_l2 = (nr_l1 + 511) / 512;
    m->nr_l3 = (m->nr_l2 + 511) / 512;
    m->nr = 1 + m->nr_l3 + m->nr_l2 + nr_l1;
    m->pool = bench_memory((m->nr + 1) * PAGE);
    m->offsets.bytes = bench_memory((m->nr + 1) * PAGE);
    flat_init(&m->flat);
    radix_init(&m->radix, frame_of, m->nr, m->pool);
    hash_init(&m->hash, frame_of, m->nr, m->pool);
    machine_our_store(m);
    for (uint64_t i = 0; i < m->nr; i++) {
        compose(m, i, entry, by_frame);
        memcpy(m->flat.bytes + by_frame(m, i), entry, PAGE);
        memcpy(m->pool + by_offset(m, i), entry, PAGE);
        must(xenpt_store_write(m->ours, by_frame(m, i), entry, PAGE, &err), &err);
        compose(m, i, entry, by_offset);
        memcpy(m->offsets.bytes + by_offset(m, i), entry, PAGE);
    }
    m->flat_reader = xenpt_reader_flat(m->flat.bytes, 0, (size_t)16 << 40);
    cpu.maxphyaddr = 48;
    must(xenpt_paging_init(&m->paging, &cpu, &regs, &err), &err);
    xenpt_ask_init(&m->ask, &m->paging, &write);
}

void machine_fini(struct machine *m)
{
    size_t size = (m->nr + 1) * PAGE;

    xenpt_store_destroy(m->ours);
    munmap(m->offsets.bytes, size);
    munmap(m->pool, size);
    hash_fini(&m->hash);
    radix_fini(&m->radix);
    flat_fini(&m->flat);
}
