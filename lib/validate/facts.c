/* facts.c - from what CPUID and MSRs say to what the model and the suites need. */
#include <string.h>

#include "validate/machine.h"

static bool bit(uint64_t word, unsigned int n)
{
    return word >> n & 1;
}

/* IA32_VMX_EPT_VPID_CAP; Intel SDM vol. 3, A.10. */
static void ept_facts(struct xenpt_cpu *cpu, uint64_t cap)
{
    cpu->ept_exec_only = bit(cap, 0);
    cpu->ept_5level = bit(cap, 7);
    cpu->ept_2m_pages = bit(cap, 16);
    cpu->ept_gb_pages = bit(cap, 17);
    cpu->ept_ad = bit(cap, 21);
    cpu->ept_advanced_info = bit(cap, 22);
    cpu->ept_sss = bit(cap, 23);
}

struct xenpt_cpu machine_cpu(const struct results_machine *m)
{
    struct xenpt_cpu cpu = {
        .vendor = memcmp(m->vendor, "GenuineIntel", 12) ? XENPT_AMD : XENPT_INTEL,
        .maxphyaddr = (uint8_t)m->ext8_eax,
        .nx = bit(m->ext1_edx, 20),
        .gb_pages = bit(m->ext1_edx, 26),
        .pse36 = bit(m->leaf1_edx, 17),
        .pcid = bit(m->leaf1_ecx, 17),
        .smep = bit(m->leaf7_ebx, 7),
        .smap = bit(m->leaf7_ebx, 20),
        .pku = bit(m->leaf7_ecx, 3),
        .cet_ss = bit(m->leaf7_ecx, 7),
        .la57 = bit(m->leaf7_ecx, 16),
        .pks = bit(m->leaf7_ecx, 31),
    };

    ept_facts(&cpu, m->vmx_ept_vpid);
    /* Without leaf 0x80000008: Intel SDM vol. 3, "Enumeration of Paging Features by CPUID". */
    if (cpu.maxphyaddr < 32 || cpu.maxphyaddr > 52)
        cpu.maxphyaddr = bit(m->leaf1_edx, 6) || cpu.pse36 ? 36 : 32;
    return cpu;
}

/* Suites of a program that this library was built without. */
static unsigned int without_image(void)
{
    unsigned int suites = 0;

    for (unsigned int s = 0; s < NR_SUITES; s++) {
        const struct probe_image *image = suite_flags(s) & BLOB_32 ? &probe_image_32
                                                                   : &probe_image_64;

        if (!image->size)
            suites |= 1u << s;
    }
    return suites;
}

unsigned int session_suites(const struct mmu_session *session)
{
    return session->mmu->suites & machine_suites(&session->machine) & ~without_image();
}

unsigned int machine_suites(const struct results_machine *m)
{
    bool long_mode = bit(m->ext1_edx, 29);
    /* Page-walk length 4 and write-back tables. */
    bool ept = bit(m->leaf1_ecx, 5) && bit(m->vmx_ept_vpid, 6) && bit(m->vmx_ept_vpid, 14);
    bool npt = bit(m->ext1_ecx, 2) && bit(m->svm_edx, 0);
    unsigned int suites = 1u << SUITE_2LEVEL;

    if (bit(m->leaf1_edx, 6))
        suites |= 1u << SUITE_PAE;
    /* By a host that is not in long mode, and pages all the same. */
    if (npt && suites >> SUITE_PAE & 1)
        suites |= 1u << SUITE_NPT_PAE;
    if (npt)
        suites |= 1u << SUITE_NPT_2LEVEL;
    if (!long_mode)
        return suites;
    suites |= 1u << SUITE_4LEVEL;
    if (bit(m->leaf7_ecx, 16))
        suites |= 1u << SUITE_5LEVEL;
    if (ept)
        suites |= 1u << SUITE_EPT;
    if (npt)
        suites |= 1u << SUITE_NPT;
    return suites;
}
