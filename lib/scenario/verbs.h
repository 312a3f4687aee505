/* verbs.h - the verbs, by the file that has them. */
#ifndef XENPT_SCENARIO_VERBS_H
#define XENPT_SCENARIO_VERBS_H

#include "scenario/verb.h"

/* step_run.c */
extern const struct verb verb_run, verb_enter_xen, verb_leave_xen, verb_switch;
/* step_hvm.c */
extern const struct verb verb_load, verb_guest_write, verb_outcome;
/* step_pv.c */
extern const struct verb verb_mmu_update, verb_update_va_mapping;
/* step_mmuext.c */
extern const struct verb verb_mmuext_op;
/* step_pv_more.c */
extern const struct verb verb_write_table, verb_set_gdt, verb_update_descriptor, verb_vm_assist;
/* step_multicall.c, step_iret.c */
extern const struct verb verb_multicall, verb_iret;
/* step_segment.c */
extern const struct verb verb_load_segment;
/* expect_pv.c */
extern const struct verb verb_result, verb_type, verb_flushed;
/* step_grant.c */
extern const struct verb verb_grant_offer, verb_grant_map, verb_grant_unmap;
/* step_grant_table.c */
extern const struct verb verb_grant_copy, verb_grant_set_version, verb_grant_setup_table;
/* step_grant_rare.c */
extern const struct verb verb_grant_transfer, verb_grant_swap, verb_grant_cache_flush,
    verb_grant_query_size, verb_grant_get_version, verb_grant_status_frames;
/* step_param.c */
extern const struct verb verb_set_hvm_param, verb_get_hvm_param, verb_hvm_param;
/* step_pager.c */
extern const struct verb verb_mem_paging;
/* step_mem_sharing.c */
extern const struct verb verb_mem_sharing, verb_mem_shared;
/* step_fifo.c */
extern const struct verb verb_event_init_control, verb_event_expand_array, verb_event_set_priority,
    verb_event_unmask;
/* expect_grant.c */
extern const struct verb verb_grant, verb_granted;
extern const struct verb verb_touched, verb_untouched, verb_emulate, verb_foreign_access, verb_save,
    verb_migrate, verb_register_area;
/* step_flush.c */
extern const struct verb verb_flush, verb_tlb;
/* step_domain.c */
extern const struct verb verb_create, verb_destroy, verb_pause, verb_unpause;
/* step_vcpu.c */
extern const struct verb verb_up, verb_down;
/* step_control.c */
extern const struct verb verb_let, verb_snapshot, verb_restore;
/* step_access.c */
extern const struct verb verb_access, verb_poke, verb_poke_entry;
/* expect_mapped.c */
extern const struct verb verb_mapped, verb_unmapped;
/* expect_root.c */
extern const struct verb verb_root, verb_slot;

/* expect_access.c */
extern const struct verb verb_fault, verb_data, verb_references;
/* expect_entry.c */
extern const struct verb verb_entry;
/* expect_owner.c */
extern const struct verb verb_area, verb_owner;
/* expect_reach.c */
extern const struct verb verb_reachable, verb_unreachable;
/* The last address that what executes in a context can form; 0: of all. */
uint64_t context_last_address(const struct world *w, const struct xenpt_context *c);
/* Whether each path to a table is followed.  Tables of a device in quarantine are a few that lead
 * to each other by all of their entries, all alike: 512 to the third or fourth power of paths. */
static inline bool unfolds(const struct xenpt_context *c)
{
    return !xenpt_format_is_device(&c->paging.format);
}
/* expect_invariant.c */
extern const struct verb verb_invariant;
/* step_rmp.c */
extern const struct verb verb_rmpupdate, verb_pvalidate;
/* step_evict.c */
extern const struct verb verb_evict;
/* step_continue.c */
extern const struct verb verb_continue;
/* expect_equals.c */
extern const struct verb verb_equals;
/* expect_threat.c */
extern const struct verb verb_threat;
/* step_memory.c */
extern const struct verb verb_increase_reservation, verb_decrease_reservation,
    verb_populate_physmap, verb_exchange, verb_transfer_page;
/* step_physmap.c */
extern const struct verb verb_add_to_physmap, verb_remove_from_physmap, verb_pod_target;
/* step_device.c */
extern const struct verb verb_device_assign, verb_device_deassign;
/* step_p2m.c, expect_p2m.c */
extern const struct verb verb_set_p2m_type, verb_set_mem_access, verb_altp2m, verb_log_dirty,
    verb_dirty, verb_p2m, verb_pod;
/* step_event.c */
extern const struct verb verb_event_alloc, verb_event_connect, verb_event_virq, verb_event_ipi,
    verb_event_send, verb_event_close, verb_event_status, verb_event_take;
/* step_xenstore.c */
extern const struct verb verb_xenstore_introduce, verb_xenstore_read, verb_xenstore_write,
    verb_xenstore_list, verb_xenstore_mkdir, verb_xenstore_rm, verb_xenstore_permit;
/* step_device.c */
extern const struct verb verb_device_add, verb_device_switch, verb_acquire_resource, verb_ioreq;
/* expect_sharing.c */
extern const struct verb verb_foreign_maps, verb_event, verb_xenstore, verb_device,
    verb_ioreq_server;
/* step_xenstore.c: watches and transactions. */
extern const struct verb verb_xenstore_watch, verb_xenstore_unwatch, verb_xenstore_reset,
    verb_xenstore_hear, verb_xenstore_begin, verb_xenstore_end, verb_fired;
/* step_interrupt.c, step_helper.c */
extern const struct verb verb_map_pirq, verb_event_bind_pirq, verb_debug_memory, verb_console_print,
    verb_console_type;
/* step_vcpu_info.c */
extern const struct verb verb_register_vcpu_info;
/* expect_expose.c */
extern const struct verb verb_exposed, verb_sees;

#endif
