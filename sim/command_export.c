/* command_export.c - xenpt export: a simulated machine as a core. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "modes.h"
#include "output.h"
#include "source.h"

/* A machine on its way into a file. */
struct exporting {
    const struct settings *settings;
    struct source source;
    const struct xenpt_view *view;
    const struct xenpt_context **cpus;
    size_t nr_cpus;
    struct xenpt_image_run *computed;
    size_t nr_computed;
    struct output output;
    struct xenpt_image_written written;
};

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for the machine's parts");
}

/* --- The machine --------------------------------------------------------------------------- */

static enum xenpt_code open_machine(struct exporting *e, struct xenpt_error *err)
{
    const struct settings *s = e->settings;
    enum xenpt_code code;

    if (!s->output)
        return xenpt_fail(err, XENPT_EPARSE, "it needs a file to write: --output FILE");
    code = source_open(&e->source, s->arguments[0], s, err);
    if (code)
        return code;
    if (!e->source.machine)
        return xenpt_fail(err, XENPT_EPARSE, "%s is no model", s->arguments[0]);
    for (size_t i = 0; !code && i < s->run.nr; i++) {
        if (!xenpt_view_context(&e->source.view, s->run.word[i]))
            return xenpt_fail(err, XENPT_EPARSE, "--run: there is no context '%s'", s->run.word[i]);
        code = xenpt_machine_enter(e->source.machine, s->run.word[i], err);
    }
    return code ? code : xenpt_machine_view(e->source.machine, &e->view, err);
}

/* What a CPU runs on is a context of its name. */
static const struct xenpt_context *of_cpu(const struct xenpt_view *view, size_t i)
{
    char name[XENPT_NAME_MAX];

    snprintf(name, sizeof(name), "cpu%zu", i);
    return xenpt_view_context(view, name);
}

static enum xenpt_code list_cpus(struct exporting *e, struct xenpt_error *err)
{
    while (of_cpu(e->view, e->nr_cpus))
        e->nr_cpus++;
    e->cpus = calloc(e->nr_cpus + 1, sizeof(const struct xenpt_context *));
    if (!e->cpus)
        return no_memory(err);
    for (size_t i = 0; i < e->nr_cpus; i++)
        e->cpus[i] = of_cpu(e->view, i);
    return XENPT_OK;
}

static enum xenpt_code list_computed(struct exporting *e, struct xenpt_error *err)
{
    struct xenpt_ram_range piece;
    size_t nr = 0;

    while (e->settings->contents && xenpt_machine_computed(e->source.machine, nr, &piece))
        nr++;
    e->computed = calloc(nr + 1, sizeof(*e->computed));
    if (!e->computed)
        return no_memory(err);
    while (e->nr_computed < nr && xenpt_machine_computed(e->source.machine, e->nr_computed, &piece))
        e->computed[e->nr_computed++] = (struct xenpt_image_run){ .first = piece.first,
                                                                  .last = piece.last };
    return XENPT_OK;
}

static enum xenpt_code write_core(struct exporting *e, struct xenpt_error *err)
{
    struct xenpt_image_write_options opt = { .more = e->computed, .nr_more = e->nr_computed };
    enum xenpt_code code = output_open(&e->output, e->settings, err);

    if (code)
        return code;
    code = xenpt_image_write(e->view, e->cpus, e->nr_cpus, &opt, output_write, &e->output,
                             &e->written, err);
    return output_written(&e->output, code, err);
}

/* --- What there is in it ------------------------------------------------------------------- */

static bool is_cpu(const struct exporting *e, const struct xenpt_context *c)
{
    for (size_t i = 0; i < e->nr_cpus; i++)
        if (e->cpus[i] == c)
            return true;
    return false;
}

/* The options by which other commands look at this context of the core. */
static void tell_options(const struct exporting *e, const struct xenpt_context *c)
{
    const char *name = mode_word(c->paging.id);
    char second[MODE_SECOND_MAX];

    printf("  %-18s", c->name);
    if (is_cpu(e, c))
        printf("  --context %s", c->name);
    else if (c->has_second || c->paging.root & (XENPT_PAGE_SIZE - 1))
        printf("  --root 0x%" PRIx64 " --mode %s", c->paging.root, name);
    else
        printf("  --root 0x%" PRIx64 ":%s", c->paging.root >> XENPT_PAGE_SHIFT, name);
    if (c->has_second)
        printf(" --second %s", mode_second_words(&c->second, second));
    putchar('\n');
}

static enum xenpt_code tell(const struct exporting *e, struct xenpt_error *err)
{
    const struct xenpt_image_written *w = &e->written;

    printf("%s: %zu CPU%s, %" PRIu64 " page%s in %" PRIu64 " run%s, %" PRIu64 " bytes\n",
           e->settings->output, e->nr_cpus, e->nr_cpus == 1 ? "" : "s",
           w->bytes >> XENPT_PAGE_SHIFT, w->bytes >> XENPT_PAGE_SHIFT == 1 ? "" : "s", w->runs,
           w->runs == 1 ? "" : "s", w->size);
    printf("\nHow to look at what is in it:\n");
    for (size_t i = 0; i < e->view->nr_contexts; i++)
        tell_options(e, &e->view->contexts[i]);
    if (fflush(stdout) || ferror(stdout))
        return xenpt_fail(err, XENPT_EIO, "cannot write the report");
    return XENPT_OK;
}

enum ending command_export(const struct settings *settings, struct xenpt_error *err)
{
    struct exporting e = { .settings = settings };
    enum xenpt_code code = open_machine(&e, err);

    if (!code)
        code = list_cpus(&e, err);
    if (!code)
        code = list_computed(&e, err);
    if (!code)
        code = write_core(&e, err);
    if (!code)
        code = tell(&e, err);
    output_close(&e.output);
    free(e.computed);
    free(e.cpus);
    source_close(&e.source);
    return code ? END_CANNOT : END_DONE;
}
