/* campaign.c - one run: who is asked, by how many at a time, and what is told in the end. */
#include "validate/campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "validate/disk.h"
#include "validate/machine.h"
#include "validate/names.h"

#define ACCESSES 20000
#define KEEP     10

/* --- Beginning and end --------------------------------------------------------------------- */

static void close_all(struct campaign *c)
{
    for (unsigned int i = 0; i < c->nr_askers; i++) {
        if (c->asker[i].open)
            c->asker[i].mmu->close(&c->asker[i].session);
        results_free(&c->asker[i].results);
    }
    keep_free(c);
    free(c->asker);
}

static enum xenpt_code choose_mmus(struct campaign *c, struct xenpt_error *err)
{
    const struct xenpt_validate_options *opt = c->opt;
    struct xenpt_validation *v = c->validation;
    const struct mmu *mmu;
    unsigned int nr = 0;

    while (mmu_row(nr))
        nr++;
    c->asker = calloc(nr + 1, sizeof(*c->asker));
    v->result = calloc(nr + 1, sizeof(*v->result));
    if (!c->asker || !v->result)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %u MMUs", nr);
    for (unsigned int i = 0; (mmu = mmu_row(i)); i++) {
        bool required = names_have_mmu(opt->require, opt->nr_require, mmu->name, mmu->usual);
        bool wanted = opt->nr_mmus ? names_have_mmu(opt->mmus, opt->nr_mmus, mmu->name, mmu->usual)
                                   : mmu->usual;

        if (!wanted && !required && !(opt->results && !strcmp(mmu->name, "results")))
            continue;
        v->result[v->nr_results].mmu = (struct xenpt_validate_mmu){ mmu->name, mmu->text,
                                                                    mmu->usual };
        c->asker[v->nr_results] = (struct asker){ .campaign = c,
                                                  .mmu = mmu,
                                                  .result = &v->result[v->nr_results] };
        v->nr_results++;
    }
    c->nr_askers = (unsigned int)v->nr_results;
    return XENPT_OK;
}

static enum xenpt_code begin(struct campaign *c, struct xenpt_error *err)
{
    const struct xenpt_validate_options *opt = c->opt;
    struct xenpt_validation *v = c->validation;
    enum xenpt_code code = names_check(opt, &c->suites, err);

    if (code)
        return code;
    v->seed = opt->seed;
    snprintf(v->source, sizeof(v->source), "%s", c->view ? "image" : "");
    v->accesses = c->accesses;
    v->nr_freedoms = FREEDOM_NR;
    for (unsigned int i = 0; i < FREEDOM_NR; i++)
        v->freedom[i] = (struct xenpt_validate_freedom){ freedom_text(i), freedom_source(i) };
    c->kept = calloc(c->keep, sizeof(*c->kept));
    return c->kept ? choose_mmus(c, err)
                   : xenpt_fail(err, XENPT_ENOMEM, "no memory for disagreements");
}

/* --- The work ------------------------------------------------------------------------------ */

static void *work(void *ctx)
{
    struct campaign *c = ctx;

    for (;;) {
        unsigned int mine;

        pthread_mutex_lock(&c->lock);
        mine = c->next++;
        pthread_mutex_unlock(&c->lock);
        if (mine >= c->nr_askers || __atomic_load_n(&c->stopped, __ATOMIC_RELAXED))
            return NULL;
        ask_mmu(&c->asker[mine]);
    }
}

/* This thread works as well: with one job, or no threads to be had, it does it all. */
static void work_all(struct campaign *c)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned int jobs = c->opt->jobs ? c->opt->jobs : cpus > 0 ? (unsigned int)cpus : 1;
    pthread_t thread[16];
    unsigned int nr = 0;

    while (nr + 1 < jobs && nr + 1 < c->nr_askers && nr < 16 &&
           !pthread_create(&thread[nr], NULL, work, c))
        nr++;
    work(c);
    while (nr)
        pthread_join(thread[--nr], NULL);
}

/* --- What is told -------------------------------------------------------------------------- */

static enum xenpt_code tell_errata(struct campaign *c, struct xenpt_error *err)
{
    struct xenpt_validation *v = c->validation;

    v->erratum = calloc(ERRATA_MAX, sizeof(*v->erratum));
    if (!v->erratum)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for errata");
    for (unsigned int row = 0; erratum_row(row); row++) {
        const struct erratum *e = erratum_row(row);
        struct xenpt_validate_erratum told = {
            .name = e->name, .mmu = e->mmu, .text = e->text, .source = e->source
        };

        for (unsigned int i = 0; i < c->nr_askers; i++) {
            told.seen += c->asker[i].errata[row];
            told.met = told.met || c->asker[i].errata_met >> row & 1;
        }
        if (told.met)
            v->erratum[v->nr_errata++] = told;
    }
    return XENPT_OK;
}

static void tell_sums(struct campaign *c)
{
    struct xenpt_validation *v = c->validation;

    for (size_t i = 0; i < v->nr_results; i++) {
        struct xenpt_validate_result *r = &v->result[i];

        for (unsigned int s = 0; s < NR_ALL_SUITES; s++) {
            v->asked += r->counts[s].accesses;
            v->disagreed += r->counts[s].disagreed;
        }
        if (r->skipped &&
            names_have_mmu(c->opt->require, c->opt->nr_require, r->mmu.name, r->mmu.usual))
            r->missed = true;
        v->missed = v->missed || r->missed;
    }
}

static bool any_asked(const struct xenpt_validation *v)
{
    for (size_t i = 0; i < v->nr_results; i++)
        if (!v->result[i].skipped)
            return true;
    return false;
}

static enum xenpt_code finish(struct campaign *c, struct xenpt_error *err)
{
    enum xenpt_code code = c->code;

    if (code) {
        if (err)
            *err = c->err;
        return code;
    }
    code = keep_shrink(c, err);
    if (!code)
        code = keep_finish(c, err);
    if (!code)
        code = tell_errata(c, err);
    if (!code && c->view)
        leave_out_rest(c);
    if (!code)
        tell_sums(c);
    if (!code && !any_asked(c->validation) && c->validation->nr_results == 1)
        code = xenpt_fail(err, XENPT_EUNSUPPORTED, "%s: %s", c->validation->result[0].mmu.name,
                          c->validation->result[0].why);
    else if (!code && !any_asked(c->validation))
        code = xenpt_fail(err, XENPT_EUNSUPPORTED, "none of the MMUs is here: %s: %s; ...",
                          c->validation->nr_results ? c->validation->result[0].mmu.name : "",
                          c->validation->nr_results ? c->validation->result[0].why : "");
    return code;
}

enum xenpt_code xenpt_validate(const struct xenpt_view *view,
                               const struct xenpt_validate_options *opt,
                               struct xenpt_validation **ret, struct xenpt_error *err)
{
    struct campaign c = { .view = view, .opt = opt, .lock = PTHREAD_MUTEX_INITIALIZER };
    enum xenpt_code code;

    c.accesses = opt->accesses ? opt->accesses : ACCESSES;
    c.keep = opt->keep ? opt->keep : KEEP;
    c.keep = c.keep < XENPT_VALIDATE_KEEP_MAX ? c.keep : XENPT_VALIDATE_KEEP_MAX;
    c.validation = calloc(1, sizeof(*c.validation));
    if (!c.validation)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a validation");
    code = begin(&c, err);
    if (!code) {
        work_all(&c);
        code = finish(&c, err);
    }
    close_all(&c);
    if (code)
        xenpt_validation_free(c.validation);
    else
        *ret = c.validation;
    return code;
}

void xenpt_validation_free(struct xenpt_validation *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->nr_differences; i++)
        free(v->difference[i].text);
    free(v->difference);
    free(v->erratum);
    free(v->left_out);
    free(v->result);
    free(v);
}

/* --- A disk -------------------------------------------------------------------------------- */

static enum xenpt_code write_disk(const char *file, struct blob *blob, struct case_source *source,
                                  uint64_t accesses, struct xenpt_error *err)
{
    enum xenpt_code code = source->more(source->own, (unsigned int)accesses, blob, err);

    if (!code)
        code = blob_finish(blob, err);
    if (!code)
        code = image_check(blob, err);
    return code ? code : disk_write(file, image_for(blob), blob->bytes, blob->size, err);
}

enum xenpt_code xenpt_validate_write_disk(const char *file, const struct xenpt_cpu *cpu,
                                          const struct xenpt_validate_options *opt,
                                          struct xenpt_error *err)
{
    struct case_source source;
    unsigned int suites, suite = 0;
    struct blob blob;
    enum xenpt_code code = names_check(opt, &suites, err);

    while (!code && suite < NR_SUITES && !(suites >> suite & 1))
        suite++;
    if (!code && (suite == NR_SUITES || suites != 1u << suite))
        return xenpt_fail(err, XENPT_EPARSE, "a disk asks one suite: name it");
    if (!code)
        code = source_matrix(&source, cpu, suite, opt->seed, NULL, NULL, err);
    if (code)
        return code;
    blob_init(&blob, suite_flags(suite) | BLOB_TEXT);
    code = write_disk(file, &blob, &source, opt->accesses ? opt->accesses : ACCESSES, err);
    blob_free(&blob);
    source.close(source.own);
    return code;
}
