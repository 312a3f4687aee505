/*
 * pv_cases_control.c - what Xen's rules refuse of iret, of multicalls, and of callers that are not
 * paravirtual; from the sources that their rows name.
 */
#include "pv_cases.h"
#include "pv_control.h"

#include "xen/internal.h"

static const char *iret_frame(void)
{
    return iret_from(1, 0x5000);
}

static const char *iret_user_table(void)
{
    must(ext(&p, 1, XENPT_PV_NEW_USER_BASE, 0, 0, SELF));
    return iret(1, 0xe033);
}

static const char *iret_ring_0(void)
{
    return iret(2, 0x8);
}

static const char *nested(void)
{
    static const struct entry one = { ENTRY_MULTICALL, 0, 0 };

    must(multicall(1, &one, 1));
    p.r = results[0];
    return p.r.name;
}

/* Of a domain that the caller has no right to. */
static const char *hvm_hypercall(void)
{
    run_hvm();
    return mmu(&p, 3, at(l1, 1), page << 12 | PAGE, TABLES_OF(1));
}

static const char *hvm_multicall(void)
{
    run_hvm();
    return multicall(3, NULL, 0);
}

static const char *hvm_mmuext(void)
{
    run_hvm();
    return ext(&p, 3, XENPT_PV_PIN_L1, fresh(&p, 1), 0, 1);
}

static const char *hvm_pins(void)
{
    run_hvm();
    return ext(&p, 3, XENPT_PV_CLEAR_PAGE, fresh(&p, 1), 0, 1);
}

/* --- Faults -------------------------------------------------------------------------------- */

static const char *mmcfg_aligned(void)
{
    uint64_t va = p.w.machine->domains[0].at.base + 0x5000;

    must(va_map(&p, 0, va, UINT64_C(0xe0000063), SELF));
    return write_table(0, va, 5, 8);
}

static const char *map_ldt(uint64_t base, uint64_t offset)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    must(ext(&p, 1, XENPT_PV_SET_LDT, base, 5, SELF));
    assert_int_equal(xenpt_pv_map_ldt(p.w.machine, &c, offset, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *ldt_limit(void)
{
    return map_ldt(p.w.machine->domains[1].at.base, 40);
}

static const char *ldt_mapped(void)
{
    return map_ldt(0x5000, 0);
}

/* A page that is mapped writable. */
static const char *ldt_frame(void)
{
    return map_ldt(p.w.machine->domains[1].at.base, 0);
}

/* --- All of them --------------------------------------------------------------------------- */

static const struct pv_case cases[] = {
    { "iret-frame", "crash", iret_frame, NULL },
    { "iret-user-table", "crash", iret_user_table, NULL },
    { "iret-ring-0", "crash", iret_ring_0, NULL },
    { "multicall-nested", "EINVAL", nested, NULL },
    { "hvm-hypercall", "ENOSYS", hvm_hypercall, "foreign-right" },
    { "hvm-multicall", "ENOSYS", hvm_multicall, NULL },
    { "hvm-mmuext", "ENOSYS", hvm_mmuext, "foreign-right" },
    { "mmcfg-aligned", "EFAULT", mmcfg_aligned, NULL },
    { "ldt-limit", "EFAULT", ldt_limit, NULL },
    { "ldt-mapped", "EFAULT", ldt_mapped, NULL },
    { "ldt-frame", "EFAULT", ldt_frame, NULL },
    { "hvm-pins", "EOPNOTSUPP", hvm_pins, NULL },
};
const struct pv_cases pv_control_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
