/* cases_arguments.c - where a hypercall's arguments are, what is too large for some, and frames
 * that are transferred. */
#include "cases.h"

#define XENS      UINT64_C(0xffff830000000000)
#define NOWHERE   (WINDOW + 0x7000)
#define BAD_PLACE UINT64_C(0x123456789abc000)

/* --- Where they are -------------------------------------------------------------------------- */

/* Page 0 of the window has the request, and so has page 1, where it can only be read. */
static void written(uint64_t a, uint64_t b)
{
    for (unsigned int i = 0; i < 512; i++)
        put(page, i, i % 2 ? b : a);
    mmu(at(l1, 1), page << 12 | RO);
}
static void mmu_places(void)
{
    struct mmu_request req = { at(l1, 5), page << 12 | PAGE };
    static const uint64_t places[] = { WINDOW, WINDOW + 0x1000, NOWHERE, WINDOW + 0x1ff8,
                                       XENS,   BAD_PLACE };

    written(req.ptr, req.val);
    for (unsigned int i = 0; i < 6; i++)
        said(ask_mmu_at(places[i], req));
}
static void ext_places(void)
{
    struct ext_request op = { TLB_LOCAL, 0, 0 };

    written(TLB_LOCAL, TLB_LOCAL);
    said(ask_ext_at(WINDOW, op));
    said(ask_ext_at(NOWHERE, op));
    said(ask_ext_at(WINDOW + 0x1ff8, op));
    said(ask_ext_at(XENS, op));
    said(ask_ext_at(BAD_PLACE, op));
}
static void gdt_places(void)
{
    uint64_t t = fresh();

    written(t, t);
    said(ask_gdt_at(WINDOW + 0x1000, t));
    said(ask_gdt_at(NOWHERE, t));
    said(ask_gdt_at(XENS, t));
    said(ask_gdt(NULL, 0));
}
/* What Xen reads, and writes. */
static void version_places(void)
{
    written(1, 1);
    said(ask_version_at(WINDOW, 1));
    said(ask_version_at(WINDOW + 0x1000, 1));
    said(ask_version_at(NOWHERE, 1));
    said(ask_version_at(XENS, 1));
}
static void count(int rc)
{
    said_number((uint64_t)rc);
}
static void memory_places(void)
{
    uint64_t t = fresh();

    written(t, t);
    count(ask_memory_at(DECREASE, NOWHERE, 0, t));
    count(ask_memory_at(DECREASE, XENS, 0, t));
    count(ask_memory_at(DECREASE, 0, NOWHERE, t));
    count(ask_memory_at(DECREASE, 0, XENS, t));
    count(ask_memory_at(DECREASE, 0, WINDOW + 0x1000, t));
    count(ask_memory_at(POPULATE, 0, NOWHERE, 5));
    count(ask_memory_at(POPULATE, 0, WINDOW, t));
}
/* begin: so many are done already, says the guest. */
static void exchange_at(uint64_t where, uint64_t begin)
{
    uint64_t in = fresh(), out = 5;
    struct exchange x = {
        .in = &in, .out = &out, .nr_in = 1, .nr_out = 1, .begin = begin, .at = where, .domain = SELF
    };

    said(ask_exchange(&x));
    /* It is still there, or not. */
    mmu(at(l1, 5), in << 12 | PAGE);
    mmu(at(l1, 5), 0);
}
static void exchange_places(void)
{
    exchange_at(XENS, 0);
    exchange_at(UINT64_C(0xffff82d080000000), 0);
    exchange_at(BAD_PLACE, 0);
}
/* Where it begins is the guest's, and where it is written is Xen's; and the other way round. */
static void exchange_reaches(void)
{
    exchange_at(WINDOW, (XENS - WINDOW) / 8);
    exchange_at(XENS, (UINT64_C(0xffff880000000000) - XENS) / 8);
}

/* --- What is too large ----------------------------------------------------------------------- */

static void memory(unsigned int what, uint32_t order, uint32_t bits, uint64_t extent)
{
    count(ask_memory(what, SELF, order, bits, &extent, 1));
}
static void orders(void)
{
    uint64_t t = fresh();

    memory(INCREASE, 19, 0, 0);
    memory(DECREASE, 19, 0, t);
    memory(DECREASE, who() == D0 ? 19 : 10, 0, t);
    mmu(at(l1, 5), t << 12 | PAGE);
}
static void bits(void)
{
    uint64_t t = fresh();

    memory(INCREASE, 0, 12, 0);
    memory(DECREASE, 0, 12, t);
    memory(DECREASE, 0, 1, t);
    mmu(at(l1, 5), t << 12 | PAGE);
    mmu(at(l1, 5), 0);
    memory(DECREASE, 0, 13, t);
}

/* --- Transfers ------------------------------------------------------------------------------- */

static void transfers(void)
{
    uint64_t t = fresh();

    said_status(ask_transfer(D1, t, 0x9000));
    mmu(at(l1, 5), t << 12 | PAGE);
    mmu_of(at(l1, 5), t << 12 | PAGE, D1);
    said_status(ask_transfer(D1, page, 0x9001));
    said_status(ask_transfer(D1, other(), 0x9002));
    said_status(ask_transfer(D1, BEYOND, 0x9003));
    mmu(at(l1, 5), 0);
}
static void transfer_to_full(void)
{
    uint64_t extents[8], t = fresh();
    unsigned int nr = 0;

    /* As much as it may have. */
    while (nr < 300 && ask_memory(INCREASE, D1, 0, 0, &extents[nr % 8], 1) == 1)
        nr++;
    said_text(nr < 300 ? " full" : " not full");
    said_status(ask_transfer(D1, t, 0x9000));
    for (unsigned int i = 0; i < 8; i++)
        count(ask_memory(DECREASE, D1, 0, 0, &extents[i], 1));
    said_status(ask_transfer(D1, fresh(), 0x9000));
}

static const struct xen_case cases[] = {
    { "argument-mapped", "mmu_update", mmu_places, BOTH },
    { "argument-mapped", "mmuext_op", ext_places, BOTH },
    { "argument-mapped", "set_gdt", gdt_places, BOTH },
    { "argument-mapped", "set_version", version_places, BOTH },
    { "memory-argument", "memory_op", memory_places, BOTH },
    { "exchange-base", "not the guest's", exchange_places, BOTH },
    { "exchange-array", "here, and there", exchange_reaches, BOTH },
    { "memory-order", "those that are refused", orders, BOTH },
    { "memory-bits", "12 and 13", bits, BOTH },
    { "steal-references", "transfers", transfers, BY_D0 },
    { "transfer-room", "to a domain that has all it may have", transfer_to_full, BY_D0 },
};
const struct xen_cases argument_cases = CASES_OF(cases);
