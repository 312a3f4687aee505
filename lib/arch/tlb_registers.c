/* tlb_registers.c - which operation a write to a register amounts to. */
#include "arch/tlb.h"

static enum xenpt_tlb_event_id cr0_event(const struct xenpt_tlb_context *c, uint64_t value)
{
    uint64_t changed = c->first->regs.cr0 ^ value;

    return changed & XENPT_CR0_PG && (is_amd(c) || !(value & XENPT_CR0_PG)) ? XENPT_TLB_CR0_PG
                                                                            : XENPT_TLB_CR0_OTHER;
}

/* Model: AMD's manual is not read to say that setting CR4.SMEP invalidates; Intel's does. */
static enum xenpt_tlb_event_id cr4_event(const struct xenpt_tlb_context *c, uint64_t value)
{
    uint64_t old = c->first->regs.cr4, changed = old ^ value;
    uint64_t all = XENPT_CR4_PGE | (is_amd(c) ? XENPT_CR4_PSE | XENPT_CR4_PAE : 0);

    if (changed & all || (old & ~value) & XENPT_CR4_PCIDE)
        return XENPT_TLB_CR4_ALL;
    if (!is_amd(c) && (changed & XENPT_CR4_PAE || (value & ~old) & XENPT_CR4_SMEP))
        return XENPT_TLB_CR4_PCID;
    return XENPT_TLB_CR4_OTHER;
}

struct xenpt_tlb_event xenpt_tlb_register_event(const struct xenpt_tlb_context *context,
                                                enum xenpt_tlb_register reg, uint64_t value)
{
    bool pcide = context->first->regs.cr4 & XENPT_CR4_PCIDE;

    switch (reg) {
    case XENPT_TLB_REG_CR0:
        return (struct xenpt_tlb_event){ .id = cr0_event(context, value) };
    case XENPT_TLB_REG_CR3:
        return (struct xenpt_tlb_event){
            .id = pcide && value & XENPT_CR3_NOFLUSH ? XENPT_TLB_CR3_NOFLUSH : XENPT_TLB_CR3,
            .pcid = pcide ? (uint16_t)(value & ones(12)) : 0,
        };
    case XENPT_TLB_REG_CR4:
        return (struct xenpt_tlb_event){ .id = cr4_event(context, value) };
    case XENPT_TLB_REG_EFER:
        break;
    }
    return (struct xenpt_tlb_event){ .id = XENPT_TLB_EFER };
}

struct xenpt_tlb_dropped xenpt_tlb_write_register(struct xenpt_tlb *tlb,
                                                  const struct xenpt_tlb_context *context,
                                                  enum xenpt_tlb_register reg, uint64_t value,
                                                  xenpt_tlb_entry_fn fn, void *ctx)
{
    struct xenpt_tlb_event event = xenpt_tlb_register_event(context, reg, value);

    return xenpt_tlb_apply(tlb, context, &event, fn, ctx);
}
