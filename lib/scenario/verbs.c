/* verbs.c - every step and every expectation, in the order to explain them. */
#include "scenario/verbs.h"

const struct verb *const step_verbs[] = {
    &verb_run, &verb_enter_xen, &verb_leave_xen, &verb_switch, NULL,
};

const struct verb *const expect_verbs[] = {
    &verb_mapped, &verb_unmapped, &verb_root, &verb_slot, NULL,
};
