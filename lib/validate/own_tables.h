/* own_tables.h - tables that say what a process's mappings must be. */
#ifndef XENPT_VALIDATE_OWN_TABLES_H
#define XENPT_VALIDATE_OWN_TABLES_H

#include "validate/own_cpu.h"
#include "xenpt/edit.h"

struct own_tables {
    struct xenpt_store *store;
    struct xenpt_alloc *alloc;
    struct xenpt_paging paging;
};

XENPT_CHECK enum xenpt_code own_tables_create(struct own_tables *ret,
                                              const struct own_machine *machine,
                                              const struct own_ground *ground,
                                              struct xenpt_error *err);
void own_tables_destroy(struct own_tables *tables);

#endif
