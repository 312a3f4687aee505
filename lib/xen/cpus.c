/* cpus.c - what Xen has for each physical CPU: a stack, descriptor tables, a TSS. */
#include <stdlib.h>

#include "xen/internal.h"

static unsigned int order_of(uint64_t pages)
{
    unsigned int order = 0;

    while (UINT64_C(1) << order < pages)
        order++;
    return order;
}

static bool in_image(const struct xenpt_machine *m, uint32_t i)
{
    return i == 0 && m->layout->stack.boot_in_image;
}

enum xenpt_code cpus_claim(struct xenpt_machine *m, struct xenpt_error *err)
{
    uint64_t size = (uint64_t)m->layout->stack.pages * XENPT_PAGE_SIZE;
    enum xenpt_code code = XENPT_OK;

    m->cpus = calloc(m->nr_cpus, sizeof(*m->cpus));
    if (!m->cpus)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %u CPUs", (unsigned int)m->nr_cpus);
    for (uint32_t i = 0; !code && i < m->nr_cpus && i < m->xen.nr_stacks; i++) {
        uint64_t at = m->xen.stacks[i];

        m->cpus[i].stack = at;
        if (in_image(m, i))
            continue;
        if (at % size)
            return xenpt_fail(
                err, XENPT_ERANGE, "the stack of CPU %u, at 0x%llx, is not aligned to its %u pages",
                (unsigned int)i, (unsigned long long)at, (unsigned int)m->layout->stack.pages);
        code = xenpt_alloc_claim(m->alloc, xenpt_maddr_to_mfn(at), order_of(m->layout->stack.pages),
                                 err);
    }
    return code;
}

static enum xenpt_code stack(struct xenpt_machine *m, uint32_t i, struct xenpt_error *err)
{
    if (i < m->xen.nr_stacks)
        return XENPT_OK;
    if (in_image(m, i)) {
        m->cpus[i].stack = m->image.phys + m->image.d.boot_stack;
        return XENPT_OK;
    }
    return frames_new(m, order_of(m->layout->stack.pages), &m->cpus[i].stack, err);
}

static enum xenpt_code one(struct xenpt_machine *m, uint32_t i, struct xenpt_error *err)
{
    struct cpu *c = &m->cpus[i];
    uint64_t *pages[] = { &c->idt, &c->tss, &c->gdt, &c->gdt32 };
    enum xenpt_code code = XENPT_OK;

    *c = (struct cpu){ .stack = c->stack, .root = NO_TABLE, .idle = true, .copied = NO_TABLE };
    if (i == 0) {
        c->idt = m->image.phys + m->image.d.boot_idt;
        c->tss = m->image.phys + m->image.d.boot_tss;
    }
    for (size_t p = i == 0 ? 2 : 0; !code && p < sizeof(pages) / sizeof(pages[0]); p++)
        code = frames_new(m, 0, pages[p], err);
    return code;
}

enum xenpt_code cpus_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < m->nr_cpus; i++)
        code = stack(m, i, err);
    for (uint32_t i = 0; !code && i < m->nr_cpus; i++)
        code = one(m, i, err);
    if (!code)
        code = frames_new(m, 0, &m->zero_page, err);
    return code ? code : directmap_stacks(m, err);
}
