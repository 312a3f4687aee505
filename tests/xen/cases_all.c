/* cases_all.c - which cases there are, where dom0 is a PV64 domain, in the order in which they are
 * asked. */
#include "cases.h"

void cases_run(void (*line)(const char *))
{
    /* The last of grants are of what others need; and a domain that is a device model stays one. */
    static const struct xen_cases *const all[] = {
        &hvm_cases,      &entry_cases,       &table_cases,  &call_cases,    &control_cases,
        &memory_cases,   &first_pager_cases, &device_cases, &physmap_cases, &event_cases,
        &resource_cases, &argument_cases,    &rare_cases,   &param_cases,   &pager_cases,
        &last_hvm_cases, &grant_cases,       &queue_cases,  &vcpu_cases,    &pirq_cases,
        &model_cases,    &model_pirq_cases
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        cases_list(all[i], line);
}
