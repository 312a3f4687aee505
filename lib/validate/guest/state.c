/*
 * state.c - into a state, and back by way of an exception.
 *
 * Each access has to find empty TLBs.  The image's own state has neither CR4.PGE nor CR4.PCIDE,
 * so leaving a state that has one of them drops global entries and those of all PCIDs; leaving
 * any other state, the write to CR3 (or, in 32-bit mode, to CR0.PG) drops everything.  And in
 * its own state the image maps no address that belongs to a case.
 */
#include "state.h"
#include "cpu.h"
#include "descriptors.h"
#include "machine.h"
#include "selectors.h"
#include "stop.h"

#define EFLAGS_ALWAYS 0x2u
#define EFLAGS_AC_BIT 18
#define VECTOR_MC     18u

enum phase {
    PHASE_OWN, /* An exception now is the image's own fault. */
    PHASE_LOADING,
    PHASE_ACCESS,
};

struct registers own;

static struct registers now; /* What is loaded. */
static volatile enum phase phase;
static struct landing landed;

/* probe64.S, probe32.S */
void attempt(void (*f)(void *), void *arg);
__attribute__((noreturn)) void resume(void);

/* What an exception leaves on the stack, below it what trap_common does. */
struct trap {
    uintptr_t ax, vector, code, ip;
};

__attribute__((noreturn)) void trap(const struct trap *trap);

static void load_cr4(uintptr_t cr4)
{
    if (cr4 == now.cr4)
        return;
    write_cr4(cr4);
    now.cr4 = cr4;
}

static void load_cr0(uintptr_t cr0)
{
    if (cr0 == now.cr0)
        return;
    write_cr0(cr0);
    now.cr0 = cr0;
}

static void load_pat(uint64_t pat)
{
    if (pat == now.pat)
        return;
    wrmsr(MSR_PAT, pat);
    now.pat = pat;
}

static void load_efer(uint64_t efer)
{
    if (efer == now.efer)
        return;
    wrmsr(MSR_EFER, efer);
    now.efer = efer;
}

void state_own_efer(uint64_t more)
{
    own.efer |= more;
    load_efer(own.efer);
}

void state_own_cr4(uintptr_t more)
{
    own.cr4 |= more;
    load_cr4(own.cr4);
}

/* It can be written where CR4.PKE is set, and stays. */
void state_load_pkru(const struct blob_state *state)
{
    if (!(state->cr4 & CR4_PKE) || !(machine.leaf7_ecx & LEAF7_ECX_PKU))
        return;
    load_cr4(own.cr4 | CR4_PKE);
    wrpkru(state->pkru);
    load_cr4(own.cr4);
}

/* By IRET, whatever the privilege. */
__attribute__((noreturn)) static void go(const struct target *target)
{
    uintptr_t flags = EFLAGS_ALWAYS | (uintptr_t)target->ac << EFLAGS_AC_BIT;
    uintptr_t store = (uintptr_t)PROBE_STORE;

#ifdef __x86_64__
    ASM("mov %%rsp, %%rcx\n\t"
        "push %[ss]\n\t"
        "push %%rcx\n\t"
        "push %[flags]\n\t"
        "push %[cs]\n\t"
        "push %[ip]\n\t"
        "iretq"
        :
        : "a"(store), "D"(target->di), [ss] "r"((uintptr_t)(target->cpl ? SEL_DATA_U : SEL_DATA)),
          [cs] "r"((uintptr_t)(target->cpl ? SEL_CODE64_U : SEL_CODE64)), [flags] "r"(flags),
          [ip] "r"(target->ip)
        : "rcx", "memory");
#else
    if (target->cpl)
        ASM("push %0\n\tpush %%esp" : : "i"(SEL_DATA_U) : "memory");
    ASM("push %[flags]\n\t"
        "push %[cs]\n\t"
        "push %[ip]\n\t"
        "iretl"
        :
        : "a"(store),
          "D"(target->di), [cs] "r"((uintptr_t)(target->cpl ? SEL_CODE32_U : SEL_CODE32)),
          [flags] "r"(flags), [ip] "r"(target->ip)
        : "memory");
#endif
    __builtin_unreachable();
}

/*
 * The order is one that serves both images: in the 32-bit one paging begins with CR0.  LMA only
 * tells; VMX and SVM hosts cannot give up VMXE, NE, SVME.
 */
__attribute__((noreturn)) static void enter(void *arg)
{
    const struct target *target = arg;
    const struct blob_state *state = target->state;
    uintptr_t host = own.cr4 & CR4_VMXE;

    load_cr4((uintptr_t)state->cr4 | host);
    if (state->cr4 & CR4_PKE)
        wrpkru(state->pkru);
    load_pat(state->pat ? state->pat : own.pat);
    load_efer(state->efer | (own.efer & (EFER_LMA | EFER_SVME)));
    write_cr3((uintptr_t)state->cr3);
    load_cr0((uintptr_t)state->cr0 | (host ? CR0_NE : 0));
    plant_late();
    phase = PHASE_ACCESS;
    go(target);
}

void state_enter(const struct target *target, struct landing *ret)
{
    phase = PHASE_LOADING;
    attempt(enter, (void *)(uintptr_t)target);
    *ret = landed;
}

/* Comes here on the tables of the case, which have the image in them. */
void trap(const struct trap *trap)
{
    if (phase == PHASE_OWN)
        stop_at_exception((uint32_t)trap->vector, (uint32_t)trap->code, trap->ip);
    landed = (struct landing){ .loading = phase == PHASE_LOADING,
                               .vector = (uint32_t)trap->vector,
                               .code = (uint32_t)trap->code,
                               .ip = trap->ip,
                               .ax = trap->ax,
                               .cr2 = read_cr2() };
    load_cr0(own.cr0);
    write_cr3(own.cr3);
    load_cr4(own.cr4);
    load_efer(own.efer);
    load_pat(own.pat);
    if (landed.vector == VECTOR_MC)
        wrmsr(MSR_MCG_STATUS, 0); /* Or the next one shuts the machine down. */
    phase = PHASE_OWN;
    resume();
}

void state_init(void)
{
    own.cr0 = read_cr0();
    own.cr3 = read_cr3();
    own.cr4 = read_cr4();
#ifdef __x86_64__
    own.efer = rdmsr(MSR_EFER);
#endif
    own.pat = rdmsr(MSR_PAT);
    now = own;
    descriptors_init();
}
