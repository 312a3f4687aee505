/* asked.h - the answers to many questions, where the questions have them ready. */
#ifndef XENPT_ARCH_ASKED_H
#define XENPT_ARCH_ASKED_H

#include "arch/asks.h"
#include "arch/decide.h"
#include "arch/translate.h"

static always_inline struct asked asked_from(const struct decision *d, bool second)
{
    return (struct asked){ d->code, (uint8_t)d->rule, (uint8_t)d->fault,
                           second && d->rule != XENPT_RULE_NONE };
}

/* Rights that all levels grant, and a question that depends on nothing else.  No branches: what
 * the next question comes to is not to be foreseen. */
static always_inline struct asked asked_by_rights(uint64_t granted, const struct xenpt_ask *ask)
{
    uint8_t rule = ask->refusing[rights_index(granted)];
    bool refused = rule != XENPT_RULE_NONE;

    return (struct asked){ ask->refused & -(uint64_t)refused, rule,
                           (uint8_t)(refused * XENPT_FAULT_PF), false };
}

/* An entry that is not present, or has reserved bits, whoever asks. */
static always_inline struct asked asked_at_entry(enum xenpt_outcome outcome,
                                                 const struct xenpt_ask *ask)
{
    if (outcome == XENPT_NOT_PRESENT)
        return (struct asked){ ask->code, XENPT_RULE_NOT_PRESENT, XENPT_FAULT_PF, false };
    return (struct asked){ ask->code | XENPT_PF_RSVD | XENPT_PF_P, XENPT_RULE_RESERVED,
                           XENPT_FAULT_PF, false };
}

#endif
