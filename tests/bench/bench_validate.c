/*
 * bench_validate.c - MMUs that were not written here: how long they take to start, how many
 * accesses they make in a second, and the model beside them on the same list.
 *
 *     bench_validate [ACCESSES]       of each suite; 50000 without it
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "validate/answer.h"
#include "validate/errata.h"
#include "validate/matrix.h"
#include "validate/mmu.h"

#define TIMES 9 /* Runs of the model: the median counts. */

static void must(enum xenpt_code code, const struct xenpt_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Seconds that the model takes for the whole list. */
static double model_seconds(const struct xenpt_cpu *cpu, const struct blob *blob)
{
    struct xenpt_error err = { 0 };
    double seconds[TIMES];
    struct model *model;
    uint64_t sum = 0;

    must(model_create(cpu, &model, &err), &err);
    for (unsigned int t = 0; t < TIMES; t++) {
        double begun = bench_cpu_seconds();
        struct case_view c;

        for (size_t at = 0; blob_next(blob, &at, &c);) {
            model_plant(model, &c);
            for (uint32_t i = 0; i < c.head->nr_accesses; i++) {
                struct brief brief;

                model_brief(model, i, &brief);
                sum += brief.code;
            }
        }
        seconds[t] = bench_cpu_seconds() - begun;
    }
    model_destroy(model);
    qsort(seconds, TIMES, sizeof(seconds[0]), by_size);
    return sum == 1 ? 0 : seconds[TIMES / 2];
}

/* Seconds for a list of about so many accesses; how many it was. */
static double run_seconds(struct mmu_session *session, enum suite suite, unsigned int accesses,
                          struct blob *blob)
{
    const struct matrix_options options = { .suite = suite, .cpu = session->cpu, .seed = 1 };
    const struct erratum_of of = { &session->cpu, session->mmu->name, session->version, suite };
    struct xenpt_error err = { 0 };
    struct results results = { 0 };
    struct matrix *matrix;
    struct blob all;
    double begun;

    blob_init(&all, suite_flags(suite));
    must(matrix_create(&options, &matrix, &err), &err);
    must(matrix_more(matrix, accesses, &all, &err), &err);
    must(blob_finish(&all, &err), &err);
    must(errata_leave_out(&of, &all, NULL, blob, &err), &err);
    blob_free(&all);
    matrix_destroy(matrix);
    begun = bench_wall_seconds();
    if (session->mmu->run(session, blob, &results, &err)) {
        printf("  %-8s %s\n", suite_name(suite), err.text);
        return 0;
    }
    results_free(&results);
    return bench_wall_seconds() - begun;
}

static void suite_line(struct mmu_session *session, enum suite suite, unsigned int accesses,
                       double *least)
{
    struct blob few, many;
    double start = run_seconds(session, suite, 1, &few);
    double all = run_seconds(session, suite, accesses, &many);

    if (start > 0 && all > start) {
        double each = (all - start) / many.nr_accesses;
        double model = model_seconds(&session->cpu, &many) / many.nr_accesses;

        printf("  %-8s starts in %.2f s, then %8.0f accesses a second, %7.2f us each; "
               "the model %6.1f ns, %6.0f times as fast\n",
               suite_name(suite), start, 1 / each, each * 1e6, model * 1e9, each / model);
        if (each / model < *least)
            *least = each / model;
    }
    blob_free(&few);
    blob_free(&many);
}

int main(int argc, char **argv)
{
    unsigned int accesses = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 50000;
    const struct mmu_options options = { 0 };
    double least = 1e9;
    const struct mmu *mmu;

    for (unsigned int i = 0; (mmu = mmu_row(i)); i++) {
        struct xenpt_error err = { 0 };
        struct mmu_session session;
        double begun = bench_wall_seconds();

        if (!mmu->open || !mmu->usual)
            continue;
        if (mmu->open(mmu, &options, &session, &err)) {
            printf("%s is not here: %s\n", mmu->name, err.text);
            continue;
        }
        printf("%s: %s, %s; asked what it is in %.2f s\n", mmu->name, session.version, session.kind,
               bench_wall_seconds() - begun);
        for (enum suite s = 0; s < NR_SUITES; s++)
            if (session.suites >> s & 1)
                suite_line(&session, s, accesses, &least);
        mmu->close(&session);
    }
    bench_target("the model, as many times as fast as the fastest MMU", least, false, 1000);
    return bench_missed() != 0;
}
