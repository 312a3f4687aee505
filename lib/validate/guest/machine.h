/* machine.h - what the machine says of itself. */
#ifndef XENPT_GUEST_MACHINE_H
#define XENPT_GUEST_MACHINE_H

#include "validate/blob.h"

#define LEAF1_ECX_VMX        (1u << 5)
#define LEAF1_ECX_HYPERVISOR (1u << 31)
#define LEAF7_ECX_PKU        (1u << 3)
#define EXT1_ECX_SVM         (1u << 2)
#define EXT1_EDX_NX          (1u << 20)

extern struct results_machine machine;

void machine_init(void);

#endif
