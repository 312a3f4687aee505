/* pv_cases_memory.c - what Xen's rules refuse of memory_op; from the sources that their rows name.
 */
#include "pv_cases.h"
#include "pv_memory.h"

#include "xen/internal.h"

/* --- Reservations -------------------------------------------------------------------------- */

/* What has come last. */
static uint64_t last;

static const char *increase(uint32_t d, uint32_t order, uint32_t domain, uint32_t bits)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_pv_reservation r = { XENPT_PV_INCREASE, domain, order, bits, false };
    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &last, 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *order(void)
{
    return increase(2, 10, SELF, 0);
}

static const char *domain(void)
{
    return increase(1, 0, 77, 0);
}

static const char *right(void)
{
    return increase(1, 0, 2, 0);
}

static const char *bits(void)
{
    return increase(1, 0, SELF, 12);
}

static const char *most(void)
{
    return increase(1, 9, SELF, 0);
}

/* Below 64 KiB there is nothing free. */
static const char *none_free(void)
{
    return increase(1, 0, SELF, 16);
}

static const char *own(void)
{
    return give_back(1, fresh(&p, 0));
}

/* --- Exchange ------------------------------------------------------------------------------ */

static const char *exchange(uint64_t in, size_t nr_out, uint32_t order_of, uint64_t at_va,
                            uint64_t from, uint32_t low)
{
    uint64_t ins[1024], outs[2] = { 0x8000, 0x8001 };

    for (size_t i = 0; i < 1024; i++)
        ins[i] = in;
    return swap(1, (struct xenpt_pv_exchange){ .in = ins,
                                               .nr_in = (size_t)1 << order_of,
                                               .out = outs,
                                               .nr_out = nr_out,
                                               .out_order = order_of,
                                               .address_bits = low,
                                               .domain = SELF,
                                               .begin = from,
                                               .at = at_va });
}

static const char *exchange_order(void)
{
    return exchange(fresh(&p, 1), 1, 10, 0, 0, 0);
}

static const char *exchange_sizes(void)
{
    return exchange(fresh(&p, 1), 2, 0, 0, 0, 0);
}

static const char *exchange_base(void)
{
    return exchange(fresh(&p, 1), 1, 0, UINT64_C(0xffff830000000000), 0, 0);
}

/* The array begins in the guest's half, and nr_exchanged leads to Xen's; XSA-212. */
static const char *exchange_array(void)
{
    return exchange(fresh(&p, 1), 1, 0, 0x1000, (UINT64_C(0xffff804000000000) - 0x1000) / 8, 0);
}

static const char *exchange_free(void)
{
    return exchange(fresh(&p, 1), 1, 0, 0, 0, 16);
}

static const char *exchange_write(void)
{
    return exchange(fresh(&p, 1), 1, 0, 0x7000, 0, 0);
}

/* --- Taking -------------------------------------------------------------------------------- */

static const char *steal_owner(void)
{
    return exchange(fresh(&p, 0), 1, 0, 0, 0, 0);
}

static const char *steal_references(void)
{
    return exchange(page, 1, 0, 0, 0, 0);
}

/* d0 has all that d2 could. */
static void use_up(void)
{
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-max", false));
    for (uint32_t left = 10; left-- > 0;)
        while (!strcmp(increase(0, left, SELF, 37), "ok"))
            ;
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-max", true));
}

static const char *transfer_free(void)
{
    uint64_t high, got;

    must(increase(1, 0, SELF, 0));
    high = last;
    assert_true(high >= UINT64_C(1) << (37 - 12));
    use_up();
    return transfer_to(1, high, 2, 0x9000, &got);
}

static const char *transfer_room(void)
{
    uint64_t got[256];

    must(reserve(2, XENPT_PV_INCREASE, got, 256, 0, SELF));
    return transfer_to(1, fresh(&p, 1), 2, 0x9000, got);
}

static const struct pv_case cases[] = {
    { "memory-order", "short", order, "memory-max" },
    { "memory-domain", "short", domain, NULL },
    { "memory-right", "short", right, NULL },
    { "memory-bits", "short", bits, "memory-free" },
    { "memory-max", "short", most, NULL },
    { "memory-free", "short", none_free, NULL },
    { "memory-own", "short", own, NULL },
    { "exchange-order", "EPERM", exchange_order, "steal-owner" },
    { "exchange-sizes", "EINVAL", exchange_sizes, NULL },
    { "exchange-base", "EFAULT", exchange_base, NULL },
    { "exchange-array", "EFAULT", exchange_array, "exchange-write" },
    { "exchange-free", "ENOMEM", exchange_free, NULL },
    { "exchange-write", "EFAULT", exchange_write, NULL },
    { "steal-owner", "EINVAL", steal_owner, NULL },
    { "steal-references", "EINVAL", steal_references, NULL },
    { "transfer-free", "ENOMEM", transfer_free, NULL },
    { "transfer-room", "E2BIG", transfer_room, NULL },
};
const struct pv_cases pv_memory_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
