/* command_threat.c - xenpt threat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "job.h"
#include "meant.h"

/* A command under way. */
struct threatening {
    struct job job;
    struct settings settings; /* As asked for, and a scenario is run up to some step. */
    struct xenpt_party *parties;
    size_t nr_parties;
    struct xenpt_report_frames *frames;
    size_t nr_frames;
    uint32_t *devices;
    size_t nr_devices;
    struct xenpt_threat_stub *stubs;
    size_t nr_stubs;
    const char **without;
    size_t nr_without;
    struct xenpt_pv_rules rules;
    struct xenpt_threat *threat;
    bool by_file;                    /* Threats of the file... */
    size_t first_threat, nr_threats; /* ...from one up to another. */
};

static void *list_of(size_t nr, size_t size, struct xenpt_error *err)
{
    void *list = calloc(nr + 1, size);

    if (!list)
        xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu words", nr);
    return list;
}

/* --- What was asked for -------------------------------------------------------------------- */

/* Word @p i of a list with commas, or NULL.  Each of `words` can be such a list. */
static bool word_at(const struct words *words, size_t i, char buf[128])
{
    for (size_t k = 0; k < words->nr; k++)
        for (const char *w = words->word[k]; *w; w += strspn(w, ",")) {
            size_t n = strcspn(w, ",");

            if (n && !i--) {
                snprintf(buf, 128, "%.*s", (int)n, w);
                return true;
            }
            w += n;
        }
    return false;
}

static size_t count(const struct words *words)
{
    char buf[128];
    size_t nr = 0;

    while (word_at(words, nr, buf))
        nr++;
    return nr;
}

/* Words of --compromised: parties; or a threat of the file's, which is told apart before. */
static enum xenpt_code take_parties(struct threatening *t, struct xenpt_error *err)
{
    const struct settings *s = &t->settings;
    enum xenpt_code code = XENPT_OK;
    char word[128];

    t->parties = list_of(count(&s->compromised), sizeof(*t->parties), err);
    if (!t->parties)
        return XENPT_ENOMEM;
    while (!code && word_at(&s->compromised, t->nr_parties, word))
        code = xenpt_party_parse(t->job.source.machine, word, &t->parties[t->nr_parties++], err);
    return code;
}

/* Whether threats of the file are asked for: all, or the one that --compromised names. */
static enum xenpt_code take_threats(struct threatening *t, struct xenpt_error *err)
{
    const struct settings *s = &t->settings;
    const struct xenpt_run *run = t->job.source.run;
    const char *path = s->arguments[0];
    bool others = s->iommu || s->qemu || s->devices.nr || s->stubs.nr || s->without_moves.nr ||
                  s->without_rules.nr;
    size_t nr = count(&s->compromised);
    char word[128];

    t->nr_threats = xenpt_run_threats(run);
    if (nr == 1 && word_at(&s->compromised, 0, word))
        for (size_t i = 0; i < t->nr_threats; i++)
            if (!strcmp(xenpt_run_threat_name(run, i), word)) {
                t->first_threat = i;
                t->nr_threats = i + 1;
                nr = 0;
                break;
            }
    t->by_file = !nr;
    if (!nr && !t->nr_threats)
        return xenpt_fail(err, XENPT_EPARSE,
                          "who is compromised? --compromised d1.user, d1.kernel, d1.device, "
                          "d1.qemu, dom0 or xen; %s has no threat of its own",
                          path);
    if (t->by_file && others)
        return xenpt_fail(err, XENPT_EPARSE,
                          "what a threat of a file takes for granted is said there: --iommu and "
                          "so on are for parties that --compromised names");
    return XENPT_OK;
}

static enum xenpt_code take_frames(struct threatening *t, struct xenpt_error *err)
{
    const struct settings *s = &t->settings;
    enum xenpt_code code = XENPT_OK;
    char word[128];

    t->frames = list_of(count(&s->frames), sizeof(*t->frames), err);
    if (!t->frames)
        return XENPT_ENOMEM;
    while (!code && word_at(&s->frames, t->nr_frames, word)) {
        struct xenpt_report_frames *f = &t->frames[t->nr_frames++];

        code = meant_frames(&t->job.source, word, &f->first, &f->last, err);
    }
    return code;
}

/* A domain by its name, as a party's. */
static enum xenpt_code domain_named(const struct threatening *t, const char *name, uint32_t *ret,
                                    struct xenpt_error *err)
{
    struct xenpt_party p;
    enum xenpt_code code = xenpt_party_parse(t->job.source.machine, name, &p, err);

    if (!code && p.kind != XENPT_PARTY_KERNEL)
        code = xenpt_fail(err, XENPT_EPARSE, "'%s' is no domain", name);
    *ret = code ? 0 : p.domain;
    return code;
}

static enum xenpt_code take_devices(struct threatening *t, struct xenpt_error *err)
{
    const struct words *words = &t->settings.devices;
    enum xenpt_code code = XENPT_OK;
    char word[128];

    t->devices = list_of(count(words), sizeof(*t->devices), err);
    if (!t->devices)
        return XENPT_ENOMEM;
    while (!code && word_at(words, t->nr_devices, word))
        code = domain_named(t, word, &t->devices[t->nr_devices++], err);
    return code;
}

/* "d3=d2": d3 is the device model of d2. */
static enum xenpt_code take_stubs(struct threatening *t, struct xenpt_error *err)
{
    const struct words *words = &t->settings.stubs;
    enum xenpt_code code = XENPT_OK;
    char word[128];

    t->stubs = list_of(count(words), sizeof(*t->stubs), err);
    if (!t->stubs)
        return XENPT_ENOMEM;
    while (!code && word_at(words, t->nr_stubs, word)) {
        struct xenpt_threat_stub *stub = &t->stubs[t->nr_stubs++];
        char *is = strchr(word, '=');

        if (!is)
            return xenpt_fail(err, XENPT_EPARSE, "'%s': a stub domain is said as d3=d2", word);
        *is = '\0';
        code = domain_named(t, word, &stub->domain, err);
        if (!code)
            code = domain_named(t, is + 1, &stub->target, err);
    }
    return code;
}

static enum xenpt_code take_without(struct threatening *t, struct xenpt_error *err)
{
    const struct words *words = &t->settings.without_moves;
    char word[128];

    t->without = list_of(count(words), sizeof(*t->without), err);
    if (!t->without)
        return XENPT_ENOMEM;
    for (; word_at(words, t->nr_without, word); t->nr_without++) {
        const struct xenpt_move *m = xenpt_move_named(word);

        if (!m)
            return xenpt_fail(err, XENPT_EPARSE, "there is no move '%s': docs/threats.md has them",
                              word);
        t->without[t->nr_without] = m->name;
    }
    return XENPT_OK;
}

static enum xenpt_code take_rules(struct threatening *t, struct xenpt_error *err)
{
    char word[128];

    if (!xenpt_run_rules(t->job.source.run, &t->rules))
        t->rules = xenpt_pv_rules_of_machine(t->job.source.machine);
    for (size_t i = 0; word_at(&t->settings.without_rules, i, word); i++)
        if (!xenpt_pv_rules_switch(&t->rules, word, false))
            return xenpt_fail(err, XENPT_EPARSE, "there is no rule '%s': docs/rules.md has them",
                              word);
    return XENPT_OK;
}

/* --- The command --------------------------------------------------------------------------- */

static enum xenpt_code begin(struct threatening *t, const struct settings *settings,
                             struct xenpt_error *err)
{
    enum xenpt_code code;

    /* A scenario, and not its model alone: it has rules and threats of its own. */
    t->settings = *settings;
    if (!settings->at && source_is_model(settings->arguments[0]))
        t->settings.at = "0";
    code = job_begin(&t->job, &t->settings, XENPT_REPORT_THREAT, err);

    if (!code && !t->job.source.machine)
        code = xenpt_fail(err, XENPT_EPARSE,
                          "%s is no model: what somebody may do next is known of a machine's "
                          "domains, and not of an image",
                          settings->arguments[0]);
    if (!code)
        code = take_threats(t, err);
    if (!code)
        code = take_frames(t, err);
    if (code || t->by_file)
        return code;
    code = take_parties(t, err);
    if (!code)
        code = take_devices(t, err);
    if (!code)
        code = take_stubs(t, err);
    if (!code)
        code = take_without(t, err);
    return code ? code : take_rules(t, err);
}

static enum xenpt_code work_out(struct threatening *t, struct xenpt_error *err)
{
    const struct settings *s = &t->settings;
    const struct xenpt_threat_options opt = {
        .rules = &t->rules,
        .iommu = (enum xenpt_threat_iommu)s->iommu,
        .qemu = (enum xenpt_threat_qemu)s->qemu,
        .devices = t->devices,
        .nr_devices = t->nr_devices,
        .stubs = t->stubs,
        .nr_stubs = t->nr_stubs,
        .without = t->without,
        .nr_without = t->nr_without,
    };

    return xenpt_threat_create(t->job.source.machine, t->parties, t->nr_parties, &opt, &t->threat,
                               err);
}

static enum xenpt_code tell_parties(struct threatening *t, struct xenpt_error *err)
{
    enum xenpt_code code = work_out(t, err);

    if (!code)
        code = xenpt_report_threat(t->job.report, t->threat, t->frames, t->nr_frames, err);
    xenpt_threat_destroy(t->threat);
    return code;
}

/* broken: something that must be out of reach is not. */
static enum xenpt_code tell_threat(struct threatening *t, size_t i, bool *broken,
                                   struct xenpt_error *err)
{
    struct xenpt_run_threat of;
    enum xenpt_code code = xenpt_run_threat(t->job.source.run, i, &of, err);

    if (code)
        return code;
    for (size_t k = 0; k < of.nr_claims; k++)
        *broken |= of.claims[k].verdict != XENPT_RUN_HELD;
    code = xenpt_report_run_threat(t->job.report, &of, t->frames, t->nr_frames, err);
    xenpt_threat_destroy(of.threat);
    return code;
}

enum ending command_threat(const struct settings *settings, struct xenpt_error *err)
{
    struct threatening t = { 0 };
    enum xenpt_code code = begin(&t, settings, err);
    bool broken = false;

    if (!code && !t.by_file)
        code = tell_parties(&t, err);
    for (size_t i = t.first_threat; !code && t.by_file && i < t.nr_threats; i++)
        code = tell_threat(&t, i, &broken, err);
    code = job_end(&t.job, code, err);
    free(t.parties);
    free(t.frames);
    free(t.devices);
    free(t.stubs);
    free(t.without);
    return code ? END_CANNOT : broken ? END_REFUSED : END_DONE;
}
