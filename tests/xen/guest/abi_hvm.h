/* abi_hvm.h - the state of an HVM domain's vCPU as Xen takes it: public/arch-x86/hvm/save.h, of
 * 4.17. */
#ifndef XENPT_TEST_XEN_ABI_HVM_H
#define XENPT_TEST_XEN_ABI_HVM_H

#include <stdint.h>

struct hvm_record {
    uint16_t type, instance;
    uint32_t length;
};
enum { HVM_RECORD_END = 0, HVM_RECORD_HEADER = 1, HVM_RECORD_CPU = 2 };
#define HVM_MAGIC 0x54381286u

struct hvm_header {
    uint32_t magic, version;
    uint64_t changeset;
    uint32_t cpuid, tsc_khz;
};

enum { HVM_CS, HVM_DS, HVM_ES, HVM_FS, HVM_GS, HVM_SS, HVM_TR, HVM_LDTR };
struct hvm_cpu {
    uint8_t fpu[512];
    uint64_t rax, rbx, rcx, rdx, rbp, rsi, rdi, rsp, r8_to_r15[8], rip, rflags;
    uint64_t cr[4], dr[6];           /* 0, 2, 3, 4; 0 to 3, 6, 7. */
    uint32_t selector[8], limit[10]; /* Limits and bases: of IDT and GDT, too. */
    uint64_t base[10];
    uint32_t access[8];
    uint64_t sysenter[3], kernel_gs, unused, syscall[4], efer, tsc_aux, tsc;
    uint32_t event, error, flags, pad;
};
_Static_assert(sizeof(struct hvm_cpu) == 1032, "as Xen has it");

struct hvm_context {
    struct hvm_record header_is;
    struct hvm_header header;
    struct hvm_record cpu_is;
    struct hvm_cpu cpu;
    struct hvm_record end;
};

#endif
