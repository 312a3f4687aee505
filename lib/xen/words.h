/* words.h - words of a description, in the order of their enums. */
#ifndef XENPT_XEN_WORDS_H
#define XENPT_XEN_WORDS_H

#include "xenpt/machine.h"

extern const struct xenpt_word domain_type_words[XENPT_NR_DOMAIN_TYPES];
extern const struct xenpt_word guest_paging_words[XENPT_NR_GUEST_PAGING];
extern const struct xenpt_word guest_mode_words[XENPT_NR_GUEST_MODES];
extern const struct xenpt_word run_mode_words[XENPT_NR_RUN_MODES];
extern const struct xenpt_word iommu_words[XENPT_NR_IOMMUS];

/* "d1.v0.xen-user": a context of a vCPU, taken apart. */
struct context_name {
    size_t domain; /* Length of the domain's name, which it begins with. */
    uint32_t vcpu;
    enum xenpt_run_mode mode;
    bool user; /* In Xen, entered from the guest's user mode. */
};

bool context_name_read(const char *text, struct context_name *ret);

/* Decimal digits and nothing else; at most 32 bits. */
bool digits_read(const char *text, size_t n, uint32_t *ret);

#endif
