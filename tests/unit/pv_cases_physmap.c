/* pv_cases_physmap.c - what Xen refuses of physical memory; from the sources that the rules' rows
 * name. */
#include "grant_fixture.h"
#include "physmap_fixture.h"
#include "pv_cases.h"
#include "pv_memory.h"

#include "xen/internal.h"

static const char *translated(void)
{
    return add(1, XENPT_PHYSMAP_SHARED_INFO, 0, 0x400);
}

static const char *mmio(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_DEV_MMIO, 0xfec00, 0x400);
}

static const char *range_batch(void)
{
    run_d3();
    return add_batch(3, XENPT_PHYSMAP_GMFN_RANGE, 0x400, 0x500, 0, 1);
}

static const char *foreign_single(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_FOREIGN, page, 0x400);
}

static const char *gfn(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_SHARED_INFO, 0, UINT64_C(1) << 36);
}

static const char *source(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_SHARED_INFO, 1, 0x400);
}

/* There is nothing. */
static const char *source_ram(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_GMFN, 0x3000, 0x500);
}

static const char *alias(void)
{
    run_d3();
    assert_int_equal(contents_rename(&p.w.machine->contents, frame_at(3, 0x400), 0x777, NULL),
                     XENPT_OK);
    return add(3, XENPT_PHYSMAP_GMFN, 0x400, 0x500);
}

/* The page that VMX has for the local APIC. */
static const char *direct(void)
{
    run_d3();
    return add(3, XENPT_PHYSMAP_SHARED_INFO, 0, 0xfee00);
}

static const char *replaced(void)
{
    run_d3();
    offer(1, 8, 3, page, 0);
    must(grant_map(3, UINT64_C(0x500) << 12, CPU_MAP, 1, 8));
    return add(3, XENPT_PHYSMAP_SHARED_INFO, 0, 0x500);
}

static const char *foreign_of_d1(void)
{
    run_d3();
    return add_batch(3, XENPT_PHYSMAP_FOREIGN, page, 0x80000, 1, 1);
}

static const char *foreign_views(void)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_views(p.w.machine, 3, true, &err))
        fail_msg("%s", err.text);
    return foreign_of_d1();
}

/* Of a domain's frame to d3. */
static const char *add_batch_of(uint32_t d, uint32_t of, uint32_t from)
{
    struct xenpt_physmap_add a = {
        .domain = of, .space = XENPT_PHYSMAP_FOREIGN, .idx = 0x400, .gfn = 0x80000, .foreign = from
    };
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_physmap_add_batch(p.w.machine, &c, &a, 1, batch_errors, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

/* Its number, and not DOMID_SELF, which is nobody's there. */
static const char *foreign_own(void)
{
    run_d3();
    assert_string_equal(add_batch_of(3, 3, SELF), "ESRCH");
    return add_batch_of(3, 3, 3);
}

static const char *foreign_self(void)
{
    run_d3();
    return add_batch_of(0, 3, 3);
}

static const char *foreign_frame(void)
{
    run_d3();
    return add_batch(3, XENPT_PHYSMAP_FOREIGN, fresh(&p, 0), 0x80000, 1, 1);
}

static const char *nothing_there(void)
{
    run_d3();
    return take_out(3, 0x80000);
}

static const char *populate_over(void)
{
    uint64_t at = 0x500;

    run_d3();
    offer(1, 8, 3, page, 0);
    must(grant_map(3, at << 12, CPU_MAP, 1, 8));
    return reserve(3, XENPT_PV_POPULATE, &at, 1, 0, SELF);
}

/* --- Memory that comes when it is touched --------------------------------------------------- */

static const char *mark(uint32_t d, uint32_t of, uint64_t gfn)
{
    struct xenpt_pv_reservation r = { XENPT_PV_POPULATE, of, 0, 0, true };
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &gfn, 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *target(uint32_t d, uint32_t of, uint64_t frames)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_physmap_pod_target(p.w.machine, &c, of, frames, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *pod_own(void)
{
    run_d3();
    return mark(3, SELF, 0x2000);
}

static const char *pod_external(void)
{
    assert_string_equal(mark(1, SELF, 0x9000), "short");
    assert_string_equal(pv_rule(&p), "pod-own");
    return mark(0, 1, 0x9000);
}

static const char *pod_unused(void)
{
    return mark(0, 3, 0x400);
}

static const char *pod_devices(void)
{
    p.w.machine->domains[3].device.nr = 1;
    mark(0, 3, 0x2000);
    p.w.machine->domains[3].device.nr = 0;
    return p.r.name;
}

/* Nothing is free. */
static const char *pod_free_frames(void)
{
    struct xenpt_alloc_want want = { .order = 18 };
    xenpt_mfn_t mfn;

    must(mark(0, 3, 0x2000));
    for (;;) {
        if (!xenpt_alloc_take(p.w.machine->alloc, want, &mfn, NULL))
            continue;
        if (!want.order--)
            break;
    }
    return target(0, 3, p.w.machine->domains[3].nr_frames + 1);
}

static const char *pod_right(void)
{
    /* Of a PV domain it is not looked at who asks. */
    assert_string_equal(target(1, 2, 0x1000), "EINVAL");
    return target(1, 3, 0x1000);
}

static const char *pod_target_external(void)
{
    return target(0, 1, 0x1000);
}

static const char *pod_target_max(void)
{
    return target(0, 3, 0x100000);
}

static const struct pv_case cases[] = {
    { "physmap-translated-old", "EINVAL", translated, NULL },
    { "physmap-translated", "EACCES", translated, NULL },
    { "physmap-mmio", "EACCES", mmio, "physmap-source" },
    { "physmap-range-batch", "EOPNOTSUPP", range_batch, NULL },
    { "physmap-foreign-single", "ENOSYS", foreign_single, "physmap-foreign-hardware" },
    { "physmap-gfn", "EINVAL", gfn, NULL },
    { "physmap-gfn-pt", "ENOENT", gfn, NULL },
    { "physmap-source", "EINVAL", source, NULL },
    { "physmap-source-ram", "EACCES", source_ram, "physmap-source" },
    { "physmap-foreign-own", "EPERM", foreign_own, NULL },
    { "pod-devices", "short", pod_devices, NULL },
    { "physmap-alias", "EXDEV", alias, NULL },
    { "physmap-direct", "EPERM", direct, NULL },
    { "physmap-replaced", "ENXIO", replaced, NULL },
    { "physmap-foreign-hardware", "EPERM", foreign_of_d1, "foreign-right" },
    { "physmap-foreign-views", "EPERM", foreign_views, NULL },
    { "physmap-foreign-self", "EINVAL", foreign_self, NULL },
    { "physmap-foreign-frame", "EINVAL", foreign_frame, NULL },
    { "physmap-remove", "ENOENT", nothing_there, NULL },
    { "physmap-populate", "short", populate_over, NULL },
    { "pod-own", "short", pod_own, NULL },
    { "pod-external", "short", pod_external, NULL },
    { "pod-unused", "short", pod_unused, NULL },
    { "pod-free", "ENOMEM", pod_free_frames, NULL },
    { "pod-right", "EPERM", pod_right, NULL },
    { "pod-target-external", "EINVAL", pod_target_external, NULL },
    { "pod-target-max", "EINVAL", pod_target_max, NULL },
};
const struct pv_cases pv_physmap_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
