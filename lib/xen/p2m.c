/*
 * p2m.c - the tables of a guest's physical memory, as EPT has them (p2m-ept.c) and as nested
 * paging and shadow paging do (p2m-pt.c).
 */
#include "xen/p2m.h"

/* --- Entries ------------------------------------------------------------------------------- */

/* asm/hvm/vmx/vmx.h, ept_entry_t. */
#define EPT_R           XENPT_BIT(0)
#define EPT_W           XENPT_BIT(1)
#define EPT_X           XENPT_BIT(2)
#define EPT_RW          (EPT_R | EPT_W)
#define EPT_RX          (EPT_R | EPT_X)
#define EPT_RWX         (EPT_R | EPT_W | EPT_X)
#define EPT_WB          (UINT64_C(6) << 3)
#define EPT_IPAT        XENPT_BIT(6)
#define EPT_RAM         (EPT_WB | EPT_IPAT)
#define EPT_A           XENPT_BIT(8)
#define TYPE(t)         ((uint64_t)(t) << 52)
#define EPT_SUPPRESS_VE XENPT_BIT(63)

#define NPT_TABLE (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D)
#define NPT_RO    (NPT_TABLE & ~ENTRY_RW)
#define NPT_DATA  (NPT_TABLE | ENTRY_NX)

/* clang-format off */
/*
 * A row for each type: p2m-ept.c, ept_p2m_type_to_flags; p2m-pt.c, p2m_type_to_flags.  Those
 * without rights are not present, and not met in tables here.
 */
static const struct row {
    enum p2m_type type;
    struct xenpt_p2m_type public;
    uint64_t ept; /* Rights and memory type. */
    uint64_t npt;
} rows[] = {
    { P2M_RAM_RW, { "ram_rw", 0, true, true, true, "the guest's RAM" }, EPT_RWX | EPT_RAM, NPT_TABLE },
    { P2M_INVALID, { "invalid", 1, false, false, false, "nothing" }, 0, 0 },
    { P2M_RAM_LOGDIRTY, { "ram_logdirty", 2, true, false, true, "RAM, whose first write is noted" },
      EPT_RX | EPT_RAM, NPT_RO },
    { P2M_RAM_RO, { "ram_ro", 3, true, false, true, "RAM, where writes are left out" },
      EPT_RX | EPT_RAM, NPT_RO },
    { P2M_MMIO_DM, { "mmio_dm", 4, false, false, false, "what a device model answers for" }, 0, 0 },
    { P2M_MMIO_DIRECT, { "mmio_direct", 5, true, true, true, "a device of the host's" }, EPT_RWX,
      NPT_TABLE | ENTRY_PCD },
    { P2M_POD, { "populate_on_demand", 6, false, false, false, "RAM that there is not yet" }, 0, 0 },
    { P2M_GRANT_RW, { "grant_map_rw", 7, true, true, false, "another's frame, by a grant" },
      EPT_RW | EPT_RAM, NPT_DATA },
    { P2M_GRANT_RO, { "grant_map_ro", 8, true, false, false, "the same, to be read" },
      EPT_R | EPT_RAM, NPT_DATA & ~ENTRY_RW },
    { P2M_PAGING_OUT, { "ram_paging_out", 9, false, false, false, "RAM on its way to a disk" }, 0, 0 },
    { P2M_PAGED, { "ram_paged", 10, false, false, false, "RAM that is on a disk" }, 0, 0 },
    { P2M_PAGING_IN, { "ram_paging_in", 11, false, false, false, "RAM on its way back" }, 0, 0 },
    { P2M_RAM_SHARED, { "ram_shared", 12, true, false, true, "RAM that is another's as well" },
      EPT_RX | EPT_RAM, NPT_RO },
    { P2M_RAM_BROKEN, { "ram_broken", 13, false, false, false, "RAM with an error" }, 0, 0 },
    { P2M_FOREIGN, { "map_foreign", 14, true, true, false, "another's frame, without its consent" },
      EPT_RW | EPT_RAM, NPT_DATA },
    { P2M_IOREQ_SERVER, { "ioreq_server", 15, true, true, false, "RAM whose writes a device model may "
      "ask for" }, EPT_RW | EPT_RAM, NPT_DATA },
    { P2M_APIC_ACCESS, { "mmio_direct", 5, true, true, true, "VMX: the page of the local APIC" },
      EPT_RWX | EPT_RAM, NPT_TABLE },
};

/* Rights that are left, as bits of EPT; the types of access are Xen's p2m_access_t. */
static const struct access_row {
    struct xenpt_word word;
    uint64_t leaves;
} accesses[XENPT_NR_ACCESS] = {
    [XENPT_ACCESS_N] = { { "n", "nothing" }, 0 },
    [XENPT_ACCESS_R] = { { "r", "read" }, EPT_R },
    [XENPT_ACCESS_W] = { { "w", "write, which no processor has alone: an EPT misconfiguration" }, EPT_W },
    [XENPT_ACCESS_RW] = { { "rw", "read and write" }, EPT_RW },
    [XENPT_ACCESS_X] = { { "x", "fetch" }, EPT_X },
    [XENPT_ACCESS_RX] = { { "rx", "read and fetch" }, EPT_RX },
    [XENPT_ACCESS_WX] = { { "wx", "write and fetch: an EPT misconfiguration" }, EPT_W | EPT_X },
    [XENPT_ACCESS_RWX] = { { "rwx", "all that the type gives" }, EPT_RWX },
    [XENPT_ACCESS_RX2RW] = { { "rx2rw", "read and fetch; from the first write on, read and write" },
      EPT_RX },
    [XENPT_ACCESS_N2RWX] = { { "n2rwx", "nothing; from the first access on, everything" }, 0 },
};
/* clang-format on */

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct xenpt_p2m_type *xenpt_p2m_type(size_t i)
{
    return i + 1 < NR_ROWS ? &rows[i].public : NULL; /* The last is a kind of mmio_direct. */
}

const struct xenpt_word *xenpt_p2m_access_word(enum xenpt_p2m_access access)
{
    return &accesses[access].word;
}

bool p2m_type_at(size_t i, enum p2m_type *ret)
{
    for (size_t n = 0; n < NR_ROWS; n++)
        if (rows[n].public.present && !i--) {
            *ret = rows[n].type;
            return true;
        }
    return false;
}

bool p2m_is_ept(const struct xenpt_machine *m, const struct domain *d)
{
    return m->processor->cpu.vendor == XENPT_INTEL && d->desc->paging != XENPT_GUEST_SHADOW;
}

/* --- By release ---------------------------------------------------------------------------- */

#define RELEASE_A_D 6  /* 4.6: A and D, suppress_ve; before, bits 8, 9 and 63 are not used. */
#define RELEASE_PW  22 /* 4.22: bit 58 is paging-write, and access follows it. */

/* vmx.h: access is a field of four bits. */
static unsigned int access_shift(const struct xenpt_machine *m)
{
    return machine_since(m, 4, RELEASE_PW) ? 59 : 58;
}

static bool ept_ad(const struct xenpt_machine *m)
{
    return m->processor->cpu.ept_ad && m->options.ept_ad != SET_OFF &&
           machine_since(m, 4, RELEASE_A_D);
}

bool p2m_has_pml(const struct xenpt_machine *m, const struct domain *d)
{
    return p2m_is_ept(m, d) && ept_ad(m) && m->options.ept_pml != SET_OFF;
}

/*
 * Advisory 304, of November 2019: where code is fetched from a larger page, the page is split; so a
 * domain but the hardware's has no x in them, if the processor is affected.
 * Of the branches before 4.13, 4.12.1 was the last release of its own before it, and 4.10 had none
 * after it; no source here confirms 4.11.3.
 * Model: a release without its third number has what its branch had last.
 */
bool p2m_exec_sp(const struct xenpt_machine *m, const struct domain *d)
{
    static const struct xenpt_release fixed[] = { { 4, 11, 3 }, { 4, 12, 2 } };
    struct xenpt_release have = m->xen.release;

    if (d->desc->privileged || m->options.ept_exec_sp == SET_ON)
        return true;
    if (m->options.ept_exec_sp == SET_DEFAULT && !m->processor->multihit)
        return true;
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (have.minor == fixed[i].minor)
            return have.patch && have.patch < fixed[i].patch;
    return !machine_since(m, 4, 13);
}

/* --- Flags --------------------------------------------------------------------------------- */

static const struct row *row_of(enum p2m_type type)
{
    const struct row *row = rows;

    while (row->type != type)
        row++;
    return row;
}

static uint64_t ept_flags(const struct xenpt_machine *m, const struct domain *d,
                          const struct row *row, enum xenpt_p2m_access access, unsigned int level)
{
    bool modern = machine_since(m, 4, RELEASE_A_D);
    uint64_t flags = (uint64_t)access << access_shift(m) | (modern ? EPT_SUPPRESS_VE : 0);
    uint64_t rights = row->ept & EPT_RWX;

    /* What is not present has a frame that is none, which is uncached. */
    if (level && !row->public.present)
        return flags | EPT_IPAT | TYPE(row->public.number);
    if (ept_ad(m))
        flags |= EPT_A;
    if (!level)
        return flags | EPT_RWX;
    /* PML: what is noted is that D gets set. */
    if (row->type == P2M_RAM_LOGDIRTY && d->ept_ad && level == 1)
        rights |= EPT_W;
    if (ept_ad(m) && rights & EPT_W && row->type != P2M_RAM_LOGDIRTY)
        flags |= EPT_D;
    rights &= accesses[access].leaves;
    if (level > 1 && !p2m_exec_sp(m, d))
        rights &= ~EPT_X;
    return flags | rights | (row->ept & ~EPT_RWX) | TYPE(row->public.number);
}

uint64_t p2m_flags_for(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                       enum xenpt_p2m_access access, unsigned int level)
{
    const struct row *row = row_of(type);

    if (p2m_is_ept(m, d))
        return ept_flags(m, d, row, access, level);
    if (level && !row->public.present)
        return ENTRY_NX | TYPE(row->public.number);
    return level ? row->npt | TYPE(row->public.number) : NPT_TABLE;
}

uint64_t p2m_flags(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                   unsigned int level)
{
    return p2m_flags_for(m, d, type, XENPT_ACCESS_RWX, level);
}

enum p2m_type p2m_type_of(const struct xenpt_machine *m, const struct domain *d, uint64_t entry)
{
    uint64_t number = entry >> 52 & (p2m_is_ept(m, d) ? 0x3f : 0x7f);

    if (!(entry & ENTRY_ADDR))
        return P2M_MMIO_DM;
    if (number == P2M_MMIO_DIRECT && p2m_is_ept(m, d) && (entry & EPT_RAM) == EPT_RAM)
        return P2M_APIC_ACCESS;
    return number < P2M_APIC_ACCESS ? (enum p2m_type)number : P2M_INVALID;
}

enum xenpt_p2m_access p2m_access_of(const struct xenpt_machine *m, const struct domain *d,
                                    uint64_t entry)
{
    uint64_t access = entry >> access_shift(m) & 0xf;

    if (!p2m_is_ept(m, d) || access >= XENPT_NR_ACCESS)
        return XENPT_ACCESS_RWX;
    return (enum xenpt_p2m_access)access;
}

/* --- Tables -------------------------------------------------------------------------------- */

/* Entries of EPT that are not present carry suppress_ve, but in the root. */
static enum xenpt_code ept_fresh(struct xenpt_machine *m, uint64_t table, struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];

    if (!machine_since(m, 4, RELEASE_A_D))
        return XENPT_OK;
    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = EPT_SUPPRESS_VE;
    return entries_write(m, table, 0, ENTRIES, entry, err);
}

enum xenpt_code p2m_fresh(struct xenpt_machine *m, const struct domain *d, uint64_t table,
                          struct xenpt_error *err)
{
    return p2m_is_ept(m, d) ? ept_fresh(m, table, err) : XENPT_OK;
}

enum xenpt_code p2m_create(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    return table_new(m, &d->p2m, err);
}

enum xenpt_code p2m_free_below(struct xenpt_machine *m, uint64_t table, unsigned int level,
                               struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && level > 1 && i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };

        s.entry = entry_read(m, table, i);
        if (p2m_is_table(&s))
            code = p2m_free_below(m, s.entry & ENTRY_ADDR, level - 1, err);
    }
    return code ? code : table_free(m, table, err);
}

enum xenpt_code p2m_free(struct xenpt_machine *m, uint64_t root, struct xenpt_error *err)
{
    return p2m_free_below(m, root, 4, err);
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
    if (nr && gfn + nr - 1 > d->max_gfn)
        d->max_gfn = gfn + nr - 1;
    if (nr)
        code = stretch_map(m, d->p2m, 4, &s, err);
    if (!code && nr && type == P2M_RAM_RW)
        code = contents_own(&m->contents, (struct owned){ mfn, nr, gfn }, err);
    return code;
}
