/* cases_resources.c - dm_op of device models, and acquire_resource. */
#include "cases.h"

static uint32_t server;

static void ioreq(unsigned int what, uint32_t domain, uint32_t id)
{
    said(ask_ioreq(what, domain, &id, 0));
}
static void create(uint32_t domain, uint32_t buffered)
{
    int rc = ask_ioreq(IOREQ_CREATE, domain, &server, buffered);

    said(rc);
    if (!rc)
        said_number(server);
}
static void destroy(void)
{
    ioreq(IOREQ_DESTROY, D2, server);
}
static void acquire(uint32_t domain, uint32_t type, uint32_t id, uint64_t frame, unsigned int nr)
{
    uint64_t frames[40] = { 0 };
    int rc = ask_acquire((struct resource){ domain, type, id, frame }, frames, nr);

    said(rc);
    /* It can be mapped, as the other domain's. */
    for (unsigned int i = 0; !rc && i < nr; i += 31)
        mmu_of(at(l1, 9), frames[i] << 12 | PAGE, domain);
    mmu(at(l1, 9), 0);
}

/* --- Device models --------------------------------------------------------------------------- */

static void whose(void)
{
    create(77, 0);
    create(SELF, 0);
    create(who(), 0);
    create(who() == D0 ? D1 : D0, 0);
    ioreq(IOREQ_DESTROY, 77, 0);
    ioreq(IOREQ_DESTROY, who(), 0);
    ioreq(IOREQ_INFO, who() == D0 ? D1 : D0, 0);
}
static void right(void)
{
    create(D2, 0);
    ioreq(IOREQ_DESTROY, D2, 0);
}
static void kinds(void)
{
    for (uint32_t i = 0; i < 3; i++) {
        create(D2, i);
        destroy();
    }
    create(D2, 3);
    create(D2, 255);
}
static void many(void)
{
    for (uint32_t i = 0; i < 9; i++)
        create(D2, 0);
    for (uint32_t i = 0; i < 8; i++)
        ioreq(IOREQ_DESTROY, D2, i);
    destroy();
}
static void not_there(void)
{
    for (unsigned int what = IOREQ_INFO; what <= IOREQ_DESTROY; what++) {
        ioreq(what, D2, 0);
        ioreq(what, D2, 7);
        ioreq(what, D2, 8);
        ioreq(what, D2, 0xffff);
    }
}
static void no_gfns(void)
{
    create(D2, 0);
    ioreq(IOREQ_INFO, D2, server);
    ioreq(IOREQ_ENABLE, D2, server);
    ioreq(IOREQ_ENABLE, D2, server);
    ioreq(IOREQ_DISABLE, D2, server);
    destroy();
}
static void acquired(void)
{
    create(D2, 1);
    acquire(D2, RESOURCE_IOREQ, server, 1, 1);
    acquire(D2, RESOURCE_IOREQ, server, 0, 2);
    ioreq(IOREQ_INFO, D2, server);
    ioreq(IOREQ_ENABLE, D2, server);
    acquire(D2, RESOURCE_IOREQ, server, 0, 2);
    destroy();
}

/* --- Resources ------------------------------------------------------------------------------- */

static void whose_resource(void)
{
    for (uint32_t type = RESOURCE_IOREQ; type <= RESOURCE_GRANTS; type++) {
        acquire(77, type, 0, 0, 1);
        acquire(SELF, type, 0, 0, 1);
        acquire(who(), type, 0, 0, 1);
    }
}
static void resource_right(void)
{
    acquire(D2, RESOURCE_GRANTS, 0, 0, 1);
    acquire(D0, RESOURCE_GRANTS, 0, 0, 1);
    acquire(D2, RESOURCE_IOREQ, 0, 0, 1);
    acquire(D2, 7, 0, 0, 1);
}
static void types(void)
{
    acquire(D1, RESOURCE_TRACE, 0, 0, 1);
    acquire(D2, RESOURCE_TRACE, 0, 0, 1);
    acquire(D1, 3, 0, 0, 1);
    acquire(D2, 3, 0, 0, 1);
    acquire(D2, 0xffff, 0, 0, 1);
}
static void tables(void)
{
    for (uint32_t domain = D1; domain <= D2; domain++) {
        acquire(domain, RESOURCE_GRANTS, 0, 0, 1);
        acquire(domain, RESOURCE_GRANTS, 0, 2, 2);
        acquire(domain, RESOURCE_GRANTS, 0, 0, 32);
        acquire(domain, RESOURCE_GRANTS, 0, 63, 1);
        acquire(domain, RESOURCE_GRANTS, 0, 63, 2);
        acquire(domain, RESOURCE_GRANTS, 0, 64, 1);
        acquire(domain, RESOURCE_GRANTS, 0, UINT64_C(1) << 32, 1);
        acquire(domain, RESOURCE_GRANTS, 1, 0, 1);
        acquire(domain, RESOURCE_GRANTS, 1, 8, 1);
        acquire(domain, RESOURCE_GRANTS, 2, 0, 1);
    }
}
static void servers(void)
{
    acquire(D1, RESOURCE_IOREQ, 0, 0, 1);
    acquire(D2, RESOURCE_IOREQ, 0, 0, 1);
    acquire(D2, RESOURCE_IOREQ, 9, 1, 1);
    create(D2, 0);
    acquire(D2, RESOURCE_IOREQ, server, 0, 1);
    acquire(D2, RESOURCE_IOREQ, server, 1, 1);
    acquire(D2, RESOURCE_IOREQ, server, 0, 2);
    acquire(D2, RESOURCE_IOREQ, server, 2, 1);
    acquire(D2, RESOURCE_IOREQ, server, 1, 2);
    acquire(D2, RESOURCE_IOREQ, server, 7, 1);
    destroy();
}

static const struct xen_case cases[] = {
    { "dm-domain", "whose devices they are", whose, BOTH },
    { "dm-right", "of a PVH guest", right, BY_D1 },
    { "ioreq-buffered", "each way", kinds, BY_D0 },
    { "ioreq-free", "nine of them", many, BY_D0 },
    { "ioreq-server", "what is not there", not_there, BY_D0 },
    { "ioreq-gfn", "a guest without frames for them", no_gfns, BY_D0 },
    { "ioreq-either", "pages that were acquired", acquired, BY_D0 },
    { "resource-domain", "whose they are", whose_resource, BOTH },
    { "resource-right", "of others", resource_right, BY_D1 },
    { "resource-type", "other ones", types, BY_D0 },
    { "resource-table", "grant tables", tables, BY_D0 },
    { "resource-frame", "pages of an ioreq server", servers, BY_D0 },
};
const struct xen_cases resource_cases = CASES_OF(cases);
