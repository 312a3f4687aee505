/* blob_build.h - the host's side of a blob: drafting cases, and going through them. */
#ifndef XENPT_VALIDATE_BLOB_BUILD_H
#define XENPT_VALIDATE_BLOB_BUILD_H

#include <stddef.h>

#include "validate/blob.h"
#include "xenpt/error.h"

/* A blob under construction, or finished. */
struct blob {
    uint8_t *bytes;
    size_t size, room;
    uint32_t flags; /* BLOB_... */
    uint32_t nr_cases, nr_accesses;
};

/* An empty blob, which needs no memory yet.  Free it with blob_free(). */
void blob_init(struct blob *ret, uint32_t flags);
void blob_free(struct blob *blob);

#define CASE_STATES   64
#define CASE_WORDS    96
#define CASE_ACCESSES 512

/* A case that is being made up. */
struct case_draft {
    unsigned int nr_states, nr_words, nr_accesses;
    struct blob_state state[CASE_STATES];
    struct blob_word word[CASE_WORDS];
    struct blob_access access[CASE_ACCESSES];
};

void case_begin(struct case_draft *ret);
/* False: the draft is full, and as it was. */
bool case_state(struct case_draft *c, const struct blob_state *state);
/* @at with WORD_...; a word planted twice has the later value. */
bool case_word(struct case_draft *c, uint64_t at, uint64_t value);
bool case_access(struct case_draft *c, const struct blob_access *access);

/* Where a word is planted. */
static inline uint64_t word_address(const struct blob_word *word)
{
    return word->at & ~(WORD_LATE | 3);
}

/* Appends the case.  XENPT_ERANGE: the blob is full, and as it was; begin another one. */
XENPT_CHECK enum xenpt_code blob_add(struct blob *blob, const struct case_draft *c,
                                     struct xenpt_error *err);
/* Writes the header; afterwards bytes[0..size) is what a machine takes.  May be done again. */
XENPT_CHECK enum xenpt_code blob_finish(struct blob *blob, struct xenpt_error *err);

/* One case in place. */
struct case_view {
    const struct blob_case *head;
    const struct blob_state *states;
    const struct blob_word *words;
    const struct blob_access *accesses;
};

/* Goes through a finished blob of our own; begin with *at = 0. */
bool blob_next(const struct blob *blob, size_t *at, struct case_view *ret);

#endif
