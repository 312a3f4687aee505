/* lifecycle.c - domains that come and go while the machine runs, and vCPUs that wait. */
#include <stdlib.h>
#include <string.h>

#include "xen/frames.h"
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

enum xenpt_code xenpt_machine_pause(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                    bool paused, struct xenpt_error *err)
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

/* In aligned pieces, as the allocator counts. */
static enum xenpt_code give_back(struct xenpt_machine *m, const struct extent *e,
                                 struct xenpt_error *err)
{
    uint64_t at = e->first, end = e->first + e->nr;
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = at; i < end; i++)
        xenpt_store_drop(m->store, xenpt_mfn(i));
    while (!code && at < end) {
        unsigned int order = at ? (unsigned int)__builtin_ctzll(at) : 18;

        while (order > 18 || UINT64_C(1) << order > end - at)
            order--;
        code = xenpt_alloc_give(m->alloc, xenpt_mfn(at), order, err);
        at += UINT64_C(1) << order;
    }
    return code;
}

/* What was known of its frames, and that its own references are gone. */
static void forget_frames(struct xenpt_machine *m, const struct extent *e)
{
    uint64_t frame;

    for (size_t i = 0; i < frames_slots(m->frames); i++)
        if (frames_at(m->frames, i, &frame) && frame >= e->first && frame - e->first < e->nr)
            *frames_edit(m->frames, frame) = (struct frame_info){ .count = 0 };
    if (m->frames)
        m->frames->stale = true;
}

/* Whoever goes through domains meets nothing of it. */
static void forget_domain(struct domain *d)
{
    construction_free(&d->built);
    d->built = (struct construction){ 0 };
    d->nr_memory = 0;
    d->nr_frames = 0;
    d->nr_vcpus = 0;
    memset(d->name, 0, sizeof(d->name));
}

enum xenpt_code xenpt_machine_domain_destroy(struct xenpt_machine *m, uint32_t domain,
                                             struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    struct domain *d;
    enum xenpt_code code;

    if (domain >= m->nr_domains || !m->domains[domain].nr_vcpus)
        return xenpt_fail(err, XENPT_ERANGE, "there is no domain %u", (unsigned int)domain);
    code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    if (m->frames && !frames_own(&m->frames)) {
        xenpt_machine_snapshot_drop(before);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to forget the frames of a domain");
    }
    d = &m->domains[domain];
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        vcpu_deschedule(m, domain, i, true);
    code = teardown(m, d, err);
    for (size_t i = 0; !code && i < d->nr_memory; i++) {
        forget_frames(m, &d->memory[i]);
        code = contents_disown(&m->contents, d->memory[i].first, d->memory[i].nr, err);
        if (!code)
            code = give_back(m, &d->memory[i], err);
    }
    if (!code)
        forget_domain(d);
    code = snapshot_end(before, code);
    forget_view(m);
    return code;
}
