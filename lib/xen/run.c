/*
 * run.c - vCPUs on CPUs: which tables are loaded, which are rewritten on the way, and what is
 * in the registers; domain.c, context_switch; pv/domain.c, toggle_guest_mode; asm/pv/domain.h.
 */
#include <string.h>

#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xen/touch.h"
#include "xen/vcpus.h"
#include "xen/words.h"

/* clang-format off */
const struct xenpt_word run_mode_words[XENPT_NR_RUN_MODES] = {
    [XENPT_RUN_USER] = { "user", "a PV guest's user mode" },
    [XENPT_RUN_KERNEL] = { "kernel", "a PV guest's kernel" },
    [XENPT_RUN_GUEST] = { "guest", "an HVM or PVH guest, in non-root mode" },
    [XENPT_RUN_XEN] = { "xen", "Xen, on behalf of the vCPU" },
};
/* clang-format on */

const struct xenpt_word *xenpt_run_mode_word(enum xenpt_run_mode mode)
{
    return &run_mode_words[mode];
}

/* --- Registers ----------------------------------------------------------------------------- */

/* Bit 0 of a PCID: user mode; bit 1: the guest executes, on an XPTI root. */
#define PCID_USER  UINT64_C(1)
#define PCID_GUEST UINT64_C(2)

#define EPTP_WB_4LEVEL UINT64_C(0x1e)
#define EPTP_AD        XENPT_BIT(6)

#define EFER_USUAL (XENPT_BIT(0) | XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE)
#define EFER_SVME  XENPT_BIT(12)

/* asm/x86: what Xen programs; 4 is WC, 5 is WP. */
#define XEN_PAT UINT64_C(0x050100070406)

struct xenpt_regs run_regs(const struct xenpt_machine *m, uint64_t cr3, uint64_t cr4)
{
    struct xenpt_regs regs = {
        .cr0 = RUN_CR0,
        .cr3 = cr3,
        .cr4 = cr4,
        .efer = EFER_USUAL,
        .pat = XEN_PAT,
    };

    if (m->processor->cpu.vendor == XENPT_AMD)
        regs.efer |= EFER_SVME;
    return regs;
}

static uint64_t stored(const struct domain *d, uint64_t table, uint64_t pcid)
{
    return d->pcid ? table | pcid | XENPT_CR3_NOFLUSH : table;
}

static uint64_t xen_cr3(const struct domain *d, const struct vcpu *v)
{
    if (!is_pv(d))
        return v->monitor;
    return stored(d, pv_root(d, v, v->user), v->user ? PCID_USER : 0);
}

static uint64_t pv_cr3(const struct cpu *c, const struct domain *d, const struct vcpu *v)
{
    if (!d->xpti)
        return 0;
    return stored(d, c->root, PCID_GUEST | (v->user ? PCID_USER : 0));
}

#define CR4_ALWAYS (XENPT_CR4_PAE | XENPT_BIT(6) | XENPT_BIT(9) | XENPT_BIT(10) | XENPT_BIT(18))
#define CR4_VMXE   XENPT_BIT(13)

uint64_t run_cr4(const struct xenpt_machine *m, const struct domain *d)
{
    const struct xenpt_cpu *cpu = &m->processor->cpu;
    uint64_t cr4 = CR4_ALWAYS;

    if (cpu->smep && m->options.smep != SET_OFF)
        cr4 |= XENPT_CR4_SMEP;
    if (cpu->smap && m->options.smap != SET_OFF)
        cr4 |= XENPT_CR4_SMAP;
    if (cpu->vendor == XENPT_INTEL)
        cr4 |= CR4_VMXE;
    if (d && is_pv(d) && d->pcid)
        cr4 |= XENPT_CR4_PCIDE;
    if (!d || !is_pv(d) || (!d->pcid && !d->xpti))
        cr4 |= XENPT_CR4_PGE;
    return cr4;
}

uint64_t run_eptp(const struct domain *d, uint64_t root)
{
    return root | EPTP_WB_4LEVEL | (d->ept_ad ? EPTP_AD : 0);
}

uint64_t run_second(const struct xenpt_machine *m, const struct domain *d, const struct vcpu *v)
{
    uint64_t root = p2m_root(d, v->view);

    if (is_pv(d) || d->desc->paging == XENPT_GUEST_SHADOW)
        return 0;
    return m->processor->cpu.vendor == XENPT_INTEL ? run_eptp(d, root) : root;
}

bool xenpt_machine_cpu(const struct xenpt_machine *m, uint32_t cpu, struct xenpt_cpu_state *ret)
{
    const struct cpu *c;
    const struct domain *d;
    const struct vcpu *v;

    if (cpu >= m->nr_cpus)
        return false;
    c = &m->cpus[cpu];
    if (!c->loaded) {
        *ret = (struct xenpt_cpu_state){
            .idle = true, .cr3 = m->idle, .host_cr3 = m->idle, .cr4 = run_cr4(m, NULL)
        };
        return true;
    }
    d = &m->domains[c->domain];
    v = &d->vcpus[c->vcpu];
    *ret = (struct xenpt_cpu_state){
        .idle = c->idle,
        .domain = c->domain,
        .vcpu = c->vcpu,
        .mode = c->idle ? XENPT_RUN_XEN : c->mode,
        .host_cr3 = xen_cr3(d, v),
        .pv_cr3 = pv_cr3(c, d, v),
        .cr4 = run_cr4(m, d),
    };
    ret->cr3 = ret->host_cr3;
    if (ret->mode == XENPT_RUN_GUEST) {
        ret->cr3 = d->desc->paging == XENPT_GUEST_SHADOW ? v->shadow : v->guest.cr3;
        ret->cr4 = v->guest.cr4;
        ret->second = run_second(m, d, v);
    } else if (ret->mode != XENPT_RUN_XEN && d->xpti) {
        ret->cr3 = ret->pv_cr3;
    }
    ret->cr3 &= ~XENPT_CR3_NOFLUSH;
    return true;
}

/* --- Running ------------------------------------------------------------------------------- */

static bool has_mode(const struct domain *d, enum xenpt_run_mode mode)
{
    if (mode == XENPT_RUN_XEN)
        return true;
    return (mode == XENPT_RUN_GUEST) != is_pv(d);
}

/* The CPU that has a vCPU's tables loaded gives it up, and keeps them until others are. */
static void leave(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, uint32_t to)
{
    for (uint32_t i = 0; i < m->nr_cpus; i++) {
        struct cpu *c = &m->cpus[i];

        if (i == to || !c->loaded || c->domain != domain || c->vcpu != vcpu)
            continue;
        c->idle = true;
        c->loaded = false; /* Its state is taken over: sync_local_execstate. */
    }
}

static enum xenpt_code switch_to(struct xenpt_machine *m, struct cpu *c, uint32_t domain,
                                 uint32_t vcpu, uint32_t cpu, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_DOMAIN);
    struct domain *d = &m->domains[domain];
    struct vcpu *v = &d->vcpus[vcpu];
    enum xenpt_code code;

    if (c->loaded && c->domain == domain && c->vcpu == vcpu)
        return XENPT_OK;
    v->cpu = cpu;
    c->changed = true;
    code = perdomain_switch(m, d, vcpu, err);
    if (!code && is_pv(d) && c->root != NO_TABLE)
        code = entry_write(m, c->root, xenpt_layout_slot_of(m->layout, area->first),
                           d->perdomain | root_perdomain_flags(m, XENPT_ROOT_XPTI), err);
    return code;
}

enum xenpt_code xenpt_machine_run(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                  uint32_t cpu, enum xenpt_run_mode mode, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    struct domain *d;
    struct vcpu *v;
    struct cpu *c;
    bool user, switched;

    if (domain >= m->nr_domains || vcpu >= m->domains[domain].nr_vcpus || cpu >= m->nr_cpus)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u.v%u, or no CPU %u",
                          (unsigned int)domain, (unsigned int)vcpu, (unsigned int)cpu);
    d = &m->domains[domain];
    if (!has_mode(d, mode))
        return xenpt_fail(err, XENPT_ESTATE, "a %s domain does not execute in mode %s",
                          xenpt_domain_type_word(d->desc->type)->name, run_mode_words[mode].name);
    v = vcpu_there(m, domain, vcpu, err);
    if (!v)
        return XENPT_ESTATE;
    if (v->down)
        return xenpt_fail(err, XENPT_ESTATE, "%s.v%u is down: it is to be brought up first",
                          d->name, (unsigned int)vcpu);
    if (mode == XENPT_RUN_USER && d->desc->type == XENPT_DOMAIN_PV64 && v->user_l4 == NO_TABLE &&
        !v->held)
        return xenpt_fail(err, XENPT_ESTATE, "%s.v%u has no table for user mode", d->name,
                          (unsigned int)vcpu);
    if (v->paused)
        return xenpt_fail(err, XENPT_ESTATE, "%s.v%u is paused", d->name, (unsigned int)vcpu);
    c = &m->cpus[cpu];
    switched = !c->loaded || c->idle || c->domain != domain || c->vcpu != vcpu;
    if (switched && c->loaded && !c->idle)
        vcpu_put_runstate(m, &m->domains[c->domain], &m->domains[c->domain].vcpus[c->vcpu]);
    leave(m, domain, vcpu, cpu);
    code = switch_to(m, c, domain, vcpu, cpu, err);
    if (!code && is_pv(d) && d->shadows)
        code = pv_shadow_update(m, d, v, err);
    user = mode == XENPT_RUN_XEN ? v->user : mode == XENPT_RUN_USER;
    if (d->desc->type == XENPT_DOMAIN_PV64 && user != v->user) {
        c->changed = true;
        v->held = 0; /* CR3 is written anew. */
    }
    v->user = user;
    if (!code && mode != XENPT_RUN_XEN) {
        m->stats.guest_exits++;
        if (d->xpti && c->changed)
            code = xpti_copy(m, c, pv_root(d, v, user), err);
    }
    c->domain = domain;
    c->vcpu = vcpu;
    c->mode = mode;
    c->loaded = true;
    c->idle = false;
    if (!code && switched) {
        vcpu_put_runstate(m, d, v);
        vcpu_put_time(m, d, v);
    }
    vcpu_put_late(m, d, v);
    view_stale(m);
    return code;
}

enum xenpt_code xenpt_machine_idle(struct xenpt_machine *m, uint32_t cpu, struct xenpt_error *err)
{
    if (cpu >= m->nr_cpus)
        return xenpt_fail(err, XENPT_ERANGE, "there is no CPU %u", (unsigned int)cpu);
    m->cpus[cpu].idle = true;
    view_stale(m);
    return XENPT_OK;
}

enum xenpt_code xenpt_machine_enter(struct xenpt_machine *m, const char *context,
                                    struct xenpt_error *err)
{
    struct context_name name;
    const struct domain *d = m->domains;
    uint32_t i = 0, cpu;
    enum xenpt_code code = XENPT_OK;

    if (!context_name_read(context, &name))
        return XENPT_OK;
    while (i < m->nr_domains &&
           (strlen(d[i].name) != name.domain || memcmp(d[i].name, context, name.domain)))
        i++;
    if (i == m->nr_domains || name.vcpu >= d[i].nr_vcpus || !has_mode(&d[i], name.mode) ||
        d[i].vcpus[name.vcpu].down || d[i].vcpus[name.vcpu].absent)
        return XENPT_OK;
    cpu = d[i].vcpus[name.vcpu].cpu;
    if (name.mode == XENPT_RUN_XEN && is_pv(&d[i]))
        code = xenpt_machine_run(m, i, name.vcpu, cpu,
                                 name.user ? XENPT_RUN_USER : XENPT_RUN_KERNEL, err);
    return code ? code : xenpt_machine_run(m, i, name.vcpu, cpu, name.mode, err);
}
