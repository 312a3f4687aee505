/* command_validate.c - xenpt validate. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "job.h"
#include "modes.h"
#include "progress.h"

#define NAMES_MAX 64

/* Words with commas between, one by one. */
struct list {
    char *text;
    const char *name[NAMES_MAX];
    size_t nr;
};

struct run {
    struct list suites, mmus, require;
    struct xenpt_context *contexts; /* Those asked for. */
    struct xenpt_view view;
    struct progress progress;
    char what[64];
};

/* --- Lists --------------------------------------------------------------------------------- */

static enum xenpt_code list_read(struct list *ret, const char *option, const struct words *words,
                                 struct xenpt_error *err)
{
    size_t size = 1;
    char *at;

    for (size_t i = 0; i < words->nr; i++)
        size += strlen(words->word[i]) + 1;
    ret->text = at = calloc(size, 1);
    if (!at)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for --%s", option);
    for (size_t i = 0; i < words->nr; i++) {
        const char *from = words->word[i];

        for (;; from++) {
            size_t n = strcspn(from, ",");

            if (!n)
                return xenpt_fail(err, XENPT_EPARSE, "--%s %s: a name is missing", option,
                                  words->word[i]);
            if (ret->nr == NAMES_MAX)
                return xenpt_fail(err, XENPT_EPARSE, "--%s: more than %u names", option, NAMES_MAX);
            memcpy(at, from, n);
            ret->name[ret->nr++] = at;
            at += n + 1;
            from += n;
            if (!*from)
                break;
        }
    }
    return XENPT_OK;
}

static enum xenpt_code lists_read(struct run *run, const struct settings *s,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = list_read(&run->suites, "matrix", &s->matrix, err);

    if (!code)
        code = list_read(&run->mmus, "mmu", &s->mmus, err);
    return code ? code : list_read(&run->require, "require", &s->require, err);
}

/* --- Being interrupted --------------------------------------------------------------------- */

/* Machines and their files are to be gone before the program is. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    interrupted = signal;
}

static bool is_interrupted(void *ctx)
{
    (void)ctx;
    return interrupted;
}

/* --- The run ------------------------------------------------------------------------------- */

static bool show(void *ctx, const struct xenpt_validate_progress *p)
{
    struct run *run = ctx;

    snprintf(run->what, sizeof(run->what), "%s, %s", p->mmu, p->suite);
    progress_bytes(&run->progress, p->done, p->total);
    return true;
}

static enum xenpt_code options_of(struct run *run, const struct settings *s, struct xenpt_cpu *cpu,
                                  struct xenpt_validate_options *ret, struct xenpt_error *err)
{
    enum xenpt_code code = lists_read(run, s, err);

    *ret = (struct xenpt_validate_options){
        .mmus = run->mmus.name,
        .nr_mmus = run->mmus.nr,
        .require = run->require.name,
        .nr_require = run->require.nr,
        .suites = run->suites.name,
        .nr_suites = run->suites.nr,
        .accesses = s->cases.given ? s->cases.v : 0,
        .seed = s->seed.given ? s->seed.v : 1,
        .results = s->results,
        .cpu = cpu,
        .stop = is_interrupted,
        .progress = show,
        .ctx = run,
    };
    if (!code && s->cases.given && !s->cases.v)
        code = xenpt_fail(err, XENPT_EPARSE, "--cases 0 would ask nothing");
    return code ? code
                : mode_cpu(s, s->vendor_given ? (enum xenpt_vendor)s->vendor : XENPT_INTEL, cpu,
                           err);
}

/* A view of those contexts that were asked for. */
static enum xenpt_code take_contexts(struct run *run, const struct source *source,
                                     struct xenpt_error *err)
{
    run->contexts = calloc(source->nr_shown, sizeof(*run->contexts));
    if (!run->contexts)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", source->nr_shown);
    for (size_t i = 0; i < source->nr_shown; i++)
        run->contexts[i] = *source->shown[i];
    run->view = source->view;
    run->view.contexts = run->contexts;
    run->view.nr_contexts = source->nr_shown;
    return XENPT_OK;
}

static enum xenpt_code ask(struct run *run, const struct job *job,
                           const struct xenpt_validate_options *opt, struct xenpt_validation **ret,
                           struct xenpt_error *err)
{
    struct sigaction action = { .sa_handler = interrupt }, before[2];
    enum xenpt_code code;

    interrupted = 0;
    sigaction(SIGINT, &action, &before[0]);
    sigaction(SIGTERM, &action, &before[1]);
    progress_begin(&run->progress, !job->settings->quiet, run->what);
    code = xenpt_validate(job->source.own ? &run->view : NULL, opt, ret, err);
    progress_end(&run->progress);
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
    return code;
}

static enum ending ending_of(const struct xenpt_validation *v, struct xenpt_error *err)
{
    for (size_t i = 0; i < v->nr_results; i++)
        if (v->result[i].missed) {
            xenpt_fail(err, XENPT_EUNSUPPORTED, "%s could not be asked: %s", v->result[i].mmu.name,
                       v->result[i].why);
            return END_CANNOT;
        }
    return v->disagreed ? END_REFUSED : END_DONE;
}

static enum ending report(struct run *run, const struct settings *s,
                          const struct xenpt_validate_options *opt, struct xenpt_error *err)
{
    struct xenpt_validation *validation = NULL;
    enum ending ending = END_CANNOT;
    struct job job;
    enum xenpt_code code = job_begin(&job, s, XENPT_REPORT_VALIDATE, err);

    if (!code && job.source.own)
        code = take_contexts(run, &job.source, err);
    if (!code)
        code = ask(run, &job, opt, &validation, err);
    if (!code)
        code = xenpt_report_validation(job.report, validation, err);
    code = job_end(&job, code, err);
    if (!code && validation)
        ending = ending_of(validation, err);
    xenpt_validation_free(validation);
    return ending;
}

static enum ending write_disk(const struct settings *s, const struct xenpt_cpu *cpu,
                              const struct xenpt_validate_options *opt, struct xenpt_error *err)
{
    if (s->nr_arguments) {
        xenpt_fail(err, XENPT_EPARSE, "--write-disk asks cases made by rule, and no image's");
        return END_CANNOT;
    }
    return xenpt_validate_write_disk(s->write_disk, cpu, opt, err) ? END_CANNOT : END_DONE;
}

enum ending command_validate(const struct settings *settings, struct xenpt_error *err)
{
    struct run run = { 0 };
    struct xenpt_validate_options opt;
    struct xenpt_cpu cpu;
    enum ending ending = END_CANNOT;

    if (!options_of(&run, settings, &cpu, &opt, err))
        ending = settings->write_disk ? write_disk(settings, &cpu, &opt, err)
                                      : report(&run, settings, &opt, err);
    free(run.contexts);
    free(run.suites.text);
    free(run.mmus.text);
    free(run.require.text);
    return ending;
}
