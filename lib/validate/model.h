/* model.h - the inside of the model: states made ready, and memory that knows what is planted. */
#ifndef XENPT_VALIDATE_MODEL_H
#define XENPT_VALIDATE_MODEL_H

#include "base/bits.h"
#include "validate/answer.h"
#include "validate/harness.h"

/* A state, narrowed once and kept. */
struct readied {
    struct blob_state state; /* As far as it makes a difference. */
    uint32_t pdptes_of;      /* The case of which pdpte_bad is true... */
    uint32_t stub_of;        /* ...and that of which stub_lost is. */
    bool pdpte_bad;          /* PAE: a PDPTE has reserved bits. */
    bool stub_lost;          /* A guest's own stubs are out of reach. */
    bool refused;            /* The state cannot be loaded: outcome, vector, code. */
    uint8_t outcome, vector;
    uint32_t code;
    enum mode mode;
    unsigned int asks; /* Bit i: ask[i] is made. */
    struct xenpt_ask ask[16];
    struct xenpt_paging first, second;
    bool made;             /* False: this slot is free. */
    struct blob_state key; /* The state, without roots that are nothing but addresses. */
    uint32_t used_in;      /* The last case that has had it, always with the same roots. */
};

#define MODEL_STATES 4096

struct model {
    struct xenpt_reader strict; /* Reads what is planted, and nothing else.  First: see read. */
    struct xenpt_reader flat;   /* Reads whatever is there. */
    struct xenpt_cpu cpu;
    struct xenpt_regs host[NR_STAGES]; /* Of the image when it runs a guest. */
    struct case_view c;
    uint32_t epoch;                  /* Number of the case... */
    bool late;                       /* It has words that are planted when a state is loaded. */
    uint32_t marked;                 /* ...and of the last one whose words are marked... */
    uint32_t *mark;                  /* ...for each 4 bytes: epoch * MARK + index of the word. */
    uint8_t *bytes;                  /* PROBE_WINDOW_SIZE bytes from PROBE_WINDOW. */
    struct readied *ready;           /* MODEL_STATES of them. */
    struct readied *of[CASE_STATES]; /* Those of the case, once asked for. */
};

#define MARK 128u /* More than CASE_WORDS. */

/* The index of the word planted at @at, or -1. */
static inline int planted(const struct model *m, uint64_t at)
{
    uint64_t off = at - PROBE_WINDOW;

    if (off >= PROBE_WINDOW_SIZE || m->mark[off / 4] / MARK != m->epoch)
        return -1;
    return (int)(m->mark[off / 4] % MARK);
}

/*
 * Loads a state: words that are planted late are planted.  Where PDPTEs are in registers by then,
 * they stay what they were; unless they are to be read at each walk.
 */
void model_load(struct model *m, const struct readied *r, bool walked);
/* The other way: what is there before a load. */
void model_unload(struct model *m);

/* The memory, with nothing planted.  False: there is none; closed or not, it can be closed. */
bool window_open(struct model *m);
void window_close(struct model *m);

/* Marks what the case plants, for planted() and for reads that are to be strict. */
void model_mark(struct model *m);

/* The state that an access of the planted case names, if it was not asked for before. */
struct readied *ready_state(struct model *m, unsigned int state);

/* The same in any case; never NULL. */
static inline struct readied *readied_of(struct model *m, unsigned int state)
{
    return likely(state < CASE_STATES && m->of[state]) ? m->of[state] : ready_state(m, state);
}

/* The same for any state, kept nowhere. */
void model_narrow(const struct model *m, const struct blob_state *state, struct readied *ret);
/* What xenpt has to be asked for an access. */
struct xenpt_access access_of(const struct blob_access *a);
void make_ask(struct readied *r, const struct blob_access *a, struct xenpt_ask *ret);

static inline const struct xenpt_ask *ask_of(struct readied *r, const struct blob_access *a)
{
    unsigned int i = (a->kind & 3u) * 4 + (a->cpl & 2u) + (a->ac & 1u); /* cpl: 0 or 3. */

    if (unlikely(!(r->asks & 1u << i))) {
        make_ask(r, a, &r->ask[i]);
        r->asks |= 1u << i;
    }
    return &r->ask[i];
}

/* Whether its load has to be looked at at all. */
static inline bool may_refuse_load(const struct readied *r)
{
    return r->refused || (r->mode == MODE_PAE && !is_npt(r->state.stage));
}

/* Whether the state, as it is in this case, cannot be loaded: what follows is in @ret. */
bool refuses_load(struct model *m, struct readied *r, struct brief *ret);
/* Whether a guest's own stubs are out of its reach, so that it dies before the access. */
bool loses_stub(struct model *m, struct readied *r);

#endif
