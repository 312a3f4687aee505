/*
 * hvm_param.c - parameters of HVM and PVH domains: arch/x86/hvm/hvm.c, hvm_allow_set_param,
 * hvm_set_param, hvm_allow_get_param, hvm_get_param, pmtimer_change_ioport, 4.17.
 *
 * Model: of a parameter that is not used any more only 4.12 and 4.17 are looked at; where a guest
 * has guests, and what its FPU does without X87_FIP_WIDTH, is not modelled, and all of Intel's
 * processors have LMCE, which AMD's have not.
 */
#include "xenpt/param.h"

#include <stdlib.h>
#include <string.h>

#include "pv/argument.h"
#include "pv/hvm_param.h"
#include "xen/view.h"

/* Those that are looked at by their number. */
enum {
    VIRIDIAN = 9,
    TIMER_MODE = 10,
    DM_DOMAIN = 13,
    ACPI_S_STATE = 14,
    ACPI_IOPORTS = 19,
    BUFIOREQ_EVTCHN = 26,
    TRIPLE_FAULT_REASON = 31,
    X87_FIP_WIDTH = 36,
    MCA_CAP = 38,
    VM86_TSS = 15,
    IOREQ_SERVER_PFN = 32,
    NR_IOREQ_SERVER_PAGES = 33,
    ALTP2M = 35,
    VM86_TSS_SIZED = 37,
};

#define TSS_SIZE           (UINT64_C(128) << 32) /* Of builders that say no size. */
#define TSS_SIZE_MIN       104                   /* struct tss32; with all its bitmaps: */
#define TSS_SIZE_MAX       (TSS_SIZE_MIN + 0x100 / 8 + 0x10000 / 8 + 1)
#define ALTP2M_LAST        3  /* public/hvm/params.h, XEN_ALTP2M_limited. */
#define SERVER_PAGES_MAX   64 /* Bits of ioreq_gfn.mask. */
#define NR_KINDS           XENPT_NR_HVM_PARAMS
#define OBSOLETE           .obsolete = true
#define GUESTS(sets, gets) .guest_sets = (sets), .guest_gets = (gets)

/* clang-format off */
static const struct xenpt_hvm_param_kind kinds[NR_KINDS] = {
    [0] = { "CALLBACK_IRQ", GUESTS(true, true), .text = "how the guest is told of events" },
    [1] = { "STORE_PFN", GUESTS(false, true), .text = "the ring to the xenstore" },
    [2] = { "STORE_EVTCHN", GUESTS(true, true), .text = "its event channel" },
    [4] = { "PAE_ENABLED", OBSOLETE, .text = "whether the guest is shown PAE" },
    [5] = { "IOREQ_PFN", .once = true, .text = "the page of requests to the device model" },
    [6] = { "BUFIOREQ_PFN", .once = true, .text = "the ring of those that wait" },
    [VIRIDIAN] = { "VIRIDIAN", .once = true, .text = "what of Hyper-V the guest is shown" },
    [TIMER_MODE] = { "TIMER_MODE", .text = "how missed ticks are made up for" },
    [11] = { "HPET_ENABLED", .text = "whether there is a HPET" },
    [12] = { "IDENT_PT", .text = "the address of a table that maps 4 GiB one to one, for a vCPU without paging" },
    [DM_DOMAIN] = { "DM_DOMAIN", OBSOLETE, .text = "the domain of the device model; not used any more" },
    [ACPI_S_STATE] = { "ACPI_S_STATE", .text = "whether the guest sleeps" },
    [VM86_TSS] = { "VM86_TSS", GUESTS(true, true), .text = "the address of a TSS for code of 16 bits" },
    [16] = { "VPT_ALIGN", .text = "whether timers are aligned" },
    [17] = { "CONSOLE_PFN", GUESTS(false, true), .text = "the ring to the console" },
    [18] = { "CONSOLE_EVTCHN", GUESTS(true, true), .text = "its event channel" },
    [ACPI_IOPORTS] = { "ACPI_IOPORTS_LOCATION", GUESTS(true, true), .text = "where ACPI's ports are" },
    [20] = { "MEMORY_EVENT_CR0", OBSOLETE, .text = "not used any more" },
    [21] = { "MEMORY_EVENT_CR3", OBSOLETE, .text = "not used any more" },
    [22] = { "MEMORY_EVENT_CR4", OBSOLETE, .text = "not used any more" },
    [23] = { "MEMORY_EVENT_INT3", OBSOLETE, .text = "not used any more" },
    [24] = { "NESTEDHVM", OBSOLETE, .text = "whether the guest may have guests" },
    [25] = { "MEMORY_EVENT_SINGLE_STEP", OBSOLETE, .text = "not used any more" },
    [BUFIOREQ_EVTCHN] = { "BUFIOREQ_EVTCHN", OBSOLETE, .text = "the event channel of that ring" },
    [27] = { "PAGING_RING_PFN", .text = "the ring to a pager" },
    [28] = { "MONITOR_RING_PFN", .text = "the ring to a monitor" },
    [29] = { "SHARING_RING_PFN", .text = "the ring to who shares memory" },
    [30] = { "MEMORY_EVENT_MSR", OBSOLETE, .text = "not used any more" },
    [TRIPLE_FAULT_REASON] = { "TRIPLE_FAULT_REASON", .text = "what a triple fault is taken as" },
    [IOREQ_SERVER_PFN] = { "IOREQ_SERVER_PFN", .once = true, .text = "the first page for further device models" },
    [NR_IOREQ_SERVER_PAGES] = { "NR_IOREQ_SERVER_PAGES", .once = true, .text = "how many of them" },
    [34] = { "VM_GENERATION_ID_ADDR", GUESTS(true, true), .text = "where the guest has its generation" },
    [ALTP2M] = { "ALTP2M", GUESTS(false, true), .once = true, .text = "who may have views of the memory: 0 nobody, 1 all, 2 outsiders, 3 the guest in part" },
    [X87_FIP_WIDTH] = { "X87_FIP_WIDTH", GUESTS(true, true), .text = "how the FPU's last address is kept" },
    [VM86_TSS_SIZED] = { "VM86_TSS_SIZED", GUESTS(true, true), .text = "VM86_TSS with its size" },
    [MCA_CAP] = { "MCA_CAP", .once = true, .text = "what of machine checks the guest is shown" },
};
/* clang-format on */

const struct xenpt_hvm_param_kind *xenpt_hvm_param_kind(size_t i)
{
    return i < NR_KINDS ? &kinds[i] : NULL;
}

bool xenpt_hvm_param_named(const char *name, uint32_t *ret)
{
    for (uint32_t i = 0; i < NR_KINDS; i++)
        if (kinds[i].name && !strcmp(kinds[i].name, name)) {
            *ret = i;
            return true;
        }
    return false;
}

/* --- What there is ------------------------------------------------------------------------- */

static struct xenpt_hvm_param *find(const struct domain *d, uint32_t nr)
{
    for (size_t i = 0; i < d->built.nr_params; i++)
        if (d->built.params[i].nr == nr)
            return &d->built.params[i];
    return NULL;
}

uint64_t hvm_param_value(const struct domain *d, uint32_t nr)
{
    const struct xenpt_hvm_param *p = find(d, nr);

    return p ? p->value : 0;
}

static enum xenpt_code keep(struct domain *d, uint32_t nr, uint64_t value, struct xenpt_error *err)
{
    struct xenpt_hvm_param *p = find(d, nr);
    struct xenpt_hvm_param fresh = { nr, kinds[nr].name ? kinds[nr].name : "", value };

    if (!p)
        return add_param(d, fresh, err);
    p->value = value;
    return XENPT_OK;
}

/* --- Who may, and which -------------------------------------------------------------------- */

static int needs(struct op *op, enum rule rule)
{
    return grant_needs(op, rule, 0, NO_SLOT_OF_IT);
}

static int refuse(struct op *op, enum rule rule)
{
    return refused(op, rule, 0, NO_SLOT_OF_IT);
}

static int find_domain(struct op *op, uint32_t id, uint32_t nr, struct domain **ret)
{
    int rc = nr < NR_KINDS ? 0 : needs(op, RULE_PARAM_NUMBER);

    *ret = id == XENPT_DOMID_SELF ? op->d : domain_there(op->m, id);
    if (!rc && !*ret)
        rc = needs(op, RULE_UNKNOWN_DOMAIN);
    if (!rc && is_pv(*ret))
        rc = needs(op, RULE_PARAM_EXTERNAL);
    if (!rc && *ret != op->d && !controls(op->d, *ret))
        rc = refuse(op, RULE_FOREIGN_RIGHT);
    return rc;
}

static int allow_set(struct op *op, const struct domain *d, uint32_t nr, uint64_t value)
{
    uint64_t was = hvm_param_value(d, nr);
    int rc = 0;

    if (kinds[nr].obsolete)
        rc = refuse(op, RULE_PARAM_DEPRECATED);
    if (!rc && (nr == DM_DOMAIN || nr == BUFIOREQ_EVTCHN))
        rc = refuse(op, RULE_PARAM_DEPRECATED_OLD);
    if (!rc && nr == ALTP2M)
        rc = refuse(op, RULE_PARAM_ALTP2M_FIXED);
    if (!rc && d == op->d && !kinds[nr].guest_sets)
        rc = refuse(op, RULE_PARAM_SET);
    if (!rc && kinds[nr].once && was && was != value)
        rc = refuse(op, RULE_PARAM_ONCE);
    return rc;
}

/* HVMPV_feature_mask, HVMPTM_one_missed_tick_pending, SHUTDOWN_MAX, XEN_HVM_MCA_CAP_MASK. */
static bool is_one_of_its(const struct op *op, uint32_t nr, uint64_t value)
{
    switch (nr) {
    case VIRIDIAN:
        return value & 1 && !(value >> 13);
    case TIMER_MODE:
        return value <= 3;
    case ACPI_S_STATE:
        return !value || value == 3;
    case TRIPLE_FAULT_REASON:
        return value <= 5;
    case X87_FIP_WIDTH:
        return !value || value == 4 || value == 8;
    case MCA_CAP:
        return value <= (op->m->processor->cpu.vendor ==
                         XENPT_INTEL); /* mce_intel.c alone sets lmce_support. */
    default:
        return true;
    }
}

/* pmtimer_change_ioport. */
static int check_ports(struct op *op, const struct domain *d, uint64_t value)
{
    uint64_t was = hvm_param_value(d, ACPI_IOPORTS);

    if (d->desc->type != XENPT_DOMAIN_HVM)
        return refuse(op, RULE_PARAM_PORTS);
    return value == was || (value ^ was) == 1 ? 0 : refuse(op, RULE_PARAM_VALUE);
}

static int bad_tss(struct op *op, const struct domain *d)
{
    return refuse(op, d == op->d ? RULE_PARAM_TSS_OWN : RULE_PARAM_TSS);
}

static int check_value(struct op *op, const struct domain *d, uint32_t nr, uint64_t value)
{
    switch (nr) {
    case ACPI_IOPORTS:
        return check_ports(op, d, value);
    case VM86_TSS:
        return value >> 32 ? bad_tss(op, d) : 0;
    case VM86_TSS_SIZED:
        return value >> 32 < TSS_SIZE_MIN ? bad_tss(op, d) : 0;
    case NR_IOREQ_SERVER_PAGES:
        return !value || value > SERVER_PAGES_MAX ? refuse(op, RULE_PARAM_PAGES) : 0;
    case ALTP2M:
        if (!op->d->desc->privileged)
            return refuse(op, RULE_PARAM_ALTP2M_RIGHT);
        return value > ALTP2M_LAST ? refuse(op, RULE_PARAM_ALTP2M) : 0;
    default:
        return is_one_of_its(op, nr, value) ? 0 : refuse(op, RULE_PARAM_VALUE);
    }
}

/* What is kept, under which number. */
static enum xenpt_code set(struct domain *d, uint32_t nr, uint64_t value, struct xenpt_error *err)
{
    if (nr == VM86_TSS)
        return keep(d, VM86_TSS_SIZED, value ? value | TSS_SIZE : 0, err);
    if (nr != VM86_TSS_SIZED)
        return keep(d, nr, value, err);
    if (value >> 32 > TSS_SIZE_MAX)
        value = (uint32_t)value | (uint64_t)TSS_SIZE_MAX << 32;
    return keep(d, nr, value, err);
}

static uint64_t get(const struct domain *d, uint32_t nr)
{
    uint64_t value = hvm_param_value(d, nr == VM86_TSS ? VM86_TSS_SIZED : nr);

    return nr == VM86_TSS ? (uint32_t)value : value;
}

/* --- Requests ------------------------------------------------------------------------------ */

enum xenpt_code xenpt_hvm_param_set(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    uint32_t domain, uint32_t nr, uint64_t value,
                                    struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_HVM_PARAM, 1);
    if (!rc)
        rc = find_domain(&op, domain, nr, &d);
    if (!rc)
        rc = allow_set(&op, d, nr, value);
    if (!rc)
        rc = check_value(&op, d, nr, value);
    code = grant_end(&op, rc, ret);
    if (!code && ret->error == error_number(CRASH))
        op_crash(m, caller);
    if (code || rc)
        return code;
    view_stale(m);
    return set(d, nr, value, err);
}

enum xenpt_code xenpt_hvm_param_get(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    uint32_t domain, uint32_t nr, uint64_t *value,
                                    struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_HVM_PARAM, 1);
    if (!rc)
        rc = find_domain(&op, domain, nr, &d);
    if (!rc && kinds[nr].obsolete)
        rc = refuse(&op, RULE_PARAM_DEPRECATED);
    if (!rc && d == op.d && !kinds[nr].guest_gets)
        rc = refuse(&op, RULE_PARAM_GET);
    if (!rc)
        rc = grant_return(&op, 0, ARGUMENT_HVM_PARAM, 8, 8);
    code = grant_end(&op, rc, ret);
    if (!code && !rc)
        *value = get(d, nr);
    return code;
}
