/*
 * iommu.c - which domain has which device, and by which tables these reach memory;
 * drivers/passthrough/iommu.c, iommu_domain_init, iommu_hwdom_init; asm/iommu.h, iommu_use_hap_pt.
 *
 * Model: a device is a name.  One that no domain has is in quarantine as it is by default: it
 * reaches nothing.  dom0 has all devices that are named nowhere, so that it has tables in any case.
 */
#include "xen/iommu.h"

#include <stdio.h>
#include <string.h>

#include "xen/own_rules.h"
#include "xen/p2m.h"
#include "xen/words.h"

typedef unsigned long long llu;

/* clang-format off */
const struct xenpt_word iommu_words[XENPT_NR_IOMMUS] = {
    [XENPT_IOMMU_NONE] = { "none", "there is none, or Xen does not use it" },
    [XENPT_IOMMU_INTEL] = { "intel", "VT-d, which reads its tables through the caches" },
    [XENPT_IOMMU_INTEL_NONCOHERENT] = { "intel-noncoherent", "VT-d, which reads them from memory" },
    [XENPT_IOMMU_AMD] = { "amd", "AMD-Vi" },
};
static const struct xenpt_word tables_words[XENPT_NR_DEVICE_TABLES] = {
    [XENPT_DEVICE_NO_TABLES] = { "none", "it can have no devices" },
    [XENPT_DEVICE_SHARED] = { "shared", "the IOMMU walks the domain's EPT" },
    [XENPT_DEVICE_LATE] = { "late", "the IOMMU walks what memory has of the domain's EPT" },
    [XENPT_DEVICE_APART] = { "apart", "tables of their own follow what the domain has" },
    [XENPT_DEVICE_FIXED] = { "fixed", "tables of their own have all RAM" },
};
/* clang-format on */

const struct xenpt_word *xenpt_iommu_word(enum xenpt_iommu iommu)
{
    return &iommu_words[iommu];
}

const struct xenpt_word *xenpt_device_tables_word(enum xenpt_device_tables tables)
{
    return &tables_words[tables];
}

/* --- Devices ------------------------------------------------------------------------------- */

struct device *iommu_device(struct xenpt_machine *m, const char *name)
{
    for (size_t i = 0; i < m->nr_devices; i++)
        if (!strcmp(m->devices[i].name, name))
            return &m->devices[i];
    return NULL;
}

bool xenpt_machine_device(const struct xenpt_machine *m, size_t i, struct xenpt_device *ret)
{
    if (i >= m->nr_devices)
        return false;
    *ret = (struct xenpt_device){
        .name = m->devices[i].name,
        .assigned = m->devices[i].domain != NO_DOMAIN,
        .domain = m->devices[i].domain,
    };
    return true;
}

/* Those of a description: words with blanks between. */
static enum xenpt_code take_devices(struct xenpt_machine *m, struct domain *d,
                                    struct xenpt_error *err)
{
    const char *at = d->desc->devices ? d->desc->devices : "";

    for (size_t n; *(at += strspn(at, " ")); at += n) {
        struct device *device = &m->devices[m->nr_devices];

        n = strcspn(at, " ");
        if (n >= XENPT_DEVICE_MAX)
            return xenpt_fail(err, XENPT_ERANGE, "the name of a device has %d letters at most",
                              XENPT_DEVICE_MAX - 1);
        if (m->nr_devices == DEVICES_MAX)
            return xenpt_fail(err, XENPT_ERANGE, "a host has %d devices with names at most",
                              DEVICES_MAX);
        snprintf(device->name, sizeof(device->name), "%.*s", (int)n, at);
        if (iommu_device(m, device->name))
            return xenpt_fail(err, XENPT_ERANGE, "the device %s is another domain's", device->name);
        device->domain = d->id;
        d->device.nr++;
        m->nr_devices++;
    }
    return XENPT_OK;
}

bool iommu_in_use(const struct domain *d)
{
    return d->device.how != XENPT_DEVICE_NO_TABLES && d->nr_vcpus &&
           (d->desc->built_by_xen || d->device.nr);
}

/* --- Which tables -------------------------------------------------------------------------- */

/* EPT is shared by default; nested paging is not, as an IOMMU of AMD's takes p2m types for its own
 * bits. */
static enum xenpt_device_tables kind_of(const struct xenpt_machine *m, const struct domain *d)
{
    bool trusted = d->desc->built_by_xen && m->options.dom0_strict != SET_ON;

    if (m->host.iommu == XENPT_IOMMU_NONE || m->options.iommu == SET_OFF ||
        (!d->desc->built_by_xen && !d->desc->devices))
        return XENPT_DEVICE_NO_TABLES;
    if (is_pv(d))
        return trusted ? XENPT_DEVICE_FIXED : XENPT_DEVICE_APART;
    if (!p2m_is_ept(m, d) || m->options.sharept == SET_OFF)
        return XENPT_DEVICE_APART;
    return m->host.iommu == XENPT_IOMMU_INTEL_NONCOHERENT && !machine_does(m, OWN_IOMMU_WRITE_BACK)
               ? XENPT_DEVICE_LATE
               : XENPT_DEVICE_SHARED;
}

static unsigned int levels_for(const struct xenpt_machine *m, const struct domain *d)
{
    unsigned int levels = 1;

    if (m->host.iommu != XENPT_IOMMU_AMD || !is_pv(d))
        return 4;
    for (uint64_t reach = ENTRIES; reach < m->max_frame; reach *= ENTRIES)
        levels++;
    return levels < 3 ? 3 : levels;
}

/* 4 KiB pages of so much RAM take 1/512 of it. */
#define FIXED_MAX_AMD (UINT64_C(64) << 30)

enum xenpt_code iommu_check(const struct xenpt_machine *m, const struct domain *d,
                            struct xenpt_error *err)
{
    bool amd = m->host.iommu == XENPT_IOMMU_AMD;
    enum xenpt_device_tables how = kind_of(m, d);

    if (d->desc->devices && m->host.iommu == XENPT_IOMMU_NONE)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "it has devices, and the host has no IOMMU");
    if (d->desc->devices && m->options.iommu == SET_OFF)
        return xenpt_fail(err, XENPT_EPARSE, "it has devices, and Xen's command line has iommu=no");
    if (d->desc->devices && *d->desc->devices && d->desc->log_dirty)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "Xen keeps no log of dirty pages of a domain that has devices");
    if (m->host.iommu != XENPT_IOMMU_NONE && amd != (m->processor->cpu.vendor == XENPT_AMD))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "the host's IOMMU is %s, and its processor is not",
                          amd ? "AMD's" : "Intel's");
    if (how == XENPT_DEVICE_FIXED && amd && m->max_frame << XENPT_PAGE_SHIFT > FIXED_MAX_AMD)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "an AMD IOMMU with more than 64 GiB of RAM for dom0 is modelled with "
                          "iommu=dom0-strict, or without an IOMMU");
    if (how != XENPT_DEVICE_NO_TABLES && levels_for(m, d) > 4)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "an IOMMU that walks %u levels is not modelled",
                          levels_for(m, d));
    return XENPT_OK;
}

enum xenpt_code iommu_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = take_devices(m, d, err);

    d->device.how = kind_of(m, d);
    if (code || d->device.how == XENPT_DEVICE_NO_TABLES || d->device.how == XENPT_DEVICE_SHARED)
        return code;
    code = iommu_tables_new(m, d, levels_for(m, d), err);
    if (!code && d->device.how == XENPT_DEVICE_FIXED)
        return iommu_fill_fixed(m, d, err);
    if (!code)
        code = is_pv(d) ? iommu_fill_pv(m, d, err) : iommu_follow_p2m(m, d, 0, d->max_gfn, err);
    return code;
}

enum xenpt_code iommu_free(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    for (size_t i = 0; i < m->nr_devices; i++)
        if (m->devices[i].domain == d->id)
            m->devices[i].domain = NO_DOMAIN;
    d->device.nr = 0;
    d->device.how = XENPT_DEVICE_NO_TABLES;
    return iommu_tables_free(m, d, err);
}

enum xenpt_device_tables xenpt_machine_device_tables(const struct xenpt_machine *m, uint32_t domain)
{
    const struct domain *d = domain_there(m, domain);

    return d ? d->device.how : XENPT_DEVICE_NO_TABLES;
}

enum xenpt_code iommu_paging(const struct xenpt_machine *m, const struct domain *d,
                             struct xenpt_paging *ret, struct xenpt_error *err)
{
    uint64_t root = d->device.how == XENPT_DEVICE_SHARED ? d->p2m : d->device.root;
    const struct xenpt_cpu *cpu = &m->processor->cpu;

    if (m->host.iommu == XENPT_IOMMU_AMD)
        return xenpt_paging_init_iommu(ret, cpu, d->device.levels, root, err);
    return xenpt_paging_init_vtd(ret, cpu, 4, root, err);
}

/* --- What memory has ----------------------------------------------------------------------- */

/* Where a frame is a table of a p2m; ret: the frames that it speaks for. */
static bool find_table(const struct xenpt_machine *m, uint64_t table, unsigned int level,
                       uint64_t base, uint64_t frame, uint64_t ret[2])
{
    uint64_t span = level_size(level) >> XENPT_PAGE_SHIFT;

    if (table >> XENPT_PAGE_SHIFT == frame) {
        ret[0] = base;
        ret[1] = base + span * ENTRIES - 1;
        return true;
    }
    for (unsigned int i = 0; level > 1 && i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };

        s.entry = entry_read(m, table, i);
        if (p2m_is_table(&s) &&
            find_table(m, s.entry & ENTRY_ADDR, level - 1, base + i * span, frame, ret))
            return true;
    }
    return false;
}

/*
 * Model: what memory has of such an EPT is kept in tables of its own.  When a domain has been built
 * all of it is in memory; of a frame that is evicted, all that it speaks for is, then.
 */
enum xenpt_code xenpt_machine_device_evict(struct xenpt_machine *m, uint64_t mfn,
                                           struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < m->nr_domains; i++) {
        struct domain *d = &m->domains[i];
        uint64_t range[2];

        if (d->nr_vcpus && d->device.how == XENPT_DEVICE_LATE &&
            find_table(m, d->p2m, 4, 0, mfn, range)) {
            view_stale(m);
            code = iommu_follow_p2m(m, d, range[0], range[1] < d->max_gfn ? range[1] : d->max_gfn,
                                    err);
        }
    }
    return code;
}
