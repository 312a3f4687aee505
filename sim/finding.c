/* finding.c - roots that nobody named. */
#include "finding.h"

#include <stdio.h>
#include <string.h>

#include "areas.h"

static void name_of(const struct xenpt_layout *layout, char *ret, size_t size)
{
    snprintf(ret, size, "%s%s%s", layout->name, layout->variant ? ":" : "",
             layout->variant ? layout->variant : "");
}

static void say_layout(struct finding *f)
{
    const struct xenpt_layout *layout = xenpt_roots_layout(f->roots);

    if (!layout)
        return;
    name_of(layout, f->name, sizeof(f->name));
    f->found.layout = f->name;
}

/* Layouts that cannot be told apart by what is there, and the one of them that is taken. */
static void warn(const struct finding *f, const char *path, const char *taken)
{
    fprintf(stderr, "xenpt: warning: %s: it fits several layouts equally:", path);
    for (size_t i = 0; xenpt_roots_fit(f->roots, i); i++)
        fprintf(stderr, "%s %s", i ? "," : "", xenpt_roots_fit(f->roots, i));
    fprintf(stderr, "; %s is taken, --layout takes another\n", taken);
}

/* Of layouts that fit equally, a model's own is the best. */
static enum xenpt_code choose(struct finding *f, const struct source *source, const char *path,
                              const struct settings *settings, const struct xenpt_layout *own,
                              struct xenpt_error *err)
{
    const char *fit, *taken = f->name;
    struct xenpt_roots *again;
    char name[64] = "";
    enum xenpt_code code;

    if (!xenpt_roots_fit(f->roots, 1))
        return XENPT_OK;
    if (own)
        name_of(own, name, sizeof(name));
    say_layout(f);
    for (size_t i = 0; (fit = xenpt_roots_fit(f->roots, i)); i++)
        taken = strcmp(fit, name) ? taken : fit;
    if (!settings->quiet)
        warn(f, path, taken);
    if (strcmp(taken, name) != 0)
        return XENPT_OK;
    code = xenpt_roots_find(&source->view, own, &again, err);
    if (code)
        return code;
    xenpt_roots_free(f->roots);
    f->roots = again;
    return XENPT_OK;
}

enum xenpt_code finding_begin(struct finding *ret, const struct source *source,
                              const struct settings *settings, struct xenpt_error *err)
{
    *ret = (struct finding){ 0 };
    if (!source->image)
        return XENPT_OK;
    if (settings->roots.nr || settings->contexts.nr)
        return settings->layout
                   ? xenpt_fail(err, XENPT_EPARSE,
                                "--layout: roots are named, so that none are looked for by it")
                   : XENPT_OK;
    return finding_all(ret, source, settings->arguments[0], settings, NULL, err);
}

enum xenpt_code finding_all(struct finding *ret, const struct source *source, const char *path,
                            const struct settings *settings, const struct xenpt_layout *own,
                            struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct finding){ 0 };
    code = settings->layout ? layout_stated(settings->layout, &ret->layout, err) : XENPT_OK;
    if (!code)
        code = xenpt_roots_find(&source->view, ret->layout, &ret->roots, err);
    if (!code)
        code = choose(ret, source, path, settings, own, err);
    if (code)
        return code;
    ret->found.nr = xenpt_roots_list(ret->roots, &ret->found.roots);
    say_layout(ret);
    return XENPT_OK;
}

void finding_end(struct finding *f)
{
    xenpt_roots_free(f->roots);
    xenpt_layout_close(f->layout);
}
