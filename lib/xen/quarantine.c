/*
 * quarantine.c - a device in quarantine, on an AMD IOMMU, with a scratch page; iommu_map.c,
 * amd_iommu_quarantine_init and fill_qpt; pci_amd_iommu.c, amd_iommu_get_paging_mode.
 *
 *     DTE: root, mode   how many levels the IOMMU walks: enough for the host's last frame
 *     each table        512 times the same entry, which leads to the one table of the next level
 *     L1                512 times the scratch page, which Xen clears between two owners
 *
 * Model: there is one device, without regions that its firmware wants mapped.  Tables of a device
 * of its own are in releases from 4.17 on, and in later ones of 4.15 and 4.16.  On a host without
 * RAM above 1 GiB Xen has the IOMMU walk 2 levels; here it walks 3.
 */
#include "xen/quarantine.h"

#include "xen/own_rules.h"

/* AMD I/O Virtualization Technology, "I/O Page Tables for Host Translations". */
#define PR          XENPT_BIT(0)
#define NEXT(level) ((uint64_t)(level) << 9)
#define FC          XENPT_BIT(60)
#define IR          XENPT_BIT(61)
#define IW          XENPT_BIT(62)

/* DEFAULT_DOMAIN_ADDRESS_WIDTH, 48 bits. */
#define USUAL_LEVELS 4u

static unsigned int levels_for(uint64_t frames)
{
    unsigned int levels = 1;

    for (uint64_t reach = ENTRIES; reach < frames; reach *= ENTRIES)
        levels++;
    return levels;
}

static enum xenpt_code fill(struct xenpt_machine *m, unsigned int level, struct xenpt_error *err)
{
    uint64_t to = level > 1 ? m->quarantine.table[level - 1] : m->quarantine.scratch;
    uint64_t flags = PR | NEXT(level - 1) | IR | IW | (level > 1 ? 0 : FC), entry[ENTRIES];

    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = to | flags;
    return entries_write(m, m->quarantine.table[level], 0, ENTRIES, entry, err);
}

enum xenpt_code quarantine_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    struct quarantine *q = &m->quarantine;
    enum xenpt_code code = XENPT_OK;

    if (!m->host.quarantine)
        return XENPT_OK;
    if (m->processor->cpu.vendor != XENPT_AMD)
        return xenpt_fail(
            err, XENPT_EUNSUPPORTED,
            "quarantine: only an AMD IOMMU is modelled, and the processor is not AMD's");
    if (!machine_since(m, 4, 17))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "quarantine: a device has tables of its own there from 4.17 on");
    q->mode = levels_for(m->max_frame);
    if (q->mode < 3)
        q->mode = 3;
    if (q->mode > USUAL_LEVELS)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "quarantine: an IOMMU that walks %u levels is not modelled", q->mode);
    q->levels = machine_does(m, OWN_QUARANTINE_LEVELS) ? q->mode : USUAL_LEVELS;
    code = frames_new(m, 0, &q->scratch, err);
    for (unsigned int level = 1; !code && level <= q->levels; level++) {
        code = table_new(m, &q->table[level], err);
        if (!code)
            code = fill(m, level, err);
    }
    return code;
}

enum xenpt_code quarantine_paging(const struct xenpt_machine *m, struct xenpt_paging *ret,
                                  struct xenpt_error *err)
{
    return xenpt_paging_init_iommu(ret, &m->processor->cpu, m->quarantine.mode,
                                   m->quarantine.table[m->quarantine.levels], err);
}
