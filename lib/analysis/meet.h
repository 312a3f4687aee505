/* meet.h - how two trees that begin with different tables meet further down. */
#ifndef XENPT_ANALYSIS_MEET_H
#define XENPT_ANALYSIS_MEET_H

#include "xenpt/share.h"

/* Pairs of tables that may be looked at, counted down. */
struct meet_budget {
    unsigned int left;
};

/* Follows both side by side from tables `a` and `b` of this level; false: nothing in common. */
bool meet(const struct xenpt_paging *pg, const struct xenpt_reader *mem, unsigned int level,
          uint64_t a, uint64_t b, struct meet_budget *budget, struct xenpt_share_meeting *ret);

#endif
