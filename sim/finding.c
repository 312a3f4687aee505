/* finding.c - roots that nobody named. */
#include "finding.h"

#include <stdio.h>
#include <string.h>

static enum xenpt_code open_layout(struct finding *f, const char *name, struct xenpt_error *err)
{
    if (!name)
        return XENPT_OK;
    if (strchr(name, '/'))
        return xenpt_layout_read(name, NULL, NULL, NULL, &f->layout, err);
    return xenpt_layout_open(name, &f->layout, err);
}

static void say_layout(struct finding *f)
{
    const struct xenpt_layout *layout = xenpt_roots_layout(f->roots);

    if (!layout)
        return;
    snprintf(f->name, sizeof(f->name), "%s%s%s", layout->name, layout->variant ? ":" : "",
             layout->variant ? layout->variant : "");
    f->found.layout = f->name;
}

enum xenpt_code finding_begin(struct finding *ret, const struct source *source,
                              const struct settings *settings, struct xenpt_error *err)
{
    *ret = (struct finding){ 0 };
    if (!source->image || settings->roots.nr || settings->contexts.nr)
        return XENPT_OK;
    return finding_all(ret, source, settings, err);
}

enum xenpt_code finding_all(struct finding *ret, const struct source *source,
                            const struct settings *settings, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct finding){ 0 };
    code = open_layout(ret, settings->layout, err);
    if (!code)
        code = xenpt_roots_find(&source->view, ret->layout, &ret->roots, err);
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
