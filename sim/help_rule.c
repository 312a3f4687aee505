/* help_rule.c - one of Xen's rules for PV page tables. */
#include <string.h>

#include "help.h"
#include "xenpt.h"

static void release(FILE *to, const char *word, const struct xenpt_release *r)
{
    if (!r->major)
        return;
    fprintf(to, "%s %u.%u", word, r->major, r->minor);
    if (r->patch)
        fprintf(to, ".%u", r->patch);
    fputc('\n', to);
}

/* "Since:     4.17, 4.16.2" */
static void since(FILE *to, const struct xenpt_pv_rule *r)
{
    if (!r->since.major)
        return;
    fprintf(to, "Since:     %u.%u", r->since.major, r->since.minor);
    if (r->since.patch)
        fprintf(to, ".%u", r->since.patch);
    for (size_t i = 0; i < XENPT_PV_ALSO_MAX && r->also[i].major; i++)
        fprintf(to, ", %u.%u.%u", r->also[i].major, r->also[i].minor, r->also[i].patch);
    fputc('\n', to);
}

bool help_rule(FILE *to, const char *name)
{
    const struct xenpt_pv_rule *r = xenpt_pv_rule_named(name);

    if (!r)
        return false;
    fprintf(to, "%s, a rule of Xen's for the page tables of PV guests:\n\n", r->name);
    help_fill(to, r->text, strlen(r->text), 0, 0);
    fprintf(to, "\nError:     %s\n", r->error ? r->error : "none: Xen acts by it");
    since(to, r);
    release(to, "Before:   ", &r->before);
    if (r->advisory)
        fprintf(to, "Advisory:  %s\n", r->advisory);
    fprintf(to, "Source:    %s\n", r->source);
    return true;
}

void help_rule_suggest(struct xenpt_suggestion *s)
{
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        xenpt_suggest_try(s, xenpt_pv_rule(i)->name, strlen(xenpt_pv_rule(i)->name));
}
