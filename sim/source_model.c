/* source_model.c - a model, or a scenario up to some step, in place of an image. */
#include <stdio.h>
#include <string.h>

#include "areas.h"
#include "source.h"
#include "xenpt/scenario.h"
#include "xenpt/suggest.h"

bool source_is_model(const char *path)
{
    static const char *const endings[] = { ".yaml", ".yml" };
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t e = strlen(endings[i]);

        if (n > e && !strcmp(path + n - e, endings[i]))
            return true;
    }
    return false;
}

/* A file's mistakes, all of them; one alone is the command's own error. */
struct told {
    size_t nr;
    struct xenpt_error first;
};

static void tell(const struct xenpt_error *mistake)
{
    char buf[sizeof(mistake->text) + sizeof(mistake->file) + 32];

    xenpt_error_format(mistake, buf, sizeof(buf));
    fprintf(stderr, "xenpt: %s\n", buf);
}

static void one_mistake(void *ctx, const struct xenpt_error *mistake)
{
    struct told *told = ctx;

    if (told->nr == 1)
        tell(&told->first);
    if (told->nr++)
        tell(mistake);
    else
        told->first = *mistake;
}

/* Contexts that are asked for are made what they are called, by running them. */
static enum xenpt_code enter(struct source *s, const struct settings *settings,
                             struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < settings->contexts.nr; i++)
        code = xenpt_machine_enter(s->machine, settings->contexts.word[i], err);
    return code;
}

static enum xenpt_code build(struct source *s, const char *path, struct xenpt_error *err)
{
    struct told told = { 0 };
    enum xenpt_code code = xenpt_model_read(path, one_mistake, &told, &s->model, err);

    if (code && told.nr > 1)
        return xenpt_fail(err, code, "%s: %zu mistakes", path, told.nr);
    if (!code)
        code = xenpt_model_build(s->model, &s->machine, err);
    s->own_machine = s->machine;
    return code;
}

enum xenpt_code source_run(struct source *s, struct xenpt_error *err)
{
    struct xenpt_run_options opt = { .set = s->settings->set.word,
                                     .nr_set = s->settings->set.nr,
                                     .until = s->settings->at ? s->settings->at : "0" };
    enum xenpt_code code = s->runner ? XENPT_OK : xenpt_runner_create(&s->runner, err);

    if (!code && !s->run)
        code = xenpt_run_file(s->runner, s->path, &opt, &s->run, err);
    if (code || xenpt_run_machine(s->run))
        return code;
    *err = xenpt_run_result(s->run)->mistakes[0];
    return err->code;
}

/* A scenario, as it is after a step; or all that is wrong with it. */
static enum xenpt_code run_until(struct source *s, struct xenpt_error *err)
{
    enum xenpt_code code = source_run(s, err);
    const struct xenpt_run_result *result;

    if (!code)
        s->machine = xenpt_run_machine(s->run);
    if (!code || !s->run)
        return code;
    result = xenpt_run_result(s->run);
    for (size_t i = 0; result->nr_mistakes > 1 && i < result->nr_mistakes; i++)
        tell(&result->mistakes[i]);
    if (result->nr_mistakes > 1)
        code = xenpt_fail(err, XENPT_EPARSE, "%s: %zu mistakes", s->path, result->nr_mistakes);
    return code;
}

enum xenpt_code source_open_model(struct source *s, const char *path,
                                  const struct settings *settings, struct xenpt_error *err)
{
    bool scenario = settings->at || settings->set.nr;
    enum xenpt_code code = scenario ? run_until(s, err) : build(s, path, err);

    if (!code)
        code = enter(s, settings, err);
    return code ? code : xenpt_machine_view(s->machine, &s->own, err);
}

enum xenpt_code source_area(const struct source *s, const char *name, struct xenpt_error *err)
{
    return layout_area_named(xenpt_machine_layout(s->machine), name, err);
}
