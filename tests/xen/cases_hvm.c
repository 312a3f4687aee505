/* cases_hvm.c - what d2 asks, a PVH guest, and what dom0 sets up for it. */
#include "cases.h"

#define GRANTS     UINT64_C(0x3f000) /* Where d2 has its grant table... */
#define SHARED     UINT64_C(0x3f100) /* ...and shared_info. */
#define FIRST_REF  100u              /* What d1 grants d2: to be written... */
#define READ_REF   101u              /* ...to be read... */
#define OTHERS_REF REF_OF_D1_FOR_D0  /* ...or not at all. */
#define ROOT_OF_D2 240u              /* Its tables are where guest/d2.c has them. */

/* --- dom0, before ---------------------------------------------------------------------------- */

static void offers_for_d2(void)
{
    said_text(offer(D1, FIRST_REF, (struct offer){ GRANT_ACCESS, D2, other() }) ? " ok" : " no");
    said_text(offer(D1, READ_REF, (struct offer){ GRANT_ACCESS | GRANT_READONLY, D2, other() })
                  ? " ok"
                  : " no");
    said_text(offer(D1, OTHERS_REF, (struct offer){ GRANT_ACCESS, D0, other() }) ? " ok" : " no");
}
/* The last of dom0's: it stays. */
static void server_of_d2(void)
{
    uint32_t id = 0, port;
    struct channel c;

    said(ask_ioreq(IOREQ_CREATE, D2, &id, 1));
    said_number(id);
    for (uint32_t p = 3; p <= 5; p++)
        said(ask_status(D2, p, &c));
    said(ask_bind_interdomain(D2, 3, &port));
    said(ask_send(port));
    said(ask_bind_interdomain(D2, 3, &port));
}

/* --- Physical memory ------------------------------------------------------------------------- */

static void add(uint32_t space, uint64_t idx, uint64_t gfn)
{
    said(ask_add((struct to_add){ .domain = SELF, .space = space }, (struct place){ idx, gfn }));
}
static void own_places(void)
{
    add(SPACE_SHARED_INFO, 0, SHARED);
    add(SPACE_GRANT_TABLE, 0, GRANTS);
    add(SPACE_GRANT_TABLE, 64, nothing_of_d2());
    add(SPACE_GMFN_FOREIGN, 0, nothing_of_d2());
    add(SPACE_DEV_MMIO, DEVICE, nothing_of_d2());
}
static void own_memory(void)
{
    uint64_t from = fresh(), to = nothing_of_d2();

    put(from, 5, 7);
    add(SPACE_GMFN, from, to);
    said_number(get(to, 5));
    add(SPACE_GMFN, from, to);
    said(ask_remove(SELF, to));
    said(ask_remove(SELF, to));
    said(ask_remove(D1, 5));
    said(ask_remove(D2, fresh()));
}
static void others_memory(void)
{
    add(SPACE_GMFN, fresh(), UINT64_C(1) << 36);
    said(ask_add((struct to_add){ .domain = D1, .space = SPACE_SHARED_INFO },
                 (struct place){ 0, 5 }));
    said(ask_add((struct to_add){ .domain = D0, .space = SPACE_SHARED_INFO },
                 (struct place){ 0, 5 }));
}
static void foreign(uint32_t domain, uint64_t frame)
{
    struct place one = { frame, nothing_of_d2() };
    int error = 1;
    int rc = ask_add_batch(
        (struct to_add){ .domain = SELF, .space = SPACE_GMFN_FOREIGN, .foreign = domain }, &one, 1,
        &error);

    said(rc);
    if (!rc)
        said(error);
}
static void foreign_frames(void)
{
    foreign(D1, 5);
    foreign(D2, of_d2());
    foreign(77, 5);
}
static void count(int rc)
{
    said_number((uint64_t)rc);
}
static void memory(unsigned int what, uint32_t domain, uint32_t order, uint32_t bits, uint64_t at)
{
    count(ask_memory(what, domain, order, bits, &at, 1));
}
static void own_reservation(void)
{
    uint64_t gfn = fresh(), nowhere = nothing_of_d2();

    memory(DECREASE, SELF, 0, 0, gfn);
    memory(DECREASE, SELF, 0, 0, gfn);
    memory(POPULATE, SELF, 0, 0, gfn);
    memory(POPULATE, SELF, 0, 0, nowhere);
    memory(DECREASE, SELF, 0, 0, nowhere);
    memory(POPULATE, SELF, 10, 0, nowhere);
    memory(POPULATE, SELF, 0, 12, nowhere);
    memory(POPULATE, SELF, 0, 0, UINT64_C(1) << 36);
    memory(DECREASE, D1, 0, 0, 5);
    memory(DECREASE, 77, 0, 0, 5);
}
static void own_demand(void)
{
    count(ask_on_demand(SELF, 0, nothing_of_d2()));
    count(ask_on_demand(D2, 0, nothing_of_d2()));
    count(ask_on_demand(D1, 0, nothing_of_d2()));
    said(ask_pod_target(SELF, 100));
    said(ask_pod_target(D1, 100));
}

/* --- Hypercalls that are PV guests' ---------------------------------------------------------- */

static void of_pv(void)
{
    uint64_t frame = fresh();

    mmu(at(frame, 0), 0);
    said(ask_va(WINDOW, 0, 0, SELF));
    said(ask_gdt(&frame, 8));
    said(ask_descriptor(at(frame, 0), 0));
}
static void ext_ops(void)
{
    for (uint32_t cmd = PIN_L1; cmd <= UNMARK_SUPER; cmd++)
        if (cmd != TLB_MULTI && cmd != INVLPG_MULTI)
            ext(cmd, fresh(), 0);
    ext_of(PIN_L1, 5, 0, D1);
    ext_of(UNPIN, 5, 0, D1);
    ext_of(TLB_LOCAL, 5, 0, D1);
    ext_of(PIN_L1, 5, 0, 77);
}
static void several(void)
{
    struct in_call calls[] = { { IN_MMU, at(5, 1), 0, 0 },
                               { IN_EXT, TLB_LOCAL, 0, 0 },
                               { IN_MULTICALL, 0, 0, 0 },
                               { IN_VA, WINDOW, 0, 0 } };

    said(ask_multicall(calls, 4));
    for (unsigned int i = 0; i < 4; i++)
        said(calls[i].rc);
}

/* --- Grants ---------------------------------------------------------------------------------- */

static uint32_t handle;
static uint64_t bus;

static int map(uint64_t where, uint32_t flags, uint32_t ref)
{
    int rc = ask_map(where, flags, D1, ref, &handle, &bus);

    said_status(rc);
    return rc;
}
static void mapped_grants(void)
{
    uint64_t where = nothing_of_d2() << 12;
    uint32_t first;

    map(where, MAP_HOST, FIRST_REF);
    first = handle;
    map(where + 0x100000, MAP_HOST | MAP_READONLY, READ_REF);
    said_status(ask_unmap(where + 0x100000, 0, handle));
    map(where + 0x100000, MAP_HOST, READ_REF);
    map(where + 0x100000, MAP_HOST, OTHERS_REF);
    /* Over memory of its own. */
    map(fresh() << 12, MAP_HOST | MAP_READONLY, READ_REF);
    said_status(ask_unmap(where + 0x200000, 0, first));
    said_status(ask_unmap(where, 0, first));
    said_status(ask_unmap(where, 0, first));
}
static void grants_of_devices(void)
{
    uint64_t where = nothing_of_d2() << 12;

    map(where, MAP_HOST | MAP_DEVICE, FIRST_REF);
    map(where, MAP_DEVICE, FIRST_REF);
    map(where, 0, FIRST_REF);
}
static void grants_with_flags(void)
{
    uint64_t where = nothing_of_d2() << 12;

    map(where, MAP_HOST | MAP_BY_PTE, FIRST_REF);
    map(where, MAP_HOST | MAP_APP, FIRST_REF);
    map(where, MAP_HOST | 1u << 16, FIRST_REF);
}
static void replaced_grant(void)
{
    uint64_t where = nothing_of_d2() << 12;

    map(where, MAP_HOST, FIRST_REF);
    said_status(ask_replace(where, where + 0x1000, handle));
    said_status(ask_unmap(where, 0, handle));
}
/* What is at a place where something else is to come, or goes. */
static void over_grant(void)
{
    uint64_t gfn = nothing_of_d2();

    map(gfn << 12, MAP_HOST, FIRST_REF);
    add(SPACE_SHARED_INFO, 0, gfn);
    add(SPACE_GMFN, fresh(), gfn);
    said(ask_remove(SELF, gfn));
    memory(DECREASE, SELF, 0, 0, gfn);
    said_status(ask_unmap(gfn << 12, 0, handle));
}
static void own_grants(void)
{
    uint64_t frame;

    said_status(ask_setup(SELF, 1));
    said_status(ask_setup(D1, 1));
    said_status(ask_size(SELF));
    said_status(ask_size(D1));
    said(ask_version(2));
    said_status(ask_statuses(SELF, 1, &frame));
    said(ask_version(1));
    said(ask_version(3));
}
static void copied(void)
{
    uint64_t to = fresh();
    struct side from = { true, D1, FIRST_REF, 0 }, here = { false, SELF, to, 0 };

    said_status(ask_copy(from, here, 16));
    said_status(ask_copy(here, from, 16));
    from.what = READ_REF;
    said_status(ask_copy(from, here, 16));
    said_status(ask_copy(here, from, 16));
    here.what = nothing_of_d2();
    said_status(ask_copy(from, here, 16));
}

/* --- Others ---------------------------------------------------------------------------------- */

static void models(void)
{
    uint32_t id = 0;
    uint64_t frames[1] = { 0x30000 };

    said(ask_ioreq(IOREQ_CREATE, SELF, &id, 0));
    said(ask_ioreq(IOREQ_CREATE, D2, &id, 0));
    said(ask_ioreq(IOREQ_CREATE, D1, &id, 0));
    said(ask_ioreq(IOREQ_CREATE, D0, &id, 0));
    said(ask_acquire((struct resource){ D1, RESOURCE_GRANTS, 0, 0 }, frames, 1));
    said(ask_acquire((struct resource){ D2, RESOURCE_GRANTS, 0, 0 }, frames, 1));
    said(ask_acquire((struct resource){ 77, RESOURCE_GRANTS, 0, 0 }, frames, 1));
}
/* Ports 3 and 4 are Xen's, for dom0's ioreq server. */
static void xens_ports(void)
{
    struct channel c;

    for (uint32_t p = 3; p <= 5; p++) {
        said(ask_status(SELF, p, &c));
        said(ask_send(p));
        said(ask_close(p));
    }
}
/* Arguments of it are where its own tables lead. */
static void arguments(void)
{
    uint64_t page_of = fresh(), l3_of = fresh(), l2_of = fresh(), l1_of = fresh();
    const uint64_t va = UINT64_C(1) << 39;

    put(page_of, 0, 1);
    put(l1_of, 0, page_of << 12 | 0x63);
    put(l1_of, 1, page_of << 12 | 0x61);
    put(l2_of, 0, l1_of << 12 | 0x63);
    put(l3_of, 0, l2_of << 12 | 0x63);
    put(l3_of, 1, l2_of << 12 | 0xe3);
    put(ROOT_OF_D2, 1, l3_of << 12 | 0x63);
    put(ROOT_OF_D2, 2, l3_of << 12 | 0xe3);
    said(ask_version_at(va, 1));
    said(ask_version_at(va + 0x1000, 1));
    said(ask_version_at(va + 0x2000, 1));
    said(ask_version_at(UINT64_C(2) << 39, 1));
    said(ask_version_at(UINT64_C(0xffff830000000000), 1));
    said(ask_version_at(UINT64_C(0x123456789abc000), 1));
}

/* Through its own entry to dom0's, which leads to d1's; and to that alone. */
static void chain(void)
{
    struct side from = { true, D0, REF_FOR_D2, 0 }, here = { false, SELF, fresh(), 0 };
    int rc;

    said_status(ask_copy(from, here, 16));
    rc = ask_version(2);
    said(rc);
    if (rc)
        return;
    said_text(offer2(20, (struct offer2){ .flags = GRANT_TRANSITIVE,
                                          .domain = D2,
                                          .from_domain = D0,
                                          .from_ref = REF_FOR_D2 })
                  ? " ok"
                  : " no");
    from = (struct side){ true, D2, 20, 0 };
    said_status(ask_copy(from, here, 16));
    said_text(offer2(20, (struct offer2){ .flags = 0 }) ? " ok" : " no");
    said(ask_version(1));
}

bool last_of_d2(unsigned int what)
{
    uint64_t gfn = nothing_of_d2();

    if (what == TSS_OF_ITS_OWN)
        return !ask_set_param(SELF, 15, UINT64_C(1) << 32);
    if (ask_map(gfn << 12, MAP_HOST, D1, FIRST_REF, &handle, &bus))
        return true;
    if (what == IRET_USER_TABLE)
        return !ask_map(gfn << 12, MAP_HOST, D1, FIRST_REF, &handle, &bus);
    return ask_memory(POPULATE, SELF, 0, 0, &gfn, 1) == 1;
}

static const struct xen_case cases[] = {
    { "grant-type", "what d1 grants d2", offers_for_d2, BY_D0 },
    { "physmap-source", "its own places", own_places, BY_D2 },
    { "physmap-remove", "its own memory", own_memory, BY_D2 },
    { "physmap-gfn-pt", "its own memory, and others'", others_memory, BY_D2 },
    { "physmap-foreign-hardware", "for itself", foreign_frames, BY_D2 },
    { "memory-own", "its own", own_reservation, BY_D2 },
    { "pod-own", "its own", own_demand, BY_D2 },
    { "hvm-hypercall", "what PV guests have", of_pv, BY_D2 },
    { "hvm-pins", "all commands", ext_ops, BY_D2 },
    { "hvm-hypercall", "in a multicall", several, BY_D2 },
    { "grant-handle", "mapped, and not any more", mapped_grants, BY_D2 },
    { "grant-map-external", "for devices", grants_of_devices, BY_D2 },
    { "grant-p2m-flags", "with bits of L1 entries", grants_with_flags, BY_D2 },
    { "grant-replace", "by another address", replaced_grant, BY_D2 },
    { "physmap-replaced", "where a grant is", over_grant, BY_D2 },
    { "grant-own-table", "and versions", own_grants, BY_D2 },
    { "grant-copy-frame", "d1's", copied, BY_D2 },
    { "grant-transitive", "one that leads to another", chain, BY_D2 },
    { "dm-own", "of a PVH guest", models, BY_D2 },
    { "event-xen", "of an ioreq server", xens_ports, BY_D2 },
    { "argument-mapped", "by tables of its own", arguments, BY_D2 },
};
const struct xen_cases hvm_cases = CASES_OF(cases);

static const struct xen_case last_cases[] = {
    { "event-status-xen", "of an ioreq server", server_of_d2, BY_D0 },
};
const struct xen_cases last_hvm_cases = CASES_OF(last_cases);
