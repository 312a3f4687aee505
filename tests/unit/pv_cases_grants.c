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
};
const struct pv_cases pv_grant_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
