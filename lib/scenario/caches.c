/*
 * caches.c - what each CPU remembers of page tables, and what Xen's switches drop of it.
 *
 * Model: where the tables of another vCPU are loaded, or Xen's own, all goes of the host's: CR4.PGE
 * is toggled, or with PCIDs CR3 is written and INVPCID drops what is not global (flushtlb.c,
 * switch_cr3_cr4, 4.17).  The guests that ran on this CPU get new VPIDs or ASIDs when they run
 * again (hvm_flush_guest_tlbs, hvm/asid.c), so that of theirs only what EPT alone gives is left.
 * Between the modes of one vCPU CR3 is written, without a flush if it carries a PCID, but for a
 * domain with shadows from 4.12 on (pv/domain.c, _toggle_guest_pt; XSA-294).  VM entries and exits
 * drop nothing by themselves.  Between INVPCID and CR3 a CPU may remember anew; before 4.12 that
 * stayed, under a PCID that was the same (XSA-292): again.h.
 */
#include "scenario/caches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/again.h"
#include "scenario/hypercall.h"
#include "xen/own_rules.h"
#include "xenpt/suggest.h"

const struct xenpt_word tlb_words[] = {
    { "modelled", "each CPU keeps all that the manuals let it keep: the worst case" },
    { "none", "nothing is kept, as without this key" },
    { "skylake", "as much as Intel Skylake has room for" },
    { "icelake", "as much as Intel Ice Lake has room for" },
    { "zen2", "as much as AMD Zen 2 has room for" },
    { "zen3", "as much as AMD Zen 3 has room for" },
};
const size_t nr_tlb_words = ARRAY_SIZE(tlb_words);

static const enum xenpt_tlb_part_id parts[] = { XENPT_TLB_IDEAL,   XENPT_TLB_NONE,
                                                XENPT_TLB_SKYLAKE, XENPT_TLB_ICELAKE,
                                                XENPT_TLB_ZEN2,    XENPT_TLB_ZEN3 };

bool caches_read(struct scope *s, const struct node *node, enum xenpt_tlb_part_id *ret)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];
    struct xenpt_suggestion sug;

    *ret = XENPT_TLB_NONE;
    if (!node || node->kind == NODE_NULL)
        return true;
    xenpt_suggest_begin(&sug, node->text);
    for (size_t i = 0; i < nr_tlb_words; i++) {
        if (!strcmp(tlb_words[i].name, node->text)) {
            *ret = parts[i];
            return true;
        }
        xenpt_suggest_try(&sug, tlb_words[i].name, strlen(tlb_words[i].name));
    }
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "tlb: %s is none of: modelled none skylake icelake zen2 zen3%s",
            node_words(node, words), xenpt_suggest_words(&sug, hint));
    return false;
}

/* --- Making them --------------------------------------------------------------------------- */

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for TLBs");
}

static enum xenpt_code create(uint32_t nr, struct caches **ret, struct xenpt_error *err)
{
    struct caches *c = calloc(1, sizeof(*c));

    if (c)
        c->cpu = calloc(nr, sizeof(struct xenpt_tlb *));
    if (!c || !c->cpu) {
        free(c);
        return no_memory(err);
    }
    c->nr = nr;
    *ret = c;
    return XENPT_OK;
}

enum xenpt_code caches_create(enum xenpt_tlb_part_id part, uint32_t nr, struct caches **ret,
                              struct xenpt_error *err)
{
    struct caches *c = NULL;
    enum xenpt_code code = create(nr, &c, err);

    if (code || !c)
        return code;
    for (uint32_t i = 0; !code && i < nr; i++)
        code = xenpt_tlb_create(xenpt_tlb_part(part), &c->cpu[i], err);
    if (code)
        caches_destroy(c);
    else
        *ret = c;
    return code;
}

void caches_destroy(struct caches *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->nr; i++)
        xenpt_tlb_destroy(c->cpu[i]);
    free(c->cpu);
    free(c);
}

enum xenpt_code caches_copy(const struct caches *from, struct caches **ret, struct xenpt_error *err)
{
    struct caches *c = NULL;
    enum xenpt_code code = create(from->nr, &c, err);

    if (code || !c)
        return code;
    for (uint32_t i = 0; !code && i < from->nr; i++)
        code = xenpt_tlb_copy(from->cpu[i], &c->cpu[i], err);
    if (code)
        caches_destroy(c);
    else
        *ret = c;
    return code;
}

/* --- Operations ---------------------------------------------------------------------------- */

/* Each vCPU has one of its own: Xen takes another when it wants all of a vCPU's gone. */
static uint16_t vpid_of(const struct world *w, const struct who *who)
{
    uint32_t n = 1 + who->vcpu;

    for (uint32_t i = 0; i < who->domain && i < w->machine->nr_domains; i++)
        n += w->machine->domains[i].nr_vcpus;
    return (uint16_t)n;
}

struct xenpt_tlb_context caches_context(const struct world *w, const struct xenpt_context *c,
                                        const struct value *who)
{
    bool guest = who->type == VALUE_CONTEXT && who->who.kind == WHO_VCPU &&
                 who->who.mode == XENPT_RUN_GUEST;

    return (struct xenpt_tlb_context){
        .first = &c->paging,
        .second = c->has_second ? &c->second : NULL,
        .vpid = guest ? vpid_of(w, &who->who) : 0,
        .memory = w->view->mem,
        .store = w->machine->store,
    };
}

struct xenpt_tlb_dropped caches_apply(struct world *w, const struct xenpt_context *c,
                                      const struct value *who, uint32_t cpu,
                                      const struct xenpt_tlb_event *event)
{
    struct xenpt_tlb_context context = caches_context(w, c, who);

    return xenpt_tlb_apply(w->caches->cpu[cpu], &context, event, NULL, NULL);
}

bool caches_cpu(const struct world *w, const struct value *who, uint32_t *ret)
{
    const struct xenpt_machine *m = w->machine;

    if (who->type == VALUE_CPU || who->who.kind == WHO_CPU) {
        *ret = who->who.cpu;
        return true;
    }
    if (who->who.kind != WHO_VCPU || who->who.domain >= m->nr_domains ||
        who->who.vcpu >= m->domains[who->who.domain].nr_vcpus)
        return false;
    *ret = m->domains[who->who.domain].vcpus[who->who.vcpu].cpu;
    return true;
}

/* --- Switches ------------------------------------------------------------------------------ */

/* What each CPU was doing, and whose tables it has loaded. */
struct running_before {
    struct xenpt_cpu_state state;
    struct xenpt_context context;
    bool loaded;
    uint32_t domain, vcpu;
};

/* What a CPU runs on, copied: views come and go. */
static void look(struct world *w, uint32_t cpu, struct running_before *ret)
{
    const struct cpu *on = &w->machine->cpus[cpu];
    const struct xenpt_context *c;
    char name[WHO_MAX];

    snprintf(name, sizeof(name), "cpu%u", (unsigned int)cpu);
    xenpt_machine_cpu(w->machine, cpu, &ret->state);
    c = world_view(w) ? xenpt_view_context(w->view, name) : NULL;
    if (c)
        ret->context = *c;
    ret->loaded = on->loaded;
    ret->domain = on->domain;
    ret->vcpu = on->vcpu;
}

struct running_before *caches_watch(struct world *w)
{
    struct running_before *b = calloc(w->caches->nr, sizeof(*b));

    for (uint32_t i = 0; b && i < w->caches->nr; i++)
        look(w, i, &b[i]);
    return b;
}

static void apply(struct world *w, uint32_t cpu, const struct xenpt_context *c,
                  const struct xenpt_cpu_state *s, enum xenpt_tlb_event_id id, uint16_t pcid,
                  uint64_t address)
{
    struct value who = { .type = VALUE_CONTEXT,
                         .who = { WHO_VCPU, .domain = s->domain, .vcpu = s->vcpu,
                                  .mode = s->mode } };
    struct xenpt_tlb_event event = { .id = id, .pcid = pcid, .address = address };

    if (s->idle)
        who.who.mode = XENPT_RUN_XEN;
    caches_apply(w, c, &who, cpu, &event);
}

/* CR4 that Xen has with the tables that are loaded. */
static uint64_t xen_cr4(const struct world *w, const struct running_before *on)
{
    return run_cr4(w->machine, on->loaded ? &w->machine->domains[on->domain] : NULL);
}

/* Xen does it, whoever executed. */
static void apply_in_xen(struct world *w, uint32_t cpu, const struct running_before *on,
                         enum xenpt_tlb_event_id id, uint16_t pcid, uint64_t address)
{
    struct xenpt_cpu_state xen = on->state;

    xen.mode = XENPT_RUN_XEN;
    apply(w, cpu, &on->context, &xen, id, pcid, address);
}

/* The guests that ran on a CPU are to get new VPIDs or ASIDs. */
static void drop_guests(struct world *w, uint32_t cpu, const struct running_before *on)
{
    bool intel = w->machine->processor->cpu.vendor == XENPT_INTEL;

    apply_in_xen(w, cpu, on, intel ? XENPT_TLB_INVVPID_ALL : XENPT_TLB_VMRUN_ALL, 0, 0);
}

/* Whose tables a CPU has loaded changes: switch_cr3_cr4() in Xen. */
static void switch_tables(struct world *w, uint32_t cpu, const struct running_before *was,
                          const struct running_before *is)
{
    bool pcid = xen_cr4(w, was) & xen_cr4(w, is) & XENPT_CR4_PCIDE;
    bool again = pcid && !((was->state.host_cr3 ^ is->state.host_cr3) & 0xfff) &&
                 !machine_does(w->machine, OWN_CR3_FLUSH);
    struct again list = { .nr = 0 };

    if (again)
        again_note(&list, w->caches->cpu[cpu], (uint16_t)(was->state.host_cr3 & 0xfff));
    drop_guests(w, cpu, was);
    apply_in_xen(w, cpu, was, pcid ? XENPT_TLB_INVPCID_ALL : XENPT_TLB_CR4_ALL, 0, 0);
    if (again)
        again_walk(&list, w, cpu, was->state.host_cr3, was->state.cr4);
}

/* CR3 is written between the modes of a vCPU. */
static void switch_modes(struct world *w, uint32_t cpu, const struct running_before *was,
                         const struct xenpt_cpu_state *is)
{
    const struct domain *d = &w->machine->domains[is->domain];
    bool pcid = was->state.cr4 & is->cr4 & XENPT_CR4_PCIDE;
    bool flush = !pcid || (d->shadows && machine_does(w->machine, OWN_TOGGLE_FLUSH));

    apply(w, cpu, &was->context, &was->state, flush ? XENPT_TLB_CR3 : XENPT_TLB_CR3_NOFLUSH,
          (uint16_t)(pcid ? is->cr3 & 0xfff : 0), 0);
}

static void switch_cpu(struct world *w, uint32_t cpu, const struct running_before *was)
{
    bool intel = w->machine->processor->cpu.vendor == XENPT_INTEL;
    const struct cpu *c = &w->machine->cpus[cpu];
    struct running_before is = *was;
    bool left, entered;

    look(w, cpu, &is);
    left = !was->state.idle && was->state.mode == XENPT_RUN_GUEST;
    entered = !is.state.idle && is.state.mode == XENPT_RUN_GUEST;
    if (left)
        apply(w, cpu, &was->context, &was->state,
              intel ? XENPT_TLB_VM_TRANSITION_VPID : XENPT_TLB_VMEXIT, 0, 0);
    if (c->loaded != was->loaded ||
        (c->loaded && (c->domain != was->domain || c->vcpu != was->vcpu)))
        switch_tables(w, cpu, was, &is);
    else if (!left && !entered && was->state.cr3 != is.state.cr3)
        switch_modes(w, cpu, was, &is.state);
    if (entered && (!left || c->domain != was->domain || c->vcpu != was->vcpu))
        apply(w, cpu, &is.context, &is.state,
              intel ? XENPT_TLB_VM_TRANSITION_VPID : XENPT_TLB_VMRUN_KEEP, 0, 0);
}

bool caches_switch(struct world *w, const struct running_before *before)
{
    for (uint32_t i = 0; i < w->caches->nr; i++)
        switch_cpu(w, i, &before[i]);
    return true;
}

/* --- Hypercalls ---------------------------------------------------------------------------- */

/* flushtlb.c, do_tlb_flush and flush_area_local: an address goes from all PCIDs that are in use. */
void caches_flush(struct world *w, const struct xenpt_pv_flush *flush)
{
    bool invpcid = w->machine->processor->invpcid;
    struct running_before on;
    uint64_t cr4;

    if (flush->kind == XENPT_PV_FLUSH_SECOND)
        flush_second(w, (uint32_t)flush->address);
    if (flush->kind != XENPT_PV_FLUSH_TLB && flush->kind != XENPT_PV_FLUSH_ADDRESS)
        return;
    memset(&on, 0, sizeof(on));
    look(w, flush->cpu, &on);
    cr4 = xen_cr4(w, &on);
    if (flush->kind == XENPT_PV_FLUSH_TLB) {
        /* Since 4.14 only where it is asked for: FLUSH_HVM_ASID_CORE. */
        if (!machine_since(w->machine, 4, 14))
            drop_guests(w, flush->cpu, &on);
        apply_in_xen(w, flush->cpu, &on,
                     invpcid               ? XENPT_TLB_INVPCID_ALL_GLOBAL
                     : cr4 & XENPT_CR4_PGE ? XENPT_TLB_CR4_ALL
                                           : XENPT_TLB_CR3,
                     0, 0);
        return;
    }
    if (!(cr4 & XENPT_CR4_PCIDE)) {
        apply_in_xen(w, flush->cpu, &on, XENPT_TLB_INVLPG, 0, flush->address);
        return;
    }
    for (uint16_t pcid = 0; pcid < 4; pcid++)
        apply_in_xen(w, flush->cpu, &on, XENPT_TLB_INVPCID_ADDRESS, pcid, flush->address);
}

/* --- Accesses ------------------------------------------------------------------------------ */

bool caches_access(struct world *w, const struct xenpt_context *c, const struct value *who,
                   uint64_t at, const struct xenpt_access *access, struct accessed *ret)
{
    struct xenpt_tlb_context context = caches_context(w, c, who);
    struct xenpt_tlb_result r;
    struct followed f;
    uint32_t cpu;

    if (!caches_cpu(w, who, &cpu))
        return world_cannot(w, "%s is on no CPU", c->name);
    if (xenpt_tlb_access(w->caches->cpu[cpu], &context, access, at, true, &r, &w->problem))
        return false;
    follow_address(w, c, at, &f);
    *ret = (struct accessed){ .made = true, .of = *c, .in = at, .access = *access, .walk = f.walk };
    ret->allowed = r.used.allowed;
    ret->refused = !r.used.allowed;
    ret->verdict.allowed = r.used.allowed;
    ret->verdict.second = r.used.second;
    ret->verdict.fault = r.used.fault;
    ret->verdict.rule = r.used.rule;
    ret->walk.outcome = r.used.outcome;
    ret->walk.out = r.used.out;
    ret->walk.references = r.references;
    ret->cached = true;
    ret->hit = r.unit != XENPT_TLB_WALKED;
    ret->stale = r.stale;
    ret->should = r.fresh.out;
    return true;
}
