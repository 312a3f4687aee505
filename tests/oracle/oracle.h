/*
 * oracle.h - what the manuals say, written down a second time.
 *
 * The engine reads formats from tables.  The oracle reads the manuals: one plain function for
 * each of their sections, in their words, with bits by number.  It shares nothing with the
 * engine but the names of outcomes, rules and faults and the facts of a processor, so that a
 * wrong cell of a table or a wrong mask cannot hide in both.
 *
 * Where a manual leaves freedom, or none was found that settles a point, the answer says so:
 * the bits are free, and free_because is the reason.
 */
#ifndef XENPT_TESTS_ORACLE_H
#define XENPT_TESTS_ORACLE_H

#include "xenpt/judge.h"

/* Bits of a word, by number, as the manuals write them: 63:12. */
static inline uint64_t bits(uint64_t word, unsigned int high, unsigned int low)
{
    return word << (63 - high) >> (63 - high + low);
}

static inline bool bit(uint64_t word, unsigned int n)
{
    return bits(word, n, n) != 0;
}

/* The same bits, left where they are; none if the range is empty. */
static inline uint64_t in_place(uint64_t word, unsigned int high, unsigned int low)
{
    return low > high ? 0 : bits(word, high, low) << low;
}

/* Memory in one piece; what is outside of it does not exist. */
struct oracle_memory {
    const uint8_t *bytes;
    uint64_t first, size;
};

/* One entry that was read, or (of the last one) could not be. */
struct oracle_entry {
    uint64_t at;        /* Address, in the space the tables live in. */
    uint64_t value;     /* What it holds. */
    unsigned int level; /* Of its table: 1 maps 4 KiB. */
    uint64_t reserved;  /* Bits that are set and must not be. */
    bool page;          /* It maps a page. */
    bool in_register;   /* A PDPTE that CR3's load has read. */
};

/* What a walk of one tree found. */
struct oracle_walk {
    enum xenpt_outcome end;
    uint64_t in, out;
    uint64_t page_size;      /* Of what the last entry speaks for; 0: none was read. */
    unsigned int references; /* Entries read from memory. */
    unsigned int nr;         /* Of entry. */
    struct oracle_entry entry[5];
    bool last_unread; /* The last of them lies where there is no memory. */
    /* Rights, if mapped; u: it is a user-mode address, which guest-physical ones never are. */
    bool r, w, xs, xu, u;
};

/* An A or D update. */
struct oracle_update {
    uint64_t at, set;
    uint64_t free; /* Bits that may or may not be set as well. */
    unsigned int level;
    bool second; /* Of the second stage's tables. */
};

/* All updates of a two-dimensional walk: six second-stage walks and the guest's. */
#define ORACLE_UPDATES_MAX 35

/* What becomes of an access. */
struct oracle_verdict {
    bool allowed;
    uint32_t rules;     /* Every rule that refuses it; bit n: enum xenpt_rule_id n. */
    bool second;        /* The second stage refuses it. */
    unsigned int which; /* ...its walk with this number. */
    enum xenpt_fault_kind kind;
    unsigned int vector;
    uint64_t code, code_free; /* Error code, and its bits that are free. */
    uint64_t address;
    bool fault_free;          /* Nothing about the fault is known. */
    const char *free_because; /* The reason of whatever is free. */
    unsigned int nr_updates;
    struct oracle_update update[ORACLE_UPDATES_MAX];
};

static inline void oracle_refuse(struct oracle_verdict *v, enum xenpt_rule_id rule)
{
    v->allowed = false;
    v->rules |= UINT32_C(1) << rule;
}

/*
 * How a walker gets at its tables.  A guest's are at guest-physical addresses, each of which
 * the second stage has to translate: locate() does, or says that it cannot be done.
 */
struct oracle_tables {
    const struct oracle_memory *memory;
    bool (*locate)(void *ctx, uint64_t address, unsigned int level, uint64_t *where);
    void *ctx;
    bool pdpte_on_demand; /* AMD, nested paging: PDPTEs are read by the walk. */
};

/*
 * Reads the next entry of a walk and appends it.
 * @return False: the walk ends here, and why is in w->end.
 */
bool oracle_read_entry(struct oracle_walk *w, const struct oracle_tables *t, uint64_t at,
                       unsigned int size, unsigned int level);

/* Ends a walk at its last entry, which is not present. */
void oracle_not_present(struct oracle_walk *w);
/* Ends a walk at its last entry, if @reserved says it has bits it must not have. */
bool oracle_reserved(struct oracle_walk *w, uint64_t reserved);
/* Ends a walk at its last entry, which maps a page at @frame of 2^@shift bytes. */
void oracle_page(struct oracle_walk *w, uint64_t frame, unsigned int shift);

#endif
