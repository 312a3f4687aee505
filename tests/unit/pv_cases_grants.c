/* pv_cases_grants.c - what Xen refuses of grants; from the sources that the rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"

#include "xen/internal.h"

#define REF 8

/* d1 offers d0 a page, and d0 maps it. */
static const char *map_as(uint32_t flags, unsigned int entry_flags)
{
    offer(1, REF, 0, page, entry_flags);
    return grant_map(0, va_of(0, 5), flags, 1, REF);
}

static const char *map_kind(void)
{
    return map_as(READ_ONLY, 0);
}

static const char *map_external(void)
{
    run_d3();
    offer(1, REF, 3, page, 0);
    return grant_map(3, gfn_of_d3(0) << 12, CPU_MAP | APP, 1, REF);
}

static const char *domain(void)
{
    return grant_map(0, va_of(0, 5), CPU_MAP, 77, REF);
}

static const char *handles(void)
{
    grants_of(&p.w.machine->domains[0])->max_mapping_frames = 0;
    return map_as(CPU_MAP, 0);
}

static const char *ref(void)
{
    return grant_map(0, va_of(0, 5), CPU_MAP, 1, 512);
}

static const char *pinned_by(void)
{
    must(map_as(CPU_MAP | READ_ONLY, 0));
    return grant_map(2, va_of(2, 5), CPU_MAP | READ_ONLY, 1, REF);
}

static const char *pin_full(void)
{
    for (int i = 0; i < 128; i++)
        must(map_as(DEV_MAP | READ_ONLY, 0));
    return map_as(DEV_MAP | READ_ONLY, 0);
}

static const char *sub_page(void)
{
    return map_as(CPU_MAP, XENPT_GRANT_SUB_PAGE);
}

static const char *type(void)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_ACCEPT_TRANSFER, .frame = page };

    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, REF, &e, NULL), XENPT_OK);
    return grant_map(0, va_of(0, 5), CPU_MAP, 1, REF);
}

static const char *domid(void)
{
    offer(1, REF, 2, page, 0);
    return grant_map(0, va_of(0, 5), CPU_MAP, 1, REF);
}

static const char *read_only(void)
{
    return map_as(CPU_MAP, XENPT_GRANT_READONLY);
}

static const char *frame(void)
{
    offer(1, REF, 0, fresh(&p, 2), 0);
    return grant_map(0, va_of(0, 5), CPU_MAP, 1, REF);
}

static const char *writable(void)
{
    offer(1, REF, 0, l1, 0);
    return grant_map(0, va_of(0, 5), CPU_MAP, 1, REF);
}

static const char *pte_aligned(void)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    offer(1, REF, 0, page, 0);
    return grant_map(0, at(table, 3) + 4, CPU_MAP | BY_PTE, 1, REF);
}

static const char *l1_own(void)
{
    offer(1, REF, 0, page, 0);
    return grant_map(0, at(l1, 7), CPU_MAP | BY_PTE, 1, REF);
}

static const char *p2m_flags_asked(void)
{
    run_d3();
    offer(1, REF, 3, page, 0);
    return grant_map(3, gfn_of_d3(0) << 12, CPU_MAP | 1u << XENPT_GRANT_MAP_AVAIL, 1, REF);
}

static const char *p2m_place(void)
{
    run_d3();
    offer(1, REF, 3, page, 0);
    must(grant_map(3, gfn_of_d3(0) << 12, CPU_MAP, 1, REF));
    return grant_map(3, gfn_of_d3(0) << 12, CPU_MAP, 1, REF);
}

static const char *no_handle(void)
{
    must(map_as(CPU_MAP, 0));
    return grant_unmap(0, va_of(0, 5), 0, 0, handle + 1);
}

static const char *bus_address(void)
{
    must(map_as(CPU_MAP | DEV_MAP, 0));
    return grant_unmap(0, va_of(0, 5), bus + 4096, 0, handle);
}

static const char *unmap_frame(void)
{
    must(map_as(CPU_MAP, 0));
    return grant_unmap(0, va_of(0, 6), 0, 0, handle);
}

static const char *unmap_rights(void)
{
    uint32_t first;

    must(map_as(CPU_MAP, 0));
    first = handle;
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, REF));
    return grant_unmap(0, va_of(0, 6), 0, 0, first);
}

static const char *replace(void)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    offer(1, REF, 0, page, 0);
    must(grant_map(0, at(table, 3), CPU_MAP | BY_PTE, 1, REF));
    return grant_unmap(0, at(table, 3), 0, va_of(0, 6), handle);
}

static const char *replace_by_d3(void)
{
    run_d3();
    offer(1, REF, 3, page, 0);
    must(grant_map(3, gfn_of_d3(0) << 12, CPU_MAP, 1, REF));
    return grant_unmap(3, gfn_of_d3(0) << 12, 0, 0x1000, handle);
}

/* --- Tables and copies --------------------------------------------------------------------- */

static uint64_t frames[80];

static const char *setup_table(uint32_t d, uint32_t of, uint32_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_grant_setup_table(p.w.machine, &c, of, nr, frames, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

static const char *status_frames(uint32_t d, uint32_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_grant_status_frames(p.w.machine, &c, SELF, nr, frames, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

static const char *own_table(void)
{
    return setup_table(1, 2, 1);
}

static const char *table_size(void)
{
    return setup_table(1, SELF, 65);
}

static const char *too_many_statuses(void)
{
    return status_frames(1, 1);
}

static const char *version(void)
{
    return grant_version(1, 3);
}

static const char *version_busy(void)
{
    must(map_as(CPU_MAP, 0));
    return grant_version(1, 2);
}

static const char *version_range(void)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_PERMIT_ACCESS, .frame = UINT64_C(1) << 32 };

    must(grant_version(1, 2));
    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, 7, &e, NULL), XENPT_OK);
    return grant_version(1, 1);
}

static const char *status_mapped(void)
{
    must(grant_version(1, 2));
    must(status_frames(1, 1));
    must(mmu(&p, 1, at(l1, 9), frames[0] << 12 | PAGE, SELF));
    return grant_version(1, 1);
}

static const char *copy(uint32_t owner, bool by_ref, uint64_t what, uint16_t offset)
{
    struct xenpt_grant_side from = { by_ref, owner, what, offset };
    struct xenpt_grant_side to = { false, SELF, fresh(&p, 0), 0 };

    return grant_copy(0, from, to, 16);
}

/* The frame is d0's own, so that nothing else is wrong with it. */
static const char *copy_frame(void)
{
    struct xenpt_grant_side from = { false, 0, fresh(&p, 0), 0 };
    struct xenpt_grant_side to = { false, SELF, fresh(&p, 0), 0 };

    return grant_copy(0, from, to, 16);
}

static const char *copy_page(void)
{
    offer(1, REF, 0, page, 0);
    return copy(1, true, REF, 4088);
}

static const char *copy_part(void)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_PERMIT_ACCESS | XENPT_GRANT_SUB_PAGE,
                                   .frame = page,
                                   .start = 100,
                                   .length = 50 };

    must(grant_version(1, 2));
    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, REF, &e, NULL), XENPT_OK);
    return copy(1, true, REF, 135);
}

/* An entry of d1's, for `to`, that leads to one of another's. */
static void lead(uint32_t owner, uint32_t to, uint32_t from_domain)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_TRANSITIVE,
                                   .domain = (uint16_t)to,
                                   .from_domain = (uint16_t)from_domain,
                                   .from_ref = REF };

    must(grant_version(owner, 2));
    assert_int_equal(xenpt_grant_offer(p.w.machine, owner, REF, &e, NULL), XENPT_OK);
}

static const char *transitive(void)
{
    lead(1, 0, 2);
    lead(2, 1, 0);
    return copy(1, true, REF, 0);
}

static const char *transitive_self(void)
{
    lead(1, 0, 1);
    return copy(1, true, REF, 0);
}

static const char *transitive_domain(void)
{
    lead(1, 0, 77);
    return copy(1, true, REF, 0);
}

/* What d0 has by it is not what it leads to by now. */
static const char *transitive_same(void)
{
    offer(2, REF, 1, fresh(&p, 2), 0);
    must(grant_version(1, 2));
    must(map_as(CPU_MAP | READ_ONLY, 0));
    lead(1, 0, 2);
    return copy(1, true, REF, 0);
}

static const struct pv_case cases[] = {
    { "grant-map-kind", "bad_gntref", map_kind, NULL },
    { "grant-map-external", "general_error", map_external, "grant-p2m-flags" },
    { "grant-domain", "bad_domain", domain, NULL },
    { "grant-handles-old", "no_device_space", handles, NULL },
    { "grant-handles", "no_space", handles, NULL },
    { "grant-ref", "bad_gntref", ref, NULL },
    { "grant-pinned-by", "general_error", pinned_by, NULL },
    { "grant-pin-full", "general_error", pin_full, NULL },
    { "grant-sub-page", "general_error", sub_page, NULL },
    { "grant-type", "general_error", type, NULL },
    { "grant-domid", "general_error", domid, NULL },
    { "grant-read-only", "general_error", read_only, NULL },
    { "grant-frame", "bad_page", frame, NULL },
    { "grant-writable", "general_error", writable, NULL },
    { "grant-pte-aligned", "general_error", pte_aligned, NULL },
    { "grant-l1", "general_error", l1_own, NULL },
    { "grant-p2m-flags", "general_error", p2m_flags_asked, NULL },
    { "grant-p2m-place", "general_error", p2m_place, NULL },
    { "grant-handle", "bad_handle", no_handle, NULL },
    { "grant-bus", "general_error", bus_address, NULL },
    { "grant-unmap-frame", "general_error", unmap_frame, NULL },
    { "grant-unmap-rights", "general_error", unmap_rights, NULL },
    { "grant-replace", "general_error", replace, NULL },
    { "hvm-grant", "ENOSYS", replace_by_d3, "grant-replace" },
    { "grant-own-table", "permission_denied", own_table, NULL },
    { "grant-table-size", "general_error", table_size, NULL },
    { "grant-status-frames", "general_error", too_many_statuses, NULL },
    { "grant-version", "EINVAL", version, NULL },
    { "grant-version-busy", "EBUSY", version_busy, NULL },
    { "grant-version-range", "ERANGE", version_range, NULL },
    { "grant-status-mapped", "EBUSY", status_mapped, NULL },
    { "grant-copy-frame", "permission_denied", copy_frame, NULL },
    { "grant-copy-page", "bad_copy_arg", copy_page, NULL },
    { "grant-copy-part", "general_error", copy_part, NULL },
    { "grant-transitive", "general_error", transitive, NULL },
    { "grant-transitive-self", "general_error", transitive_self, NULL },
    { "grant-transitive-domain", "general_error", transitive_domain, NULL },
    { "grant-bus-device", "bad_dev_addr", bus_address, NULL },
    { "grant-transitive-same", "ERESTART", transitive_same, NULL },
};
const struct pv_cases pv_grant_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
