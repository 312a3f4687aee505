/* backends.h - what the rows of mmu.c point to: a file each. */
#ifndef XENPT_VALIDATE_BACKENDS_H
#define XENPT_VALIDATE_BACKENDS_H

#include "validate/mmu.h"

#define BACKEND(name)                                                                              \
    enum xenpt_code name##_open(const struct mmu *mmu, const struct mmu_options *options,          \
                                struct mmu_session *ret, struct xenpt_error *err);                 \
    enum xenpt_code name##_run(struct mmu_session *session, const struct blob *blob,               \
                               struct results *ret, struct xenpt_error *err);                      \
    void name##_close(struct mmu_session *session)

BACKEND(qemu);
BACKEND(kvm);
BACKEND(bochs);
BACKEND(file);

/*
 * A machine under KVM may read the host's CPUID, whatever it was told to have.  Puts what KVM
 * offers in its place, and says how this KVM walks.
 */
XENPT_CHECK enum xenpt_code kvm_correct(struct mmu_session *session, struct xenpt_error *err);

#endif
