/* step_xenstore.c - steps: domains ask the xenstore. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"

struct store_args {
    struct step_head head;
    const struct expr *domain, *number, *tx;
    const char *path, *value;
    uint32_t how;
    struct got_number got;
};

void answer_is_result(struct world *w, const char *error, const struct xenpt_pv_rule *rule)
{
    bool ok = !strcmp(error, "ok");

    w->call.made = true;
    w->call.nr_entries = 0;
    w->call.nr_flushes = 0;
    w->call.r = (struct xenpt_pv_result){
        .error = ok ? 0 : 1, .name = error, .rule = rule, .done = ok, .slot = XENPT_ROOT_SLOTS
    };
}

static const char *answer_text(struct world *w, const struct xenpt_xenstore_answer *a)
{
    const char *ring = a->by_ring ? world_text(w, " (%u bytes by the ring, and %u back)",
                                               (unsigned int)a->asked, (unsigned int)a->answered)
                                  : "";

    if (a->rule)
        return world_text(w, "%s, by the rule %s: %s%s", a->error, a->rule->name, a->rule->text,
                          ring ? ring : "");
    return world_text(w, "ok: %s%s", a->text, ring ? ring : "");
}

/* What a path reads as a number, as keys for grants and ports do. */
static uint64_t number_in(const struct xenpt_xenstore_answer *a)
{
    char *end;
    uint64_t v = strtoull(a->text, &end, 10);

    return !strcmp(a->error, "ok") && !*end ? v : 0;
}

static bool ask(struct world *w, const struct store_args *a, enum xenpt_xenstore_op op,
                const char *value, const char **said)
{
    struct xenpt_xenstore_answer answer;
    uint32_t domain, tx;

    *said = NULL;
    if (!domain_or(w, a->domain, 0, &domain) || !number32_or(w, a->tx, 0, "a transaction", &tx))
        return false;
    world_changed(w);
    if (xenpt_xenstore_ask_in(w->machine, domain, tx, op, a->path ? a->path : "", value, &answer,
                              &w->problem))
        return false;
    answer_is_result(w, answer.error, answer.rule);
    got_set(w, &a->got, number_in(&answer));
    if (!w->brief)
        *said = answer_text(w, &answer);
    return true;
}

static bool run_read(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_READ, NULL, said);
}

static bool run_list(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_LIST, NULL, said);
}

static bool run_mkdir(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_MKDIR, NULL, said);
}

static bool run_rm(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_RM, NULL, said);
}

static bool run_write(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;
    char text[24];
    uint64_t v;

    if (!number_or(w, a->number, 0, &v))
        return false;
    snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
    return ask(w, a, XENPT_XENSTORE_WRITE, a->number ? text : a->value, said);
}

static bool run_permit(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;

    return ask(w, a, XENPT_XENSTORE_PERMIT, a->value, said);
}

static bool run_introduce(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;
    uint32_t domain;

    *said = NULL;
    if (!domain_or(w, a->domain, 0, &domain))
        return false;
    world_changed(w);
    return !xenpt_xenstore_introduce(w->machine, domain, &w->problem);
}

/* --- Watches and transactions -------------------------------------------------------------- */

static bool run_watch(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;

    return ask(w, a, XENPT_XENSTORE_WATCH, a->value, said);
}

static bool run_unwatch(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;

    return ask(w, a, XENPT_XENSTORE_UNWATCH, a->value, said);
}

static bool run_reset(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_RESET, NULL, said);
}

static bool run_begin(struct world *w, const void *args, const char **said)
{
    return ask(w, args, XENPT_XENSTORE_TX_START, NULL, said);
}

static bool run_end(struct world *w, const void *args, const char **said)
{
    struct store_args a = *(const struct store_args *)args;

    a.path = a.how ? "F" : "T";
    return ask(w, &a, XENPT_XENSTORE_TX_END, NULL, said);
}

static bool run_hear(struct world *w, const void *args, const char **said)
{
    const struct store_args *a = args;
    uint32_t domain;

    *said = NULL;
    if (!domain_or(w, a->domain, 0, &domain))
        return false;
    world_changed(w);
    return !xenpt_xenstore_heard(w->machine, domain, &w->problem);
}

struct fired_args {
    struct check_head head;
    const struct expr *domain, *count;
    const char *path, *token;
};

static enum checked check_fired(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct fired_args *a = args;
    uint64_t count, times;
    uint32_t domain;

    (void)c;
    if (!domain_or(w, a->domain, 0, &domain) ||
        xenpt_xenstore_fired(w->machine, domain, a->path, a->token, &times, &w->problem) ||
        !number_or(w, a->count, times, &count))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = a->count ? world_text(w, "%llu times", (unsigned long long)count)
                                 : "once or more";
        ret->found = world_text(w, "d%u was told %llu times", (unsigned int)domain,
                                (unsigned long long)times);
    }
    return (a->count ? times == count : times > 0) ? CHECK_HELD : CHECK_FAILED;
}

static void examine_read(struct scope *s, const struct node *node, void *args)
{
    struct store_args *a = args;

    got_examine(s, node, &a->got);
}

static void examine_write(struct scope *s, const struct node *node, void *args)
{
    const struct store_args *a = args;

    if (!a->value == !a->number)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "xenstore-write: what? Either value, a text, or number, an expression");
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define WHO(verb_) { .key = verb_, KIND_ROW(kind_domain, store_args, domain), .required = true, .text = "The domain that asks." }
#define PATH_ROW { .key = "path", .type = ROW_TEXT, ROW_AT(store_args, path), .required = true,        \
      .text = "The node; one without / at its beginning is below /local/domain/N." },                  \
    { .key = "in", KIND_ROW(kind_number, store_args, tx), .text = "In this transaction; in none without it." }

static const struct row read_rows[] = {
    WHO("xenstore-read"), PATH_ROW,
    { .key = "got", .type = ROW_TEXT, ROW_AT(store_args, got.name),
      .text = "A name for the number that it is; 0 if it is none." },
    STEP_ROWS,
};
static const struct row write_rows[] = {
    WHO("xenstore-write"), PATH_ROW,
    { .key = "value", .type = ROW_TEXT, ROW_AT(store_args, value), .text = "What it is to be: a text..." },
    { .key = "number", KIND_ROW(kind_number, store_args, number), .text = "...or a number, in decimal digits." },
    STEP_ROWS,
};
static const struct row list_rows[] = { WHO("xenstore-list"), PATH_ROW, STEP_ROWS };
static const struct row mkdir_rows[] = { WHO("xenstore-mkdir"), PATH_ROW, STEP_ROWS };
static const struct row rm_rows[] = { WHO("xenstore-rm"), PATH_ROW, STEP_ROWS };
static const struct row permit_rows[] = {
    WHO("xenstore-permit"), PATH_ROW,
    { .key = "are", .type = ROW_TEXT, ROW_AT(store_args, value), .required = true,
      .text = "Permissions with a blank between, each a letter and the number of a domain: n1 r0. The first is the owner, and "
              "what all others may: n nothing, r read, w write, b both; the others are of single domains." },
    STEP_ROWS,
};
static const struct row introduce_rows[] = {
    { .key = "xenstore-introduce", KIND_ROW(kind_domain, store_args, domain), .required = true,
      .text = "Which: its ring is mapped, by grant 1, and its port is connected." },
    STEP_ROWS,
};

#define TOKEN_ROW { .key = "token", .type = ROW_TEXT, ROW_AT(store_args, value), .required = true, .text = "By which the domain knows it." }
#define WATCHED_ROW { .key = "path", .type = ROW_TEXT, ROW_AT(store_args, path), .required = true, \
      .text = "The node, which need not be there; or @introduceDomain or @releaseDomain, which dom0 may hear of, or whoever it permits that." }
static const struct row watch_rows[] = { WHO("xenstore-watch"), WATCHED_ROW, TOKEN_ROW, STEP_ROWS };
static const struct row unwatch_rows[] = { WHO("xenstore-unwatch"), WATCHED_ROW, TOKEN_ROW, STEP_ROWS };
static const struct row reset_rows[] = { WHO("xenstore-reset"), STEP_ROWS };
static const struct row hear_rows[] = { WHO("xenstore-hear"), STEP_ROWS };
static const struct row begin_rows[] = {
    WHO("xenstore-begin"),
    { .key = "in", KIND_ROW(kind_number, store_args, tx), .text = "In this transaction, which is refused." },
    { .key = "got", .type = ROW_TEXT, ROW_AT(store_args, got.name), .text = "A name for its number; 0 if it is refused." },
    STEP_ROWS,
};
static const struct xenpt_word ends[] = {
    { "commit", "what it has changed is the tree's, if nothing that it has looked at has changed" },
    { "abort", "nothing is" },
};
static const struct words how_words = { ends, ARRAY_SIZE(ends), NULL, 0 };
static const struct row end_rows[] = {
    WHO("xenstore-end"),
    { .key = "in", KIND_ROW(kind_number, store_args, tx), .required = true, .text = "Which transaction." },
    { .key = "how", .type = ROW_ONE, ROW_AT(store_args, how), .words = &how_words, .text = "What comes of it; commit without it." },
    STEP_ROWS,
};
static const struct row fired_rows[] = {
    { .key = "fired", KIND_ROW(kind_domain, fired_args, domain), .required = true, .text = "The domain that was told." },
    { .key = "path", .type = ROW_TEXT, ROW_AT(fired_args, path), .text = "Of what: as it is told, so that of a relative watch it is relative." },
    { .key = "token", .type = ROW_TEXT, ROW_AT(fired_args, token), .text = "By which watch." },
    { .key = "count", KIND_ROW(kind_number, fired_args, count), .text = "How often; once or more without it." },
    CHECK_ROWS,
};

#define STORE_VERB(fn_) .size = sizeof(struct store_args), .run = (fn_)
const struct verb verb_xenstore_introduce = {
    .record = VERB("xenstore-introduce", "The toolstack tells the xenstore of a domain, which can ask it from now on. The xenstore is a model of what "
                   "xenstored does in dom0. Watches of @introduceDomain fire.", introduce_rows),
    .example = "{ xenstore-introduce: d1 }", STORE_VERB(run_introduce),
};
const struct verb verb_xenstore_read = {
    .record = VERB("xenstore-read", "A domain reads a node of the xenstore: a guest by its ring, whose bytes are in its memory. `result` has what came of it.", read_rows),
    .example = "{ xenstore-read: d0, path: /local/domain/1/device/vbd/51712/ring-ref, got: ref }",
    STORE_VERB(run_read), .examine = examine_read,
};
const struct verb verb_xenstore_write = {
    .record = VERB("xenstore-write", "A domain writes a node of the xenstore, which is made if it is not there.", write_rows),
    .example = "{ xenstore-write: d1, path: device/vbd/51712/ring-ref, number: 8 }",
    STORE_VERB(run_write), .examine = examine_write,
};
const struct verb verb_xenstore_list = {
    .record = VERB("xenstore-list", "A domain asks for the names below a node of the xenstore.", list_rows),
    .example = "{ xenstore-list: d1, path: device }", STORE_VERB(run_list),
};
const struct verb verb_xenstore_mkdir = {
    .record = VERB("xenstore-mkdir", "A domain makes a node of the xenstore, without a value.", mkdir_rows),
    .example = "{ xenstore-mkdir: d1, path: data/here }", STORE_VERB(run_mkdir),
};
const struct verb verb_xenstore_rm = {
    .record = VERB("xenstore-rm", "A domain removes a node of the xenstore, and all below it.", rm_rows),
    .example = "{ xenstore-rm: d1, path: data/here }", STORE_VERB(run_rm),
};
const struct verb verb_xenstore_permit = {
    .record = VERB("xenstore-permit", "A domain says who may what of a node of the xenstore.", permit_rows),
    .example = "{ xenstore-permit: d1, path: data, are: n1 r0 }", STORE_VERB(run_permit),
};
const struct verb verb_xenstore_watch = {
    .record = VERB("xenstore-watch", "A domain wants to be told of changes of a node and of all below it: once at once, and then of each.", watch_rows),
    .example = "{ xenstore-watch: d1, path: device, token: mine }", STORE_VERB(run_watch),
};
const struct verb verb_xenstore_unwatch = {
    .record = VERB("xenstore-unwatch", "A domain does not want that any more.", unwatch_rows),
    .example = "{ xenstore-unwatch: d1, path: device, token: mine }", STORE_VERB(run_unwatch),
};
const struct verb verb_xenstore_reset = {
    .record = VERB("xenstore-reset", "A domain has neither watches nor transactions any more (XS_RESET_WATCHES).", reset_rows),
    .example = "{ xenstore-reset: d1 }", STORE_VERB(run_reset),
};
const struct verb verb_xenstore_hear = {
    .record = VERB("xenstore-hear", "A domain takes note of watches that have fired: `fired` counts from here.", hear_rows),
    .example = "{ xenstore-hear: d1 }", STORE_VERB(run_hear),
};
const struct verb verb_xenstore_begin = {
    .record = VERB("xenstore-begin", "A domain begins a transaction: nodes are its own from when it looks at them first, and nobody else's until it ends.", begin_rows),
    .example = "{ xenstore-begin: d1, got: tx }", STORE_VERB(run_begin), .examine = examine_read,
};
const struct verb verb_xenstore_end = {
    .record = VERB("xenstore-end", "A transaction ends.", end_rows),
    .example = "{ xenstore-end: d1, in: 1 }", STORE_VERB(run_end),
};
const struct verb verb_fired = {
    .record = VERB("fired", "Watches of the xenstore have fired, and a domain was told, since it has taken note of that last.", fired_rows),
    .example = "{ fired: d1, path: device/vbd/51712/state, token: mine, count: 1 }",
    .size = sizeof(struct fired_args), .check = check_fired,
};
/* clang-format on */
