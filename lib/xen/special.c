/* special.c - what a machine's domains were given when they were built, for those who ask. */
#include <stdio.h>

#include "xen/enclave.h"
#include "xen/view.h"

static const struct construction *built(const struct xenpt_machine *m, uint32_t domain)
{
    return domain < m->nr_domains ? &m->domains[domain].built : NULL;
}

bool xenpt_machine_special(const struct xenpt_machine *m, uint32_t domain, size_t i,
                           struct xenpt_special_frames *ret)
{
    const struct construction *c = built(m, domain);

    if (!c || i >= c->nr_frames)
        return false;
    *ret = c->frames[i];
    return true;
}

bool xenpt_machine_channel(const struct xenpt_machine *m, uint32_t domain, size_t i,
                           struct xenpt_event_channel *ret)
{
    const struct construction *c = built(m, domain);

    if (!c || i >= c->nr_channels)
        return false;
    *ret = c->channels[i];
    return true;
}

bool xenpt_machine_grant(const struct xenpt_machine *m, uint32_t domain, size_t i,
                         struct xenpt_grant *ret)
{
    const struct construction *c = built(m, domain);

    if (!c || i >= c->nr_grants)
        return false;
    *ret = c->grants[i];
    return true;
}

bool xenpt_machine_hvm_param(const struct xenpt_machine *m, uint32_t domain, size_t i,
                             struct xenpt_hvm_param *ret)
{
    const struct construction *c = built(m, domain);

    if (!c || i >= c->nr_params)
        return false;
    *ret = c->params[i];
    return true;
}

static void name(const struct xenpt_special_frames *f, uint64_t into, char ret[XENPT_ABI_NAME_MAX],
                 uint64_t *rest)
{
    uint64_t size = f->holds ? f->holds->size[f->form] : 0;

    if (into >= f->from && (into - f->from < size || (size && f->repeats)))
        xenpt_abi_at(f->holds, f->form, into - f->from, ret, rest);
}

bool xenpt_machine_place(const struct xenpt_machine *m, uint64_t maddr,
                         struct xenpt_special_place *ret)
{
    uint64_t mfn = maddr >> XENPT_PAGE_SHIFT;

    for (uint32_t d = 0; d < m->nr_domains; d++) {
        const struct construction *c = &m->domains[d].built;

        for (size_t i = 0; i < c->nr_frames; i++) {
            const struct xenpt_special_frames *f = &c->frames[i];

            if (mfn < f->mfn || mfn - f->mfn >= f->nr)
                continue;
            *ret = (struct xenpt_special_place){ .domain = d, .frames = *f };
            ret->into = maddr - (f->mfn << XENPT_PAGE_SHIFT);
            name(f, ret->into, ret->name, &ret->into_named);
            return true;
        }
    }
    return false;
}

bool explain_memory(const struct xenpt_explainer *self, uint64_t maddr,
                    struct xenpt_memory_explanation *ret)
{
    const struct xenpt_machine *m = view_of(self)->machine;
    struct xenpt_special_place p;

    if (!xenpt_machine_place(m, maddr, &p))
        return epc_explain(m, maddr, ret);
    ret->owner = m->domains[p.domain].name;
    ret->use = xenpt_special_word(p.frames.special)->name;
    snprintf(ret->what, sizeof(ret->what), "%s", *p.name ? p.name : ret->use);
    ret->into = *p.name ? p.into_named : p.into;
    return true;
}
