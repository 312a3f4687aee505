/* kvm_host.h - what this host's KVM offers, and how it walks. */
#ifndef XENPT_VALIDATE_KVM_HOST_H
#define XENPT_VALIDATE_KVM_HOST_H

#include <linux/kvm.h>

#include "validate/mmu.h"

/* Opens /dev/kvm; XENPT_EUNSUPPORTED with the reason if it does not open. */
XENPT_CHECK enum xenpt_code kvm_open_device(int *ret, struct xenpt_error *err);

#define KVM_LEAVES 256

/* CPUID, as KVM offers it to a guest: a struct kvm_cpuid2 with room. */
struct kvm_leaves {
    uint32_t nr, padding;
    struct kvm_cpuid_entry2 entry[KVM_LEAVES];
};

XENPT_CHECK enum xenpt_code kvm_supported(int device, struct kvm_leaves *ret,
                                          struct xenpt_error *err);
/* The CPUID part of @machine, from what KVM offers. */
void kvm_machine(const struct kvm_leaves *leaves, struct results_machine *machine);
/* "hardware, EPT", "software, shadow paging", ...: by the modules' parameters below @sys, "/sys".
 */
void kvm_kind(const char *sys, char *ret, size_t size);

#endif
