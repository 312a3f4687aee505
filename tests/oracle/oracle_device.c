/*
 * oracle_device.c - "Second-Stage Translation" and "Second-Stage Paging Entries" of the Intel
 * Virtualization Technology for Directed I/O Architecture Specification, legacy mode: the IOMMU has
 * pages of 2 MiB and 1 GiB, controls snooping, and knows no device with a TLB of its own.
 */
#include "oracle/oracle_device.h"

/* "A second-stage paging entry is present if its R or W field is 1." */
static bool present(uint64_t entry)
{
    return bit(entry, 0) || bit(entry, 1);
}

/* "Non-zero reserved field in a second-stage paging entry with R or W set": HAW and up to bit 51,
 * and bit 62, which only a leaf has, where there are device TLBs; and what an entry's own table
 * says. */
static bool reserved(struct oracle_walk *w, const struct oracle_device *d, uint64_t entry,
                     uint64_t mbz)
{
    return oracle_reserved(w, mbz | in_place(entry, 51, d->host_bits) | in_place(entry, 62, 62));
}

/* "Format for SS-PTE": 51:12 the page, 11 SNP, 1 W, 0 R. */
static void page_table(const struct oracle_device *d, const struct oracle_tables *t, uint64_t table,
                       struct oracle_walk *w)
{
    uint64_t e;

    w->page_size = 4096;
    if (!oracle_read_entry(w, t, table + bits(w->in, 20, 12) * 8, 8, 1))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(e))
        oracle_not_present(w);
    else if (!reserved(w, d, e, 0))
        oracle_page(w, bits(e, 51, 12) << 12, 12);
}

/* "Format for SS-PDE": 7 PS; of a page 20:12 are reserved, of a table 11. */
static void page_directory(const struct oracle_device *d, const struct oracle_tables *t,
                           uint64_t table, struct oracle_walk *w)
{
    uint64_t e;

    w->page_size = UINT64_C(2) << 20;
    if (!oracle_read_entry(w, t, table + bits(w->in, 29, 21) * 8, 8, 2))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(e)) {
        oracle_not_present(w);
    } else if (bit(e, 7)) {
        if (!reserved(w, d, e, in_place(e, 20, 12)))
            oracle_page(w, bits(e, 51, 21) << 21, 21);
    } else if (!reserved(w, d, e, in_place(e, 11, 11))) {
        page_table(d, t, bits(e, 51, 12) << 12, w);
    }
}

/* "Format for SS-PDPE": 7 PS; of a page 29:12 are reserved, of a table 11. */
static void page_directory_pointers(const struct oracle_device *d, const struct oracle_tables *t,
                                    uint64_t table, struct oracle_walk *w)
{
    uint64_t e;

    w->page_size = UINT64_C(1) << 30;
    if (!oracle_read_entry(w, t, table + bits(w->in, 38, 30) * 8, 8, 3))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(e)) {
        oracle_not_present(w);
    } else if (bit(e, 7)) {
        if (!reserved(w, d, e, in_place(e, 29, 12)))
            oracle_page(w, bits(e, 51, 30) << 30, 30);
    } else if (!reserved(w, d, e, in_place(e, 11, 11))) {
        page_directory(d, t, bits(e, 51, 12) << 12, w);
    }
}

/* "Format for SS-PML4E": 11 and 7 are reserved. */
static void page_map(const struct oracle_device *d, const struct oracle_tables *t, uint64_t table,
                     struct oracle_walk *w)
{
    uint64_t e;

    w->page_size = UINT64_C(1) << 39;
    if (!oracle_read_entry(w, t, table + bits(w->in, 47, 39) * 8, 8, 4))
        return;
    e = w->entry[w->nr - 1].value;
    if (!present(e))
        oracle_not_present(w);
    else if (!reserved(w, d, e, in_place(e, 11, 11) | in_place(e, 7, 7)))
        page_directory_pointers(d, t, bits(e, 51, 12) << 12, w);
}

/* "Access Rights": what each of the entries grants; nothing is executed. */
void oracle_walk_vtd(const struct oracle_device *d, const struct oracle_memory *m, uint64_t in,
                     struct oracle_walk *w)
{
    const struct oracle_tables t = { .memory = m };

    *w = (struct oracle_walk){ .in = in };
    if (in >> (d->levels == 4 ? 48 : 39))
        w->end = XENPT_TOO_WIDE;
    else if (d->levels == 4)
        page_map(d, &t, d->root, w);
    else
        page_directory_pointers(d, &t, d->root, w);
    if (w->end != XENPT_MAPPED)
        return;
    w->r = w->w = true;
    for (unsigned int i = 0; i < w->nr; i++) {
        w->r = w->r && bit(w->entry[i].value, 0);
        w->w = w->w && bit(w->entry[i].value, 1);
    }
}
