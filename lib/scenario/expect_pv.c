/* expect_pv.c - expectations: what came of a hypercall, and what Xen knows of frames. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xenpt/suggest.h"

/* --- Results ------------------------------------------------------------------------------- */

struct result_args {
    struct check_head head;
    const char *error, *rule;
    const struct expr *done, *work, *call;
};

static enum checked no_call(struct world *w)
{
    world_cannot(w, "no hypercall was made, such as mmu-update");
    return CHECK_CANNOT;
}

/* Of the last hypercall, or of one that a multicall has made; NULL: there is none. */
static const struct xenpt_pv_result *result_of(struct world *w, const struct expr *call)
{
    struct value v;

    if (!call)
        return &w->call.r;
    if (!expr_eval(w, call, &v))
        return NULL;
    if (v.v && v.v <= w->call.nr_entries)
        return &w->call.entry[v.v - 1];
    world_cannot(w, "call %" PRIu64 " was not made: a multicall has made %zu", v.v,
                 w->call.nr_entries);
    return NULL;
}

static enum checked check_result(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct result_args *a = args;
    const struct xenpt_pv_result *r;
    struct value done = { .v = 0 }, work = { .v = 0 };
    bool held;

    (void)c;
    if (!w->call.made)
        return no_call(w);
    r = result_of(w, a->call);
    if (!r || (a->done && !expr_eval(w, a->done, &done)) ||
        (a->work && !expr_eval(w, a->work, &work)))
        return CHECK_CANNOT;
    held = !strcmp(r->name, a->error) &&
           (!a->rule || (r->rule && !strcmp(r->rule->name, a->rule))) &&
           (!a->done || done.v == r->done) && (!a->work || work.v == r->work);
    if (ret->tell) {
        ret->expected = world_text(w, "%s%s%s", a->error, a->rule ? " by the rule " : "",
                                   a->rule ? a->rule : "");
        ret->found = world_text(w, "%s%s%s, after %u that were done%s", r->name,
                                r->rule ? " by the rule " : "", r->rule ? r->rule->name : "",
                                (unsigned int)r->done,
                                a->work ? world_text(w, ", %" PRIu64 " of work", r->work) : "");
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void examine_result(struct scope *s, const struct node *node, void *args)
{
    const struct result_args *a = args;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    if (a->rule && !xenpt_pv_rule_named(a->rule)) {
        xenpt_suggest_begin(&sug, a->rule);
        for (size_t i = 0; xenpt_pv_rule(i); i++)
            xenpt_suggest_try(&sug, xenpt_pv_rule(i)->name, strlen(xenpt_pv_rule(i)->name));
        mistake(&s->m, &node_get(node, "rule")->at, XENPT_EPARSE,
                "rule: there is no rule '%.*s' (docs/rules.md)%s", QUOTE_MAX, a->rule,
                xenpt_suggest_words(&sug, hint));
    }
    if (!xenpt_pv_error_is(a->error))
        mistake(&s->m, &node_get(node, "result")->at, XENPT_EPARSE,
                "result: '%.*s' is none: ok, short, or an error such as EINVAL, EBUSY, EPERM",
                QUOTE_MAX, a->error);
}

/* --- Types --------------------------------------------------------------------------------- */

enum { UNSAID, YES, NO };

struct type_args {
    struct check_head head;
    const struct expr *frame, *count, *references, *linear;
    uint32_t is;
    uint32_t pinned, validated;
    uint32_t partial;
    const struct expr *entries;
};

static const char *frame_text(struct world *w, const struct xenpt_frame *f)
{
    return world_text(w, "%s, %" PRIu64 " references as that, %" PRIu64 " in all%s%s%s%s%s",
                      xenpt_frame_type_word(f->type)->name, f->type_count, f->count,
                      f->pinned ? ", pinned" : "", f->validated ? ", validated" : "",
                      f->partial ? world_text(w, ", %u entries validated", (unsigned int)f->entries)
                                 : "",
                      f->pae_xen_l2 ? ", with slots of Xen's" : "",
                      f->linear > 0   ? ", with linear entries"
                      : f->linear < 0 ? ", led to by linear entries"
                                      : "");
}

static bool is_so(uint32_t wanted, bool is)
{
    return wanted == UNSAID || (wanted == YES) == is;
}

static bool count_is(struct world *w, const struct expr *e, uint64_t is, bool *held)
{
    struct value v;

    if (!e)
        return true;
    if (!expr_eval(w, e, &v))
        return false;
    *held &= v.v == is;
    return true;
}

static enum checked check_type(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    const struct type_args *a = args;
    struct xenpt_frame f;
    struct value frame;
    bool held;

    (void)c;
    if (!expr_eval(w, a->frame, &frame) || xenpt_pv_frame(w->machine, frame.v, &f, &w->problem))
        return CHECK_CANNOT;
    held = (a->is == XENPT_NR_FRAME_TYPES || a->is == f.type) && is_so(a->pinned, f.pinned) &&
           is_so(a->validated, f.validated) && is_so(a->partial, f.partial);
    if (!count_is(w, a->count, f.type_count, &held) ||
        !count_is(w, a->references, f.count, &held) ||
        !count_is(w, a->linear, (uint64_t)(int64_t)f.linear, &held) ||
        !count_is(w, a->entries, f.entries, &held))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = world_text(w, "mfn 0x%" PRIx64 " is so", frame.v);
        ret->found = frame_text(w, &f);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- Flushes ------------------------------------------------------------------------------- */

struct flushed_args {
    struct check_head head;
    uint32_t what;
    const struct expr *on;
    const char *rule;
};

/* In the order of enum xenpt_pv_flush_kind; "none" is behind them. */
static const struct xenpt_word flush_kinds[] = {
    [XENPT_PV_FLUSH_TLB] = { "tlb", "all of a CPU's TLB" },
    [XENPT_PV_FLUSH_ADDRESS] = { "address", "an address in it" },
    [XENPT_PV_FLUSH_ROOT] = { "root", "a CPU's copy of a root, of XPTI" },
    [XENPT_PV_FLUSH_CACHE] = { "cache", "a CPU's caches" },
    [XENPT_PV_FLUSH_PAGE] = { "page", "a page in them" },
    [XENPT_PV_FLUSH_SECOND] = { "second", "what is remembered of a domain's physical memory" },
    [XENPT_PV_NR_FLUSH_KINDS] = { "none", "nothing at all" },
};

static const char *flushes_text(struct world *w)
{
    const struct made_call *c = &w->call;
    char buf[400] = "";
    size_t used = 0;

    for (size_t i = 0; i < c->nr_flushes && used < sizeof(buf); i++)
        used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s on cpu%u (%s)",
                                 i ? ", " : "", flush_kinds[c->flush[i].kind].name,
                                 (unsigned int)c->flush[i].cpu,
                                 c->flush[i].rule ? c->flush[i].rule->name : "asked for");
    return world_text(w, "%s", c->nr_flushes ? buf : "nothing");
}

static enum checked check_flushed(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    const struct flushed_args *a = args;
    bool held = a->what == XENPT_PV_NR_FLUSH_KINDS && !w->call.nr_flushes;
    struct value on = { .v = 0 };

    (void)c;
    if (!w->call.made)
        return no_call(w);
    if (a->on && !expr_eval(w, a->on, &on))
        return CHECK_CANNOT;
    for (size_t i = 0; i < w->call.nr_flushes; i++) {
        const struct xenpt_pv_flush *f = &w->call.flush[i];

        held |= f->kind == (enum xenpt_pv_flush_kind)a->what && (!a->on || f->cpu == on.who.cpu) &&
                (!a->rule || (f->rule && !strcmp(f->rule->name, a->rule)));
    }
    if (ret->tell) {
        ret->expected = flush_kinds[a->what].name;
        ret->found = flushes_text(w);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

static bool read_yes(struct doc *doc, const struct row *row, const struct node *node, void *at,
                     struct mistakes *m)
{
    uint32_t is = !strcmp(node->text, "yes") ? YES : !strcmp(node->text, "no") ? NO : UNSAID;
    char words[NODE_WORDS_MAX];

    (void)doc;
    if (!is)
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and yes or no was expected", row->key,
                node_words(node, words));
    memcpy(at, &is, sizeof(is));
    return true;
}

static const struct row_kind kind_yes = {
    .words = "yes or no",
    .schema = "{\"type\":[\"string\",\"boolean\"]}",
    .read = read_yes,
};

static bool read_type(struct doc *doc, const struct row *row, const struct node *node, void *at,
                      struct mistakes *m)
{
    char words[NODE_WORDS_MAX];
    uint32_t is = 0;

    (void)doc;
    while (is < XENPT_NR_FRAME_TYPES &&
           strcmp(xenpt_frame_type_word((enum xenpt_frame_type)is)->name, node->text) != 0)
        is++;
    if (is == XENPT_NR_FRAME_TYPES)
        mistake(m, &node->at, XENPT_EPARSE,
                "%s: %s, and types are none l1 l2 l3 l4 seg_desc shared writable", row->key,
                node_words(node, words));
    memcpy(at, &is, sizeof(is));
    return true;
}

static const struct row_kind kind_type = {
    .words = "none, l1, l2, l3, l4, seg_desc, shared or writable",
    .schema =
        "{\"enum\":[\"none\",\"l1\",\"l2\",\"l3\",\"l4\",\"seg_desc\",\"shared\",\"writable\"]}",
    .read = read_type,
};

/* A type that is not asked for is none of them. */
static void examine_type(struct scope *s, const struct node *node, void *args)
{
    struct type_args *a = args;

    (void)s;
    if (!node_get(node, "is"))
        a->is = XENPT_NR_FRAME_TYPES;
}

static const struct words flush_words = { flush_kinds, ARRAY_SIZE(flush_kinds), NULL, 0 };

/* clang-format off */
static const struct row result_rows[] = {
    { .key = "result", .type = ROW_TEXT, ROW_AT(result_args, error), .required = true,
      .text = "ok, or the name of the error that the last hypercall returned: EINVAL, EBUSY, ...; short: "
              "it returned no error, and less was done than asked." },
    { .key = "rule", .type = ROW_TEXT, ROW_AT(result_args, rule),
      .text = "The rule that refused it: docs/rules.md has all of them." },
    { .key = "done", KIND_ROW(kind_number, result_args, done), .text = "How many requests of it were done, or calls of a multicall." },
    { .key = "call", KIND_ROW(kind_number, result_args, call), .text = "Of a multicall: which of its calls has returned that, from 1 on; all of it without it." },
    { .key = "work", KIND_ROW(kind_number, result_args, work), .text = "How many entries and requests it has looked at." },
    CHECK_ROWS,
};
static const struct row type_rows[] = {
    { .key = "type", KIND_ROW(kind_frame, type_args, frame), .required = true, .text = "A frame." },
    { .key = "is", KIND_ROW(kind_type, type_args, is), .text = "Its type: of its last use, if the count is 0." },
    { .key = "count", KIND_ROW(kind_number, type_args, count), .text = "References as that." },
    { .key = "references", KIND_ROW(kind_number, type_args, references), .text = "References in all." },
    { .key = "linear", KIND_ROW(kind_number, type_args, linear),
      .text = "Linear entries in it; negative: that lead to it." },
    { .key = "pinned", KIND_ROW(kind_yes, type_args, pinned), .text = "Whether it is pinned." },
    { .key = "validated", KIND_ROW(kind_yes, type_args, validated), .text = "Whether its contents were checked." },
    { .key = "partial", KIND_ROW(kind_yes, type_args, partial), .text = "Whether part of them were, by a hypercall that was pre-empted." },
    { .key = "entries", KIND_ROW(kind_number, type_args, entries), .text = "How many of them, then." },
    CHECK_ROWS,
};
static const struct row flushed_rows[] = {
    { .key = "flushed", .type = ROW_ONE, ROW_AT(flushed_args, what), .words = &flush_words, .required = true,
      .text = "What the last hypercall has flushed." },
    { .key = "on", KIND_ROW(kind_cpu, flushed_args, on), .text = "On which CPU; any without it." },
    { .key = "rule", .type = ROW_TEXT, ROW_AT(flushed_args, rule), .text = "By which rule; any, or as the guest asked, without it." },
    CHECK_ROWS,
};

const struct verb verb_result = {
    .record = VERB("result", "What the last hypercall returned.", result_rows),
    .example = "{ result: EBUSY, rule: l1-writable }",
    .size = sizeof(struct result_args), .check = check_result, .examine = examine_result,
};
const struct verb verb_type = {
    .record = VERB("type", "What Xen knows of a frame: its type, and how often it is referred to.", type_rows),
    .example = "{ type: d1.v0.root, is: l4, count: 2, pinned: yes }",
    .size = sizeof(struct type_args), .check = check_type, .examine = examine_type,
};
const struct verb verb_flushed = {
    .record = VERB("flushed", "What the last hypercall has flushed.", flushed_rows),
    .example = "{ flushed: tlb, on: cpu1, rule: linear-flush }",
    .size = sizeof(struct flushed_args), .check = check_flushed,
};
/* clang-format on */
