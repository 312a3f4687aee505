/* view.c - the contexts of a machine: every root that a CPU can be on, by name. */
#include "xen/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/iommu.h"
#include "xen/p2m.h"
#include "xen/quarantine.h"
#include "xen/shadow.h"

#define PCID_USER UINT64_C(1)

/* A view being built. */
struct listing {
    struct xenpt_machine *m;
    struct machine_view *v;
    size_t room;
    struct xenpt_error *err;
    enum xenpt_code code;
};

static struct xenpt_context *add(struct listing *l, const struct domain *d,
                                 enum xenpt_root_kind kind)
{
    struct machine_view *v = l->v;
    struct xenpt_context *c;

    if (l->code)
        return NULL;
    if (v->nr == l->room) {
        l->code = xenpt_fail(l->err, XENPT_ESTATE, "more contexts than were counted");
        return NULL;
    }
    c = &v->contexts[v->nr];
    *c = (struct xenpt_context){ .kind = xenpt_root_kind_word(kind)->name };
    if (d)
        memcpy(c->domain, d->name, sizeof(c->domain));
    v->of[v->nr++] = (struct context_of){ .kind = kind, .when = l->m->conditions, .domain = d };
    return c;
}

static void on(struct listing *l, struct xenpt_context *c, uint64_t cr3, uint64_t cr4)
{
    struct xenpt_regs regs;

    if (l->code)
        return;
    regs = run_regs(l->m, cr3, cr4);
    l->code = xenpt_paging_init(&c->paging, &l->m->processor->cpu, &regs, l->err);
    l->code = xenpt_prefix(l->err, l->code, "%s", c->name);
}

__attribute__((format(printf, 4, 5))) static struct xenpt_context *
root(struct listing *l, const struct domain *d, enum xenpt_root_kind kind, const char *fmt, ...)
{
    struct xenpt_context *c = add(l, d, kind);
    va_list args;

    if (!c)
        return NULL;
    va_start(args, fmt);
    vsnprintf(c->name, sizeof(c->name), fmt, args);
    va_end(args);
    return c;
}

static void runs(struct xenpt_context *c, uint8_t cpl)
{
    if (!c)
        return;
    c->has_cpu = true;
    c->cpl = cpl;
}

/* --- Paravirtual vCPUs --------------------------------------------------------------------- */

/* What an XPTI root has of a guest, where that is another's. */
static void say_copy(struct xenpt_context *c, const struct domain *d, const struct vcpu *v,
                     const struct cpu *cpu, uint64_t l4)
{
    if (c && d->xpti && cpu->copied != l4)
        snprintf(c->assumed, sizeof(c->assumed),
                 "the root of CPU %u, as it is: what it has of a guest was copied from another "
                 "L4, and is replaced when this runs",
                 (unsigned int)v->cpu);
}

static void of_pv64(struct listing *l, const struct domain *d, uint32_t i)
{
    static const enum xenpt_root_kind kinds[] = { XENPT_ROOT_PV64_KERNEL, XENPT_ROOT_PV64_USER };
    static const char *const guest[] = { "kernel", "user" };
    static const char *const xen[] = { "xen", "xen-user" };
    const struct vcpu *v = &d->vcpus[i];
    const struct cpu *cpu = &l->m->cpus[v->cpu];
    uint64_t cr4 = run_cr4(l->m, d), l4[] = { pv_root(d, v, false), pv_root(d, v, true) };

    for (unsigned int user = 0; user < (v->user_l4 == NO_TABLE && !v->held ? 1 : 2); user++) {
        enum xenpt_root_kind kind = d->xpti      ? XENPT_ROOT_XPTI
                                    : d->shadows ? XENPT_ROOT_PV64_SHADOW
                                                 : kinds[user];
        uint64_t pcid = d->pcid ? (user ? PCID_USER : 0) : 0;
        struct xenpt_context *c = root(l, d, kind, "%s.v%u.%s", d->name, i, guest[user]);

        runs(c, 3);
        if (c)
            l->v->of[l->v->nr - 1].cpu = v->cpu;
        on(l, c, d->xpti ? cpu->root | (d->pcid ? 2 : 0) | pcid : l4[user] | pcid, cr4);
        say_copy(c, d, v, cpu, l4[user]);
        c = root(l, d, d->shadows ? XENPT_ROOT_PV64_SHADOW : kinds[user], "%s.v%u.%s", d->name, i,
                 xen[user]);
        on(l, c, l4[user] | pcid, cr4);
    }
}

static void of_pv32(struct listing *l, const struct domain *d, uint32_t i)
{
    static const char *const names[] = { "kernel", "user", "xen" };
    static const uint8_t cpl[] = { 1, 3, 0 };

    for (unsigned int n = 0; n < 3; n++) {
        struct xenpt_context *c = root(l, d, XENPT_ROOT_PV32, "%s.v%u.%s", d->name, i, names[n]);

        runs(c, cpl[n]);
        on(l, c, pv_root(d, &d->vcpus[i], false), run_cr4(l->m, d));
    }
}

/* --- HVM vCPUs ----------------------------------------------------------------------------- */

/* The guest's own tables, and a view of its memory under them. */
static void guest_stage(struct listing *l, const struct domain *d, const struct vcpu *v,
                        struct xenpt_context *c)
{
    if (!l->code)
        l->code = guest_paging(l->m, d, &v->guest, &c->paging, l->err);
    c->has_second = true;
    if (!l->code)
        l->code = p2m_view_paging(l->m, d, v->view, &c->second, l->err);
}

/* A guest's tables as the processor has them: their shadow. */
static void shadow_stage(struct listing *l, const struct vcpu *v, struct xenpt_context *c)
{
    if (!l->code)
        l->code = shadow_paging(l->m, v, &c->paging, l->err);
}

static void of_hvm(struct listing *l, const struct domain *d, uint32_t i)
{
    bool shadow = d->desc->paging == XENPT_GUEST_SHADOW;
    enum xenpt_root_kind kind = shadow ? XENPT_ROOT_SHADOW : XENPT_ROOT_HAP;
    struct xenpt_context *c = root(l, d, kind, "%s.v%u.guest", d->name, i);

    if (c) {
        c->kind = NULL; /* Its tables are the guest's, or their shadow: no root of Xen's. */
        l->v->of[l->v->nr - 1].p2m = true;
        l->v->of[l->v->nr - 1].guest = true;
        if (shadow)
            shadow_stage(l, &d->vcpus[i], c);
        else
            guest_stage(l, d, &d->vcpus[i], c);
    }
    c = root(l, d, kind, "%s.v%u.xen", d->name, i);
    on(l, c, d->vcpus[i].monitor, run_cr4(l->m, d));
}

/* A guest's physical memory, and each view of it. */
static void of_p2m(struct listing *l, const struct domain *d, uint32_t view)
{
    struct xenpt_context *c;

    if (p2m_root(d, view) == NO_TABLE)
        return;
    c = view == XENPT_VIEW_HOST ? root(l, d, XENPT_ROOT_HAP, "%s.p2m", d->name)
                                : root(l, d, XENPT_ROOT_HAP, "%s.view%u", d->name, view);
    if (!c)
        return;
    c->kind = p2m_is_ept(l->m, d) ? "ept" : "npt";
    l->v->of[l->v->nr - 1].p2m = true;
    l->code = p2m_view_paging(l->m, d, view, &c->paging, l->err);
}

/* What devices of a domain reach. */
static void of_devices(struct listing *l, const struct domain *d)
{
    struct xenpt_context *c;

    if (l->code || !iommu_in_use(d))
        return;
    c = root(l, d, XENPT_ROOT_HAP, "%s.device", d->name);
    if (!c)
        return;
    c->kind = "iommu";
    l->v->of[l->v->nr - 1].p2m = true;
    l->v->of[l->v->nr - 1].device = true;
    l->code = iommu_paging(l->m, d, &c->paging, l->err);
}

/* --- All of them --------------------------------------------------------------------------- */

static void of_domain(struct listing *l, const struct domain *d)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        if (!vcpu_begun(&d->vcpus[i]))
            continue;
        if (!is_pv(d))
            of_hvm(l, d, i);
        else if (d->desc->type == XENPT_DOMAIN_PV64)
            of_pv64(l, d, i);
        else
            of_pv32(l, d, i);
    }
    for (uint32_t i = 0; !is_pv(d) && d->nr_vcpus && i <= XENPT_VIEWS_MAX; i++)
        of_p2m(l, d, i ? i - 1 : XENPT_VIEW_HOST);
    of_devices(l, d);
}

/* What is no CPU's: a device reaches memory by it. */
static void of_quarantine(struct listing *l)
{
    struct xenpt_context *c;

    if (!l->m->quarantine.mode)
        return;
    c = root(l, NULL, XENPT_ROOT_IDLE, "quarantine");
    if (!c)
        return;
    c->kind = "iommu";
    l->v->of[l->v->nr - 1].p2m = true;
    l->v->of[l->v->nr - 1].device = true;
    l->code = quarantine_paging(l->m, &c->paging, l->err);
}

/* What is loaded on a CPU is one of the contexts above, once more. */
static void of_cpu(struct listing *l, uint32_t i)
{
    static const char *const names[] = { "user", "kernel", "guest", "xen" };
    struct xenpt_cpu_state s = { 0 };
    struct machine_view *v = l->v;
    char name[XENPT_NAME_MAX];
    size_t from = 0;

    if (!xenpt_machine_cpu(l->m, i, &s) || l->code)
        return;
    if (!l->m->cpus[i].loaded) {
        snprintf(name, sizeof(name), "idle");
    } else {
        const struct domain *d = &l->m->domains[s.domain];
        bool user = d->desc->type == XENPT_DOMAIN_PV64 && d->vcpus[s.vcpu].user;

        snprintf(name, sizeof(name), "%s.v%u.%s%s", d->name, (unsigned int)s.vcpu, names[s.mode],
                 s.mode == XENPT_RUN_XEN && user ? "-user" : "");
    }
    while (from < v->nr && strcmp(v->contexts[from].name, name))
        from++;
    if (from == v->nr || !add(l, NULL, XENPT_ROOT_IDLE))
        return;
    v->contexts[v->nr - 1] = v->contexts[from];
    v->of[v->nr - 1] = v->of[from];
    v->contexts[v->nr - 1].has_cpu = true;
    snprintf(v->contexts[v->nr - 1].name, XENPT_NAME_MAX, "cpu%u", (unsigned int)i);
}

static void of_xpti(struct listing *l, uint32_t i)
{
    struct xenpt_context *c;

    if (l->m->cpus[i].root == NO_TABLE)
        return;
    c = root(l, NULL, XENPT_ROOT_XPTI, "cpu%u.xpti", (unsigned int)i);
    if (c)
        l->v->of[l->v->nr - 1].cpu = i;
    on(l, c, l->m->cpus[i].root, run_cr4(l->m, NULL));
}

static size_t count(const struct xenpt_machine *m)
{
    size_t n = 2 + 2 * (size_t)m->nr_cpus;

    for (size_t i = 0; i < m->nr_domains; i++)
        n += 4 * (size_t)m->domains[i].nr_vcpus + 2 + XENPT_VIEWS_MAX;
    return n;
}

static void list(struct listing *l)
{
    struct xenpt_machine *m = l->m;

    l->v->nr = 0;
    on(l, root(l, NULL, XENPT_ROOT_IDLE, "idle"), m->idle, run_cr4(m, NULL));
    for (uint32_t i = 0; i < m->nr_cpus; i++)
        of_xpti(l, i);
    for (size_t i = 0; i < m->nr_domains; i++)
        of_domain(l, &m->domains[i]);
    of_quarantine(l);
    for (uint32_t i = 0; i < m->nr_cpus; i++)
        of_cpu(l, i);
}

enum xenpt_code xenpt_machine_view(struct xenpt_machine *m, const struct xenpt_view **ret,
                                   struct xenpt_error *err)
{
    struct listing l = { .m = m, .room = count(m), .err = err };

    if (!m->view)
        m->view = calloc(1, sizeof(*m->view));
    if (!m->view)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a view");
    l.v = m->view;
    if (!l.v->contexts) {
        l.v->contexts = calloc(l.room, sizeof(*l.v->contexts));
        l.v->of = calloc(l.room, sizeof(*l.v->of));
        l.v->stale = true;
    }
    if (!l.v->contexts || !l.v->of)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", l.room);
    if (l.v->stale)
        l.code = iommu_follow(m, err);
    if (l.v->stale)
        list(&l);
    if (l.code)
        return l.code;
    l.v->stale = false;
    l.v->machine = m;
    l.v->explainer = (struct xenpt_explainer){ explain_address, explain_entry, explain_memory };
    l.v->view = (struct xenpt_view){
        .mem = xenpt_store_reader(m->store),
        .contexts = l.v->contexts,
        .nr_contexts = l.v->nr,
        .explainer = &l.v->explainer,
    };
    *ret = &l.v->view;
    return XENPT_OK;
}

void view_stale(struct xenpt_machine *m)
{
    if (m->view)
        m->view->stale = true;
}

void view_free(struct machine_view *view)
{
    if (!view)
        return;
    free(view->contexts);
    free(view->of);
    free(view);
}
