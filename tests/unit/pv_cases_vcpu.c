/* pv_cases_vcpu.c - what Xen refuses of a vcpu_info in a page of the guest's; from the sources that
 * the rules' rows name. */
#include "pv_cases.h"
#include "pv_tree.h"

static const char *info(uint32_t domain, uint32_t vcpu, uint64_t frame, uint32_t offset)
{
    struct xenpt_pv_caller c = pv_caller(&p, domain);

    assert_int_equal(xenpt_pv_register_vcpu_info(p.w.machine, &c, vcpu, frame, offset, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

static const char *no_vcpu(void)
{
    return info(1, 77, fresh(&p, 1), 0);
}

/* The last place there is is one. */
static const char *place(void)
{
    must(info(1, 0, fresh(&p, 1), 4096 - 64));
    return info(2, 0, fresh(&p, 2), 4096 - 60);
}

static const char *twice(void)
{
    must(info(1, 0, fresh(&p, 1), 0));
    counts_hold(&p);
    return info(1, 0, fresh(&p, 1), 0);
}

static const char *busy(void)
{
    twice();
    return info(1, 0, fresh(&p, 1), 4090);
}

static const char *other_frame(void)
{
    return info(1, 0, fresh(&p, 1), 4096);
}

static const char *runs(void)
{
    return info(1, 1, fresh(&p, 1), 0);
}

static const char *no_page(void)
{
    return info(1, 0, fresh(&p, 2), 0);
}

static const char *table(void)
{
    return info(1, 0, l1, 0);
}

static const struct pv_case cases[] = {
    { "vcpu-there", "ENOENT", no_vcpu, NULL },
    { "vcpu-info-place", "ENXIO", place, NULL },
    { "vcpu-info-twice", "EINVAL", twice, NULL },
    { "vcpu-info-busy", "EBUSY", busy, "vcpu-info-place" },
    { "vcpu-info-frame", "EINVAL", other_frame, "vcpu-info-place" },
    { "vcpu-info-runs", "EINVAL", runs, NULL },
    { "vcpu-info-page", "EINVAL", no_page, NULL },
    { "vcpu-info-type", "EINVAL", table, NULL },
    { "vcpu-info-access", "EACCES", table, NULL },
};
const struct pv_cases pv_vcpu_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
