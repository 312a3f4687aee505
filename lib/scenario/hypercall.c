/* hypercall.c - hypercalls that steps make; what they flush is dropped from what CPUs cache. */
#include "scenario/hypercall.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/lines.h"
#include "scenario/meanwhile.h"
#include "scenario/trace_words.h"
#include "xen/frames.h"
#include "xen/internal.h"
#include "xenpt/suggest.h"

/* --- Rules --------------------------------------------------------------------------------- */

/* "4.5", "xen-4.6.1": a release. */
static bool read_release(const char *text, struct xenpt_release *ret)
{
    return xenpt_release_parse(strncmp(text, "xen-", 4) == 0 ? text + 4 : text, ret);
}

static void unknown(struct scope *s, const struct node *node, const char *name)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    xenpt_suggest_begin(&sug, name);
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        xenpt_suggest_try(&sug, xenpt_pv_rule(i)->name, strlen(xenpt_pv_rule(i)->name));
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "rules: '%.*s' is no release, such as xen-4.5, and no rule with - before it, or + "
            "(docs/rules.md)%s",
            QUOTE_MAX, node->text, xenpt_suggest_words(&sug, hint));
}

static bool read_word(struct scope *s, const struct node *node, const char *text,
                      struct xenpt_rules_wanted *to)
{
    bool on = *text == '+', off = *text == '-';
    const char *name = text + (on || off);

    if (!on && !off) {
        if (!read_release(text, &to->release))
            unknown(s, node, name);
        return true;
    }
    if (!xenpt_pv_rule_named(name)) {
        unknown(s, node, name);
        return true;
    }
    if (to->nr == XENPT_RULES_SWITCHED_MAX) {
        mistake(&s->m, &node->at, XENPT_ERANGE, "rules: more than %d are switched",
                XENPT_RULES_SWITCHED_MAX);
        return true;
    }
    to->switched[to->nr].name = xenpt_pv_rule_named(name)->name;
    to->switched[to->nr++].on = on;
    return true;
}

/* "xen-4.15 -linear-flush" */
static bool read_words(struct scope *s, const struct node *node, struct xenpt_rules_wanted *to)
{
    bool ok = true;

    if (node->kind != NODE_TEXT || !*node->text)
        unknown(s, node, "");
    for (const char *c = node->text; ok && node->kind == NODE_TEXT && *c; c += strspn(c, " ")) {
        size_t n = strcspn(c, " ");
        const char *word = doc_text(s->doc, c, n);

        ok = word && read_word(s, node, word, to);
        c += n;
    }
    return ok;
}

bool rules_read(struct scope *s, const struct node *node, struct xenpt_rules_wanted *ret)
{
    *ret = (struct xenpt_rules_wanted){ .nr = 0 };
    if (!node || node->kind == NODE_NULL)
        return true;
    if (node->kind != NODE_LIST)
        return read_words(s, node, ret);
    for (size_t i = 0; i < node->nr; i++)
        if (!read_words(s, node->items[i], ret))
            return false;
    return true;
}

struct xenpt_pv_rules rules_now(const struct world *w)
{
    const struct xenpt_rules_wanted *wanted = w->scope->rules;
    struct xenpt_pv_rules rules = wanted && wanted->release.major
                                      ? xenpt_pv_rules_of(wanted->release)
                                      : xenpt_pv_rules_of_machine(w->machine);

    for (size_t i = 0; wanted && i < wanted->nr; i++)
        xenpt_pv_rules_switch(&rules, wanted->switched[i].name, wanted->switched[i].on);
    return rules;
}

/* --- Begin and end ------------------------------------------------------------------------- */

static void note_flush(void *ctx, const struct xenpt_pv_flush *flush)
{
    struct world *w = ((struct calling *)ctx)->w;
    struct made_call *c = &w->call;

    if (c->nr_flushes < CALL_FLUSHES_MAX)
        c->flush[c->nr_flushes++] = *flush;
    /* What Xen reads next is what memory has. */
    if (w->lines && !lines_flush(w, flush))
        ((struct calling *)ctx)->lost = true;
}

/* In a multicall the guest can be in user mode, whose tables are loaded then. */
static bool is_in_user(const struct calling *c)
{
    const struct domain *d = &c->w->machine->domains[c->caller.domain];

    return d->desc->type == XENPT_DOMAIN_PV64 && d->vcpus[c->caller.vcpu].user;
}

/* What Xen reads while it is at work for the vCPU. */
static bool read_in_xen(void *ctx, uint64_t at, uint64_t *word)
{
    static const struct xenpt_access read = { .kind = XENPT_READ };
    struct calling *c = ctx;
    struct value who = { .type = VALUE_CONTEXT,
                         .who = { .kind = WHO_VCPU,
                                  .domain = c->caller.domain,
                                  .vcpu = c->caller.vcpu,
                                  .mode = XENPT_RUN_XEN,
                                  .user = is_in_user(c) } };
    const struct xenpt_context *context = world_context(c->w, &who);
    struct accessed a;

    return context && caches_access(c->w, context, &who, at, &read, &a) && a.allowed &&
           xenpt_read(c->w->view->mem, a.walk.out, word, sizeof(*word));
}

/* Puts it on the CPU that it was on last, if it is on none, or in user mode. */
static bool enter_kernel(struct world *w, const struct who *who)
{
    const struct domain *d = &w->machine->domains[who->domain];
    uint32_t cpu = d->vcpus[who->vcpu].cpu;
    struct running_before *before;
    struct xenpt_cpu_state s;
    enum xenpt_run_mode mode = is_pv(d) ? XENPT_RUN_KERNEL : XENPT_RUN_GUEST;
    bool ok;

    xenpt_machine_cpu(w->machine, cpu, &s);
    if (!s.idle && s.domain == who->domain && s.vcpu == who->vcpu &&
        (s.mode == mode || (s.mode == XENPT_RUN_XEN && !d->vcpus[who->vcpu].user)))
        return true;
    before = w->caches ? caches_watch(w) : NULL;
    ok = !xenpt_machine_run(w->machine, who->domain, who->vcpu, cpu, mode, &w->problem);
    world_changed(w);
    if (ok && before)
        ok = caches_switch(w, before);
    free(before);
    return ok;
}

void call_of(struct world *w, const struct who *who, struct calling *ret)
{
    if (!w->entry)
        w->call = (struct made_call){ .made = true };
    *ret = (struct calling){ .w = w, .rules = rules_now(w), .first_flush = w->call.nr_flushes };
    ret->caller = (struct xenpt_pv_caller){
        .domain = who->domain,
        .vcpu = who->vcpu,
        .rules = &ret->rules,
        .flush = note_flush,
        .read = w->caches ? read_in_xen : NULL,
        .ctx = ret,
        .entry = w->entry,
    };
}

bool call_begin(struct world *w, const struct expr *vcpu, struct calling *ret)
{
    const struct xenpt_machine *m = w->machine;
    char name[WHO_MAX];
    struct value v;

    if (!expr_eval(w, vcpu, &v))
        return false;
    if (v.who.domain >= m->nr_domains || v.who.vcpu >= m->domains[v.who.domain].nr_vcpus)
        return world_cannot(w, "there is no such vCPU now");
    if (w->entry && (w->entry->domain != v.who.domain || w->entry->vcpu != v.who.vcpu))
        return world_cannot(w, "%s makes no call of another vCPU's multicall",
                            who_text(w, &v, name));
    if (pending_of(w, v.who.domain, v.who.vcpu))
        return world_cannot(w,
                            "%s was pre-empted in a hypercall, and makes no other one: the step "
                            "continue goes on with it",
                            who_text(w, &v, name));
    if (!w->entry && !enter_kernel(w, &v.who))
        return false;
    call_of(w, &v.who, ret);
    return true;
}

bool call_go(struct calling *c)
{
    struct world *w = c->w;
    struct xenpt_frame any;

    if (w->brief)
        return true;
    /* It counts what was not counted yet, so that only the call's own is told. */
    if (xenpt_pv_frame(w->machine, 0, &any, &w->problem))
        return false;
    c->before = frames_hold(w->machine->frames);
    return true;
}

bool call_argument(struct calling *c, const struct expr *argument)
{
    c->caller.has_argument = argument;
    return number_or(c->w, argument, 0, &c->caller.argument);
}

/* --- What it led to ------------------------------------------------------------------------ */

/* Frames of which something else is known than before, ascending; of more, the first. */
#define TOLD_MAX 8
struct told {
    uint64_t frame[TOLD_MAX];
    size_t nr, more;
};

static void insert(struct told *t, uint64_t frame)
{
    size_t at = t->nr;

    while (at && t->frame[at - 1] > frame)
        at--;
    if (at == TOLD_MAX) {
        t->more++;
        return;
    }
    if (t->nr == TOLD_MAX)
        t->more++;
    else
        t->nr++;
    memmove(&t->frame[at + 1], &t->frame[at], (t->nr - at - 1) * sizeof(t->frame[0]));
    t->frame[at] = frame;
}

static struct frame_info info_of(const struct frames *f, uint64_t frame)
{
    const struct frame_info *info = frames_find(f, frame);

    return info ? *info : (struct frame_info){ .count = 0 };
}

/* "none", "l1 x2 pinned" */
static void put_info(char *buf, size_t size, size_t *used, const struct frame_info *info)
{
    const char *type = xenpt_frame_type_word((enum xenpt_frame_type)info->type)->name;

    if (*used < size && !info->type_count)
        *used += (size_t)snprintf(buf + *used, size - *used, "untyped");
    else if (*used < size)
        *used += (size_t)snprintf(buf + *used, size - *used, "%s x%" PRIu64 "%s%s", type,
                                  info->type_count, info->flags & FRAME_PINNED ? " pinned" : "",
                                  info->flags & FRAME_PARTIAL ? " partial" : "");
}

static const char *frames_text(const struct calling *c)
{
    const struct frames *now = c->w->machine->frames;
    struct frame_names names = { .nr = 0 };
    struct told t = { .nr = 0 };
    char buf[900] = "";
    size_t used = 0;

    if (!frame_names_list(c->w, &names))
        return NULL;
    for (size_t i = 0; c->before && i < frames_slots(now); i++) {
        uint64_t frame;
        const struct frame_info *is = frames_at(now, i, &frame);
        const struct frame_info was = info_of(c->before, frame);

        if (is && (is->type_count != was.type_count || (is->type_count && is->type != was.type) ||
                   (is->flags ^ was.flags) & (FRAME_PINNED | FRAME_PARTIAL)))
            insert(&t, frame);
    }
    for (size_t i = 0; i < t.nr && used < sizeof(buf); i++) {
        const struct frame_info was = info_of(c->before, t.frame[i]), is = info_of(now, t.frame[i]);

        const char *name = frame_name(&names, t.frame[i]);

        used += (size_t)(name ? snprintf(buf + used, sizeof(buf) - used, "; %s ", name)
                              : snprintf(buf + used, sizeof(buf) - used, "; mfn 0x%" PRIx64 " ",
                                         t.frame[i]));
        put_info(buf, sizeof(buf), &used, &was);
        if (used < sizeof(buf))
            used += (size_t)snprintf(buf + used, sizeof(buf) - used, " -> ");
        put_info(buf, sizeof(buf), &used, &is);
    }
    if (t.more && used < sizeof(buf))
        snprintf(buf + used, sizeof(buf) - used, "; and %zu more", t.more);
    return world_text(c->w, "%s", buf);
}

/* " (t1, slot 5)" */
static const char *slot_text(struct world *w, const struct xenpt_pv_result *r)
{
    struct frame_names names = { .nr = 0 };
    const char *name = frame_names_list(w, &names) ? frame_name(&names, r->frame) : NULL;

    if (name)
        return world_text(w, " (%s, slot %u)", name, (unsigned int)r->slot);
    return world_text(w, " (mfn 0x%" PRIx64 ", slot %u)", r->frame, (unsigned int)r->slot);
}

/* "ok; mfn 0x5 ...", "EBUSY, by the rule ..." */
static const char *result_text(struct world *w, const struct xenpt_pv_result *r, const char *frames)
{
    const char *where = "", *after = "";

    if (r->preempted) {
        after = r->settled && r->then ? world_text(w, ", and then %s", r->then_name) : "";
        return world_text(w, "ERESTART: pre-empted after %" PRIu64 " of work%s%s", r->work,
                          after ? after : "", frames);
    }
    if (!r->error && r->rule)
        return world_text(w, "%u done, by the rule %s: %s%s", (unsigned int)r->done, r->rule->name,
                          r->rule->text, frames);
    if (!r->error)
        return world_text(w, "ok%s", frames);
    if (r->slot < XENPT_ROOT_SLOTS)
        where = slot_text(w, r);
    if (r->done)
        after = world_text(w, ", after %u that were done%s", (unsigned int)r->done, frames);
    return world_text(w, "%s, by the rule %s: %s%s%s", r->name, r->rule->name, r->rule->text,
                      where ? where : "", after ? after : "");
}

bool call_end(struct calling *c, bool made, const char **said)
{
    struct world *w = c->w;
    const char *frames = made && !w->brief && (!c->r.error || c->r.done || c->r.preempted)
                             ? frames_text(c)
                             : "";

    frames_drop(c->before);
    if (!made || c->lost)
        return false;
    w->call.r = c->r;
    world_changed(w);
    *said = NULL;
    for (size_t i = c->dropped > c->first_flush ? c->dropped : c->first_flush;
         w->caches && i < w->call.nr_flushes; i++)
        caches_flush(w, &w->call.flush[i]);
    if (w->brief)
        return true;
    *said = result_text(w, &c->r, frames ? frames : "");
    return true;
}
