/* options.h - words of Xen's command line that change tables. */
#ifndef XENPT_XEN_OPTIONS_H
#define XENPT_XEN_OPTIONS_H

#include "xenpt/error.h"

/* A switch that may be left to what the processor suggests. */
enum setting {
    SET_DEFAULT,
    SET_OFF,
    SET_ON,
};

enum pcid_mode {
    PCID_XPTI, /* Only with XPTI; the default. */
    PCID_OFF,
    PCID_ON,
    PCID_NOXPTI, /* Only without it. */
};

struct xen_options {
    enum setting xpti_dom0, xpti_domu;
    enum pcid_mode pcid;
    enum setting smep, smap, pv32, hap_1gb, hap_2mb, ept_ad, ept_pml, ept_exec_sp, altp2m, cet_ss,
        cet_ibt;
    enum setting linear_pt, superpages, dom0_pvh, dom0_shadow;
    enum setting iommu, sharept, dom0_strict, dom0_passthrough, dom0_inclusive;
    enum setting gnttab_transitive, gnttab_transfer;
    uint64_t gnttab_max_ver, gnttab_max_frames, gnttab_max_maptrack; /* 0: not given. */
    uint64_t highmem_start;                                          /* 0: not given. */
};

/* Takes a command line apart; text may be NULL. */
enum xenpt_code options_read(const char *text, struct xen_options *ret, struct xenpt_error *err);

#endif
