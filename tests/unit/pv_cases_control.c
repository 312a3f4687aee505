/*
 * pv_cases_control.c - what Xen's rules refuse of iret, of multicalls, and of callers that are not
 * paravirtual; from the sources that their rows name.
 */
#include "pv_cases.h"
#include "pv_control.h"

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

static const struct pv_case cases[] = {
    { "iret-frame", "crash", iret_frame, NULL },
    { "iret-user-table", "crash", iret_user_table, NULL },
    { "iret-ring-0", "crash", iret_ring_0, NULL },
    { "multicall-nested", "EINVAL", nested, NULL },
    { "hvm-hypercall", "ENOSYS", hvm_hypercall, "foreign-right" },
    { "hvm-multicall", "ENOSYS", hvm_multicall, NULL },
    { "hvm-mmuext", "ENOSYS", hvm_mmuext, "foreign-right" },
    { "hvm-pins", "EOPNOTSUPP", hvm_pins, NULL },
};
const struct pv_cases pv_control_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
