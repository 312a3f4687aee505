/* command_diff.c - xenpt diff. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "finding.h"
#include "job.h"

/* One of the two: its file, and the step of a scenario that it is looked at after. */
struct end {
    struct settings settings; /* As given, but for what follows. */
    char *path;
    const char *arguments[1];
    struct source source;
    struct finding finding;
    const struct xenpt_context **contexts;
    size_t nr;
};

struct diffing {
    const struct settings *settings;
    struct end before, after;
    struct output output;
    struct xenpt_report *report;
    const char **names; /* Room for all of them. */
    bool *done;         /* Contexts before that were told of. */
    bool differs;
};

/* --- Ends ---------------------------------------------------------------------------------- */

/* "FILE.yaml@STEP" */
static char *step_of(char *path)
{
    static const char *const endings[] = { ".yaml@", ".yml@" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char *at = strstr(path, endings[i]);

        if (at && at[strlen(endings[i])])
            return at + strlen(endings[i]) - 1;
    }
    return NULL;
}

static const struct xenpt_context *named(const struct end *e, const char *name)
{
    for (size_t i = 0; i < e->nr; i++)
        if (e->contexts[i] && !strcmp(e->contexts[i]->name, name))
            return e->contexts[i];
    return NULL;
}

static void add(struct end *e, const struct xenpt_context *c)
{
    if (named(e, c->name))
        return;
    e->contexts[e->nr++] = c;
}

/* Contexts of CPUs or of a machine, and roots that are found; or those that were asked for. */
static enum xenpt_code choose(struct end *e, struct xenpt_error *err)
{
    e->contexts = calloc(e->source.nr_shown + e->finding.found.nr + 1,
                         sizeof(const struct xenpt_context *));
    if (!e->contexts)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the contexts");
    for (size_t i = 0; i < e->source.nr_shown; i++)
        add(e, e->source.shown[i]);
    for (size_t i = 0; i < e->finding.found.nr; i++)
        if (!e->finding.found.roots[i].stale)
            add(e, &e->finding.found.roots[i].context);
    return e->nr ? XENPT_OK : source_need_contexts(&e->source, e->path, err);
}

static enum xenpt_code open_end(struct end *e, const struct settings *settings, size_t which,
                                struct xenpt_error *err)
{
    enum xenpt_code code;
    const char *layout;
    char *step;

    e->settings = *settings;
    e->path = malloc(strlen(settings->arguments[which]) + 1);
    if (!e->path)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a name");
    strcpy(e->path, settings->arguments[which]);
    step = step_of(e->path);
    if (step) {
        *step = '\0';
        e->settings.at = step + 1;
    }
    e->arguments[0] = e->path;
    e->settings.arguments = e->arguments;
    e->settings.nr_arguments = 1;
    code = source_open(&e->source, e->path, &e->settings, err);
    if (!code && !e->source.machine)
        code = finding_begin(&e->finding, &e->source, &e->settings, err);
    layout = settings->layout ? settings->layout : e->finding.found.layout;
    if (!code && layout && !e->source.machine)
        code = source_name_areas(&e->source, layout, err);
    return code ? code : choose(e, err);
}

static void close_end(struct end *e)
{
    free(e->contexts);
    finding_end(&e->finding);
    source_close(&e->source);
    free(e->path);
}

/* --- Pairs --------------------------------------------------------------------------------- */

/* Whether two contexts of a view map the same. */
static bool alike(const struct xenpt_context *a, const struct xenpt_context *b)
{
    const struct xenpt_regs *x = &a->paging.regs, *y = &b->paging.regs;

    return a->paging.id == b->paging.id && a->paging.root == b->paging.root && x->cr0 == y->cr0 &&
           x->cr4 == y->cr4 && x->efer == y->efer && x->pkru == y->pkru &&
           a->has_second == b->has_second &&
           (!a->has_second || (a->second.id == b->second.id && a->second.root == b->second.root));
}

/* A context of the one, its like in the other, and all that map the same in both. */
static enum xenpt_code one_group(struct diffing *d, size_t first, struct xenpt_error *err)
{
    const struct xenpt_context *a = d->before.contexts[first];
    const struct xenpt_context *b = named(&d->after, a->name);
    struct xenpt_report_diff group = { .names = d->names,
                                       .before = { &d->before.source.view, a },
                                       .after = { &d->after.source.view, b } };
    struct xenpt_diff_counts counts;
    enum xenpt_code code;

    for (size_t i = first; i < d->before.nr; i++) {
        const struct xenpt_context *c = d->before.contexts[i], *e = named(&d->after, c->name);

        if (d->done[i] || !e != !b || (i != first && (!b || !alike(a, c) || !alike(b, e))))
            continue;
        d->names[group.nr_names++] = c->name;
        d->done[i] = true;
    }
    code = xenpt_report_diff(d->report, &group, &counts, err);
    d->differs |= !b || counts.ranges[XENPT_DIFF_NEW] || counts.ranges[XENPT_DIFF_GONE] ||
                  counts.ranges[XENPT_DIFF_CHANGED];
    return code;
}

/* A context that only the second has. */
static enum xenpt_code one_new(struct diffing *d, const struct xenpt_context *c,
                               struct xenpt_error *err)
{
    const char *const name = c->name;
    struct xenpt_report_diff group = { .names = &name,
                                       .nr_names = 1,
                                       .before = { &d->before.source.view, NULL },
                                       .after = { &d->after.source.view, c } };
    struct xenpt_diff_counts counts;

    d->differs = true;
    return xenpt_report_diff(d->report, &group, &counts, err);
}

static enum xenpt_code write_all(struct diffing *d, struct xenpt_error *err)
{
    struct xenpt_report_options opt = {
        .form = (enum xenpt_report_form)d->settings->format,
        .colour = output_colour(&d->output, d->settings),
        .write = output_write,
        .ctx = &d->output,
    };
    enum xenpt_code code = xenpt_report_create(XENPT_REPORT_DIFF, &opt, &d->report, err);

    d->names = calloc(d->before.nr + 1, sizeof(const char *));
    d->done = calloc(d->before.nr + 1, sizeof(*d->done));
    if (!d->names || !d->done)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the contexts");
    for (size_t i = 0; !code && i < d->before.nr; i++)
        if (!d->done[i])
            code = one_group(d, i, err);
    for (size_t i = 0; !code && i < d->after.nr; i++)
        if (!named(&d->before, d->after.contexts[i]->name))
            code = one_new(d, d->after.contexts[i], err);
    return code ? code : xenpt_report_finish(d->report, err);
}

/* --- Layouts ------------------------------------------------------------------------------- */

/* A name that a layout or a release has, and no file. */
static bool is_layout(const char *name)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_error err;

    if (!access(name, F_OK) || xenpt_layout_open(name, &layout, &err))
        return false;
    xenpt_layout_close(layout);
    return true;
}

enum ending command_diff(const struct settings *settings, struct xenpt_error *err)
{
    struct diffing d = { .settings = settings };
    enum xenpt_code code;

    if (is_layout(settings->arguments[0]) && is_layout(settings->arguments[1]))
        return command_layout(settings, err);
    code = open_end(&d.before, settings, 0, err);
    if (!code)
        code = open_end(&d.after, settings, 1, err);
    if (!code && !d.before.source.machine == !d.after.source.machine)
        code = source_check_given(&d.after.source, settings, err);
    if (!code)
        code = output_open(&d.output, settings, err);
    if (!code)
        code = write_all(&d, err);
    code = output_written(&d.output, code, err);
    xenpt_report_destroy(d.report);
    output_close(&d.output);
    free(d.names);
    free(d.done);
    close_end(&d.before);
    close_end(&d.after);
    return code ? END_CANNOT : d.differs ? END_REFUSED : END_DONE;
}
