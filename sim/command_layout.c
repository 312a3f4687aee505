/* command_layout.c - xenpt layout. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "output.h"

/* The last mistake of a file is what the program ends with; those before are told at once. */
struct mistakes {
    struct xenpt_error last;
    bool any;
};

static void tell(void *ctx, const struct xenpt_error *mistake)
{
    struct mistakes *m = ctx;
    char text[sizeof(m->last.text) + sizeof(m->last.file) + 64];

    if (m->any) {
        xenpt_error_format(&m->last, text, sizeof(text));
        fprintf(stderr, "xenpt layout: %s\n", text);
    }
    m->last = *mistake;
    m->any = true;
}

/* A name may be a release, a layout's or a file's; a colon and a variant may follow. */
static enum xenpt_code open_file(const char *name, struct xenpt_layout **ret,
                                 struct xenpt_error *err)
{
    const char *colon = strrchr(name, ':');
    const char *variant = colon && !strchr(colon, '/') ? colon + 1 : NULL;
    struct mistakes mistakes = { .any = false };
    enum xenpt_code code;
    char path[4096];
    int n = snprintf(path, sizeof(path), "%.*s",
                     (int)(variant ? (size_t)(colon - name) : strlen(name)), name);

    if (n < 0 || (size_t)n >= sizeof(path))
        return xenpt_fail(err, XENPT_ERANGE, "the name of a file has more than %zu bytes",
                          sizeof(path) - 1);
    code = xenpt_layout_read(path, variant, tell, &mistakes, ret, err);
    if (code && mistakes.any && err)
        *err = mistakes.last;
    return code;
}

static enum xenpt_code open_one(const struct settings *s, size_t i, struct xenpt_layout **ret,
                                struct xenpt_error *err)
{
    if (i == s->nr_arguments)
        return open_file(s->layout, ret, err);
    if (strchr(s->arguments[i], '/'))
        return open_file(s->arguments[i], ret, err);
    return xenpt_layout_open(s->arguments[i], ret, err);
}

static enum xenpt_code list(struct xenpt_report *report, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && xenpt_layout_name(i); i++) {
        struct xenpt_layout *layout = NULL;

        code = xenpt_layout_open(xenpt_layout_name(i)->name, &layout, err);
        if (!code)
            code = xenpt_report_layout_name(report, layout, err);
        xenpt_layout_close(layout);
    }
    return code;
}

static enum xenpt_code write_report(const struct settings *s, struct output *output,
                                    struct xenpt_layout *const layouts[], size_t nr,
                                    struct xenpt_error *err)
{
    static const enum xenpt_report_kind kinds[] = { XENPT_REPORT_LAYOUTS, XENPT_REPORT_LAYOUT,
                                                    XENPT_REPORT_LAYOUT_DIFF };
    struct xenpt_report_options opt = {
        .form = (enum xenpt_report_form)s->format,
        .colour = output_colour(output, s),
        .write = output_write,
        .ctx = output,
    };
    struct xenpt_report *report = NULL;
    enum xenpt_code code = xenpt_report_create(kinds[nr], &opt, &report, err);

    if (!code && nr == 2)
        code = xenpt_report_layout_diff(report, layouts[0], layouts[1], err);
    else if (!code)
        code = nr ? xenpt_report_layout(report, layouts[0], err) : list(report, err);
    if (!code)
        code = xenpt_report_finish(report, err);
    xenpt_report_destroy(report);
    return code;
}

enum ending command_layout(const struct settings *settings, struct xenpt_error *err)
{
    size_t nr = settings->nr_arguments + (settings->layout != NULL);
    struct xenpt_layout *layouts[2] = { NULL, NULL };
    struct output output = { NULL, NULL, NULL };
    enum xenpt_code code = XENPT_OK;

    if (nr > 2 || (settings->diff && nr != 2))
        code = xenpt_fail(err, XENPT_EPARSE, "%s two layouts can be compared, and %zu %s given",
                          nr > 2 ? "no more than" : "--diff:", nr, nr == 1 ? "is" : "are");
    for (size_t i = 0; !code && i < nr; i++)
        code = open_one(settings, i, &layouts[i], err);
    if (!code)
        code = output_open(&output, settings, err);
    if (!code)
        code = write_report(settings, &output, layouts, nr, err);
    code = output_written(&output, code, err);
    output_close(&output);
    xenpt_layout_close(layouts[0]);
    xenpt_layout_close(layouts[1]);
    return code ? END_CANNOT : END_DONE;
}
