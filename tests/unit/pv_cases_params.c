/* pv_cases_params.c - what Xen refuses of parameters of HVM and PVH domains; from the sources that
 * the rules' rows name. */
#include "grant_fixture.h"
#include "pv_cases.h"

#include "xen/internal.h"
#include "xenpt/param.h"

static bool is_on(const char *name)
{
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        if (!strcmp(xenpt_pv_rule(i)->name, name))
            return p.rules.in_force[i];
    fail_msg("no rule %s", name);
    return false;
}

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
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    uint64_t value;

    assert_int_equal(xenpt_hvm_param_get(p.w.machine, &c, 3, 24, &value, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, is_on("param-deprecated") ? "EINVAL" : "ok");
    return set(0, 3, "NESTEDHVM", 0);
}

static const char *deprecated_old(void)
{
    must(set(0, 3, "NESTEDHVM", 0));
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
    if (is_on("param-once"))
        assert_string_equal(set(0, 3, "IOREQ_PFN", 0x501), "EEXIST");
    return set(0, 3, "MCA_CAP", 2);
}

static uint64_t value_of(uint32_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    uint64_t value = 0;

    assert_int_equal(xenpt_hvm_param_get(p.w.machine, &c, 3, nr, &value, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    return value;
}

/* Its size is 128 bytes where nobody says it, and 8329 at most. */
static const char *tss(void)
{
    must(set(0, 3, "VM86_TSS", 0x1000));
    assert_int_equal(value_of(37), UINT64_C(0x8000001000));
    must(set(0, 3, "VM86_TSS_SIZED", UINT64_C(0x10000) << 32 | 0x2000));
    assert_int_equal(value_of(37), UINT64_C(8329) << 32 | 0x2000);
    assert_int_equal(value_of(15), 0x2000);
    must(set(0, 3, "VM86_TSS", 0));
    assert_int_equal(value_of(37), 0);
    must(set(0, 3, "VM86_TSS_SIZED", UINT64_C(104) << 32));
    return set(0, 3, "VM86_TSS_SIZED", UINT64_C(103) << 32);
}

/* The guest is none any more. */
static const char *tss_own(void)
{
    const char *error;

    run_d3();
    error = set(3, SELF, "VM86_TSS", UINT64_C(1) << 32);
    assert_int_equal(p.w.machine->domains[3].vcpus[0].paused, !strcmp(error, "crash"));
    return error;
}

static const char *values(void)
{
    static const struct {
        const char *name;
        uint64_t good, bad;
    } rows[] = {
        { "VIRIDIAN", 0x1fff, 0x1ffe },  { "TIMER_MODE", 3, 4 },    { "ACPI_S_STATE", 3, 1 },
        { "TRIPLE_FAULT_REASON", 5, 6 }, { "X87_FIP_WIDTH", 4, 2 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *error = set(0, 3, rows[i].name, rows[i].bad);

        assert_string_equal(error, is_on("param-value") ? "EINVAL" : "ok");
        if (!strcmp(error, "EINVAL"))
            must(set(0, 3, rows[i].name, rows[i].good));
    }
    return set(0, 3, "MCA_CAP", 2);
}

static const char *ports(void)
{
    return set(0, 3, "ACPI_IOPORTS_LOCATION", 1);
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
    { "param-deprecated", "EINVAL", deprecated, NULL },
    { "param-deprecated-old", "EPERM", deprecated_old, NULL },
    { "param-set", "EPERM", own_set, NULL },
    { "param-get", "EPERM", own_get, NULL },
    { "param-once", "EEXIST", once, "param-value" },
    { "param-tss", "EINVAL", tss, NULL },
    { "param-pages", "EINVAL", pages, NULL },
    { "param-altp2m-right", "EPERM", altp2m_right, NULL },
    { "param-altp2m", "EINVAL", altp2m, NULL },
    { "param-altp2m-fixed", "EEXIST", altp2m_fixed, NULL },
    { "param-tss-own", "crash", tss_own, NULL },
    { "param-value", "EINVAL", values, NULL },
    { "param-ports", "ENODEV", ports, NULL },
};
const struct pv_cases pv_param_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
