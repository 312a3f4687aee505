/*
 * translate.h - the short form of walk and judge, specialised: one function for each pair of
 * a format and a way of holding memory, all of them made from follow() in walk_core.h.
 */
#ifndef XENPT_ARCH_TRANSLATE_H
#define XENPT_ARCH_TRANSLATE_H

#include "arch/format_tables.h"
#include "arch/walk_core.h"
#include "xenpt/judge.h"

/* Rights that every level grants and this access needs, and none that it must shun. */
static always_inline bool plainly_allowed(const struct xenpt_ask *ask, uint64_t granted)
{
    return likely((granted & ask->mask) == ask->value);
}

/* The A and D flags that are missing: granted has A if every entry has it. */
static always_inline uint16_t flags_missing(const struct xenpt_ask *ask, uint64_t granted,
                                            uint64_t leaf)
{
    return (uint16_t)((ask->accessed & ~granted) | (ask->dirty & ~leaf));
}

/* The rights of a first stage, NX P RW US, as an index into xenpt_ask::refusing. */
static always_inline uint64_t rights_index(uint64_t granted)
{
    uint64_t rotated = granted << 1 | granted >> 63;

    return rotated & 15;
}

/* Everything that answer() does not settle: which rule, which code.  Returns whether allowed. */
bool settle(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
            const struct xenpt_ask *ask, uint64_t in, struct xenpt_translation *ret);

/* The same of two stages; any access but those to shadow stacks. */
enum settled {
    SETTLED_NOT, /* Only a record can tell. */
    SETTLED_REFUSED,
    SETTLED_ALLOWED,
};

struct xenpt_translation2;
enum settled settle2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                     const struct xenpt_reader *mem, const struct xenpt_ask *ask, uint64_t in,
                     struct xenpt_translation2 *ret);

/* Fills in the answer from how a walk ended. */
static always_inline bool answer(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                                 const struct xenpt_ask *ask, uint64_t in,
                                 enum xenpt_outcome outcome, const struct trail *t,
                                 struct xenpt_translation *ret)
{
    ret->out = t->out;
    ret->entry = t->entry;
    ret->granted = t->granted;
    ret->outcome = (uint8_t)outcome;
    ret->level = (uint8_t)t->level;
    if (likely(outcome == XENPT_MAPPED)) {
        if (plainly_allowed(ask, t->granted)) {
            ret->code = 0;
            ret->rule = XENPT_RULE_NONE;
            ret->set = flags_missing(ask, t->granted, t->entry);
            return true;
        }
        /* A refusal costs no more than an answer: the common ones are settled by ask alone. */
        ret->set = 0;
        ret->code = ask->refused;
        ret->rule = ask->refusing[rights_index(t->granted)];
        if (likely(ret->rule))
            return false;
    }
    ret->set = 0;
    if (outcome == XENPT_NOT_PRESENT && !pg->format.second_stage) {
        ret->code = ask->code;
        ret->rule = XENPT_RULE_NOT_PRESENT;
        return false;
    }
    ret->code = 0;
    ret->rule = XENPT_RULE_NONE;
    return settle(pg, mem, ask, in, ret);
}

#endif
