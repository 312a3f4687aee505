/* pv_cases_pager.c - what Xen refuses of a pager; from the sources that the rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"
#include "pv_memory.h"

#include "xen/internal.h"
#include "xenpt/pager.h"
#include "xenpt/param.h"
#include "xenpt/physmap.h"

static const char *ask(uint32_t d, uint32_t of, enum xenpt_pager_op op, uint64_t gfn)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_pager(p.w.machine, &c, of, op, gfn, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

static const char *on(uint32_t of)
{
    return ask(0, of, XENPT_PAGER_ENABLE, 0);
}

static const char *self(void)
{
    assert_string_equal(ask(0, SELF, XENPT_PAGER_NOMINATE, 0), "ESRCH");
    return ask(0, 0, XENPT_PAGER_NOMINATE, 0);
}

static const char *control_self(void)
{
    return ask(0, 0, XENPT_PAGER_RESUME, 0);
}

/* Its page is not thought of when a domain is built. */
static const char *ring_page(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    assert_int_equal(xenpt_hvm_param_set(p.w.machine, &c, 3, 27, 0, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    return on(3);
}

static const char *pager_off(void)
{
    return ask(0, 3, XENPT_PAGER_DISABLE, 0);
}

static const char *hardware(void)
{
    p.w.machine->descs[0].type = XENPT_DOMAIN_PVH;
    return on(3);
}

static const char *hap(void)
{
    return on(1);
}

static const char *devices(void)
{
    p.w.machine->domains[3].device.how = XENPT_DEVICE_APART;
    return on(3);
}

static const char *pod(void)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_POPULATE, .domain = 3, .on_demand = true };
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    uint64_t gfn = 0x9000;

    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &gfn, 1, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    return on(3);
}

static const char *enabled(void)
{
    must(on(3));
    return on(3);
}

static const char *ring(void)
{
    return ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0));
}

static const char *pageable(void)
{
    must(on(3));
    return ask(0, 3, XENPT_PAGER_NOMINATE, 0x90000);
}

/* dom0 has it mapped. */
static const char *held(void)
{
    struct xenpt_p2m_entry e;

    must(on(3));
    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, gfn_of_d3(0), &e));
    offer(3, 8, 0, gfn_of_d3(0), 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 8));
    return ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0));
}

static const char *nominated(void)
{
    must(on(3));
    return ask(0, 3, XENPT_PAGER_EVICT, gfn_of_d3(0));
}

static const char *wanted(void)
{
    must(on(3));
    must(ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0)));
    return ask(0, 3, XENPT_PAGER_PREPARE, gfn_of_d3(0));
}

static const char *no_room(void)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_INCREASE, .domain = 3 };
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    must(on(3));
    must(ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0)));
    must(ask(0, 3, XENPT_PAGER_EVICT, gfn_of_d3(0)));
    do {
        uint64_t extent = 0;

        assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &extent, 1, &p.r, NULL),
                         XENPT_OK);
    } while (!strcmp(p.r.name, "ok"));
    return ask(0, 3, XENPT_PAGER_PREPARE, gfn_of_d3(0));
}

/* d0's pager may map what it is to write to a disk, and not what is there already. */
static const char *foreign(void)
{
    uint64_t table = fresh(&p, 0);

    must(on(3));
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0)));
    must(mmu(&p, 0, at(table, 1), gfn_of_d3(0) << 12 | PAGE, 3));
    must(mmu(&p, 0, at(table, 1), 0, SELF));
    must(ask(0, 3, XENPT_PAGER_EVICT, gfn_of_d3(0)));
    return mmu(&p, 0, at(table, 1), gfn_of_d3(0) << 12 | PAGE, 3);
}

static const char *granted(void)
{
    must(on(3));
    offer(3, 8, 0, gfn_of_d3(0), 0);
    must(ask(0, 3, XENPT_PAGER_NOMINATE, gfn_of_d3(0)));
    return grant_map(0, va_of(0, 5), CPU_MAP, 3, 8);
}

static const struct pv_case cases[] = {
    { "paging-self", "EPERM", self, "paging-ring" },
    { "paging-control-self", "EINVAL", control_self, "paging-ring" },
    { "paging-ring-page", "EOPNOTSUPP", ring_page, NULL },
    { "paging-off", "EINVAL", pager_off, NULL },
    { "paging-hardware", "EOPNOTSUPP", hardware, NULL },
    { "paging-hap", "ENODEV", hap, NULL },
    { "paging-devices", "EMLINK", devices, NULL },
    { "paging-pod", "EXDEV", pod, NULL },
    { "paging-enabled", "EBUSY", enabled, NULL },
    { "paging-ring", "ENODEV", ring, NULL },
    { "paging-pageable", "EBUSY", pageable, NULL },
    { "paging-held", "EBUSY", held, NULL },
    { "paging-nominated", "EBUSY", nominated, NULL },
    { "paging-wanted", "ENOENT", wanted, NULL },
    { "paging-free", "ENOMEM", no_room, NULL },
    { "foreign-paged", "ENOENT", foreign, "foreign-gfn" },
    { "grant-paged", "eagain", granted, NULL },
};
const struct pv_cases pv_pager_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
