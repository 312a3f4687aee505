/* pv_cases_fifo.c - what Xen refuses of event channels in queues; from the sources that the rules'
 * rows name. */
#include "pv_cases.h"
#include "pv_tree.h"

#include "xenpt/event.h"

static const char *control(uint64_t frame, uint32_t offset, uint32_t vcpu)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    assert_int_equal(xenpt_event_init_control(p.w.machine, &c, frame, offset, vcpu, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

static const char *expand(uint64_t frame)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    assert_int_equal(xenpt_event_expand_array(p.w.machine, &c, frame, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *priority(uint32_t port, uint32_t value)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);

    assert_int_equal(xenpt_event_set_priority(p.w.machine, &c, port, value, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

static const char *page_is_table(void)
{
    return control(l1, 0, 0);
}

static const char *place(void)
{
    must(control(fresh(&p, 1), 4096 - 72, 1));
    return control(fresh(&p, 1), 4096 - 64, 0);
}

static const char *twice(void)
{
    must(control(fresh(&p, 1), 0, 0));
    return control(fresh(&p, 1), 0, 0);
}

static const char *off(void)
{
    return expand(fresh(&p, 1));
}

/* One frame can be given for all of them: each is one reference more. */
static const char *full(void)
{
    uint64_t frame = fresh(&p, 1);

    must(control(fresh(&p, 1), 0, 0));
    for (unsigned int i = 0; i < 128; i++)
        must(expand(frame));
    counts_hold(&p);
    assert_int_equal(frame_is(&p, frame).count, 129);
    return expand(frame);
}

static const char *no_priority(void)
{
    return priority(1, 0);
}

static const char *too_low(void)
{
    must(control(fresh(&p, 1), 0, 0));
    must(priority(1, 15));
    return priority(1, 16);
}

/* Nobody has the port. */
static const char *priority_used(void)
{
    must(control(fresh(&p, 1), 0, 0));
    return priority(60, 0);
}

static const struct pv_case cases[] = {
    { "event-fifo-page", "EINVAL", page_is_table, NULL },
    { "event-fifo-place", "EINVAL", place, NULL },
    { "event-fifo-twice", "EINVAL", twice, NULL },
    { "event-fifo-off", "EOPNOTSUPP", off, NULL },
    { "event-fifo-full", "ENOSPC", full, NULL },
    { "event-priority-none", "ENOSYS", no_priority, NULL },
    { "event-priority", "EINVAL", too_low, NULL },
    { "event-priority-used", "EACCES", priority_used, NULL },
};
const struct pv_cases pv_fifo_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
