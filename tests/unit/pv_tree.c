/* pv_tree.c - see pv_tree.h. */
#include "pv_tree.h"

#include "xen/internal.h"

struct pv_world p;
uint64_t l1, l2, l3, l4, page;

uint64_t at(uint64_t frame, unsigned int slot)
{
    return frame << 12 | (uint64_t)slot * 8;
}

void must(const char *error)
{
    if (strcmp(error, "ok") != 0)
        fail_msg("%s, by %s", error, pv_rule(&p));
}

void tree_of_d1(void)
{
    l1 = fresh(&p, 1);
    l2 = fresh(&p, 1);
    l3 = fresh(&p, 1);
    l4 = fresh(&p, 1);
    page = fresh(&p, 1);
    must(mmu(&p, 1, at(l1, 0), page << 12 | PAGE, SELF));
    must(mmu(&p, 1, at(l2, 0), l1 << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(l3, 0), l2 << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(l4, 0), l3 << 12 | TABLE, SELF));
    must(ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, SELF));
}

/* The release that a row is tested with: one that has it. */
static const char *machine_for(const char *rule)
{
    if (!strcmp(rule, "cache-global") || !strcmp(rule, "param-altp2m-fixed") ||
        !strcmp(rule, "pae-below-4g"))
        return "host: { ram: 6G, cpus: 4, processor: skylake-server }\n" PV_XEN("4.22") PV_DOMAINS;
    /* A 32-bit guest can name what is below 128 GiB. */
    if (!strcmp(rule, "transfer-free") || !strcmp(rule, "grant-transfer-free"))
        return "host: { ram: [0x0..0x9fbff, 0x100000..0xfffffff, 0x2000000000..0x2007ffffff], "
               "cpus: 4, processor: skylake-server }\n" PV_XEN("4.17") PV_DOMAINS;
    if (!strcmp(rule, "hvm-multicall"))
        return PV_HOST PV_XEN("4.15") PV_DOMAINS;
    if (!strcmp(rule, "vcpu-info-busy") || !strcmp(rule, "vcpu-info-access") ||
        !strcmp(rule, "vcpu-info-frame"))
        return PV_HOST PV_XEN("4.18") PV_DOMAINS;
    /* Who may, and is not dom0. */
    if (!strcmp(rule, "map-pirq-hardware"))
        return PV_HOST PV_XEN("4.17") "domains:\n"
                                      "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                      "  d1: { type: pv64, memory: 16M, vcpus: 2, linear-pt: yes, "
                                      "ldt: yes, privileged: yes }\n"
                                      "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel }\n";
    if (!strcmp(rule, "pod-external"))
        return PV_HOST PV_XEN("4.16") PV_DOMAINS;
    if (!strcmp(rule, "physmap-gfn-pt"))
        return "host: { ram: 2G, cpus: 4, processor: naples }\n" PV_XEN("4.17") PV_DOMAINS;
    if (!strcmp(rule, "hvm-mmuext") || !strcmp(rule, "exchange-base"))
        return PV_HOST PV_XEN("4.8") PV_DOMAINS;
    if (!strcmp(rule, "hvm-pins"))
        return PV_HOST PV_XEN("4.17") PV_DOMAINS_OF(", privileged: yes");
    if (!strcmp(rule, "grant-handles-old") || !strcmp(rule, "grant-bus"))
        return PV_HOST PV_XEN("4.15") PV_DOMAINS;
    if (!strcmp(rule, "physmap-translated-old") || !strcmp(rule, "grant-transfer-external-old"))
        return PV_HOST PV_XEN("4.10") PV_DOMAINS;
    if (!strcmp(rule, "physmap-source-ram") || !strcmp(rule, "resource-known") ||
        !strcmp(rule, "ioreq-page"))
        return PV_HOST PV_XEN("4.22") PV_DOMAINS;
    if (!strcmp(rule, "physmap-foreign-views") || !strcmp(rule, "resource-views"))
        return PV_HOST "xen: { release: \"4.19\", pv32: yes, options: altp2m }\n" PV_DOMAINS_OF(
            ", privileged: yes");
    if (!strncmp(rule, "physmap-foreign-", 16) && strcmp(rule, "physmap-foreign-hardware") != 0 &&
        strcmp(rule, "physmap-foreign-single") != 0)
        return PV_HOST PV_XEN("4.17") PV_DOMAINS_OF(", privileged: yes");
    if (!strcmp(rule, "param-deprecated-old"))
        return PV_HOST PV_XEN("4.14") PV_DOMAINS;
    if (!strcmp(rule, "sharing-enabled"))
        return PV_HOST PV_XEN("4.12") PV_DOMAINS;
    if (!strcmp(rule, "resource-none"))
        return PV_HOST PV_XEN("4.10") PV_DOMAINS;
    if (!strcmp(rule, "resource-nr"))
        return PV_HOST PV_XEN("4.12") PV_DOMAINS;
    if (!strcmp(rule, "resource-translated"))
        return PV_HOST PV_XEN("4.17") PV_DOMAINS_OF(", privileged: yes");
    if (!strcmp(rule, "unpause-foreign"))
        return "policy: { unpause: refuse-while-foreign-mapped }\n" PV_HOST PV_XEN("4.17")
            PV_DOMAINS;
    return PV_HOST PV_XEN("4.17") PV_DOMAINS;
}

void begin(const char *rule)
{
    pv_begin(&p, machine_for(rule));
    tree_of_d1();
}

/* Another table of this level, empty and pinned. */
uint64_t empty(unsigned int level)
{
    uint64_t frame = fresh(&p, 1);

    must(ext(&p, 1, level - 1, frame, 0, SELF));
    return frame;
}

const char *gdt(uint64_t frame, uint32_t entries)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };
    uint64_t frames[16];

    for (int i = 0; i < 16; i++)
        frames[i] = frame;
    assert_int_equal(xenpt_pv_set_gdt(p.w.machine, &c, frames, entries, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

const char *describe(uint64_t to, uint64_t descriptor)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };

    assert_int_equal(xenpt_pv_update_descriptor(p.w.machine, &c, to, descriptor, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

const char *assist(uint32_t cmd, uint32_t type)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };

    assert_int_equal(xenpt_pv_vm_assist(p.w.machine, &c, cmd, type, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

const char *write_table(uint32_t d, uint64_t va, uint64_t value, unsigned int bytes)
{
    struct xenpt_pv_caller c = { .domain = d, .rules = &p.rules };

    assert_int_equal(xenpt_pv_write_table(p.w.machine, &c, va, value, bytes, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

/* Where the kernel of a domain has its first L1 mapped: a builder's tables are the root first. */
uint64_t l1_at(uint32_t d)
{
    const struct domain *dom = &p.w.machine->domains[d];

    for (uint64_t i = 0; i < dom->at.nr_pt; i++)
        if (frame_is(&p, mfn_of(&p, d, dom->at.pt_first + i)).type == XENPT_FRAME_L1)
            return dom->at.base + (dom->at.pt_first + i) * 4096;
    fail_msg("no L1");
    return 0;
}
