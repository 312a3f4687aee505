/* invariant.c - what all invariants ask of a context: what it is, and where it executes. */
#include "scenario/invariant.h"

#include <string.h>

#include "base/bits.h"

bool invariant_wrong(struct holding *h, uint64_t in, const char *found)
{
    h->found = found;
    h->in = in;
    h->lost |= !found;
    return false;
}

uint64_t invariant_address(const struct xenpt_paging *pg, unsigned int level, uint64_t in,
                           unsigned int slot)
{
    const struct xenpt_format *f = &pg->format;
    unsigned int bits = f->level[f->top].shift + f->level[f->top].bits;

    in |= (uint64_t)slot << f->level[level].shift;
    return f->sign_extended && in >> (bits - 1) & 1 ? in | ~ones(bits) : in;
}

const struct context_of *invariant_context(const struct holding *h)
{
    const struct machine_view *v = h->w->machine->view;

    for (size_t i = 0; i < v->nr; i++)
        if (!strcmp(v->contexts[i].name, h->c->name))
            return v->of[i].guest || v->of[i].p2m ? NULL : &v->of[i];
    return NULL;
}

/* "cpu0": what it executes. */
static bool of_cpu(const struct holding *h, struct invariant_vcpu *ret)
{
    const struct xenpt_machine *m = h->w->machine;
    const char *name = h->c->name;
    struct xenpt_cpu_state s;

    if (strncmp(name, "cpu", 3) != 0 || !digits_read(name + 3, strlen(name + 3), &ret->cpu) ||
        !xenpt_machine_cpu(m, ret->cpu, &s) || !m->cpus[ret->cpu].loaded)
        return false;
    ret->domain = s.domain;
    ret->vcpu = s.vcpu;
    ret->mode = s.mode;
    return true;
}

static bool of_name(const struct holding *h, struct invariant_vcpu *ret)
{
    const struct xenpt_machine *m = h->w->machine;
    struct context_name c;

    if (!context_name_read(h->c->name, &c))
        return false;
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[i];

        if (strlen(d->name) != c.domain || memcmp(d->name, h->c->name, c.domain) ||
            c.vcpu >= d->nr_vcpus)
            continue;
        ret->cpu = d->vcpus[c.vcpu].cpu;
        ret->domain = i;
        ret->vcpu = c.vcpu;
        ret->mode = c.mode;
        return true;
    }
    return false;
}

bool invariant_vcpu(const struct holding *h, struct invariant_vcpu *ret)
{
    const struct visited *visited = &h->w->visited;
    struct xenpt_cpu_state s;
    const struct cpu *c;

    *ret = (struct invariant_vcpu){ .cpu = 0 };
    if (!of_cpu(h, ret) && !of_name(h, ret))
        return false;
    c = &h->w->machine->cpus[ret->cpu];
    ret->loaded = c->loaded && c->domain == ret->domain && c->vcpu == ret->vcpu;
    ret->executes = ret->loaded && !c->idle && c->mode == ret->mode;
    ret->cached = ret->loaded;
    if (visited->any && visited->cpu == ret->cpu)
        ret->cached = visited->loaded && visited->domain == ret->domain &&
                      visited->vcpu == ret->vcpu;
    /* Contexts of one root are entered from each other without a MOV to CR3. */
    ret->current = ret->loaded && !(visited->any && visited->cpu == ret->cpu) &&
                   xenpt_machine_cpu(h->w->machine, ret->cpu, &s) && s.cr3 == h->c->paging.regs.cr3;
    return true;
}

uint64_t invariant_guest_root(const struct holding *h)
{
    const struct xenpt_machine *m = h->w->machine;
    struct invariant_vcpu at;
    struct context_name c;
    const struct domain *d;
    bool user;

    if (!invariant_vcpu(h, &at))
        return h->c->paging.root;
    d = &m->domains[at.domain];
    if (!is_pv(d) || !d->shadows)
        return h->c->paging.root;
    user = at.mode == XENPT_RUN_USER;
    if (at.mode == XENPT_RUN_XEN)
        user = context_name_read(h->c->name, &c) ? c.user : d->vcpus[at.vcpu].user;
    return pv_guest_root(d, &d->vcpus[at.vcpu], user);
}

struct frame_half *invariant_seen(const struct holding *h, enum looked_at what,
                                  struct frame_half *own)
{
    return h->w->together ? &h->w->together->seen[what] : own;
}
