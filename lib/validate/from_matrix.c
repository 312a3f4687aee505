/* from_matrix.c - cases made by rule. */
#include "validate/campaign.h"
#include "validate/matrix.h"

static enum xenpt_code more(void *own, unsigned int accesses, struct blob *blob,
                            struct xenpt_error *err)
{
    return matrix_more(own, accesses, blob, err);
}

static void close_matrix(void *own)
{
    matrix_destroy(own);
}

enum xenpt_code source_matrix(struct case_source *ret, const struct xenpt_cpu *cpu,
                              enum suite suite, uint64_t seed, struct xenpt_error *err)
{
    const struct matrix_options options = { .suite = suite, .cpu = *cpu, .seed = seed };
    struct matrix *matrix;
    enum xenpt_code code = matrix_create(&options, &matrix, err);

    if (!code)
        *ret = (struct case_source){ matrix, more, close_matrix };
    return code;
}
