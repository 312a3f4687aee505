/*
 * ask.c - everything that one MMU is asked.
 *
 * Cases are made, carried out and compared a chunk at a time, so that memory stays bounded
 * and a machine is started seldom.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "validate/campaign.h"
#include "validate/machine.h"

#define CHUNK 50000 /* Accesses of a blob. */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void tell_progress(struct asker *a, uint64_t done)
{
    struct campaign *c = a->campaign;
    struct xenpt_validate_suite suite;
    struct xenpt_validate_progress progress = { .mmu = a->mmu->name,
                                                .done = done,
                                                .total = c->accesses };

    if (!c->opt->progress || !xenpt_validate_suite(a->suite, &suite))
        return;
    progress.suite = suite.name;
    pthread_mutex_lock(&c->lock);
    if (!c->opt->progress(c->opt->ctx, &progress))
        __atomic_store_n(&c->stopped, true, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&c->lock);
}

bool is_stopped(void *ctx)
{
    struct campaign *c = ctx;

    if (c->opt->stop && c->opt->stop(c->opt->ctx))
        __atomic_store_n(&c->stopped, true, __ATOMIC_RELAXED);
    return __atomic_load_n(&c->stopped, __ATOMIC_RELAXED);
}

/* --- One blob ------------------------------------------------------------------------------ */

static bool weigh(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct asker *a = ctx;
    struct xenpt_validate_counts *counts = &a->result->counts[a->suite];
    struct comparison comparison;
    struct difference d = { .cpu = &a->session.cpu,
                            .c = c,
                            .access = &c->accesses[i],
                            .state = &c->states[c->accesses[i].state],
                            .answer = answer,
                            .comparison = &comparison };
    unsigned int differs;
    uint32_t rows = 0;

    d.result = results_get(&a->results, a->next++);
    if (!d.result) /* It was not made: a file of results may end early. */
        return true;
    counts->accesses++;
    counts->died += d.result->outcome == RESULT_DIED;
    a->result->rules[answer->rule]++;
    compare(c, i, answer, d.result, &comparison);
    if (comparison.open) {
        counts->open++;
        return true;
    }
    if (!comparison.differs) {
        counts->agreed += !comparison.free;
        counts->free += comparison.free;
        if (comparison.free)
            a->result->freedoms[comparison.freedom]++;
        return true;
    }
    differs = errata_explain(&d, a->mmu->name, a->session.version, a->suite, &rows);
    for (unsigned int row = 0; !differs && row < ERRATA_MAX; row++)
        a->errata[row] += rows >> row & 1;
    counts->errata += !differs;
    counts->disagreed += differs != 0;
    if (differs)
        keep_difference(a, &d, differs);
    return true;
}

static enum xenpt_code ask_blob(struct asker *a, const struct blob *blob, struct xenpt_error *err)
{
    struct xenpt_validate_counts *counts = &a->result->counts[a->suite];
    double begun = now();
    enum xenpt_code code = a->mmu->run(&a->session, blob, &a->results, err);

    counts->seconds += now() - begun;
    if (code)
        return code;
    counts->cases += blob->nr_cases;
    a->next = 0;
    begun = now();
    code = answer_blob(&a->session.cpu, blob, weigh, a, err);
    counts->model_seconds += now() - begun;
    results_free(&a->results);
    return code;
}

/* --- One suite ----------------------------------------------------------------------------- */

static struct erratum_of errata_of(const struct asker *a)
{
    return (struct erratum_of){ &a->session.cpu, a->mmu->name, a->session.version, a->suite };
}

/* Asks what of a blob the machine would survive. */
static enum xenpt_code ask_sieved(struct asker *a, const struct blob *all, struct xenpt_error *err)
{
    const struct erratum_of of = errata_of(a);
    struct blob left = { 0 };
    enum xenpt_code code = errata_leave_out(&of, all, a->errata, &left, err);

    if (!code && left.nr_accesses)
        code = ask_blob(a, &left, err);
    blob_free(&left);
    return code;
}

static enum xenpt_code ask_chunk(struct asker *a, const struct case_source *source,
                                 unsigned int accesses, uint64_t *got, struct xenpt_error *err)
{
    struct blob all;
    enum xenpt_code code;

    blob_init(&all, suite_flags(a->suite));
    code = source->more(source->own, accesses, &all, err);
    *got = all.nr_accesses;
    if (!code && *got)
        code = blob_finish(&all, err);
    if (!code && *got)
        code = source->sieved ? ask_blob(a, &all, err) : ask_sieved(a, &all, err);
    blob_free(&all);
    return code;
}

/* A file of results answers one blob: all of it, for the processor that it was written for. */
static bool is_file(const struct asker *a)
{
    return !strcmp(a->mmu->name, "results");
}

static enum xenpt_code open_source(struct asker *a, struct case_source *ret,
                                   struct xenpt_error *err)
{
    const struct campaign *c = a->campaign;
    const struct xenpt_cpu *cpu = is_file(a) && c->opt->cpu ? c->opt->cpu : &a->session.cpu;
    const struct erratum_of of = errata_of(a);

    return c->view ? source_view(ret, a, c->accesses, err)
                   : source_matrix(ret, cpu, a->suite, c->opt->seed, &of, a->errata, err);
}

static enum xenpt_code ask_suite(struct asker *a, struct xenpt_error *err)
{
    struct campaign *c = a->campaign;
    struct case_source source;
    uint64_t done = 0, got = 1;
    uint64_t chunk = is_file(a) ? UINT32_MAX : CHUNK;
    enum xenpt_code code = open_source(a, &source, err);

    if (code)
        return code;
    while (!code && got && done < c->accesses) {
        uint64_t left = c->accesses - done;

        tell_progress(a, done);
        if (is_stopped(c))
            code = xenpt_fail(err, XENPT_ESTOPPED, "stopped");
        else
            code = ask_chunk(a, &source, (unsigned int)(left < chunk ? left : chunk), &got, err);
        done += got;
    }
    source.close(source.own);
    return code;
}

/* --- One MMU ------------------------------------------------------------------------------- */

static void say_processor(const struct mmu_session *s, char *ret, size_t size)
{
    static const struct {
        const char *name;
        size_t at;
    } features[] = {
        { "nx", offsetof(struct xenpt_cpu, nx) },
        { "1G-pages", offsetof(struct xenpt_cpu, gb_pages) },
        { "pse36", offsetof(struct xenpt_cpu, pse36) },
        { "smep", offsetof(struct xenpt_cpu, smep) },
        { "smap", offsetof(struct xenpt_cpu, smap) },
        { "pku", offsetof(struct xenpt_cpu, pku) },
        { "la57", offsetof(struct xenpt_cpu, la57) },
        { "ept-ad", offsetof(struct xenpt_cpu, ept_ad) },
        { "ept-exec-only", offsetof(struct xenpt_cpu, ept_exec_only) },
    };
    int n = snprintf(ret, size, "%.12s, %u-bit addresses", s->machine.vendor, s->cpu.maxphyaddr);

    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]) && n < (int)size; i++)
        if (*((const bool *)&s->cpu + features[i].at))
            n += snprintf(ret + n, size - (size_t)n, "%s%s", i ? " " : ", ", features[i].name);
}

static void failed(struct asker *a, enum xenpt_code code, const struct xenpt_error *err)
{
    struct campaign *c = a->campaign;
    struct xenpt_validate_suite suite;

    if (code == XENPT_ESTOPPED || code == XENPT_ENOMEM) {
        pthread_mutex_lock(&c->lock);
        c->err = c->code ? c->err : *err;
        c->code = c->code ? c->code : code;
        pthread_mutex_unlock(&c->lock);
        __atomic_store_n(&c->stopped, true, __ATOMIC_RELAXED);
        return;
    }
    if (!xenpt_validate_suite(a->suite, &suite))
        return;
    a->result->missed = true;
    snprintf(a->result->why, sizeof(a->result->why), "%s: %.380s", suite.name, err->text);
}

static enum xenpt_code open_session(struct asker *a, struct xenpt_error *err)
{
    const struct xenpt_validate_options *opt = a->campaign->opt;
    const struct mmu_options options = {
        .folder = opt->folder,
        .timeout = opt->timeout,
        .results = opt->results,
        .qemu = opt->qemu,
        .bochs = opt->bochs,
        .stopped = is_stopped,
        .ctx = a->campaign,
    };
    enum xenpt_code code = a->mmu->open(a->mmu, &options, &a->session, err);

    if (code)
        return code;
    a->open = true;
    memcpy(a->result->version, a->session.version, sizeof(a->result->version));
    memcpy(a->result->kind, a->session.kind, sizeof(a->result->kind));
    say_processor(&a->session, a->result->processor, sizeof(a->result->processor));
    return XENPT_OK;
}

/* Suites that are wanted, and that others of its kind do. */
static void say_lacking(struct asker *a)
{
    unsigned int lacks = a->mmu->suites & a->campaign->suites & ~a->session.suites;
    char *note = a->result->note;
    size_t size = sizeof(a->result->note);
    int n = 0;

    for (enum suite s = 0; s < NR_SUITES && n < (int)size; s++)
        if (lacks >> s & 1)
            n += snprintf(note + n, size - (size_t)n, "%s%s",
                          n ? ", " : "not asked: ", suite_name(s));
    if (n && n < (int)size)
        snprintf(note + n, size - (size_t)n, "; this machine has none of that");
}

static void ask_suites(struct asker *a)
{
    struct xenpt_error err = { 0 };
    enum xenpt_code code = XENPT_OK;

    for (enum suite s = 0; s < NR_SUITES && !is_stopped(a->campaign); s++) {
        if (!(a->session.suites & a->campaign->suites & 1u << s))
            continue;
        a->suite = s;
        for (unsigned int row = 0; erratum_row(row); row++)
            if (erratum_applies(erratum_row(row), a->mmu->name, a->session.version, s))
                a->errata_met |= 1u << row;
        err = (struct xenpt_error){ 0 };
        code = ask_suite(a, &err);
        if (code)
            failed(a, code, &err);
        /* Of an image's suites those that it has. */
        if (code || !a->campaign->view || a->result->counts[s].accesses)
            a->result->suites |= 1u << s;
    }
    if (!a->campaign->view && !is_file(a))
        say_lacking(a);
    if (!a->result->suites) {
        a->result->skipped = true;
        snprintf(a->result->why, sizeof(a->result->why), "it can do none of what is asked for");
    }
}

void ask_mmu(struct asker *a)
{
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    if (!a->mmu->open) {
        ask_cpu(a);
        return;
    }
    code = open_session(a, &err);
    if (!code) {
        ask_suites(a);
    } else if (code == XENPT_EUNSUPPORTED) {
        a->result->skipped = true;
        snprintf(a->result->why, sizeof(a->result->why), "%s", err.text);
    } else if (code == XENPT_ESTOPPED || code == XENPT_ENOMEM) {
        failed(a, code, &err);
    } else {
        a->result->skipped = a->result->missed = true;
        xenpt_error_format(&err, a->result->why, sizeof(a->result->why));
    }
}
