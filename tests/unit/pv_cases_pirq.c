/* pv_cases_pirq.c - what Xen refuses of physical interrupts and of a debugger; from the sources
 * that the rules' rows name. */
#include "pv_cases.h"
#include "sharing_fixture.h"

#include "xenpt/debugger.h"

static uint32_t pirq;

static const char *map_as(uint32_t d, uint32_t of, uint32_t gsi, uint32_t as)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    struct xenpt_error err = { 0 };

    pirq = as;
    if (xenpt_event_map_pirq(p.w.machine, &c, of, gsi, &pirq, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

static const char *bind(uint32_t d, uint32_t number, bool shared)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_event_bind_pirq(p.w.machine, &c, number, shared, &port, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

/* 24 inputs, and 32 more; dom0, of one vCPU on four CPUs, has 208 more. */
static const char *range(void)
{
    must(map_as(0, SELF, 19, 231));
    must(bind(0, 231, false));
    bind(0, 232, false);
    if (strcmp(p.r.name, "EINVAL") != 0)
        return p.r.name;
    must(map_as(0, 1, 20, 55));
    must(bind(1, 55, false));
    return bind(1, 56, false);
}

static const char *unmapped(void)
{
    return bind(0, 20, false);
}

static const char *bound(void)
{
    must(map_as(0, SELF, 20, 20));
    must(bind(0, 20, false));
    assert_int_equal(port_is(0, port).kind, XENPT_CHANNEL_PIRQ);
    must(event_close(0, port));
    must(bind(0, 20, false));
    return bind(0, 20, false);
}

/* All of them share it, or none. */
static const char *shared(void)
{
    must(map_as(0, SELF, 20, 20));
    must(map_as(0, 1, 20, 20));
    must(map_as(0, SELF, 21, 21));
    must(map_as(0, 1, 21, 21));
    must(map_as(0, SELF, 22, 22));
    must(map_as(0, 1, 22, 22));
    must(bind(0, 21, true));
    must(bind(1, 21, true));
    must(bind(0, 20, true));
    bind(1, 20, false);
    if (strcmp(p.r.name, "EBUSY") != 0)
        return p.r.name;
    must(bind(0, 22, false));
    return bind(1, 22, true);
}

static const char *no_domain(void)
{
    return map_as(0, 77, 20, 20);
}

static const char *no_right(void)
{
    return map_as(1, 2, 20, 20);
}

/* The timer's. */
static const char *first_input(void)
{
    map_as(0, 1, 0, XENPT_PIRQ_ANY);
    return strcmp(p.r.name, "EPERM") != 0 ? p.r.name : map_as(0, SELF, 0, 5);
}

/* Behind the last there is none. */
static const char *no_gsi(void)
{
    map_as(0, 1, 20, 56);
    return strcmp(p.r.name, "EINVAL") != 0 ? p.r.name : map_as(0, SELF, 24, 5);
}

static const char *no_hardware(void)
{
    must(map_as(0, 1, 21, 21));
    must(map_as(1, 0, 21, 30));
    return map_as(1, 0, 20, 20);
}

/* Without a number it is the one that it has, or the first that is free. */
static const char *other(void)
{
    must(map_as(0, SELF, 20, XENPT_PIRQ_ANY));
    assert_int_equal(pirq, 16);
    must(map_as(0, SELF, 20, XENPT_PIRQ_ANY));
    assert_int_equal(pirq, 16);
    /* Behind the inputs they are taken from the last on. */
    for (uint32_t i = 17; i < 24; i++) {
        must(map_as(0, 1, i, XENPT_PIRQ_ANY));
        assert_int_equal(pirq, i - 1);
    }
    must(map_as(0, 1, 5, XENPT_PIRQ_ANY));
    assert_int_equal(pirq, 23);
    must(map_as(0, 1, 6, XENPT_PIRQ_ANY));
    assert_int_equal(pirq, 55);
    return map_as(0, SELF, 20, 20);
}

static const char *debug(uint32_t d, uint32_t of, uint64_t va, bool write)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_gdbsx what = { of, va, 16, write };
    uint64_t left;

    assert_int_equal(xenpt_gdbsx_memory(p.w.machine, &c, &what, &left, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *debug_none(void)
{
    return debug(0, 77, 0, false);
}

static const char *debug_right(void)
{
    return debug(1, 2, 0, false);
}

/* A table of the guest's, which it has read-only, is written to all the same. */
static const char *debug_unmapped(void)
{
    must(debug(0, 1, va_of(1, 6), true));
    return debug(0, 1, 0x7ffffffff000, false);
}

static const struct pv_case cases[] = {
    { "pirq-range", "EINVAL", range, NULL },
    { "pirq-mapped", "EPERM", unmapped, NULL },
    { "pirq-bound", "EEXIST", bound, NULL },
    { "pirq-shared", "EBUSY", shared, NULL },
    { "map-pirq-domain", "ESRCH", no_domain, NULL },
    { "map-pirq-right", "EPERM", no_right, "map-pirq-hardware" },
    { "map-pirq-gsi", "EINVAL", no_gsi, NULL },
    { "map-pirq-hardware", "EINVAL", no_hardware, NULL },
    { "map-pirq-other", "EEXIST", other, NULL },
    { "map-pirq-access", "EPERM", first_input, "map-pirq-gsi" },
    { "gdbsx-domain", "ESRCH", debug_none, NULL },
    { "gdbsx-right", "EPERM", debug_right, "gdbsx-mapped" },
    { "gdbsx-mapped", "EFAULT", debug_unmapped, NULL },
};
const struct pv_cases pv_pirq_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
