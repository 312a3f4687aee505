/* verbs.c - every step and every expectation, in the order to explain them. */
#include "scenario/verbs.h"

/* clang-format off */
const struct verb *const step_verbs[] = {
    &verb_run,
    &verb_enter_xen,
    &verb_leave_xen,
    &verb_switch,
    &verb_create,
    &verb_destroy,
    &verb_pause,
    &verb_unpause,
    &verb_access,
    &verb_load,
    &verb_guest_write,
    &verb_mmu_update,
    &verb_update_va_mapping,
    &verb_mmuext_op,
    &verb_poke,
    &verb_poke_entry,
    &verb_flush,
    &verb_repeat,
    &verb_let,
    &verb_snapshot,
    &verb_restore,
    NULL,
};

const struct verb *const expect_verbs[] = {
    &verb_mapped,
    &verb_unmapped,
    &verb_entry,
    &verb_root,
    &verb_slot,
    &verb_fault,
    &verb_outcome,
    &verb_data,
    &verb_references,
    &verb_tlb,
    &verb_result,
    &verb_type,
    &verb_flushed,
    &verb_area,
    &verb_owner,
    &verb_reachable,
    &verb_unreachable,
    &verb_invariant,
    &verb_equals,
    NULL,
};
/* clang-format on */
