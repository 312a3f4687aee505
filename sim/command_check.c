/* command_check.c - xenpt check. */
#include "commands.h"
#include "exposed.h"
#include "job.h"

/* A command under way. */
struct checking {
    struct job job;
    struct finding finding;
    struct exposed exposed;
    struct xenpt_audit_roots *roots;
    unsigned int invariants, policies; /* A bit each. */
};

static enum xenpt_code take_all(struct checking *k, const struct settings *s,
                                struct xenpt_error *err)
{
    const char *invariants[XENPT_NR_AUDITS + 1], *policies[XENPT_NR_POLICIES + 1];
    struct names invariant_names = { invariants, sizeof(invariants[0]), XENPT_NR_AUDITS + 1 };
    struct names policy_names = { policies, sizeof(policies[0]), XENPT_NR_POLICIES + 1 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++)
        invariants[i] = xenpt_audit_row((enum xenpt_audit_invariant)i)->name;
    invariants[XENPT_NR_AUDITS] = "all";
    for (unsigned int i = 0; i < XENPT_NR_POLICIES; i++)
        policies[i] = xenpt_policy_row((enum xenpt_policy)i)->name;
    policies[XENPT_NR_POLICIES] = "all";
    code = names_choose(&invariant_names, "invariant", &s->invariants, &k->invariants, err);
    if (!code)
        code = names_choose(&policy_names, "policy", &s->policies, &k->policies, err);
    if (k->invariants >> XENPT_NR_AUDITS || (!k->invariants && !k->policies))
        k->invariants = (1u << XENPT_NR_AUDITS) - 1;
    if (k->policies >> XENPT_NR_POLICIES)
        k->policies = (1u << XENPT_NR_POLICIES) - 1;
    return code;
}

/* Roots are found in a machine's memory as in an image: nobody is asked where they are. */
static enum xenpt_code begin(struct checking *k, const struct settings *settings,
                             struct xenpt_error *err)
{
    enum xenpt_code code = take_all(k, settings, err);
    const struct xenpt_layout *own = NULL;

    if (!code)
        code = job_begin(&k->job, settings, XENPT_REPORT_CHECK, err);
    if (!code && k->job.source.machine)
        own = xenpt_machine_layout(k->job.source.machine);
    if (!code)
        code = finding_all(&k->finding, &k->job.source, settings->arguments[0], settings, own, err);
    if (!code && k->finding.found.layout)
        code = source_name_areas(
            &k->job.source, settings->layout ? settings->layout : k->finding.found.layout, err);
    if (!code && k->invariants)
        code = xenpt_audit_roots_create(&k->job.source.view, k->finding.roots, &k->roots, err);
    return code;
}

static enum xenpt_code invariants(struct checking *k, uint64_t *found, struct xenpt_error *err)
{
    return xenpt_report_audit(k->job.report, &k->job.source.view, xenpt_audit_roots_facts(k->roots),
                              k->invariants, xenpt_audit_roots_left_out(k->roots), found, err);
}

static enum xenpt_code policies(struct checking *k, const struct settings *settings,
                                uint64_t *found, struct xenpt_error *err)
{
    struct xenpt_expose_options opt;
    enum xenpt_code code = exposed_begin(&k->exposed, &k->job.source, &k->finding, settings, err);

    if (!code) {
        opt = exposed_asked(&k->exposed, XENPT_FEAR_NONE);
        code = xenpt_report_policies(k->job.report, &k->job.source.view, &opt, k->policies, found,
                                     err);
    }
    exposed_end(&k->exposed);
    return code;
}

enum ending command_check(const struct settings *settings, struct xenpt_error *err)
{
    struct checking k = { 0 };
    enum xenpt_code code = begin(&k, settings, err);
    uint64_t broken = 0, against = 0;

    if (!code && k.invariants)
        code = invariants(&k, &broken, err);
    if (!code && k.policies)
        code = policies(&k, settings, &against, err);
    xenpt_audit_roots_free(k.roots);
    code = job_end(&k.job, code, err);
    finding_end(&k.finding);
    if (code)
        return END_CANNOT;
    return broken || against ? END_REFUSED : END_DONE;
}
