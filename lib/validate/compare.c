/*
 * compare.c - an MMU's result beside the model's answer.
 *
 * Only what the outcome gives a meaning to is compared: CR2 with #PF, the qualification with
 * an EPT violation, and so on.  A and D are compared strictly on success.  Bits that an answer
 * leaves free may be set in the result, or not.
 */
#include "validate/compare.h"

#include <string.h>

#include "base/bits.h"

#define PF                 14
#define EXIT_EPT_MISCONFIG 49

/* --- Words --------------------------------------------------------------------------------- */

static uint64_t planted_value(const struct blob_word *w)
{
    return w->at & WORD_IS_32 ? w->value & UINT32_MAX : w->value;
}

static uint64_t value_in(const struct result_changed *changed, unsigned int n, uint32_t word,
                         uint64_t otherwise)
{
    for (unsigned int i = 0; i < n; i++)
        if (changed[i].word == word)
            return changed[i].value;
    return otherwise;
}

static uint64_t free_bits(const struct answer *a, uint32_t word, enum freedom_id *why)
{
    for (unsigned int i = 0; i < a->nr_freedoms; i++)
        if (a->freedom[i].word == word) {
            *why = a->freedom[i].id;
            return a->freedom[i].bits;
        }
    return 0;
}

static void compare_word(const struct case_view *c, uint32_t word, const struct answer *a,
                         const struct result *r, struct comparison *ret)
{
    const struct result_changed *changed = (const struct result_changed *)(const void *)(r + 1);
    uint64_t planted, want, got, free;
    enum freedom_id why = 0;

    if (word >= c->head->nr_words) {
        ret->differs |= DIFFERS_WORDS;
        ret->word = word;
        return;
    }
    planted = planted_value(&c->words[word]);
    want = value_in(a->changed, a->result.nr_changed, word, planted);
    got = value_in(changed, r->nr_changed, word, planted);
    if (want == got)
        return;
    free = free_bits(a, word, &why);
    if (!((want ^ got) & ~free)) {
        ret->free = true;
        ret->freedom = why;
        return;
    }
    if (!(ret->differs & DIFFERS_WORDS)) {
        ret->word = word;
        ret->want = want;
        ret->got = got;
    }
    ret->differs |= DIFFERS_WORDS;
}

static void compare_words(const struct case_view *c, const struct answer *a, const struct result *r,
                          struct comparison *ret)
{
    const struct result_changed *changed = (const struct result_changed *)(const void *)(r + 1);

    for (unsigned int i = 0; i < a->result.nr_changed; i++)
        compare_word(c, a->changed[i].word, a, r, ret);
    for (unsigned int i = 0; i < r->nr_changed; i++)
        compare_word(c, changed[i].word, a, r, ret);
}

/* --- The rest ------------------------------------------------------------------------------ */

static void differ(struct comparison *ret, unsigned int what, uint64_t want, uint64_t got)
{
    if (want != got)
        ret->differs |= what;
}

static void compare_exit(const struct answer *a, const struct result *r, struct comparison *ret)
{
    const struct result *want = &a->result;
    uint64_t info = want->value ^ r->value;

    differ(ret, DIFFERS_CODE, want->code, r->code);
    differ(ret, DIFFERS_ADDRESS, want->address, r->address);
    if (want->code == EXIT_EPT_MISCONFIG)
        return; /* It has no qualification, and no linear address. */
    if (info & ~a->value_free) {
        ret->differs |= DIFFERS_INFO;
    } else if (info) {
        ret->free = true;
        ret->freedom = a->because;
    }
    if (want->linear)
        differ(ret, DIFFERS_LINEAR, want->linear, r->linear);
}

void compare(const struct case_view *c, unsigned int access, const struct answer *a,
             const struct result *r, struct comparison *ret)
{
    const struct result *want = &a->result;

    *ret = (struct comparison){ .open = a->open };
    if (a->open)
        return;
    if (want->outcome != r->outcome) {
        ret->differs = DIFFERS_OUTCOME;
        return;
    }
    if (r->flags & RESULT_LOST_CHANGES)
        ret->differs |= DIFFERS_LOST;
    switch (want->outcome) {
    case RESULT_DONE:
        if (c->accesses[access].kind == ACCESS_READ)
            differ(ret, DIFFERS_VALUE, want->value, r->value);
        break;
    case RESULT_FAULT:
        differ(ret, DIFFERS_VECTOR, want->vector, r->vector);
        differ(ret, DIFFERS_CODE, want->code, r->code);
        if (want->vector == PF && r->vector == PF)
            differ(ret, DIFFERS_ADDRESS, want->address, r->address);
        break;
    case RESULT_EXIT:
        compare_exit(a, r, ret);
        break;
    case RESULT_LOAD:
        differ(ret, DIFFERS_VECTOR, want->vector, r->vector);
        differ(ret, DIFFERS_CODE, want->code, r->code);
        break;
    default:
        differ(ret, DIFFERS_CODE, want->code, r->code);
        break;
    }
    compare_words(c, a, r, ret);
}

const char *differs_text(unsigned int differs, char buf[DIFFERS_TEXT])
{
    static const char *const words[] = { "outcome", "vector", "code",  "address", "value",
                                         "info",    "linear", "words", "lost" };
    size_t n = 0;

    buf[0] = '\0';
    for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
        size_t len = strlen(words[i]);

        if (!(differs & 1u << i) || n + len + 3 > DIFFERS_TEXT)
            continue;
        if (n) {
            memcpy(buf + n, ", ", 2);
            n += 2;
        }
        memcpy(buf + n, words[i], len + 1);
        n += len;
    }
    return buf;
}
