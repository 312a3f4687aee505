/*
 * guest.c - page tables that an HVM or PVH guest has made for itself.
 *
 * Model: a guest has its first 2 MiB mapped one to one by 4 KiB pages, its tables among them,
 * and a larger page behind.  Some pages were never read, some never written: what shadow paging
 * makes of A and D shows on them.
 */
#include "xen/guest.h"
#include "xen/p2m.h"

#include "xen/encrypt.h"

/* Guest frames of its tables, the root first. */
#define ROOT_GFN  UINT64_C(0x10)
#define L3_GFN    UINT64_C(0x11)
#define L2_GFN    UINT64_C(0x12)
#define L1_GFN    UINT64_C(0x13)
#define CLEAN_GFN UINT64_C(0x30) /* Not written to yet... */
#define FRESH_GFN UINT64_C(0x31) /* ...not read either... */
#define USER_GFN  UINT64_C(0x32) /* ...and user mode's. */

#define TABLE (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A)
#define PAGE  (ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D)

uint64_t guest_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn)
{
    unsigned int level;
    uint64_t in = gfn << XENPT_PAGE_SHIFT, entry = entry_of(m, d->p2m, 4, in, &level);

    if (!p2m_leads(entry) || (level > 1 && !(entry & ENTRY_PS)))
        return NO_TABLE;
    return (entry & ENTRY_ADDR & ~(level_size(level) - 1)) |
           (in & (level_size(level) - 1) & ~(uint64_t)(XENPT_PAGE_SIZE - 1));
}

void guest_maddrs(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                  uint64_t ret[ENTRIES])
{
    uint64_t table = d->p2m, in = gfn << XENPT_PAGE_SHIFT, entry = 0, first = NO_TABLE;
    unsigned int level = 4;

    for (; level > 1; level--) {
        entry = entry_read(m, table, slot_at(level, in));
        table = entry & ENTRY_ADDR;
        if (!table || entry & ENTRY_PS)
            break;
    }
    if (level == 1) {
        if (!xenpt_read(xenpt_store_reader(m->store), table, ret, ENTRIES * sizeof(*ret)))
            return;
        for (unsigned int i = 0; i < ENTRIES; i++)
            ret[i] = p2m_leads(ret[i]) ? ret[i] & ENTRY_ADDR : NO_TABLE;
        return;
    }
    if (p2m_leads(table))
        first = (table & ~(level_size(level) - 1)) | (in & (level_size(level) - 1));
    for (unsigned int i = 0; i < ENTRIES; i++)
        ret[i] = first == NO_TABLE ? NO_TABLE : first + (uint64_t)i * XENPT_PAGE_SIZE;
}

/* Of memory that is given. */
static enum xenpt_code no_room(uint64_t gfn, struct xenpt_error *err)
{
    return xenpt_fail(
        err, XENPT_ERANGE,
        "it has its page tables from gfn 0x%llx to 0x%llx, and no memory at gfn 0x%llx",
        (unsigned long long)ROOT_GFN, (unsigned long long)L1_GFN, (unsigned long long)gfn);
}

static enum xenpt_code put(struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                           unsigned int slot, unsigned int size, uint64_t entry,
                           struct xenpt_error *err)
{
    uint64_t at = guest_maddr(m, d, gfn);

    if (at == NO_TABLE)
        return no_room(gfn, err);
    return xenpt_store_write(m->store, at + (uint64_t)slot * size, &entry, size, err);
}

/* What an encrypted guest has in each of its entries: all of its memory is private. */
static uint64_t c_bit(const struct xenpt_machine *m, const struct domain *d)
{
    return encrypted_c_bit(d) ? XENPT_BIT(m->processor->c_bit) : 0;
}

static uint64_t page_flags(uint64_t gfn)
{
    switch (gfn) {
    case CLEAN_GFN:
        return PAGE & ~ENTRY_D;
    case FRESH_GFN:
        return PAGE & ~(ENTRY_A | ENTRY_D);
    case USER_GFN:
        return PAGE | ENTRY_US;
    default:
        return PAGE;
    }
}

static enum xenpt_code lowest(struct xenpt_machine *m, const struct domain *d, bool small,
                              struct xenpt_error *err)
{
    uint64_t maddr[ENTRIES], entry[ENTRIES];
    uint32_t half[ENTRIES];

    guest_maddrs(m, d, 0, maddr);
    if (maddr[L1_GFN] == NO_TABLE)
        return no_room(L1_GFN, err);
    for (unsigned int gfn = 0; gfn < ENTRIES; gfn++) {
        entry[gfn] = maddr[gfn] == NO_TABLE
                         ? 0
                         : (uint64_t)gfn << XENPT_PAGE_SHIFT | page_flags(gfn) | c_bit(m, d);
        half[gfn] = (uint32_t)entry[gfn];
    }
    return small ? xenpt_store_write(m->store, maddr[L1_GFN], half, sizeof(half), err)
                 : xenpt_store_write(m->store, maddr[L1_GFN], entry, sizeof(entry), err);
}

bool guest_builds_table(uint64_t gfn)
{
    return gfn >= ROOT_GFN && gfn <= L1_GFN;
}

enum xenpt_code guest_tables(struct xenpt_machine *m, struct domain *d, uint64_t *ret,
                             struct xenpt_error *err)
{
    /* Table, slot and entry; of those that a mode has. */
    static const struct {
        enum xenpt_guest_mode mode;
        unsigned int slot, size;
        uint64_t gfn, entry;
    } rows[] = {
        { XENPT_GUEST_4LEVEL, 0, 8, ROOT_GFN, L3_GFN << XENPT_PAGE_SHIFT | TABLE },
        { XENPT_GUEST_4LEVEL, 0, 8, L3_GFN, L2_GFN << XENPT_PAGE_SHIFT | TABLE },
        { XENPT_GUEST_4LEVEL, 0, 8, L2_GFN, L1_GFN << XENPT_PAGE_SHIFT | TABLE },
        { XENPT_GUEST_4LEVEL, 1, 8, L2_GFN, UINT64_C(0x200000) | PAGE | ENTRY_PS },
        { XENPT_GUEST_PAE, 0, 8, ROOT_GFN, L2_GFN << XENPT_PAGE_SHIFT | ENTRY_P },
        { XENPT_GUEST_PAE, 0, 8, L2_GFN, L1_GFN << XENPT_PAGE_SHIFT | TABLE },
        { XENPT_GUEST_PAE, 1, 8, L2_GFN, UINT64_C(0x200000) | PAGE | ENTRY_PS },
        { XENPT_GUEST_2LEVEL, 0, 4, ROOT_GFN, L1_GFN << XENPT_PAGE_SHIFT | TABLE },
        { XENPT_GUEST_2LEVEL, 1, 4, ROOT_GFN, UINT64_C(0x400000) | PAGE | ENTRY_PS },
    };
    static const unsigned int nr_tables[XENPT_NR_GUEST_MODES] = {
        [XENPT_GUEST_4LEVEL] = 4,
        [XENPT_GUEST_PAE] = 3,
        [XENPT_GUEST_2LEVEL] = 2,
    };
    enum xenpt_code code = XENPT_OK;

    *ret = 0;
    if (d->desc->mode == XENPT_GUEST_UNPAGED)
        return XENPT_OK;
    *ret = ROOT_GFN << XENPT_PAGE_SHIFT;
    m->stats.tables += nr_tables[d->desc->mode];
    d->nr_tables += nr_tables[d->desc->mode];
    for (size_t i = 0; !code && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].mode == d->desc->mode)
            code = put(m, d, rows[i].gfn, rows[i].slot, rows[i].size,
                       rows[i].entry | (rows[i].size == 8 ? c_bit(m, d) : 0), err);
    return code ? code : lowest(m, d, d->desc->mode == XENPT_GUEST_2LEVEL, err);
}
