/* format.c - asking a format's table: its rows, its flags' names, and whether it is sound. */
#include <stdio.h>
#include <string.h>

#include "arch/format_tables.h"
#include "base/bits.h"

const struct xenpt_format *xenpt_format(enum xenpt_format_id id)
{
    return &formats[id];
}

const char *xenpt_format_check(const struct xenpt_format *f)
{
    unsigned int shift = 12;

    if (f->top > XENPT_TOP_MAX)
        return "top level out of range";
    if (f->top == 0)
        return NULL;
    if (f->entry_size != 4 && f->entry_size != 8)
        return "an entry is neither 4 nor 8 bytes";
    if (f->present & ~f->level[1].page_if)
        return "an L1 entry could point at a further table";
    for (unsigned int l = 1; l <= f->top; shift += f->level[l++].bits) {
        const struct xenpt_level *lv = &f->level[l];

        if (!lv->name)
            return "a level has no name";
        if (lv->shift != shift)
            return "index slices do not abut";
        if ((UINT64_C(1) << lv->bits) * f->entry_size > XENPT_PAGE_SIZE)
            return "a table is larger than a page";
        if (lv->page_if & lv->rsvd_page)
            return "a page's own mark is reserved";
        if (l > 1 && lv->page_if & lv->rsvd_table)
            return "a table could not be told from an illegal page";
        if (lv->fold.bits && !(f->address >> lv->shift))
            return "a folded address has no address to fold into";
    }
    return shift == f->input_bits ? NULL : "index slices do not cover the input";
}

unsigned int xenpt_slot(const struct xenpt_format *f, unsigned int level, uint64_t in)
{
    const struct xenpt_level *lv = &f->level[level];

    return (unsigned int)(in >> lv->shift & ones(lv->bits));
}

const char *xenpt_page_name(const struct xenpt_format *f, unsigned int level)
{
    static const struct {
        uint8_t shift;
        const char *name;
    } names[] = { { 12, "4K" }, { 21, "2M" }, { 22, "4M" }, { 30, "1G" } };

    for (size_t i = 0; f->top && i < ARRAY_SIZE(names); i++)
        if (names[i].shift == f->level[level].shift)
            return names[i].name;
    return "none";
}

/* --- Flags --------------------------------------------------------------------------------- */

enum where {
    ANYWHERE,
    ABOVE_L1, /* In entries above L1, whatever they are. */
    IN_PAGES, /* In entries that map a page. */
    AT_L1,    /* In 4 KiB entries. */
    IN_LARGE, /* In entries above L1 that map a page. */
};

/* From low bit to high; the names are those of the manuals' bit tables. */
static const struct flag_row {
    struct xenpt_flag flag;
    enum where where;
} ia_flags[] = {
    { { "P", P, false, false }, ANYWHERE },
    { { "RW", RW, false, false }, ANYWHERE },
    { { "US", US, false, false }, ANYWHERE },
    { { "PWT", PWT, false, false }, ANYWHERE },
    { { "PCD", PCD, false, false }, ANYWHERE },
    { { "A", A, false, false }, ANYWHERE },
    { { "D", D, false, false }, ANYWHERE },
    { { "PS", PS, false, false }, ABOVE_L1 },
    { { "PAT", PAT, false, false }, AT_L1 },
    { { "PAT", PATL, false, false }, IN_LARGE },
    { { "G", G, false, false }, ANYWHERE },
    { { "AVL9", BIT(9), false, true }, ANYWHERE },
    { { "AVL10", BIT(10), false, true }, ANYWHERE },
    { { "AVL11", BIT(11), false, true }, ANYWHERE },
    { { "AVL", BITS(58, 52), true, true }, ANYWHERE },
    { { "PK", PKEY, true, true }, IN_PAGES },
    { { "NX", NX, false, false }, ANYWHERE },
}, ept_flags[] = {
    { { "R", EPT_R, false, false }, ANYWHERE },
    { { "W", EPT_W, false, false }, ANYWHERE },
    { { "X", EPT_X, false, false }, ANYWHERE },
    { { "MT", EPT_MT, true, false }, IN_PAGES },
    { { "IPAT", EPT_IPAT, false, false }, IN_PAGES },
    { { "PS", PS, false, false }, ABOVE_L1 },
    { { "A", EPT_A, false, false }, ANYWHERE },
    { { "D", EPT_D, false, false }, IN_PAGES },
    { { "UX", EPT_XU, false, false }, ANYWHERE },
    { { "AVL11", BIT(11), false, true }, ANYWHERE },
    { { "AVL", BITS(59, 52), true, true }, ANYWHERE },
    { { "SSS", EPT_SSS, false, true }, IN_PAGES },
    { { "AVL61", BITS(62, 61), true, true }, ANYWHERE },
    { { "SVE", EPT_SVE, false, false }, IN_PAGES },
}, iommu_flags[] = {
    { { "PR", IO_PR, false, false }, ANYWHERE },
    { { "A", IO_A, false, false }, ANYWHERE },
    { { "D", IO_D, false, false }, ANYWHERE },
    { { "NEXT", IO_NEXT, true, false }, ANYWHERE },
    { { "U", IO_U, false, true }, IN_PAGES },
    { { "FC", IO_FC, false, true }, IN_PAGES },
    { { "IR", IO_IR, false, false }, ANYWHERE },
    { { "IW", IO_IW, false, false }, ANYWHERE },
}, vtd_flags[] = {
    { { "R", VTD_R, false, false }, ANYWHERE },
    { { "W", VTD_W, false, false }, ANYWHERE },
    { { "PS", PS, false, false }, ABOVE_L1 },
    { { "SNP", VTD_SNP, false, false }, IN_PAGES },
};

static bool applies(enum where where, unsigned int level, bool page)
{
    switch (where) {
    case ABOVE_L1:
        return level > 1;
    case IN_PAGES:
        return page;
    case AT_L1:
        return level == 1;
    case IN_LARGE:
        return level > 1 && page;
    case ANYWHERE:
        break;
    }
    return true;
}

/*
 * A memory type of 0 is a type (UC), so a field of a page that EPT maps is shown with any
 * value; fields that software owns are shown if they hold something.
 */
static bool shown(const struct xenpt_flag *flag, uint64_t entry)
{
    return flag->field && !flag->extra ? true : (entry & flag->mask) != 0;
}

struct flag_rows {
    const struct flag_row *rows;
    size_t nr;
};

static struct flag_rows rows_of(const struct xenpt_format *f)
{
    switch (f->cache) {
    case XENPT_CACHE_EPT:
        return (struct flag_rows){ ept_flags, ARRAY_SIZE(ept_flags) };
    case XENPT_CACHE_IOMMU:
        return (struct flag_rows){ iommu_flags, ARRAY_SIZE(iommu_flags) };
    case XENPT_CACHE_VTD:
        return (struct flag_rows){ vtd_flags, ARRAY_SIZE(vtd_flags) };
    case XENPT_CACHE_PAT:
        break;
    }
    return (struct flag_rows){ ia_flags, ARRAY_SIZE(ia_flags) };
}

bool xenpt_format_is_device(const struct xenpt_format *f)
{
    return f->cache == XENPT_CACHE_IOMMU || f->cache == XENPT_CACHE_VTD;
}

size_t xenpt_entry_flags(const struct xenpt_format *f, unsigned int level, uint64_t entry,
                         bool extra, const struct xenpt_flag **ret, size_t max)
{
    struct flag_rows list = rows_of(f);
    size_t n = 0;
    bool page = entry & f->present && entry & f->level[level].page_if;

    for (size_t i = 0; i < list.nr && n < max; i++) {
        const struct xenpt_flag *flag = &list.rows[i].flag;

        if (applies(list.rows[i].where, level, page) && (extra || !flag->extra) &&
            shown(flag, entry))
            ret[n++] = flag;
    }
    return n;
}

const char *xenpt_entry_words(const struct xenpt_format *f, unsigned int level, uint64_t entry,
                              bool extra, char buf[XENPT_FLAGS_MAX])
{
    const struct xenpt_flag *flags[ARRAY_SIZE(ia_flags)];
    size_t n = xenpt_entry_flags(f, level, entry, extra, flags, ARRAY_SIZE(flags)), used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const struct xenpt_flag *flag = flags[i];
        const char *gap = i ? " " : "";
        unsigned int value = (unsigned int)((entry & flag->mask) >> __builtin_ctzll(flag->mask));

        used += (size_t)(flag->field ? snprintf(buf + used, XENPT_FLAGS_MAX - used, "%s%s=%u", gap,
                                                flag->name, value)
                                     : snprintf(buf + used, XENPT_FLAGS_MAX - used, "%s%s", gap,
                                                flag->name));
    }
    return buf;
}
