/* pv_cases_tables.c - what Xen's rules refuse of entries and tables; from the sources that their
 * rows name. */
#include "pv_cases.h"

#include "xen/frames.h"
#include "xen/internal.h"

/* --- Entries ------------------------------------------------------------------------------- */

static const char *l1_flags(void)
{
    return mmu(&p, 1, at(l1, 1), page << 12 | PAGE | 0x10, SELF);
}

static const char *l2_flags(void)
{
    return mmu(&p, 1, at(l2, 0), l1 << 12 | TABLE | 0x100, SELF);
}

/* The frame is the same, and PS is new. */
static const char *l2_superpage(void)
{
    xenpt_pv_rules_switch(&p.rules, "fast-path", false);
    return mmu(&p, 1, at(l2, 0), l1 << 12 | TABLE | 0x80, SELF);
}

/* 512 frames from an aligned one on, which nothing uses as tables. */
static const char *l2_superpage_new(void)
{
    uint64_t frame = (mfn_of(&p, 1, 0) + 1023) & ~UINT64_C(511);

    xenpt_pv_rules_switch(&p.rules, "l2-superpage", false);
    return mmu(&p, 1, at(l2, 7), frame << 12 | 0x61 | 0x80, SELF);
}

static const char *l3_flags(void)
{
    return mmu(&p, 1, at(l3, 0), l2 << 12 | TABLE | 0x80, SELF);
}

static const char *l4_flags(void)
{
    return mmu(&p, 1, at(l4, 0), l3 << 12 | TABLE | 0x8, SELF);
}

static const char *table_owner(void)
{
    return mmu(&p, 1, at(l3, 1), fresh(&p, 0) << 12 | TABLE, SELF);
}

static const char *table_type(void)
{
    return mmu(&p, 1, at(l2, 1), page << 12 | TABLE, SELF);
}

static const char *type_overflow(void)
{
    /* Nobody maps a frame so often: the count is set. */
    frames_edit(p.w.machine->frames, l1)->type_count = (UINT64_C(1) << 55) - 1;
    return mmu(&p, 1, at(l2, 1), l1 << 12 | TABLE, SELF);
}

/* The frame of a page that may be in the L1 data cache. */
static const char *l1tf(void)
{
    return mmu(&p, 1, at(l1, 0), page << 12 | 0x62, SELF);
}

/* --- What L1 entries lead to --------------------------------------------------------------- */

static const char *mmio_invalid(void)
{
    return mmu(&p, 1, at(l1, 1), UINT64_C(0xffffffffff) << 12 | PAGE, XENPT_DOMID_IO);
}

static const char *mmio_permission(void)
{
    return mmu(&p, 1, at(l1, 1), UINT64_C(0xfee00000) | PAGE, XENPT_DOMID_IO);
}

static const char *l1_owner(void)
{
    return mmu(&p, 1, at(l1, 1), fresh(&p, 0) << 12 | PAGE, SELF);
}

static const char *l1_writable(void)
{
    return mmu(&p, 1, at(l1, 1), l2 << 12 | PAGE, SELF);
}

/* d0 may map what is no RAM, and so its entries may have cache attributes. */
static const char *l1_cache_special(void)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    return mmu(&p, 0, at(table, 0), p.w.machine->domains[0].built.frames[0].mfn << 12 | PAGE | 0x10,
               SELF);
}

/* --- Linear tables ------------------------------------------------------------------------- */

static const char *linear_switch(void)
{
    p.w.machine->options.linear_pt = SET_OFF;
    return mmu(&p, 1, at(l4, 5), l4 << 12 | RO, SELF);
}

static const char *linear_read_only(void)
{
    return mmu(&p, 1, at(l4, 5), l4 << 12 | TABLE, SELF);
}

/* d0's L4 leads to one of d1. */
static const char *linear_owner(void)
{
    uint64_t own = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L4, own, 0, SELF));
    return mmu(&p, 0, at(own, 5), l4 << 12 | RO, SELF);
}

/* It was an L3, and is none now; nor can it be an L2, as it leads to one. */
static const char *linear_validated(void)
{
    uint64_t was = empty(3);

    must(mmu(&p, 1, at(was, 0), l2 << 12 | TABLE, SELF));
    must(ext(&p, 1, XENPT_PV_UNPIN, was, 0, SELF));
    return mmu(&p, 1, at(l3, 1), was << 12 | RO, SELF);
}

/* A leads to B, and now C to A. */
static const char *linear_depth(void)
{
    uint64_t b = empty(2), c = empty(2);

    must(mmu(&p, 1, at(l2, 1), b << 12 | RO, SELF));
    return mmu(&p, 1, at(c, 1), l2 << 12 | RO, SELF);
}

static uint64_t pae_l3(void)
{
    return p.w.machine->domains[2].vcpus[0].l3 >> 12;
}

static const char *linear_pae(void)
{
    return mmu(&p, 2, at(pae_l3(), 0), pae_l3() << 12 | 1, SELF);
}

/* --- Slots --------------------------------------------------------------------------------- */

static const char *l2_xen_slot(void)
{
    uint64_t last = mem(&p, at(pae_l3(), 3)) >> 12 & 0xfffffff;

    return mmu(&p, 2, at(last, 500), 0, SELF);
}

static const char *l3_pae_slot(void)
{
    return mmu(&p, 2, at(pae_l3(), 4), 0, SELF);
}

static const char *l4_xen_slot(void)
{
    return mmu(&p, 1, at(l4, 258), 0, SELF);
}

static const char *slot3_present(void)
{
    return ext(&p, 2, XENPT_PV_PIN_L3, fresh(&p, 2), 0, SELF);
}

static const char *slot3_shared(void)
{
    uint64_t other = fresh(&p, 2), last = mem(&p, at(pae_l3(), 3)) >> 12 & 0xfffffff;

    must(mmu(&p, 2, at(other, 3), last << 12 | 1, SELF));
    return ext(&p, 2, XENPT_PV_PIN_L3, other, 0, SELF);
}

/* The machine has RAM above 4 GiB, and d2 is there. */
static const char *below_4g(void)
{
    uint64_t root = fresh(&p, 2), last = fresh(&p, 2);

    assert_true(root >= 1u << 20);
    must(mmu(&p, 2, at(root, 3), last << 12 | 1, SELF));
    return ext(&p, 2, XENPT_PV_PIN_L3, root, 0, SELF);
}

/* --- All of them --------------------------------------------------------------------------- */

static const struct pv_case cases[] = {
    { "l1-flags", "EINVAL", l1_flags, NULL },
    { "l2-flags", "EINVAL", l2_flags, NULL },
    { "l2-superpage", "EINVAL", l2_superpage, NULL },
    { "l2-superpage-new", "EINVAL", l2_superpage_new, NULL },
    { "l3-flags", "EINVAL", l3_flags, NULL },
    { "l4-flags", "EINVAL", l4_flags, NULL },
    { "table-owner", "EINVAL", table_owner, NULL },
    { "table-type", "EINVAL", table_type, NULL },
    { "type-overflow", "EINVAL", type_overflow, NULL },
    { "l1tf-safe", "ERESTART", l1tf, NULL },
    { "mmio-invalid", "EINVAL", mmio_invalid, NULL },
    { "mmio-permission", "EPERM", mmio_permission, NULL },
    { "l1-owner", "EBUSY", l1_owner, NULL },
    { "l1-writable", "EBUSY", l1_writable, NULL },
    { "l1-cache-special", "EACCES", l1_cache_special, NULL },
    { "linear-switch", "EINVAL", linear_switch, NULL },
    { "linear-read-only", "EINVAL", linear_read_only, NULL },
    { "linear-owner", "EINVAL", linear_owner, NULL },
    { "linear-validated", "EINVAL", linear_validated, NULL },
    { "linear-depth", "EINVAL", linear_depth, NULL },
    { "linear-pae", "EINVAL", linear_pae, NULL },
    { "l2-xen-slot", "EPERM", l2_xen_slot, NULL },
    { "l3-pae-slot", "EINVAL", l3_pae_slot, NULL },
    { "l4-xen-slot", "EINVAL", l4_xen_slot, NULL },
    { "pae-slot3-present", "EINVAL", slot3_present, NULL },
    { "pae-slot3-shared", "EINVAL", slot3_shared, NULL },
    { "pae-below-4g", "ERANGE", below_4g, NULL },
};
const struct pv_cases pv_table_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
