/* own_rules.c - what Xen does with its own tables, walkers, TLBs and caches: a row each; and behind
 * those what else a machine's description can switch, a policy and what its xenstore refuses. */
#include "xen/own_rules.h"

#include <string.h>

/*
 * Model: as with the rules for guests, `since` is the first plain release with a fix.  A release
 * before the thing itself was there - PCIDs, or hosts with more than 5 TiB - has nothing to do by
 * it.
 */
#define STORE       "tools/xenstore/xenstored_core.c, "
#define STORE_WATCH "tools/xenstore/xenstored_watch.c, "
#define STORE_TX    "tools/xenstore/xenstored_transaction.c, "

/* clang-format off */
static const struct xenpt_pv_rule rows[NR_OWN_RULES] = {
    [OWN_SHADOW_ROOT_SLOTS] = { "shadow-root-slots", "the shadow of a PV guest's L4 has of Xen's own table what the guest's L4 has of it, and none of its slots behind 271", NULL,
        .since = { 4, 3, 1 }, .advisory = "XSA-64", .source = "arch/x86/mm/shadow/multi.c, sh_install_xen_entries_in_l4, 4.3.1" },
    [OWN_MONITOR_LINEAR] = { "monitor-linear", "a new monitor table has nothing in the shadow-linear slot before there is a shadow; without the rule it leads to itself", NULL,
        .since = { 4, 9, 1 }, .advisory = "XSA-243", .source = "arch/x86/mm/shadow/multi.c, sh_make_monitor_table, 4.9.1" },
    [OWN_CR3_FLUSH] = { "cr3-flush", "CR3 is written without its bit 63 where tables are switched and the PCID stays: what was remembered again since INVPCID goes", NULL,
        .since = { 4, 12, 0 }, .advisory = "XSA-292", .source = "arch/x86/flushtlb.c, switch_cr3_cr4, 4.12" },
    [OWN_TOGGLE_FLUSH] = { "toggle-flush", "between the modes of a PV guest on shadows CR3 is written without its bit 63: the shadow may be another than last time", NULL,
        .since = { 4, 12, 0 }, .advisory = "XSA-294", .source = "arch/x86/pv/domain.c, _toggle_guest_pt, 4.12" },
    [OWN_WALK_PS] = { "walk-ps", "Xen's walk of a guest's tables refuses PS in an L4 entry, and where there are no pages of 1 GiB in an L3 entry, as a processor does; without the rule it does not look", NULL,
        .since = { 4, 7, 0 }, .advisory = "XSA-176", .source = "arch/x86/mm/guest_walk.c, guest_walk_tables, 4.7" },
    [OWN_SHADOW_GFN] = { "shadow-gfn", "an HVM guest on shadows has physical addresses of 44 bits at most, which is what the shadow of a larger page has room for; BIGMEM has more", NULL,
        .since = { 4, 7, 0 }, .advisory = "XSA-173", .source = "asm/paging.h, paging_max_paddr_bits, " "4.17" },
    [OWN_QUARANTINE_LEVELS] = { "quarantine-levels", "tables of a device in quarantine have as many levels as an AMD IOMMU walks; without the rule they have 4, and it walks 3 where a host has no RAM above 512 GiB", NULL,
        .since = { 4, 17, 3 }, .advisory = "XSA-445", .source = "drivers/passthrough/amd/iommu_map.c, amd_iommu_quarantine_init, 4.18" },
    [OWN_IOMMU_WRITE_BACK] = { "iommu-write-back", "what Xen changes in an EPT that an IOMMU walks as well is written back, if the IOMMU reads memory past the caches", NULL,
        .since = { 4, 14, 0 }, .also = { { 4, 13, 2 } }, .advisory = "XSA-321", .source = "arch/x86/mm/p2m-ept.c, ept_set_entry, atomic_write_ept_entry, 4.14" },
    [OWN_IOMMU_FLUSH] = { "iommu-flush", "what VT-d remembers of a page is flushed when its entry is cleared", NULL,
        .since = { 4, 4, 0 }, .also = { { 4, 3, 2 } }, .advisory = "XSA-78", .source = "drivers/passthrough/vtd/iommu.c, dma_pte_clear_one, 4.4" },
    [OWN_UNPAUSE_FOREIGN] = { "unpause-foreign", "no vCPU is unpaused while another domain has memory of its domain mapped by other means than a grant; a policy that no Xen has: `policy: { unpause: refuse-while-foreign-mapped }` switches it on", "EBUSY",
        .source = "none", .policy = true },
    [OWN_STORE_PATH] = { "xenstore-path", "a path has letters, digits and -/_@, ends in none of / and has no two of them; it has 3072 bytes at most, a relative one 2048", "EINVAL",
        .source = STORE "is_valid_nodename, 4.17" },
    [OWN_STORE_READ] = { "xenstore-read", "who reads a node is its owner or xenstored's own domain, or has the right r or b", "EACCES",
        .source = STORE "perm_for_conn, get_node, 4.17" },
    [OWN_STORE_WRITE] = { "xenstore-write", "who writes or removes a node, or makes one below it, is its owner or xenstored's own domain, or has the right w or b", "EACCES",
        .source = STORE "perm_for_conn, get_node, 4.17" },
    [OWN_STORE_THERE] = { "xenstore-there", "a node that is read, and one above a node that is removed, is there", "ENOENT",
        .source = STORE "get_node, errno_from_parents, do_rm, 4.17" },
    [OWN_STORE_OWNER] = { "xenstore-owner", "who says who may what of a node is its owner or xenstored's own domain", "EACCES",
        .source = STORE "do_set_perms, 4.17" },
    [OWN_STORE_GIVEN] = { "xenstore-given", "a guest gives no node of its to another owner", "EPERM",
        .source = STORE "do_set_perms, 4.17" },
    [OWN_STORE_PERMS] = { "xenstore-perms", "a permission is a letter of nrwb and the number of a domain", "EINVAL",
        .source = STORE "xenstore_lib.c, xenstore_strings_to_perms, 4.17" },
    [OWN_STORE_ROOT] = { "xenstore-root", "the root stays", "EINVAL",
        .source = STORE "do_rm, 4.17" },
    [OWN_STORE_NODES] = { "xenstore-nodes", "a guest owns 1000 nodes at most, unless xenstored is told otherwise", "ENOSPC",
        .source = STORE "quota_nb_entry_per_domain, 4.17" },
    [OWN_STORE_SIZE] = { "xenstore-size", "a value of a guest has 2048 bytes at most, unless xenstored is told otherwise", "ENOSPC",
        .source = STORE "quota_max_entry_size, 4.17" },
    [OWN_STORE_WATCHED] = { "xenstore-watched", "a domain watches a node by a token once", "EEXIST",
        .source = STORE_WATCH "do_watch, 4.17" },
    [OWN_STORE_WATCHES] = { "xenstore-watches", "a guest has 129 watches at most, unless xenstored is told otherwise: more than 128 are too many before one more", "E2BIG",
        .source = STORE_WATCH "do_watch, quota_nb_watch_per_domain, 4.17" },
    [OWN_STORE_WATCH_THERE] = { "xenstore-watch-there", "a watch that goes is there", "ENOENT",
        .source = STORE_WATCH "do_unwatch, 4.17" },
    [OWN_STORE_TX_THERE] = { "xenstore-tx-there", "a transaction that a request names is one of its domain's, and not over", "ENOENT",
        .source = STORE_TX "transaction_lookup, do_transaction_end, 4.17" },
    [OWN_STORE_TX_NESTED] = { "xenstore-tx-nested", "no transaction begins in another", "EBUSY",
        .source = STORE_TX "do_transaction_start, 4.17" },
    [OWN_STORE_TX_MANY] = { "xenstore-tx-many", "a guest has 11 transactions at most, unless xenstored is told otherwise: more than 10 are too many before one more", "ENOSPC",
        .source = STORE_TX "do_transaction_start, quota_max_transaction, 4.17" },
    [OWN_STORE_TX_CONFLICT] = { "xenstore-tx-conflict", "of what a transaction has looked at, nothing has changed when it ends; else it is to be tried again", "EAGAIN",
        .source = STORE_TX "finalize_transaction, 4.17" },
    [OWN_STORE_TX_END] = { "xenstore-tx-end", "a transaction ends by T, and is done, or by F, and is not", "EINVAL",
        .source = STORE_TX "do_transaction_end, 4.17" },
};
/* clang-format on */

_Static_assert(NR_OWN_RULES <= OWN_RULES_MAX, "a machine has room for all of them");

const struct xenpt_pv_rule *own_rule(size_t i)
{
    return i < NR_OWN_RULES ? &rows[i] : NULL;
}

static int compare(struct xenpt_release a, struct xenpt_release b)
{
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    if (a.minor != b.minor)
        return a.minor < b.minor ? -1 : 1;
    return (a.patch > b.patch) - (a.patch < b.patch);
}

/* Whether an older branch had it by then. */
static bool is_in_branch(const struct xenpt_pv_rule *r, struct xenpt_release release)
{
    for (size_t i = 0; i < XENPT_PV_ALSO_MAX && r->also[i].major; i++)
        if (r->also[i].major == release.major && r->also[i].minor == release.minor)
            return release.patch >= r->also[i].patch;
    return false;
}

bool rule_since(const struct xenpt_pv_rule *rule, struct xenpt_release release)
{
    if (rule->policy)
        return false;
    return (compare(release, rule->since) >= 0 || is_in_branch(rule, release)) &&
           (!rule->before.major || compare(release, rule->before) < 0);
}

/* A layout's name leaves open which of its releases it is; machine.c, host. */
static struct xenpt_release release_of(const struct xenpt_xen_desc *xen)
{
    if (xen->rules && xen->rules->release.major)
        return xen->rules->release;
    if (xen->release.major || !xen->layout)
        return xen->release;
    return xen->layout->last.major ? xen->layout->last : xen->layout->first;
}

void own_rules_of(const struct xenpt_xen_desc *xen, bool ret[NR_OWN_RULES])
{
    const struct xenpt_rules_wanted *wanted = xen->rules;

    for (size_t i = 0; i < NR_OWN_RULES; i++)
        ret[i] = rule_since(&rows[i], release_of(xen));
    for (size_t k = 0; wanted && k < wanted->nr; k++)
        for (size_t i = 0; i < NR_OWN_RULES; i++)
            if (!strcmp(rows[i].name, wanted->switched[k].name))
                ret[i] = wanted->switched[k].on;
}
