/* sharing_fixture.c - see sharing_fixture.h. */
#include "sharing_fixture.h"

#include "pv/rules.h"
#include "xen/own_rules.h"

uint32_t port, server;
struct xenpt_xenstore_answer answer;
struct xenpt_event_channel channel;

#define CALL(fn, ...)                                                                              \
    do {                                                                                           \
        struct xenpt_pv_caller c = pv_caller(&p, d);                                               \
        struct xenpt_error err = { 0 };                                                            \
                                                                                                   \
        if (fn(p.w.machine, &c, __VA_ARGS__, &p.r, &err))                                          \
            fail_msg("%s", err.text);                                                              \
        return p.r.name;                                                                           \
    } while (0)

const char *event_alloc(uint32_t d, uint32_t of, uint32_t to)
{
    CALL(xenpt_event_alloc_unbound, of, to, &port);
}

const char *event_connect(uint32_t d, uint32_t to, uint32_t remote)
{
    CALL(xenpt_event_bind_interdomain, to, remote, &port);
}

const char *event_virq(uint32_t d, uint32_t virq, uint32_t vcpu)
{
    CALL(xenpt_event_bind_virq, virq, vcpu, &port);
}

const char *event_ipi(uint32_t d, uint32_t vcpu)
{
    CALL(xenpt_event_bind_ipi, vcpu, &port);
}

const char *event_send(uint32_t d, uint32_t which)
{
    CALL(xenpt_event_send, which);
}

const char *event_close(uint32_t d, uint32_t which)
{
    CALL(xenpt_event_close, which);
}

const char *event_status(uint32_t d, uint32_t of, uint32_t which)
{
    CALL(xenpt_event_status, of, which, &channel);
}

const char *acquire(uint32_t d, struct xenpt_resource r, uint64_t *frames, size_t nr)
{
    CALL(xenpt_acquire_resource, &r, frames, nr);
}

const char *ioreq(uint32_t d, enum xenpt_ioreq_op what, uint32_t of, uint32_t id, uint32_t arg)
{
    server = id;
    CALL(xenpt_ioreq, what, of, &server, arg);
}

void own_rules_follow(void)
{
    for (size_t i = 0; i < NR_OWN_RULES; i++)
        p.w.machine->own_rules[i] = p.rules.in_force[NR_RULES + i];
}

void connect_store(void)
{
    struct xenpt_error err = { 0 };

    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, 1));
    must(event_connect(0, 1, 1));
    if (xenpt_xenstore_introduce(p.w.machine, 1, &err))
        fail_msg("%s", err.text);
}

const char *ask_store(uint32_t d, enum xenpt_xenstore_op op, const char *path, const char *value)
{
    struct xenpt_error err = { 0 };

    own_rules_follow();
    if (xenpt_xenstore_ask(p.w.machine, d, op, path, value, &answer, &err))
        fail_msg("%s", err.text);
    p.r = (struct xenpt_pv_result){ .name = answer.error, .rule = answer.rule };
    return p.r.name;
}

struct xenpt_event_channel port_is(uint32_t d, uint32_t which)
{
    struct xenpt_event_channel c;

    assert_true(xenpt_event_port(p.w.machine, d, which, &c));
    return c;
}

struct xenpt_event_bits bits_of(uint32_t d, uint32_t which)
{
    struct xenpt_event_bits bits;

    assert_true(xenpt_event_bits(p.w.machine, d, which, &bits));
    return bits;
}

uint64_t pte_of(uint32_t d, uint64_t i)
{
    const struct domain *dom = &p.w.machine->domains[d];
    uint64_t table = pv_guest_root(dom, &dom->vcpus[0], false);

    for (unsigned int level = 4; level > 1; level--)
        table = entry_read(p.w.machine, table, slot_at(level, va_of(d, i))) & ENTRY_ADDR;
    return table + 8 * slot_at(1, va_of(d, i));
}

struct xenpt_foreign_count foreign(uint32_t d)
{
    struct xenpt_foreign_count count;

    assert_int_equal(xenpt_foreign_maps(p.w.machine, d, NULL, NULL, &count, NULL), XENPT_OK);
    return count;
}
