/* pv_cases_arguments.c - what a hypercall is given where Xen cannot read it, or may not. */
#include <string.h>

#include "pv_cases.h"

#define HERE                                                                                       \
    UINT64_C(0xffffffff80005000) /* d1 has its memory mapped from 0xffffffff80000000 on.           \
                                  */

static const char *flush_by(uint64_t argument)
{
    static const struct xenpt_pv_mmuext op = { .cmd = XENPT_PV_TLB_LOCAL };
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    c.argument = argument;
    c.has_argument = true;
    assert_int_equal(xenpt_pv_mmuext(p.w.machine, &c, &op, 1, XENPT_DOMID_SELF, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

/* Xen's directmap: without the rule Xen takes its own memory for the guest's. */
static const char *range(void)
{
    return flush_by(UINT64_C(0xffff830000000000));
}

static const char *mapped(void)
{
    assert_string_equal(flush_by(HERE), "ok");
    return flush_by(0x5000);
}

static const char *memory(void)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_INCREASE, .domain = XENPT_DOMID_SELF };
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    uint64_t extent = 0;

    c.extents = 0x5000;
    c.has_extents = true;
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-max", false));
    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &extent, 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

/* Xen's directmap. */
static const char *memory_range(void)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_DECREASE, .domain = XENPT_DOMID_SELF };
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    uint64_t extent = fresh(&p, 1);

    c.extents = UINT64_C(0xffff830000000000);
    c.has_extents = true;
    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &extent, 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const struct pv_case cases[] = {
    { "argument-range", "EFAULT", range, NULL },
    { "argument-mapped", "EFAULT", mapped, NULL },
    { "memory-argument", "short", memory, NULL },
    { "memory-argument", "short", memory_range, NULL },
};
const struct pv_cases pv_argument_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
