/*
 * construct_hvm.c - what an HVM or PVH guest is told when it starts, and its pages at fixed
 * places: tools/libs/guest/xg_dom_x86.c, alloc_magic_pages_hvm and bootlate_hvm;
 * tools/libs/light/libxl_x86.c, domain_construct_memmap; hvm/dom0_build.c.
 *
 * Model: what is loaded - a kernel, or hvmloader - is at 1 MiB and 4 MiB large (of small guests, a
 * quarter of their memory).  It has no command line and no modules, and nothing is in ACPI's
 * tables.  A guest whose memory is given, with a hole where it would be told something, is not
 * told.
 */
#include "xen/given.h"
#include "xen/guest.h"

#define IMAGE_AT   (UINT64_C(1) << 20)
#define IMAGE_SIZE (UINT64_C(4) << 20)

/* public/arch-x86/hvm/start_info.h; public/xen.h. */
#define START_MAGIC    UINT64_C(0x336ec578)
#define SIF_PRIVILEGED UINT64_C(0x1)
#define SIF_INITDOMAIN UINT64_C(0x2)

/* Behind the structure: room for two modules and their command lines. */
#define MODULES_SIZE (UINT64_C(2) * (32 + 1024))

/* Places that the toolstack chose: of PVH guests' ACPI, the tables in 7 pages; of rings. */
#define ACPI_AT          UINT64_C(0xfc000000)
#define RSDP_AT          UINT64_C(0xfc008000)
#define RSDP_SIZE        UINT64_C(64)
#define IOREQ_SERVER_GFN UINT64_C(0xfeff0)
#define RINGS_GFN        UINT64_C(0xfeff8)
#define SPECIAL_END      UINT64_C(0xff000000)
#define FOUR_GB          (UINT64_C(1) << 32)

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3

/* Flags of a 32-bit page of 4 MiB. */
#define IDENT_FLAGS (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D | ENTRY_PS)

/* public/hvm/hvm_info_table.h. */
#define INFO_GFN UINT64_C(0x9f)
#define INFO_AT  UINT64_C(0x800)

/* --- Pages at fixed places ----------------------------------------------------------------- */

#define HVM (1u << XENPT_DOMAIN_HVM)
#define PVH (1u << XENPT_DOMAIN_PVH)

/* clang-format off */
/* Numbers of parameters: public/hvm/params.h. */
static const struct hvm_special specials[] = {
    { XENPT_SPECIAL_ACPI, ACPI_AT >> XENPT_PAGE_SHIFT, 9, PVH, 0, 0, NULL },
    { XENPT_SPECIAL_IOREQ_SERVER, IOREQ_SERVER_GFN, 8, HVM, 5, 32, "IOREQ_SERVER_PFN" },
    { XENPT_SPECIAL_PAGING_RING, RINGS_GFN, 1, HVM | PVH, 0, 27, "PAGING_RING_PFN" },
    { XENPT_SPECIAL_MONITOR_RING, RINGS_GFN + 1, 1, HVM | PVH, 0, 28, "MONITOR_RING_PFN" },
    { XENPT_SPECIAL_SHARING_RING, RINGS_GFN + 2, 1, HVM | PVH, 0, 29, "SHARING_RING_PFN" },
    { XENPT_SPECIAL_BUFIOREQ, RINGS_GFN + 3, 1, HVM | PVH, 0, 6, "BUFIOREQ_PFN" },
    { XENPT_SPECIAL_XENSTORE, RINGS_GFN + 4, 1, HVM | PVH, 0, 1, "STORE_PFN" },
    { XENPT_SPECIAL_IOREQ, RINGS_GFN + 5, 1, HVM | PVH, 0, 5, "IOREQ_PFN" },
    { XENPT_SPECIAL_IDENT_PT, RINGS_GFN + 6, 1, HVM | PVH, 0, 12, "IDENT_PT" },
    { XENPT_SPECIAL_CONSOLE, RINGS_GFN + 7, 1, HVM | PVH, 0, 17, "CONSOLE_PFN" },
};
/* clang-format on */

const struct hvm_special *hvm_special(size_t i)
{
    return i < sizeof(specials) / sizeof(specials[0]) ? &specials[i] : NULL;
}

bool hvm_has_special(const struct xenpt_machine *m, const struct domain *d,
                     const struct hvm_special *s)
{
    return !d->desc->built_by_xen && s->types >> d->desc->type & 1 && machine_since(m, 4, s->since);
}

static const struct xenpt_abi_struct *held(enum xenpt_special special)
{
    switch (special) {
    case XENPT_SPECIAL_XENSTORE:
        return xenpt_abi_struct(ABI_XENSTORE);
    case XENPT_SPECIAL_CONSOLE:
        return xenpt_abi_struct(ABI_CONSOLE);
    default:
        return NULL;
    }
}

static uint64_t mfn_of(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn)
{
    return guest_maddr(m, d, gfn) >> XENPT_PAGE_SHIFT;
}

static enum xenpt_code special(struct xenpt_machine *m, struct domain *d,
                               const struct hvm_special *s, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t n = 0; !code && n < s->nr; n++)
        code = add_frames(d,
                          (struct xenpt_special_frames){
                              .special = s->special,
                              .mfn = mfn_of(m, d, s->first + n),
                              .nr = 1,
                              .has_gfn = true,
                              .gfn = s->first + n,
                              .holds = held(s->special),
                          },
                          err);
    if (!code && s->param)
        code = add_param(d,
                         (struct xenpt_hvm_param){
                             .nr = s->param,
                             .name = s->name,
                             .value = s->special == XENPT_SPECIAL_IDENT_PT
                                          ? s->first << XENPT_PAGE_SHIFT
                                          : s->first,
                         },
                         err);
    return code;
}

/* Numbers that no page goes with. */
static enum xenpt_code numbers(struct domain *d, struct xenpt_error *err)
{
    const struct xenpt_hvm_param rows[] = {
        { 2, "STORE_EVTCHN", port_of(d, "xenstore") },
        { 18, "CONSOLE_EVTCHN", port_of(d, "console") },
        { 33, "NR_IOREQ_SERVER_PAGES", 8 },
    };
    size_t nr = frames_of(d, XENPT_SPECIAL_IOREQ_SERVER) ? 3 : 2;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < nr; i++)
        code = add_param(d, rows[i], err);
    return code;
}

/* 1024 pages of 4 MiB. */
static enum xenpt_code ident_pt(struct xenpt_machine *m, const struct domain *d,
                                struct xenpt_error *err)
{
    const struct xenpt_special_frames *f = frames_of(d, XENPT_SPECIAL_IDENT_PT);
    uint32_t entry[XENPT_PAGE_SIZE / 4];

    for (uint32_t i = 0; i < XENPT_PAGE_SIZE / 4; i++)
        entry[i] = i << 22 | (uint32_t)IDENT_FLAGS;
    return page_filled(m, f->mfn, (const uint8_t *)entry, err);
}

/* --- The map of memory --------------------------------------------------------------------- */

/* An array of its entries, being filled. */
struct map {
    struct filling f; /* The next entry. */
    uint64_t nr;
};

static void stretch(struct map *map, uint64_t first, uint64_t end, uint64_t type)
{
    if (first >= end)
        return;
    set_member(&map->f, "addr", first);
    set_member(&map->f, "size", end - first);
    set_member(&map->f, "type", type);
    map->f.at += map->f.s->size[map->f.form];
    map->nr++;
}

/* Its memory between two addresses. */
static void ram(struct map *map, const struct domain *d, uint64_t first, uint64_t end)
{
    uint64_t size = memory_size(d->desc), low = hvm_mmio_first(d) << XENPT_PAGE_SHIFT;
    const struct xenpt_domain_range *r = d->desc->ranges;
    size_t nr = d->desc->nr_ranges;

    if (!nr) {
        low = size < low ? size : low;
        if (first < low)
            stretch(map, first, low < end ? low : end, E820_RAM);
        else
            stretch(map, first, first + (size - low), E820_RAM);
        return;
    }
    for (size_t i = 0, k; i < nr; i = k) {
        uint64_t from = r[i].gfn << XENPT_PAGE_SHIFT, to;

        for (k = i + 1; k < nr && r[k].gfn == r[k - 1].gfn + r[k - 1].nr;)
            k++;
        to = (r[k - 1].gfn + r[k - 1].nr) << XENPT_PAGE_SHIFT;
        stretch(map, from < first ? first : from, to < end ? to : end, E820_RAM);
    }
}

/* libxl_x86.c, domain_construct_memmap; libxl_x86_acpi.c, libxl__dom_load_acpi. */
static void memory_map(struct map *map, const struct domain *d)
{
    if (d->desc->type == XENPT_DOMAIN_HVM) {
        ram(map, d, IMAGE_AT, FOUR_GB);
    } else {
        ram(map, d, 0, FOUR_GB);
        stretch(map, RINGS_GFN << XENPT_PAGE_SHIFT, SPECIAL_END, E820_RESERVED);
        stretch(map, RSDP_AT, RSDP_AT + RSDP_SIZE, E820_ACPI);
        stretch(map, ACPI_AT, ACPI_AT + XENPT_PAGE_SIZE, E820_ACPI);
        stretch(map, ACPI_AT + XENPT_PAGE_SIZE, RSDP_AT, E820_ACPI);
    }
    ram(map, d, FOUR_GB, UINT64_MAX);
}

/* --- What it is told ----------------------------------------------------------------------- */

static enum xenpt_code start_info(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err)
{
    uint64_t size = d->desc->memory / 4 < IMAGE_SIZE ? d->desc->memory / 4 : IMAGE_SIZE;
    uint64_t gfn = (IMAGE_AT + size + XENPT_PAGE_SIZE - 1) >> XENPT_PAGE_SHIFT;
    uint8_t page[XENPT_PAGE_SIZE] = { 0 };
    struct filling f = { .m = m, .page = page, .s = xenpt_abi_struct(ABI_HVM_START_INFO) };
    uint64_t at = gfn << XENPT_PAGE_SHIFT, map_at = f.s->size[0] + MODULES_SIZE;
    bool xen = d->desc->built_by_xen, mapped = !xen && machine_since(m, 4, 12);
    struct map map = {
        { .m = m, .page = page, .at = map_at, .s = xenpt_abi_struct(ABI_HVM_MEMMAP) }, 0
    };
    enum xenpt_code code;

    if (guest_maddr(m, d, gfn) == NO_TABLE || given_is_table(d, gfn))
        return XENPT_OK; /* It has no memory there, or a table. */
    if (mapped)
        memory_map(&map, d);
    set_member(&f, "magic", START_MAGIC);
    set_member(&f, "version", mapped); /* Dom0 asks Xen for its map. */
    set_member(&f, "flags", xen ? SIF_PRIVILEGED | SIF_INITDOMAIN : 0);
    set_member(&f, "rsdp_paddr", !xen && d->desc->type == XENPT_DOMAIN_PVH ? RSDP_AT : 0);
    set_member(&f, "memmap_paddr", mapped ? at + map_at : 0);
    set_member(&f, "memmap_entries", map.nr);
    code = page_filled(m, mfn_of(m, d, gfn), page, err);
    if (code)
        return code;
    return add_frames(d,
                      (struct xenpt_special_frames){
                          .special = XENPT_SPECIAL_START_INFO,
                          .mfn = mfn_of(m, d, gfn),
                          .nr = 1,
                          .has_gfn = true,
                          .gfn = gfn,
                          .holds = f.s,
                      },
                      err);
}

/* Behind the last frame below one, at or behind another; 0: there is none. */
static uint64_t memory_end(const struct domain *d, uint64_t from, uint64_t below)
{
    uint64_t end = 0;

    for (size_t i = 0; i < d->desc->nr_ranges; i++)
        if (d->desc->ranges[i].gfn >= from && d->desc->ranges[i].gfn < below)
            end = d->desc->ranges[i].gfn + d->desc->ranges[i].nr;
    return end;
}

/* xg_dom_x86.c, build_hvm_info; libxl_dom.c, hvm_build_set_params. */
static enum xenpt_code hvm_info(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    uint8_t page[XENPT_PAGE_SIZE] = { 0 }, online[16] = { 0 }, sum = 0;
    struct filling f = { .m = m, .page = page, .at = INFO_AT, .s = xenpt_abi_struct(ABI_HVM_INFO) };
    uint64_t low = hvm_mmio_first(d), four_gb = FOUR_GB >> XENPT_PAGE_SHIFT;
    uint64_t nr = memory_size(d->desc) >> XENPT_PAGE_SHIFT, low_end = nr < low ? nr : low;
    uint64_t high_end = nr > low ? four_gb + nr - low : 0;
    enum xenpt_code code;

    for (uint32_t v = 0; v < d->nr_vcpus && !d->vcpus[v].down && v < 8 * sizeof(online); v++)
        online[v / 8] |= (uint8_t)(1u << v % 8);
    if (guest_maddr(m, d, INFO_GFN) == NO_TABLE || given_is_table(d, INFO_GFN))
        return XENPT_OK; /* It has no memory there, or a table. */
    if (d->desc->nr_ranges) {
        low_end = memory_end(d, 0, four_gb);
        high_end = memory_end(d, four_gb, UINT64_MAX);
    }
    set_bytes(&f, "signature", "HVM INFO", 8);
    set_member(&f, "length", f.s->size[f.form]);
    set_member(&f, "apic_mode", 1);
    set_member(&f, "nr_vcpus", d->nr_vcpus);
    set_member(&f, "low_mem_pgend", low_end);
    set_member(&f, "high_mem_pgend", high_end);
    set_member(&f, "reserved_mem_pgstart", IOREQ_SERVER_GFN);
    set_bytes(&f, "vcpu_online", online, sizeof(online));
    for (size_t i = 0; i < f.s->size[f.form]; i++)
        sum = (uint8_t)(sum + page[INFO_AT + i]);
    set_member(&f, "checksum", (uint8_t)-sum);
    code = page_filled(m, mfn_of(m, d, INFO_GFN), page, err);
    if (code)
        return code;
    return add_frames(d,
                      (struct xenpt_special_frames){
                          .special = XENPT_SPECIAL_HVM_INFO,
                          .mfn = mfn_of(m, d, INFO_GFN),
                          .nr = 1,
                          .has_gfn = true,
                          .gfn = INFO_GFN,
                          .holds = f.s,
                          .from = INFO_AT,
                      },
                      err);
}

enum xenpt_code construct_hvm(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    const struct hvm_special *s;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && (s = hvm_special(i)); i++)
        if (hvm_has_special(m, d, s))
            code = special(m, d, s, err);
    if (!code && !d->desc->built_by_xen)
        code = numbers(d, err);
    if (!code && !d->desc->built_by_xen)
        code = ident_pt(m, d, err);
    if (!code && d->desc->type == XENPT_DOMAIN_HVM && !d->desc->built_by_xen)
        code = hvm_info(m, d, err);
    return code ? code : start_info(m, d, err);
}
