/*
 * iommu_tables.c - entries of an IOMMU's own tables: drivers/passthrough/vtd/iommu.c,
 * intel_iommu_map_page, dma_pte; amd/iommu_map.c, set_iommu_pte_present, set_iommu_pde_present.
 *
 *              leads to a table            maps a page
 *     Intel    R W                         R, W as is granted; SNP where the IOMMU snoops
 *     AMD      PR IR IW, the next level    PR, IR, IW as is granted; FC
 *
 * Model: pages are 4 KiB, but for those that an Intel IOMMU has of all RAM: Xen uses larger ones
 * from 4.17 on, and makes one of smaller ones again.  A table that has become empty stays.
 */
#include "xen/iommu.h"

#define VTD_RW   XENPT_BITS(1, 0)
#define VTD_SNP  XENPT_BIT(11)
#define AMD_PR   XENPT_BIT(0)
#define AMD_FC   XENPT_BIT(60)
#define AMD_IR   XENPT_BIT(61)
#define AMD_IW   XENPT_BIT(62)
#define AMD_NEXT 9

static bool is_amd(const struct xenpt_machine *m)
{
    return m->host.iommu == XENPT_IOMMU_AMD;
}

static uint64_t leaf_of(const struct xenpt_machine *m, unsigned int rights)
{
    if (is_amd(m))
        return AMD_PR | AMD_FC | (rights & DEVICE_READS ? AMD_IR : 0) |
               (rights & DEVICE_WRITES ? AMD_IW : 0);
    return (rights & VTD_RW) | (m->host.iommu == XENPT_IOMMU_INTEL ? VTD_SNP : 0);
}

static struct stretch stretch_of(const struct xenpt_machine *m, uint64_t first, uint64_t mfn,
                                 uint64_t nr, unsigned int rights)
{
    struct stretch s = {
        .first = first << XENPT_PAGE_SHIFT,
        .last = ((first + nr) << XENPT_PAGE_SHIFT) - 1,
        .maddr = mfn << XENPT_PAGE_SHIFT,
        .leaf = leaf_of(m, rights),
        .pages = 1u << 1,
    };

    for (unsigned int l = 2; l <= 4; l++)
        s.table[l] = is_amd(m) ? AMD_PR | AMD_IR | AMD_IW | (uint64_t)(l - 1) << AMD_NEXT : VTD_RW;
    return s;
}

/* The entry of a page, at the lowest level that there is one; a table: NO_TABLE, there is none. */
static uint64_t table_of(const struct xenpt_machine *m, const struct domain *d, uint64_t dfn,
                         unsigned int *level)
{
    uint64_t at = d->device.root;

    for (*level = d->device.levels; *level > 1; --*level) {
        uint64_t entry = entry_read(m, at, slot_at(*level, dfn << XENPT_PAGE_SHIFT));

        if (!(entry & ENTRY_ADDR))
            return NO_TABLE;
        if (!is_amd(m) && entry & ENTRY_PS)
            return at;
        at = entry & ENTRY_ADDR;
    }
    return at;
}

bool iommu_get(const struct xenpt_machine *m, const struct domain *d, uint64_t dfn, uint64_t *mfn,
               unsigned int *rights)
{
    uint64_t in = dfn << XENPT_PAGE_SHIFT, table, entry;
    unsigned int level;

    if (dfn >> (9 * d->device.levels))
        return false;
    table = table_of(m, d, dfn, &level);
    entry = table == NO_TABLE ? 0 : entry_read(m, table, slot_at(level, in));
    if (!(entry & (is_amd(m) ? AMD_PR : VTD_RW)))
        return false;
    *mfn = ((entry & ENTRY_ADDR & ~(level_size(level) - 1)) | (in & (level_size(level) - 1))) >>
           XENPT_PAGE_SHIFT;
    *rights = is_amd(m) ? (entry & AMD_IR ? DEVICE_READS : 0) | (entry & AMD_IW ? DEVICE_WRITES : 0)
                        : (unsigned int)(entry & VTD_RW);
    return true;
}

static enum xenpt_code clear(struct xenpt_machine *m, struct domain *d, uint64_t dfn, uint64_t nr,
                             struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = dfn, next; !code && i < dfn + nr; i = next) {
        unsigned int level, slot;
        uint64_t table = table_of(m, d, i, &level);

        slot = slot_at(level, i << XENPT_PAGE_SHIFT);
        next = (i | ((level_size(level) >> XENPT_PAGE_SHIFT) - 1)) + 1;
        if (table != NO_TABLE && entry_read(m, table, slot))
            code = entry_write(m, table, slot, 0, err);
    }
    return code;
}

enum xenpt_code iommu_set(struct xenpt_machine *m, struct domain *d, uint64_t dfn, uint64_t mfn,
                          uint64_t nr, unsigned int rights, struct xenpt_error *err)
{
    struct stretch s = stretch_of(m, dfn, mfn, nr, rights);

    return rights ? stretch_map(m, d->device.root, d->device.levels, &s, err)
                  : clear(m, d, dfn, nr, err);
}

enum xenpt_code iommu_set_large(struct xenpt_machine *m, struct domain *d, uint64_t first,
                                uint64_t nr, struct xenpt_error *err)
{
    struct stretch s = stretch_of(m, first, first, nr, DEVICE_READS | DEVICE_WRITES);

    if (!is_amd(m))
        s.pages = XENPT_BITS(3, 1);
    return nr ? stretch_map(m, d->device.root, d->device.levels, &s, err) : XENPT_OK;
}

enum xenpt_code iommu_tables_new(struct xenpt_machine *m, struct domain *d, unsigned int levels,
                                 struct xenpt_error *err)
{
    d->device.levels = levels;
    return table_new(m, &d->device.root, err);
}

static enum xenpt_code free_below(struct xenpt_machine *m, uint64_t table, unsigned int level,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && level > 1 && i < ENTRIES; i++) {
        uint64_t entry = entry_read(m, table, i);

        if (entry & ENTRY_ADDR && (is_amd(m) || !(entry & ENTRY_PS)))
            code = free_below(m, entry & ENTRY_ADDR, level - 1, err);
    }
    return code ? code : table_free(m, table, err);
}

enum xenpt_code iommu_tables_free(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err)
{
    uint64_t root = d->device.root;

    d->device.root = NO_TABLE;
    return root == NO_TABLE ? XENPT_OK : free_below(m, root, d->device.levels, err);
}
