/* run_words.c - what came of an expectation as lines of text, for forms that have none. */
#include <inttypes.h>
#include <stdio.h>

#include "report/run.h"

const char *run_cell_words(const struct xenpt_run_result *r, const struct xenpt_run_cell *c,
                           char buf[RUN_NAME_MAX])
{
    snprintf(buf, RUN_NAME_MAX, "%s%s%s%s", r->file, *c->name ? " [" : "", c->name,
             *c->name ? "]" : "");
    return buf;
}

const char *run_step_words(const struct xenpt_run_step *s, const char *then, char buf[RUN_NAME_MAX])
{
    if (!s->number)
        snprintf(buf, RUN_NAME_MAX, "before any step%s%s", *then ? ": " : "", then);
    else if (s->name)
        snprintf(buf, RUN_NAME_MAX, "step %u, %s%s%s", s->number, s->name, *then ? ": " : "", then);
    else
        snprintf(buf, RUN_NAME_MAX, "step %u%s%s", s->number, *then ? ": " : "", then);
    return buf;
}

const char *run_found_words(const struct xenpt_run_expectation *e, char buf[RUN_FOUND_MAX])
{
    const char *found = e->found ? e->found : "";

    if (e->verdict == XENPT_RUN_ERROR)
        snprintf(buf, RUN_FOUND_MAX, "cannot be told: %s", found);
    else
        snprintf(buf, RUN_FOUND_MAX, "expected %s; found %s%s%s", e->expected ? e->expected : "",
                 found, e->subject ? ", in " : "", e->subject ? e->subject : "");
    return buf;
}

/* "L4 slot 262 800000013fdfa063 P RW A D NX (xen: copied from Xen's own table)" */
void run_walk_lines(const struct xenpt_run_walk *w, void (*line)(void *ctx, const char *text),
                    void *ctx)
{
    char text[RUN_FOUND_MAX];

    snprintf(text, sizeof(text), "walk of 0x%" PRIx64 "%s%s%s in %s: %s", w->in,
             w->area ? " <" : "", w->area ? w->area : "", w->area ? ">" : "", w->context, w->ended);
    line(ctx, text);
    for (size_t i = 0; i < w->nr_entries; i++) {
        const struct xenpt_run_entry *e = &w->entries[i];
        bool why = e->owner || e->rule;

        snprintf(text, sizeof(text), "%sL%u slot %u %016" PRIx64 " %s%s%s%s%s%s",
                 e->second ? "second stage " : "", e->level, e->slot, e->entry, e->flags,
                 why ? " (" : "", e->owner ? e->owner : "", e->owner && e->rule ? ": " : "",
                 e->rule ? e->rule : "", why ? ")" : "");
        line(ctx, text);
    }
}
