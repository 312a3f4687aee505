/* command_expose.c - xenpt expose. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "exposed.h"
#include "job.h"

/* A command under way. */
struct exposing {
    struct job job;
    struct finding finding;
    struct exposed exposed;
    unsigned int threats, policies; /* A bit each. */
};

/* --- Threats and policies ------------------------------------------------------------------ */

static enum xenpt_code take_all(struct exposing *e, const struct settings *s,
                                struct xenpt_error *err)
{
    const char *threats[XENPT_NR_FEARS], *policies[XENPT_NR_POLICIES + 1];
    struct names threat_names = { threats, sizeof(threats[0]), XENPT_NR_FEARS };
    struct names policy_names = { policies, sizeof(policies[0]), XENPT_NR_POLICIES + 1 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < XENPT_NR_FEARS; i++)
        threats[i] = xenpt_fear_row((enum xenpt_fear)i)->name;
    for (unsigned int i = 0; i < XENPT_NR_POLICIES; i++)
        policies[i] = xenpt_policy_row((enum xenpt_policy)i)->name;
    policies[XENPT_NR_POLICIES] = "all";
    code = names_choose(&threat_names, "threat", &s->threats, &e->threats, err);
    if (!code)
        code = names_choose(&policy_names, "policy", &s->policies, &e->policies, err);
    if (e->policies >> XENPT_NR_POLICIES)
        e->policies = (1u << XENPT_NR_POLICIES) - 1;
    if (!e->threats && !e->policies)
        e->threats = 1u << XENPT_FEAR_NONE;
    return code;
}

/* --- The command --------------------------------------------------------------------------- */

static enum xenpt_code begin(struct exposing *e, const struct settings *settings,
                             struct xenpt_error *err)
{
    enum xenpt_code code = take_all(e, settings, err);

    if (!code)
        code = job_begin(&e->job, settings, XENPT_REPORT_EXPOSE, err);
    if (!code && e->job.source.image)
        code = finding_all(&e->finding, &e->job.source, settings->arguments[0], settings, NULL,
                           err);
    if (!code && e->finding.found.layout)
        code = source_name_areas(
            &e->job.source, settings->layout ? settings->layout : e->finding.found.layout, err);
    return code ? code : exposed_begin(&e->exposed, &e->job.source, &e->finding, settings, err);
}

enum ending command_expose(const struct settings *settings, struct xenpt_error *err)
{
    struct exposing e = { 0 };
    enum xenpt_code code = begin(&e, settings, err);
    struct xenpt_expose_options opt;
    uint64_t found = 0;

    for (unsigned int t = 0; !code && t < XENPT_NR_FEARS; t++) {
        if (!(e.threats >> t & 1))
            continue;
        opt = exposed_asked(&e.exposed, (enum xenpt_fear)t);
        code = xenpt_report_expose(e.job.report, &e.job.source.view, &opt, settings->ranges, err);
    }
    if (!code && e.policies) {
        opt = exposed_asked(&e.exposed, XENPT_FEAR_NONE);
        code = xenpt_report_policies(e.job.report, &e.job.source.view, &opt, e.policies, &found,
                                     err);
    }
    exposed_end(&e.exposed);
    code = job_end(&e.job, code, err);
    finding_end(&e.finding);
    if (code)
        return END_CANNOT;
    return found ? END_REFUSED : END_DONE;
}
