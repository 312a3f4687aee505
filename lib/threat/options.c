/*
 * options.c - what a threat takes for granted: what is between devices and memory, what device
 * models are, which moves there are not.
 */
#include "threat/options.h"

#include <string.h>

#include "threat/internal.h"

/* clang-format off */
const struct xenpt_word threat_iommu_words[XENPT_NR_THREAT_IOMMU] = {
    [XENPT_DMA_HOST] = { "host", "what the host has, set up as Xen's command line says; of a host without `iommu`: stock, unless that says iommu=no" },
    [XENPT_DMA_STOCK] = { "stock", "an IOMMU as Xen sets it up: devices of a PV dom0 reach all RAM but Xen's image, others their domain's memory" },
    [XENPT_DMA_STRICT] = { "strict", "dom0-iommu=strict: devices reach their domain's memory" },
    [XENPT_DMA_NONE] = { "none", "there is none: devices reach all RAM" },
};
const struct xenpt_word threat_qemu_words[XENPT_NR_THREAT_QEMU] = {
    [XENPT_QEMU_ROOT] = { "root", "it is a process of dom0's root, and makes all hypercalls" },
    [XENPT_QEMU_RESTRICTED] = { "restricted", "it can do to its guest alone what dom0 can (dm_restrict)" },
};
/* clang-format on */

const struct xenpt_word *xenpt_threat_iommu_word(enum xenpt_threat_iommu iommu)
{
    return &threat_iommu_words[iommu];
}

const struct xenpt_word *xenpt_threat_qemu_word(enum xenpt_threat_qemu qemu)
{
    return &threat_qemu_words[qemu];
}

/*
 * drivers/passthrough/iommu.c, iommu_enable, iommu_hwdom_strict, iommu_hwdom_passthrough, 4.17.
 * Model: strict comes before passthrough, as in the tables of dom0's devices (xen/iommu.c).
 */
static void take_iommu(struct xenpt_threat *t, enum xenpt_threat_iommu asked)
{
    const struct xen_options *o = &t->m->options;

    t->iommu = asked;
    if (asked != XENPT_DMA_HOST)
        return;
    t->iommu = o->iommu == SET_OFF        ? XENPT_DMA_NONE
               : o->dom0_strict == SET_ON ? XENPT_DMA_STRICT
                                          : XENPT_DMA_STOCK;
    t->passthrough = t->iommu == XENPT_DMA_STOCK && o->dom0_passthrough == SET_ON;
}

enum xenpt_threat_iommu xenpt_threat_iommu(const struct xenpt_threat *t)
{
    return t->iommu;
}

enum xenpt_code options_no_domain(uint32_t domain, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ERANGE, "there is no domain %u", (unsigned int)domain);
}

enum xenpt_code options_take(struct xenpt_threat *t, const struct xenpt_threat_options *opt,
                             struct xenpt_error *err)
{
    const struct xenpt_machine *m = t->m;

    if ((unsigned int)opt->iommu >= XENPT_NR_THREAT_IOMMU ||
        (unsigned int)opt->qemu >= XENPT_NR_THREAT_QEMU)
        return xenpt_fail(err, XENPT_ERANGE, "options that there are not");
    take_iommu(t, opt->iommu);
    t->qemu = opt->qemu;
    t->rules = opt->rules ? *opt->rules : xenpt_pv_rules_of_machine(m);
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[i];

        t->has_device[i] = d->nr_vcpus && (d->desc->privileged || d->device.nr);
    }
    for (size_t i = 0; i < opt->nr_devices; i++) {
        if (!domain_there(m, opt->devices[i]))
            return options_no_domain(opt->devices[i], err);
        t->has_device[opt->devices[i]] = true;
    }
    for (size_t i = 0; i < opt->nr_stubs; i++) {
        const struct xenpt_threat_stub *s = &opt->stubs[i];

        if (!domain_there(m, s->domain) || !domain_there(m, s->target))
            return options_no_domain(domain_there(m, s->domain) ? s->target : s->domain, err);
        if (m->domains[s->target].desc->type != XENPT_DOMAIN_HVM)
            return xenpt_fail(err, XENPT_ERANGE, "%s has no device model",
                              m->domains[s->target].name);
        t->target[s->domain] = s->target + 1;
    }
    for (size_t i = 0; i < opt->nr_without; i++) {
        size_t id = 0;

        while (id < NR_MOVES && strcmp(move_row((enum move_id)id)->said.name, opt->without[i]))
            id++;
        if (id == NR_MOVES)
            return xenpt_fail(err, XENPT_EPARSE, "there is no move '%s'", opt->without[i]);
        t->without[id] = true;
    }
    return XENPT_OK;
}
