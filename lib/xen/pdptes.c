/*
 * pdptes.c - the four entries of a guest with PAE that are read when it loads CR3: the processor
 * keeps them in registers, and so does Xen under shadow paging; under nested paging they are read
 * as any other entry (AMD APM vol. 2, "Nested Paging and PAE").
 */
#include <string.h>

#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

#define PDPTES_SIZE (4 * sizeof(uint64_t))

/* They lie at any 32 bytes; NO_TABLE: where there is no memory. */
static uint64_t where(const struct xenpt_machine *m, const struct domain *d, uint64_t cr3)
{
    uint64_t at = guest_maddr(m, d, (cr3 & XENPT_BITS(31, 12)) >> XENPT_PAGE_SHIFT);

    return at == NO_TABLE ? at : at + (cr3 & XENPT_BITS(11, 5));
}

void pdptes_load(const struct xenpt_machine *m, const struct domain *d, struct vcpu *v)
{
    uint64_t at = where(m, d, v->guest.cr3);

    memset(v->pdpte, 0, sizeof(v->pdpte));
    if (at == NO_TABLE || !xenpt_read(xenpt_store_reader(m->store), at, v->pdpte, sizeof(v->pdpte)))
        memset(v->pdpte, 0, sizeof(v->pdpte));
}

static bool read_pdptes(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct pdptes *p = (const struct pdptes *)(const void *)self;

    if (at >= p->at && at + size <= p->at + PDPTES_SIZE) {
        memcpy(buf, (const uint8_t *)p->entry + (at - p->at), size);
        return true;
    }
    return xenpt_read(p->memory, at, buf, size);
}

const struct xenpt_reader *pdptes_reader(struct pdptes *ret, const struct xenpt_machine *m,
                                         const struct domain *d, const struct vcpu *v)
{
    const struct xenpt_reader *memory = xenpt_store_reader(m->store);
    bool kept = d->shadows || p2m_is_ept(m, d);

    if (guest_mode(v) != XENPT_GUEST_PAE || !kept)
        return memory;
    *ret = (struct pdptes){
        .reader = { .read = read_pdptes, .held = XENPT_HELD_BEHIND_CALL },
        .memory = memory,
        .at = where(m, d, v->guest.cr3),
        .entry = v->pdpte,
    };
    return &ret->reader;
}
