/* vcpus.h - vCPUs that come and go, each for itself. */
#ifndef XENPT_XEN_VCPUS_H
#define XENPT_XEN_VCPUS_H

#include "xen/internal.h"

/* One that has nothing yet, and will run on a CPU. */
struct vcpu vcpu_none(uint32_t cpu);
/* A vCPU that is there; NULL: the reason is told. */
struct vcpu *vcpu_there(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                        struct xenpt_error *err);

/* perdomain.c: the tables of a vCPU's part of the per-domain area, with the pages that Xen has in
 * it from the beginning; what is mapped once the guest has said what its GDT and LDT are; all of it
 * taken out again, but for the tables. */
enum xenpt_code perdomain_vcpu_create(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                      struct xenpt_error *err);
enum xenpt_code perdomain_vcpu_fill(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                    struct xenpt_error *err);
enum xenpt_code perdomain_vcpu_clear(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                     struct xenpt_error *err);
/* pv.c: the L4 that Xen makes for a 32-bit vCPU, which has nothing of the guest's yet. */
enum xenpt_code pv32_monitor(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err);
/* What the guest has it begin on: these roots, or NO_TABLE: ones like those of `like`. */
enum xenpt_code pv_vcpu_roots(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                              const struct vcpu *like, uint64_t kernel, uint64_t user,
                              struct xenpt_error *err);
/* hvm.c: its registers, and what Xen runs on for it. */
enum xenpt_code hvm_vcpu_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                               struct xenpt_error *err);
/* shadow_top.c: its roots' shadows, and tables that it lets go out of sync. */
enum xenpt_code shadow_vcpu_end(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                struct xenpt_error *err);
/* lifecycle.c: no CPU executes it; nor has one its tables loaded, if they are to go. */
void vcpu_deschedule(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, bool unload);
/* It is not to run, or may again, whatever a policy says. */
enum xenpt_code vcpu_pause(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, bool paused,
                           struct xenpt_error *err);
/* A domain is gone: whoever goes through domains meets nothing of it but frames that others use. */
void domain_forget(struct xenpt_machine *m, struct domain *d);

#endif
