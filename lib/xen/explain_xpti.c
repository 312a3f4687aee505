/*
 * explain_xpti.c - what an XPTI root has of its own: smpboot.c, setup_cpu_root_pgt; see explain.h.
 */
#include "xen/explain.h"

/* The CPU whose root is looked at. */
static const struct cpu *cpu_of(const struct question *x)
{
    return &x->m->cpus[x->of->cpu];
}

/* Whether an entry speaks for a page of this CPU's stack: that is always there. */
static bool has_stack(const struct question *x, uint64_t maddr)
{
    uint64_t stack = cpu_of(x)->stack;
    uint64_t size = (uint64_t)x->m->layout->stack.pages * XENPT_PAGE_SIZE;

    return maddr < stack + size && maddr + level_size(x->q->level) > stack;
}

/* What is there, and need not be where it is: flags of this kind, or nothing. */
static void say_elsewhere(struct question *x, enum rule_id id, uint64_t entry)
{
    if (x->expected || !(x->q->entry & ENTRY_P)) {
        explain_expected(x, id);
    } else {
        explain_say(x, id, entry);
        x->ret->frame = x->q->level > 1 ? XENPT_FRAME_ANY : XENPT_FRAME_EXACT;
        x->ret->one_of_several = true;
    }
    x->ret->may_be_absent = true;
}

/*
 * The stack is where the CPU has it.  The IDT and TSS of a CPU that was started later are on the
 * heap, so which addresses they have is the allocator's choice.
 */
static bool xpti_directmap(struct question *x)
{
    const struct xenpt_part *p = xenpt_area_part(x->area, "descriptors");
    uint64_t maddr = x->q->in - x->area->first;
    bool table = x->q->level > 1;

    if (has_stack(x, maddr) || !x->of->cpu)
        return explain_expected(x, table ? RULE_TABLE : RULE_XPTI_STACK);
    say_elsewhere(x, table ? RULE_TABLE : RULE_XPTI_HEAP,
                  table ? (x->q->entry & ENTRY_ADDR) | x->m->layout->xpti.table
                        : maddr | (p ? p->leaf : 0));
    return true;
}

/*
 * Which pages of code and data are cloned, a build decides.  A model that states its build says
 * which; else any page of the image may be one.
 */
static bool xpti_image(struct question *x)
{
    const struct xenpt_image_sections *d = &x->m->image.d;
    const struct xenpt_layout *l = x->m->layout;
    uint64_t at = x->q->in - x->area->first;
    bool table = x->q->level > 1, code = at < d->text_end;
    bool stated = x->m->xen.image.data_end && (code || x->m->xen.image.boot_idt);
    const struct xenpt_part *p = xenpt_area_part(x->area, code ? "text" : "data");
    enum rule_id id = table ? RULE_TABLE : code ? RULE_XPTI_TEXT : RULE_XPTI_DESCRIPTORS;
    uint64_t flags = (p ? p->leaf : x->area->leaf) & ~l->xpti.drops;

    if (stated ||
        (!table && (at < l->image.start || at >= d->data_end || (!code && at < d->data_first))))
        return explain_expected(x, id);
    say_elsewhere(x, id,
                  table ? (x->q->entry & ENTRY_ADDR) | l->xpti.table
                        : (x->m->image.phys + at) | flags);
    return true;
}

bool explain_xpti(struct question *x)
{
    if (x->area->fill == XENPT_FILL_RAM)
        return xpti_directmap(x);
    if (x->area->fill == XENPT_FILL_IMAGE)
        return xpti_image(x);
    return explain_expected(x, x->q->level > 1 ? RULE_TABLE : RULE_STUB);
}
