/* enclaves.h - a domain's enclaves, and accesses of code inside. */
#ifndef XENPT_SCENARIO_ENCLAVES_H
#define XENPT_SCENARIO_ENCLAVES_H

#include "scenario/guest.h"

struct record;
struct row_kind;

/* Into a struct raw_domain. */
extern const struct row_kind kind_enclaves;
extern const struct record enclave_record, enclave_page_record, epc_record;

/* Code of that enclave makes the access; NULL: of none.  False: that cannot be. */
bool enclave_enter(struct world *w, const struct value *context, const char *name,
                   struct accessing *x, bool has_cpl);
/*
 * What enclaves make of the access that was made last, which its tables allow.  done: that was all.
 * True: it is to the enclave's own page.
 */
bool enclave_decides(struct world *w, uint64_t bytes, bool *done);

#endif
