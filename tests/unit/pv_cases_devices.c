/* pv_cases_devices.c - what Xen refuses of devices; drivers/passthrough/pci.c, 4.17. */
#include "pv_cases.h"

#include "xen/internal.h"
#include "xenpt/p2m.h"

/* A device of a domain's, which is assigned by a vCPU of another; of nobody's: NO_DOMAIN. */
static const char *assign(uint32_t by, const char *name, uint32_t of, uint32_t to)
{
    struct xenpt_pv_caller c = pv_caller(&p, by);
    struct xenpt_machine *m = p.w.machine;
    enum xenpt_code code;

    m->devices[0] = (struct device){ "nic", of };
    m->nr_devices = 1;
    if (of != NO_DOMAIN)
        m->domains[of].device.nr = 1;
    p.r = (struct xenpt_pv_result){ .name = "ok" };
    code = xenpt_device_assign(m, &c, name, to, true, &p.r, NULL);
    return code ? "cannot" : p.r.name;
}

static const char *right(void)
{
    /* That there is a domain is looked at before. */
    assert_string_equal(assign(1, "nic", NO_DOMAIN, 77), "ESRCH");
    p.w.machine->domains[2].device.how = XENPT_DEVICE_SHARED;
    return assign(1, "nic", NO_DOMAIN, 2);
}

static const char *domain(void)
{
    return assign(0, "nic", NO_DOMAIN, 77);
}

static const char *there(void)
{
    p.w.machine->domains[2].device.how = XENPT_DEVICE_SHARED;
    return assign(0, "nick", NO_DOMAIN, 2);
}

static const char *taken(void)
{
    p.w.machine->domains[2].device.how = XENPT_DEVICE_SHARED;
    return assign(0, "nic", 1, 2);
}

static const char *tables(void)
{
    return assign(0, "nic", NO_DOMAIN, 2);
}

static const char *self(void)
{
    p.w.machine->domains[0].device.how = XENPT_DEVICE_SHARED;
    return assign(0, "nic", NO_DOMAIN, 0);
}

static const char *logged(void)
{
    /* Tables are looked for before it is looked at which device is meant. */
    assert_string_equal(assign(0, "nick", NO_DOMAIN, 2), "EOPNOTSUPP");
    assert_int_equal(xenpt_machine_log_dirty(p.w.machine, 3, XENPT_LOG_ENABLE, NULL), XENPT_OK);
    p.w.machine->domains[3].device.how = XENPT_DEVICE_SHARED;
    return assign(0, "nic", NO_DOMAIN, 3);
}

static const struct pv_case cases[] = {
    { "device-right", "EPERM", right, NULL },        { "device-domain", "ESRCH", domain, NULL },
    { "device-there", "ENODEV", there, NULL },       { "device-free", "EBUSY", taken, NULL },
    { "device-tables", "EOPNOTSUPP", tables, NULL }, { "device-log", "EXDEV", logged, NULL },
    { "device-self", "EINVAL", self, NULL },
};
const struct pv_cases pv_device_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
