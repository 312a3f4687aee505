/* tlb_model_list.h - what the files of the list have in common; see tlb_model.h. */
#ifndef XENPT_TESTS_TLB_MODEL_LIST_H
#define XENPT_TESTS_TLB_MODEL_LIST_H

#include "oracle/tlb_model.h"

void model_keep(struct model *m, struct fact f);

/* A fact that this context may use, for a stretch of this size around an address, or NULL. */
struct fact *model_look_up(struct model *m, const struct model_on *on, bool guest, bool table,
                           unsigned int shift, uint64_t in);

/* A fact of this context, its content still to be filled in. */
struct fact model_fact(const struct model_on *on, bool guest, bool table, unsigned int shift,
                       uint64_t in);

/* The word of memory at an address, or NULL. */
uint64_t *model_word(struct model *m, uint64_t at);

/* What the second stage makes of an address. */
struct second {
    enum { FINE, REFUSED, NO_MEMORY } end;
    uint64_t out;
    unsigned int shift;
    bool r, w, x, dirty;
};

struct want {
    bool r, w, x;
};

bool model_suits(const struct model_on *on, const struct second *s, struct want want);
struct second model_from_second(const struct fact *f, uint64_t in);
struct second model_second(struct model *m, const struct model_on *on, struct want want,
                           uint64_t in, struct model_answer *a);

#endif
