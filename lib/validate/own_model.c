/* own_model.c - what the model says of a process's accesses. */
#include <cpuid.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "validate/machine.h"
#include "validate/own_cpu.h"

#define VECTOR_GP 13
#define VECTOR_PF 14
#define CR4_OSPKE XENPT_BIT(4) /* CPUID.7.ECX: the system has set CR4.PKE. */

static void read_cpuid(struct results_machine *m)
{
    uint32_t a, b, c, d;

    if (__get_cpuid(0, &a, &b, &c, &d)) {
        memcpy(m->vendor, &b, 4);
        memcpy(m->vendor + 4, &d, 4);
        memcpy(m->vendor + 8, &c, 4);
    }
    __get_cpuid(1, &m->leaf1_eax, &b, &m->leaf1_ecx, &m->leaf1_edx);
    __get_cpuid_count(7, 0, &a, &m->leaf7_ebx, &m->leaf7_ecx, &m->leaf7_edx);
    __get_cpuid(0x80000001, &a, &b, &m->ext1_ecx, &m->ext1_edx);
    __get_cpuid(0x80000008, &m->ext8_eax, &b, &c, &d);
}

/* Linux gives addresses beyond 47 bits to whoever asks for one, where there are any. */
static bool uses_la57(void)
{
    void *wanted = (void *)(uintptr_t)XENPT_BIT(52);
    void *page = mmap(wanted, OWN_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool far = page != MAP_FAILED && (uintptr_t)page >> 47;

    if (page != MAP_FAILED)
        munmap(page, OWN_PAGE);
    return far;
}

void own_machine(struct own_machine *ret)
{
    *ret = (struct own_machine){ .la57 = uses_la57() };
    read_cpuid(&ret->machine);
    ret->cpu = machine_cpu(&ret->machine);
    ret->cpu.la57 = ret->cpu.la57 || ret->la57;
    ret->regs = (struct xenpt_regs){
        .cr0 = XENPT_CR0_PE | XENPT_CR0_WP | XENPT_CR0_PG,
        .cr4 = XENPT_CR4_PAE | (ret->la57 ? XENPT_CR4_LA57 : 0) |
               (ret->machine.leaf7_ecx & CR4_OSPKE ? XENPT_CR4_PKE : 0),
        .efer = XENPT_EFER_LMA | XENPT_EFER_LME | XENPT_EFER_NXE,
    };
}

/* One page's share of an access. */
static struct own_outcome part(const struct xenpt_paging *paging, const struct xenpt_reader *mem,
                               const struct own_access *access, uint64_t va,
                               enum xenpt_rule_id *rule)
{
    static const enum xenpt_access_kind kinds[] = { XENPT_READ, XENPT_WRITE, XENPT_WRITE,
                                                    XENPT_FETCH };
    struct xenpt_access asked = { .kind = kinds[access->kind & 3], .cpl = 3 };
    struct own_outcome ret = { .made = 1 };
    struct xenpt_verdict verdict;
    struct xenpt_walk walk;

    xenpt_walk(paging, mem, va, &walk);
    xenpt_judge(paging, &walk, &asked, &verdict);
    *rule = verdict.rule;
    if (verdict.allowed)
        return ret;
    ret.signal = SIGSEGV;
    ret.vector = verdict.fault.vector;
    ret.code = (uint32_t)verdict.fault.code;
    ret.address = verdict.fault.vector == VECTOR_PF ? va : 0;
    return ret;
}

void own_expect(const struct xenpt_paging *paging, const struct xenpt_reader *mem,
                const struct own_access *access, struct own_expected *ret)
{
    uint64_t last = access->va + (access->kind == ACCESS_FETCH ? 0 : access->size - 1u);
    uint64_t next = last & ~(OWN_PAGE - 1);
    enum xenpt_rule_id rule;

    *ret = (struct own_expected){ 0 };
    ret->outcome = part(paging, mem, access, access->va, &ret->rule);
    /* Linux hides from a program what is mapped in its own half. */
    if (access->va >> 63)
        ret->code_free = XENPT_PF_P;
    if (access->va / OWN_PAGE == last / OWN_PAGE)
        return;
    ret->other = part(paging, mem, access, next, &rule);
    if (!ret->outcome.signal) {
        ret->outcome = ret->other;
        ret->rule = rule;
    } else {
        ret->either = ret->other.signal;
    }
}

static bool same(const struct own_outcome *a, const struct own_outcome *b, uint32_t code_free)
{
    if (a->signal != b->signal)
        return false;
    /* CR2 means something after a #PF only. */
    return !a->signal || (a->vector == b->vector && !((a->code ^ b->code) & ~code_free) &&
                          (a->vector != VECTOR_PF || a->address == b->address));
}

bool own_agrees(const struct own_expected *expected, const struct own_outcome *outcome)
{
    return same(&expected->outcome, outcome, expected->code_free) ||
           (expected->either && same(&expected->other, outcome, expected->code_free));
}
