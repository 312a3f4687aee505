/* cases_rare.c - requests of grant_table_op that few make: entries that change places, lines of
 * caches, versions, transfers; and what a device model may do. */
#include "cases.h"

#define A 60u /* Entries that no other case uses... */
#define B 61u
#define T 62u /* ...and one by which frames come. */

enum { CLEAN = 1, DROP = 2 };

static uint32_t handle;
static uint64_t bus;

static uint32_t another(void)
{
    return who() == D0 ? D1 : D0;
}
static void map(uint32_t domain, uint32_t ref)
{
    said_status(ask_map(WINDOW + 0x5000, MAP_HOST, domain, ref, &handle, &bus));
}
static void unmap(void)
{
    said_status(ask_unmap(WINDOW + 0x5000, 0, handle));
}
static void swap(uint32_t a, uint32_t b)
{
    said_status(ask_swap(a, b));
}
static void flush(uint64_t frame, uint16_t offset, uint16_t length, uint32_t what)
{
    said(ask_cache_flush(frame, offset, length, what));
}
static void is_version(uint32_t domain)
{
    uint32_t version = 0;
    int rc = ask_get_version(domain, &version);

    said(rc);
    if (!rc)
        said_number(version);
}

/* --- Entries that change places -------------------------------------------------------------- */

static void swapped(void)
{
    offer(who(), A, (struct offer){ GRANT_ACCESS, (uint16_t)who(), fresh() });
    offer(who(), B, (struct offer){ 0, 0, 0 });
    map(who(), A);
    swap(A, B);
    swap(B, A);
    swap(A, A);
    swap(B, B);
    unmap();
    swap(A, B);
    map(who(), A);
    map(who(), B);
    unmap();
    swap(A, B);
    swap(A, 5000000);
    swap(5000000, A);
    swap(5000000, 5000000);
    offer(who(), A, (struct offer){ 0, 0, 0 });
}
static void swapped_d2(void)
{
    swap(A, B);
    swap(A, 5000000);
    swap(5000000, A);
}
static void swapped_2(void)
{
    int rc = ask_version(2);

    said(rc);
    if (rc)
        return;
    offer2(A,
           (struct offer2){ .flags = GRANT_ACCESS, .domain = (uint16_t)who(), .frame = fresh() });
    swap(A, B);
    map(who(), B);
    swap(A, B);
    unmap();
    swap(A, B);
    offer2(A, (struct offer2){ .flags = 0 });
    said(ask_version(1));
}

/* --- Lines of caches ------------------------------------------------------------------------- */

static void lines(void)
{
    flush(page, 0, 4096, CLEAN);
    flush(page, 0, 4096, CLEAN | DROP);
    flush(page, 4095, 1, CLEAN);
    flush(page, 0, 0, CLEAN);
    flush(page, 0, 64, 0);
    flush(BEYOND, 0, 0, CLEAN);
    flush(page, 4096, 0, CLEAN);
    flush(page, 64, 4096, CLEAN);
    flush(page, 0, 64, 4);
    flush(page, 0, 64, UINT32_C(1) << 31 | CLEAN);
    flush(page, 0, 64, DROP);
    flush(l1, 0, 64, CLEAN);
    flush(shared_info(), 0, 64, CLEAN);
}
static void others_lines(void)
{
    flush(other(), 0, 64, CLEAN);
    flush(BEYOND, 0, 64, CLEAN);
    flush(UINT64_C(0xfee00), 0, 64, CLEAN);
    flush(DEVICE, 0, 64, CLEAN);
    flush(1, 0, 64, CLEAN);
}
/* By an entry of d1's. */
static void mapped_lines(void)
{
    uint64_t frame = other();

    flush(frame, 0, 64, CLEAN);
    offer(D1, A, (struct offer){ GRANT_ACCESS, D0, frame });
    map(D1, A);
    flush(frame, 0, 64, CLEAN);
    flush(frame, 0, 64, DROP);
    unmap();
    flush(frame, 0, 64, CLEAN);
}

/* --- Versions -------------------------------------------------------------------------------- */

static void versions(void)
{
    is_version(SELF);
    is_version(who());
    is_version(another());
    is_version(D2);
    is_version(77);
    said(ask_version(2));
    is_version(SELF);
    said(ask_version(1));
    is_version(SELF);
}

/* --- Transfers ------------------------------------------------------------------------------- */

static void gives(uint32_t to, uint64_t frame, uint32_t ref)
{
    said_status(ask_transfer_by(to, frame, ref));
}
static void accepts(uint32_t by, uint32_t from)
{
    offer(by, T, (struct offer){ GRANT_TRANSFER, (uint16_t)from, 0x9100 });
}
/* To itself: as between others, but that all is to be seen of it. */
static void to_itself(void)
{
    uint64_t frame = fresh();

    accepts(who(), who());
    gives(who(), page, T);
    gives(who(), BEYOND, T);
    gives(who(), other(), T);
    gives(who(), l2, T);
    gives(who(), DEVICE, T);
    gives(who(), frame, T);
    mmu(at(l1, 5), frame << 12 | PAGE);
    mmu(at(l1, 5), 0);
    gives(who(), fresh(), T);
    gives(who(), fresh(), T + 1);
    gives(who(), fresh(), 5000000);
    gives(SELF, fresh(), T);
    gives(77, fresh(), T);
}
static void not_accepted(void)
{
    uint64_t frame = fresh();

    offer(who(), T, (struct offer){ GRANT_ACCESS, (uint16_t)who(), fresh() });
    gives(who(), frame, T);
    /* It is free all the same. */
    mmu(at(l1, 5), frame << 12 | PAGE);
    accepts(who(), 5);
    gives(who(), fresh(), T);
}
static void to_d1(void)
{
    accepts(D1, D1);
    gives(D1, fresh(), T);
    accepts(D1, D0);
    gives(D1, fresh(), T);
    gives(D1, fresh(), T);
    accepts(D1, D0);
    gives(D1, fresh(), T);
}
static void to_full(void)
{
    uint64_t extents[8] = { 0 };
    unsigned int nr = 0;

    while (nr < 600 && ask_memory(INCREASE, D1, 0, 0, &extents[nr % 8], 1) == 1)
        nr++;
    said_number(nr);
    accepts(D1, D0);
    gives(D1, fresh(), T);
    for (unsigned int i = 0; i < 8 && i < nr; i++)
        said_number((uint64_t)ask_memory(DECREASE, D1, 0, 0, &extents[i], 1));
    gives(D1, fresh(), T);
}
static void of_pvh(void)
{
    gives(D1, fresh(), T);
    gives(SELF, fresh(), T);
    gives(77, fresh(), T);
    gives(77, nothing_of_d2(), T);
    flush(fresh(), 0, 64, CLEAN);
    flush(fresh(), 0, 64, DROP);
}

/* --- Multicalls ------------------------------------------------------------------------------ */

#define UD2 UINT64_C(0x0b0f)

static void multicall_to_user(void)
{
    uint64_t user = fresh();

    put(page, 0, UD2);
    put(user, 8, l3 << 12 | TABLE);
    ext(NEW_USER_BASE, user, 0);
    said_number(
        (uint64_t)ask_multicall_iret(WINDOW, (struct mmu_request){ at(l1, 9), page << 12 | RO }));
    said_number(get(l1, 9) & 1);
    ext(NEW_USER_BASE, 0, 0);
}

/* --- A device model -------------------------------------------------------------------------- */

static void model(void)
{
    uint32_t id = 0;
    uint64_t frames[1];
    struct channel c;

    become_model();
    for (unsigned int what = IOREQ_INFO; what <= IOREQ_DESTROY; what++)
        said(ask_ioreq(what, D2, &id, 0));
    said(ask_acquire((struct resource){ D2, RESOURCE_IOREQ, 0, 1 }, frames, 1));
    said(ask_ioreq(IOREQ_CREATE, D2, &id, 0));
    said_number(id);
    said(ask_ioreq(IOREQ_DESTROY, D2, &id, 0));
    said(ask_ioreq(IOREQ_INFO, D2, &id, 0));
    said(ask_status(D2, 1, &c));
    said(ask_acquire((struct resource){ D2, RESOURCE_GRANTS, 0, 0 }, frames, 1));
    mmu_of(at(l1, 5), of_d2() << 12 | PAGE, D2);
    mmu(at(l1, 5), 0);
    is_version(D2);
    is_version(D0);
}
static void model_params(void)
{
    uint64_t value = 0;

    said(ask_set_param(D2, 35, 1));
    said(ask_set_param(D2, 35, 4));
    said(ask_get_param(D2, 35, &value));
    said(ask_set_param(D2, 5, 1));
    said(ask_set_param(D2, 10, 4));
    said(ask_set_param(D2, 10, 0));
}
static void model_rights(void)
{
    said(ask_pod_target(D2, 100));
    said(ask_assign(D2, true));
    said(ask_remove(D2, nothing_of_d2()));
}

static const struct xen_case cases[] = {
    { "multicall-iret", "to user mode", multicall_to_user, BY_D1 },
    { "grant-swap-used", "and not", swapped, BOTH },
    { "grant-ref", "that changes places", swapped_d2, BY_D2 },
    { "grant-swap-used", "of version 2", swapped_2, BY_D0 },
    { "grant-cache-what", "its own", lines, BOTH },
    { "grant-cache-owner", "others", others_lines, BOTH },
    { "grant-cache-mapped", "by a grant", mapped_lines, BY_D0 },
    { "foreign-right", "get_version", versions, ALL },
    { "grant-transfer-held", "to itself", to_itself, BOTH },
    { "grant-transfer-offered", "to itself", not_accepted, BOTH },
    { "grant-transfer-offered", "to d1", to_d1, BY_D0 },
    { "grant-transfer-room", "to one that has all it may have", to_full, BY_D0 },
    { "grant-transfer-external", "of a PVH guest", of_pvh, BY_D2 },
};
const struct xen_cases rare_cases = CASES_OF(cases);

static const struct xen_case of_models[] = {
    { "ioreq-emulator", "of another's server", model, BY_D1 },
    { "param-altp2m-right", "of a device model", model_params, BY_D1 },
    { "pod-right", "of a device model", model_rights, BY_D1 },
};
const struct xen_cases model_cases = CASES_OF(of_models);
