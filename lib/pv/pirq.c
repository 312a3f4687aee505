/*
 * pirq.c - physical interrupts of domains, and event channels for them; common/event_channel.c,
 * evtchn_bind_pirq; x86/irq.c, map_domain_pirq, pirq_guest_bind; x86/physdev.c, physdev_map_pirq,
 * 4.17.
 *
 * Model: a host has one I/O APIC, of 24 inputs, and no MSIs; inputs that Xen itself uses, for its
 * timer or its console, are bound as others are.
 */
#include "pv/argument.h"
#include "xen/events.h"
#include "xen/view.h"
#include "xenpt/event.h"

#define NR_GSIS         24u
#define EXTRA_PIRQS     32u /* common/domain.c, DEFAULT_EXTRA_DOMU_IRQS. */
#define FIRST_FREE      16u
#define MAX_GUESTS      32u /* x86/irq.c, irq_max_guests. */
/* mach-default/irq_vectors.h, NR_DYNAMIC_VECTORS. */
#define DYNAMIC_VECTORS 208u

static bool is_hardware(const struct domain *d)
{
    return !d->id && d->desc->privileged;
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* domain_create; of dom0 arch_hwdom_irqs, and ioapic_init. */
static uint32_t nr_pirqs(const struct xenpt_machine *m, const struct domain *d)
{
    uint32_t per_cpu = 0, nr_irqs = m->nr_cpus * DYNAMIC_VECTORS;

    if (!is_hardware(d))
        return NR_GSIS + EXTRA_PIRQS;
    if (nr_irqs < 8 * NR_GSIS)
        nr_irqs = 8 * NR_GSIS;
    for (uint32_t n = m->nr_cpus; n; n /= 2)
        per_cpu++;
    per_cpu = at_most(per_cpu, d->nr_vcpus);
    return at_most(at_most(NR_GSIS + per_cpu * DYNAMIC_VECTORS, nr_irqs),
                   8 * (uint32_t)XENPT_PAGE_SIZE);
}

/* --- Mapping ------------------------------------------------------------------------------- */

static uint32_t pirq_of(const struct domain *d, uint32_t irq)
{
    const struct events *e = d->events;

    for (uint32_t i = 0; e && i < e->max_pirqs; i++)
        if (e->pirq[i].irq == irq)
            return i;
    return XENPT_PIRQ_ANY;
}

/* is_free_pirq: that it is bound, as a PVH guest binds what is not mapped, is not looked at. */
static bool is_free(const struct domain *d, uint32_t pirq)
{
    const struct pirq *p = events_pirq(d, pirq);

    return !p || !p->irq;
}

/* get_free_pirq.  There is always one: there are more numbers than inputs. */
static uint32_t free_pirq(const struct xenpt_machine *m, const struct domain *d)
{
    uint32_t pirq = FIRST_FREE;

    while (pirq < NR_GSIS && !is_free(d, pirq))
        pirq++;
    if (pirq < NR_GSIS)
        return pirq;
    pirq = nr_pirqs(m, d) - 1;
    while (pirq > FIRST_FREE && !is_free(d, pirq))
        pirq--;
    return pirq;
}

/* allocate_and_map_gsi_pirq, allocate_pirq. */
static int check_map(struct op *op, struct domain *d, uint32_t gsi, uint32_t *irq, uint32_t *pirq)
{
    const struct pirq *own = events_pirq(op->d, gsi);
    uint32_t was;

    if (gsi >= NR_GSIS)
        return grant_needs(op, RULE_MAP_PIRQ_GSI, 0, NO_SLOT_OF_IT);
    *irq = own && own->irq ? own->irq : gsi;
    if (!(own && own->irq) && !is_hardware(op->d))
        return grant_needs(op, RULE_MAP_PIRQ_HARDWARE, 0, NO_SLOT_OF_IT);
    was = *irq ? pirq_of(d, *irq) : XENPT_PIRQ_ANY;
    if (*pirq == XENPT_PIRQ_ANY && was != XENPT_PIRQ_ANY)
        *pirq = was;
    else if (*pirq == XENPT_PIRQ_ANY)
        *pirq = free_pirq(op->m, d);
    else if (was != XENPT_PIRQ_ANY && was != *pirq)
        return grant_needs(op, RULE_MAP_PIRQ_OTHER, 0, NO_SLOT_OF_IT);
    return 0;
}

/* map_domain_pirq. */
static int check_numbers(struct op *op, const struct domain *d, uint32_t irq, uint32_t pirq)
{
    int rc = irq ? 0 : refused(op, RULE_MAP_PIRQ_ACCESS, 0, NO_SLOT_OF_IT);

    return rc || (irq && pirq < nr_pirqs(op->m, d))
               ? rc
               : grant_needs(op, RULE_MAP_PIRQ_GSI, 0, NO_SLOT_OF_IT);
}

enum xenpt_code xenpt_event_map_pirq(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     uint32_t domain, uint32_t gsi, uint32_t *pirq,
                                     struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct domain *d = NULL;
    struct pirq *p;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    uint32_t irq = 0;
    int rc;

    if (code)
        return code;
    if (!is_pv(op.d))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "%s is no PV domain: what others map is not modelled", op.d->name);
    op.work++;
    rc = argument_whole(&op, ARGUMENT_MAP_PIRQ, 1);
    if (!rc) {
        d = domain == XENPT_DOMID_SELF ? op.d : domain_there(m, domain);
        rc = d ? 0 : grant_needs(&op, RULE_MAP_PIRQ_DOMAIN, 0, NO_SLOT_OF_IT);
    }
    if (!rc && !controls(op.d, d))
        rc = refused(&op, RULE_MAP_PIRQ_RIGHT, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = check_map(&op, d, gsi, &irq, pirq);
    if (!rc)
        rc = check_numbers(&op, d, irq, *pirq);
    if (!rc && !events_pirq_room(d, *pirq))
        rc = op_broken(&op, XENPT_ENOMEM, "no memory for what is known of interrupts");
    if (rc != BROKEN) {
        int told = argument_back(&op, ARGUMENT_MAP_PIRQ);

        rc = rc ? rc : told;
    }
    code = grant_end(&op, rc, ret);
    if (code || rc)
        return code;
    p = &d->events->pirq[*pirq];
    /* One that has another interrupt keeps it, and nobody is told. */
    if (!p->irq)
        p->irq = irq;
    return XENPT_OK;
}

/* --- Binding ------------------------------------------------------------------------------- */

/* pirq_guest_bind. */
static int check_shared(struct op *op, uint32_t irq, bool shared)
{
    unsigned int nr = 0;
    bool alone = false;

    for (uint32_t i = 0; i < op->m->nr_domains; i++) {
        const struct events *e = op->m->domains[i].events;

        for (uint32_t k = 0; e && k < e->max_pirqs; k++)
            if (e->pirq[k].irq == irq && e->pirq[k].port) {
                nr++;
                alone |= !e->pirq[k].shared;
            }
    }
    if (nr && (alone || !shared || nr >= MAX_GUESTS))
        return refused(op, RULE_PIRQ_SHARED, 0, NO_SLOT_OF_IT);
    return 0;
}

static int check_bind(struct op *op, uint32_t pirq, bool shared, uint32_t *port)
{
    const struct pirq *p = events_pirq(op->d, pirq);
    bool pv = is_pv(op->d);
    int rc = 0;

    if (pirq >= nr_pirqs(op->m, op->d))
        return grant_needs(op, RULE_PIRQ_RANGE, 0, NO_SLOT_OF_IT);
    if (pv && !(p && p->irq))
        rc = refused(op, RULE_PIRQ_MAPPED, 0, NO_SLOT_OF_IT);
    if (!rc && p && p->port)
        rc = grant_needs(op, RULE_PIRQ_BOUND, 0, NO_SLOT_OF_IT);
    if (rc)
        return rc;
    if (!events_of(op->d) || !events_pirq_room(op->d, pirq))
        return op_broken(op, XENPT_ENOMEM, "no memory for what is known of interrupts");
    *port = events_free_port(op->m, op->d);
    if (*port >= events_limit(op->m, op->d))
        return grant_needs(op, RULE_EVENT_FREE, 0, NO_SLOT_OF_IT);
    if (!events_room(op->d->events, *port))
        return op_broken(op, XENPT_ENOMEM, "no memory for what is known of event channels");
    return pv && p && p->irq ? check_shared(op, p->irq, shared) : 0;
}

enum xenpt_code xenpt_event_bind_pirq(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                      uint32_t pirq, bool shared, uint32_t *port,
                                      struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    uint32_t at = 0;
    bool done;
    int rc;

    if (code)
        return code;
    op.work++;
    rc = argument_whole(&op, ARGUMENT_PORT_PIRQ, 1);
    if (!rc)
        rc = check_bind(&op, pirq, shared, &at);
    done = !rc;
    if (!rc)
        rc = argument_back(&op, ARGUMENT_PORT_PIRQ);
    code = grant_end(&op, rc, ret);
    if (code || !done)
        return code;
    events_set(op.d->events, (struct xenpt_event_channel){
                                 .port = at, .kind = XENPT_CHANNEL_PIRQ, .virq = pirq, .use = "" });
    op.d->events->pirq[pirq].port = at;
    op.d->events->pirq[pirq].shared = shared;
    *port = at;
    view_stale(m);
    return XENPT_OK;
}
