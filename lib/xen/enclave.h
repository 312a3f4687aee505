/* enclave.h - enclaves from inside. */
#ifndef XENPT_XEN_ENCLAVE_H
#define XENPT_XEN_ENCLAVE_H

#include "xen/internal.h"
#include "xenpt/enclave.h"

/* The host's EPC, and whether a domain's enclaves can be. */
enum xenpt_code epc_take(const struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code enclaves_check(const struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err);
/* What lies at an address of the EPC.  False: it is none of it. */
bool epc_explain(const struct xenpt_machine *m, uint64_t maddr,
                 struct xenpt_memory_explanation *ret);
/* Their pages get into the domain's physical memory. */
enum xenpt_code enclaves_map(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);

#endif
