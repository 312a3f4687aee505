/*
 * bench_validate.c - MMUs that were not written here: how long they take to start, how many
 * accesses they make in a second, and the model beside them on the same list.
 *
 *     bench_validate [ACCESSES [MMU]]     of each suite, 50000; of all MMUs, or those whose
 *                                         names begin like this
 *
 * The list is a blob.  An MMU's time is all that it takes to carry that out: to plant each
 * case's words, to load a state and make the access for each, to look which words have changed,
 * and to report it; less the time for a list of one access, which is what a machine takes to start.
 * The model's time is to plant the words, and to walk and judge for each access, by all that the
 * state says, and to keep each answer: outcome, code, vector, and where the bytes are.  Accesses
 * of a case that follow each other with the same state and address are walked for once, and
 * judged each by itself; of anything before a case nothing is known but which states there were.
 * It makes no list of changed words, which is not what a walk is asked for.  Both are CPU
 * time, of the machine's processes and of this one, so that it does not matter who else runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "validate/answer.h"
#include "validate/errata.h"
#include "validate/matrix.h"
#include "validate/mmu.h"

#define TIMES 9 /* Runs of the model: the median counts. */

/* How many times as fast as an MMU the model is, at least: on one tree, and on two. */
struct least {
    double on_one, on_two;
};

/* Of this process and those that it has waited for. */
static double cpu_seconds(void)
{
    double seconds = 0;

    for (int i = 0; i < 2; i++) {
        struct rusage u;

        if (getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &u))
            continue;
        seconds += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                   (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    }
    return seconds;
}

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
    struct brief *kept = calloc(blob->nr_accesses, sizeof(*kept));
    struct model *model;

    if (!kept)
        abort();
    must(model_create(cpu, &model, &err), &err);
    for (unsigned int t = 0; t < TIMES; t++) {
        double begun = bench_cpu_seconds();
        struct brief *at_answer = kept;
        struct case_view c;

        for (size_t at = 0; blob_next(blob, &at, &c);) {
            model_plant(model, &c);
            model_briefs(model, at_answer);
            at_answer += c.head->nr_accesses;
        }
        seconds[t] = bench_cpu_seconds() - begun;
    }
    model_destroy(model);
    free(kept);
    qsort(seconds, TIMES, sizeof(seconds[0]), by_size);
    return seconds[TIMES / 2];
}

/* What a list of about so many accesses takes; how many it was. */
struct taken {
    double wall, cpu; /* In seconds; 0: it was not carried out. */
    struct blob blob; /* To be freed. */
};

static void take(struct mmu_session *session, enum suite suite, unsigned int accesses,
                 struct taken *ret)
{
    const struct matrix_options options = { .suite = suite, .cpu = session->cpu, .seed = 1 };
    const struct erratum_of of = { &session->cpu, session->mmu->name, session->version, suite };
    struct xenpt_error err = { 0 };
    struct results results = { 0 };
    struct matrix *matrix;
    struct blob all;

    blob_init(&all, suite_flags(suite));
    must(matrix_create(&options, &matrix, &err), &err);
    must(matrix_more(matrix, accesses, &all, &err), &err);
    must(blob_finish(&all, &err), &err);
    must(errata_leave_out(&of, &all, NULL, &ret->blob, &err), &err);
    blob_free(&all);
    matrix_destroy(matrix);
    ret->wall = -bench_wall_seconds();
    ret->cpu = -cpu_seconds();
    if (session->mmu->run(session, &ret->blob, &results, &err)) {
        printf("  %-8s %s\n", suite_name(suite), err.text);
        ret->wall = ret->cpu = 0;
        return;
    }
    ret->wall += bench_wall_seconds();
    ret->cpu += cpu_seconds();
    results_free(&results);
}

static void suite_line(struct mmu_session *session, enum suite suite, unsigned int accesses,
                       struct least *least)
{
    struct taken one, all;

    take(session, suite, 1, &one);
    take(session, suite, accesses, &all);
    if (one.cpu > 0 && all.cpu > one.cpu) {
        double nr = all.blob.nr_accesses, each = (all.cpu - one.cpu) / nr;
        double model = model_seconds(&session->cpu, &all.blob) / nr, ratio = each / model;
        double *of = suite < SUITE_EPT ? &least->on_one : &least->on_two;

        printf("  %-8s starts in %.2f s, then %8.0f accesses a second, %7.2f us of CPU time each; "
               "the model %6.1f ns, %6.0f times as fast\n",
               suite_name(suite), one.wall, nr / (all.wall - one.wall), each * 1e6, model * 1e9,
               ratio);
        *of = ratio < *of ? ratio : *of;
    }
    blob_free(&one.blob);
    blob_free(&all.blob);
}

int main(int argc, char **argv)
{
    unsigned int accesses = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 50000;
    const char *which = argc > 2 ? argv[2] : "";
    const struct mmu_options options = { 0 };
    struct least least = { 1e9, 1e9 };
    const struct mmu *mmu;

    for (unsigned int i = 0; (mmu = mmu_row(i)); i++) {
        struct xenpt_error err = { 0 };
        struct mmu_session session;
        double begun = bench_wall_seconds();

        if (!mmu->open || !mmu->usual || strncmp(mmu->name, which, strlen(which)) != 0)
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
    bench_target("the model on one tree, as many times as fast as the fastest MMU", least.on_one,
                 false, 1000);
    bench_target("the same on two", least.on_two, false, 1000);
    return bench_missed() != 0;
}
