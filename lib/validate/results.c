/*
 * results.c - results, as a machine left them in memory or sent them through a port.
 *
 * The machine may have died while it wrote them, and a file may hold anything: no number is
 * believed before it was looked at.
 */
#include "validate/results.h"

#include <stdlib.h>
#include <string.h>

void results_free(struct results *results)
{
    free(results->bytes);
    free(results->at);
    *results = (struct results){ 0 };
}

const struct result *results_get(const struct results *results, uint32_t access)
{
    if (access < results->head.first || access - results->head.first >= results->head.nr_results)
        return NULL;
    return (const void *)(results->bytes + results->at[access - results->head.first]);
}

void collector_free(struct collector *c)
{
    free(c->bytes);
    free(c->at);
    *c = (struct collector){ 0 };
}

static bool make_room(void **array, size_t *room, size_t wanted, size_t each)
{
    size_t more = *room ? *room : 64;
    void *bigger;

    while (more < wanted)
        more *= 2;
    if (more == *room)
        return true;
    bigger = realloc(*array, more * each);
    if (!bigger)
        return false;
    *array = bigger;
    *room = more;
    return true;
}

enum xenpt_code collector_add(struct collector *c, const struct result *result,
                              struct xenpt_error *err)
{
    size_t size = result_size(result);
    void *bytes = c->bytes, *at = c->at;
    bool fits;

    if (c->size + size > UINT32_MAX)
        return xenpt_fail(err, XENPT_ERANGE, "more than 4 GiB of results");
    fits = make_room(&bytes, &c->room, c->size + size, 1);
    c->bytes = bytes;
    fits = fits && make_room(&at, &c->nr_room, c->nr + 1, sizeof(*c->at));
    c->at = at;
    if (!fits)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu results", c->nr + 1);
    memcpy(c->bytes + c->size, result, size);
    c->at[c->nr++] = (uint32_t)c->size;
    c->size += size;
    return XENPT_OK;
}

void collector_finish(struct collector *c, const struct results_header *head, struct results *ret)
{
    *ret = (struct results){ .head = *head, .bytes = c->bytes, .at = c->at };
    ret->head.nr_results = (uint32_t)c->nr;
    ret->head.size = (uint32_t)c->size;
    ret->head.check = collector_sum(c);
    *c = (struct collector){ 0 };
}

const struct result *result_at(const void *bytes, size_t n, const char **why)
{
    const struct result *result = bytes;

    *why = "they end in the middle of a result";
    if (n < sizeof(*result))
        return NULL;
    if (result->outcome > RESULT_ENTRY) {
        *why = "there is no such outcome";
        return NULL;
    }
    return result_size(result) <= n ? result : NULL;
}

static enum xenpt_code check_header(const struct results_header *head, size_t n,
                                    struct xenpt_error *err)
{
    if (n < sizeof(*head))
        return xenpt_fail(err, XENPT_EPARSE, "%zu bytes, where a header of results has %zu", n,
                          sizeof(*head));
    if (head->magic != RESULTS_MAGIC)
        return xenpt_fail(err, XENPT_EPARSE, "no results: they begin with %#x, not %#x",
                          head->magic, RESULTS_MAGIC);
    if (head->version != BLOB_VERSION)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "results of version %u; this is version %u",
                          head->version, BLOB_VERSION);
    if (head->end > END_CANNOT)
        return xenpt_fail(err, XENPT_EPARSE, "results that ended with %u, which means nothing",
                          head->end);
    if (head->size > n - sizeof(*head) || head->size % 8)
        return xenpt_fail(err, XENPT_EPARSE, "%u bytes of results are said to follow, %zu do",
                          head->size, n - sizeof(*head));
    if (head->nr_results > head->size / sizeof(struct result))
        return xenpt_fail(err, XENPT_EPARSE, "%u results are said to be in %u bytes",
                          head->nr_results, head->size);
    if (head->nr_results > UINT32_MAX - head->first)
        return xenpt_fail(err, XENPT_EPARSE, "%u results from number %u on", head->nr_results,
                          head->first);
    return XENPT_OK;
}

/* The results of a header that was checked, one after the other. */
static enum xenpt_code collect(struct collector *c, const struct results_header *head,
                               const uint8_t *bytes, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint32_t at = 0;

    for (uint32_t i = 0; !code && i < head->nr_results; i++) {
        const char *why;
        const struct result *result = result_at(bytes + at, head->size - at, &why);

        if (!result)
            return xenpt_fail(err, XENPT_EPARSE, "result %u of %u, at byte %u: %s", i,
                              head->nr_results, at, why);
        code = collector_add(c, result, err);
        at += (uint32_t)result_size(result);
    }
    if (!code && head->end != END_RUNNING && at != head->size)
        return xenpt_fail(err, XENPT_EPARSE, "%u results take %u bytes, not %u", head->nr_results,
                          at, head->size);
    return code;
}

enum xenpt_code results_parse(const void *bytes, size_t n, struct results *ret,
                              struct xenpt_error *err)
{
    struct collector c = { 0 };
    struct results_header head = { 0 };
    const uint8_t *first = (const uint8_t *)bytes + sizeof(head);
    enum xenpt_code code;

    if (n >= sizeof(head))
        memcpy(&head, bytes, sizeof(head));
    code = check_header(&head, n, err);
    if (code)
        return code;
    /* A machine that died had no time for a sum. */
    if (head.end != END_RUNNING && blob_sum(first, head.size) != head.check)
        return xenpt_fail(err, XENPT_EPARSE, "the sum of %u results is wrong", head.nr_results);
    code = collect(&c, &head, first, err);
    if (code)
        collector_free(&c);
    else
        collector_finish(&c, &head, ret);
    return code;
}
