/* pv_cases_calls.c - what Xen's rules refuse of hypercalls; from the sources that their rows name.
 */
#include "pv_cases.h"

#include "xen/internal.h"

/* --- mmu_update ---------------------------------------------------------------------------- */

static const char *own_domid(void)
{
    return mmu(&p, 1, at(l1, 1), 0, 1);
}

static const char *unknown_domain(void)
{
    return mmu(&p, 1, at(l1, 1), 0, 77);
}

static const char *foreign_right(void)
{
    return mmu(&p, 1, at(l1, 1), fresh(&p, 0) << 12 | PAGE, 0);
}

static const char *owner_pv(void)
{
    return mmu(&p, 0, at(domain_frame(&p.w.machine->domains[3], 5), 0), 0, TABLES_OF(3));
}

static const char *entry_frame(void)
{
    return mmu(&p, 1, at(fresh(&p, 0), 0), 5, SELF);
}

static const char *entry_type(void)
{
    return mmu(&p, 1, at(p.w.machine->domains[1].gdt >> 12, 0), 0, SELF);
}

/* The table is d1's, and what it leads to d0's. */
static const char *upper_foreign(void)
{
    return mmu(&p, 0, at(l2, 1), 0, 2u << 16 | SELF);
}

static const char *foreign_gfn(void)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    return mmu(&p, 0, at(table, 0), UINT64_C(0x7777777) << 12 | PAGE, 3);
}

static const char *mmu_command(void)
{
    return mmu(&p, 1, at(l1, 1) | 4, 0, SELF);
}

static const char *m2p_own(void)
{
    return mmu(&p, 0, at(page, 0) | XENPT_PV_MMU_M2P, 5, 2u << 16 | SELF);
}

static const char *m2p_translated(void)
{
    uint64_t frame = domain_frame(&p.w.machine->domains[3], 5);

    return mmu(&p, 0, at(frame, 0) | XENPT_PV_MMU_M2P, 5, 3);
}

static const char *m2p_frame(void)
{
    return mmu(&p, 1, at(fresh(&p, 0), 0) | XENPT_PV_MMU_M2P, 5, SELF);
}

static const char *va_l1(void)
{
    return va_map(&p, 1, UINT64_C(0x123456000), 0, SELF);
}

/* --- mmuext_op ----------------------------------------------------------------------------- */

static const char *mmuext_pv(void)
{
    return ext(&p, 0, XENPT_PV_UNMARK_SUPER, 0, 0, 3);
}

static const char *pin_frame(void)
{
    return ext(&p, 1, XENPT_PV_PIN_L1, fresh(&p, 0), 0, SELF);
}

static const char *pin_twice(void)
{
    return ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, SELF);
}

static const char *unpin_frame(void)
{
    return ext(&p, 1, XENPT_PV_UNPIN, fresh(&p, 0), 0, SELF);
}

static const char *unpin_pinned(void)
{
    return ext(&p, 1, XENPT_PV_UNPIN, l3, 0, SELF);
}

static const char *mmuext_own(void)
{
    return ext(&p, 0, XENPT_PV_TLB_LOCAL, 0, 0, 1);
}

static const char *user_base_64(void)
{
    return ext(&p, 2, XENPT_PV_NEW_USER_BASE, fresh(&p, 2), 0, SELF);
}

static const char *ldt_size(void)
{
    return ext(&p, 1, XENPT_PV_SET_LDT, 0x1000, 8193, SELF);
}

static const char *ldt_address(void)
{
    return ext(&p, 1, XENPT_PV_SET_LDT, 0x1008, 5, SELF);
}

static const char *cache_local(void)
{
    return ext(&p, 1, XENPT_PV_FLUSH_CACHE_LOCAL, 0, 0, SELF);
}

static const char *cache_global(void)
{
    return ext(&p, 1, XENPT_PV_FLUSH_CACHE_GLOBAL, 0, 0, SELF);
}

static const char *page_plain(void)
{
    return ext(&p, 1, XENPT_PV_CLEAR_PAGE, fresh(&p, 0), 0, SELF);
}

static const char *page_writable(void)
{
    return ext(&p, 1, XENPT_PV_CLEAR_PAGE, l1, 0, SELF);
}

static const char *mark_super(void)
{
    return ext(&p, 1, XENPT_PV_MARK_SUPER, 0x1000, 0, SELF);
}

static const char *mmuext_command(void)
{
    return ext(&p, 1, 14, 0, 0, SELF);
}

/* --- Descriptors --------------------------------------------------------------------------- */

#define LDT_OF UINT64_C(0x0000e20000000067) /* A system descriptor: of an LDT. */

static const char *gdt_size(void)
{
    return gdt(fresh(&p, 1), 7169);
}

static const char *gdt_frame(void)
{
    return gdt(l1, 512);
}

static const char *descriptor(void)
{
    uint64_t frame = fresh(&p, 1);

    must(mmu(&p, 1, at(frame, 3), LDT_OF, SELF));
    return gdt(frame, 512);
}

static const char *descriptor_aligned(void)
{
    return describe(at(fresh(&p, 1), 0) + 4, 0);
}

static const char *descriptor_frame(void)
{
    return describe(at(l1, 1), CODE_32);
}

/* --- Writable page tables ------------------------------------------------------------------ */

static const char *ptwr_asked(void)
{
    must(assist(1, XENPT_PV_WRITABLE_PAGETABLES));
    return write_table(1, l1_at(1), 0, 8);
}

static const char *ptwr_read_only(void)
{
    return write_table(1, p.w.machine->domains[1].at.base, 0, 8);
}

static const char *ptwr_l1(void)
{
    /* The root. */
    return write_table(
        1, p.w.machine->domains[1].at.base + p.w.machine->domains[1].at.pt_first * 4096, 0, 8);
}

static const char *ptwr_aligned(void)
{
    return write_table(1, l1_at(1) + 4, 0, 8);
}

static const char *assist_type(void)
{
    return assist(0, 6);
}

static const char *assist_command(void)
{
    return assist(2, 2);
}

/* --- All of them --------------------------------------------------------------------------- */

static const struct pv_case cases[] = {
    { "own-domid", "ESRCH", own_domid, NULL },
    { "unknown-domain", "ESRCH", unknown_domain, NULL },
    { "foreign-right", "EPERM", foreign_right, NULL },
    { "table-owner-pv", "EOPNOTSUPP", owner_pv, NULL },
    { "entry-frame", "EINVAL", entry_frame, NULL },
    { "entry-type", "EINVAL", entry_type, NULL },
    { "upper-foreign", "EINVAL", upper_foreign, NULL },
    { "foreign-gfn", "EINVAL", foreign_gfn, "mmio-permission" },
    { "mmu-command", "ENOSYS", mmu_command, NULL },
    { "m2p-own", "EPERM", m2p_own, "m2p-frame" },
    { "m2p-translated", "EINVAL", m2p_translated, NULL },
    { "m2p-frame", "EINVAL", m2p_frame, NULL },
    { "va-l1", "EINVAL", va_l1, NULL },
    { "mmuext-pv", "EINVAL", mmuext_pv, "mark-super" },
    { "pin-frame", "EINVAL", pin_frame, NULL },
    { "pin-twice", "EINVAL", pin_twice, NULL },
    { "unpin-frame", "EINVAL", unpin_frame, NULL },
    { "unpin-pinned", "EINVAL", unpin_pinned, NULL },
    { "mmuext-own", "EPERM", mmuext_own, NULL },
    { "user-base-64", "EINVAL", user_base_64, NULL },
    { "ldt-size", "EINVAL", ldt_size, NULL },
    { "ldt-address", "EINVAL", ldt_address, NULL },
    { "cache-local", "EACCES", cache_local, NULL },
    { "cache-global-old", "EINVAL", cache_global, NULL },
    { "page-plain", "EINVAL", page_plain, NULL },
    { "page-writable", "EINVAL", page_writable, NULL },
    { "mark-super", "EOPNOTSUPP", mark_super, NULL },
    { "mmuext-command", "ENOSYS", mmuext_command, NULL },
    { "gdt-size", "EINVAL", gdt_size, NULL },
    { "gdt-frame", "EINVAL", gdt_frame, NULL },
    { "descriptor", "EINVAL", descriptor, NULL },
    { "descriptor-aligned", "EINVAL", descriptor_aligned, NULL },
    { "descriptor-frame", "EINVAL", descriptor_frame, NULL },
    { "ptwr-asked", "EFAULT", ptwr_asked, NULL },
    { "ptwr-read-only", "EFAULT", ptwr_read_only, NULL },
    { "ptwr-l1", "EFAULT", ptwr_l1, NULL },
    { "ptwr-aligned", "EFAULT", ptwr_aligned, NULL },
    { "assist-type", "EINVAL", assist_type, NULL },
    { "assist-command", "ENOSYS", assist_command, NULL },
    { "cache-global", "EACCES", cache_global, NULL },
};
const struct pv_cases pv_call_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
