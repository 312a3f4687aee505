/*
 * vmx.c - accesses of guests under EPT.
 *
 * A guest has no code of its own but the stub, and no IDT: each exception exits, and that is how
 * it ends.  Intel SDM vol. 3: "Virtual Machine Control Structures", "VM Entries", "VM Exits".
 */
#include "access.h"
#include "cpu.h"
#include "descriptors.h"
#include "guest.h"
#include "machine.h"
#include "memory.h"
#include "selectors.h"
#include "vmcs.h"

#define REASON_EXCEPTION     0u
#define REASON_EPT_VIOLATION 48u
#define REASON_EPT_MISCONFIG 49u
#define REASON_FAILED        (1u << 31)
#define QUALIFICATION_LINEAR (1u << 7)
#define VECTOR_MASK          0xffu
#define VECTOR_NMI           2u
#define VECTOR_PF            14u
#define HAS_ERROR_CODE       (1u << 11)

/* Access rights of segments. */
#define RIGHTS_CODE64   0xa09bu
#define RIGHTS_CODE32   0xc09bu
#define RIGHTS_DATA     0xc093u
#define RIGHTS_TSS      0x8bu
#define RIGHTS_UNUSABLE 0x10000u
#define DPL(cpl)        ((uint32_t)(cpl) << 5)

#define RFLAGS_ALWAYS 2u
#define AC_BIT        18
#define DR7_ALWAYS    0x400u
#define INVEPT_SINGLE 1u
#define INVEPT_ALL    2u

static uint8_t region_of_host[4096] __attribute__((aligned(4096)));
static uint8_t region_of_guest[4096] __attribute__((aligned(4096)));
static bool launched, loads_pat;
static uint32_t entry_controls;
static uint64_t invept_type;

/* guest64.S */
uint32_t vmx_run(uint32_t launched, uint64_t di, uint64_t ax, uint64_t *ret_ax);
extern const uint8_t vmx_exit[];

/* Wanted bits as far as they may be set, with those that must be. */
static uint32_t controls(uint32_t msr, uint32_t wanted)
{
    uint64_t allowed;

    if (msr != MSR_VMX_PROC2 && machine.vmx_basic & VMX_BASIC_TRUE)
        msr += MSR_VMX_TRUE;
    allowed = rdmsr(msr);
    return (wanted | (uint32_t)allowed) & (uint32_t)(allowed >> 32);
}

/* VMXON and its like: false if the processor refuses. */
#define ON_REGION(instruction, region)                                                             \
    __extension__({                                                                                \
        uint64_t at_ = machine_address(region);                                                    \
        bool failed_;                                                                              \
        ASM(instruction " %1" : "=@ccbe"(failed_) : "m"(at_) : "memory");                          \
        !failed_;                                                                                  \
    })

static bool switch_on(void)
{
    uint64_t feature = rdmsr(MSR_FEATURE_CONTROL);

    if (!(feature & FEATURE_LOCK)) {
        feature |= FEATURE_LOCK | FEATURE_VMXON;
        wrmsr(MSR_FEATURE_CONTROL, feature);
    }
    if (!(feature & FEATURE_VMXON))
        return false;
    state_own_cr4((uintptr_t)rdmsr(MSR_VMX_CR4_FIXED0) | CR4_VMXE);
    *(uint32_t *)(void *)region_of_host = (uint32_t)machine.vmx_basic & 0x7fffffff;
    *(uint32_t *)(void *)region_of_guest = (uint32_t)machine.vmx_basic & 0x7fffffff;
    return ON_REGION("vmxon", region_of_host) && ON_REGION("vmclear", region_of_guest) &&
           ON_REGION("vmptrld", region_of_guest);
}

static bool write_controls(void)
{
    uint32_t proc = controls(MSR_VMX_PROC, PROC_HLT_EXITING | PROC_SECONDARY), proc2, exit;

    if (!(proc & PROC_SECONDARY))
        return false;
    proc2 = controls(MSR_VMX_PROC2, PROC2_EPT | PROC2_UNRESTRICTED);
    exit = controls(MSR_VMX_EXIT, EXIT_HOST_64 | EXIT_LOAD_PAT | EXIT_LOAD_EFER);
    entry_controls = controls(MSR_VMX_ENTRY, ENTRY_LOAD_PAT | ENTRY_LOAD_EFER);
    if (!(proc2 & PROC2_EPT) || !(exit & EXIT_LOAD_EFER) || !(entry_controls & ENTRY_LOAD_EFER))
        return false;
    loads_pat = exit & EXIT_LOAD_PAT && entry_controls & ENTRY_LOAD_PAT;
    invept_type = machine.vmx_ept_vpid & EPT_CAP_INVEPT_ALL ? INVEPT_ALL : INVEPT_SINGLE;
    vmwrite(PIN_CONTROLS, controls(MSR_VMX_PIN, PIN_NMI_EXITING));
    vmwrite(PROC_CONTROLS, proc);
    vmwrite(PROC2_CONTROLS, proc2);
    vmwrite(EXIT_CONTROLS, exit);
    vmwrite(EXCEPTION_BITMAP, ~0u);
    return true;
}

static void write_host(void)
{
    vmwrite(HOST_CS_SELECTOR, SEL_CODE64);
    vmwrite(HOST_SS_SELECTOR, SEL_DATA);
    vmwrite(HOST_TR_SELECTOR, SEL_TSS);
    vmwrite(HOST_PAT, own.pat);
    vmwrite(HOST_EFER, own.efer);
    vmwrite(HOST_CR0, own.cr0);
    vmwrite(HOST_CR3, own.cr3);
    vmwrite(HOST_CR4, own.cr4);
    vmwrite(HOST_TR_BASE, descriptors_tss());
    vmwrite(HOST_GDTR_BASE, (uintptr_t)gdt);
    vmwrite(HOST_IDTR_BASE, descriptors_idt());
    vmwrite(HOST_RIP, (uintptr_t)vmx_exit);
}

/* Fields that are 0 for every guest and its host: a VMCS begins with anything. */
static void write_zeros(void)
{
    static const uint16_t fields[] = {
        PF_MASK,
        PF_MATCH,
        CR3_TARGETS,
        EXIT_MSR_STORES,
        EXIT_MSR_LOADS,
        ENTRY_MSR_LOADS,
        ENTRY_INTERRUPTION,
        CR0_MASK,
        CR4_MASK,
        CR0_SHADOW,
        CR4_SHADOW,
        GUEST_DEBUGCTL,
        GUEST_GDTR_LIMIT,
        GUEST_IDTR_LIMIT,
        GUEST_GDTR_BASE,
        GUEST_IDTR_BASE,
        GUEST_INTERRUPTIBILITY,
        GUEST_ACTIVITY,
        GUEST_SYSENTER_CS,
        GUEST_SYSENTER_ESP,
        GUEST_SYSENTER_EIP,
        GUEST_PENDING_DEBUG,
        GUEST_RSP,
        HOST_ES_SELECTOR,
        HOST_DS_SELECTOR,
        HOST_FS_SELECTOR,
        HOST_GS_SELECTOR,
        HOST_FS_BASE,
        HOST_GS_BASE,
        HOST_SYSENTER_CS,
        HOST_SYSENTER_ESP,
        HOST_SYSENTER_EIP,
    };

    for (uint32_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        vmwrite(fields[i], 0);
}

static void segment(enum vmcs_segment s, uint32_t selector, uint32_t rights, uint32_t limit)
{
    vmwrite(GUEST_ES_SELECTOR + 2u * s, selector);
    vmwrite(GUEST_ES_LIMIT + 2u * s, limit);
    vmwrite(GUEST_ES_RIGHTS + 2u * s, rights);
    vmwrite(GUEST_ES_BASE + 2u * s, 0);
}

static bool begin(void)
{
    if (!(machine.leaf1_ecx & LEAF1_ECX_VMX) || !switch_on() || !write_controls())
        return false;
    write_zeros();
    write_host();
    vmwrite(LINK_POINTER, ~0ull);
    vmwrite(GUEST_DR7, DR7_ALWAYS);
    for (uint32_t s = SEGMENT_ES; s < SEGMENT_LDTR; s++)
        segment((enum vmcs_segment)s, SEL_DATA_U, RIGHTS_DATA | DPL(3), ~0u);
    segment(SEGMENT_LDTR, 0, RIGHTS_UNUSABLE, 0);
    segment(SEGMENT_TR, SEL_TSS, RIGHTS_TSS, 103);
    return true;
}

/* From the machine's memory: guest-physical addresses agree with it in their low bits (blob.h). */
static void write_pdptes(const struct blob_state *state)
{
    const volatile uint64_t *pdpt = memory_at((uint32_t)state->cr3 & (PROBE_GUEST_SPAN - 1) &
                                              ~0x1fu);

    for (uint32_t i = 0; i < 4; i++)
        vmwrite(GUEST_PDPTE + 2 * i, pdpt[i]);
}

static void load(const struct blob_state *state, const struct guest *guest)
{
    segment(SEGMENT_CS, guest->cs, (guest->is_64 ? RIGHTS_CODE64 : RIGHTS_CODE32) | DPL(guest->cpl),
            ~0u);
    segment(SEGMENT_SS, guest->cpl ? SEL_DATA_U : SEL_DATA, RIGHTS_DATA | DPL(guest->cpl), ~0u);
    vmwrite(ENTRY_CONTROLS, entry_controls | (guest->is_64 ? ENTRY_GUEST_64 : 0));
    vmwrite(GUEST_CR0, state->cr0 | CR0_NE);
    vmwrite(GUEST_CR3, state->cr3);
    vmwrite(GUEST_CR4, state->cr4 | CR4_VMXE);
    vmwrite(GUEST_EFER, guest->efer);
    if (loads_pat)
        vmwrite(GUEST_PAT, state->pat ? state->pat : own.pat);
    vmwrite(GUEST_RFLAGS, RFLAGS_ALWAYS | (uint64_t)guest->ac << AC_BIT);
    vmwrite(GUEST_RIP, guest->ip);
    vmwrite(EPT_POINTER, state->second);
    if (!guest->is_64 && state->cr0 & CR0_PG && state->cr4 & CR4_PAE)
        write_pdptes(state);
}

/* False if the pointer is one that does not exist; entry will say so, too. */
static void invept(uint64_t eptp)
{
    struct {
        uint64_t eptp, zero;
    } descriptor = { eptp, 0 };

    ASM("invept %0, %1" : : "m"(descriptor), "r"(invept_type) : "cc", "memory");
}

static void exited(const struct blob_access *access, const struct guest *guest, uint64_t ax,
                   struct result *ret)
{
    uint32_t reason = (uint32_t)vmread(EXIT_REASON);
    uint64_t qualification = vmread(QUALIFICATION);

    if (reason == REASON_EXCEPTION) {
        uint32_t interruption = (uint32_t)vmread(EXIT_INTERRUPTION);
        struct landing landing = { .vector = interruption & VECTOR_MASK,
                                   .ip = vmread(GUEST_RIP),
                                   .ax = ax,
                                   .cr2 = qualification };

        if (interruption & HAS_ERROR_CODE)
            landing.code = (uint32_t)vmread(EXIT_ERROR_CODE);
        access_landed(access, guest->ip, &landing, ret);
        return;
    }
    ret->outcome = reason & REASON_FAILED ? RESULT_ENTRY : RESULT_EXIT;
    ret->code = reason;
    ret->value = qualification;
    if (reason == REASON_EPT_VIOLATION || reason == REASON_EPT_MISCONFIG)
        ret->address = vmread(GUEST_PHYSICAL);
    if (reason == REASON_EPT_VIOLATION && qualification & QUALIFICATION_LINEAR)
        ret->linear = vmread(GUEST_LINEAR);
    /* A misconfiguration has no qualification: the field is left as it was. */
    if (reason == REASON_EPT_MISCONFIG)
        ret->value = 0;
}

static bool is_nmi(void)
{
    return vmread(EXIT_REASON) == REASON_EXCEPTION &&
           (vmread(EXIT_INTERRUPTION) & VECTOR_MASK) == VECTOR_NMI;
}

static void access(const struct blob_state *state, const struct blob_access *access,
                   struct result *ret)
{
    struct guest guest;
    uint64_t ax;

    guest_make(state, access, &guest);
    load(state, &guest);
    state_load_pkru(state);
    plant_late();
    do {
        invept(state->second);
        if (vmx_run(launched, access->va, PROBE_STORE, &ax)) {
            ret->outcome = RESULT_ENTRY;
            ret->code = (uint32_t)vmread(INSTRUCTION_ERROR);
            return;
        }
        /* An entry that fails late leaves the VMCS as it was. */
        launched = launched || !(vmread(EXIT_REASON) & REASON_FAILED);
    } while (is_nmi());
    exited(access, &guest, ax, ret);
}

const struct stage stage_ept = { begin, access };
