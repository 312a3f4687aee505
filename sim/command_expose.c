/* command_expose.c - xenpt expose. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "finding.h"
#include "job.h"

/* A command under way. */
struct exposing {
    struct job job;
    struct finding finding;
    struct xenpt_owners *owners;
    struct xenpt_context *own; /* Copies, where more is known of a context than it says. */
    const struct xenpt_context **contexts;
    size_t nr;
    unsigned int threats, policies; /* A bit each. */
};

/* --- Whose memory is ----------------------------------------------------------------------- */

/* Where nothing says whose it is, it is one piece. */
static enum xenpt_code nobody(struct xenpt_owners **ret, struct xenpt_error *err)
{
    struct xenpt_owners *o = calloc(1, sizeof(*o));

    if (o) {
        o->names = calloc(1, sizeof(*o->names));
        o->pieces = calloc(1, sizeof(*o->pieces));
    }
    if (!o || !o->names || !o->pieces) {
        xenpt_owners_free(o);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for whose memory is");
    }
    o->names[0] = "memory";
    o->pieces[0].last = (UINT64_C(1) << XENPT_MADDR_BITS) - 1;
    o->nr_names = o->nr_pieces = 1;
    *ret = o;
    return XENPT_OK;
}

static enum xenpt_code find_owners(struct exposing *e, struct xenpt_error *err)
{
    const struct source *s = &e->job.source;

    if (s->machine)
        return xenpt_machine_owners(s->machine, &e->owners, err);
    if (!e->finding.found.layout)
        return nobody(&e->owners, err);
    return xenpt_image_owners(&s->view, e->finding.roots, &e->owners, err);
}

/* --- Contexts ------------------------------------------------------------------------------ */

static bool same_root(const struct xenpt_context *a, const struct xenpt_context *b)
{
    return a->paging.root == b->paging.root && a->paging.id == b->paging.id &&
           a->has_second == b->has_second && (!a->has_second || a->second.root == b->second.root);
}

/* What a CPU runs on is what the root that was found there is for. */
static struct xenpt_context with_kind(const struct exposing *e, const struct xenpt_context *c)
{
    struct xenpt_context ret = *c;

    for (size_t i = 0; i < e->finding.found.nr && !c->kind && !c->has_second; i++) {
        const struct xenpt_root *r = &e->finding.found.roots[i];

        if (r->stale || !same_root(&r->context, c))
            continue;
        ret.kind = r->context.kind;
        memcpy(ret.domain, r->context.domain, sizeof(ret.domain));
    }
    return ret;
}

/* What is loaded on a CPU of a machine is one of its contexts, once more. */
static bool is_twice(const struct exposing *e, const struct xenpt_context *c)
{
    for (size_t i = 0; i < e->nr; i++) {
        const struct xenpt_context *o = e->contexts[i];

        if (same_root(o, c) && !strcmp(o->domain, c->domain) && o->cpl == c->cpl &&
            (!strncmp(c->name, "cpu", 3) ||
             (!c->has_cpu && !strncmp(c->name, "root:", 5) && !strncmp(o->name, "root:", 5))))
            return true;
    }
    return false;
}

static void add(struct exposing *e, const struct xenpt_context *c)
{
    e->own[e->nr] = with_kind(e, c);
    if (is_twice(e, &e->own[e->nr]))
        return;
    e->contexts[e->nr] = e->job.source.machine ? c : &e->own[e->nr];
    e->nr++;
}

static enum xenpt_code choose(struct exposing *e, struct xenpt_error *err)
{
    const struct settings *s = e->job.settings;
    const struct source *from = &e->job.source;
    size_t max = e->finding.found.nr + from->nr_shown;

    e->contexts = calloc(max + 1, sizeof(const struct xenpt_context *));
    e->own = calloc(max + 1, sizeof(*e->own));
    if (!e->contexts || !e->own)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", max);
    for (size_t i = 0; i < from->nr_shown; i++)
        add(e, from->shown[i]);
    for (size_t i = 0; i < e->finding.found.nr && !s->contexts.nr && !s->roots.nr; i++)
        if (!e->finding.found.roots[i].stale)
            add(e, &e->finding.found.roots[i].context);
    return e->nr ? XENPT_OK : source_need_contexts(from, s->arguments[0], err);
}

/* --- Threats and policies ------------------------------------------------------------------ */

/* The names of rows, as words of an option that a person chose from. */
static enum xenpt_code take_names(const char *option, const struct words *words,
                                  const struct names *names, unsigned int *ret,
                                  struct xenpt_error *err)
{
    for (size_t i = 0; i < words->nr; i++)
        for (const char *from = words->word[i];; from++) {
            size_t n = strcspn(from, ","), which;
            char word[64];
            enum xenpt_code code;

            if (!n || n >= sizeof(word))
                return xenpt_fail(err, XENPT_EPARSE, "--%s %s: a name is missing", option,
                                  words->word[i]);
            memcpy(word, from, n);
            word[n] = '\0';
            code = names_find(names, option, word, &which, err);
            if (code)
                return code;
            *ret |= 1u << which;
            from += n;
            if (!*from)
                break;
        }
    return XENPT_OK;
}

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
    code = take_names("threat", &s->threats, &threat_names, &e->threats, err);
    if (!code)
        code = take_names("policy", &s->policies, &policy_names, &e->policies, err);
    if (e->policies >> XENPT_NR_POLICIES)
        e->policies = (1u << XENPT_NR_POLICIES) - 1;
    if (!e->threats && !e->policies)
        e->threats = 1u << XENPT_FEAR_NONE;
    return code;
}

/* A model has a processor.  Of an image nothing but the vendor can be said. */
static bool is_immune(const struct exposing *e, enum xenpt_fear threat)
{
    const struct xenpt_machine *m = e->job.source.machine;
    const struct settings *s = e->job.settings;
    const struct xenpt_cpu_model *p = m ? xenpt_machine_processor(m) : NULL;

    if (threat == XENPT_FEAR_MELTDOWN)
        return p ? !p->meltdown : s->vendor_given && s->vendor == XENPT_AMD;
    if (threat == XENPT_FEAR_L1TF)
        return p ? !p->l1tf : s->vendor_given && s->vendor == XENPT_AMD;
    return false;
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
    if (!code)
        code = find_owners(e, err);
    return code ? code : choose(e, err);
}

enum ending command_expose(const struct settings *settings, struct xenpt_error *err)
{
    struct exposing e = { 0 };
    enum xenpt_code code = begin(&e, settings, err);
    struct xenpt_expose_options opt = {
        .contexts = e.contexts,
        .nr_contexts = e.nr,
        .owners = e.owners,
    };
    uint64_t found = 0;

    if (!code && e.job.source.machine) {
        opt.sight = xenpt_machine_sight;
        opt.denies = xenpt_machine_denies;
        opt.sight_ctx = e.job.source.machine;
        opt.control = xenpt_machine_control(e.job.source.machine);
    }
    for (unsigned int t = 0; !code && t < XENPT_NR_FEARS; t++) {
        if (!(e.threats >> t & 1))
            continue;
        opt.threat = (enum xenpt_fear)t;
        opt.immune = is_immune(&e, opt.threat);
        code = xenpt_report_expose(e.job.report, &e.job.source.view, &opt, settings->ranges, err);
    }
    opt.threat = XENPT_FEAR_NONE;
    opt.immune = false;
    if (!code && e.policies)
        code = xenpt_report_policies(e.job.report, &e.job.source.view, &opt, e.policies, &found,
                                     err);
    xenpt_owners_free(e.owners);
    code = job_end(&e.job, code, err);
    finding_end(&e.finding);
    free(e.contexts);
    free(e.own);
    if (code)
        return END_CANNOT;
    return found ? END_REFUSED : END_DONE;
}
