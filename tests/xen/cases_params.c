/* cases_params.c - parameters of HVM and PVH domains: of d2, which is one, and of the others. */
#include "cases.h"

enum {
    CALLBACK_IRQ = 0,
    STORE_PFN = 1,
    STORE_PORT = 2,
    IOREQ_PFN = 5,
    VIRIDIAN = 9,
    TIMER_MODE = 10,
    IDENT_PT = 12,
    SLEEP_STATE = 14,
    TSS = 15,
    PORTS = 19,
    TRIPLE_FAULT = 31,
    NR_SERVER_PAGES = 33,
    GENERATION = 34,
    VIEWS = 35,
    FIP_WIDTH = 36,
    TSS_SIZED = 37,
    MACHINE_CHECKS = 38,
    NR_PARAMS = 39,
};

static void set(uint32_t domain, uint32_t index, uint64_t value)
{
    said(ask_set_param(domain, index, value));
}
static void is(uint32_t domain, uint32_t index)
{
    uint64_t value = 0;
    int rc = ask_get_param(domain, index, &value);

    said(rc);
    if (!rc)
        said_number(value);
}
/* d2, as its caller calls it. */
static uint32_t whose(void)
{
    return who() == D2 ? SELF : D2;
}

static void numbers(void)
{
    set(whose(), NR_PARAMS, 1);
    is(whose(), NR_PARAMS);
    set(whose(), 0xffffffff, 1);
    is(whose(), 0xffffffff);
    set(77, NR_PARAMS, 1);
    is(77, NR_PARAMS);
    set(77, STORE_PFN, 1);
    is(77, STORE_PFN);
}
static void of_pv(void)
{
    set(D0, CALLBACK_IRQ, 1);
    is(D0, CALLBACK_IRQ);
    set(D1, STORE_PFN, 1);
    is(D1, STORE_PFN);
    if (who() == D2)
        return;
    set(SELF, CALLBACK_IRQ, 1);
    is(SELF, CALLBACK_IRQ);
    set(SELF, NR_PARAMS, 1);
}
static void of_another(void)
{
    set(D2, CALLBACK_IRQ, 0);
    is(D2, CALLBACK_IRQ);
    set(D2, 4, 0);
    is(D2, 4);
}
static void not_any_more(void)
{
    static const uint32_t old[] = { 4, 13, 20, 21, 22, 23, 24, 25, 26, 30 };

    for (unsigned int i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
        set(whose(), old[i], 0x7ff0);
        is(whose(), old[i]);
    }
}
static void each(void)
{
    uint64_t value = 0;

    /* Their numbers, and how each is read; what is not there is 0. */
    for (uint32_t i = 0; i < NR_PARAMS; i++) {
        int rc = ask_get_param(whose(), i, &value);

        if (rc)
            said(rc);
        else
            said_text(" ok");
    }
}
/* What a guest may say of itself, and as it was again. */
static void own(void)
{
    for (uint32_t i = 0; i < NR_PARAMS; i++)
        if (i != TSS_SIZED)
            set(SELF, i, 0);
    set(SELF, GENERATION, 0x1234000);
    is(SELF, GENERATION);
    set(SELF, GENERATION, 0);
    set(SELF, FIP_WIDTH, 3);
    set(SELF, FIP_WIDTH, 0);
    set(SELF, TSS, 0x5000);
    is(SELF, TSS);
    is(SELF, TSS_SIZED);
    set(SELF, VIEWS, 1);
    set(D2, VIEWS, 1);
    is(D2, STORE_PFN);
}
static void once(void)
{
    is(D2, IOREQ_PFN);
    set(D2, IOREQ_PFN, 0xfeffc);
    set(D2, IOREQ_PFN, 0);
    set(D2, IOREQ_PFN, 0xfeffd);
    set(D2, MACHINE_CHECKS, 2);
    set(D2, MACHINE_CHECKS, 1);
    set(D2, MACHINE_CHECKS, 0);
    is(D2, MACHINE_CHECKS);
    set(D2, VIRIDIAN, 1);
    set(D2, VIRIDIAN, 3);
    set(D2, VIRIDIAN, 1);
    is(D2, VIRIDIAN);
}
static void values(void)
{
    set(D2, TIMER_MODE, 4);
    set(D2, TIMER_MODE, 3);
    is(D2, TIMER_MODE);
    set(D2, TIMER_MODE, 0);
    set(D2, TRIPLE_FAULT, 6);
    set(D2, TRIPLE_FAULT, 5);
    set(D2, TRIPLE_FAULT, 0);
    set(D2, SLEEP_STATE, 1);
    set(D2, SLEEP_STATE, 0);
    set(D2, FIP_WIDTH, 5);
    set(D2, FIP_WIDTH, 8);
    is(D2, FIP_WIDTH);
    set(D2, FIP_WIDTH, 0);
    set(D2, VIRIDIAN, 2);
    set(D2, VIRIDIAN, 1 | 1u << 13);
    set(D2, VIRIDIAN, 0);
    set(D2, STORE_PORT, 1);
    is(D2, STORE_PORT);
    set(D2, IDENT_PT, 0);
}
static void ports(void)
{
    set(whose(), PORTS, 0);
    set(whose(), PORTS, 1);
    set(whose(), PORTS, 7);
    is(whose(), PORTS);
}
static void tss(void)
{
    set(D2, TSS, UINT64_C(1) << 32);
    set(D2, TSS, 0x4000);
    is(D2, TSS);
    is(D2, TSS_SIZED);
    set(D2, TSS_SIZED, UINT64_C(103) << 32 | 0x4000);
    set(D2, TSS_SIZED, UINT64_C(104) << 32 | 0x6000);
    is(D2, TSS);
    is(D2, TSS_SIZED);
    set(D2, TSS_SIZED, UINT64_C(0x10000) << 32 | 0x6000);
    is(D2, TSS_SIZED);
    set(D2, TSS, 0);
    is(D2, TSS_SIZED);
}
static void server_pages(void)
{
    set(D2, NR_SERVER_PAGES, 0);
    set(D2, NR_SERVER_PAGES, 65);
    is(D2, NR_SERVER_PAGES);
}
static void views(void)
{
    set(D2, VIEWS, 4);
    set(D2, VIEWS, 0);
    is(D2, VIEWS);
}

static const struct xen_case cases[] = {
    { "param-number", "39 and more", numbers, ALL },
    { "param-external", "of PV domains", of_pv, ALL },
    { "foreign-right", "parameters", of_another, BY_D1 },
    { "param-deprecated", "each", not_any_more, BY_D0 | BY_D2 },
    { "param-get", "each", each, BY_D0 | BY_D2 },
    { "param-set", "each", own, BY_D2 },
    { "param-once", "and once more", once, BY_D0 },
    { "param-value", "others", values, BY_D0 },
    { "param-ports", "of a PVH domain", ports, BY_D0 | BY_D2 },
    { "param-tss", "of a guest", tss, BY_D0 },
    { "param-pages", "none, and too many", server_pages, BY_D0 },
    { "param-altp2m", "other ones", views, BY_D0 },
};
const struct xen_cases param_cases = CASES_OF(cases);
