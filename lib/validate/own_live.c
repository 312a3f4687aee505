/*
 * own_live.c - a process's live page tables, found in the machine's memory and walked.
 *
 * Nothing of the kernel's structures is known, nor needed: tables are recognised by what they
 * hold.  The frames of our pages are known, so the page of memory that has them in the right
 * slots is their L1 table; the one that has that table's frame in the right slot is the L2
 * table; and so up to the root.  Each step looks at one entry of each page of the machine.
 */
#include "validate/own_live.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS (((UINT64_C(1) << 52) - 1) & ~(OWN_PAGE - 1))
#define P_RW_US UINT64_C(7)
#define P_US    UINT64_C(5)
#define NX      XENPT_BIT(63)
#define FOUND   16 /* Candidates that are kept at each level. */
#define SURE    8  /* Entries that make an L1 table ours. */

struct found {
    size_t nr;
    uint64_t table[FOUND];
    bool nx[FOUND]; /* The entry that made it one has NX. */
};

static unsigned int slot(uint64_t va, unsigned int level)
{
    return va >> (12 + 9 * (level - 1)) & 511;
}

static bool has_frame(const struct own_ground *g, unsigned int page)
{
    return g->frame[page] && own_kind_of(page) != OWN_NONE && own_kind_of(page) != OWN_ABSENT;
}

/* Whether the table at @at has the frames of our pages, as far as they lie in one table. */
static bool is_l1(const struct kcore *kcore, const struct own_ground *g, uint64_t at)
{
    unsigned int matches = 0;

    for (unsigned int i = 0; i < OWN_PAGES; i++) {
        uint64_t va = g->pages + i * OWN_PAGE, entry;

        if (va / OWN_LARGE != g->pages / OWN_LARGE)
            break;
        if (!has_frame(g, i))
            continue;
        if (!xenpt_read(&kcore->reader, at + slot(va, 1) * 8, &entry, 8) ||
            (entry & P_US) != P_US || (entry & ADDRESS) != g->frame[i] * OWN_PAGE)
            return false;
        matches++;
    }
    return matches >= SURE;
}

static bool leads_to(uint64_t entry, const struct found *below)
{
    for (size_t i = 0; i < below->nr; i++)
        if ((entry & P_RW_US) == P_RW_US && (entry & ADDRESS) == below->table[i])
            return true;
    return false;
}

/* Pages of memory that are tables of this level: those that lead to one of @below. */
static void find(const struct kcore *kcore, const struct own_ground *g, unsigned int level,
                 const struct found *below, struct found *ret)
{
    unsigned int first = 0;
    uint64_t offset, entry;

    while (first < OWN_PAGES - 1 && !has_frame(g, first))
        first++;
    offset = slot(level == 1 ? g->pages + first * OWN_PAGE : g->pages, level) * 8;
    ret->nr = 0;
    for (size_t r = 0; r < kcore->nr_runs; r++)
        for (uint64_t i = 0; i < kcore->run[r].size && ret->nr < FOUND; i += OWN_PAGE) {
            uint64_t at = kcore->run[r].first + i;

            if (!xenpt_read(&kcore->reader, at + offset, &entry, 8))
                continue;
            if (level == 1 ? (entry & ADDRESS) != g->frame[first] * OWN_PAGE || !is_l1(kcore, g, at)
                           : !leads_to(entry, below))
                continue;
            ret->nx[ret->nr] = entry & NX;
            ret->table[ret->nr++] = at;
        }
}

uint64_t own_live_root(const struct kcore *kcore, const struct own_ground *g, unsigned int levels)
{
    struct found below = { 0 }, found = { 0 };

    for (unsigned int level = 1; level <= levels; level++) {
        find(kcore, g, level, &below, &found);
        below = found;
    }
    /* A kernel that unmaps itself from programs has a second root for its own use, which lets
     * nobody execute them. */
    for (size_t i = 0; i < found.nr; i++)
        if (!found.nx[i])
            return found.table[i];
    return 0;
}

static void compare(const struct xenpt_paging *paging, const struct kcore *kcore,
                    const struct own_ground *g, struct own_report *ret)
{
    for (uint32_t i = 0; i < g->nr_accesses; i++) {
        struct own_expected expected;

        if (!g->outcome[i].made)
            continue;
        own_expect(paging, &kcore->reader, &g->access[i], &expected);
        ret->live++;
        ret->live_differing += !own_agrees(&expected, &g->outcome[i]);
    }
    for (unsigned int i = 0; i < OWN_PAGES; i++) {
        struct xenpt_walk walk;

        if (!has_frame(g, i))
            continue;
        xenpt_walk(paging, &kcore->reader, g->pages + i * OWN_PAGE, &walk);
        ret->live++;
        ret->live_differing += walk.outcome != XENPT_MAPPED || walk.out != g->frame[i] * OWN_PAGE;
    }
}

void own_live_check(const char *path, const struct own_ground *g, struct own_report *ret)
{
    struct xenpt_error err = { 0 };
    struct xenpt_regs regs = ret->machine.regs;
    struct xenpt_paging paging;
    struct kcore kcore;

    if (!g->has_frames) {
        snprintf(ret->no_live, sizeof(ret->no_live), "%s", ret->no_frames);
        return;
    }
    if (kcore_open(path, &kcore, &err)) {
        snprintf(ret->no_live, sizeof(ret->no_live), "%.150s", err.text);
        return;
    }
    regs.cr3 = own_live_root(&kcore, g, ret->machine.la57 ? 5 : 4);
    if (!regs.cr3)
        snprintf(ret->no_live, sizeof(ret->no_live), "no page tables of ours are in %.100s", path);
    else if (xenpt_paging_init(&paging, &ret->machine.cpu, &regs, &err))
        snprintf(ret->no_live, sizeof(ret->no_live), "%.150s", err.text);
    else
        compare(&paging, &kcore, g, ret);
    kcore_close(&kcore);
}
