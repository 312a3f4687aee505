/* pv_cases_params.c - what Xen refuses of parameters of HVM and PVH domains; from the sources that
 * the rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"

#include "xen/internal.h"
#include "xenpt/param.h"

static const char *set(uint32_t d, uint32_t of, const char *name, uint64_t value)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    uint32_t nr = 0;

    assert_true(xenpt_hvm_param_named(name, &nr));
    assert_int_equal(xenpt_hvm_param_set(p.w.machine, &c, of, nr, value, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *number(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    assert_int_equal(xenpt_hvm_param_set(p.w.machine, &c, 3, 39, 1, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *external(void)
{
    return set(0, 1, "IDENT_PT", 0x1000);
}

static const char *deprecated(void)
{
    return set(0, 3, "DM_DOMAIN", 0);
}

static const char *own_set(void)
{
    run_d3();
    must(set(3, SELF, "VM86_TSS", 0x1000));
    return set(3, SELF, "STORE_PFN", 0x400);
}

static const char *own_get(void)
{
    struct xenpt_pv_caller c;
    uint64_t value;
    uint32_t nr = 0;

    run_d3();
    c = pv_caller(&p, 3);
    assert_true(xenpt_hvm_param_named("STORE_PFN", &nr));
    assert_int_equal(xenpt_hvm_param_get(p.w.machine, &c, SELF, nr, &value, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_int_equal(value, 0xfeffc);
    assert_true(xenpt_hvm_param_named("IDENT_PT", &nr));
    assert_int_equal(xenpt_hvm_param_get(p.w.machine, &c, SELF, nr, &value, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *once(void)
{
    must(set(0, 3, "MCA_CAP", 1));
    must(set(0, 3, "MCA_CAP", 1));
    return set(0, 3, "MCA_CAP", 2);
}

static const char *tss(void)
{
    return set(0, 3, "VM86_TSS", UINT64_C(1) << 32);
}

static const char *pages(void)
{
    return set(0, 3, "NR_IOREQ_SERVER_PAGES", 65);
}

/* A guest that was let set it could not have it, either. */
static const char *altp2m_right(void)
{
    run_d3();
    assert_true(xenpt_pv_rules_switch(&p.rules, "param-set", false));
    return set(3, SELF, "ALTP2M", 1);
}

static const char *altp2m(void)
{
    return set(0, 3, "ALTP2M", 4);
}

static const char *altp2m_fixed(void)
{
    return set(0, 3, "ALTP2M", 1);
}

static const struct pv_case cases[] = {
    { "param-number", "EINVAL", number, NULL },
    { "param-external", "EINVAL", external, NULL },
    { "param-deprecated", "EPERM", deprecated, NULL },
    { "param-set", "EPERM", own_set, NULL },
    { "param-get", "EPERM", own_get, NULL },
    { "param-once", "EEXIST", once, NULL },
    { "param-tss", "EINVAL", tss, NULL },
    { "param-pages", "EINVAL", pages, NULL },
    { "param-altp2m-right", "EPERM", altp2m_right, NULL },
    { "param-altp2m", "EINVAL", altp2m, NULL },
    { "param-altp2m-fixed", "EEXIST", altp2m_fixed, NULL },
};
const struct pv_cases pv_param_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
