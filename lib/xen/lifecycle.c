/* lifecycle.c - domains that come while the machine runs, and vCPUs that wait; how domains go is in
 * pv/relinquish.c, and whether vCPUs may go on in pv/unpause.c. */
#include <stdlib.h>
#include <string.h>

#include "xen/events.h"
#include "xen/vcpus.h"
#include "xen/view.h"

/* --- Creating ------------------------------------------------------------------------------ */

/* Room for one more; descriptions are where domains have them. */
static enum xenpt_code make_room(struct xenpt_machine *m, struct xenpt_error *err)
{
    size_t nr = m->nr_domains + 1;
    struct xenpt_domain_desc *descs = realloc(m->descs, nr * sizeof(*descs));
    struct domain *domains;

    if (!descs)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for another domain");
    m->descs = descs;
    for (size_t i = 0; i < m->nr_domains; i++)
        m->domains[i].desc = &descs[i];
    domains = realloc(m->domains, nr * sizeof(*domains));
    if (!domains)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for another domain");
    m->domains = domains;
    return XENPT_OK;
}

/* Contexts are listed anew, with room for more of them. */
static void forget_view(struct xenpt_machine *m)
{
    view_free(m->view);
    m->view = NULL;
}

enum xenpt_code xenpt_machine_domain_create(struct xenpt_machine *m,
                                            const struct xenpt_domain_desc *desc, uint32_t *ret,
                                            struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code = make_room(m, err);

    if (!code)
        code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    code = memory_claim(m, desc, 0, err);
    if (!code)
        code = domain_build(m, desc, err);
    if (!code) {
        contents_open(&m->contents);
        *ret = (uint32_t)m->nr_domains - 1;
    }
    code = snapshot_end(before, code);
    forget_view(m);
    return code;
}

/* --- Waiting ------------------------------------------------------------------------------- */

void vcpu_deschedule(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, bool unload)
{
    for (uint32_t i = 0; i < m->nr_cpus; i++) {
        struct cpu *c = &m->cpus[i];

        if (!c->loaded || c->domain != domain || c->vcpu != vcpu)
            continue;
        c->idle = true;
        c->loaded = !unload;
    }
}

enum xenpt_code vcpu_pause(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, bool paused,
                           struct xenpt_error *err)
{
    struct vcpu *v;

    v = vcpu_there(m, domain, vcpu, err);
    if (!v)
        return XENPT_ERANGE;
    if (v->paused == paused)
        return xenpt_fail(err, XENPT_ESTATE, "%s.v%u is %s", m->domains[domain].name,
                          (unsigned int)vcpu, paused ? "paused already" : "not paused");
    v->paused = paused;
    if (paused)
        vcpu_deschedule(m, domain, vcpu, false);
    view_stale(m);
    return XENPT_OK;
}

/* --- Destroying ---------------------------------------------------------------------------- */

void domain_forget(struct xenpt_machine *m, struct domain *d)
{
    events_forget(m, d);
    construction_free(&d->built);
    d->built = (struct construction){ 0 };
    d->nr_vcpus = 0;
    memset(d->name, 0, sizeof(d->name));
    forget_view(m);
}
