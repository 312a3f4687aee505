/* pv_control.h - iret, multicalls, and callers that are not paravirtual, for tests of Xen's rules.
 */
#ifndef XENPT_TEST_PV_CONTROL_H
#define XENPT_TEST_PV_CONTROL_H

#include "pv_tree.h"

/* One entry of a multicall. */
enum entry_kind {
    ENTRY_MMU,
    ENTRY_EXT,
    ENTRY_VA,
    ENTRY_IRET,
    ENTRY_MULTICALL,
};
struct entry {
    enum entry_kind kind;
    uint64_t a, b; /* ptr and val; a command and its argument; va and val; CS. */
};

/* What came of each entry of the last multicall. */
extern struct xenpt_pv_result results[16];

/* Each returns the name of the error, or "ok"; what refused it is in p.r. */
const char *iret(uint32_t d, uint16_t cs);
const char *iret_from(uint32_t d, uint64_t stack);
const char *multicall(uint32_t d, const struct entry *entries, size_t nr);
/* The PVH domain is put on a CPU. */
void run_hvm(void);

#endif
