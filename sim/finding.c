/* finding.c - roots that nobody named. */
#include "finding.h"

#include <stdio.h>

#include "areas.h"

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
    if (!source->image)
        return XENPT_OK;
    if (settings->roots.nr || settings->contexts.nr)
        return settings->layout
                   ? xenpt_fail(err, XENPT_EPARSE,
                                "--layout: roots are named, so that none are looked for by it")
                   : XENPT_OK;
    return finding_all(ret, source, settings, err);
}

enum xenpt_code finding_all(struct finding *ret, const struct source *source,
                            const struct settings *settings, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct finding){ 0 };
    code = settings->layout ? layout_stated(settings->layout, &ret->layout, err) : XENPT_OK;
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
