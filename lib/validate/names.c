/* names.c - MMUs and suites by their names. */
#include "validate/names.h"

#include <stdio.h>
#include <string.h>

#include "validate/campaign.h"

static const char *const suite_texts[NR_ALL_SUITES] = {
    [SUITE_2LEVEL] = "32-bit paging, with and without pages of 4M.",
    [SUITE_PAE] = "PAE paging.",
    [SUITE_4LEVEL] = "4-level paging.",
    [SUITE_5LEVEL] = "5-level paging.",
    [SUITE_EPT] = "Guests of every format under EPT.",
    [SUITE_NPT] = "Guests of every format under AMD's nested paging.",
    [SUITE_NPT_PAE] = "32-bit guests under nested paging by a host that pages by PAE.",
    [SUITE_NPT_2LEVEL] = "32-bit guests under nested paging by a host with 2 levels.",
    [SUITE_USER] = "A process's own mappings, in user mode: for the MMU cpu.",
};

static const char *const gaps[] = {
    "Nested paging by hosts in 5-level paging; EPT with a page-walk length of 5: no MMU here has "
    "them.",
    "Nested paging by hosts with 2 levels on more than one MMU: Bochs has it, while QEMU takes a "
    "guest's physical addresses for the machine's then.",
    "64-bit guests of hosts that are not in long mode: the 32-bit probe image has no code for "
    "them.",
    "Protection keys of supervisor pages (PKS), shadow stacks (CET) and EPT's rights for them, "
    "mode-based execute control for EPT: no MMU here has them.",
    "Accesses at CPL 1 and 2, and the processor's own accesses to descriptor tables and TSSs.",
    "Caches: each access begins with empty TLBs and paging-structure caches.",
    "Memory types: which one holds cannot be seen from within a machine.",
    "Both stages in hardware: KVM gives its guests' first stage to the hardware, while EPT and "
    "nested paging are asked of emulators, unless a machine is booted from a disk "
    "(--write-disk).",
};

const char *xenpt_validate_gap(unsigned int i)
{
    return i < sizeof(gaps) / sizeof(gaps[0]) ? gaps[i] : NULL;
}

bool xenpt_validate_suite(unsigned int i, struct xenpt_validate_suite *ret)
{
    if (i >= NR_ALL_SUITES)
        return false;
    ret->name = i == SUITE_USER ? "user" : suite_name(i);
    ret->text = suite_texts[i];
    return true;
}

bool xenpt_validate_mmu(unsigned int i, struct xenpt_validate_mmu *ret)
{
    const struct mmu *mmu = mmu_row(i);

    if (mmu)
        *ret = (struct xenpt_validate_mmu){ mmu->name, mmu->text, mmu->usual };
    return mmu;
}

/* A name without its model stands for the usual ones. */
static bool means(const char *name, const char *mmu, bool usual)
{
    size_t n = strlen(name);

    return !strncmp(mmu, name, n) && (!mmu[n] || (mmu[n] == ':' && usual));
}

bool names_have_mmu(const char *const *names, size_t nr, const char *mmu, bool usual)
{
    for (size_t i = 0; i < nr; i++)
        if (means(names[i], mmu, usual))
            return true;
    return false;
}

static enum xenpt_code check_mmus(const char *const *names, size_t nr, struct xenpt_error *err)
{
    char all[256] = "";

    for (size_t i = 0; i < nr; i++) {
        struct xenpt_validate_mmu mmu;
        bool known = false;

        all[0] = '\0';
        for (unsigned int m = 0; xenpt_validate_mmu(m, &mmu); m++) {
            size_t n = strlen(all);

            known = known || means(names[i], mmu.name, mmu.usual);
            snprintf(all + n, sizeof(all) - n, "%s%s", m ? ", " : "", mmu.name);
        }
        if (!known)
            return xenpt_fail(err, XENPT_EPARSE, "there is no MMU '%s'; there are %s", names[i],
                              all);
    }
    return XENPT_OK;
}

static enum xenpt_code find_suite(const char *name, unsigned int *suites, struct xenpt_error *err)
{
    struct xenpt_validate_suite suite;
    char all[128] = "";

    for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++) {
        size_t n = strlen(all);

        if (!strcmp(suite.name, name)) {
            *suites |= 1u << s;
            return XENPT_OK;
        }
        snprintf(all + n, sizeof(all) - n, "%s%s", s ? ", " : "", suite.name);
    }
    return xenpt_fail(err, XENPT_EPARSE, "there is no suite '%s'; there are %s", name, all);
}

enum xenpt_code names_check(const struct xenpt_validate_options *opt, unsigned int *suites,
                            struct xenpt_error *err)
{
    enum xenpt_code code = check_mmus(opt->mmus, opt->nr_mmus, err);

    if (!code)
        code = check_mmus(opt->require, opt->nr_require, err);
    *suites = opt->nr_suites ? 0 : (1u << NR_ALL_SUITES) - 1;
    for (size_t i = 0; !code && i < opt->nr_suites; i++)
        code = find_suite(opt->suites[i], suites, err);
    return code;
}
