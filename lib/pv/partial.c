/* partial.c - a table of which Xen has done a part: where it stops, and what is kept of that. */
#include "pv/partial.h"

#include <string.h>

bool table_entries(struct op *op, uint64_t frame, struct entries *ret)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page = xenpt_read_page(xenpt_store_reader(op->m->store),
                                          frame << XENPT_PAGE_SHIFT, copy);

    ret->nr = 0;
    for (unsigned int i = 0; page && i < ENTRIES; i++) {
        uint64_t entry;

        memcpy(&entry, page + 8 * i, sizeof(entry));
        ret->slot[ret->nr] = i;
        ret->entry[ret->nr] = entry;
        ret->nr += entry != 0;
    }
    return page;
}

bool table_preempted(struct op *op, unsigned int level, unsigned int *at, unsigned int to)
{
    uint64_t limit = op->caller->preempt, left = limit > op->work ? limit - op->work : 0;
    bool may = limit && !op->unstopped &&
               (level == 2 || (level == 3 && in_force(op, RULE_PREEMPT_L3)));
    uint64_t stop = *at + left ? *at + left : 1; /* Something is done each time. */

    if (may && stop <= to) {
        op->work += stop - *at;
        *at = (unsigned int)stop;
        return true;
    }
    op->work += to - *at;
    *at = to;
    return false;
}

int table_stop(struct op *op, uint64_t frame, unsigned int validated, unsigned int entry, int rc,
               bool between)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    info->validated = (uint16_t)validated;
    if (between && !in_force(op, RULE_PARTIAL_CLEARED))
        return RESTART;
    info->flags &= (uint16_t)~FRAME_ENTRY;
    if (rc == RESTART || (!between && in_force(op, RULE_PARTIAL_KEPT)))
        info->flags |= (uint16_t)entry;
    return RESTART;
}

unsigned int stopped_entry(const struct op *op, unsigned int before, bool demoting)
{
    if (in_force(op, RULE_PARTIAL_REF))
        return FRAME_ENTRY;
    return before ? before : demoting ? FRAME_ENTRY : FRAME_ENTRY_SET;
}
