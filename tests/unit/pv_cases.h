/* pv_cases.h - for each of Xen's rules something that it refuses. */
#ifndef XENPT_TEST_PV_CASES_H
#define XENPT_TEST_PV_CASES_H

#include "pv_tree.h"

struct pv_case {
    const char *rule, *error;
    const char *(*fn)(void);
    const char *instead; /* What is refused instead without it: by another rule; NULL: nothing. */
};
struct pv_cases {
    const struct pv_case *cases;
    size_t nr;
};

/* What is refused of entries and tables; and of hypercalls. */
extern const struct pv_cases pv_table_cases, pv_call_cases;
/* And of memory_op. */
extern const struct pv_cases pv_memory_cases;
/* Of iret, multicalls, and callers that are not paravirtual. */
extern const struct pv_cases pv_control_cases;
/* Of grants. */
extern const struct pv_cases pv_grant_cases;
/* Of physical memory of HVM and PVH domains. */
extern const struct pv_cases pv_physmap_cases;
/* Of what a hypercall is given in memory. */
extern const struct pv_cases pv_argument_cases;
/* Of devices. */
extern const struct pv_cases pv_device_cases;
/* Of event channels, resources, ioreq servers, the xenstore, and policies. */
extern const struct pv_cases pv_event_cases, pv_resource_cases, pv_store_cases;
/* Of grants, what is done rarely. */
extern const struct pv_cases pv_grant_rare_cases;
/* Of parameters of HVM and PVH domains, and of pagers. */
extern const struct pv_cases pv_param_cases, pv_pager_cases;
/* Of event channels in queues. */
extern const struct pv_cases pv_fifo_cases;
/* Of memory that guests share. */
extern const struct pv_cases pv_sharing_cases;
extern const struct pv_cases pv_vcpu_cases;
extern const struct pv_cases pv_pirq_cases;

/* What 4.17.7 and 4.20.5 answer, as both were asked. */
struct pv_answer {
    const char *what, *older, *newer;
    const char *(*fn)(void);
};
extern const struct pv_answer pv_answers[];
extern const size_t nr_pv_answers;

#endif
