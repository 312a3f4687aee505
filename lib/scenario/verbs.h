/* verbs.h - the verbs, by the file that has them. */
#ifndef XENPT_SCENARIO_VERBS_H
#define XENPT_SCENARIO_VERBS_H

#include "scenario/verb.h"

/* step_run.c */
extern const struct verb verb_run, verb_enter_xen, verb_leave_xen, verb_switch;
/* expect_mapped.c */
extern const struct verb verb_mapped, verb_unmapped;
/* expect_root.c */
extern const struct verb verb_root, verb_slot;

#endif
