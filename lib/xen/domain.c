/* domain.c - domains: their memory, and what each type of them has. */
#include <stdio.h>
#include <stdlib.h>

#include "xen/enclave.h"
#include "xen/events.h"
#include "xen/given.h"
#include "xen/grants.h"
#include "xen/iommu.h"
#include "xen/logdirty.h"
#include "xen/pod.h"
#include "xen/shadow.h"
#include "xen/touch.h"
#include "xen/vcpus.h"
#include "xen/words.h"

/* clang-format off */
const struct xenpt_word domain_type_words[XENPT_NR_DOMAIN_TYPES] = {
    [XENPT_DOMAIN_PV64] = { "pv64", "paravirtual, 64-bit" },
    [XENPT_DOMAIN_PV32] = { "pv32", "paravirtual, 32-bit with PAE" },
    [XENPT_DOMAIN_HVM] = { "hvm", "hardware-assisted, with a device model" },
    [XENPT_DOMAIN_PVH] = { "pvh", "hardware-assisted, without a device model" },
};
const struct xenpt_word guest_paging_words[XENPT_NR_GUEST_PAGING] = {
    [XENPT_GUEST_USUAL] = { "usual", "PV: the guest's own tables; HVM and PVH: HAP" },
    [XENPT_GUEST_SHADOW] = { "shadow", "shadow page tables" },
};
const struct xenpt_word guest_mode_words[XENPT_NR_GUEST_MODES] = {
    [XENPT_GUEST_4LEVEL] = { "4level", "long mode" },
    [XENPT_GUEST_PAE] = { "pae", "32-bit paging with PAE" },
    [XENPT_GUEST_2LEVEL] = { "2level", "32-bit paging" },
    [XENPT_GUEST_UNPAGED] = { "unpaged", "no paging yet" },
};
/* clang-format on */

const struct xenpt_word *xenpt_domain_type_word(enum xenpt_domain_type type)
{
    return &domain_type_words[type];
}

const struct xenpt_word *xenpt_guest_mode_word(enum xenpt_guest_mode mode)
{
    return &guest_mode_words[mode];
}

bool is_pv(const struct domain *d)
{
    return d->desc->type == XENPT_DOMAIN_PV64 || d->desc->type == XENPT_DOMAIN_PV32;
}

/* --- Whether it can be --------------------------------------------------------------------- */

/* What can be encrypted, and by which processor. */
static enum xenpt_code check_encryption(const struct xenpt_machine *m, const struct domain *d,
                                        struct xenpt_error *err)
{
    const struct xenpt_domain_desc *desc = d->desc;
    const char *name = xenpt_encryption_row(desc->encryption)->name;

    if (is_pv(d) || desc->paging == XENPT_GUEST_SHADOW || desc->built_by_xen)
        return xenpt_fail(
            err, XENPT_EUNSUPPORTED,
            "encryption %s is of HVM and PVH domains under HAP that Xen has not built", name);
    if (desc->encryption == XENPT_ENCRYPT_SGX)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "encryption sgx is of a program's enclave, and of no domain's memory");
    if (!(m->processor->encrypts >> desc->encryption & 1))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "encryption %s, which %s has not", name,
                          m->processor->name);
    if (desc->nr_ranges && desc->encryption == XENPT_ENCRYPT_SEV_SNP)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "encryption sev-snp of a domain whose memory is given as ranges");
    return XENPT_OK;
}

static enum xenpt_code check(const struct xenpt_machine *m, const struct domain *d,
                             struct xenpt_error *err)
{
    const struct xenpt_domain_desc *desc = d->desc;
    enum xenpt_code code;

    if (desc->type == XENPT_DOMAIN_PV32 && !m->runs_pv32)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "this Xen runs no 32-bit PV guest: it is not built so, or pv=no-32, or "
                          "it uses shadow stacks itself");
    if (desc->built_by_xen && is_pv(d) == (m->options.dom0_pvh == SET_ON))
        return xenpt_fail(err, XENPT_EPARSE,
                          "dom0 is a %s domain, and Xen's command line has %s dom0=pvh",
                          xenpt_domain_type_word(desc->type)->name, is_pv(d) ? "a" : "no");
    if (!is_pv(d) && desc->built_by_xen && !m->layout->pvh_dom0)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s boots no PVH dom0", m->layout->name);
    if (desc->linear_pt && desc->type != XENPT_DOMAIN_PV64)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "linear entries are modelled of a 64-bit paravirtual domain's roots");
    /* mm.c, get_l4_linear_pagetable; until 4.9 nothing forbade them. */
    if (desc->linear_pt && m->options.linear_pt == SET_OFF && machine_since(m, 4, 10))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "Xen refuses its root with EINVAL: a linear entry, and pv-linear-pt=no");
    if (memory_size(desc) % XENPT_PAGE_SIZE || memory_size(desc) < UINT64_C(4) << 20)
        return xenpt_fail(err, XENPT_ERANGE,
                          "a domain has 4 MiB at least, in pages of 4 KiB, and not 0x%llx bytes",
                          (unsigned long long)memory_size(desc));
    if (desc->nr_ranges && desc->built_by_xen && !is_pv(d))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "a PVH dom0 has its memory where the host has it, and no ranges");
    if (desc->max_vcpus && desc->max_vcpus < desc->vcpus)
        return xenpt_fail(err, XENPT_ERANGE, "it has %u vCPUs, and may have %u",
                          (unsigned int)desc->vcpus, (unsigned int)desc->max_vcpus);
    if (d->nr_vcpus > m->layout->max_vcpus)
        return xenpt_fail(err, XENPT_ERANGE, "a domain has %u vCPUs at most, and not %u",
                          (unsigned int)m->layout->max_vcpus, (unsigned int)d->nr_vcpus);
    code = desc->encryption ? check_encryption(m, d, err) : XENPT_OK;
    if (!code)
        code = enclaves_check(m, d, err);
    return code ? code : iommu_check(m, d, err);
}

/* spec_ctrl.c, xpti_init_default; pv/domain.c, pv_domain_initialise. */
static void isolation(const struct xenpt_machine *m, struct domain *d)
{
    enum setting set = d->desc->privileged ? m->options.xpti_dom0 : m->options.xpti_domu;
    bool pcid = m->processor->cpu.pcid && m->processor->invpcid;

    if (d->desc->type != XENPT_DOMAIN_PV64)
        return;
    d->xpti = m->layout->xpti.since.major &&
              (set == SET_DEFAULT ? m->processor->meltdown : set == SET_ON);
    switch (m->options.pcid) {
    case PCID_OFF:
        break;
    case PCID_ON:
        d->pcid = pcid;
        break;
    case PCID_XPTI:
        d->pcid = pcid && d->xpti;
        break;
    case PCID_NOXPTI:
        d->pcid = pcid && !d->xpti;
        break;
    }
}

/* --- All of them --------------------------------------------------------------------------- */

static enum xenpt_code one(struct xenpt_machine *m, struct domain *d, uint32_t id,
                           const struct xenpt_domain_desc *desc, struct xenpt_error *err)
{
    enum xenpt_code code;

    *d = (struct domain){
        .desc = desc,
        .id = id,
        .nr_vcpus = desc->max_vcpus ? desc->max_vcpus
                    : desc->vcpus   ? desc->vcpus
                                    : 1,
        .nr_frames = memory_size(desc) >> XENPT_PAGE_SHIFT,
        .perdomain = NO_TABLE,
        .p2m = NO_TABLE,
        .gdt = NO_TABLE,
        .ldt = NO_TABLE,
        .device = { .root = NO_TABLE },
    };
    if (desc->name)
        snprintf(d->name, sizeof(d->name), "%s", desc->name);
    else
        snprintf(d->name, sizeof(d->name), "d%u", (unsigned int)id);
    for (uint32_t v = 0; v < XENPT_VIEWS_MAX; v++)
        d->views[v] = NO_TABLE;
    code = check(m, d, err);
    if (code)
        return xenpt_prefix(err, code, "%s", d->name);
    isolation(m, d);
    grants_limit(m, d);
    d->vcpus = calloc(d->nr_vcpus, sizeof(*d->vcpus));
    if (!d->vcpus)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for vCPUs");
    for (uint32_t v = 0; v < d->nr_vcpus; v++) {
        d->vcpus[v] = vcpu_none(m->next_cpu++ % m->nr_cpus);
        /* The toolstack has all of them created; the guest brings up those beyond. */
        d->vcpus[v].down = v >= (desc->vcpus ? desc->vcpus : 1);
        d->vcpus[v].fresh = d->vcpus[v].down && is_pv(d);
        d->vcpus[v].paused = desc->paused;
    }
    code = construct_begin(m, d, err);
    if (!code)
        code = memory_take(m, d, err);
    if (!code)
        code = is_pv(d) ? pv_build(m, d, err) : hvm_build(m, d, err);
    if (!code)
        code = construct_end(m, d, err);
    if (!code && is_pv(d))
        code = given_pv(m, d, err);
    if (!code)
        code = iommu_build(m, d, err);
    return xenpt_prefix(err, code, "%s", d->name);
}

/* What was done to it since it was built. */
static enum xenpt_code since_built(struct xenpt_machine *m, struct domain *d,
                                   struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint32_t view;

    d->shadow_forced = is_pv(d) && d->desc->paging == XENPT_GUEST_SHADOW;
    if (d->shadow_forced)
        code = pv_shadow_build(m, d, err);
    if (!code && d->desc->log_dirty)
        code = xenpt_machine_log_dirty(m, d->id, XENPT_LOG_ENABLE, err);
    if (!code && d->desc->views)
        code = xenpt_machine_views(m, d->id, true, err);
    for (uint32_t i = 1; !code && i < d->desc->views; i++)
        code = xenpt_machine_view_create(m, d->id, &view, err);
    return xenpt_prefix(err, code, "%s", d->name);
}

enum xenpt_code domain_build(struct xenpt_machine *m, const struct xenpt_domain_desc *desc,
                             struct xenpt_error *err)
{
    uint32_t id = (uint32_t)m->nr_domains++;
    enum xenpt_code code;

    m->descs[id] = *desc;
    m->descs[id].memory = memory_size(desc);
    if (desc->built_by_xen && m->options.dom0_shadow == SET_ON)
        m->descs[id].paging = XENPT_GUEST_SHADOW;
    code = one(m, &m->domains[id], id, &m->descs[id], err);
    if (!code && touch_heard(m))
        touch_built(m, &m->domains[id]);
    return code ? code : since_built(m, &m->domains[id], err);
}

enum xenpt_code domains_build(struct xenpt_machine *m, const struct xenpt_machine_desc *desc,
                              struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (!desc->nr_domains)
        return XENPT_OK;
    m->descs = calloc(desc->nr_domains, sizeof(*m->descs));
    m->domains = calloc(desc->nr_domains, sizeof(*m->domains));
    if (!m->descs || !m->domains)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu domains", desc->nr_domains);
    /* Frames that are given are taken before the allocator chooses some for another. */
    for (size_t i = 0; !code && i < desc->nr_domains; i++)
        code = memory_claim(m, desc->domains, i, err);
    for (size_t i = 0; !code && i < desc->nr_domains; i++)
        code = domain_build(m, &desc->domains[i], err);
    return code;
}

void domains_free(struct domain *domains, size_t nr)
{
    for (size_t i = 0; domains && i < nr; i++) {
        free(domains[i].vcpus);
        free(domains[i].memory);
        free(domains[i].given);
        free(domains[i].own);
        construction_free(&domains[i].built);
        shadows_free(domains[i].shadows);
        dirty_free(domains[i].dirty);
        grants_free(domains[i].grants);
        events_free(domains[i].events);
        pod_free(domains[i].pod);
    }
    free(domains);
}
