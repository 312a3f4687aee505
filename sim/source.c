/*
 * source.c - from a file's name and the options to a view: the contexts that the image tells
 * of, as the options correct them, and those given by hand.
 */
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "areas.h"
#include "modes.h"
#include "progress.h"
#include "registers.h"
#include "values.h"

/* --- The image ----------------------------------------------------------------------------- */

static bool cpu_given(const struct settings *s)
{
    return s->vendor_given || s->maxphyaddr.given || s->with.nr || s->without.nr;
}

/* EFER.SVME, which only AMD has. */
#define EFER_SVME XENPT_BIT(12)

static enum xenpt_vendor vendor(const struct settings *s)
{
    if (s->vendor_given)
        return (enum xenpt_vendor)s->vendor; /* The words of --vendor are in its order. */
    return s->efer.given && s->efer.v & EFER_SVME ? XENPT_AMD : XENPT_INTEL;
}

static void warn(const struct xenpt_image *image, const char *path)
{
    struct xenpt_image_info info = xenpt_image_info(image);

    for (size_t i = 0; i < info.nr_warnings; i++)
        fprintf(stderr, "xenpt: warning: %s: %s\n", path, info.warnings[i]);
}

static enum xenpt_code open_image(struct source *s, const char *path,
                                  const struct settings *settings, struct xenpt_error *err)
{
    struct progress progress;
    struct xenpt_cpu cpu;
    struct xenpt_image_options opt = {
        .has_efer = settings->efer.given,
        .efer = settings->efer.v,
        .has_pat = settings->pat.given,
        .pat = settings->pat.v,
        .raw_base = settings->raw_base.v,
        .force_raw = settings->raw,
        .symbols = settings->symbols,
        .progress = progress_bytes,
        .progress_ctx = &progress,
    };
    enum xenpt_code code = mode_cpu(settings, vendor(settings), &cpu, err);

    if (code)
        return code;
    if (cpu_given(settings))
        opt.cpu = &cpu;
    progress_begin(&progress, !settings->quiet, path);
    code = xenpt_image_open(path, &opt, &s->image, err);
    progress_end(&progress);
    if (code)
        return code;
    s->own = xenpt_image_view(s->image);
    if (settings->registers)
        code = registers_open(settings->registers, &s->registers, err);
    if (!settings->quiet)
        warn(s->image, path);
    return code;
}

/* --- Contexts of the image ----------------------------------------------------------------- */

/* Takes a phrase out of a list with "; " between. */
static void unsay(char *text, const char *phrase)
{
    char *at = strstr(text, phrase), *rest;

    if (!at)
        return;
    rest = at + strlen(phrase);
    if (!strncmp(rest, "; ", 2))
        rest += 2;
    else if (at - text >= 2)
        at -= 2;
    memmove(at, rest, strlen(rest) + 1);
}

/* The same for each phrase that begins so. */
static void unsay_of(char *text, const char *begin)
{
    char phrase[256], *at;

    while ((at = strstr(text, begin))) {
        snprintf(phrase, sizeof(phrase), "%.*s", (int)strcspn(at, ";"), at);
        unsay(text, phrase);
    }
}

/* Registers that were stated take the place of those that the image has, or lacks. */
static enum xenpt_code correct(const struct source *source, struct xenpt_context *c,
                               const struct settings *s, struct xenpt_error *err)
{
    struct xenpt_regs regs = c->paging.regs;
    struct xenpt_cpu cpu = c->paging.cpu;
    bool has_efer = false;

    if (source->registers && !s->efer.given) {
        enum xenpt_code code = registers_efer(source->registers, s->registers, c, &has_efer,
                                              &regs.efer, err);

        if (code)
            return code;
    }
    if (has_efer) {
        unsay_of(c->assumed, "EFER.");
        if (regs.efer & EFER_SVME && !cpu_given(s))
            cpu = xenpt_cpu_widest(XENPT_AMD);
    }
    if (!has_efer && !s->cr0.given && !s->cr4.given && !s->pkru.given && !s->pkrs.given)
        return XENPT_OK;
    if (s->cr0.given)
        regs.cr0 = s->cr0.v;
    if (s->cr4.given)
        regs.cr4 = s->cr4.v;
    if (s->pkru.given) {
        regs.pkru = (uint32_t)s->pkru.v;
        unsay(c->assumed, "PKRU=0");
    }
    if (s->pkrs.given) {
        regs.pkrs = (uint32_t)s->pkrs.v;
        unsay(c->assumed, "PKRS=0");
    }
    return xenpt_prefix(err, xenpt_paging_init(&c->paging, &cpu, &regs, err), "%s", c->name);
}

/* --- Contexts given by hand ---------------------------------------------------------------- */

static void assume(struct xenpt_context *c, bool assumed, const char *phrase)
{
    size_t used = strlen(c->assumed);

    if (assumed)
        snprintf(c->assumed + used, sizeof(c->assumed) - used, "%s%s", used ? "; " : "", phrase);
}

static void say_assumed(struct xenpt_context *c, const struct mode *mode, const struct settings *s)
{
    if (mode->kind == MODE_EPT || mode->format == XENPT_UNPAGED)
        return;
    assume(c, !s->cr0.given, "CR0.WP=1");
    assume(c, !s->cr4.given, "CR4 without SMEP, SMAP and protection keys");
    assume(c, !s->efer.given && mode->efer & XENPT_EFER_NXE,
           c->paging.cpu.nx ? "EFER.NXE=1" : "EFER.NXE=0");
    assume(c, !s->pat.given, "PAT as after reset");
}

/* ADDRESS, read as --mode says; or FRAME:MODE, as reports name roots. */
static enum xenpt_code read_root(const char *text, const struct settings *settings,
                                 const struct mode **mode, uint64_t *root, struct xenpt_error *err)
{
    const char *colon = strchr(text, ':');
    enum xenpt_code code;
    char frame[32];

    *mode = mode_chosen(settings);
    if (!colon)
        return value_hex("--root", text, root, err);
    snprintf(frame, sizeof(frame), "%.*s", (int)(colon - text), text);
    code = value_hex("--root", frame, root, err);
    if (!code && *root >> (XENPT_MADDR_BITS - XENPT_PAGE_SHIFT))
        code = xenpt_fail(err, XENPT_ERANGE, "--root: there is no frame 0x%" PRIx64, *root);
    *root <<= XENPT_PAGE_SHIFT;
    return code ? code : mode_named("--root", colon + 1, mode, err);
}

static enum xenpt_code by_hand(struct xenpt_context *c, const char *text,
                               const struct settings *settings, const struct xenpt_cpu *cpu,
                               struct xenpt_error *err)
{
    const struct mode *mode;
    enum xenpt_code code;
    uint64_t root;

    code = read_root(text, settings, &mode, &root, err);
    if (code)
        return code;
    code = mode_paging(mode, settings, cpu, root, &c->paging, err);
    if (code)
        return xenpt_prefix(err, code, "--root");
    root = c->paging.root;
    if (root & (XENPT_PAGE_SIZE - 1))
        snprintf(c->name, sizeof(c->name), "root:0x%" PRIx64 "+0x%" PRIx64,
                 root >> XENPT_PAGE_SHIFT, root & (XENPT_PAGE_SIZE - 1));
    else
        snprintf(c->name, sizeof(c->name), "root:0x%" PRIx64, root >> XENPT_PAGE_SHIFT);
    say_assumed(c, mode, settings);
    return XENPT_OK;
}

/* --context root:0xMFN names a root that nobody has to give first. */
static enum xenpt_code by_name(struct source *s, const struct settings *settings,
                               const struct xenpt_cpu *cpu, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    char frame[64];

    for (size_t i = 0; !code && i < settings->contexts.nr; i++) {
        const char *name = settings->contexts.word[i];

        if (strncmp(name, "root:0x", 7) != 0 || strchr(name, '+') ||
            xenpt_view_context(&s->view, name))
            continue;
        snprintf(frame, sizeof(frame), "%s:%s", name + 5, mode_chosen(settings)->name);
        code = by_hand(&s->contexts[s->view.nr_contexts], frame, settings, cpu, err);
        s->view.nr_contexts += !code;
    }
    return code;
}

/* --- All of them --------------------------------------------------------------------------- */

static enum xenpt_code add_second(struct source *s, const struct settings *settings,
                                  const struct xenpt_cpu *cpu, struct xenpt_error *err)
{
    struct xenpt_paging second;
    enum xenpt_code code;

    if (!settings->second)
        return XENPT_OK;
    code = mode_second(settings->second, cpu, &second, err);
    for (size_t i = 0; !code && i < s->view.nr_contexts; i++) {
        struct xenpt_context *c = &s->contexts[i];

        if (c->paging.format.second_stage)
            return xenpt_fail(err, XENPT_ESTATE, "--second: %s is itself a second stage: %s",
                              c->name, c->paging.format.name);
        c->second = second;
        c->has_second = true;
    }
    return code;
}

static enum xenpt_code fill(struct source *s, const struct settings *settings,
                            struct xenpt_error *err)
{
    size_t nr_cpus = s->own->nr_contexts;
    struct xenpt_cpu cpu = { 0 };
    enum xenpt_code code = mode_cpu(settings, vendor(settings), &cpu, err);

    if (!code && !cpu_given(settings) && nr_cpus)
        cpu = s->own->contexts[0].paging.cpu;
    for (size_t i = 0; !code && i < nr_cpus; i++) {
        s->contexts[i] = s->own->contexts[i];
        code = correct(s, &s->contexts[i], settings, err);
    }
    for (size_t i = 0; !code && i < settings->roots.nr; i++)
        code = by_hand(&s->contexts[nr_cpus + i], settings->roots.word[i], settings, &cpu, err);
    s->view = *s->own;
    s->view.contexts = s->contexts;
    s->view.nr_contexts = nr_cpus + settings->roots.nr;
    if (!code)
        code = by_name(s, settings, &cpu, err);
    return code ? code : add_second(s, settings, &cpu, err);
}

/* --- Those asked for ----------------------------------------------------------------------- */

static enum xenpt_code no_context(const struct source *s, const char *name, struct xenpt_error *err)
{
    size_t n = s->view.nr_contexts, some = n < 4 ? n : 3, used = 0;
    char hint[XENPT_DID_YOU_MEAN_MAX], all[5 * XENPT_NAME_MAX] = "none";
    struct xenpt_suggestion near;

    xenpt_suggest_begin(&near, name);
    for (size_t i = 0; i < n; i++) {
        xenpt_suggest_try(&near, s->contexts[i].name, strlen(s->contexts[i].name));
        if (i < some)
            used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? " " : "",
                                     s->contexts[i].name);
    }
    if (n > some)
        snprintf(all + used, sizeof(all) - used, " and %zu more", n - some);
    return xenpt_fail(err, XENPT_EPARSE, "--context: there is no '%s'; there %s %s%s", name,
                      n == 1 ? "is" : "are", all, xenpt_suggest_words(&near, hint));
}

static enum xenpt_code choose(struct source *s, const struct settings *settings,
                              struct xenpt_error *err)
{
    size_t from = settings->roots.nr ? s->view.nr_contexts - settings->roots.nr : 0;

    for (size_t i = 0; i < settings->contexts.nr; i++) {
        const struct xenpt_context *c = xenpt_view_context(&s->view, settings->contexts.word[i]);

        if (!c)
            return no_context(s, settings->contexts.word[i], err);
        s->shown[s->nr_shown++] = c;
    }
    for (size_t i = from; !settings->contexts.nr && i < s->view.nr_contexts; i++)
        s->shown[s->nr_shown++] = &s->contexts[i];
    return XENPT_OK;
}

enum xenpt_code source_open(struct source *ret, const char *path, const struct settings *settings,
                            struct xenpt_error *err)
{
    struct source s = { .path = path, .settings = settings };
    enum xenpt_code code = source_is_model(path) ? source_open_model(&s, path, settings, err)
                                                 : open_image(&s, path, settings, err);
    size_t n;

    if (!code && settings->mode_given && !settings->roots.nr && !settings->contexts.nr)
        code = xenpt_fail(err, XENPT_EPARSE, "--mode is that of a root, and none is given: --root");
    if (code) {
        source_close(&s);
        return code;
    }
    n = s.own->nr_contexts + settings->roots.nr + settings->contexts.nr + 1;
    s.contexts = calloc(n, sizeof(s.contexts[0]));
    s.shown = calloc(n, sizeof(const struct xenpt_context *));
    if (!s.contexts || !s.shown) {
        source_close(&s);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", n);
    }
    code = fill(&s, settings, err);
    if (!code)
        code = choose(&s, settings, err);
    if (code) {
        source_close(&s);
        return code;
    }
    *ret = s;
    return XENPT_OK;
}

enum xenpt_code source_name_areas(struct source *s, const char *layout, struct xenpt_error *err)
{
    enum xenpt_code code = areas_create(&s->areas, &s->view, layout, err);

    if (!code)
        s->view.explainer = areas_explainer(s->areas);
    return code;
}

/* The first option that is given, and says how an image's file is to be read; or NULL. */
static const char *of_file(const struct settings *s)
{
    return s->symbols          ? "symbols"
           : s->raw            ? "raw"
           : s->raw_base.given ? "raw-base"
           : s->registers      ? "registers"
                               : NULL;
}

enum xenpt_code source_check_given(const struct source *s, const struct settings *settings,
                                   struct xenpt_error *err)
{
    const char *of = s->machine ? of_file(settings) : NULL;

    if (of)
        return xenpt_fail(err, XENPT_EPARSE, "--%s: %s is no image, but a model", of, s->path);
    if (s->machine || (!settings->at && !settings->set.nr))
        return XENPT_OK;
    return xenpt_fail(err, XENPT_EPARSE, "--%s: %s is an image, and only a scenario has %s",
                      settings->at ? "at" : "set", s->path, settings->at ? "steps" : "parameters");
}

enum xenpt_code source_need_contexts(const struct source *s, const char *path,
                                     struct xenpt_error *err)
{
    if (s->nr_shown)
        return XENPT_OK;
    if (!s->image)
        return xenpt_fail(err, XENPT_EPARSE, "%s has no context", path);
    return xenpt_fail(err, XENPT_EPARSE,
                      "%s (%s) tells of no CPU: give a root by --root ADDRESS and --mode", path,
                      xenpt_image_form_name(xenpt_image_info(s->image).form));
}

void source_close(struct source *s)
{
    areas_destroy(s->areas);
    json_decref(s->registers);
    free(s->shown);
    free(s->contexts);
    xenpt_image_close(s->image);
    xenpt_machine_destroy(s->own_machine);
    xenpt_model_close(s->model);
    xenpt_run_destroy(s->run);
    xenpt_runner_destroy(s->runner);
}
