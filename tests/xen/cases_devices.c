/* cases_devices.c - a device that comes to d2, and goes; on a machine that has an IOMMU. */
#include "cases.h"

static void gives(uint32_t domain, bool there)
{
    said(ask_device(domain, there, true));
}
static void takes(uint32_t domain, bool there)
{
    said(ask_device(domain, there, false));
}

static void not_there(void)
{
    gives(D2, false);
    takes(D2, false);
    takes(D2, true);
    gives(D1, true);
    gives(77, true);
}
static void given(void)
{
    gives(D2, true);
    gives(D2, true);
    takes(D2, false);
    takes(D2, true);
    takes(D2, true);
    /* From quarantine. */
    gives(D2, true);
    takes(D2, true);
}
static void logged(void)
{
    said_text(log_of_d2(true) ? " on" : " not on");
    gives(D2, true);
    said_text(log_of_d2(false) ? " off" : " not off");
    gives(D2, true);
    takes(D2, true);
}

static const struct xen_case cases[] = {
    { "device-there", "what is not there, and what is not its", not_there, BY_D0 },
    { "device-free", "to d2, and back", given, BY_D0 },
    { "device-log", "while a log is kept", logged, BY_D0 },
};
const struct xen_cases device_cases = CASES_WITH(cases, DEVICES);
