/* results.h - results being put together, from whatever brings them. */
#ifndef XENPT_VALIDATE_RESULTS_H
#define XENPT_VALIDATE_RESULTS_H

#include "validate/mmu.h"

/* Begin with an empty one: { 0 }.  Free what did not become a struct results. */
struct collector {
    uint8_t *bytes;
    uint32_t *at;
    size_t size, room;
    size_t nr, nr_room;
};

void collector_free(struct collector *c);
/* Appends a result; its changed words follow it in memory. */
XENPT_CHECK enum xenpt_code collector_add(struct collector *c, const struct result *result,
                                          struct xenpt_error *err);
/* Hands them over, under a header that says how many they are; @c is empty afterwards. */
void collector_finish(struct collector *c, const struct results_header *head, struct results *ret);

static inline uint32_t collector_sum(const struct collector *c)
{
    return blob_sum(c->bytes, (uint32_t)c->size);
}

static inline size_t result_size(const struct result *result)
{
    return sizeof(*result) + result->nr_changed * sizeof(struct result_changed);
}

/*
 * The result at the beginning of @n bytes, which may come from anywhere; NULL: there is none,
 * and @why is told so.
 */
const struct result *result_at(const void *bytes, size_t n, const char **why);

/* As results_parse(), of what came through a port: what stands before the header is skipped. */
XENPT_CHECK enum xenpt_code results_parse_stream(const void *bytes, size_t n, struct results *ret,
                                                 struct xenpt_error *err);
/* Of text; the number of a line at fault is in @err. */
XENPT_CHECK enum xenpt_code results_parse_text(const char *text, size_t n, struct results *ret,
                                               struct xenpt_error *err);

#endif
