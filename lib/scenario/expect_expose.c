/* expect_expose.c - expectations: how much of whose memory a context exposes, and what is seen. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/encrypt.h"
#include "xenpt/expose.h"
#include "xenpt/owners.h"
#include "xenpt/suggest.h"

/* --- How much ------------------------------------------------------------------------------ */

struct exposed_args {
    struct check_head head;
    const char *of, *threat, *access, *by, *as;
    const struct expr *bytes;
};

static const char *const accesses[XENPT_EXPOSE_KINDS] = { "read", "write", "execute" };

/* What is looked for, in the rows of one context. */
struct looking {
    const struct exposed_args *args;
    const struct xenpt_owners *owners;
    unsigned int access;
    uint64_t first, last; /* Bytes that there may be. */
    bool any;             /* There was a row... */
    bool failed;          /* ...that has others: */
    enum xenpt_executor by;
    uint64_t bytes, ranges;
};

static size_t find_word(const char *word, const char *(*name)(size_t), size_t nr)
{
    size_t i = 0;

    while (i < nr && strcmp(name(i), word) != 0)
        i++;
    return i;
}

static const char *threat_name(size_t i)
{
    return xenpt_fear_row((enum xenpt_fear)i)->name;
}

static const char *party_name(size_t i)
{
    return xenpt_executor_name((enum xenpt_executor)i);
}

static const char *sight_name(size_t i)
{
    return xenpt_sight_name((enum xenpt_sight)i);
}

static const char *access_name(size_t i)
{
    return accesses[i];
}

/* Bytes of whom they are asked of; "all": of everyone's. */
static uint64_t bytes_of(const struct looking *l, const struct xenpt_expose_cell *c)
{
    bool all = !strcmp(l->args->of, "all");

    if (!all && (c->owner == XENPT_OWNER_NONE ? strcmp(l->args->of, "nobody")
                                              : strcmp(l->args->of, l->owners->names[c->owner])))
        return 0;
    return l->args->as ? c->sight[find_word(l->args->as, sight_name, XENPT_NR_SIGHTS)]
                       : c->bytes[l->access];
}

static bool one_row(void *ctx, const struct xenpt_expose_row *row)
{
    struct looking *l = ctx;
    uint64_t bytes = 0, ranges = 0;

    if (l->args->by && strcmp(l->args->by, xenpt_executor_name(row->by)) != 0)
        return true;
    for (size_t i = 0; i < row->nr_cells; i++) {
        uint64_t of = bytes_of(l, &row->cells[i]);

        bytes += of;
        ranges += of ? row->cells[i].ranges[l->access] : 0;
    }
    if (l->any && l->failed)
        return true;
    l->any = true;
    l->failed = bytes < l->first || bytes > l->last;
    l->by = row->by;
    l->bytes = bytes;
    l->ranges = ranges;
    return true;
}

/* A processor that is not of those that a threat is about. */
static bool is_immune(const struct xenpt_machine *m, enum xenpt_fear threat)
{
    return (threat == XENPT_FEAR_MELTDOWN && !m->processor->meltdown) ||
           (threat == XENPT_FEAR_L1TF && !m->processor->l1tf);
}

static bool look(struct world *w, const struct xenpt_context *c, struct looking *l)
{
    const struct exposed_args *a = l->args;
    struct xenpt_expose_options opt = {
        .contexts = &c,
        .nr_contexts = 1,
        .sight = xenpt_machine_sight,
        .denies = xenpt_machine_denies,
        .sight_ctx = w->machine,
        .control = xenpt_machine_control(w->machine),
    };
    struct xenpt_owners *owners;
    struct value v = { .v = 1, .last = UINT64_MAX };
    enum xenpt_code code;

    if (a->bytes && !expr_eval(w, a->bytes, &v))
        return false;
    l->first = v.v;
    l->last = a->bytes && v.last < v.v ? v.v : v.last;
    l->access = a->access ? (unsigned int)find_word(a->access, access_name, XENPT_EXPOSE_KINDS) : 0;
    opt.threat = a->threat ? (enum xenpt_fear)find_word(a->threat, threat_name, XENPT_NR_FEARS)
                           : XENPT_FEAR_NONE;
    opt.immune = is_immune(w->machine, opt.threat);
    code = xenpt_machine_owners(w->machine, &owners, &w->problem);
    if (code)
        return false;
    opt.owners = l->owners = owners;
    code = xenpt_expose(w->view, &opt, one_row, l, NULL, &w->problem);
    xenpt_owners_free(owners);
    if (!code && !l->any)
        return world_cannot(w, "nobody%s%s executes on %s whom %s is about",
                            a->by ? " called " : "", a->by ? a->by : "", c->name,
                            threat_name(opt.threat));
    return !code;
}

static enum checked check_exposed(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    const struct exposed_args *a = args;
    struct looking l = { .args = a };

    if (!look(w, c, &l))
        return CHECK_CANNOT;
    if (ret->tell) {
        const char *what = world_text(w, "of %s%s%s, to %s%s%s", a->of, a->as ? " as " : "",
                                      a->as ? a->as : "", accesses[l.access],
                                      a->threat ? " under " : "", a->threat ? a->threat : "");

        ret->expected = l.first == l.last ? world_text(w, "0x%" PRIx64 " bytes %s", l.first, what)
                        : l.last == UINT64_MAX
                            ? world_text(w, "0x%" PRIx64 " bytes or more %s", l.first, what)
                            : world_text(w, "0x%" PRIx64 " to 0x%" PRIx64 " bytes %s", l.first,
                                         l.last, what);
        ret->found = world_text(w, "0x%" PRIx64 " bytes, in %" PRIu64 " ranges, by %s", l.bytes,
                                l.ranges, xenpt_executor_name(l.by));
    }
    return l.failed ? CHECK_FAILED : CHECK_HELD;
}

/* A word of a list, or a mistake that says which there are. */
static void examine_word(struct scope *s, const struct node *node, const char *key,
                         const char *word, const char *(*name)(size_t), size_t nr)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], all[200] = "";
    struct xenpt_suggestion sug;

    if (!word || find_word(word, name, nr) < nr)
        return;
    xenpt_suggest_begin(&sug, word);
    for (size_t i = 0; i < nr; i++) {
        size_t used = strlen(all);

        snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "", name(i));
        xenpt_suggest_try(&sug, name(i), strlen(name(i)));
    }
    mistake(&s->m, &node_get(node, key)->at, XENPT_EPARSE, "%s: '%.*s' is none of: %s%s", key,
            QUOTE_MAX, word, all, xenpt_suggest_words(&sug, hint));
}

static void examine_owner(struct scope *s, const struct node *node, const char *of)
{
    static const char *const others[] = { "xen", "free", "nobody", "all" };
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    xenpt_suggest_begin(&sug, of);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (!strcmp(of, others[i]))
            return;
        xenpt_suggest_try(&sug, others[i], strlen(others[i]));
    }
    for (size_t i = 0; i < s->nr_domains; i++) {
        if (!strcmp(of, s->domains[i].name))
            return;
        xenpt_suggest_try(&sug, s->domains[i].name, strlen(s->domains[i].name));
    }
    mistake(&s->m, &node_get(node, "exposed")->at, XENPT_EPARSE,
            "exposed: '%.*s' is no owner: xen, free, nobody (no RAM), all, or a domain%s",
            QUOTE_MAX, of, xenpt_suggest_words(&sug, hint));
}

static void examine_exposed(struct scope *s, const struct node *node, void *args)
{
    const struct exposed_args *a = args;

    examine_owner(s, node, a->of);
    examine_word(s, node, "threat", a->threat, threat_name, XENPT_NR_FEARS);
    examine_word(s, node, "access", a->access, access_name, XENPT_EXPOSE_KINDS);
    examine_word(s, node, "by", a->by, party_name, XENPT_NR_EXECUTORS);
    examine_word(s, node, "as", a->as, sight_name, XENPT_NR_SIGHTS);
    if (a->as && a->access && strcmp(a->access, "read") != 0)
        mistake(&s->m, &node_get(node, "as")->at, XENPT_EPARSE,
                "as: %s is what a read gives, and this is about access: %s", a->as, a->access);
}

/* --- What is seen -------------------------------------------------------------------------- */

struct sees_args {
    struct check_head head;
    const char *what;
};

static enum checked check_sees(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    const struct sees_args *a = args;
    const char *found;

    (void)c;
    if (!w->last.made || !(w->last.allowed || w->last.encrypted)) {
        world_cannot(w, "there was no access to memory");
        return CHECK_CANNOT;
    }
    found = xenpt_sight_name(w->last.sight);
    if (ret->tell) {
        ret->expected = a->what;
        ret->found = world_text(w, "%s", found);
    }
    return strcmp(found, a->what) ? CHECK_FAILED : CHECK_HELD;
}

static void examine_sees(struct scope *s, const struct node *node, void *args)
{
    const struct sees_args *a = args;

    examine_word(s, node, "sees", a->what, sight_name, XENPT_NR_SIGHTS);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row exposed_rows[] = {
    { .key = "exposed", .type = ROW_TEXT, ROW_AT(exposed_args, of), .required = true,
      .text = "Whose memory: a domain's, xen's, free, nobody's (what is no RAM), or all." },
    { .key = "from", .type = ROW_KIND, .kind = &kind_contexts,
      .offset = offsetof(struct check_head, in), .required = true,
      .text = "In which context, or contexts: by the tables that they are on now." },
    { .key = "by", .type = ROW_TEXT, ROW_AT(exposed_args, by),
      .text = "By whom: user, kernel, xen or device; without it, by everyone who executes there." },
    { .key = "threat", .type = ROW_TEXT, ROW_AT(exposed_args, threat),
      .text = "What is feared: none, guest-user, guest-kernel, dom0, compromised-xen, meltdown, l1tf or "
              "spectre-v1, as `xenpt expose` has them; none without it." },
    { .key = "access", .type = ROW_TEXT, ROW_AT(exposed_args, access),
      .text = "What is done: read, write or execute; read without it." },
    { .key = "as", .type = ROW_TEXT, ROW_AT(exposed_args, as),
      .text = "Only what a read gives as plaintext, ciphertext, or is refused." },
    { .key = "bytes", KIND_ROW(kind_numbers, exposed_args, bytes),
      .text = "How many bytes of machine memory that are, each once: a number, or a range; without it, "
              "any." },
    CHECK_ROWS,
};

static const struct row sees_rows[] = {
    { .key = "sees", .type = ROW_TEXT, ROW_AT(sees_args, what), .required = true,
      .text = "What the access before has seen of the memory it led to: plaintext, ciphertext (by a key "
              "that is not the owner's), or refused." },
    CHECK_ROWS,
};

const struct verb verb_exposed = {
    .record = VERB("exposed", "How much of whose memory a context exposes.", exposed_rows),
    .example = "{ exposed: xen, from: d1.v0.user, threat: meltdown, bytes: 0..4M }",
    .size = sizeof(struct exposed_args), .check = check_exposed, .examine = examine_exposed,
};
const struct verb verb_sees = {
    .record = VERB("sees", "What an access has seen of encrypted memory.", sees_rows),
    .example = "{ sees: ciphertext }",
    .size = sizeof(struct sees_args), .check = check_sees, .examine = examine_sees,
};
