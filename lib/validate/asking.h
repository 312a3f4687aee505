/*
 * asking.h - the inside of an answer: an access under way, its parts, and the words it changes.
 */
#ifndef XENPT_VALIDATE_ASKING_H
#define XENPT_VALIDATE_ASKING_H

#include "base/bits.h"
#include "validate/model.h"
#include "validate/quirk.h"

#define PAGE UINT64_C(4096)

/* An access and what it has come to. */
struct asking {
    struct model *m;
    const struct blob_access *a;
    struct xenpt_access access;
    const struct readied *r;
    struct answer *ret;
    unsigned int quirks; /* QUIRK(...): what is to be done wrong. */
    unsigned int size;   /* In bytes; of a fetch too. */
    uint64_t target[2];  /* Machine addresses of the parts. */
};

/* What comes of a part: its updates, or the reason why there is none. */
struct part {
    bool allowed, open;
    enum xenpt_rule_id rule;
    uint8_t level;
    bool second;
    struct xenpt_fault fault;
    uint64_t out;
    struct xenpt_walk2 walk; /* Of one dimension: its guest only. */
    struct xenpt_verdict2 verdict;
};

/* Bytes that an access is about. */
static inline unsigned int size_of(const struct blob_access *a)
{
    return a->kind == ACCESS_FETCH ? 2 : a->size;
}

/* The page of the last byte, if that is another one than the first byte's. */
static inline bool crosses(uint64_t va, unsigned int size)
{
    return (va ^ (va + size - 1)) >= PAGE;
}

/* A read-modify-write whose atomicity is not the cache's business. */
static inline bool is_torn(const struct blob_access *a)
{
    return a->kind == ACCESS_RMW && a->va & (a->size - 1u);
}

/*
 * SDM vol. 1, "Canonical Addressing": an operand no byte of which may be non-canonical is
 * refused before anything is translated.
 */
static inline bool non_canonical(const struct readied *r, uint64_t last)
{
    const struct xenpt_format *f = &r->first.format;
    unsigned int unused = 64 - f->input_bits;

    return f->sign_extended && ((uint64_t)((int64_t)(last << unused) >> unused) != last);
}

/* Translates and judges what an access is to a page, from @va on. */
void ask_part(struct asking *q, uint64_t va, struct part *p);
/* Makes the result of a part that refuses. */
void ask_refused(struct asking *q, const struct part *p, uint64_t va);
/* Reads all bytes of an access, whose parts are found.  False: there is no memory. */
bool ask_read(const struct asking *q, uint64_t *value);
/* Writes the bytes numbered @from to @to - 1 of a value. */
void ask_write(struct asking *q, uint64_t value, unsigned int from, unsigned int to);

/* The word @word as the access leaves it, entered among those that change. */
struct result_changed *changed_word(struct asking *q, uint32_t word);
/* Changes that change nothing, and those of words that nobody watches, are none. */
void drop_unchanged(struct asking *q);
/* Sets bits of the word planted at @at, if there is one; or lets them be set. */
void set_flags(struct asking *q, uint64_t at, uint64_t bits);
void free_flags(struct asking *q, uint64_t at, uint64_t bits, enum freedom_id id);
/* A and D that a part of an access that is made sets. */
void take_updates(struct asking *q, const struct part *p);
/* What a part may have set although the access is not made; @why overrides the reasons, unless
 * it is FREEDOM_NR. */
void take_freedoms(struct asking *q, const struct part *p, enum freedom_id why);

/* --- Quirks, in the order in which they are come to: quirk.c --------------------------------- */

/* What the state's tables are with quirks: @r, or @changed, which it makes of it. */
struct readied *quirky_state(const struct model *m, unsigned int quirks, const struct readied *r,
                             struct readied *changed);
/* Before anything is translated.  True: the access has ended, and the result is made. */
bool quirk_first(struct asking *q);
/* QUIRK_BY_PAGE: the whole access. */
void quirk_by_page(struct asking *q);
/* What becomes of a part that has been judged. */
void quirk_part(struct asking *q, uint64_t va, struct part *p);
/* What else the part that refuses the access leaves behind. */
void quirk_refused(struct asking *q, const struct part *p);
/* What of the result is told otherwise. */
void quirk_result(struct asking *q);

#endif
