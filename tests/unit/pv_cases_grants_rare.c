/* pv_cases_grants_rare.c - what Xen refuses of transfers by grants, of entries that change places,
 * of caches, and what its command line forbids; from the sources that the rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"
#include "pv_memory.h"

#include "xen/internal.h"

#define REF 8

/* --- Switches ------------------------------------------------------------------------------ */

static const char *version_max(void)
{
    p.w.machine->options.gnttab_max_ver = 1;
    return grant_version(1, 2);
}

static const char *transitive_switch(void)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_TRANSITIVE,
                                   .from_domain = 2,
                                   .from_ref = REF };
    struct xenpt_grant_side from = { true, 1, REF, 0 }, to = { false, SELF, fresh(&p, 0), 0 };

    p.w.machine->options.gnttab_transitive = SET_OFF;
    must(grant_version(1, 2));
    offer(2, REF, 1, fresh(&p, 2), 0);
    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, REF, &e, NULL), XENPT_OK);
    return grant_copy(0, from, to, 16);
}

/* --- Two entries --------------------------------------------------------------------------- */

static const char *swap_used(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    assert_int_equal(xenpt_grant_swap(p.w.machine, &c, REF, REF + 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

/* --- Caches -------------------------------------------------------------------------------- */

static const char *flush(uint32_t d, uint64_t frame, uint16_t offset, uint16_t length,
                         uint32_t what)
{
    struct xenpt_grant_cache_flush f = { frame, offset, length, what };
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_grant_cache_flush(p.w.machine, &c, &f, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *cache_what(void)
{
    must(flush(1, page, 0, 4096, XENPT_GRANT_CACHE_CLEAN));
    return flush(1, page, 1, 4096, XENPT_GRANT_CACHE_CLEAN);
}

static const char *cache_frame(void)
{
    return flush(1, 0xfee00, 0, 64, XENPT_GRANT_CACHE_CLEAN);
}

/* Xen's own; and what is next to RAM, but none. */
static const char *cache_owner(void)
{
    const char *error = flush(1, 0xb8, 0, 64, XENPT_GRANT_CACHE_CLEAN);

    if (strcmp(error, "ok") != 0)
        assert_string_equal(error, "EPERM");
    return flush(1, p.w.machine->idle >> XENPT_PAGE_SHIFT, 0, 64, XENPT_GRANT_CACHE_CLEAN);
}

/* d0 has it mapped by another way, and that does not count. */
static const char *cache_mapped(void)
{
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    must(flush(0, page, 0, 64, XENPT_GRANT_CACHE_CLEAN));
    return flush(0, fresh(&p, 1), 0, 64, XENPT_GRANT_CACHE_CLEAN);
}

static const char *cache_drop(void)
{
    return flush(1, page, 0, 64, XENPT_GRANT_CACHE_INVALIDATE);
}

/* --- Transfers ----------------------------------------------------------------------------- */

static void accept_from(uint32_t d, uint32_t from, uint64_t gfn)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_ACCEPT_TRANSFER,
                                   .domain = (uint16_t)from,
                                   .frame = gfn };

    assert_int_equal(xenpt_grant_offer(p.w.machine, d, REF, &e, NULL), XENPT_OK);
}

static const char *pass(uint32_t d, uint64_t frame, uint32_t to)
{
    struct xenpt_grant_transfer t = { frame, to, REF };
    struct xenpt_pv_caller c = pv_caller(&p, d);
    uint64_t got;

    assert_int_equal(xenpt_grant_transfer(p.w.machine, &c, &t, &got, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *transfer_switch(void)
{
    p.w.machine->options.gnttab_transfer = SET_OFF;
    accept_from(2, 1, 0x9000);
    return pass(1, fresh(&p, 1), 2);
}

static const char *transfer_external(void)
{
    run_d3();
    accept_from(2, 3, 0x9000);
    if (p.w.machine->xen.release.minor >= 17)
        assert_string_equal(pass(3, gfn_of_d3(0), 2), "ENOSYS");
    assert_true(xenpt_pv_rules_switch(&p.rules, "hvm-grant", false));
    return pass(3, gfn_of_d3(0), 2);
}

static const char *transfer_owner(void)
{
    accept_from(2, 1, 0x9000);
    return pass(1, fresh(&p, 0), 2);
}

static const char *transfer_held(void)
{
    accept_from(2, 1, 0x9000);
    return pass(1, page, 2);
}

static const char *transfer_domain(void)
{
    return pass(1, fresh(&p, 1), 77);
}

/* d0 has all that d2 could name. */
static const char *transfer_free(void)
{
    uint64_t extent = 0, got[1];

    must(reserve(1, XENPT_PV_INCREASE, &extent, 1, 0, SELF));
    assert_true(extent >= UINT64_C(1) << (37 - 12));
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-max", false));
    for (uint32_t left = 10; left-- > 0;) {
        struct xenpt_pv_reservation r = {
            .what = XENPT_PV_INCREASE, .order = left, .address_bits = 37, .domain = SELF
        };

        for (;;) {
            struct xenpt_pv_caller c = pv_caller(&p, 0);

            got[0] = 0;
            assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, got, 1, &p.r, NULL),
                             XENPT_OK);
            if (strcmp(p.r.name, "ok") != 0)
                break;
        }
    }
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-max", true));
    accept_from(2, 1, 0x9000);
    return pass(1, extent, 2);
}

static const char *transfer_room(void)
{
    uint64_t got[256];

    must(reserve(2, XENPT_PV_INCREASE, got, 256, 0, SELF));
    accept_from(2, 1, 0x9000);
    return pass(1, fresh(&p, 1), 2);
}

/* Each entry takes one frame. */
static const char *transfer_offered(void)
{
    accept_from(2, 1, 0x9000);
    must(pass(1, fresh(&p, 1), 2));
    return pass(1, fresh(&p, 1), 2);
}

static const struct pv_case cases[] = {
    { "grant-version-max", "ENOSYS", version_max, NULL },
    { "grant-transitive-switch", "general_error", transitive_switch, NULL },
    { "grant-swap-used", "eagain", swap_used, NULL },
    { "grant-cache-what", "EINVAL", cache_what, NULL },
    { "grant-cache-frame", "EINVAL", cache_frame, NULL },
    { "grant-cache-owner", "EPERM", cache_owner, NULL },
    { "grant-cache-mapped", "EINVAL", cache_mapped, NULL },
    { "grant-cache-drop", "EOPNOTSUPP", cache_drop, NULL },
    { "grant-transfer-switch", "EOPNOTSUPP", transfer_switch, NULL },
    { "grant-transfer-external-old", "bad_page", transfer_external, NULL },
    { "grant-transfer-external", "general_error", transfer_external, NULL },
    { "grant-transfer-owner", "bad_page", transfer_owner, NULL },
    { "grant-transfer-held", "bad_page", transfer_held, "steal-references" },
    { "grant-transfer-domain", "bad_domain", transfer_domain, NULL },
    { "grant-transfer-free", "address_too_big", transfer_free, NULL },
    { "grant-transfer-room", "general_error", transfer_room, NULL },
    { "grant-transfer-offered", "general_error", transfer_offered, NULL },
};
const struct pv_cases pv_grant_rare_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
