/* cases_grants.c - grant_table_op.  d0 asks for what d1 offers it, by entries that it writes into
 * d1's table; d1 for what it offers itself, as a domain may. */
#include "cases.h"

#define REF (8 + who()) /* What d0 has in use stays so. */

static uint32_t handle;
static uint64_t bus;

/* Who grants. */
static unsigned int granter(void)
{
    return D1;
}

static uint64_t theirs(void)
{
    return who() == D0 ? other() : fresh();
}

static void offers(uint16_t flags, unsigned int to, uint64_t frame)
{
    if (!offer(granter(), REF, (struct offer){ flags, (uint16_t)to, frame }))
        said_text(" no table");
}

static int map_ref(uint64_t where, uint32_t flags, uint32_t domain, uint32_t ref)
{
    int rc = ask_map(where, flags, domain, ref, &handle, &bus);

    said_status(rc);
    return rc;
}
static int map(uint32_t flags)
{
    return map_ref(WINDOW + 0x5000, flags, granter(), REF);
}
static void unmap(void)
{
    said_status(ask_unmap(WINDOW + 0x5000, 0, handle));
}
static void map_of(uint32_t flags, uint16_t entry)
{
    offers(GRANT_ACCESS | entry, who(), theirs());
    if (!map(flags))
        unmap();
}

static void good(void)
{
    map_of(MAP_HOST, 0);
}
static void good_ro(void)
{
    map_of(MAP_HOST | MAP_READONLY, 0);
}
static void good_ro_both(void)
{
    map_of(MAP_HOST | MAP_READONLY, GRANT_READONLY);
}
static void no_kind(void)
{
    map_of(MAP_READONLY, 0);
}
static void nobody(void)
{
    map_ref(WINDOW + 0x5000, MAP_HOST, 77, REF);
}
static void ref_512(void)
{
    map_ref(WINDOW + 0x5000, MAP_HOST, granter(), 5000000);
}
static void sub_page(void)
{
    map_of(MAP_HOST, GRANT_SUB_PAGE);
}
static void transfer(void)
{
    offers(GRANT_TRANSFER, who(), theirs());
    map(MAP_HOST);
}
static void invalid(void)
{
    offers(0, who(), theirs());
    map(MAP_HOST);
}
static void to_another(void)
{
    offers(GRANT_ACCESS, 5, theirs());
    map(MAP_HOST);
}
static void read_only(void)
{
    map_of(MAP_HOST, GRANT_READONLY);
}
static void not_theirs(void)
{
    offers(GRANT_ACCESS, who(), who() == D0 ? fresh() : other());
    map(MAP_HOST);
    offers(GRANT_ACCESS, who(), BEYOND);
    map(MAP_HOST);
}
static void a_table(void)
{
    uint64_t t = theirs();

    ext_of(PIN_L1, t, 0, who() == D0 ? D1 : SELF);
    offers(GRANT_ACCESS, who(), t);
    map(MAP_HOST);
    map(MAP_HOST | MAP_READONLY);
    unmap();
}
static void device(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    if (!map(MAP_DEVICE))
        said_status(ask_unmap(0, bus, handle));
}
static void by_pte(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map_ref(at(l1, 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
    said_status(ask_unmap(at(l1, 7), 0, handle));
}
static void by_pte_unaligned(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map_ref(at(l1, 7) + 4, MAP_HOST | MAP_BY_PTE, granter(), REF);
}
static void by_pte_page(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map_ref(at(page, 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
    map_ref(at(l2, 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
    map_ref(at(other(), 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
    map_ref(at(BEYOND, 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
}
static void no_l1(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map_ref(UINT64_C(0x123456000), MAP_HOST, granter(), REF);
}
static void over(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    mmu(at(l1, 5), page << 12 | PAGE);
    map(MAP_HOST);
    mmu(at(l1, 6), page << 12 | PAGE);
    unmap();
}
static void no_handle(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    said_status(ask_unmap(WINDOW + 0x5000, 0, handle + 1));
    said_status(ask_unmap(WINDOW + 0x5000, 0, 0xffffffff));
    unmap();
    unmap();
}
static void bus_wrong(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST | MAP_DEVICE);
    said_status(ask_unmap(WINDOW + 0x5000, bus + 4096, handle));
    said_status(ask_unmap(WINDOW + 0x5000, bus, handle));
}
static void other_place(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    mmu(at(l1, 6), page << 12 | PAGE);
    said_status(ask_unmap(WINDOW + 0x6000, 0, handle));
    said_status(ask_unmap(WINDOW + 0x7000, 0, handle));
    said_status(ask_unmap(UINT64_C(0x123456000), 0, handle));
    unmap();
}
static void other_rights(void)
{
    uint32_t first;

    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    first = handle;
    map_ref(WINDOW + 0x6000, MAP_HOST | MAP_READONLY, granter(), REF);
    said_status(ask_unmap(WINDOW + 0x6000, 0, first));
    said_status(ask_unmap(WINDOW + 0x5000, 0, handle));
    said_status(ask_unmap(WINDOW + 0x6000, 0, handle));
    said_status(ask_unmap(WINDOW + 0x5000, 0, first));
}
/* The guest has overwritten it. */
static void lost(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    mmu(at(l1, 5), 0);
    unmap();
    said_status(ask_unmap(0, 0, handle));
}
static void replaced(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    mmu(at(l1, 6), page << 12 | PAGE);
    said_status(ask_replace(WINDOW + 0x5000, WINDOW + 0x6000, handle));
    said_number(get(l1, 5) >> 12 == page);
    said_number(get(l1, 6));
}
static void replace_pte(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map_ref(at(l1, 7), MAP_HOST | MAP_BY_PTE, granter(), REF);
    said_status(ask_replace(at(l1, 7), WINDOW + 0x6000, handle));
    said_status(ask_unmap(at(l1, 7), 0, handle));
}
static void replace_nowhere(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    map(MAP_HOST);
    said_status(ask_replace(WINDOW + 0x5000, UINT64_C(0x123456000), handle));
    unmap();
}
static void pin_full(void)
{
    int rc = 0;

    offers(GRANT_ACCESS, who(), theirs());
    for (unsigned int i = 0; i < 128 && !rc; i++)
        rc = ask_map(WINDOW, MAP_DEVICE | MAP_READONLY, granter(), REF, &handle, &bus);
    said_status(rc);
    if (rc)
        return;
    map(MAP_DEVICE | MAP_READONLY);
    map(MAP_HOST | MAP_READONLY);
    unmap();
}
/* In use by d0, until the end. */
static void anothers_use(void)
{
    uint64_t t = fresh();

    offer(D1, 8, (struct offer){ GRANT_ACCESS, D1, t });
    map_ref(WINDOW + 0x5000, MAP_HOST | MAP_READONLY, D1, 8);
}
/* It is in use, so that this one stays as it is, and is not used again. */
static void in_use_changed(void)
{
    uint64_t t = theirs();

    offer(granter(), 20 + who(), (struct offer){ GRANT_ACCESS, (uint16_t)who(), t });
    map_ref(WINDOW + 0x5000, MAP_HOST | MAP_READONLY, granter(), 20 + who());
    offer(granter(), 20 + who(), (struct offer){ 0, (uint16_t)who(), t });
    map_ref(WINDOW + 0x6000, MAP_HOST | MAP_READONLY, granter(), 20 + who());
    map_ref(WINDOW + 0x6000, MAP_HOST, granter(), 20 + who());
}

/* Mapped for both, and unmapped for one after the other. */
static void in_parts(void)
{
    uint64_t t = theirs();
    uint32_t of = who() == D0 ? D1 : SELF;

    offers(GRANT_ACCESS, who(), t);
    map(MAP_HOST | MAP_DEVICE);
    ext_of(PIN_L1, t, 0, of);
    unmap();
    ext_of(PIN_L1, t, 0, of);
    said_status(ask_unmap(0, bus, handle));
    ext_of(PIN_L1, t, 0, of);
    ext_of(UNPIN, t, 0, of);
}

/* --- Tables ---------------------------------------------------------------------------------- */

static void setup(uint32_t domain, uint32_t nr)
{
    said_status(ask_setup(domain, nr));
}
static void own_table(void)
{
    setup(SELF, 1);
    setup(who(), 1);
    setup(who() == D0 ? D1 : D0, 1);
    setup(77, 1);
}
static void sizes(void)
{
    said_status(ask_size(SELF));
    said_status(ask_size(who()));
    said_status(ask_size(who() == D0 ? D1 : D0));
    said_status(ask_size(77));
}
static void table_size(void)
{
    setup(SELF, 65);
}
static void statuses(void)
{
    uint64_t frame;

    said_status(ask_statuses(SELF, 1, &frame));
    said_status(ask_statuses(77, 1, &frame));
    said_status(ask_statuses(who() == D0 ? D1 : D0, 1, &frame));
}
static void versions(void)
{
    said(ask_version(3));
    said(ask_version(0));
    said(ask_version(1));
}

/* --- Copies ---------------------------------------------------------------------------------- */

static void copy(struct side from, struct side to, uint16_t nr)
{
    said_status(ask_copy(from, to, nr));
}
static struct side by_ref(uint16_t offset)
{
    return (struct side){ true, granter(), REF, offset };
}
/* As the caller calls it: of a PV domain the machine's number. */
static struct side own_frame(uint64_t frame)
{
    return (struct side){ false, SELF, frame, 0 };
}
static void copy_good(void)
{
    uint64_t from = theirs(), to = fresh();

    offers(GRANT_ACCESS, who(), from);
    copy(by_ref(0), own_frame(to), 16);
    copy(own_frame(to), by_ref(0), 16);
    copy(by_ref(0), own_frame(to), 4096);
    copy(by_ref(0), own_frame(to), 0);
}
static void copy_crosses(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    copy(by_ref(4088), own_frame(fresh()), 16);
    copy(by_ref(4096), own_frame(fresh()), 1);
    copy(by_ref(4095), own_frame(fresh()), 1);
}
static void copy_named(void)
{
    struct side from = { false, who(), fresh(), 0 };

    copy(from, own_frame(fresh()), 16);
    from.domain = who() == D0 ? D1 : D0;
    copy(from, own_frame(fresh()), 16);
    from.domain = 77;
    copy(from, own_frame(fresh()), 16);
}
static void copy_nobody(void)
{
    struct side from = { true, 77, REF, 0 };

    copy(from, own_frame(fresh()), 16);
}
static void copy_ref(void)
{
    struct side from = { true, granter(), 5000000, 0 };

    copy(from, own_frame(fresh()), 16);
}
static void copy_read_only(void)
{
    offers(GRANT_ACCESS | GRANT_READONLY, who(), theirs());
    copy(by_ref(0), own_frame(fresh()), 16);
    copy(own_frame(fresh()), by_ref(0), 16);
}
static void copy_to_table(void)
{
    offers(GRANT_ACCESS, who(), theirs());
    copy(by_ref(0), own_frame(l1), 16);
    copy(own_frame(l1), own_frame(fresh()), 16);
}
static void copy_other_frame(void)
{
    copy(own_frame(other()), own_frame(fresh()), 16);
    copy(own_frame(BEYOND), own_frame(fresh()), 16);
    copy(own_frame(fresh()), own_frame(other()), 16);
}
static void copy_type(void)
{
    offers(0, who(), theirs());
    copy(by_ref(0), own_frame(fresh()), 16);
    offers(GRANT_TRANSFER, who(), theirs());
    copy(by_ref(0), own_frame(fresh()), 16);
    offers(GRANT_ACCESS, 5, theirs());
    copy(by_ref(0), own_frame(fresh()), 16);
}

/* --- Version 2: dom0's own table, of which no entry is in use -------------------------------- */

#define OWN 40u

static int version(uint32_t n)
{
    int rc = ask_version(n);

    said(rc);
    return rc;
}
static void offers2(uint32_t ref, struct offer2 what)
{
    if (!offer2(ref, what))
        said_text(" no table");
}
static void version_busy(void)
{
    offer(who(), OWN, (struct offer){ GRANT_ACCESS, (uint16_t)who(), fresh() });
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), OWN);
    version(2);
    unmap();
    version(2);
    version(2);
    version(1);
}
/* Others have entries of d1's in use. */
static void version_busy_d1(void)
{
    version(2);
}
static void version_busy_low(void)
{
    offer(who(), 7, (struct offer){ GRANT_ACCESS, (uint16_t)who(), fresh() });
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), 7);
    version(2);
    version(1);
    unmap();
}
static void version_range(void)
{
    if (version(2))
        return;
    offers2(7, (struct offer2){ .flags = GRANT_ACCESS, .frame = UINT64_C(1) << 32 });
    version(1);
    offers2(7, (struct offer2){ .flags = GRANT_TRANSITIVE, .from_domain = D1, .from_ref = 8 });
    version(1);
    offers2(7, (struct offer2){ .flags = GRANT_ACCESS | GRANT_SUB_PAGE, .frame = 5, .length = 8 });
    version(1);
    offers2(7, (struct offer2){ .flags = 0 });
    version(1);
}
static void status_mapped(void)
{
    uint64_t frame = 0;

    if (version(2))
        return;
    said_status(ask_statuses(SELF, 1, &frame));
    said_status(ask_statuses(SELF, 60, &frame));
    mmu(at(l1, 9), frame << 12 | PAGE);
    version(1);
    mmu(at(l1, 9), 0);
    version(1);
}
static void copy_own(uint16_t offset, uint16_t nr)
{
    struct side from = { true, who(), OWN, offset };

    copy(from, own_frame(fresh()), nr);
}
static void sub_pages(void)
{
    if (version(2))
        return;
    offers2(OWN, (struct offer2){ .flags = GRANT_ACCESS | GRANT_SUB_PAGE,
                                  .domain = (uint16_t)who(),
                                  .frame = fresh(),
                                  .start = 100,
                                  .length = 50 });
    copy_own(100, 50);
    copy_own(135, 16);
    copy_own(99, 2);
    copy_own(4090, 8);
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), OWN);
    offers2(OWN, (struct offer2){ .flags = 0 });
    version(1);
}
static void leads(uint16_t to, uint32_t ref)
{
    offers2(OWN, (struct offer2){ .flags = GRANT_TRANSITIVE,
                                  .domain = (uint16_t)who(),
                                  .from_domain = to,
                                  .from_ref = ref });
    copy_own(0, 16);
}
static void transitive(void)
{
    offer(D1, OWN, (struct offer){ GRANT_ACCESS, D0, other() });
    if (version(2))
        return;
    leads(D1, OWN);
    leads(D0, OWN);
    leads(77, OWN);
    leads(D1, 5000000);
    leads(D1, OWN + 1);
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), OWN);
    offers2(OWN, (struct offer2){ .flags = 0 });
    version(1);
}
/* Which d2 uses at the end. */
static void leads_for_d2(void)
{
    if (version(2))
        return;
    offers2(REF_FOR_D2, (struct offer2){ .flags = GRANT_TRANSITIVE,
                                         .domain = D2,
                                         .from_domain = D1,
                                         .from_ref = REF_OF_D1_FOR_D0 });
}
static void mapped_2(void)
{
    if (version(2))
        return;
    offers2(OWN,
            (struct offer2){ .flags = GRANT_ACCESS, .domain = (uint16_t)who(), .frame = fresh() });
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), OWN);
    version(1);
    unmap();
    copy_own(0, 16);
    copy_own(4090, 8);
    offers2(OWN, (struct offer2){ .flags = GRANT_ACCESS | GRANT_READONLY,
                                  .domain = (uint16_t)who(),
                                  .frame = fresh() });
    map_ref(WINDOW + 0x5000, MAP_HOST, who(), OWN);
    version(1);
}

/* --- The last ones: of what others need ------------------------------------------------------ */

static void give_shared(void)
{
    uint64_t frame = shared_info();

    mmu(at(l1, 1), frame << 12 | PAGE);
    said_number((uint64_t)ask_memory(DECREASE, SELF, 0, 0, &frame, 1));
    mmu(at(l1, 2), frame << 12 | PAGE);
    mmu(at(l1, 1), 0);
    mmu(at(l1, 2), 0);
    mmu(at(l1, 1), frame << 12 | PAGE);
    said_number((uint64_t)ask_memory(DECREASE, SELF, 0, 0, &frame, 1));
}

static const struct xen_case cases[] = {
    { "grant-map-kind", "to be written", good, BOTH },
    { "grant-map-kind", "to be read", good_ro, BOTH },
    { "grant-map-kind", "for nobody", no_kind, BOTH },
    { "grant-domain", "map", nobody, BOTH },
    { "grant-domain", "copy", copy_nobody, BOTH },
    { "grant-ref", "map", ref_512, BOTH },
    { "grant-ref", "copy", copy_ref, BOTH },
    { "grant-sub-page", "of version 1", sub_page, BOTH },
    { "grant-type", "one to transfer", transfer, BOTH },
    { "grant-type", "one that grants nothing", invalid, BOTH },
    { "grant-type", "copy", copy_type, BOTH },
    { "grant-domid", "another's", to_another, BOTH },
    { "grant-read-only", "to be written", read_only, BOTH },
    { "grant-read-only", "to be read", good_ro_both, BOTH },
    { "grant-read-only", "copy", copy_read_only, BOTH },
    { "grant-frame", "not of who grants", not_theirs, BOTH },
    { "grant-writable", "a table", a_table, BOTH },
    { "grant-writable", "copy", copy_to_table, BOTH },
    { "grant-map-kind", "for devices", device, BOTH },
    { "grant-l1", "by its entry", by_pte, BOTH },
    { "grant-l1", "by an entry of what is no L1", by_pte_page, BOTH },
    { "grant-l1", "where there is no L1", no_l1, BOTH },
    { "grant-l1", "over another mapping", over, BOTH },
    { "grant-pte-aligned", "4 bytes behind one", by_pte_unaligned, BOTH },
    { "grant-handle", "others", no_handle, BOTH },
    { "grant-bus", "another frame", bus_wrong, BOTH },
    { "grant-unmap-frame", "somewhere else", other_place, BOTH },
    { "grant-unmap-frame", "where it was", lost, BOTH },
    { "grant-unmap-rights", "another's mapping", other_rights, BOTH },
    { "grant-replace", "by another address", replaced, BOTH },
    { "grant-replace", "of what was mapped by its entry", replace_pte, BOTH },
    { "grant-replace", "by what has no L1", replace_nowhere, BOTH },
    { "grant-pin-full", "129 times", pin_full, BOTH },
    { "grant-pinned-by", "one that another has mapped", anothers_use, BY_D1 },
    { "grant-type", "an entry in use that changes", in_use_changed, BOTH },
    { "grant-unmap-parts", "for CPUs, and for devices", in_parts, BOTH },
    { "grant-own-table", "setup_table", own_table, BOTH },
    { "grant-own-table", "query_size", sizes, BOTH },
    { "grant-table-size", "65 frames", table_size, BOTH },
    { "grant-status-frames", "of version 1", statuses, BOTH },
    { "grant-version", "3 and 0", versions, BOTH },
    { "grant-copy-page", "over its end", copy_crosses, BOTH },
    { "grant-copy-frame", "of a domain by its number", copy_named, BOTH },
    { "grant-copy-frame", "what is not its own", copy_other_frame, BOTH },
    { "grant-copy-part", "there and back", copy_good, BOTH },
    { "grant-version-busy", "an entry that is mapped", version_busy, BY_D0 },
    { "grant-version-busy", "entries that others have mapped", version_busy_d1, BY_D1 },
    { "grant-version-busy", "one of the first 8 that is mapped", version_busy_low, BY_D0 },
    { "grant-version-range", "what version 1 cannot say", version_range, BY_D0 },
    { "grant-status-mapped", "a frame of statuses that is mapped", status_mapped, BY_D0 },
    { "grant-copy-part", "a part of a page", sub_pages, BY_D0 },
    { "grant-transitive", "that leads here and there", transitive, BY_D0 },
    { "grant-version-busy", "an entry of version 2 that is mapped", mapped_2, BY_D0 },
    { "grant-transitive", "for d2", leads_for_d2, BY_D0 },
    { "memory-own", "shared_info", give_shared, BOTH },
};
const struct xen_cases grant_cases = CASES_OF(cases);
