/* pv_cases_sharing.c - what Xen refuses of memory that guests share; from the sources that the
 * rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"
#include "pv_memory.h"

#include "xen/internal.h"
#include "xenpt/mem_sharing.h"
#include "xenpt/param.h"
#include "xenpt/physmap.h"

#define SHARING_RING 29
#define HOLE         0x9000

static uint64_t value;

static uint64_t frame_of_d3(uint64_t i)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, gfn_of_d3(i), &e));
    return e.maddr >> XENPT_PAGE_SHIFT;
}

static const char *request(uint32_t d, const struct xenpt_mem_sharing *r)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_mem_sharing(p.w.machine, &c, r, &value, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

static const char *ask(uint32_t of, enum xenpt_mem_sharing_op op, uint64_t gfn)
{
    struct xenpt_mem_sharing r = { .op = op, .domain = of, .gfn = gfn };

    p.w.machine->xen.features[XENPT_FEATURE_SHARING] = XENPT_BUILT_IN;
    return request(0, &r);
}

static const char *enable(uint32_t of)
{
    return ask(of, XENPT_MEM_SHARING_ENABLE, 0);
}

/* Frame 0 of d3's is shared; by its handle. */
static uint64_t nominated(uint64_t i)
{
    must(enable(3));
    must(ask(3, XENPT_MEM_SHARING_NOMINATE, gfn_of_d3(i)));
    return value;
}

static const char *add(uint64_t from, uint64_t by, uint32_t client, uint64_t to)
{
    struct xenpt_mem_sharing r = { .op = XENPT_MEM_SHARING_ADD_PHYSMAP,
                                   .domain = 3,
                                   .gfn = from,
                                   .handle = by,
                                   .client = client,
                                   .client_gfn = to };

    return request(0, &r);
}

/* Frame 0 is in two places of d3's, which may have no more memory. */
static void two_and_no_room(void)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_INCREASE, .domain = 3 };
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    must(add(gfn_of_d3(0), nominated(0), 3, HOLE));
    do {
        uint64_t extent = 0;

        assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &extent, 1, &p.r, NULL),
                         XENPT_OK);
    } while (!strcmp(p.r.name, "ok"));
}

/* --- Whether it may be --------------------------------------------------------------------- */

static const char *built(void)
{
    struct xenpt_mem_sharing r = { .op = XENPT_MEM_SHARING_NOMINATE,
                                   .domain = 3,
                                   .gfn = gfn_of_d3(0) };

    return request(0, &r);
}

static const char *vmx(void)
{
    return enable(1);
}

static const char *hap(void)
{
    p.w.machine->descs[3].paging = XENPT_GUEST_SHADOW;
    return enable(3);
}

static const char *devices(void)
{
    p.w.machine->domains[3].device.how = XENPT_DEVICE_APART;
    return enable(3);
}

static const char *not_enabled(void)
{
    return ask(3, XENPT_MEM_SHARING_NOMINATE, gfn_of_d3(0));
}

static const char *hardware(void)
{
    p.w.machine->descs[0].type = XENPT_DOMAIN_PVH;
    return ask(3, XENPT_MEM_SHARING_LISTEN, 0);
}

static const char *listened(void)
{
    must(ask(3, XENPT_MEM_SHARING_LISTEN, 0));
    return ask(3, XENPT_MEM_SHARING_LISTEN, 0);
}

static const char *ring_page(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    assert_int_equal(xenpt_hvm_param_set(p.w.machine, &c, 3, SHARING_RING, 0, &p.r, NULL),
                     XENPT_OK);
    must(p.r.name);
    return ask(3, XENPT_MEM_SHARING_LISTEN, 0);
}

static const char *self(void)
{
    assert_string_equal(ask(SELF, XENPT_MEM_SHARING_NOMINATE, 0), "ESRCH");
    return ask(0, XENPT_MEM_SHARING_NOMINATE, 0);
}

static const char *audit(void)
{
    p.w.machine->xen.debug = true;
    must(ask(3, XENPT_MEM_SHARING_AUDIT, 0));
    p.w.machine->xen.debug = false;
    return ask(3, XENPT_MEM_SHARING_AUDIT, 0);
}

/* --- Nominating ---------------------------------------------------------------------------- */

static const char *sharable(void)
{
    return ask(3, XENPT_MEM_SHARING_NOMINATE, HOLE);
}

static const char *views(void)
{
    struct xenpt_machine *m = p.w.machine;
    uint32_t view = 0;

    m->options.altp2m = SET_ON;
    assert_int_equal(xenpt_machine_views(m, 3, true, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view_create(m, 3, &view, NULL), XENPT_OK);
    assert_int_equal(
        xenpt_machine_p2m_set_access(m, 3, view, gfn_of_d3(0), 1, XENPT_ACCESS_RX, NULL), XENPT_OK);
    return ask(3, XENPT_MEM_SHARING_NOMINATE, gfn_of_d3(0));
}

/* d0's devices write to it. */
static const char *typed(void)
{
    offer(3, 8, 0, gfn_of_d3(0), 0);
    must(grant_map(0, 0, DEV_MAP, 3, 8));
    return ask(3, XENPT_MEM_SHARING_NOMINATE, gfn_of_d3(0));
}

static const char *held(void)
{
    offer(3, 8, 0, gfn_of_d3(0), 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 8));
    return ask(3, XENPT_MEM_SHARING_NOMINATE, gfn_of_d3(0));
}

/* --- Two frames ---------------------------------------------------------------------------- */

static const char *client(void)
{
    uint64_t by = nominated(0);

    return add(gfn_of_d3(0), by, 1, HOLE);
}

static const char *source(void)
{
    return add(gfn_of_d3(0), nominated(0) + 7, 3, HOLE);
}

static const char *client_frame(void)
{
    struct xenpt_mem_sharing r = { .op = XENPT_MEM_SHARING_SHARE,
                                   .domain = 3,
                                   .gfn = gfn_of_d3(0),
                                   .client = 3,
                                   .client_gfn = gfn_of_d3(1) };

    r.handle = nominated(0);
    r.client_handle = nominated(1) + 7;
    return request(0, &r);
}

static const char *hole(void)
{
    return add(gfn_of_d3(0), nominated(0), 3, gfn_of_d3(1));
}

static const char *debug(void)
{
    return ask(3, XENPT_MEM_SHARING_DEBUG, gfn_of_d3(0));
}

/* --- Unsharing ----------------------------------------------------------------------------- */

static const char *no_room(void)
{
    struct xenpt_physmap_add a = {
        .space = XENPT_PHYSMAP_GMFN, .domain = 3, .idx = gfn_of_d3(0), .gfn = 0x9100
    };
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    two_and_no_room();
    assert_int_equal(xenpt_physmap_add(p.w.machine, &c, &a, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *in_l1(void)
{
    uint64_t frame = frame_of_d3(0);

    nominated(0);
    must(mmu(&p, 1, at(l1, 1), frame << 12 | (PAGE & ~UINT64_C(2)), SELF));
    return mmu(&p, 1, at(l1, 2), frame << 12 | PAGE, SELF);
}

static const char *foreign(void)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    two_and_no_room();
    must(mmu(&p, 0, at(table, 1), gfn_of_d3(0) << 12 | (PAGE & ~UINT64_C(2)), 3));
    return mmu(&p, 0, at(table, 2), gfn_of_d3(0) << 12 | PAGE, 3);
}

static const char *granted(void)
{
    offer(3, 8, 0, gfn_of_d3(0), 0);
    offer(3, 9, 0, gfn_of_d3(0), 0);
    two_and_no_room();
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 3, 8));
    return grant_map(0, va_of(0, 6), CPU_MAP, 3, 9);
}

static const struct pv_case cases[] = {
    { "sharing-built", "ENOSYS", built, NULL },
    { "sharing-vmx", "EOPNOTSUPP", vmx, "sharing-hap" },
    { "sharing-hap", "ENODEV", hap, NULL },
    { "sharing-devices", "EXDEV", devices, NULL },
    { "sharing-enabled", "ENODEV", not_enabled, NULL },
    { "sharing-hardware", "EOPNOTSUPP", hardware, NULL },
    { "sharing-listened", "EBUSY", listened, NULL },
    { "sharing-ring-page", "EOPNOTSUPP", ring_page, NULL },
    { "sharing-self", "EPERM", self, NULL },
    { "sharing-audit", "EOPNOTSUPP", audit, NULL },
    { "sharing-sharable", "EINVAL", sharable, NULL },
    { "sharing-views", "EINVAL", views, NULL },
    { "sharing-type", "EINVAL", typed, "sharing-held" },
    { "sharing-held", "E2BIG", held, NULL },
    { "sharing-client", "EINVAL", client, NULL },
    { "sharing-source", "S_HANDLE_INVALID", source, NULL },
    { "sharing-client-frame", "C_HANDLE_INVALID", client_frame, NULL },
    { "sharing-hole", "C_HANDLE_INVALID", hole, NULL },
    { "sharing-debug", "EINVAL", debug, NULL },
    { "sharing-free", "ENOMEM", no_room, NULL },
    { "l1-shared", "EBUSY", in_l1, "l1-writable" },
    { "foreign-shared", "ENOMEM", foreign, NULL },
    { "grant-shared", "eagain", granted, NULL },
};
const struct pv_cases pv_sharing_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
