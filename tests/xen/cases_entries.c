/* cases_entries.c - what entries say: flags, and frames that they lead to. */
#include "cases.h"

/* --- Flags ----------------------------------------------------------------------------------- */

#define FLAG_CASES(level, table, child)                                                            \
    static void level##_pwt(void)                                                                  \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | 0x08);                                             \
    }                                                                                              \
    static void level##_pcd(void)                                                                  \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | 0x10);                                             \
    }                                                                                              \
    static void level##_ps(void)                                                                   \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | 0x80);                                             \
    }                                                                                              \
    static void level##_g(void)                                                                    \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | 0x100);                                            \
    }                                                                                              \
    static void level##_avail(void)                                                                \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | 0xe00);                                            \
    }                                                                                              \
    static void level##_high(void)                                                                 \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | UINT64_C(0x7ff) << 52);                            \
    }                                                                                              \
    static void level##_nx(void)                                                                   \
    {                                                                                              \
        mmu(at(table, 1), child << 12 | TABLE | UINT64_C(1) << 63);                                \
    }

FLAG_CASES(l1f, l1, page)
FLAG_CASES(l2f, l2, l1)
FLAG_CASES(l3f, l3, l2)

static void l4f(uint64_t flags)
{
    mmu(at(root(), 9), l3 << 12 | TABLE | flags);
    mmu(at(root(), 9), 0);
}
static void l4f_pwt(void)
{
    l4f(0x08);
}
static void l4f_pcd(void)
{
    l4f(0x10);
}
static void l4f_ps(void)
{
    l4f(0x80);
}
static void l4f_g(void)
{
    l4f(0x100);
}
static void l4f_avail(void)
{
    l4f(0xe00);
}
static void l4f_nx(void)
{
    l4f(UINT64_C(1) << 63);
}

/* Flags of an entry that there is, and whose frame stays. */
static void l1_change(void)
{
    mmu(at(l1, 0), page << 12 | PAGE | 0x18);
}
static void l2_change(void)
{
    mmu(at(l2, 0), l1 << 12 | TABLE | 0x10);
}
static void l2_change_ps(void)
{
    mmu(at(l2, 0), l1 << 12 | TABLE | 0x80);
}
static void l2_change_avail(void)
{
    mmu(at(l2, 0), l1 << 12 | TABLE | 0x200);
}
static void l2_change_rw(void)
{
    mmu(at(l2, 0), l1 << 12 | RO);
}
static void l3_change(void)
{
    mmu(at(l3, 0), l2 << 12 | TABLE | 0x08);
}
static void l3_change_g(void)
{
    mmu(at(l3, 0), l2 << 12 | TABLE | 0x100);
}
static void l4_change(void)
{
    mmu(at(root(), 8), l3 << 12 | TABLE | 0x80);
}
static void l4_change_pcd(void)
{
    mmu(at(root(), 8), l3 << 12 | TABLE | 0x10);
}
/* Nothing is said of an entry that is not present. */
static void l1_absent(void)
{
    mmu(at(l1, 1), 0xfe);
}
static void l2_absent(void)
{
    mmu(at(l2, 1), 0x1fe);
}
/* What a guest does not give: A, US. */
static void l1_fixed(void)
{
    mmu(at(l1, 3), page << 12 | 1);
    said_number(get(l1, 3) & 0xfff);
}
static void l2_fixed(void)
{
    mmu(at(l2, 3), l1 << 12 | 1);
    said_number(get(l2, 3) & 0xfff);
}
static void l4_fixed(void)
{
    mmu(at(root(), 9), l3 << 12 | 1);
    said_number(get(root(), 9) & 0xfff);
    mmu(at(root(), 9), 0);
}

/* A table with a bad entry behind a good one. */
static void pin_bad_l1(void)
{
    uint64_t t = fresh();

    put(t, 0, page << 12 | PAGE);
    put(t, 511, page << 12 | PAGE | 0x1000000000000000);
    put(t, 511, other() << 12 | PAGE);
    ext(PIN_L1, t, 0);
}
static void pin_bad_l2(void)
{
    uint64_t t = fresh();

    put(t, 0, l1 << 12 | TABLE);
    put(t, 5, l1 << 12 | TABLE | 0x80);
    ext(PIN_L2, t, 0);
    put(t, 5, 0);
    ext(PIN_L2, t, 0);
}
static void pin_bad_l3(void)
{
    uint64_t t = fresh();

    put(t, 0, l2 << 12 | TABLE);
    put(t, 5, l2 << 12 | TABLE | 0x100);
    ext(PIN_L3, t, 0);
    put(t, 5, l2 << 12 | TABLE);
    ext(PIN_L3, t, 0);
}
static void pin_bad_l4(void)
{
    uint64_t t = fresh();

    put(t, 0, l3 << 12 | TABLE);
    put(t, 5, l3 << 12 | TABLE | 0x10);
    ext(PIN_L4, t, 0);
    put(t, 5, 0);
    ext(PIN_L4, t, 0);
}

/* --- Where L1 entries lead ------------------------------------------------------------------- */

#define ALL_ONES UINT64_C(0xffffffffff)

static void invalid(void)
{
    mmu(at(l1, 1), ALL_ONES << 12 | PAGE);
}
static void invalid_io(void)
{
    mmu_of(at(l1, 1), ALL_ONES << 12 | PAGE, DOM_IO);
}
static void device(void)
{
    mmu(at(l1, 1), DEVICE << 12 | PAGE);
}
static void device_io(void)
{
    mmu_of(at(l1, 1), DEVICE << 12 | PAGE, DOM_IO);
}
static void device_ro(void)
{
    mmu_of(at(l1, 1), DEVICE << 12 | RO, DOM_IO);
}
static void device_uncached(void)
{
    mmu_of(at(l1, 1), DEVICE << 12 | PAGE | 0x10, DOM_IO);
    said_number(get(l1, 1) & 0xfff);
}
static void device_cached(void)
{
    mmu_of(at(l1, 1), DEVICE << 12 | PAGE, DOM_IO);
    said_number(get(l1, 1) & 0xfff);
}
static void beyond(void)
{
    mmu(at(l1, 1), BEYOND << 12 | PAGE);
}
static void beyond_io(void)
{
    mmu_of(at(l1, 1), BEYOND << 12 | PAGE, DOM_IO);
}
static void foreign(void)
{
    mmu(at(l1, 1), other() << 12 | PAGE);
}
static void foreign_ro(void)
{
    mmu(at(l1, 1), other() << 12 | RO);
}
static void foreign_named(void)
{
    mmu_of(at(l1, 1), other() << 12 | PAGE, who() == D0 ? D1 : D0);
}
static void own_as_io(void)
{
    mmu_of(at(l1, 1), page << 12 | PAGE, DOM_IO);
}
static void own_as_xen(void)
{
    mmu_of(at(l1, 1), page << 12 | PAGE, DOM_XEN);
}
static void own_as_other(void)
{
    mmu_of(at(l1, 1), page << 12 | PAGE, who() == D0 ? D1 : D0);
}
static void xens_table(void)
{
    mmu(at(l1, 1), (get(root(), 262) >> 12 & ALL_ONES) << 12 | RO);
}
static void xens_m2p(void)
{
    mmu(at(l1, 1), (get(root(), 256) >> 12 & ALL_ONES) << 12 | RO);
}
static void xens_as_xen(void)
{
    mmu_of(at(l1, 1), (get(root(), 262) >> 12 & ALL_ONES) << 12 | RO, DOM_XEN);
}
static void shared(void)
{
    mmu(at(l1, 1), shared_info() << 12 | PAGE);
}
static void shared_uncached(void)
{
    mmu(at(l1, 1), shared_info() << 12 | PAGE | 0x10);
}
static void ram_uncached(void)
{
    mmu(at(l1, 1), page << 12 | PAGE | 0x10);
}
static void ram_combining(void)
{
    mmu(at(l1, 1), page << 12 | PAGE | 0x88);
}
static void writable_l1(void)
{
    mmu(at(l1, 1), l1 << 12 | PAGE);
}
static void writable_l2(void)
{
    mmu(at(l1, 1), l2 << 12 | PAGE);
}
static void writable_root(void)
{
    mmu(at(l1, 1), root() << 12 | PAGE);
}
static void read_l1(void)
{
    mmu(at(l1, 1), l1 << 12 | RO);
}
static void read_root(void)
{
    mmu(at(l1, 1), root() << 12 | RO);
}
static void made_writable(void)
{
    mmu(at(l1, 1), l2 << 12 | RO);
    mmu(at(l1, 1), l2 << 12 | PAGE);
}
static void writable_gdt(void)
{
    uint64_t gdt = fresh();

    said(ask_gdt(&gdt, 8));
    mmu(at(l1, 1), gdt << 12 | PAGE);
    mmu(at(l1, 1), gdt << 12 | RO);
    said(ask_gdt(NULL, 0));
    mmu(at(l1, 1), gdt << 12 | PAGE);
}

static const struct xen_case cases[] = {
    { "l1-flags", "PWT", l1f_pwt, BOTH },
    { "l1-flags", "PCD", l1f_pcd, BOTH },
    { "l1-flags", "PAT", l1f_ps, BOTH },
    { "l1-flags", "G is taken", l1f_g, BOTH },
    { "l1-flags", "AVL is taken", l1f_avail, BOTH },
    { "l1-flags", "bits 52 to 62", l1f_high, BOTH },
    { "l1-flags", "NX is taken", l1f_nx, BOTH },
    { "l1-flags", "PWT and PCD, of one that there is", l1_change, BOTH },
    { "l1-flags", "one that is not present", l1_absent, BOTH },
    { "l1-flags", "what Xen adds", l1_fixed, BOTH },
    { "l2-flags", "PWT", l2f_pwt, BOTH },
    { "l2-flags", "PCD", l2f_pcd, BOTH },
    { "l2-flags", "G", l2f_g, BOTH },
    { "l2-flags", "AVL is taken", l2f_avail, BOTH },
    { "l2-flags", "bits 52 to 62 are taken", l2f_high, BOTH },
    { "l2-flags", "NX is taken", l2f_nx, BOTH },
    { "l2-flags", "PCD, of one that there is", l2_change, BOTH },
    { "l2-flags", "one that is not present", l2_absent, BOTH },
    { "l2-flags", "what Xen adds", l2_fixed, BOTH },
    { "l2-flags", "in a table that is pinned", pin_bad_l2, BOTH },
    { "l2-superpage", "PS", l2f_ps, BOTH },
    { "l2-superpage", "PS, of one that there is", l2_change_ps, BOTH },
    { "fast-path", "AVL, of one that there is", l2_change_avail, BOTH },
    { "fast-path", "RW, of one that there is", l2_change_rw, BOTH },
    { "l3-flags", "PWT", l3f_pwt, BOTH },
    { "l3-flags", "PCD", l3f_pcd, BOTH },
    { "l3-flags", "PS", l3f_ps, BOTH },
    { "l3-flags", "G", l3f_g, BOTH },
    { "l3-flags", "AVL is taken", l3f_avail, BOTH },
    { "l3-flags", "bits 52 to 62 are taken", l3f_high, BOTH },
    { "l3-flags", "NX is taken", l3f_nx, BOTH },
    { "l3-flags", "PWT, of one that there is", l3_change, BOTH },
    { "l3-flags", "G, of one that there is", l3_change_g, BOTH },
    { "l3-flags", "in a table that is pinned", pin_bad_l3, BOTH },
    { "l4-flags", "PWT", l4f_pwt, BOTH },
    { "l4-flags", "PCD", l4f_pcd, BOTH },
    { "l4-flags", "PS", l4f_ps, BOTH },
    { "l4-flags", "G", l4f_g, BOTH },
    { "l4-flags", "AVL is taken", l4f_avail, BOTH },
    { "l4-flags", "NX is taken", l4f_nx, BOTH },
    { "l4-flags", "PS, of one that there is", l4_change, BOTH },
    { "l4-flags", "PCD, of one that there is", l4_change_pcd, BOTH },
    { "l4-flags", "what Xen adds", l4_fixed, BOTH },
    { "l4-flags", "in a table that is pinned", pin_bad_l4, BOTH },
    { "mmio-invalid", "for SELF", invalid, BOTH },
    { "mmio-invalid", "for DOMID_IO", invalid_io, BOTH },
    { "mmio-permission", "a device, for SELF", device, BOTH },
    { "mmio-permission", "a device, for DOMID_IO", device_io, BOTH },
    { "mmio-permission", "a device, to be read", device_ro, BOTH },
    { "mmio-permission", "beyond all RAM, for SELF", beyond, BOTH },
    { "mmio-permission", "beyond all RAM, for DOMID_IO", beyond_io, BOTH },
    { "mmio-uncached", "a device as uncached", device_uncached, BOTH },
    { "mmio-uncached", "a device as cached", device_cached, BOTH },
    { "l1-owner", "another domain's", foreign, BOTH },
    { "l1-owner", "another domain's, to be read", foreign_ro, BOTH },
    { "l1-owner", "another domain's, which is named", foreign_named, BOTH },
    { "l1-owner", "its own, for DOMID_IO", own_as_io, BOTH },
    { "l1-owner", "its own, for DOMID_XEN", own_as_xen, BOTH },
    { "l1-owner", "its own, for another domain", own_as_other, BOTH },
    { "l1-owner", "a table of Xen's", xens_table, BOTH },
    { "l1-owner", "a table of M2P's", xens_m2p, BOTH },
    { "l1-owner", "a table of Xen's, for DOMID_XEN", xens_as_xen, BOTH },
    { "l1-owner", "in a table that is pinned", pin_bad_l1, BOTH },
    { "l1-cache-special", "shared_info", shared, BOTH },
    { "l1-cache-special", "shared_info, uncached", shared_uncached, BOTH },
    { "l1-cache-special", "RAM, uncached", ram_uncached, BOTH },
    { "l1-cache-special", "RAM, write-combining", ram_combining, BOTH },
    { "l1-writable", "an L1", writable_l1, BOTH },
    { "l1-writable", "an L2", writable_l2, BOTH },
    { "l1-writable", "the root", writable_root, BOTH },
    { "l1-writable", "an L1, to be read", read_l1, BOTH },
    { "l1-writable", "the root, to be read", read_root, BOTH },
    { "l1-writable", "RW, of one that there is", made_writable, BOTH },
    { "l1-writable", "a GDT", writable_gdt, BOTH },
};
const struct xen_cases entry_cases = CASES_OF(cases);
