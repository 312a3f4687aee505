/* machine.c - what CPUID and MSRs say. */
#include "machine.h"
#include "cpu.h"

#define MSR_VMX_BASIC    0x480u
#define MSR_VMX_PROC     0x482u
#define MSR_VMX_PROC2    0x48bu
#define MSR_VMX_EPT_VPID 0x48cu

/* Bits of the upper halves: what may be 1. */
#define PROC_SECONDARY 31
#define PROC2_EPT      1

struct results_machine machine;

static void vendor(const uint32_t leaf0[4])
{
    static const uint8_t order[3] = { 1, 3, 2 }; /* EBX, EDX, ECX */

    for (uint32_t i = 0; i < sizeof(machine.vendor); i++)
        machine.vendor[i] = (char)(leaf0[order[i / 4]] >> i % 4 * 8);
}

static void vmx(void)
{
    machine.vmx_basic = rdmsr(MSR_VMX_BASIC);
    if (rdmsr(MSR_VMX_PROC) >> 32 >> PROC_SECONDARY & 1 &&
        rdmsr(MSR_VMX_PROC2) >> 32 >> PROC2_EPT & 1)
        machine.vmx_ept_vpid = rdmsr(MSR_VMX_EPT_VPID);
}

static void extended(void)
{
    uint32_t last, leaf[4];

    cpuid(0x80000000, leaf);
    last = leaf[0];
    if (last < 0x80000001 || last > 0x8000ffff)
        return;
    cpuid(0x80000001, leaf);
    machine.ext1_ecx = leaf[2];
    machine.ext1_edx = leaf[3];
    if (last >= 0x80000008) {
        cpuid(0x80000008, leaf);
        machine.ext8_eax = leaf[0];
    }
    if (last >= 0x8000000a && machine.ext1_ecx & EXT1_ECX_SVM) {
        cpuid(0x8000000a, leaf);
        machine.svm_edx = leaf[3];
    }
}

void machine_init(void)
{
    uint32_t last, leaf[4];

    cpuid(0, leaf);
    last = leaf[0];
    vendor(leaf);
    cpuid(1, leaf);
    machine.leaf1_eax = leaf[0];
    machine.leaf1_ecx = leaf[2];
    machine.leaf1_edx = leaf[3];
    if (last >= 7) {
        cpuid(7, leaf);
        machine.leaf7_ebx = leaf[1];
        machine.leaf7_ecx = leaf[2];
        machine.leaf7_edx = leaf[3];
    }
    extended();
    if (machine.leaf1_ecx & LEAF1_ECX_VMX)
        vmx();
}
