/* keys.h - the keys of a model as rows, and the structs that they fill. */
#ifndef XENPT_SCENARIO_KEYS_H
#define XENPT_SCENARIO_KEYS_H

#include "layout/schema.h"
#include "scenario/layouts.h"
#include "xenpt/model.h"
#include "yaml/doc.h"

/* Values that rows cannot read are trees, which parts.c reads. */
struct raw_host {
    uint32_t cpus;
    uint64_t mmcfg_base;
    uint32_t mmcfg_buses;
    uint64_t epc_base, epc_size;
    bool quarantine;
    uint32_t iommu;
};

struct raw_xen {
    const char *release, *layout, *variant;
    bool debug, pv32, features[XENPT_NR_FEATURES];
    uint64_t phys;
    struct xenpt_image_sections image;
};

struct raw_range {
    struct xenpt_domain_range range;
    uint64_t size; /* Bytes, in place of range.nr. */
};

struct raw_domain {
    struct xenpt_domain_desc desc; /* First: rows have one offset for both. */
    struct given given;
    uint32_t built_by;
    const char *target; /* The name of a domain, or NULL. */
};

struct raw_model {
    struct raw_host host;
    struct raw_xen xen;
    struct raw_domain *domains;
    size_t nr_domains;
    uint32_t unpause; /* An enum unpause_policy. */
};

extern const struct record model_record, host_record, mmcfg_record, xen_record, image_record_of,
    policy_record, domain_record, range_record, table_record, entry_record;
/* All of them, in the order to explain them; NULL ends. */
extern const struct record *const model_records[];
/* A size, or ranges: into a struct raw_domain. */
extern const struct row_kind kind_memory_of;
/* Names of devices: into a const char *, with blanks between. */
extern const struct row_kind kind_devices;

/* Whose work a domain is. */
enum builder {
    BUILDER_USUAL, /* Xen, of the first one, if it is privileged. */
    BUILDER_XEN,
    BUILDER_TOOLSTACK,
};

/* Whether a domain may be unpaused while others have it mapped. */
enum unpause_policy { UNPAUSE_ANYWAY, UNPAUSE_REFUSE };
/* A row of domain_record says whose device model one is: a name of those that there are before it.
 */
void target_examine(struct mistakes *m, const struct node *domain, const char *target,
                    const char *const names[], size_t nr, struct xenpt_domain_desc *desc);

/* A CPU, and what it executes. */
struct running {
    uint32_t cpu, domain, vcpu;
    enum xenpt_run_mode mode;
    bool user; /* In Xen, on behalf of the guest's user mode. */
};

struct xenpt_model {
    struct doc *doc;
    struct xenpt_machine_desc desc;
    struct running *running;
    size_t nr_running;
    bool borrowed; /* The layout is another's. */
};

/* Fills a model that has a document; mistakes are noted.  layouts: NULL, or where they are kept.
 * False: no memory. */
bool model_fill(struct xenpt_model *model, const struct node *root, struct layouts *layouts,
                struct mistakes *m);

/* Where a file has what a machine that cannot be is told of: "d1: ..." is of a domain. */
const struct node *model_blamed(const struct node *root, const char *text);

/* A model being read. */
struct model_reading {
    struct layouts *layouts;
    struct doc *doc;
    struct mistakes *m;
    const struct node *root;
    struct raw_model raw;
    struct xenpt_machine_desc desc;
};

/* --- parts.c: what rows cannot read; false: no memory --------------------------------------- */

bool host_parts(struct model_reading *r);
bool xen_parts(struct model_reading *r);

/* --- domain_memory.c ----------------------------------------------------------------------- */

/* What can be told of the ranges of domain i before there is a machine.  nodes: their memory. */
void memory_examine(struct mistakes *m, const struct xenpt_host_desc *host,
                    const struct xenpt_domain_desc *list, const struct node *const nodes[],
                    size_t i);

#endif
