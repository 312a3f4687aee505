/*
 * random_state.c - what a machine is besides its memory and its frames: a part for each thing that
 * a step may change, so that a refused one which does can be told by it.
 *
 * Whoever adds something to struct domain, struct vcpu or struct xenpt_machine that a snapshot
 * keeps (snapshot.c) adds it here.
 */
#include "random_state.h"

#include <string.h>

#include "xen/events.h"
#include "xen/grants.h"
#include "xen/internal.h"
#include "xen/logdirty.h"
#include "xen/pod.h"
#include "xen/shadow.h"
#include "xen/xenstore.h"

static uint64_t bytes(uint64_t sum, const void *from, size_t n)
{
    const uint8_t *b = from;

    for (size_t i = 0; i < n; i++)
        sum = mix(sum, b[i]);
    return sum;
}

/* --- Of the machine ------------------------------------------------------------------------ */

static uint64_t cpus(const struct xenpt_machine *m)
{
    uint64_t sum = 1;

    for (uint32_t i = 0; i < m->nr_cpus; i++) {
        const struct cpu *c = &m->cpus[i];

        sum = mix(mix(mix(sum, c->root), c->copied), c->mode);
        sum = mix(mix(mix(sum, c->domain), c->vcpu), (uint64_t)c->idle << 1 | c->loaded);
        sum = mix(sum, (uint64_t)c->ran_pv << 1 | c->changed);
    }
    return sum;
}

static uint64_t free_frames(const struct xenpt_machine *m)
{
    return xenpt_machine_stats(m).free_frames;
}

static uint64_t devices(const struct xenpt_machine *m)
{
    uint64_t sum = 1;

    for (size_t i = 0; i < m->nr_devices; i++)
        sum = mix(sum, m->devices[i].domain);
    return sum;
}

/* What steps have written to the xenstore.  How many requests it has had is none of it, nor nodes
 * that it has of a domain from the beginning: they are made when somebody asks. */
static bool is_written(const char *path)
{
    return strstr(path, "/data/") || strstr(path, "/vbd/") || strstr(path, "/vif/");
}

static uint64_t store(const struct xenpt_machine *m)
{
    const struct xenstore *s = m->xenstore;
    uint64_t sum = 1;

    for (size_t i = 0; s && i < s->nr; i++) {
        const struct store_node *n = &s->node[i];
        uint64_t one = bytes(bytes(1, n->path, strlen(n->path)), n->value, n->n);

        if (!is_written(n->path))
            continue;
        for (size_t k = 0; k < n->nr_perms; k++)
            one = mix(mix(one, n->perm[k].domain), (uint8_t)n->perm[k].access);
        sum += one;
    }
    return sum;
}

/* --- Of each domain ------------------------------------------------------------------------ */

static uint64_t vcpus(const struct domain *d)
{
    uint64_t sum = d->nr_vcpus;

    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        const struct vcpu *v = &d->vcpus[i];

        sum = mix(mix(mix(sum, v->kernel_l4), v->user_l4), v->l3);
        sum = mix(mix(mix(sum, v->ldt_base), v->ldt_entries), v->user);
        sum = mix(mix(sum, v->held), (uint64_t)v->paused << 3 | (uint64_t)v->absent << 2 |
                                         (uint64_t)v->fresh << 1 | v->down);
        sum = mix(mix(sum, v->guest.cr0), v->guest.cr3);
        sum = mix(mix(mix(sum, v->guest.cr4), v->guest.efer), v->view);
        sum = mix(mix(mix(sum, v->old.frame), v->old.from), v->old.partial);
    }
    return sum;
}

static uint64_t areas(const struct domain *d)
{
    uint64_t sum = 1;

    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        sum = mix(mix(sum, d->vcpus[i].runstate_at), d->vcpus[i].time_at);
    return sum;
}

static uint64_t queues(const struct domain *d)
{
    uint64_t sum = (uint64_t)d->fifo.on << 32 | d->fifo.nr_pages;

    for (uint32_t i = 0; i < d->fifo.nr_pages; i++)
        sum = mix(sum, d->fifo.page[i]);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        const struct vcpu *v = &d->vcpus[i];

        if (v->fifo.there)
            sum = bytes(mix(mix(sum, v->fifo.frame), v->fifo.offset), v->fifo.tail,
                        sizeof(v->fifo.tail));
    }
    return sum;
}

/* Which frames it has, and under which numbers, whatever the pieces. */
static uint64_t memory(const struct domain *d)
{
    uint64_t sum = d->nr_frames;

    for (size_t i = 0; i < d->nr_memory; i++)
        for (uint64_t k = 0; k < d->memory[i].nr; k++)
            sum += mix(d->memory[i].first + k + 1,
                       d->memory[i].gfn == NO_GFN ? NO_GFN : d->memory[i].gfn + k);
    return sum;
}

static uint64_t grant_use(const struct domain *d)
{
    const struct grants *g = d->grants;
    uint64_t sum = 1;

    for (size_t i = 0; g && i < g->nr_active; i++)
        if (g->active[i].pin)
            sum += mix(bytes(1, &g->active[i], sizeof(g->active[i])), i);
    return sum;
}

static uint64_t grant_maps(const struct domain *d)
{
    const struct grants *g = d->grants;
    uint64_t sum = 1;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++)
        if (g->mappings[i].flags)
            sum += mix(bytes(1, &g->mappings[i], sizeof(g->mappings[i])), i);
    return sum;
}

static uint64_t shared_frames(const struct domain *d)
{
    uint64_t sum = grants_version(d);

    for (size_t i = 0; i < d->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &d->built.frames[i];

        sum = mix(mix(mix(sum, f->special), f->mfn), f->nr);
        sum = mix(sum, f->has_gfn ? f->gfn : NO_GFN);
    }
    return sum;
}

static uint64_t port(const struct xenpt_event_channel *c, bool waits)
{
    uint64_t sum = mix(mix(mix(c->port, c->kind), c->remote_domain), c->remote_port);

    return c->kind == XENPT_CHANNEL_CLOSED
               ? 0
               : mix(mix(mix(mix(sum, c->vcpu), (uint64_t)c->xen << 1 | waits), c->virq),
                     (uint64_t)(int64_t)c->priority);
}

/* Before anybody has used one they are those of its builder. */
static uint64_t ports(const struct domain *d)
{
    const struct events *e = d->events;
    uint64_t sum = 1;

    for (size_t i = 0; e && i < e->nr; i++)
        sum += port(&e->channel[i], e->waits[i]);
    for (size_t i = 0; !e && i < d->built.nr_channels; i++)
        sum += port(&d->built.channels[i], false);
    return sum;
}

static uint64_t pod(const struct domain *d)
{
    const struct pod *p = d->pod;
    uint64_t sum = p ? p->entries : 0;

    for (size_t i = 0; p && i < p->single.nr; i++)
        sum = mix(sum, p->single.frame[i]);
    for (size_t i = 0; p && i < p->super.nr; i++)
        sum = mix(sum, p->super.frame[i]);
    return sum;
}

static uint64_t dirty(const struct domain *d)
{
    return d->dirty ? bytes(mix(d->dirty->set + 1, d->ept_ad), d->dirty->map,
                            (size_t)(d->dirty->nr + 63) / 64 * 8)
                    : d->ept_ad;
}

static uint64_t views(const struct domain *d)
{
    return bytes(1, d->views, sizeof(d->views));
}

static uint64_t servers(const struct domain *d)
{
    uint64_t sum = 1;

    for (size_t i = 0; i < IOREQ_SERVERS_MAX; i++) {
        const struct ioreq_server *s = &d->servers[i];

        sum = mix(sum, s->there);
        if (!s->there)
            continue;
        sum = mix(mix(mix(sum, s->enabled), s->emulator), s->buffered);
        for (unsigned int k = 0; k < 2; k++)
            sum = mix(mix(mix(sum, s->page[k].there), s->page[k].mfn), s->page[k].gfn);
    }
    return sum;
}

static uint64_t params(const struct domain *d)
{
    uint64_t sum = 1;

    for (size_t i = 0; i < d->built.nr_params; i++)
        if (d->built.params[i].value)
            sum += mix(d->built.params[i].nr + 1u, d->built.params[i].value);
    return sum;
}

static uint64_t assists(const struct domain *d)
{
    return mix(d->assists, (uint64_t)(d->shadows != NULL) << 1 | d->pager);
}

static uint64_t device_tables(const struct domain *d)
{
    return mix(mix(mix(1, d->device.how), d->device.root), d->device.nr);
}

/* --- All of it ----------------------------------------------------------------------------- */

static const struct part {
    const char *name;
    uint64_t (*of_machine)(const struct xenpt_machine *m);
    uint64_t (*of_domain)(const struct domain *d);
} parts[] = {
    { "what CPUs execute", cpus, NULL },
    { "how many frames are free", free_frames, NULL },
    { "whose devices are", devices, NULL },
    { "the xenstore", store, NULL },
    { "what vCPUs have", NULL, vcpus },
    { "areas that are registered", NULL, areas },
    { "queues of events", NULL, queues },
    { "whose memory is", NULL, memory },
    { "entries of grant tables that are in use", NULL, grant_use },
    { "what is mapped by grants", NULL, grant_maps },
    { "frames that Xen shares", NULL, shared_frames },
    { "ports", NULL, ports },
    { "what waits for memory", NULL, pod },
    { "the log of dirty pages", NULL, dirty },
    { "views", NULL, views },
    { "ioreq servers", NULL, servers },
    { "parameters", NULL, params },
    { "what was asked for by vm_assist", NULL, assists },
    { "tables of devices", NULL, device_tables },
};
#define NR_PARTS (sizeof(parts) / sizeof(parts[0]))
_Static_assert(NR_PARTS <= STATE_PARTS, "there is room for all");

void state_take(const struct xenpt_machine *m, struct state_parts *ret)
{
    for (size_t i = 0; i < NR_PARTS; i++) {
        uint64_t sum = m->nr_domains;

        if (parts[i].of_machine)
            sum = parts[i].of_machine(m);
        for (size_t k = 0; parts[i].of_domain && k < m->nr_domains; k++)
            sum = mix(sum, m->domains[k].nr_vcpus ? parts[i].of_domain(&m->domains[k]) : 0);
        ret->sum[i] = sum;
    }
}

const char *state_differs(const struct state_parts *a, const struct state_parts *b)
{
    for (size_t i = 0; i < NR_PARTS; i++)
        if (a->sum[i] != b->sum[i])
            return parts[i].name;
    return NULL;
}

uint64_t state_of(const struct xenpt_machine *m)
{
    struct state_parts all;
    uint64_t sum = 1;

    state_take(m, &all);
    for (size_t i = 0; i < NR_PARTS; i++)
        sum = mix(sum, all.sum[i]);
    return sum;
}
