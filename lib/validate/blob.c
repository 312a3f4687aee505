/*
 * blob.c - building a blob, case by case, and going through one.
 *
 * A case is drafted in a structure of fixed size, so that a generator needs no memory of its
 * own and cannot fail in the middle of a case; only the blob grows.
 */
#include "validate/blob_build.h"

#include <stdlib.h>
#include <string.h>

void blob_init(struct blob *ret, uint32_t flags)
{
    *ret = (struct blob){ .flags = flags };
}

void blob_free(struct blob *blob)
{
    free(blob->bytes);
    *blob = (struct blob){ 0 };
}

static enum xenpt_code grow(struct blob *blob, size_t more, struct xenpt_error *err)
{
    size_t room = blob->room ? blob->room : 1 << 16;
    uint8_t *bytes;

    if (blob->size + more > PROBE_RESULTS - PROBE_BLOB)
        return xenpt_fail(err, XENPT_ERANGE, "more cases than fit into %u MiB",
                          (PROBE_RESULTS - PROBE_BLOB) >> 20);
    while (room < blob->size + more)
        room *= 2;
    if (room == blob->room)
        return XENPT_OK;
    bytes = realloc(blob->bytes, room);
    if (!bytes)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu bytes of cases", room);
    blob->bytes = bytes;
    blob->room = room;
    return XENPT_OK;
}

static void append(struct blob *blob, const void *bytes, size_t n)
{
    memcpy(blob->bytes + blob->size, bytes, n);
    blob->size += n;
}

void case_begin(struct case_draft *ret)
{
    ret->nr_states = ret->nr_words = ret->nr_accesses = 0;
}

bool case_state(struct case_draft *c, const struct blob_state *state)
{
    if (c->nr_states == CASE_STATES)
        return false;
    c->state[c->nr_states++] = *state;
    return true;
}

bool case_word(struct case_draft *c, uint64_t at, uint64_t value)
{
    for (unsigned int i = 0; i < c->nr_words; i++)
        if (c->word[i].at == at) {
            c->word[i].value = value;
            return true;
        }
    if (c->nr_words == CASE_WORDS)
        return false;
    c->word[c->nr_words++] = (struct blob_word){ at, value };
    return true;
}

bool case_access(struct case_draft *c, const struct blob_access *access)
{
    if (c->nr_accesses == CASE_ACCESSES)
        return false;
    c->access[c->nr_accesses++] = *access;
    return true;
}

enum xenpt_code blob_add(struct blob *blob, const struct case_draft *c, struct xenpt_error *err)
{
    struct blob_case head = { .nr_states = c->nr_states,
                              .nr_words = c->nr_words,
                              .nr_accesses = c->nr_accesses };
    size_t first = blob->size ? 0 : sizeof(struct blob_header);
    size_t size = sizeof(head) + c->nr_states * sizeof(c->state[0]) +
                  c->nr_words * sizeof(c->word[0]) + c->nr_accesses * sizeof(c->access[0]);
    enum xenpt_code code = grow(blob, first + size, err);

    if (code)
        return code;
    blob->size += first;
    head.size = (uint32_t)size;
    append(blob, &head, sizeof(head));
    append(blob, c->state, c->nr_states * sizeof(c->state[0]));
    append(blob, c->word, c->nr_words * sizeof(c->word[0]));
    append(blob, c->access, c->nr_accesses * sizeof(c->access[0]));
    blob->nr_cases++;
    blob->nr_accesses += c->nr_accesses;
    return XENPT_OK;
}

enum xenpt_code blob_finish(struct blob *blob, struct xenpt_error *err)
{
    struct blob_header head = { .magic = BLOB_MAGIC, .version = BLOB_VERSION };
    enum xenpt_code code = XENPT_OK;

    if (!blob->size) {
        code = grow(blob, sizeof(head), err);
        blob->size = code ? 0 : sizeof(head);
    }
    if (code)
        return code;
    head.size = (uint32_t)blob->size;
    head.flags = blob->flags;
    head.nr_cases = blob->nr_cases;
    head.nr_accesses = blob->nr_accesses;
    head.room = PROBE_MEMORY - PROBE_RESULTS;
    head.check = blob_sum(blob->bytes + sizeof(head), head.size - (uint32_t)sizeof(head));
    head.id = head.check ^ head.flags ^ head.nr_accesses;
    memcpy(blob->bytes, &head, sizeof(head));
    return XENPT_OK;
}

bool blob_next(const struct blob *blob, size_t *at, struct case_view *ret)
{
    const uint8_t *p;

    if (*at == 0)
        *at = sizeof(struct blob_header);
    if (*at >= blob->size)
        return false;
    p = blob->bytes + *at;
    ret->head = (const struct blob_case *)(const void *)p;
    ret->states = (const struct blob_state *)(const void *)(p + sizeof(*ret->head));
    ret->words = (const struct blob_word *)(const void *)(ret->states + ret->head->nr_states);
    ret->accesses = (const struct blob_access *)(const void *)(ret->words + ret->head->nr_words);
    *at += ret->head->size;
    return true;
}
