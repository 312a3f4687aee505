/* words.c - every word that a layout file can use for something, once, and what it means. */
#include <stdio.h>

#include "layout/schema.h"
#include "xenpt/layout_diff.h"

static const struct xenpt_word kinds[XENPT_NR_ROOT_KINDS] = {
    [XENPT_ROOT_IDLE] = { "idle", "Xen's own table, idle_pg_table, which idle CPUs run on" },
    [XENPT_ROOT_PV64_KERNEL] = { "pv64-kernel", "a 64-bit PV guest's L4, for its kernel" },
    [XENPT_ROOT_PV64_USER] = { "pv64-user", "a 64-bit PV guest's L4, for its user mode" },
    [XENPT_ROOT_PV64_SHADOW] = { "pv64-shadow", "Xen's shadow of a 64-bit PV guest's L4" },
    [XENPT_ROOT_PV32] = { "pv32", "Xen's L4 for a vCPU of a 32-bit PV guest" },
    [XENPT_ROOT_XPTI] = { "xpti", "a CPU's own L4, while a 64-bit PV guest executes under XPTI" },
    [XENPT_ROOT_HAP] = { "hap", "the monitor table of an HVM or PVH vCPU under HAP" },
    [XENPT_ROOT_SHADOW] = { "shadow", "the monitor table of an HVM vCPU under shadow paging" },
    [XENPT_ROOT_LINUX_KERNEL] = { "linux-kernel", "a Linux process, in kernel mode" },
    [XENPT_ROOT_LINUX_USER] = { "linux-user", "a Linux process, in user mode under PTI" },
};

#define KIND(name) (1u << XENPT_ROOT_##name)
#define PV         (KIND(PV64_KERNEL) | KIND(PV64_USER) | KIND(PV64_SHADOW) | KIND(PV32))

static const struct word_group kind_groups[] = {
    { "pv64", "pv64-kernel, pv64-user, pv64-shadow", PV & ~KIND(PV32) },
    { "pv", "pv64 and pv32", PV },
    { "hvm", "hap and shadow", KIND(HAP) | KIND(SHADOW) },
    { "guests", "pv and hvm", PV | KIND(HAP) | KIND(SHADOW) },
    { "xen", "idle, pv and hvm: all of Xen's but xpti",
      PV | KIND(HAP) | KIND(SHADOW) | KIND(IDLE) },
    { "linux", "linux-kernel and linux-user", KIND(LINUX_KERNEL) | KIND(LINUX_USER) },
};

static const struct xenpt_word conditions[XENPT_NR_CONDITIONS] = {
    [XENPT_IF_PV32] = { "pv32-build", "Xen is built with 32-bit PV" },
    [XENPT_IF_DEBUG] = { "debug", "Xen is a debug build" },
    [XENPT_IF_HYPERV_GUEST] = { "hyperv-guest", "Xen itself runs on Hyper-V, and is built to" },
    [XENPT_IF_SUPERPAGES] = { "superpages", "allowsuperpage is on Xen's command line" },
    [XENPT_IF_MMCFG] = { "mmcfg", "the host has PCI configuration space in memory (MMCFG)" },
    [XENPT_IF_HIGH_RAM] = { "high-ram", "there is RAM above what PV's directmap reaches" },
    [XENPT_IF_RAN_PV] = { "ran-pv", "the CPU has run a vCPU of a PV guest" },
    [XENPT_IF_M2P_STRICT] = { "m2p-strict", "the guest asked for m2p_strict" },
    [XENPT_IF_PAE_GUEST] = { "pae-guest", "the guest under shadow paging has 2 or 3 levels" },
    [XENPT_IF_PTI] = { "pti", "Linux isolates its page tables (PTI)" },
    [XENPT_IF_KASAN] = { "kasan", "Linux is built with KASAN" },
};

static const struct xenpt_word fills[XENPT_NR_FILLS] = {
    [XENPT_FILL_NONE] = { "none", "nothing is mapped" },
    [XENPT_FILL_GUEST] = { "guest", "the guest, or a program, maps what it likes" },
    [XENPT_FILL_RAM] = { "ram", "each byte of RAM, at its machine address from the first byte on" },
    [XENPT_FILL_M2P] = { "m2p", "an entry for each frame of RAM: machine to guest's frame" },
    [XENPT_FILL_FRAMETABLE] = { "frametable", "a struct page_info for each frame of RAM" },
    [XENPT_FILL_MMCFG] = { "mmcfg", "PCI configuration space" },
    [XENPT_FILL_SELF] = { "self", "the root table itself: a linear page table" },
    [XENPT_FILL_SHADOW] = { "shadow", "the shadow in use: a linear page table" },
    [XENPT_FILL_DOMAIN] = { "domain", "pages of the domain; what is inside says which" },
    [XENPT_FILL_MIRROR] = { "mirror", "what another area has: the same entry stands in both" },
    [XENPT_FILL_IMAGE] = { "image", "the image of the hypervisor, or of the kernel" },
    [XENPT_FILL_DEMAND] = { "demand", "whatever code asks to have mapped" },
    [XENPT_FILL_FIXED] = { "fixed", "pages whose place is fixed; the parts say which" },
    [XENPT_FILL_INSIDE] = { "inside", "only what the areas inside of it say" },
};

static const struct xenpt_word sharings[XENPT_NR_SHARINGS] = {
    [XENPT_SHARED_UNSTATED] = { "unstated", "the layout does not say" },
    [XENPT_SHARED_MACHINE] = { "machine", "one for the machine; all roots lead to it" },
    [XENPT_SHARED_DOMAIN] = { "domain", "one for each domain, of all its vCPUs" },
    [XENPT_SHARED_ROOT] = { "root", "one for each root" },
    [XENPT_SHARED_CPU] = { "cpu", "one for each physical CPU" },
    [XENPT_SHARED_XPTI] = { "xpti", "one for the XPTI roots of all CPUs" },
    [XENPT_SHARED_GUEST] = { "guest", "the guest's own; it decides" },
};

static const struct xenpt_word eaches[XENPT_NR_EACH] = {
    [XENPT_EACH_ONCE] = { "once", "it is not repeated" },
    [XENPT_EACH_VCPU] = { "vcpu", "for each vCPU of the domain, from number 0 on" },
    [XENPT_EACH_CPU] = { "cpu", "for each physical CPU, from number 0 on" },
};

static const struct xenpt_word livepatches[XENPT_NR_LIVEPATCH] = {
    [XENPT_LIVEPATCH_NONE] = { "none", "there is none" },
    [XENPT_LIVEPATCH_ROUNDED] = { "rounded", "at the end of the image, rounded up to 2M" },
    [XENPT_LIVEPATCH_END] = { "end", "in the first page after the image" },
};

#define SET(rows)                                                                                  \
    {                                                                                              \
        (rows), ARRAY_SIZE(rows), NULL, 0                                                          \
    }

const struct words kind_words = { kinds, ARRAY_SIZE(kinds), kind_groups, ARRAY_SIZE(kind_groups) };
const struct words condition_words = SET(conditions);
const struct words fill_words = SET(fills);
const struct words sharing_words = SET(sharings);
const struct words each_words = SET(eaches);
const struct words livepatch_words = SET(livepatches);

static const struct xenpt_word *word_at(const struct words *words, size_t i)
{
    return &words->rows[i < words->nr ? i : 0];
}

const struct xenpt_word *xenpt_root_kind_word(enum xenpt_root_kind kind)
{
    return word_at(&kind_words, kind);
}

const struct xenpt_word *xenpt_condition_word(enum xenpt_condition condition)
{
    return word_at(&condition_words, condition);
}

const struct xenpt_word *xenpt_fill_word(enum xenpt_fill fill)
{
    return word_at(&fill_words, fill);
}

const struct xenpt_word *xenpt_sharing_word(enum xenpt_sharing sharing)
{
    return word_at(&sharing_words, sharing);
}

const struct xenpt_word *xenpt_each_word(enum xenpt_each each)
{
    return word_at(&each_words, each);
}

/* From the largest group down, whatever is not said yet. */
const char *xenpt_root_kinds_text(unsigned int set, char buf[XENPT_ROOT_KINDS_TEXT_MAX])
{
    const struct word_group *groups = kind_words.groups;
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = kind_words.nr_groups; i-- > 0;)
        if ((set & groups[i].bits) == groups[i].bits) {
            used += (size_t)snprintf(buf + used, XENPT_ROOT_KINDS_TEXT_MAX - used, "%s%s",
                                     used ? " " : "", groups[i].name);
            set &= ~groups[i].bits;
        }
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        if (set >> k & 1)
            used += (size_t)snprintf(buf + used, XENPT_ROOT_KINDS_TEXT_MAX - used, "%s%s",
                                     used ? " " : "", kind_words.rows[k].name);
    return buf;
}

const char *xenpt_change_name(enum xenpt_change_kind kind)
{
    static const char *const names[XENPT_NR_CHANGE_KINDS] = {
        [XENPT_CHANGE_NEW] = "new",       [XENPT_CHANGE_GONE] = "gone",
        [XENPT_CHANGE_MOVED] = "moved",   [XENPT_CHANGE_RESIZED] = "resized",
        [XENPT_CHANGE_VALUE] = "changed",
    };

    return names[kind < XENPT_NR_CHANGE_KINDS ? kind : 0];
}
