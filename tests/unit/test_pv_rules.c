/*
 * test_pv_rules.c - each of Xen's rules is reached, refuses with its error, and refuses nothing any
 * more when it is switched off.
 *
 * What to do is from the sources of Xen that the rows name.
 */
#include "pv_fixture.h"

#include <stdio.h>

#include "xen/frames.h"
#include "xen/internal.h"

#define SELF         XENPT_DOMID_SELF
#define TABLE        UINT64_C(0x67)
#define PAGE         UINT64_C(0x63)
#define RO           UINT64_C(0x65)
#define TABLES_OF(d) (((d) + 1u) << 16 | SELF)

static struct pv_world p;
/* Frames of d1 that are tables, and a page below them; l1 to l4 are pinned as one tree. */
static uint64_t l1, l2, l3, l4, page;

static uint64_t at(uint64_t frame, unsigned int slot)
{
    return frame << 12 | (uint64_t)slot * 8;
}

static void must(const char *error)
{
    if (strcmp(error, "ok") != 0)
        fail_msg("%s, by %s", error, pv_rule(&p));
}

static void tree(void)
{
    l1 = fresh(&p, 1);
    l2 = fresh(&p, 1);
    l3 = fresh(&p, 1);
    l4 = fresh(&p, 1);
    page = fresh(&p, 1);
    must(mmu(&p, 1, at(l1, 0), page << 12 | PAGE, SELF));
    must(mmu(&p, 1, at(l2, 0), l1 << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(l3, 0), l2 << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(l4, 0), l3 << 12 | TABLE, SELF));
    must(ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, SELF));
}

/* Another table of this level, empty and pinned. */
static uint64_t empty(unsigned int level)
{
    uint64_t frame = fresh(&p, 1);

    must(ext(&p, 1, level - 1, frame, 0, SELF));
    return frame;
}

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

#define CODE_32 UINT64_C(0x00cffb000000ffff)
#define LDT_OF  UINT64_C(0x0000e20000000067) /* A system descriptor: of an LDT. */

static const char *gdt(uint64_t frame, uint32_t entries)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };
    uint64_t frames[16];

    for (int i = 0; i < 16; i++)
        frames[i] = frame;
    assert_int_equal(xenpt_pv_set_gdt(p.w.machine, &c, frames, entries, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *describe(uint64_t to, uint64_t descriptor)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };

    assert_int_equal(xenpt_pv_update_descriptor(p.w.machine, &c, to, descriptor, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

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

static const char *assist(uint32_t cmd, uint32_t type)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };

    assert_int_equal(xenpt_pv_vm_assist(p.w.machine, &c, cmd, type, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *write_table(uint32_t d, uint64_t va, uint64_t value, unsigned int bytes)
{
    struct xenpt_pv_caller c = { .domain = d, .rules = &p.rules };

    assert_int_equal(xenpt_pv_write_table(p.w.machine, &c, va, value, bytes, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

/* Where the kernel of a domain has its first L1 mapped: a builder's tables are the root first. */
static uint64_t l1_at(uint32_t d)
{
    const struct domain *dom = &p.w.machine->domains[d];

    for (uint64_t i = 0; i < dom->at.nr_pt; i++)
        if (frame_is(&p, mfn_of(&p, d, dom->at.pt_first + i)).type == XENPT_FRAME_L1)
            return dom->at.base + (dom->at.pt_first + i) * 4096;
    fail_msg("no L1");
    return 0;
}

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

static const struct {
    const char *rule, *error;
    const char *(*fn)(void);
    const char *instead; /* What is refused instead without it: by another rule; NULL: nothing. */
} rows[] = {
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
    /* Of other releases. */
    { "cache-global", "EACCES", cache_global, NULL },
    { "pae-below-4g", "ERANGE", below_4g, NULL },
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

/* The release that a row is tested with: one that has it. */
static const char *machine_for(const char *rule)
{
    if (!strcmp(rule, "cache-global") || !strcmp(rule, "pae-below-4g"))
        return "host: { ram: 6G, cpus: 4, processor: skylake-server }\n" PV_XEN("4.22") PV_DOMAINS;
    return PV_HOST PV_XEN("4.17") PV_DOMAINS;
}

static void begin(const char *rule)
{
    pv_begin(&p, machine_for(rule));
    tree();
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_ROWS; i++) {
        const char *error;

        begin(rows[i].rule);
        error = rows[i].fn();
        if (strcmp(error, rows[i].error) != 0 || strcmp(pv_rule(&p), rows[i].rule) != 0)
            fail_msg("%s: %s by '%s'", rows[i].rule, error, pv_rule(&p));
        assert_string_equal(xenpt_pv_rule_named(rows[i].rule)->error, rows[i].error);
        pv_finish(&p);
    }
}

static void test_switched_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_ROWS; i++) {
        begin(rows[i].rule);
        assert_true(xenpt_pv_rules_switch(&p.rules, rows[i].rule, false));
        rows[i].fn();
        if (strcmp(pv_rule(&p), rows[i].instead ? rows[i].instead : "") != 0)
            fail_msg("without %s: %s by '%s'", rows[i].rule, p.r.name, pv_rule(&p));
        pv_finish(&p);
    }
}

/* No row is left out here, but for those that refuse nothing. */
static void test_all(void **state)
{
    (void)state;
    for (size_t i = 0; xenpt_pv_rule(i); i++) {
        bool found = !xenpt_pv_rule(i)->error;

        for (size_t k = 0; k < NR_ROWS; k++)
            found |= !strcmp(rows[k].rule, xenpt_pv_rule(i)->name);
        if (!found)
            fail_msg("no test reaches %s", xenpt_pv_rule(i)->name);
    }
}

/* --- Releases ------------------------------------------------------------------------------ */

static bool has(uint16_t minor, uint16_t patch, const char *rule)
{
    struct xenpt_pv_rules r = xenpt_pv_rules_of((struct xenpt_release){ 4, minor, patch });

    for (size_t i = 0; xenpt_pv_rule(i); i++)
        if (!strcmp(xenpt_pv_rule(i)->name, rule))
            return r.in_force[i];
    fail_msg("there is no rule %s", rule);
    return false;
}

static void test_releases(void **state)
{
    (void)state;
    /* XSA-148: 4.6.1; XSA-185: 4.7.1; XSA-240: 4.10; XSA-286: 4.14.1. */
    assert_false(has(6, 0, "l2-superpage"));
    assert_true(has(6, 1, "l2-superpage"));
    assert_true(has(7, 0, "l2-superpage"));
    assert_false(has(7, 0, "linear-pae"));
    assert_true(has(7, 1, "linear-pae"));
    assert_false(has(9, 4, "linear-depth"));
    assert_true(has(10, 0, "linear-depth"));
    assert_false(has(14, 0, "linear-flush"));
    assert_true(has(14, 1, "linear-flush"));
    assert_true(has(21, 0, "cache-global-old") && !has(22, 0, "cache-global-old"));
    assert_true(has(22, 0, "cache-global") && !has(21, 0, "cache-global"));
    assert_false(has(18, 0, "pae-below-4g"));
    assert_null(xenpt_pv_rule_named("no-such"));
    assert_false(xenpt_pv_rules_switch(&p.rules, "no-such", true));
}

/* --- Those that refuse nothing ------------------------------------------------------------- */

static bool flushed(enum xenpt_pv_flush_kind kind, uint32_t cpu, const char *rule)
{
    for (size_t i = 0; i < p.nr_flushes; i++)
        if (p.flush[i].kind == kind && p.flush[i].cpu == cpu && p.flush[i].rule &&
            !strcmp(p.flush[i].rule->name, rule))
            return true;
    return false;
}

/* XSA-182: RW of a linear entry. */
static void test_fast_path(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        begin("fast-path");
        xenpt_pv_rules_switch(&p.rules, "fast-path", on);
        must(mmu(&p, 1, at(l4, 5), l4 << 12 | RO, SELF));
        assert_string_equal(mmu(&p, 1, at(l4, 5), l4 << 12 | TABLE, SELF), on ? "EINVAL" : "ok");
        assert_string_equal(pv_rule(&p), on ? "linear-read-only" : "");
        assert_int_equal(mem(&p, at(l4, 5)) & 2, on ? 0 : 2);
        /* What may change freely does. */
        must(mmu(&p, 1, at(l3, 0), l2 << 12 | TABLE | UINT64_C(1) << 63 | 0xe00, SELF));
        pv_finish(&p);
    }
}

/* Each is tried as an entry of an L2 first, which is undone: that of the first stays. */
static void test_linear_twice(void **state)
{
    uint64_t table;

    (void)state;
    begin("linear-depth");
    table = fresh(&p, 1);
    for (unsigned int slot = 1; slot <= 2; slot++)
        must(mmu(&p, 1, at(table, slot), l3 << 12 | RO, SELF));
    must(ext(&p, 1, XENPT_PV_PIN_L3, table, 0, SELF));
    assert_int_equal(frame_is(&p, table).linear, 2);
    assert_int_equal(frame_is(&p, l3).linear, -2);
    assert_int_equal(frame_is(&p, l3).type_count, 3);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_linear_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        begin("linear-flush");
        xenpt_pv_rules_switch(&p.rules, "linear-flush", on);
        must(mmu(&p, 1, at(l2, 5), 0, SELF));
        /* d1's vCPUs are on CPUs 1 and 3. */
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 1, "linear-flush"), on);
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 3, "linear-flush"), on);
        assert_false(flushed(XENPT_PV_FLUSH_TLB, 0, "linear-flush"));
        must(mmu(&p, 1, at(l1, 5), 0, SELF));
        assert_int_equal(p.nr_flushes, 0);
        pv_finish(&p);
    }
}

/* The L4 that both vCPUs run on: its new entry is in the roots of both CPUs. */
static void test_root_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        const struct xenpt_machine *m;
        uint64_t root;

        begin("root-flush");
        m = p.w.machine;
        root = m->domains[1].vcpus[0].kernel_l4 >> 12;
        xenpt_pv_rules_switch(&p.rules, "root-flush", on);
        assert_true(m->domains[1].xpti);
        must(mmu(&p, 1, at(root, 7), l3 << 12 | TABLE, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_ROOT, 1, "root-flush"), on);
        assert_int_equal(mem(&p, m->cpus[1].root + 8 * 7) >> 12 == l3, on);
        /* Nobody else is on it: pin, this vCPU. */
        assert_false(flushed(XENPT_PV_FLUSH_ROOT, 3, "root-flush"));
        pv_finish(&p);
    }
}

/* A frame that was written to becomes a table. */
static void test_type_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t frame;

        begin("type-flush");
        xenpt_pv_rules_switch(&p.rules, "type-flush", on);
        frame = fresh(&p, 1);
        must(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF));
        must(mmu(&p, 1, at(l1, 1), 0, SELF));
        must(ext(&p, 1, XENPT_PV_PIN_L1, frame, 0, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 1, "type-flush"), on);
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 3, "type-flush"), on);
        /* And again, but everything was flushed since. */
        must(ext(&p, 1, XENPT_PV_UNPIN, frame, 0, SELF));
        must(ext(&p, 1, XENPT_PV_TLB_ALL, 0, 0, SELF));
        must(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF));
        assert_int_equal(p.nr_flushes, 0);
        pv_finish(&p);
    }
}

/* Write-combining is d0's only: PAT entry 4. */
static void test_non_coherent(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t table, frame;

        begin("non-coherent");
        xenpt_pv_rules_switch(&p.rules, "non-coherent", on);
        table = fresh(&p, 0);
        frame = fresh(&p, 0);
        must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
        must(mmu(&p, 0, at(table, 0), frame << 12 | PAGE | 0x80, SELF));
        assert_true(frame_is(&p, frame).non_coherent);
        must(mmu(&p, 0, at(table, 0), 0, SELF));
        must(ext(&p, 0, XENPT_PV_PIN_L1, frame, 0, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_PAGE, 0, "non-coherent"), on);
        assert_int_equal(frame_is(&p, frame).non_coherent, !on);
        pv_finish(&p);
    }
}

/* XSA-154: the local APIC, write-back; and MMCFG, writable. */
static void test_mmio(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t table;

        begin("mmio-uncached");
        xenpt_pv_rules_switch(&p.rules, "mmio-uncached", on);
        table = fresh(&p, 0);
        must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
        must(mmu(&p, 0, at(table, 0), UINT64_C(0xfee00000) | PAGE, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 0)) & 0xfff, on ? 0x7f : 0x67);
        /* WP, and WC, which is not cacheable. */
        must(mmu(&p, 0, at(table, 1), UINT64_C(0xfee00000) | PAGE | 0x88, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 1)) & 0xfff, on ? 0x7f : 0xef);
        must(mmu(&p, 0, at(table, 2), UINT64_C(0xfee00000) | PAGE | 0x80, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 2)) & 0xfff, 0xe7);
        must(mmu(&p, 0, at(table, 3), UINT64_C(0xe0000000) | PAGE | 0x18, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 3)) & 0xfff, 0x7d);
        pv_finish(&p);
    }
}

/* What Xen makes of descriptors, and where it puts them. */
static void test_descriptors(void **state)
{
    static const struct {
        uint64_t was, is; /* 0: refused. */
    } descs[] = {
        { 0, 0 },
        { UINT64_C(0x00af9b000000ffff), UINT64_C(0x00affb000000ffff) }, /* DPL 0 is 3. */
        { CODE_32, CODE_32 },
        { UINT64_C(0x0000e20000000067) & ~(UINT64_C(1) << 47), UINT64_C(0x0000620000000067) },
        /* A call gate: its DPL is in the selector; no reserved bits. */
        { UINT64_C(0x00018c0000101234), UINT64_C(0x00018c0000131234) },
        { UINT64_C(0x00018c0100101234), 0 },
        { UINT64_C(0x00018c00e0331234), UINT64_C(0x00018c00e0331234) }, /* Xen's own code... */
        { UINT64_C(0x00018c00e0081234), 0 },                            /* ...and what is none. */
        { UINT64_C(0x00008e0000101234), 0 },                            /* An interrupt gate. */
        { UINT64_C(0x0000800000001234), UINT64_C(0x0000800000001234) }, /* Type 0. */
    };
    const struct domain *d;
    uint64_t frame, other;

    (void)state;
    begin("descriptor");
    d = &p.w.machine->domains[1];
    frame = fresh(&p, 1);
    other = fresh(&p, 1);
    for (size_t i = 1; i < sizeof(descs) / sizeof(descs[0]); i++) {
        assert_string_equal(describe(at(frame, (unsigned int)i), descs[i].was),
                            descs[i].is ? "ok" : "EINVAL");
        assert_int_equal(mem(&p, at(frame, (unsigned int)i)), descs[i].is);
    }
    must(gdt(frame, 600));
    counts_hold(&p);
    /* Twice in it: frames[] is the same one. */
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_SEG_DESC);
    assert_int_equal(frame_is(&p, frame).type_count, 2);
    assert_int_equal(frame_is(&p, d->gdt >> 12).type_count, 1); /* The other vCPU's. */
    assert_string_equal(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF), "EBUSY");
    must(gdt(other, 1));
    counts_hold(&p);
    assert_int_equal(frame_is(&p, frame).type_count, 0);
    must(gdt(other, 0));
    assert_int_equal(frame_is(&p, other).type_count, 0);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_writable_tables(void **state)
{
    uint64_t va, table;

    (void)state;
    begin("ptwr-l1");
    va = l1_at(1);
    table = mfn_of(&p, 1, (va - p.w.machine->domains[1].at.base) / 4096);
    assert_string_equal(write_table(1, va + 5 * 8, table << 12 | PAGE, 8), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    must(write_table(1, va + 5 * 8, page << 12 | 0x61, 8));
    assert_int_equal(mem(&p, at(table, 5)), page << 12 | 0x65 | UINT64_C(1) << 52);
    /* Two bytes of it: P goes. */
    must(write_table(1, va + 5 * 8, 0, 2));
    assert_int_equal(mem(&p, at(table, 5)), (page << 12 & ~UINT64_C(0xffff)) | UINT64_C(1) << 52);
    counts_hold(&p);
    /* The upper half of an entry of a 32-bit guest's: no RAM is there. */
    for (int on = 1; on >= 0; on--) {
        uint64_t is;

        xenpt_pv_rules_switch(&p.rules, "ptwr-upper-half", on);
        va = l1_at(2);
        table = mfn_of(&p, 2, (va - p.w.machine->domains[2].at.base) / 4096);
        is = mem(&p, at(table, on ? 5 : 6));
        assert_string_equal(write_table(2, va + (uint64_t)(5 + !on) * 8 + 4, 0x777, 4),
                            on ? "ok" : "EPERM");
        assert_int_equal(mem(&p, at(table, on ? 5 : 6)),
                         on ? UINT64_C(0x777) << 32 | (is & 0xfffffffe) : is);
        counts_hold(&p);
    }
    pv_finish(&p);
}

/* m2p_strict: M2P is in an L4 at once, and goes when it is a user's. */
static void test_strict(void **state)
{
    uint64_t root;

    (void)state;
    begin("assist-type");
    must(assist(0, XENPT_PV_M2P_STRICT));
    root = empty(4);
    assert_int_not_equal(mem(&p, at(root, 256)), 0);
    must(ext(&p, 1, XENPT_PV_NEW_USER_BASE, root, 0, SELF));
    assert_int_equal(mem(&p, at(root, 256)), 0);
    must(assist(1, XENPT_PV_M2P_STRICT));
    assert_int_equal(mem(&p, at(empty(4), 256)), 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* XSA-273: which entries are safe, and what becomes of the domain. */
static void test_l1tf(void **state)
{
    static const struct {
        uint64_t entry;
        unsigned int level;
        bool safe;
    } entries[] = {
        { 0, 1, true },
        { 0xffe, 1, true },
        { UINT64_C(0x5000), 1, false },
        { UINT64_C(3) << 44, 1, true }, /* The upper quarter of 46 bits. */
        { (UINT64_C(3) << 44) - 4096, 1, false },
        { UINT64_C(1) << 46, 1, true }, /* Beyond what is cached: as 0. */
        { UINT64_C(0xfff) << 52, 1, true },
        { (UINT64_C(3) << 44) | 0x80, 2, false },
        { (UINT64_C(3) << 44) | 0x80, 1, true },
        { 0x80, 3, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        uint64_t table;

        begin("l1tf-safe");
        table = entries[i].level == 1 ? l1 : entries[i].level == 2 ? l2 : l3;
        mmu(&p, 1, at(table, 9), entries[i].entry, SELF);
        assert_string_equal(pv_rule(&p), entries[i].safe ? "" : "l1tf-safe");
        assert_true(!p.w.machine->domains[1].shadows == entries[i].safe);
        /* Begun again, it is done: nothing is read by the processor but shadows. */
        if (!entries[i].safe)
            must(mmu(&p, 1, at(table, 9), entries[i].entry, SELF));
        counts_hold(&p);
        /* dom0 is trusted. */
        must(mmu(&p, 0, at(fresh(&p, 0), 9), 0x5000, SELF));
        pv_finish(&p);
    }
    /* In a table that is pinned. */
    begin("l1tf-safe");
    l1 = fresh(&p, 1);
    must(mmu(&p, 1, at(l1, 300), 0x5000, SELF));
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF), "ERESTART");
    assert_int_equal(p.r.slot, 300);
    must(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF));
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_all),          cmocka_unit_test(test_releases),
        cmocka_unit_test(test_fast_path),    cmocka_unit_test(test_linear_flush),
        cmocka_unit_test(test_root_flush),   cmocka_unit_test(test_type_flush),
        cmocka_unit_test(test_non_coherent), cmocka_unit_test(test_mmio),
        cmocka_unit_test(test_descriptors),  cmocka_unit_test(test_writable_tables),
        cmocka_unit_test(test_strict),       cmocka_unit_test(test_l1tf),
        cmocka_unit_test(test_linear_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
