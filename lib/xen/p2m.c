/*
 * p2m.c - the tables of a guest's physical memory, as EPT has them (p2m-ept.c) and as nested
 * paging and shadow paging do (p2m-pt.c).
 */
#include "xen/p2m.h"

/* --- Entries ------------------------------------------------------------------------------- */

/* asm/hvm/vmx/vmx.h, ept_entry_t; the access that is given is always rwx. */
#define EPT_RWX         XENPT_BITS(2, 0)
#define EPT_X           XENPT_BIT(2)
#define EPT_WB          (UINT64_C(6) << 3)
#define EPT_IPAT        XENPT_BIT(6)
#define EPT_A           XENPT_BIT(8)
#define EPT_D           XENPT_BIT(9)
#define EPT_TYPE(t)     ((uint64_t)(t) << 52)
#define EPT_ACCESS_RWX  (UINT64_C(7) << 58)
#define EPT_SUPPRESS_VE XENPT_BIT(63)

#define NPT_TABLE (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D)

#define EPT_R  XENPT_BIT(0)
#define EPT_W  XENPT_BIT(1)
#define EPT_RW (EPT_R | EPT_W)
#define EPT_RX (EPT_R | EPT_X)
#define NPT_RO (NPT_TABLE & ~ENTRY_RW)

/* A row for each type: p2m-ept.c, ept_p2m_type_to_flags; p2m-pt.c, p2m_type_to_flags. */
static const struct row {
    enum p2m_type type;
    uint64_t number; /* As it stands in entries. */
    uint64_t ept;    /* Rights and memory type. */
    uint64_t npt;
} rows[] = {
    { P2M_RAM_RW, 0, EPT_RWX | EPT_WB | EPT_IPAT, NPT_TABLE },
    { P2M_RAM_LOGDIRTY, 2, EPT_RX | EPT_WB | EPT_IPAT, NPT_RO | EPT_TYPE(2) },
    { P2M_RAM_RO, 3, EPT_RX | EPT_WB | EPT_IPAT, NPT_RO | EPT_TYPE(3) },
    { P2M_MMIO_DIRECT, 5, EPT_RWX, NPT_TABLE | ENTRY_PCD | EPT_TYPE(5) },
    { P2M_GRANT_RW, 7, EPT_RW | EPT_WB | EPT_IPAT, NPT_TABLE | ENTRY_NX | EPT_TYPE(7) },
    { P2M_GRANT_RO, 8, EPT_R | EPT_WB | EPT_IPAT, NPT_RO | ENTRY_NX | EPT_TYPE(8) },
    { P2M_RAM_SHARED, 12, EPT_RX | EPT_WB | EPT_IPAT, NPT_RO | EPT_TYPE(12) },
    { P2M_FOREIGN, 14, EPT_RW | EPT_WB | EPT_IPAT, NPT_TABLE | ENTRY_NX | EPT_TYPE(14) },
    { P2M_IOREQ_SERVER, 15, EPT_RW | EPT_WB | EPT_IPAT, NPT_TABLE | ENTRY_NX | EPT_TYPE(15) },
    { P2M_APIC_ACCESS, 5, EPT_RWX | EPT_WB | EPT_IPAT, NPT_TABLE | EPT_TYPE(5) },
};

bool p2m_type_at(size_t i, enum p2m_type *ret)
{
    if (i >= sizeof(rows) / sizeof(rows[0]))
        return false;
    *ret = rows[i].type;
    return true;
}

bool p2m_is_ept(const struct xenpt_machine *m, const struct domain *d)
{
    return m->processor->cpu.vendor == XENPT_INTEL && d->desc->paging != XENPT_GUEST_SHADOW;
}

static bool ept_ad(const struct xenpt_machine *m)
{
    return m->processor->cpu.ept_ad && m->options.ept_ad != SET_OFF;
}

/* setup.c: x of superpages is kept from domains but the hardware's; CVE-2018-12207. */
static bool exec_sp(const struct xenpt_machine *m, const struct domain *d)
{
    return d->desc->privileged || m->options.ept_exec_sp == SET_ON;
}

static uint64_t ept_flags(const struct xenpt_machine *m, const struct domain *d,
                          const struct row *row, unsigned int level)
{
    uint64_t flags = EPT_ACCESS_RWX | EPT_SUPPRESS_VE;

    if (ept_ad(m))
        flags |= EPT_A;
    if (!level)
        return flags | EPT_RWX;
    flags |= row->ept | EPT_TYPE(row->number);
    if (ept_ad(m) && row->ept & EPT_W)
        flags |= EPT_D;
    if (level > 1 && !exec_sp(m, d))
        flags &= ~EPT_X;
    return flags;
}

uint64_t p2m_flags(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                   unsigned int level)
{
    const struct row *row = rows;

    while (row->type != type)
        row++;
    if (p2m_is_ept(m, d))
        return ept_flags(m, d, row, level);
    return level ? row->npt : NPT_TABLE;
}

/* --- Tables -------------------------------------------------------------------------------- */

/* Entries of EPT that are not present carry suppress_ve, but in the root. */
static enum xenpt_code ept_fresh(struct xenpt_machine *m, uint64_t table, struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];

    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = EPT_SUPPRESS_VE;
    return entries_write(m, table, 0, ENTRIES, entry, err);
}

enum xenpt_code p2m_create(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    return table_new(m, &d->p2m, err);
}

enum xenpt_code p2m_map(struct xenpt_machine *m, struct domain *d, enum p2m_type type, uint64_t gfn,
                        uint64_t mfn, uint64_t nr, unsigned int max_level, struct xenpt_error *err)
{
    struct stretch s = {
        .first = gfn << XENPT_PAGE_SHIFT,
        .last = ((gfn + nr) << XENPT_PAGE_SHIFT) - 1,
        .maddr = mfn << XENPT_PAGE_SHIFT,
        .fresh = p2m_is_ept(m, d) ? ept_fresh : NULL,
    };
    enum xenpt_code code = XENPT_OK;

    for (unsigned int l = 2; l <= 4; l++)
        s.table[l] = p2m_flags(m, d, P2M_RAM_RW, 0);
    for (unsigned int l = 1; l <= 3; l++)
        s.by_level[l] = p2m_flags(m, d, type, l);
    s.leaf = s.by_level[1];
    s.pages = XENPT_BITS(3, 1) & ((2u << max_level) - 1);
    if (m->options.hap_2mb == SET_OFF)
        s.pages = 1u << 1;
    if (m->options.hap_1gb == SET_OFF || (p2m_is_ept(m, d) && !m->processor->cpu.ept_gb_pages) ||
        (!p2m_is_ept(m, d) && !m->processor->cpu.gb_pages) || d->desc->paging == XENPT_GUEST_SHADOW)
        s.pages &= ~(1u << 3);
    if (nr)
        code = stretch_map(m, d->p2m, 4, &s, err);
    if (!code && nr && type == P2M_RAM_RW)
        code = contents_own(&m->contents, (struct owned){ mfn, nr, gfn }, err);
    return code;
}
