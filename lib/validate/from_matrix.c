/* from_matrix.c - cases made by rule. */
#include <stdlib.h>

#include "validate/campaign.h"
#include "validate/matrix.h"

struct own {
    struct matrix *matrix;
    struct erratum_of of;
    uint64_t *counts;
};

static enum xenpt_code more(void *own, unsigned int accesses, struct blob *blob,
                            struct xenpt_error *err)
{
    return matrix_more(((struct own *)own)->matrix, accesses, blob, err);
}

static void close_matrix(void *own)
{
    matrix_destroy(((struct own *)own)->matrix);
    free(own);
}

static bool leave_out(void *ctx, const struct blob_state *state, const struct blob_access *access)
{
    struct own *own = ctx;
    int row = errata_exclude(own->of.cpu, state, own->of.mmu, own->of.version, own->of.suite);

    (void)access;
    if (row >= 0)
        own->counts[row]++;
    return row >= 0;
}

enum xenpt_code source_matrix(struct case_source *ret, const struct xenpt_cpu *cpu,
                              enum suite suite, uint64_t seed, const struct erratum_of *of,
                              uint64_t *counts, struct xenpt_error *err)
{
    struct matrix_options options = { .suite = suite, .cpu = *cpu, .seed = seed };
    struct own *own = calloc(1, sizeof(*own));
    enum xenpt_code code;

    if (!own)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a matrix of cases");
    if (of) {
        own->of = *of;
        own->counts = counts;
        options.leave_out = leave_out;
        options.ctx = own;
    }
    code = matrix_create(&options, &own->matrix, err);
    if (code) {
        free(own);
        return code;
    }
    *ret = (struct case_source){ .own = own, .sieved = of, .more = more, .close = close_matrix };
    return XENPT_OK;
}
