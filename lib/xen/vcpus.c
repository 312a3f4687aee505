/*
 * vcpus.c - single vCPUs that are created, initialised, brought up and down, and destroyed:
 * common/domain.c, vcpu_create, do_vcpu_op; arch/x86/pv/domain.c, pv_vcpu_initialise and
 * pv_vcpu_destroy.
 *
 *     absent --create--> created --up: VCPUOP_initialise--> down --up: VCPUOP_up--> up
 *        ^                  |                                 ^                      |
 *        +------destroy-----+---------------------------------+--down: VCPUOP_down--+
 *
 * Model: Xen creates all vCPUs that a domain may have at once, by XEN_DOMCTL_max_vcpus, and
 * destroys them with it.  What it does for each of them is done here for one.
 */
#include "xen/vcpus.h"

#include "xen/frames.h"
#include "xen/shadow.h"
#include "xen/view.h"

/* clang-format off */
static const struct xenpt_word state_words[XENPT_NR_VCPU_STATES] = {
    [XENPT_VCPU_ABSENT] = { "absent", "it has not been created, or was destroyed" },
    [XENPT_VCPU_CREATED] = { "created", "Xen has it, and nobody has said what it begins with" },
    [XENPT_VCPU_DOWN] = { "down", "it does not run until it is brought up" },
    [XENPT_VCPU_UP] = { "up", "it may run" },
};
/* clang-format on */

const struct xenpt_word *xenpt_vcpu_state_word(enum xenpt_vcpu_state state)
{
    return &state_words[state];
}

struct vcpu vcpu_none(uint32_t cpu)
{
    return (struct vcpu){
        .cpu = cpu,
        .kernel_l4 = NO_TABLE,
        .user_l4 = NO_TABLE,
        .l3 = NO_TABLE,
        .monitor = NO_TABLE,
        .shadow = NO_TABLE,
        .linear_l3 = NO_TABLE,
        .linear_l2 = NO_TABLE,
        .l3_page = NO_TABLE,
        .view = XENPT_VIEW_HOST,
        .top = { NO_SHADOW, NO_SHADOW, NO_SHADOW, NO_SHADOW },
    };
}

static enum xenpt_vcpu_state state_of(const struct vcpu *v)
{
    if (v->absent)
        return XENPT_VCPU_ABSENT;
    if (v->fresh)
        return XENPT_VCPU_CREATED;
    return v->down ? XENPT_VCPU_DOWN : XENPT_VCPU_UP;
}

bool xenpt_machine_vcpu(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                        enum xenpt_vcpu_state *ret)
{
    const struct domain *d = domain_there(m, domain);

    if (!d || vcpu >= d->nr_vcpus)
        return false;
    *ret = state_of(&d->vcpus[vcpu]);
    return true;
}

/* One of the numbers that the domain has vCPUs for. */
static struct vcpu *numbered(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                             struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);

    if (d && vcpu < d->nr_vcpus)
        return &d->vcpus[vcpu];
    xenpt_fail(err, XENPT_ERANGE, "there is no d%u.v%u", (unsigned int)domain, (unsigned int)vcpu);
    return NULL;
}

struct vcpu *vcpu_there(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                        struct xenpt_error *err)
{
    struct vcpu *v = numbered(m, domain, vcpu, err);

    if (!v || !v->absent)
        return v;
    xenpt_fail(err, XENPT_ESTATE, "%s.v%u has not been created, or was destroyed",
               m->domains[domain].name, (unsigned int)vcpu);
    return NULL;
}

static enum xenpt_code has_state(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                 const char *why, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ESTATE, "%s.v%u is %s%s", m->domains[domain].name,
                      (unsigned int)vcpu,
                      state_words[state_of(&m->domains[domain].vcpus[vcpu])].name, why);
}

/* References to frames, by roots that were said or are gone. */
static enum xenpt_code count_anew(struct xenpt_machine *m, struct xenpt_error *err)
{
    if (!m->frames)
        return XENPT_OK;
    if (!frames_own(&m->frames))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of frames");
    m->frames->stale = true;
    return XENPT_OK;
}

/* --- Creating ------------------------------------------------------------------------------ */

static enum xenpt_code create(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                              struct xenpt_error *err)
{
    struct vcpu *v = &d->vcpus[vcpu];
    enum xenpt_code code;

    *v = vcpu_none(v->cpu);
    v->fresh = is_pv(d);
    v->down = true;
    code = perdomain_vcpu_create(m, d, vcpu, err);
    if (code || d->desc->type == XENPT_DOMAIN_PV64)
        return code;
    if (is_pv(d))
        return pv32_monitor(m, d, v, err);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (i != vcpu && !d->vcpus[i].absent && d->vcpus[i].view != XENPT_VIEW_HOST)
            v->view = 0; /* Views are in use: altp2m_vcpu_initialise. */
    return hvm_vcpu_build(m, d, v, err);
}

enum xenpt_code xenpt_machine_vcpu_create(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                          struct xenpt_error *err)
{
    const struct vcpu *v = numbered(m, domain, vcpu, err);
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code;

    if (!v)
        return XENPT_ERANGE;
    if (!v->absent)
        return has_state(m, domain, vcpu, ": it is there already", err);
    code = xenpt_machine_snapshot_take(m, &before, err);
    return code ? code : snapshot_end(before, create(m, &m->domains[domain], vcpu, err));
}

/* --- Destroying ---------------------------------------------------------------------------- */

static enum xenpt_code destroy(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                               struct xenpt_error *err)
{
    struct vcpu *v = &d->vcpus[vcpu];
    enum xenpt_code code = XENPT_OK;

    vcpu_deschedule(m, d->id, vcpu, true);
    if (d->shadows)
        code = shadow_vcpu_end(m, d, v, err);
    if (!code)
        code = teardown_vcpu(m, v, err);
    if (!code)
        code = perdomain_vcpu_clear(m, d, vcpu, err);
    *v = vcpu_none(v->cpu);
    v->absent = true;
    return code ? code : count_anew(m, err);
}

enum xenpt_code xenpt_machine_vcpu_destroy(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                           struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code;

    if (!numbered(m, domain, vcpu, err))
        return XENPT_ERANGE;
    if (!vcpu_there(m, domain, vcpu, err))
        return XENPT_ESTATE;
    code = xenpt_machine_snapshot_take(m, &before, err);
    return code ? code : snapshot_end(before, destroy(m, &m->domains[domain], vcpu, err));
}

/* --- Up and down --------------------------------------------------------------------------- */

static const struct vcpu *another(const struct domain *d)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (vcpu_begun(&d->vcpus[i]))
            return &d->vcpus[i];
    return NULL;
}

/* VCPUOP_initialise, by which a PV guest says what it begins with. */
static enum xenpt_code initialise(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                  const xenpt_mfn_t *kernel, const xenpt_mfn_t *user,
                                  struct xenpt_error *err)
{
    struct vcpu *v = &d->vcpus[vcpu];
    const struct vcpu *like = another(d);
    bool own = kernel != NULL, two = d->desc->type == XENPT_DOMAIN_PV64;
    enum xenpt_code code;

    if ((user != NULL) != (own && two))
        return xenpt_fail(err, XENPT_ESTATE, "%s",
                          two ? "a root for the kernel and one for user mode go together"
                              : "a 32-bit guest has one root for its kernel and its user mode");
    if (!own && !like)
        return xenpt_fail(
            err, XENPT_ESTATE,
            "%s has no vCPU whose roots this one's could be like: they have to be said", d->name);
    for (unsigned int i = 0; own && i < 2; i++) {
        const xenpt_mfn_t *root = i ? user : kernel;

        if (root && domain_pfn(d, root->v) == NO_TABLE)
            return xenpt_fail(err, XENPT_ERANGE, "mfn 0x%llx is no frame of %s's",
                              (unsigned long long)root->v, d->name);
    }
    code = pv_vcpu_roots(m, d, v, like, own ? xenpt_mfn_to_maddr(*kernel) : NO_TABLE,
                         own && user ? xenpt_mfn_to_maddr(*user) : NO_TABLE, err);
    if (!code)
        code = perdomain_vcpu_fill(m, d, vcpu, err);
    v->fresh = false;
    if (!code)
        code = count_anew(m, err);
    if (code || !d->shadows)
        return code;
    return d->desc->paging == XENPT_GUEST_SHADOW ? pv_shadow_vcpu(m, d, v, err)
                                                 : pv_shadow_update(m, d, v, err);
}

enum xenpt_code xenpt_machine_vcpu_up(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                      const xenpt_mfn_t *kernel, const xenpt_mfn_t *user,
                                      struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code;
    struct vcpu *v;

    if (!numbered(m, domain, vcpu, err))
        return XENPT_ERANGE;
    v = vcpu_there(m, domain, vcpu, err);
    if (!v)
        return XENPT_ESTATE;
    if (!v->down)
        return has_state(m, domain, vcpu, " already", err);
    if ((kernel || user) && !v->fresh)
        return has_state(m, domain, vcpu,
                         is_pv(&m->domains[domain])
                             ? ": VCPUOP_initialise fails with EEXIST, its roots have been said"
                             : ": an HVM guest loads its roots itself",
                         err);
    code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    if (v->fresh)
        code = initialise(m, &m->domains[domain], vcpu, kernel, user, err);
    m->domains[domain].vcpus[vcpu].down = false;
    return snapshot_end(before, code);
}

enum xenpt_code xenpt_machine_vcpu_down(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                        struct xenpt_error *err)
{
    const struct domain *d = domain_there(m, domain);
    bool others = false;
    struct vcpu *v;

    if (!numbered(m, domain, vcpu, err))
        return XENPT_ERANGE;
    v = vcpu_there(m, domain, vcpu, err);
    if (!v)
        return XENPT_ESTATE;
    if (v->down)
        return has_state(m, domain, vcpu, "", err);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        others |= i != vcpu && !d->vcpus[i].absent && !d->vcpus[i].down;
    if (!others)
        return xenpt_fail(err, XENPT_ESTATE,
                          "%s.v%u is the last that is up: Xen shuts the domain down instead",
                          d->name, (unsigned int)vcpu);
    v->down = true;
    vcpu_deschedule(m, domain, vcpu, false);
    view_stale(m);
    return XENPT_OK;
}
