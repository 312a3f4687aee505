/* pv_cases_resources.c - what Xen refuses of resources and ioreq servers, and a policy of
 * unpausing; common/memory.c, acquire_resource; hvm/ioreq.c. */
#include "pv_cases.h"
#include "sharing_fixture.h"

#include "physmap_fixture.h"
#include "pv/hvm_param.h"
#include "xen/internal.h"

#define TABLE_OF(d_)                                                                               \
    {                                                                                              \
        .domain = (d_), .type = XENPT_RESOURCE_GRANT_TABLE                                         \
    }

static uint64_t frames[64];

static const char *table_of(uint32_t d, uint32_t of, uint32_t id, uint64_t frame, size_t nr)
{
    struct xenpt_resource r = TABLE_OF(of);

    r.id = id;
    r.frame = frame;
    return acquire(d, r, frames, nr);
}

static const char *pages_of(uint32_t d, uint32_t of, uint32_t id, uint64_t frame, size_t nr)
{
    struct xenpt_resource r = { .domain = of, .id = id, .frame = frame };

    return acquire(d, r, frames, nr);
}

static const char *none(void)
{
    return table_of(0, 1, 0, 0, 1);
}

/* Without the rule 32 are what is modelled. */
static const char *too_many(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    struct xenpt_resource r = TABLE_OF(1);
    enum xenpt_code code = xenpt_acquire_resource(p.w.machine, &c, &r, frames, 33, &p.r, NULL);

    assert_int_equal(code, p.r.error ? XENPT_OK : XENPT_EUNSUPPORTED);
    return p.r.name;
}

static const char *domain(void)
{
    return table_of(0, 77, 0, 0, 1);
}

static const char *own(void)
{
    return table_of(0, 0, 0, 0, 1);
}

static const char *right(void)
{
    return table_of(1, 2, 0, 0, 1);
}

static const char *type(void)
{
    struct xenpt_resource r = { .domain = 1, .type = XENPT_RESOURCE_VMTRACE + 1 };

    return acquire(0, r, frames, 1);
}

static const char *empty_resource(void)
{
    struct xenpt_resource r = { .domain = 1, .type = XENPT_RESOURCE_VMTRACE };

    return acquire(0, r, frames, 1);
}

static const char *id(void)
{
    return table_of(0, 1, 2, 0, 1);
}

static const char *beyond(void)
{
    return table_of(0, 1, 0, 63, 2);
}

static const char *version(void)
{
    return table_of(0, 1, 1, 0, 1);
}

static const char *hvm(void)
{
    return pages_of(0, 1, 0, 0, 1);
}

static const char *buffered(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    return pages_of(0, 3, server, 0, 1);
}

static const char *frame(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 1));
    return pages_of(0, 3, server, 1, 2);
}

static const char *translated(void)
{
    run_d3();
    frames[0] = gfn_of_d3(0);
    return table_of(3, 1, 0, 0, 1);
}

static const char *views(void)
{
    run_d3();
    assert_int_equal(xenpt_machine_views(p.w.machine, 3, true, NULL), XENPT_OK);
    frames[0] = gfn_of_d3(0);
    return table_of(3, 1, 0, 0, 1);
}

static const char *dm_domain(void)
{
    return ioreq(0, XENPT_IOREQ_CREATE, 77, 0, 0);
}

static const char *dm_own(void)
{
    return ioreq(0, XENPT_IOREQ_CREATE, 0, 0, 0);
}

static const char *dm_hvm(void)
{
    return ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 0);
}

static const char *dm_right(void)
{
    return ioreq(1, XENPT_IOREQ_CREATE, 3, 0, 0);
}

static const char *how_buffered(void)
{
    return ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 3);
}

static const char *servers(void)
{
    for (int i = 0; i < 8; i++)
        must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    return ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0);
}

static const char *no_server(void)
{
    return ioreq(0, XENPT_IOREQ_ENABLE, 3, 0, 0);
}

static const char *emulator(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    p.w.machine->descs[1].has_target = true;
    p.w.machine->descs[1].target = 3;
    return ioreq(1, XENPT_IOREQ_ENABLE, 3, server, 0);
}

/* A PVH domain has no frames for that. */
static const char *no_gfn(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    return ioreq(0, XENPT_IOREQ_INFO, 3, server, 0);
}

/* The frames that parameters name are nothing any more. */
static const char *no_page(void)
{
    run_d3();
    must(take_out(3, hvm_param_value(&p.w.machine->domains[3], PARAM_IOREQ_PFN)));
    return no_gfn();
}

static const char *either(void)
{
    must(ioreq(0, XENPT_IOREQ_CREATE, 3, 0, 0));
    must(pages_of(0, 3, server, 1, 1));
    return ioreq(0, XENPT_IOREQ_INFO, 3, server, 0);
}

/* As XEN_DOMCTL_unpausedomain would return it. */
static const char *unpause(void)
{
    struct xenpt_error err = { 0 };

    own_rules_follow();
    must(va_map(&p, 0, va_of(0, 5), page << 12 | RO, 1));
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, true, &err), XENPT_OK);
    p.r = (struct xenpt_pv_result){ .name = "ok" };
    if (xenpt_machine_pause(p.w.machine, 1, 1, false, &err) == XENPT_ESTATE &&
        strstr(err.text,
               "EBUSY, by the rule unpause-foreign: d1 has 1 foreign maps, the first by d0"))
        p.r = (struct xenpt_pv_result){ .name = "EBUSY",
                                        .rule = xenpt_pv_rule_named("unpause-foreign") };
    return p.r.name;
}

static const struct pv_case cases[] = {
    { "resource-none", "ENOSYS", none, NULL },
    { "resource-nr", "E2BIG", too_many, NULL },
    { "resource-domain", "ESRCH", domain, NULL },
    { "resource-own", "EPERM", own, NULL },
    { "resource-right", "EPERM", right, NULL },
    { "resource-type", "EOPNOTSUPP", type, NULL },
    { "resource-empty", "EINVAL", empty_resource, "resource-type" },
    { "resource-id", "EINVAL", id, NULL },
    { "resource-table", "EINVAL", beyond, NULL },
    { "resource-version", "EINVAL", version, NULL },
    { "resource-hvm", "EINVAL", hvm, NULL },
    { "resource-buffered", "ENOENT", buffered, NULL },
    { "resource-frame", "EINVAL", frame, NULL },
    { "resource-translated", "EACCES", translated, NULL },
    { "dm-domain", "ESRCH", dm_domain, NULL },
    { "dm-own", "EPERM", dm_own, NULL },
    { "dm-hvm", "EINVAL", dm_hvm, NULL },
    { "dm-right", "EPERM", dm_right, NULL },
    { "ioreq-buffered", "EINVAL", how_buffered, NULL },
    { "ioreq-free", "ENOSPC", servers, NULL },
    { "ioreq-server", "ENOENT", no_server, NULL },
    { "ioreq-emulator", "EPERM", emulator, NULL },
    { "ioreq-gfn", "ENOMEM", no_gfn, NULL },
    { "ioreq-either", "EPERM", either, NULL },
    { "ioreq-page", "EINVAL", no_page, NULL },
    { "resource-known", "EINVAL", type, NULL },
    { "resource-views", "EACCES", views, NULL },
    { "unpause-foreign", "EBUSY", unpause, NULL },
};
const struct pv_cases pv_resource_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
