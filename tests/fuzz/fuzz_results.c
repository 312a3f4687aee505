/*
 * fuzz_results.c - any bytes as results: as memory, through a port, and as text.  What is taken
 * has every result that its header counts, in one piece.
 */
#include <stdlib.h>
#include <string.h>

#include "validate/results.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check(enum xenpt_code code, struct results *got, const struct xenpt_error *err)
{
    size_t size = 0;

    if (code) {
        must(err->code == code && err->text[0]);
        return;
    }
    must(got->head.end <= END_CANNOT);
    must(!results_get(got, got->head.first - 1));
    must(!results_get(got, got->head.first + got->head.nr_results));
    for (uint32_t i = 0; i < got->head.nr_results; i++) {
        const struct result *result = results_get(got, got->head.first + i);

        must(result && result->outcome <= RESULT_ENTRY);
        must(got->at[i] == size);
        size += result_size(result);
    }
    must(size == got->head.size && got->head.check == blob_sum(got->bytes, got->head.size));
    results_free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xenpt_error err[3] = { 0 };
    struct results got[3];
    uint64_t *aligned = malloc(size + 1);

    if (!aligned)
        return 0;
    memcpy(aligned, data, size);
    check(results_parse(aligned, size, &got[0], &err[0]), &got[0], &err[0]);
    check(results_parse_stream(data, size, &got[1], &err[1]), &got[1], &err[1]);
    check(results_parse_text((const char *)data, size, &got[2], &err[2]), &got[2], &err[2]);
    free(aligned);
    return 0;
}
