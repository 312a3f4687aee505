/* results_stream.c - results that came through a port, one after the other. */
#include <string.h>

#include "validate/results.h"

/*
 * What follows the last result of a machine that died; no result begins so.  The image says that
 * it cannot go on, or Bochs's debugger says where the machine stopped.
 */
static bool are_last_words(const void *bytes)
{
    static const char image[] = "xenpt probe: ", debugger[] = "(0).[";

    return !memcmp(bytes, image, sizeof(image) - 1) ||
           !memcmp(bytes, debugger, sizeof(debugger) - 1);
}

/* Where the first header is; n: nowhere. */
static size_t find_header(const uint8_t *bytes, size_t n)
{
    static const uint32_t magic[2] = { RESULTS_MAGIC, BLOB_VERSION };

    for (size_t i = 0; n >= sizeof(struct results_header) && i <= n - sizeof(struct results_header);
         i++)
        if (!memcmp(bytes + i, magic, sizeof(magic)))
            return i;
    return n;
}

static bool is_header(const uint8_t *bytes, size_t n)
{
    static const uint32_t magic = RESULTS_MAGIC;

    return n >= sizeof(magic) && !memcmp(bytes, &magic, sizeof(magic));
}

/* What the header says in the end has to be what came. */
static enum xenpt_code check_end(const struct collector *c, const struct results_header *head,
                                 const struct results_header *end, struct xenpt_error *err)
{
    if (end->id != head->id || end->first != head->first || end->version != head->version ||
        end->end == END_RUNNING || end->end > END_CANNOT)
        return xenpt_fail(err, XENPT_EPARSE, "the results' last header is not that of the first");
    if (end->nr_results != c->nr)
        return xenpt_fail(err, XENPT_EPARSE, "%u results were sent, and %zu came", end->nr_results,
                          c->nr);
    if (end->size != c->size || end->check != collector_sum(c))
        return xenpt_fail(err, XENPT_EPARSE, "the sum of %zu results is wrong", c->nr);
    return XENPT_OK;
}

/* Results until the last header, or until they end: then the machine died. */
static enum xenpt_code collect(struct collector *c, struct results_header *head,
                               const uint8_t *bytes, size_t n, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    while (!code && n && !is_header(bytes, n)) {
        union {
            struct result result;
            uint8_t bytes[sizeof(struct result) + UINT8_MAX * sizeof(struct result_changed)];
        } copy;
        size_t some = n < sizeof(copy) ? n : sizeof(copy);
        const char *why;

        /* What stood before the header has left nothing aligned. */
        memcpy(&copy, bytes, some);
        if (!result_at(&copy, some, &why)) {
            /* Cut short, or it came to no good end. */
            if (some < sizeof(struct result) || copy.result.outcome <= RESULT_ENTRY ||
                are_last_words(&copy))
                return XENPT_OK;
            return xenpt_fail(err, XENPT_EPARSE, "result %zu that came: %s", c->nr, why);
        }
        code = collector_add(c, &copy.result, err);
        bytes += result_size(&copy.result);
        n -= result_size(&copy.result);
    }
    if (!code && n >= sizeof(*head)) {
        struct results_header end;

        memcpy(&end, bytes, sizeof(end));
        code = check_end(c, head, &end, err);
        *head = end;
    }
    return code;
}

enum xenpt_code results_parse_stream(const void *bytes, size_t n, struct results *ret,
                                     struct xenpt_error *err)
{
    size_t at = find_header(bytes, n);
    struct results_header head;
    struct collector c = { 0 };
    enum xenpt_code code;

    if (at == n)
        return xenpt_fail(err, XENPT_EPARSE, "no results are in the %zu bytes that came", n);
    memcpy(&head, (const uint8_t *)bytes + at, sizeof(head));
    if (head.end == END_RUNNING) {
        at += sizeof(head);
        code = collect(&c, &head, (const uint8_t *)bytes + at, n - at, err);
    } else {
        /* It had nothing to begin with, and says why. */
        head.end = head.end > END_CANNOT ? END_NO_BLOB : head.end;
        code = XENPT_OK;
    }
    if (!code && c.nr > UINT32_MAX - head.first)
        code = xenpt_fail(err, XENPT_EPARSE, "%zu results from number %u on", c.nr, head.first);
    if (code)
        collector_free(&c);
    else
        collector_finish(&c, &head, ret);
    return code;
}
