/* cases_memory.c - memory_op. */
#include "cases.h"

static uint32_t another(void)
{
    return who() == D0 ? D1 : D0;
}

static int memory(unsigned int what, uint32_t domain, uint32_t order, uint32_t bits,
                  uint64_t *extents, unsigned int nr)
{
    int done = ask_memory(what, domain, order, bits, extents, nr);

    said_number((uint64_t)done);
    return done;
}

/* What comes is given back. */
static void increase(uint32_t domain, uint32_t order, uint32_t bits)
{
    uint64_t extent = 0;

    if (memory(INCREASE, domain, order, bits, &extent, 1) == 1)
        memory(DECREASE, domain, order, 0, &extent, 1);
}
static void give(uint64_t frame, uint32_t domain)
{
    memory(DECREASE, domain, 0, 0, &frame, 1);
}

static void one(void)
{
    increase(SELF, 0, 0);
}
static void order_9(void)
{
    increase(SELF, 9, 0);
}
static void order_10(void)
{
    increase(SELF, 10, 0);
}
static void order_19(void)
{
    increase(SELF, 19, 0);
}
static void nobody(void)
{
    increase(77, 0, 0);
}
static void nobody_gives(void)
{
    give(page, 77);
}
static void others(void)
{
    increase(another(), 0, 0);
}
static void others_give(void)
{
    give(other(), another());
}
static void bits_12(void)
{
    increase(SELF, 0, 12);
}
static void bits_13(void)
{
    increase(SELF, 0, 13);
}
static void bits_16(void)
{
    increase(SELF, 0, 16);
}
static void bits_28(void)
{
    increase(SELF, 0, 28);
}
/* d1 may have 256 frames more than it has. */
static void most(void)
{
    uint64_t extents[300] = { 0 };
    int done = memory(INCREASE, SELF, 0, 0, extents, 300);

    memory(DECREASE, SELF, 0, 0, extents, (unsigned int)done);
}
static void given(void)
{
    uint64_t t = fresh();

    give(t, SELF);
    give(t, SELF);
    mmu(at(l1, 1), t << 12 | PAGE);
    ext(PIN_L1, t, 0);
    mmu(at(l2, 1), t << 12 | TABLE);
}
static void give_others(void)
{
    give(other(), SELF);
}
static void give_beyond(void)
{
    give(BEYOND, SELF);
}
static void give_table(void)
{
    uint64_t t = fresh();

    mmu(at(l2, 1), t << 12 | TABLE);
    give(t, SELF);
    mmu(at(l2, 2), t << 12 | TABLE);
    give(t, SELF);
}
static void give_pinned(void)
{
    uint64_t t = fresh();

    ext(PIN_L1, t, 0);
    give(t, SELF);
    ext(UNPIN, t, 0);
}
static void give_mapped(void)
{
    give(page, SELF);
    mmu(at(l1, 1), page << 12 | PAGE);
    mmu(at(l1, 0), 0);
    mmu(at(l1, 1), page << 12 | PAGE);
}
static void populate(void)
{
    uint64_t extents[2] = { 0x7000, 0x7001 };

    if (memory(POPULATE, SELF, 0, 0, extents, 2) == 2) {
        mmu(at(l1, 1), extents[0] << 12 | PAGE);
        mmu(at(l1, 1), 0);
        memory(DECREASE, SELF, 0, 0, extents, 2);
    }
}
static void list(void)
{
    uint64_t extents[4] = { fresh(), fresh(), BEYOND, fresh() };

    memory(DECREASE, SELF, 0, 0, extents, 4);
}

/* --- Exchange -------------------------------------------------------------------------------- */

static uint64_t ins[1024], outs[1024];

static struct exchange one_for_one(uint64_t frame)
{
    for (unsigned int i = 0; i < 1024; i++)
        ins[i] = frame;
    outs[0] = 0x8000;
    outs[1] = 0x8001;
    return (struct exchange){ .in = ins, .out = outs, .nr_in = 1, .nr_out = 1, .domain = SELF };
}
static void exchange(struct exchange x)
{
    said(ask_exchange(&x));
}
static void swap(void)
{
    uint64_t t = fresh();

    exchange(one_for_one(t));
    mmu(at(l1, 1), t << 12 | PAGE);
    mmu(at(l1, 1), outs[0] << 12 | PAGE);
    mmu(at(l1, 1), 0);
}
static void swap_order(uint32_t order)
{
    struct exchange x = one_for_one(fresh());

    x.in_order = order;
    x.nr_out = UINT64_C(1) << order;
    exchange(x);
}
static void swap_10(void)
{
    struct exchange x = one_for_one(BEYOND);

    x.nr_in = 1024;
    x.out_order = 10;
    exchange(x);
}
static void swap_19(void)
{
    swap_order(19);
}
static void swap_sizes(void)
{
    struct exchange x = one_for_one(fresh());

    x.nr_out = 2;
    exchange(x);
    x.nr_out = 1;
    x.out_order = 1;
    exchange(x);
}
static void swap_base(void)
{
    struct exchange x = one_for_one(fresh());

    x.at = UINT64_C(0xffff830000000000);
    exchange(x);
}
static void swap_array(void)
{
    struct exchange x = one_for_one(fresh());

    x.at = 0x1000;
    x.begin = (UINT64_C(0xffff804000000000) - 0x1000) / 8;
    exchange(x);
}
static void swap_bits(void)
{
    struct exchange x = one_for_one(fresh());

    x.bits = 16;
    exchange(x);
}
static void swap_nowhere(void)
{
    struct exchange x = one_for_one(fresh());

    x.at = 0x7000;
    exchange(x);
}
static void swap_others(void)
{
    exchange(one_for_one(other()));
}
static void swap_beyond(void)
{
    exchange(one_for_one(BEYOND));
}
static void swap_shared(void)
{
    exchange(one_for_one(shared_info()));
}
static void swap_page(void)
{
    exchange(one_for_one(page));
}
static void swap_table(void)
{
    exchange(one_for_one(l1));
}
static void swap_pinned(void)
{
    uint64_t t = fresh();

    ext(PIN_L2, t, 0);
    exchange(one_for_one(t));
}
static void swap_nobody(void)
{
    struct exchange x = one_for_one(fresh());

    x.domain = 77;
    exchange(x);
}
static void swap_for_other(void)
{
    struct exchange x = one_for_one(fresh());

    x.domain = another();
    exchange(x);
}

static const struct xen_case cases[] = {
    { "memory-order", "1 frame", one, BOTH },
    { "memory-order", "512 frames", order_9, BY_D0 },
    { "memory-order", "1024 frames", order_10, BOTH },
    { "memory-order", "2^19 frames", order_19, BOTH },
    { "memory-domain", "increase_reservation", nobody, BOTH },
    { "memory-domain", "decrease_reservation", nobody_gives, BOTH },
    { "memory-right", "increase_reservation", others, BY_D1 },
    { "memory-right", "decrease_reservation", others_give, BOTH },
    { "memory-bits", "12", bits_12, BOTH },
    { "memory-free", "13", bits_13, BOTH },
    { "memory-free", "16", bits_16, BOTH },
    { "memory-free", "28", bits_28, BOTH },
    { "memory-max", "300 frames", most, BOTH },
    { "memory-own", "its own, and once more", given, BOTH },
    { "memory-own", "another's", give_others, BOTH },
    { "memory-own", "beyond all RAM", give_beyond, BOTH },
    { "memory-own", "an L1 in use", give_table, BOTH },
    { "memory-own", "one that is pinned", give_pinned, BOTH },
    { "memory-own", "one that is mapped", give_mapped, BOTH },
    { "memory-own", "populate_physmap", populate, BOTH },
    { "memory-own", "a list stops at what is refused", list, BOTH },
    { "exchange-order", "1 for 1", swap, BOTH },
    { "exchange-order", "1024 for 1024 in a row", swap_10, BY_D1 },
    { "exchange-order", "2^19", swap_19, BOTH },
    { "exchange-sizes", "1 for 2", swap_sizes, BOTH },
    { "exchange-base", "an array at an address of Xen's", swap_base, BOTH },
    { "exchange-array", "an array that reaches Xen's addresses", swap_array, BOTH },
    { "exchange-free", "16 bits", swap_bits, BOTH },
    { "exchange-write", "an array that is nowhere", swap_nowhere, BOTH },
    { "unknown-domain", "exchange", swap_nobody, BOTH },
    { "foreign-right", "exchange", swap_for_other, BY_D1 },
    { "steal-owner", "another's", swap_others, BOTH },
    { "steal-owner", "beyond all RAM", swap_beyond, BOTH },
    { "steal-owner", "shared_info", swap_shared, BOTH },
    { "steal-references", "a page that is mapped", swap_page, BOTH },
    { "steal-references", "a table", swap_table, BOTH },
    { "steal-references", "one that is pinned", swap_pinned, BOTH },
};
const struct xen_cases memory_cases = CASES_OF(cases);
