/* main.c - the image's way through a blob. */
#include "access.h"
#include "cpu.h"
#include "fixed.h"
#include "machine.h"
#include "memory.h"
#include "out.h"
#include "stop.h"

#define BLOB_MAX (PROBE_RESULTS - PROBE_BLOB)

/* One case in place. */
struct kase {
    const struct blob_state *states;
    const struct blob_word *words;
    const struct blob_access *accesses;
    uint32_t nr_states, nr_words, nr_accesses;
};

/* Who makes an access, and the flag without which a blob has none for it. */
static const struct {
    const struct stage *stage;
    uint32_t flag;
} stages[] = {
    [STAGE_NATIVE] = { &stage_native, 0 },
#ifdef __x86_64__
    [STAGE_EPT] = { &stage_ept, BLOB_EPT },
    [STAGE_NPT] = { &stage_npt, BLOB_NPT },
#else
    [STAGE_NPT_PAE] = { &stage_npt, BLOB_NPT },
    [STAGE_NPT_2LEVEL] = { &stage_npt, BLOB_NPT },
#endif
};

#define STAGES (sizeof(stages) / sizeof(stages[0]))

int main(void);

/* Where a case of @left bytes at most begins: its parts, or false. */
static bool read_case(const void *at, uint32_t left, struct kase *ret)
{
    const struct blob_case *head = at;
    uint64_t size;

    if (left < sizeof(*head))
        return false;
    size = sizeof(*head) + (uint64_t)head->nr_states * sizeof(struct blob_state) +
           (uint64_t)head->nr_words * sizeof(struct blob_word) +
           (uint64_t)head->nr_accesses * sizeof(struct blob_access);
    if (head->size > left || head->size != size)
        return false;
    *ret = (struct kase){ .states = (const struct blob_state *)(head + 1),
                          .nr_states = head->nr_states,
                          .nr_words = head->nr_words,
                          .nr_accesses = head->nr_accesses };
    ret->words = (const struct blob_word *)(ret->states + ret->nr_states);
    ret->accesses = (const struct blob_access *)(ret->words + ret->nr_words);
    return true;
}

static bool sound_access(const struct kase *c, const struct blob_access *a)
{
    uint32_t max = sizeof(uintptr_t);

    return a->state < c->nr_states && a->kind <= ACCESS_FETCH && (a->cpl == 0 || a->cpl == 3) &&
           a->ac <= 1 &&
           (a->kind == ACCESS_FETCH || (a->size && a->size <= max && !(a->size & (a->size - 1))));
}

/* Whether late words are few, and the image reaches them on the tables of each state. */
static bool sound_late(const struct kase *c)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < c->nr_words; i++)
        n += c->words[i].at & WORD_LATE ? 1 : 0;
#ifndef __x86_64__
    for (uint32_t i = 0; n && i < c->nr_states; i++)
        if (c->states[i].stage == STAGE_NATIVE && !(c->states[i].cr4 & CR4_PAE))
            return false;
#endif
    return n <= LATE_WORDS;
}

/* Whether all of a case is within what the image knows and reaches. */
static bool sound_case(const struct kase *c, uint32_t flags)
{
    for (uint32_t i = 0; i < c->nr_states; i++)
        if (c->states[i].stage >= STAGES || !stages[c->states[i].stage].stage ||
            stages[c->states[i].stage].flag & ~flags)
            return false;
    for (uint32_t i = 0; i < c->nr_words; i++)
        if ((c->words[i].at & ~WORD_LATE) > MEMORY_REACH - sizeof(uint64_t))
            return false;
    for (uint32_t i = 0; i < c->nr_accesses; i++)
        if (!sound_access(c, &c->accesses[i]))
            return false;
    return sound_late(c);
}

/* The whole blob, or NULL: there is none that could be believed. */
static const struct blob_header *find_blob(void)
{
    const struct blob_header *blob = memory_at(PROBE_BLOB);
    const uint8_t *first = (const uint8_t *)(blob + 1), *at = first;
    uint32_t left;

    if (blob->magic != BLOB_MAGIC || blob->version != BLOB_VERSION || blob->size > BLOB_MAX ||
        blob->size < sizeof(*blob) || blob->size % 8)
        return NULL;
    left = blob->size - (uint32_t)sizeof(*blob);
    if (blob_sum(first, left) != blob->check)
        return NULL;
    for (uint32_t i = 0; i < blob->nr_cases; i++) {
        struct kase c;

        if (!read_case(at, left, &c) || !sound_case(&c, blob->flags))
            return NULL;
        left -= ((const struct blob_case *)at)->size;
        at += ((const struct blob_case *)at)->size;
    }
    return left ? NULL : blob;
}

static volatile uint32_t *word_at(const struct blob_word *word)
{
    return memory_at((uint32_t)word->at & ~3u); /* Without WORD_LATE, too. */
}

static uint64_t read_word(const struct blob_word *word)
{
    volatile uint32_t *at = word_at(word);

    return word->at & WORD_IS_32 ? at[0] : *(volatile uint64_t *)at;
}

/*
 * Only what is not there already: a word that an MMU did not touch needs no write, which would
 * be dear in a page that was executed, or that a hypervisor watches as a page table.
 */
static void plant_word(const struct blob_word *word)
{
    volatile uint32_t *at = word_at(word);

    if (word->at & WORD_IS_32) {
        if (*at != (uint32_t)word->value)
            *at = (uint32_t)word->value;
    } else if (*(volatile uint64_t *)at != word->value) {
        *(volatile uint64_t *)at = word->value;
    }
}

/* Taken from the blob, which the tables of a case need not map. */
static struct blob_word late[LATE_WORDS];
static uint32_t nr_late;

void plant_late(void)
{
    for (uint32_t i = 0; i < nr_late; i++)
        plant_word(&late[i]);
}

static void plant(const struct kase *c)
{
    nr_late = 0;
    for (uint32_t i = 0; i < c->nr_words; i++) {
        if (!(c->words[i].at & WORD_LATE))
            plant_word(&c->words[i]);
        else
            late[nr_late++] = c->words[i];
    }
}

static void compare(const struct kase *c, struct result *result, struct result_changed *changed)
{
    for (uint32_t i = 0; i < c->nr_words; i++) {
        const struct blob_word *word = &c->words[i];
        uint64_t is = read_word(word);
        uint64_t was = word->at & WORD_IS_32 ? (uint32_t)word->value : word->value;

        if (is == was || word->at & WORD_UNWATCHED)
            continue;
        if (result->nr_changed == UINT8_MAX) {
            result->flags |= RESULT_LOST_CHANGES;
            return;
        }
        changed[result->nr_changed++] = (struct result_changed){ .word = i, .value = is };
    }
}

/* False: no room for the result. */
static bool run_access(const struct kase *c, const struct blob_access *access)
{
    static struct result_changed changed[UINT8_MAX];
    const struct blob_state *state = &c->states[access->state];
    struct result result = { 0 };

    plant(c);
    stages[state->stage].stage->access(state, access, &result);
    compare(c, &result, changed);
    return out_result(&result, changed);
}

static uint32_t run(const struct blob_header *blob)
{
    const uint8_t *at = (const uint8_t *)(blob + 1);
    uint32_t number = 0;

    for (uint32_t i = 0; i < blob->nr_cases; i++) {
        struct kase c;

        read_case(at, UINT32_MAX, &c);
        at += ((const struct blob_case *)at)->size;
        for (uint32_t k = 0; k < c.nr_accesses; k++, number++)
            if (number >= blob->first && !run_access(&c, &c.accesses[k]))
                return END_NO_ROOM;
    }
    return END_DONE;
}

/* Makes of the machine what the blob's flags ask for. */
static bool prepare(uint32_t flags)
{
#ifdef __x86_64__
    if (flags & BLOB_32 || (flags & BLOB_LA57 && !(own.cr4 & CR4_LA57)))
        return false;
#else
    if (!(flags & BLOB_32) || flags & BLOB_LA57)
        return false;
#endif
    for (uint32_t i = 0; i < STAGES; i++) {
        if (stages[i].flag & flags && !stages[i].stage->begin())
            return false;
        flags &= ~stages[i].flag;
    }
    return !(flags & (BLOB_EPT | BLOB_NPT));
}

int main(void)
{
    const struct blob_header *blob;

    fixed_init();
    state_init();
    machine_init();
    blob = find_blob();
    if (blob && blob->flags & BLOB_TEXT)
        stop_by_ports = machine.leaf1_ecx & LEAF1_ECX_HYPERVISOR;
    out_begin(blob, &machine);
    if (!blob)
        out_end(END_NO_BLOB);
    else if (!prepare(blob->flags))
        out_end(END_CANNOT);
    else
        out_end(run(blob));
    stop();
}
