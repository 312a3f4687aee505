/*
 * cases_pvh0.c - cases of a dom0 that is PVH: it maps what others have into its physical memory,
 * and d1, a PV64 domain that is only made, has tables that it pins.
 */
#include "cases.h"

static int batch_for(uint32_t domain, uint32_t foreign, struct place one)
{
    struct to_add what = { .domain = domain, .space = SPACE_GMFN_FOREIGN, .foreign = foreign };
    int error = -1, rc = ask_add_batch(what, &one, 1, &error);

    said(rc);
    if (!rc)
        said(error);
    return rc ? rc : error;
}

static void as_its_own(void)
{
    batch_for(SELF, D0, (struct place){ 5, nothing_of_own() });
    batch_for(D0, D0, (struct place){ 5, nothing_of_own() });
    batch_for(SELF, SELF, (struct place){ 5, nothing_of_own() });
}

static void of_nobody(void)
{
    batch_for(SELF, 77, (struct place){ 5, nothing_of_own() });
    batch_for(77, D1, (struct place){ 5, nothing_of_own() });
}

static void not_its(void)
{
    /* d1 is PV: a frame's number is that of the machine, and there are none of these. */
    batch_for(SELF, D1, (struct place){ UINT64_C(0xffffff), nothing_of_own() });
    batch_for(SELF, D1, (struct place){ 0, nothing_of_own() });
}

static void into_another(void)
{
    batch_for(D1, D0, (struct place){ 5, 5 });
}

/* What is written at one place is there at another, which is the same frame. */
static void twice(uint64_t frame)
{
    uint64_t a = nothing_of_own(), b = nothing_of_own();

    if (batch_for(SELF, D1, (struct place){ frame, a }) ||
        batch_for(SELF, D1, (struct place){ frame, b }))
        return;
    put(a, 7, 0x5000);
    said_number(get(b, 7));
    put(a, 7, 0);
    said_number(get(b, 7));
}

static void memory(void)
{
    twice(other());
}

/* No type is taken: what is mapped may become a root, and a root may be mapped. */
static void root_of_d1(void)
{
    uint64_t frame = other();

    twice(frame);
    ext_of(PIN_L4, frame, 0, D1);
    twice(frame);
    ext_of(UNPIN, frame, 0, D1);
}

static void pins(void)
{
    uint64_t frame = other();

    ext_of(PIN_L1, frame, 0, D1);
    ext_of(UNPIN, frame, 0, D1);
    ext_of(UNPIN, frame, 0, D1);
    ext_of(NEW_BASE, frame, 0, D1);
    ext_of(NEW_USER_BASE, frame, 0, D1);
    ext_of(TLB_LOCAL, 0, 0, SELF);
    ext_of(CLEAR_PAGE, frame, 0, D1);
    ext_of(MARK_SUPER, frame, 0, D1);
}

static void gone(void)
{
    uint64_t gfn = nothing_of_own();

    batch_for(SELF, D1, (struct place){ other(), gfn });
    said(ask_remove(SELF, gfn));
    said(ask_remove(SELF, gfn));
}

/* In the place of another one. */
static void instead(void)
{
    uint64_t gfn = nothing_of_own(), frame = other();

    batch_for(SELF, D1, (struct place){ other(), gfn });
    batch_for(SELF, D1, (struct place){ frame, gfn });
    put(gfn, 3, 0x7000);
    said_number(get(gfn, 3));
    said(ask_remove(SELF, gfn));
}

static const struct xen_case cases[] = {
    { "physmap-foreign-self", "its own", as_its_own, BY_D0 },
    { "unknown-domain", "physical memory of nobody's", of_nobody, BY_D0 },
    { "physmap-foreign-frame", "none of d1's", not_its, BY_D0 },
    { "physmap-foreign-hardware", "for another domain", into_another, BY_D0 },
    { "physmap-foreign-frame", "memory, twice", memory, BY_D0 },
    { "physmap-foreign-frame", "a root, before it is pinned and then", root_of_d1, BY_D0 },
    { "hvm-pins", "of d1", pins, BY_D0 },
    { "physmap-remove", "what is d1's", gone, BY_D0 },
    { "physmap-remove", "where another one comes", instead, BY_D0 },
};
const struct xen_cases pvh0_cases = CASES_OF(cases);
