/* cases_calls.c - mmu_update, update_va_mapping, mmuext_op: who may ask for what, and of whom. */
#include "cases.h"

static uint32_t another(void)
{
    return who() == D0 ? D1 : D0;
}

/* --- mmu_update ------------------------------------------------------------------------------ */

static void own_number(void)
{
    mmu_of(at(l1, 1), 0, who());
}
static void own_tables(void)
{
    mmu_of(at(l1, 1), 0, (who() + 1) << 16 | SELF);
}
static void nobody(void)
{
    mmu_of(at(l1, 1), 0, 77);
}
static void nobodys_tables(void)
{
    mmu_of(at(l1, 1), 0, TABLES_OF(77));
}
static void invalid_domain(void)
{
    mmu_of(at(l1, 1), 0, 0x7ff4);
}
static void others_pages(void)
{
    mmu_of(at(l1, 1), 0, another());
}
static void io_pages(void)
{
    mmu_of(at(l1, 1), 0, DOM_IO);
}
static void xen_pages(void)
{
    mmu_of(at(l1, 1), 0, DOM_XEN);
}
static void xen_write(void)
{
    mmu_of(at(l1, 1), page << 12 | PAGE, DOM_XEN);
}
static void others_tables(void)
{
    mmu_of(at(other(), 1), 0, TABLES_OF(another()));
}
static void d2_tables(void)
{
    mmu_of(at(of_d2(), 0), 0, TABLES_OF(D2));
}
static void others_entry(void)
{
    mmu(at(other(), 0), 5);
}
static void beyond_entry(void)
{
    mmu(at(BEYOND, 0), 5);
}
static void device_entry(void)
{
    mmu(at(DEVICE, 0), 5);
}
static void xens_entry(void)
{
    mmu((get(root(), 262) & UINT64_C(0xfffffffff000)), 5);
}
static void page_entry(void)
{
    mmu(at(page, 3), UINT64_C(0x123456789));
    said_number(get(page, 3));
}
static void gdt_entry(void)
{
    uint64_t gdt = fresh();

    said(ask_gdt(&gdt, 8));
    mmu(at(gdt, 1), 0);
    said(ask_gdt(NULL, 0));
    mmu(at(gdt, 1), 0);
}
static void shared_entry(void)
{
    mmu(at(shared_info(), 511), 0);
}
static void upper_foreign(void)
{
    mmu_of(at(l2, 1), l1 << 12 | TABLE, another());
}
static void upper_io(void)
{
    mmu_of(at(l2, 1), l1 << 12 | TABLE, DOM_IO);
}
static void upper_others(void)
{
    uint64_t t = other();

    ext_of(PIN_L2, t, 0, D1);
    mmu_of(at(t, 1), 0, TABLES_OF(D1));
    mmu_of(at(t, 1), 0, 2u << 16 | D1);
}
static void gfn_of_d2(void)
{
    mmu_of(at(l1, 1), of_d2() << 12 | PAGE, D2);
    said_number(get(l1, 1) >> 12 != of_d2());
}
static void no_gfn_of_d2(void)
{
    mmu_of(at(l1, 1), UINT64_C(0x777) << 12 | PAGE, D2);
}
static void gfn_absent(void)
{
    mmu_of(at(l1, 1), UINT64_C(0x777) << 12 | 0x66, D2);
}
static void command(unsigned int cmd)
{
    mmu(at(l1, 1) | cmd, 0);
}
static void command_2(void)
{
    command(2);
}
static void command_3(void)
{
    command(3);
}
static void command_4(void)
{
    command(4);
}
static void command_7(void)
{
    command(7);
}
static void keep_ad(void)
{
    mmu(at(l1, 0) | 2, page << 12 | 0x07);
    said_number(get(l1, 0) & 0xfff);
    mmu(at(l1, 0), page << 12 | 0x07);
    said_number(get(l1, 0) & 0xfff);
}
static void m2p_own(void)
{
    mmu(at(page, 0) | 1, 5);
}
static void m2p_tables(void)
{
    mmu_of(at(page, 0) | 1, 5, TABLES_OF(another()));
}
static void m2p_others(void)
{
    mmu(at(other(), 0) | 1, 5);
}
static void m2p_named(void)
{
    mmu_of(at(other(), 0) | 1, 5, another());
}
static void m2p_beyond(void)
{
    mmu(at(BEYOND, 0) | 1, 5);
}
static void m2p_d2(void)
{
    mmu_of(at(of_d2(), 0) | 1, 5, D2);
}
static void list(void)
{
    struct mmu_request req[] = { { at(l1, 1), page << 12 | PAGE },
                                 { at(l1, 2), page << 12 | RO },
                                 { at(l2, 1), page << 12 | TABLE },
                                 { at(l1, 3), page << 12 | PAGE } };
    uint32_t done = 9;
    int rc = ask_mmu(req, 4, SELF, &done);

    said_done(rc, done);
    said_number(get(l1, 2) & 0xfff);
    said_number(get(l1, 3));
}
static void none(void)
{
    uint32_t done = 9;
    int rc = ask_mmu(NULL, 0, SELF, &done);

    said_done(rc, done);
}

/* --- update_va_mapping ----------------------------------------------------------------------- */

static void va(uint64_t where, uint64_t val, uint64_t flush, uint32_t domain)
{
    said(ask_va(where, val, flush, domain));
}
static void va_good(void)
{
    va(WINDOW + 0x1000, page << 12 | PAGE, 0, SELF);
    va(WINDOW + 0x1000, page << 12 | PAGE, 1, SELF);
    va(WINDOW + 0x1000, page << 12 | PAGE, 2, SELF);
    va(WINDOW + 0x1000, 0, 2 | 4, SELF);
}
static void va_none(void)
{
    va(UINT64_C(0x123456000), 0, 0, SELF);
}
static void va_no_l1(void)
{
    va(WINDOW + UINT64_C(0x40000000), 0, 0, SELF);
}
static void va_xens(void)
{
    va(UINT64_C(0xffff830000000000), 0, 0, SELF);
}
static void va_writable(void)
{
    va(WINDOW + 0x1000, l1 << 12 | PAGE, 0, SELF);
}
static void va_others(void)
{
    va(WINDOW + 0x1000, other() << 12 | PAGE, 0, another());
}
static void va_unnamed(void)
{
    va(WINDOW + 0x1000, other() << 12 | PAGE, 0, SELF);
}
static void va_nobody(void)
{
    va(WINDOW + 0x1000, 0, 0, 77);
}
static void va_myself(void)
{
    va(WINDOW + 0x1000, 0, 0, who());
}
static void va_device(void)
{
    va(WINDOW + 0x1000, DEVICE << 12 | PAGE, 0, DOM_IO);
}
static void va_xen(void)
{
    va(WINDOW + 0x1000, page << 12 | PAGE, 0, DOM_XEN);
}
static void va_d2(void)
{
    va(WINDOW + 0x1000, of_d2() << 12 | PAGE, 0, D2);
    va(WINDOW + 0x1000, UINT64_C(0x777) << 12 | PAGE, 0, D2);
}

/* --- mmuext_op ------------------------------------------------------------------------------- */

static void pins(void)
{
    uint64_t t = fresh();

    for (unsigned int cmd = PIN_L1; cmd <= PIN_L4; cmd++) {
        ext(cmd, t, 0);
        ext(cmd, t, 0);
        ext(UNPIN, t, 0);
        ext(UNPIN, t, 0);
    }
}
static void pin_of(uint64_t frame)
{
    ext(PIN_L1, frame, 0);
    ext(PIN_L4, frame, 0);
}
static void pin_others(void)
{
    pin_of(other());
}
static void pin_beyond(void)
{
    pin_of(BEYOND);
}
static void pin_device(void)
{
    pin_of(DEVICE);
}
static void pin_page(void)
{
    pin_of(page);
}
static void pin_table(void)
{
    ext(PIN_L1, l1, 0);
    ext(PIN_L1, l1, 0);
    ext(PIN_L2, l1, 0);
    ext(UNPIN, l1, 0);
}
static void pin_xens(void)
{
    pin_of(get(root(), 262) >> 12 & UINT64_C(0xfffffffff));
}
static void pin_shared(void)
{
    pin_of(shared_info());
}
static void pin_for_other(void)
{
    uint64_t t = other();

    ext_of(PIN_L2, t, 0, another());
    ext_of(PIN_L2, t, 0, another());
    ext_of(UNPIN, t, 0, another());
    ext_of(UNPIN, t, 0, another());
    ext_of(PIN_L2, page, 0, another());
}
static void pin_for_nobody(void)
{
    ext_of(PIN_L1, page, 0, 77);
}
static void pin_for_own_number(void)
{
    ext_of(PIN_L1, page, 0, who());
}
static void pin_for_io(void)
{
    ext_of(PIN_L1, page, 0, DOM_IO);
}
static void pin_for_xen(void)
{
    ext_of(PIN_L1, page, 0, DOM_XEN);
}
static void io_flush(void)
{
    ext_of(TLB_LOCAL, 0, 0, DOM_IO);
}
static void io_pin_device(void)
{
    ext_of(UNPIN, DEVICE, 0, DOM_IO);
    ext_of(CLEAR_PAGE, page, 0, DOM_IO);
    ext_of(MARK_SUPER, 0x200, 0, DOM_IO);
    ext_of(14, 0, 0, DOM_IO);
}
static void pin_for_d2(void)
{
    ext_of(PIN_L1, of_d2(), 0, D2);
}
static void super_of_d2(void)
{
    ext_of(MARK_SUPER, 0, 0, D2);
}
static void flush_of_d2(void)
{
    ext_of(TLB_LOCAL, 0, 0, D2);
}
static void unpin_others(void)
{
    ext(UNPIN, other(), 0);
}
static void unpin_beyond(void)
{
    ext(UNPIN, BEYOND, 0);
}
static void unpin_page(void)
{
    ext(UNPIN, page, 0);
}
static void unpin_table(void)
{
    ext(UNPIN, l3, 0);
}
static void for_another(unsigned int cmd)
{
    ext_of(cmd, page, 0, another());
}
static void base_of(void)
{
    for_another(NEW_BASE);
}
static void tlb_of(void)
{
    for_another(TLB_LOCAL);
}
static void invlpg_of(void)
{
    for_another(INVLPG_LOCAL);
}
static void tlb_all_of(void)
{
    for_another(TLB_ALL);
}
static void cache_of(void)
{
    for_another(CACHE_LOCAL);
}
static void cache_all_of(void)
{
    for_another(CACHE_GLOBAL);
}
static void ldt_of(void)
{
    ext_of(SET_LDT, WINDOW, 0, another());
}
static void user_base_of(void)
{
    for_another(NEW_USER_BASE);
}
static void clear_of(void)
{
    ext_of(CLEAR_PAGE, other(), 0, another());
    ext_of(CLEAR_PAGE, page, 0, another());
}
static void flushes(void)
{
    ext(TLB_LOCAL, 0, 0);
    ext(INVLPG_LOCAL, WINDOW, 0);
    ext(INVLPG_LOCAL, UINT64_C(0xffff830000000000), 0);
    ext(TLB_ALL, 0, 0);
    ext(INVLPG_ALL, WINDOW, 0);
}
static void flush_vcpus(void)
{
    ext(TLB_MULTI, 0, 1);
    ext(INVLPG_MULTI, WINDOW, 1);
}
static void cache_local(void)
{
    ext(CACHE_LOCAL, 0, 0);
}
static void cache_global(void)
{
    ext(CACHE_GLOBAL, 0, 0);
}
static void ldt_sizes(void)
{
    ext(SET_LDT, WINDOW, 8192);
    ext(SET_LDT, WINDOW, 8193);
    ext(SET_LDT, WINDOW, 0);
}
static void ldt_unaligned(void)
{
    ext(SET_LDT, WINDOW + 8, 5);
}
static void ldt_xens(void)
{
    ext(SET_LDT, UINT64_C(0xffff830000000000), 5);
}
static void ldt_reach(void)
{
    ext(SET_LDT, UINT64_C(0xffff800000000000) - 0x1000, 1024);
}
static void ldt_noncanonical(void)
{
    ext(SET_LDT, UINT64_C(0x123456789abc000), 5);
}
static void clears(void)
{
    uint64_t t = fresh();

    put(t, 5, 7);
    ext(CLEAR_PAGE, t, 0);
    said_number(get(t, 5));
    ext(CLEAR_PAGE, page, 0);
}
static void clear_table(void)
{
    ext(CLEAR_PAGE, l1, 0);
}
static void clear_others(void)
{
    ext(CLEAR_PAGE, other(), 0);
}
static void clear_beyond(void)
{
    ext(CLEAR_PAGE, BEYOND, 0);
}
static void clear_root(void)
{
    ext(CLEAR_PAGE, root(), 0);
}
static void copies(void)
{
    uint64_t t = fresh();

    put(page, 5, 7);
    ext(COPY_PAGE, t, page);
    said_number(get(t, 5));
    ext(COPY_PAGE, t, l1);
    ext(COPY_PAGE, l1, t);
    ext(COPY_PAGE, t, other());
    ext(COPY_PAGE, other(), t);
    ext(COPY_PAGE, t, BEYOND);
}
static void super(void)
{
    ext(MARK_SUPER, 0x200, 0);
    ext(UNMARK_SUPER, 0x200, 0);
}
static void command_ext_14(void)
{
    ext(14, 0, 0);
}
static void command_ext_21(void)
{
    ext(21, 0, 0);
}
static void command_ext_big(void)
{
    ext(0x7fffffff, 0, 0);
}
static void ext_list(void)
{
    struct ext_request ops[] = {
        { TLB_LOCAL, 0, 0 }, { PIN_L1, l1, 0 }, { PIN_L1, l1, 0 }, { UNPIN, l1, 0 }
    };
    uint32_t done = 9;
    int rc = ask_ext(ops, 4, SELF, &done);

    said_done(rc, done);
}

/* --- Roots ----------------------------------------------------------------------------------- */

static uint64_t second_root(void)
{
    uint64_t t = fresh();

    for (unsigned int i = 0; i < 512; i++)
        if ((i < 256 || i > 271) && get(root(), i))
            put(t, i, get(root(), i));
    return t;
}
static void new_base(void)
{
    uint64_t t = second_root();

    ext(NEW_BASE, t, 0);
    mmu(at(l1, 1), t << 12 | PAGE);
    ext(NEW_BASE, root(), 0);
    mmu(at(l1, 1), t << 12 | PAGE);
}
static void base_wrong(void)
{
    ext(NEW_BASE, l3, 0);
    ext(NEW_BASE, page, 0);
    ext(NEW_BASE, other(), 0);
    ext(NEW_BASE, BEYOND, 0);
    ext(NEW_BASE, 0, 0);
    ext(NEW_BASE, root(), 0);
}
static void user_base(void)
{
    uint64_t t = fresh();

    ext(NEW_USER_BASE, t, 0);
    mmu(at(l1, 1), t << 12 | PAGE);
    ext(NEW_USER_BASE, t, 0);
    ext(NEW_USER_BASE, 0, 0);
    mmu(at(l1, 1), t << 12 | PAGE);
}
static void user_base_wrong(void)
{
    ext(NEW_USER_BASE, l3, 0);
    ext(NEW_USER_BASE, page, 0);
    ext(NEW_USER_BASE, other(), 0);
    ext(NEW_USER_BASE, BEYOND, 0);
    ext(NEW_USER_BASE, root(), 0);
    ext(NEW_USER_BASE, 0, 0);
}

static const struct xen_case cases[] = {
    { "own-domid", "its pages", own_number, BOTH },
    { "own-domid", "its tables", own_tables, BOTH },
    { "own-domid", "update_va_mapping", va_myself, BOTH },
    { "own-domid", "mmuext_op", pin_for_own_number, BOTH },
    { "unknown-domain", "for its pages", nobody, BOTH },
    { "unknown-domain", "for its tables", nobodys_tables, BOTH },
    { "unknown-domain", "DOMID_INVALID", invalid_domain, BOTH },
    { "unknown-domain", "update_va_mapping", va_nobody, BOTH },
    { "unknown-domain", "mmuext_op", pin_for_nobody, BOTH },
    { "foreign-right", "another's pages", others_pages, BOTH },
    { "foreign-right", "DOMID_IO's pages", io_pages, BOTH },
    { "foreign-right", "DOMID_XEN's pages", xen_pages, BOTH },
    { "foreign-right", "DOMID_XEN's pages, to be written", xen_write, BOTH },
    { "foreign-right", "another's tables", others_tables, BOTH },
    { "foreign-right", "update_va_mapping", va_others, BOTH },
    { "foreign-right", "update_va_mapping, of a device", va_device, BOTH },
    { "foreign-right", "update_va_mapping, of DOMID_XEN", va_xen, BOTH },
    { "foreign-right", "mmuext_op", pin_for_other, BOTH },
    { "foreign-right", "mmuext_op, for DOMID_IO", pin_for_io, BOTH },
    { "foreign-right", "mmuext_op, for DOMID_XEN", pin_for_xen, BOTH },
    { "foreign-right", "mmuext_op, others for DOMID_IO", io_pin_device, BOTH },
    { "mmuext-own", "a flush for DOMID_IO", io_flush, BOTH },
    { "foreign-right", "clear_page", clear_of, BOTH },
    { "table-owner-pv", "a PVH guest's tables", d2_tables, BOTH },
    { "entry-frame", "another's frame", others_entry, BOTH },
    { "entry-frame", "beyond all RAM", beyond_entry, BOTH },
    { "entry-frame", "a device", device_entry, BOTH },
    { "entry-frame", "a table of Xen's", xens_entry, BOTH },
    { "entry-type", "a page can be written", page_entry, BOTH },
    { "entry-type", "a GDT", gdt_entry, BOTH },
    { "entry-type", "shared_info", shared_entry, BOTH },
    { "upper-foreign", "an L2 entry for another's", upper_foreign, BOTH },
    { "upper-foreign", "an L2 entry for DOMID_IO", upper_io, BOTH },
    { "upper-foreign", "an L2 entry of another's", upper_others, BY_D0 },
    { "foreign-gfn", "one that it has", gfn_of_d2, BY_D0 },
    { "foreign-gfn", "one that it has not", no_gfn_of_d2, BY_D0 },
    { "foreign-gfn", "an entry that is not present", gfn_absent, BY_D0 },
    { "foreign-gfn", "update_va_mapping", va_d2, BY_D0 },
    { "mmu-command", "2", command_2, BOTH },
    { "mmu-command", "3", command_3, BOTH },
    { "mmu-command", "4", command_4, BOTH },
    { "mmu-command", "7", command_7, BOTH },
    { "mmu-command", "2 keeps A and D", keep_ad, BOTH },
    { "mmu-command", "a list stops at what is refused", list, BOTH },
    { "mmu-command", "an empty list", none, BOTH },
    { "m2p-own", "its own", m2p_own, BOTH },
    { "m2p-own", "with other tables", m2p_tables, BOTH },
    { "m2p-frame", "another's", m2p_others, BOTH },
    { "m2p-frame", "another's, which is named", m2p_named, BOTH },
    { "m2p-frame", "beyond all RAM", m2p_beyond, BOTH },
    { "m2p-translated", "of a PVH guest", m2p_d2, BOTH },
    { "va-l1", "with all flushes", va_good, BOTH },
    { "va-l1", "no L3", va_none, BOTH },
    { "va-l1", "no L2", va_no_l1, BOTH },
    { "va-l1", "Xen's", va_xens, BOTH },
    { "l1-writable", "update_va_mapping", va_writable, BOTH },
    { "l1-owner", "update_va_mapping", va_unnamed, BOTH },
    { "pin-frame", "another's", pin_others, BOTH },
    { "pin-frame", "beyond all RAM", pin_beyond, BOTH },
    { "pin-frame", "a device", pin_device, BOTH },
    { "pin-frame", "a table of Xen's", pin_xens, BOTH },
    { "pin-frame", "shared_info", pin_shared, BOTH },
    { "table-type", "pin a page that is mapped writable", pin_page, BOTH },
    { "pin-twice", "as each level", pins, BOTH },
    { "pin-twice", "a table that is in use", pin_table, BOTH },
    { "mmuext-pv", "pin for a PVH guest", pin_for_d2, BOTH },
    { "mmuext-pv", "a command that is refused anyway", super_of_d2, BOTH },
    { "mmuext-pv", "a flush", flush_of_d2, BOTH },
    { "unpin-frame", "another's", unpin_others, BOTH },
    { "unpin-frame", "beyond all RAM", unpin_beyond, BOTH },
    { "unpin-pinned", "a page", unpin_page, BOTH },
    { "unpin-pinned", "a table that is in use", unpin_table, BOTH },
    { "mmuext-own", "new_baseptr", base_of, BOTH },
    { "mmuext-own", "new_user_baseptr", user_base_of, BOTH },
    { "mmuext-own", "tlb_flush_local", tlb_of, BOTH },
    { "mmuext-own", "invlpg_local", invlpg_of, BOTH },
    { "mmuext-own", "tlb_flush_all", tlb_all_of, BOTH },
    { "mmuext-own", "flush_cache", cache_of, BOTH },
    { "mmuext-own", "flush_cache_global", cache_all_of, BOTH },
    { "mmuext-own", "set_ldt", ldt_of, BOTH },
    { "mmuext-own", "its own TLBs", flushes, BOTH },
    { "mmuext-own", "those of vCPUs", flush_vcpus, BOTH },
    { "cache-local", "flush_cache", cache_local, BOTH },
    { "cache-global-old", "flush_cache_global", cache_global, BOTH },
    { "ldt-size", "8192 and 8193", ldt_sizes, BOTH },
    { "ldt-address", "not that of a page", ldt_unaligned, BOTH },
    { "ldt-address", "Xen's", ldt_xens, BOTH },
    { "ldt-address", "into Xen's", ldt_reach, BOTH },
    { "ldt-address", "non-canonical", ldt_noncanonical, BOTH },
    { "page-plain", "clear_page", clears, BOTH },
    { "page-plain", "clear_page, another's", clear_others, BOTH },
    { "page-plain", "clear_page, beyond all RAM", clear_beyond, BOTH },
    { "page-plain", "copy_page", copies, BOTH },
    { "page-writable", "clear_page, a table", clear_table, BOTH },
    { "page-writable", "clear_page, the root", clear_root, BOTH },
    { "mark-super", "both", super, BOTH },
    { "mmuext-command", "14", command_ext_14, BOTH },
    { "mmuext-command", "21", command_ext_21, BOTH },
    { "mmuext-command", "a large one", command_ext_big, BOTH },
    { "mmuext-command", "a list stops at what is refused", ext_list, BOTH },
    { "table-type", "new_baseptr, and back", new_base, BOTH },
    { "table-type", "new_baseptr, of what is none", base_wrong, BOTH },
    { "table-type", "new_user_baseptr", user_base, BOTH },
    { "table-type", "new_user_baseptr, of what is none", user_base_wrong, BOTH },
};
const struct xen_cases call_cases = CASES_OF(cases);
