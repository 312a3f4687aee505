/*
 * run.c - a scenario from its file to its result.
 *
 * First all combinations of its parameters are read, so that every mistake is told before anything
 * runs.  Then they run.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"

#define STEPS_MAX UINT64_C(100000000)

enum xenpt_code xenpt_runner_create(struct xenpt_runner **ret, struct xenpt_error *err)
{
    struct xenpt_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to run scenarios");
    *ret = r;
    return XENPT_OK;
}

void xenpt_runner_destroy(struct xenpt_runner *runner)
{
    if (!runner)
        return;
    layouts_fini(&runner->layouts);
    free(runner);
}

/* --- A run --------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct xenpt_error *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static void forget_what_was_read(struct xenpt_run *run)
{
    free(run->cells);
    run->cells = NULL;
    doc_destroy(run->doc);
    run->doc = NULL;
    images_close(&run->images);
}

static enum xenpt_code run_one(struct xenpt_runner *runner, const char *file, const char *bytes,
                               size_t n, const struct xenpt_run_options *opt,
                               struct xenpt_run **ret, struct xenpt_error *err)
{
    static const struct xenpt_run_options usual;
    struct xenpt_run *run = calloc(1, sizeof(*run));
    bool ok = run && !doc_create(&run->out, err) && !doc_create(&run->doc, err);

    opt = opt ? opt : &usual;
    if (ok)
        run->left = opt->limit ? opt->limit : STEPS_MAX;
    if (ok)
        run->result.file = doc_text(run->out, file, strlen(file));
    ok = ok && run->result.file && run_read(runner, run, file, bytes, n, opt);
    if (ok && !run->result.nr_mistakes)
        ok = opt->until ? run_until(run, opt) : run_cells(run, opt);
    if (!ok || run->no_memory || doc_failed(run->out) || doc_failed(run->doc)) {
        xenpt_run_destroy(run);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a scenario");
    }
    if (run->result.nr_mistakes)
        qsort(run->mistakes, run->result.nr_mistakes, sizeof(*run->mistakes), by_place);
    if (!opt->until)
        forget_what_was_read(run);
    *ret = run;
    return XENPT_OK;
}

enum xenpt_code xenpt_run_file(struct xenpt_runner *runner, const char *path,
                               const struct xenpt_run_options *opt, struct xenpt_run **ret,
                               struct xenpt_error *err)
{
    return run_one(runner, path, NULL, 0, opt, ret, err);
}

enum xenpt_code xenpt_run_bytes(struct xenpt_runner *runner, const char *file, const char *bytes,
                                size_t n, const struct xenpt_run_options *opt,
                                struct xenpt_run **ret, struct xenpt_error *err)
{
    return run_one(runner, file, bytes, n, opt, ret, err);
}

void xenpt_run_destroy(struct xenpt_run *run)
{
    if (!run)
        return;
    xenpt_machine_destroy(run->machine);
    forget_what_was_read(run);
    doc_destroy(run->out);
    free(run->mistakes);
    free(run);
}

struct xenpt_machine *xenpt_run_machine(const struct xenpt_run *run)
{
    return run->result.nr_mistakes ? NULL : run->machine;
}

const struct xenpt_run_result *xenpt_run_result(const struct xenpt_run *run)
{
    return &run->result;
}

const char *xenpt_run_verdict_name(enum xenpt_run_verdict verdict)
{
    static const char *const names[XENPT_NR_RUN_VERDICTS] = { "held", "failed", "error",
                                                              "skipped" };

    return names[verdict < XENPT_NR_RUN_VERDICTS ? verdict : XENPT_RUN_ERROR];
}
