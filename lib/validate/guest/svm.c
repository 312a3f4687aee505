/*
 * svm.c - accesses of guests under nested paging.
 *
 * A guest has no code of its own but the stub, and no IDT: each exception is intercepted, and
 * that is how it ends.  AMD APM vol. 2: "VMCB Layout", "Nested Paging".
 *
 * Nested tables are of the format that the host pages by.  The 64-bit image always does, the
 * 32-bit one while it runs a guest.
 */
#include <stddef.h>

#include "access.h"
#include "cpu.h"
#include "guest.h"
#include "machine.h"
#include "memory.h"
#include "selectors.h"

#define MSR_VM_CR        0xc0010114u
#define VM_CR_SVMDIS     0x10u
#define MSR_VM_HSAVE_PA  0xc0010117u
#define SVM_EDX_NP       0x1u
#define ALL_EXCEPTIONS   0xffffffffu
#define INTERCEPT_NMI    (1u << 1)
#define INTERCEPT_HLT    (1u << 24)
#define INTERCEPT_SHUTDN (1u << 31)
#define INTERCEPT_VMRUN  (1u << 0) /* VMRUN does not work without. */
#define FLUSH_ALL        1u
#define NP_ENABLE        1u
#define RFLAGS_ALWAYS    2u
#define AC_BIT           18

/* Exit codes; the rest is the host's to know. */
#define EXIT_EXCEPTION 0x40u
#define EXIT_NMI       0x61u
#define EXIT_INVALID   0xffffffffu

#define ATTRIBUTES_CODE64 0xa9bu
#define ATTRIBUTES_CODE32 0xc9bu
#define ATTRIBUTES_DATA   0xc93u
#define ATTRIBUTES_TSS    0x08bu
#define ATTRIBUTES_LDT    0x082u
#define DPL_BIT           5

struct segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

/* As the processor has it; names are the manual's. */
struct vmcb {
    uint32_t intercept_cr, intercept_dr, intercept_exceptions, intercept_misc1, intercept_misc2;
    uint8_t reserved1[0x40 - 0x14];
    uint64_t iopm, msrpm, tsc_offset;
    uint32_t asid, tlb_control;
    uint64_t vintr, interrupt_shadow, exitcode, exitinfo1, exitinfo2, exitintinfo;
    uint64_t np_enable;
    uint8_t reserved2[0xa8 - 0x98];
    uint64_t eventinj, n_cr3, lbr, clean;
    uint8_t reserved3[0x400 - 0xc8];
    struct segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved4[0x4cb - 0x4a0];
    uint8_t cpl;
    uint32_t reserved5;
    uint64_t efer;
    uint8_t reserved6[0x548 - 0x4d8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved7[0x5d8 - 0x580];
    uint64_t rsp;
    uint8_t reserved8[0x5f8 - 0x5e0];
    uint64_t rax;
    uint8_t reserved9[0x640 - 0x600];
    uint64_t cr2;
    uint8_t reserved10[0x668 - 0x648];
    uint64_t g_pat;
    uint8_t reserved11[0x1000 - 0x670];
} __attribute__((packed, aligned(4096)));

#define AT(field, offset) _Static_assert(offsetof(struct vmcb, field) == (offset), #field)
AT(iopm, 0x40);
AT(exitcode, 0x70);
AT(np_enable, 0x90);
AT(n_cr3, 0xb0);
AT(es, 0x400);
AT(cpl, 0x4cb);
AT(efer, 0x4d0);
AT(cr4, 0x548);
AT(rip, 0x578);
AT(rsp, 0x5d8);
AT(rax, 0x5f8);
AT(cr2, 0x640);
AT(g_pat, 0x668);

static struct vmcb vmcb;
static uint8_t host_save[4096] __attribute__((aligned(4096)));
/* Nothing in them: nothing of this is intercepted. */
static uint8_t io_permissions[3 * 4096] __attribute__((aligned(4096)));
static uint8_t msr_permissions[2 * 4096] __attribute__((aligned(4096)));

/* guest64.S, guest32.S */
void svm_run(uintptr_t vmcb, uintptr_t di);

#ifdef __x86_64__

static void run(uint32_t stage, uintptr_t di)
{
    (void)stage;
    svm_run(machine_address(&vmcb), di);
}

#else

/* What the image pages by meanwhile: the first 2 or 4 MiB are where they are. */
static const uint64_t pdpt[4] __attribute__((aligned(32))) = { PROBE_PAE_L2 | 1 };
static const uint32_t directory[1024] __attribute__((aligned(4096))) = { PROBE_L1_2 | 0x63 };

static void run(uint32_t stage, uintptr_t di)
{
    bool pae = stage == STAGE_NPT_PAE;

    write_cr4(own.cr4 | (pae ? CR4_PAE : CR4_PSE));
    write_cr3(machine_address(pae ? (const void *)pdpt : directory));
    write_cr0(own.cr0 | CR0_PG);
    svm_run(machine_address(&vmcb), di);
    write_cr0(own.cr0);
    write_cr3(own.cr3);
    write_cr4(own.cr4);
}

#endif

static struct segment segment(uint16_t selector, uint32_t attributes, uint32_t cpl)
{
    return (struct segment){ selector, (uint16_t)(attributes | cpl << DPL_BIT), ~0u, 0 };
}

static bool begin(void)
{
    if (!(machine.ext1_ecx & EXT1_ECX_SVM) || !(machine.svm_edx & SVM_EDX_NP) ||
        rdmsr(MSR_VM_CR) & VM_CR_SVMDIS)
        return false;
    /* NX of the second stage is by the host's EFER. */
    state_own_efer(EFER_SVME | (machine.ext1_edx & EXT1_EDX_NX ? EFER_NXE : 0));
    wrmsr(MSR_VM_HSAVE_PA, machine_address(host_save));
    vmcb.intercept_exceptions = ALL_EXCEPTIONS;
    vmcb.intercept_misc1 = INTERCEPT_NMI | INTERCEPT_HLT | INTERCEPT_SHUTDN;
    vmcb.intercept_misc2 = INTERCEPT_VMRUN;
    vmcb.iopm = machine_address(io_permissions);
    vmcb.msrpm = machine_address(msr_permissions);
    vmcb.asid = 1;
    vmcb.tlb_control = FLUSH_ALL;
    vmcb.np_enable = NP_ENABLE;
    vmcb.ldtr.attributes = ATTRIBUTES_LDT;
    vmcb.tr = segment(SEL_TSS, ATTRIBUTES_TSS, 0);
    vmcb.dr6 = 0xffff0ff0;
    vmcb.dr7 = 0x400;
    return true;
}

static void load(const struct blob_state *state, const struct guest *guest)
{
    vmcb.es = vmcb.ds = vmcb.fs = vmcb.gs = segment(SEL_DATA_U, ATTRIBUTES_DATA, 3);
    vmcb.ss = segment(guest->cpl ? SEL_DATA_U : SEL_DATA, ATTRIBUTES_DATA, guest->cpl);
    vmcb.cs = segment(guest->cs, guest->is_64 ? ATTRIBUTES_CODE64 : ATTRIBUTES_CODE32, guest->cpl);
    vmcb.cpl = guest->cpl;
    vmcb.efer = guest->efer | EFER_SVME;
    vmcb.cr0 = state->cr0;
    vmcb.cr3 = state->cr3;
    vmcb.cr4 = state->cr4;
    vmcb.cr2 = 0;
    vmcb.rflags = RFLAGS_ALWAYS | (uint64_t)guest->ac << AC_BIT;
    vmcb.rip = guest->ip;
    vmcb.rsp = 0;
    vmcb.rax = PROBE_STORE;
    vmcb.g_pat = state->pat ? state->pat : own.pat;
    vmcb.n_cr3 = state->second;
    vmcb.interrupt_shadow = 0;
    vmcb.eventinj = 0;
    vmcb.clean = 0;
}

static void access(const struct blob_state *state, const struct blob_access *access,
                   struct result *ret)
{
    struct guest guest;
    struct landing landing;

    guest_make(state, access, &guest);
    load(state, &guest);
    state_load_pkru(state);
    plant_late();
    do
        run(state->stage, (uintptr_t)access->va);
    while (vmcb.exitcode == EXIT_NMI);
    if (vmcb.exitcode >= EXIT_EXCEPTION && vmcb.exitcode < EXIT_EXCEPTION + 32) {
        landing = (struct landing){ .vector = (uint32_t)vmcb.exitcode - EXIT_EXCEPTION,
                                    .code = (uint32_t)vmcb.exitinfo1,
                                    .ip = (uintptr_t)vmcb.rip,
                                    .ax = (uintptr_t)vmcb.rax,
                                    .cr2 = (uintptr_t)vmcb.exitinfo2 };
        access_landed(access, (uintptr_t)guest.ip, &landing, ret);
        return;
    }
    ret->outcome = (uint32_t)vmcb.exitcode == EXIT_INVALID ? RESULT_ENTRY : RESULT_EXIT;
    ret->code = (uint32_t)vmcb.exitcode;
    if (ret->outcome == RESULT_EXIT) {
        ret->value = vmcb.exitinfo1;
        ret->address = vmcb.exitinfo2;
    }
}

const struct stage stage_npt = { begin, access };
