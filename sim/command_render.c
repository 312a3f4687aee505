/* command_render.c - xenpt render: a picture, or a page to look around in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "exposed.h"
#include "meant.h"
#include "output.h"

/* A command under way. */
struct rendering {
    const struct settings *settings;
    struct source source;
    struct finding finding;
    struct exposed exposed;
    struct xenpt_expose_options expose;
    struct output output;
    struct xenpt_runner *runner;
    struct xenpt_run *run;
    const struct xenpt_context **contexts;
    uint64_t *in;
    struct xenpt_draw_options opt;
};

static bool is_html(const struct rendering *r)
{
    return r->opt.form == XENPT_PICTURE_HTML;
}

static bool is_exposure(const struct rendering *r)
{
    return !is_html(r) && r->opt.picture == XENPT_PICTURE_EXPOSURE;
}

/* --- What was asked for --------------------------------------------------------------------- */

static enum xenpt_code forms(struct rendering *r, struct xenpt_error *err)
{
    const struct settings *s = r->settings;

    r->opt.form = (enum xenpt_picture_form)s->picture;
    r->opt.picture = (enum xenpt_picture)s->view;
    if (is_html(r) && s->view_given)
        return xenpt_fail(err, XENPT_EPARSE, "--view chooses a picture, and HTML has all there is");
    if (!is_html(r) && !s->view_given)
        return xenpt_fail(
            err, XENPT_EPARSE,
            "--view says what is to be seen: slots, tree, walk, sharing, timeline or exposure");
    if (s->threats.nr && (is_html(r) || s->view != XENPT_PICTURE_EXPOSURE))
        return xenpt_fail(err, XENPT_EPARSE, "--threat is of --view exposure");
    if (s->nr_arguments > 1 && (is_html(r) || s->view != XENPT_PICTURE_WALK))
        return xenpt_fail(err, XENPT_EPARSE, "'%s': only --view walk is of an address",
                          s->arguments[1]);
    if (!is_html(r) && s->view == XENPT_PICTURE_WALK && s->nr_arguments < 2)
        return xenpt_fail(err, XENPT_EPARSE, "--view walk needs an address after the image");
    if ((r->opt.form == XENPT_PICTURE_PNG || r->opt.form == XENPT_PICTURE_PDF) && !s->output &&
        isatty(STDOUT_FILENO))
        return xenpt_fail(err, XENPT_EPARSE, "a terminal shows no such picture: -o FILE");
    return XENPT_OK;
}

/* --- Contexts ------------------------------------------------------------------------------ */

static bool has(const struct rendering *r, const struct xenpt_context *c)
{
    for (size_t i = 0; i < r->opt.nr_contexts; i++) {
        const struct xenpt_context *o = r->contexts[i];

        if (o && o->paging.root == c->paging.root && o->paging.id == c->paging.id &&
            !c->has_second && !o->has_second)
            return true;
    }
    return false;
}

/* Roots of a Xen that were found tell what they are for, which those of a CPU do not. */
static const struct xenpt_context *better(const struct rendering *r, const struct xenpt_context *c)
{
    for (size_t i = 0; i < r->finding.found.nr; i++) {
        const struct xenpt_root *root = &r->finding.found.roots[i];

        if (!c->kind && !root->stale && !c->has_second &&
            root->context.paging.root == c->paging.root && root->context.paging.id == c->paging.id)
            return &root->context;
    }
    return NULL;
}

/* Those that were asked for; without, CPUs and roots of a Xen, each root of an image once. */
static enum xenpt_code choose(struct rendering *r, struct xenpt_error *err)
{
    const struct source *s = &r->source;
    size_t max = r->finding.found.nr + s->nr_shown;

    r->contexts = calloc(max + 1, sizeof(const struct xenpt_context *));
    if (!r->contexts)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", max);
    for (size_t i = 0; i < s->nr_shown; i++) {
        const struct xenpt_context *found = better(r, s->shown[i]);

        if (found)
            snprintf(s->contexts[s->shown[i] - s->contexts].domain, XENPT_DOMAIN_MAX, "%s",
                     found->domain);
        if (found)
            s->contexts[s->shown[i] - s->contexts].kind = found->kind;
        r->contexts[r->opt.nr_contexts++] = s->shown[i];
    }
    for (size_t i = 0; i < r->finding.found.nr; i++) {
        const struct xenpt_root *root = &r->finding.found.roots[i];

        if (!root->stale && !has(r, &root->context))
            r->contexts[r->opt.nr_contexts++] = &root->context;
    }
    r->opt.contexts = r->contexts;
    return r->opt.nr_contexts ? XENPT_OK : source_need_contexts(s, r->settings->arguments[0], err);
}

static enum xenpt_code addresses(struct rendering *r, struct xenpt_error *err)
{
    const struct settings *s = r->settings;
    enum xenpt_code code = XENPT_OK;

    r->in = calloc(s->nr_arguments, sizeof(*r->in));
    if (!r->in)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu addresses", s->nr_arguments);
    for (size_t i = 1; !code && i < s->nr_arguments; i++)
        code = meant_address(&r->source, s->arguments[i], &r->in[r->opt.nr_in++], err);
    r->opt.in = r->in;
    return code;
}

/* One threat, by the name of its row. */
static enum xenpt_code take_threat(const struct settings *s, enum xenpt_fear *ret,
                                   struct xenpt_error *err)
{
    const char *names[XENPT_NR_FEARS];
    size_t which = XENPT_FEAR_NONE;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; i < XENPT_NR_FEARS; i++)
        names[i] = xenpt_fear_row((enum xenpt_fear)i)->name;
    if (s->threats.nr > 1)
        return xenpt_fail(err, XENPT_EPARSE, "a picture is of one threat, and --threat names %zu",
                          s->threats.nr);
    if (s->threats.nr)
        code = names_find(&(struct names){ names, sizeof(names[0]), XENPT_NR_FEARS }, "threat",
                          s->threats.word[0], &which, err);
    *ret = (enum xenpt_fear)which;
    return code;
}

static enum xenpt_code ask_exposure(struct rendering *r, struct xenpt_error *err)
{
    enum xenpt_fear threat = XENPT_FEAR_NONE;
    enum xenpt_code code = take_threat(r->settings, &threat, err);

    if (!code)
        code = exposed_begin(&r->exposed, &r->source, &r->finding, r->settings, err);
    if (code)
        return code;
    r->expose = exposed_asked(&r->exposed, threat);
    r->opt.expose = &r->expose;
    return XENPT_OK;
}

static enum xenpt_code open_view(struct rendering *r, struct xenpt_error *err)
{
    const struct settings *s = r->settings;
    enum xenpt_code code = source_open(&r->source, s->arguments[0], s, err);
    const char *layout;

    if (!code)
        code = source_check_given(&r->source, s, err);
    if (!code && s->layout && r->source.machine)
        code = xenpt_fail(err, XENPT_EPARSE, "--layout: %s has the layout of its own machine: %s",
                          s->arguments[0], xenpt_machine_layout(r->source.machine)->name);
    /* Whose names a picture has, --layout says even where nothing is looked for. */
    if (!code && is_exposure(r) && r->source.image)
        code = finding_all(&r->finding, &r->source, s->arguments[0], s, NULL, err);
    else if (!code && !s->roots.nr && !s->contexts.nr)
        code = finding_begin(&r->finding, &r->source, s, err);
    layout = s->layout ? s->layout : r->finding.found.layout;
    if (!code && layout && r->source.image)
        code = source_name_areas(&r->source, layout, err);
    if (!code)
        code = is_exposure(r) ? ask_exposure(r, err) : choose(r, err);
    if (!code)
        code = addresses(r, err);
    return code;
}

/* --- A timeline ---------------------------------------------------------------------------- */

static enum xenpt_code run(struct rendering *r, struct xenpt_error *err)
{
    const struct settings *s = r->settings;
    struct xenpt_run_options opt = {
        .set = s->set.word, .nr_set = s->set.nr, .keep_going = true, .trace = true
    };
    const struct xenpt_run_result *result;
    enum xenpt_code code;

    if (!source_is_model(s->arguments[0]))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "%s: a timeline is of a scenario, a file that ends in .yaml",
                          s->arguments[0]);
    code = xenpt_runner_create(&r->runner, err);
    if (!code)
        code = xenpt_run_file(r->runner, s->arguments[0], &opt, &r->run, err);
    if (code)
        return code;
    result = xenpt_run_result(r->run);
    if (!result->nr_cells && result->nr_mistakes) {
        *err = result->mistakes[0];
        return err->code;
    }
    r->opt.run = result;
    return XENPT_OK;
}

/* --- The command --------------------------------------------------------------------------- */

static enum xenpt_code draw(struct rendering *r, struct xenpt_error *err)
{
    enum xenpt_code code = output_open(&r->output, r->settings, err);

    if (code)
        return code;
    r->opt.write = output_write;
    r->opt.ctx = &r->output;
    code = xenpt_draw(r->source.own ? &r->source.view : NULL, &r->opt, err);
    return output_written(&r->output, code, err);
}

/* "deb-pv64-intel-guest.elf.zst": without the folders that it lies in. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

enum ending command_render(const struct settings *settings, struct xenpt_error *err)
{
    struct rendering r = { .settings = settings };
    enum xenpt_code code = forms(&r, err);

    r.opt.title = file_name(settings->arguments[0]);
    if (!code)
        code = !is_html(&r) && r.opt.picture == XENPT_PICTURE_TIMELINE ? run(&r, err)
                                                                       : open_view(&r, err);
    if (!code)
        code = draw(&r, err);
    output_close(&r.output);
    exposed_end(&r.exposed);
    finding_end(&r.finding);
    source_close(&r.source);
    xenpt_run_destroy(r.run);
    xenpt_runner_destroy(r.runner);
    free(r.contexts);
    free(r.in);
    return code ? END_CANNOT : END_DONE;
}
