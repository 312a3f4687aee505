/* functions.h - what the rows of functions.c ask of domains, vCPUs and contexts. */
#ifndef XENPT_SCENARIO_FUNCTIONS_H
#define XENPT_SCENARIO_FUNCTIONS_H

#include "scenario/expr.h"

#define FUNCTION(name)                                                                             \
    bool name(struct world *w, const struct value *self, const struct value *args, unsigned int n, \
              struct value *ret)

FUNCTION(fn_gfn);
FUNCTION(fn_gfn_of);
FUNCTION(fn_grant_table);
FUNCTION(fn_grant_status);
FUNCTION(fn_frames);
FUNCTION(fn_foreign_maps);
FUNCTION(fn_xenstore_port);
FUNCTION(fn_console_port);
FUNCTION(fn_xenstore_ring);
FUNCTION(fn_console_ring);
FUNCTION(fn_shared_info);
FUNCTION(fn_vcpu_root);
FUNCTION(fn_cr0);
FUNCTION(fn_cr3);
FUNCTION(fn_cr4);
FUNCTION(fn_efer);
FUNCTION(fn_root);
FUNCTION(fn_slot);
FUNCTION(fn_entry);
FUNCTION(fn_entry_at);
FUNCTION(fn_maddr_of);
FUNCTION(fn_frame);

#undef FUNCTION

#endif
