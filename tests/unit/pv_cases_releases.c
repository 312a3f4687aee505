/* pv_cases_releases.c - what Xen 4.17.7 and 4.20.5 answer otherwise to the same; tests/xen/seen.txt
 * has both. */
#include "grant_fixture.h"
#include "physmap_fixture.h"
#include "pv_cases.h"
#include "sharing_fixture.h"

#include "pv/hvm_param.h"
#include "xen/internal.h"

/* "memory that moves": from where there is nothing. */
static const char *from_nothing(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_GMFN, 0x3000, 0x500);
}

/* "ranges": frames that are where others of the range go. */
static const char *range_up(void)
{
    uint64_t first, second;

    run_d3();
    first = frame_at(3, 0x400);
    second = frame_at(3, 0x401);
    must(add_range(3, 0x400, 0x401, 2));
    assert_true(first != second && frame_at(3, 0x400) == UINT64_MAX);
    if (frame_at(3, 0x402) == first)
        return frame_at(3, 0x401) == UINT64_MAX ? "the first went twice" : "?";
    return frame_at(3, 0x401) == first && frame_at(3, 0x402) == second ? "each went once" : "?";
}

/* The same where its end is nothing: nothing has moved yet. */
static const char *range_end(void)
{
    run_d3();
    must(take_out(3, 0x401));
    return add_range(3, 0x400, 0x401, 2);
}

static const char *cache_global(void)
{
    return ext(&p, 1, XENPT_PV_FLUSH_CACHE_GLOBAL, 0, 0, SELF);
}

static const char *other_resource(void)
{
    struct xenpt_resource r = { .domain = 1, .type = XENPT_RESOURCE_VMTRACE + 1 };
    uint64_t frame = 0;

    return acquire(0, r, &frame, 1);
}

/* A PVH guest that is not dom0: of dom0, of itself, and of nobody. */
static const char *acquired_by_pvh(uint32_t of)
{
    struct xenpt_resource r = { .domain = of, .type = XENPT_RESOURCE_GRANT_TABLE };
    uint64_t frame = 0x400;

    run_d3();
    return acquire(3, r, &frame, 1);
}

static const char *of_another(void)
{
    return acquired_by_pvh(1);
}

static const char *of_nobody(void)
{
    return acquired_by_pvh(77);
}

static const char *new_server(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    return ioreq(0, XENPT_IOREQ_INFO, 3, server, 0);
}

static bool has_page(uint32_t param)
{
    struct xenpt_ioreq_server s;

    assert_true(xenpt_ioreq_server(p.w.machine, 3, server, &s));
    return s.page[1].has_gfn && s.page[1].gfn == hvm_param_value(&p.w.machine->domains[3], param);
}

/* A page of an ioreq server that IOREQ_PFN names; the next one's is BUFIOREQ_PFN's. */
static const char *legacy_page(void)
{
    const char *error = new_server();

    if (strcmp(error, "ok") != 0)
        return error;
    assert_true(has_page(PARAM_IOREQ_PFN));
    must(new_server());
    assert_true(has_page(PARAM_BUFIOREQ_PFN));
    assert_string_equal(new_server(), "ENOMEM");
    return error;
}

const struct pv_answer pv_answers[] = {
    { "memory that moves", "EINVAL", "EACCES", from_nothing },
    { "ranges", "the first went twice", "each went once", range_up },
    { "a range that ends with nothing", "ok", "EACCES", range_end },
    { "flush_cache_global", "EINVAL", "EACCES", cache_global },
    { "other resources", "EOPNOTSUPP", "EINVAL", other_resource },
    { "a PVH guest's resources", "EACCES", "EPERM", of_another },
    { "a PVH guest's resources of nobody", "EACCES", "ESRCH", of_nobody },
    { "ioreq-gfn", "ENOMEM", "ok", legacy_page },
};
const size_t nr_pv_answers = sizeof(pv_answers) / sizeof(pv_answers[0]);
