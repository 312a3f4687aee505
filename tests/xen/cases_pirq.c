/* cases_pirq.c - physical interrupts: inputs of the I/O APIC that no device of this machine uses.
 */
#include "asks_vcpu.h"
#include "cases.h"

static uint32_t port;

static void maps(uint32_t domain, uint32_t gsi, uint32_t as)
{
    uint32_t pirq = as;
    int rc = ask_map_pirq(domain, gsi, &pirq);

    said(rc);
    if (!rc)
        said_number(pirq);
}
static void binds(uint32_t pirq, bool shared)
{
    said(ask_bind_pirq(pirq, shared, &port));
}
static void is(uint32_t p)
{
    struct channel c;

    said(ask_status(SELF, p, &c));
    said_number(c.kind);
    said_number(c.vcpu);
}

static void whose(void)
{
    maps(77, 20, 20);
    maps(who() == D0 ? 77 : D0, 20, 20);
    maps(who() == D1 ? SELF : 77, 20, 20);
    maps(who() == D1 ? D2 : 77, 20, 20);
    maps(who() == D1 ? D1 : 77, 24, 20);
}
/* The first, those behind the last, and numbers that no domain has. */
static void inputs(void)
{
    maps(SELF, 24, 5);
    maps(SELF, 0x80000000, 5);
    maps(SELF, 0xffffffff, 5);
    maps(SELF, 0, 5);
    maps(D1, 0, ANY_PIRQ);
    maps(D1, 18, 56);
    maps(D2, 18, 56);
    maps(SELF, 18, 232);
    maps(SELF, 18, 32768);
}
/* Without a number it is the one that it has, or the first that is free. */
static void numbers(void)
{
    maps(SELF, 20, ANY_PIRQ);
    maps(SELF, 20, ANY_PIRQ);
    maps(SELF, 20, 20);
    /* Inputs are what the caller has of that number. */
    maps(SELF, 16, ANY_PIRQ);
    maps(SELF, 16, 16);
    maps(D1, 16, ANY_PIRQ);
    maps(SELF, 19, 231);
    maps(SELF, 19, 19);
}
/* One that is another input's stays that. */
static void taken(void)
{
    maps(D1, 17, 55);
    maps(D1, 18, 55);
    maps(D1, 18, ANY_PIRQ);
    maps(D1, 17, 17);
}
static void for_d1(void)
{
    for (uint32_t gsi = 21; gsi < 24; gsi++) {
        maps(SELF, gsi, gsi);
        maps(D1, gsi, gsi);
    }
    maps(D2, 21, 21);
}
static void not_mapped(void)
{
    binds(0, false);
    binds(1, false);
    binds(30, true);
    binds(54, true);
}
static void beyond(void)
{
    if (who() == D0)
        binds(231, false);
    binds(who() == D0 ? 232 : 55, false);
    binds(who() == D0 ? 32767 : 56, false);
    binds(32768, false);
    binds(0xffffffff, false);
}
static void bound(void)
{
    uint32_t pirq = who() == D0 ? 16 : 55;

    ask_close(port);
    port = 0;
    binds(pirq, false);
    is(port);
    binds(pirq, false);
    binds(pirq, true);
    said(ask_send(port));
    said(ask_unmask(port));
    said(ask_close(port));
    is(port);
    binds(pirq, false);
}
/* All share it, or one has it alone; d1 comes when dom0 has them all. */
static void shared(void)
{
    binds(21, true);
    binds(22, who() == D1);
    binds(23, who() == D0);
}
/* Of its guest's, what was mapped for itself; and nothing of others. */
static void as_model(void)
{
    maps(D2, 22, 22);
    maps(D2, 19, 19);
    maps(D2, 16, ANY_PIRQ);
    maps(D0, 22, 22);
    maps(SELF, 22, 22);
    maps(D2, 22, 23);
}

static const struct xen_case cases[] = {
    { "map-pirq-domain", "whose", whose, BOTH },
    { "map-pirq-gsi", "what is none", inputs, BY_D0 },
    { "map-pirq-other", "with a number and without", numbers, BY_D0 },
    { "map-pirq-other", "of d1's", taken, BY_D0 },
    { "map-pirq-right", "for both", for_d1, BY_D0 },
    { "pirq-mapped", "what nobody has mapped", not_mapped, ALL },
    { "pirq-range", "behind the last", beyond, ALL },
    { "pirq-bound", "one that is bound", bound, BOTH },
    { "pirq-shared", "with dom0", shared, BOTH },
};
const struct xen_cases pirq_cases = CASES_OF(cases);

static const struct xen_case by_model[] = {
    { "map-pirq-hardware", "by d2's device model", as_model, BY_D1 },
};
const struct xen_cases model_pirq_cases = CASES_OF(by_model);
