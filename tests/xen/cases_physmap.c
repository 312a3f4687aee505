/* cases_physmap.c - memory_op on a PVH domain: what comes to its physical memory, goes from there,
 * and is waited for. */
#include "cases.h"

/* --- Coming ---------------------------------------------------------------------------------- */

static void add_of(uint32_t domain, uint32_t space, uint64_t idx, uint64_t gfn)
{
    said(ask_add((struct to_add){ .domain = domain, .space = space }, (struct place){ idx, gfn }));
}
static void add(uint32_t space, uint64_t idx, uint64_t gfn)
{
    add_of(D2, space, idx, gfn);
}
static void range(uint32_t size, uint64_t idx, uint64_t gfn)
{
    said(ask_add((struct to_add){ .domain = D2, .space = SPACE_GMFN_RANGE, .size = size },
                 (struct place){ idx, gfn }));
}
/* Which frame d2 has there, for the caller's window; 0: none. */
static uint64_t look(uint64_t gfn)
{
    struct mmu_request req = { at(l1, 9), gfn << 12 | RO };
    uint64_t ret = 0;

    if (!ask_mmu(&req, 1, D2, NULL))
        ret = get(l1, 9) >> 12;
    req.val = 0;
    ask_mmu(&req, 1, SELF, NULL);
    return ret;
}
static void there(uint64_t gfn)
{
    said_text(look(gfn) ? " there" : " nothing");
}
/* What waits, what is kept for it, and all that d2 has. */
static void kept(void)
{
    uint64_t entries = 0, cache = 0, total = 0;

    said(ask_pod(D2, &entries, &cache, &total));
    said_number(entries);
    said_number(cache);
    said_number(total);
}
static void shared(void)
{
    uint64_t to = nothing_of_d2();

    add(SPACE_SHARED_INFO, 0, to);
    there(to);
    add(SPACE_SHARED_INFO, 0, to);
    there(to);
    add(SPACE_SHARED_INFO, 1, to);
    add(SPACE_SHARED_INFO, 0, nothing_of_d2());
    there(to);
    kept();
}
static void grant_table(void)
{
    uint64_t to = nothing_of_d2();

    add(SPACE_GRANT_TABLE, 0, to);
    there(to);
    add(SPACE_GRANT_TABLE, 5, to);
    there(to);
    add(SPACE_GRANT_TABLE, 63, nothing_of_d2());
    add(SPACE_GRANT_TABLE, 64, nothing_of_d2());
    add(SPACE_GRANT_TABLE, STATUS_FRAME, nothing_of_d2());
}
static void gmfn(void)
{
    uint64_t from = fresh_of_d2(), to = nothing_of_d2(), was = look(from);

    add(SPACE_GMFN, from, to);
    there(from);
    said_number(look(to) == was);
    add(SPACE_GMFN, from, to);
    add(SPACE_GMFN, nothing_of_d2(), to);
    add(SPACE_GMFN, to, to);
    said_number(look(to) == was);
    add(SPACE_GMFN, to, from);
    said_number(look(from) == was);
    kept();
}
static void over(void)
{
    uint64_t from = fresh_of_d2(), to = fresh_of_d2(), was = look(from), mine = look(to);

    add(SPACE_GMFN, from, to);
    said_number(look(to) == was);
    /* What was there has gone back to Xen. */
    mmu_of(at(l1, 9), mine << 12 | PAGE, D2);
    add(SPACE_SHARED_INFO, 0, to);
    there(to);
    there(from);
    kept();
}
static void not_memory(void)
{
    uint64_t info = nothing_of_d2(), table = nothing_of_d2();

    add(SPACE_SHARED_INFO, 0, info);
    add(SPACE_GMFN, info, nothing_of_d2());
    there(info);
    add(SPACE_GRANT_TABLE, 0, table);
    add(SPACE_GMFN, table, nothing_of_d2());
    there(table);
}
static void far_away(void)
{
    uint64_t from = fresh_of_d2();

    add(SPACE_GMFN, from, UINT64_C(1) << 36);
    there(from);
    add(SPACE_GMFN, from, UINT64_C(1) << 40);
    there(from);
    add(SPACE_SHARED_INFO, 0, UINT64_C(1) << 36);
    add(SPACE_GMFN, UINT64_C(1) << 36, nothing_of_d2());
    kept();
}
static void other_spaces(void)
{
    add(6, 0, nothing_of_d2());
    add(0x7fffffff, 0, nothing_of_d2());
}
static void ranges(void)
{
    uint64_t from = fresh_of_d2(), to = nothing_of_d2();

    /* Which are taken from above. */
    fresh_of_d2();
    from = fresh_of_d2();
    nothing_of_d2();
    nothing_of_d2();
    range(3, from, to);
    there(from + 2);
    there(to + 2);
    range(0, from, to);
    range(2, to + 2, nothing_of_d2());
    there(to + 2);
    kept();
}
static void singly(void)
{
    add(SPACE_GMFN_FOREIGN, 0, nothing_of_d2());
}
static void device_space(void)
{
    add(SPACE_DEV_MMIO, DEVICE, nothing_of_d2());
    add_of(SELF, SPACE_DEV_MMIO, DEVICE, nothing_of_d2());
}
static void to_pv(void)
{
    add_of(SELF, SPACE_SHARED_INFO, 0, 5);
    add_of(SELF, SPACE_GMFN, page, 5);
    add_of(D1, SPACE_SHARED_INFO, 0, 5);
    said(ask_remove(SELF, page));
    said(ask_remove(D1, 5));
}
static void to_nobody(void)
{
    add_of(77, SPACE_SHARED_INFO, 0, 5);
    said(ask_remove(77, 5));
}
static void rights(void)
{
    uint64_t to = nothing_of_d2();

    add(SPACE_SHARED_INFO, 0, to);
    add(SPACE_GMFN, of_d2(), to);
    said(ask_remove(D2, of_d2()));
}

/* --- In a batch ------------------------------------------------------------------------------ */

static void batch(struct to_add what, const struct place *at, unsigned int nr)
{
    int errors[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    int rc = ask_add_batch(what, at, nr, errors);

    said(rc);
    for (unsigned int i = 0; !rc && i < nr; i++)
        said(errors[i]);
}
static void in_batch(void)
{
    struct place list[] = { { fresh_of_d2(), nothing_of_d2() },
                            { nothing_of_d2(), nothing_of_d2() },
                            { fresh_of_d2(), UINT64_C(1) << 36 },
                            { fresh_of_d2(), nothing_of_d2() } };

    batch((struct to_add){ .domain = D2, .space = SPACE_GMFN }, list, 4);
    there(list[0].gfn);
    there(list[3].gfn);
    kept();
}
static void batch_of_ranges(void)
{
    struct place one = { of_d2(), nothing_of_d2() };

    batch((struct to_add){ .domain = D2, .space = SPACE_GMFN_RANGE }, &one, 1);
}
static void batch_for(uint32_t domain, uint32_t foreign, uint64_t frame)
{
    struct place one = { frame, nothing_of_d2() };

    batch((struct to_add){ .domain = domain, .space = SPACE_GMFN_FOREIGN, .foreign = foreign },
          &one, 1);
}
static void foreign(void)
{
    batch_for(D2, D0, fresh());
    batch_for(D2, D1, who() == D0 ? other() : fresh());
    batch_for(D2, 77, 5);
    batch_for(D2, D2, of_d2());
    batch_for(SELF, D1, 5);
    batch_for(77, D1, 5);
}

/* --- Going ----------------------------------------------------------------------------------- */

static void removed(void)
{
    uint64_t gfn = fresh_of_d2(), was = look(gfn);

    said(ask_remove(D2, gfn));
    there(gfn);
    /* It is d2's still, and nowhere. */
    mmu_of(at(l1, 9), was << 12 | PAGE, D2);
    said(ask_remove(D2, gfn));
    said(ask_remove(D2, nothing_of_d2()));
    said(ask_remove(D2, UINT64_C(1) << 40));
    kept();
}
static void removed_shared(void)
{
    uint64_t to = nothing_of_d2();

    add(SPACE_SHARED_INFO, 0, to);
    said(ask_remove(D2, to));
    there(to);
    add(SPACE_GRANT_TABLE, 0, to);
    said(ask_remove(D2, to));
    there(to);
}
static void memory(unsigned int what, uint64_t gfn, uint32_t order)
{
    said_number((uint64_t)ask_memory(what, D2, order, 0, &gfn, 1));
}
static void given_back(void)
{
    uint64_t gfn = fresh_of_d2();

    memory(DECREASE, gfn, 0);
    there(gfn);
    memory(DECREASE, gfn, 0);
    memory(POPULATE, gfn, 0);
    there(gfn);
    memory(POPULATE, gfn, 0);
    there(gfn);
    memory(DECREASE, nothing_of_d2(), 0);
    memory(DECREASE, UINT64_C(1) << 36, 0);
    memory(POPULATE, UINT64_C(1) << 36, 0);
    kept();
}
static void given_back_shared(void)
{
    uint64_t to = nothing_of_d2();

    add(SPACE_SHARED_INFO, 0, to);
    memory(DECREASE, to, 0);
    there(to);
    kept();
}

/* --- Being waited for ------------------------------------------------------------------------ */

static void on_demand(uint32_t domain, uint32_t order, uint64_t gfn)
{
    said_number((uint64_t)ask_on_demand(domain, order, gfn));
}
static void target(uint32_t domain, uint64_t frames)
{
    said(ask_pod_target(domain, frames));
}
static void pod_for_pv(void)
{
    on_demand(D1, 0, 5);
    on_demand(SELF, 0, 5);
    target(D1, 100);
    target(SELF, 100);
    target(77, 100);
}
static void pod_used(void)
{
    uint64_t gfn = fresh_of_d2();

    on_demand(D2, 0, gfn);
    there(gfn);
    on_demand(D2, 3, gfn & ~UINT64_C(7));
    kept();
}
static void pod_right(void)
{
    on_demand(D2, 0, nothing_of_d2());
    target(D2, 100);
}
static void pod_target_max(void)
{
    target(D2, 1 << 20);
    target(D2, 1281);
    target(D2, 1280);
    kept();
}
static void pod_kept(void)
{
    uint64_t base = UINT64_C(0x20000);

    on_demand(D2, 3, base);
    on_demand(D2, 0, base + 8);
    on_demand(D2, 3, base);
    kept();
    target(D2, 1060); /* More than it has: else it is crashed when it touches what waits. */
    kept();
    there(base + 1);
    kept();
    memory(DECREASE, base + 2, 0);
    kept();
    memory(DECREASE, base, 3);
    kept();
    memory(DECREASE, base + 8, 0);
    kept();
}
/* Not aligned to the extent, and the entry speaks for more. */
static void pod_unaligned(void)
{
    uint64_t base = UINT64_C(0x40000);

    on_demand(D2, 9, base);
    kept();
    memory(DECREASE, base + 4, 3);
    kept();
    memory(DECREASE, base + 508, 3);
    kept();
    memory(DECREASE, base, 9);
    kept();
}

/* The entry speaks for what is behind the extent's beginning, and not for its end. */
static void pod_crossing(void)
{
    uint64_t base = UINT64_C(0x41000);

    on_demand(D2, 9, base);
    memory(DECREASE, base + 508, 3);
    kept();
    memory(DECREASE, base, 9);
    kept();
}

/* --- Devices --------------------------------------------------------------------------------- */

static void over_device(void)
{
    uint64_t gfn = nothing_of_d2();

    said_text(device_of_d2(gfn) ? " ok" : " no");
    add(SPACE_SHARED_INFO, 0, gfn);
    add(SPACE_GMFN, fresh_of_d2(), gfn);
    said(ask_remove(D2, gfn));
    mmu_of(at(l1, 9), gfn << 12 | PAGE, D2);
}
static void assigned(void)
{
    static const uint32_t domains[] = { 77, D2, D1, D0 };

    for (unsigned int i = 0; i < 4; i++) {
        said(ask_assign(domains[i], true));
        said(ask_assign(domains[i], false));
    }
}

static const struct xen_case cases[] = {
    { "physmap-source", "shared_info", shared, BY_D0 },
    { "physmap-source", "grant tables", grant_table, BY_D0 },
    { "physmap-source", "memory that moves", gmfn, BY_D0 },
    { "physmap-source", "another space", other_spaces, BY_D0 },
    { "physmap-source", "ranges", ranges, BY_D0 },
    { "physmap-same", "over other memory", over, BY_D0 },
    { "physmap-alias", "what Xen shares, by its place", not_memory, BY_D0 },
    { "physmap-gfn", "beyond what tables have", far_away, BY_D0 },
    { "physmap-foreign-single", "without a batch", singly, BOTH },
    { "physmap-mmio", "a device's frame", device_space, BOTH },
    { "physmap-translated", "of PV domains", to_pv, BOTH },
    { "unknown-domain", "whose memory it is to be", to_nobody, BOTH },
    { "foreign-right", "physical memory", rights, BY_D1 },
    { "physmap-source", "a batch", in_batch, BY_D0 },
    { "physmap-range-batch", "a range", batch_of_ranges, BOTH },
    { "physmap-foreign-hardware", "for a PVH guest", foreign, BOTH },
    { "physmap-remove", "memory", removed, BY_D0 },
    { "physmap-remove", "what Xen shares", removed_shared, BY_D0 },
    { "memory-own", "a PVH guest's", given_back, BY_D0 },
    { "memory-own", "what Xen shares with a PVH guest", given_back_shared, BY_D0 },
    { "pod-external", "of PV domains", pod_for_pv, BOTH },
    { "pod-right", "a target", pod_right, BY_D1 },
    { "pod-unused", "where memory is", pod_used, BY_D0 },
    { "pod-target-max", "more than it may have", pod_target_max, BY_D0 },
    { "pod-aligned", "what waits, and is kept", pod_kept, BY_D0 },
    { "pod-aligned", "an extent that is not", pod_unaligned, BY_D0 },
    { "pod-aligned", "an extent that ends behind it", pod_crossing, BY_D0 },
    { "physmap-direct", "where a device is", over_device, BY_D0 },
    { "device-tables", "to a domain that was built to have none", assigned, BOTH },
};
const struct xen_cases physmap_cases = CASES_OF(cases);
