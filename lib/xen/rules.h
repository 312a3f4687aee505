/* rules.h - why entries are there: one row each. */
#ifndef XENPT_XEN_RULES_H
#define XENPT_XEN_RULES_H

#include "xenpt/view.h"

enum rule_id {
    RULE_NOTHING,
    RULE_ROOT_SHARED,
    RULE_SELF,
    RULE_SHADOW_LINEAR,
    RULE_SHADOW,
    RULE_SHADOW_TOP,
    RULE_SHADOW_TABLE,
    RULE_SHADOW_PAGE,
    RULE_SHADOW_PIECE,
    RULE_SHADOW_PROTECTED,
    RULE_SHADOW_OPEN,
    RULE_SHADOW_CLEAN,
    RULE_SHADOW_LOG,
    RULE_SHADOW_READ_ONLY,
    RULE_SHADOW_DEVICE,
    RULE_SHADOW_STALE,
    RULE_SHADOW_ABSENT,
    RULE_SHADOW_UNUSED,
    RULE_SHADOW_LATER,
    RULE_PERDOMAIN,
    RULE_PERDOMAIN_MIRROR,
    RULE_GUEST,
    RULE_GIVEN,
    RULE_GUEST_PAE,
    RULE_XPTI_COPY,
    RULE_XPTI_COMMON,
    RULE_XPTI_CPU,
    RULE_TABLE,
    RULE_BOOT_TABLE,
    RULE_M2P,
    RULE_COMPAT_M2P_WINDOW,
    RULE_FRAMETABLE,
    RULE_DIRECTMAP,
    RULE_DIRECTMAP_BOOT,
    RULE_STACK_GUARD,
    RULE_TEXT_ALIAS,
    RULE_TEXT,
    RULE_RODATA,
    RULE_DATA,
    RULE_IMAGE,
    RULE_IMAGE_PART,
    RULE_LIVEPATCH,
    RULE_STUB,
    RULE_FIXMAP,
    RULE_FIXMAP_DEVICE,
    RULE_DEMAND,
    RULE_MMCFG,
    RULE_TRAMPOLINE,
    RULE_GDT,
    RULE_GDT_UNUSED,
    RULE_GDT_XEN,
    RULE_L4_WINDOW,
    RULE_LDT,
    RULE_ARGUMENTS,
    RULE_MAPCACHE,
    RULE_XPTI_TEXT,
    RULE_XPTI_DESCRIPTORS,
    RULE_XPTI_STACK,
    RULE_XPTI_HEAP,
    RULE_P2M_TABLE,
    RULE_P2M_RAM,
    RULE_P2M_IDENTITY,
    RULE_P2M_HOLE,
    RULE_P2M_PENDING,
    RULE_P2M_LOG,
    RULE_P2M_ACCESS,
    NR_RULES,
};

/* What a rule accepts besides what it says. */
struct rule {
    struct xenpt_entry_rule public;
    enum xenpt_frame_rule frame;
    uint64_t may_differ;
    bool may_be_absent, may_be_split, opaque;
};

extern const struct rule rules[NR_RULES];

#endif
