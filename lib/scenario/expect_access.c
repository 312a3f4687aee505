/* expect_access.c - expectations: what came of the access that was made last. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/verbs.h"
#include "xenpt/suggest.h"

/* --- Codes --------------------------------------------------------------------------------- */

struct code_word {
    const char *word, *name; /* In words, and as the manual has it. */
    uint64_t bit;
};

static const struct code_word pf_codes[] = {
    { "present", "P", XENPT_PF_P },        { "write", "W", XENPT_PF_W },
    { "user", "U", XENPT_PF_U },           { "reserved", "RSVD", XENPT_PF_RSVD },
    { "fetch", "I", XENPT_PF_I },          { "protection-key", "PK", XENPT_PF_PK },
    { "shadow-stack", "SS", XENPT_PF_SS },
};

static const struct code_word npf_codes[] = {
    { "present", "P", XENPT_PF_P },        { "write", "W", XENPT_PF_W },
    { "user", "U", XENPT_PF_U },           { "reserved", "RSVD", XENPT_PF_RSVD },
    { "fetch", "I", XENPT_PF_I },          { "shadow-stack", "SS", XENPT_PF_SS },
    { "final", "FINAL", XENPT_NPF_FINAL }, { "table", "TABLE", XENPT_NPF_TABLE },
};

static const struct code_word ept_codes[] = {
    { "read", "READ", XENPT_EPTV_READ },
    { "write", "WRITE", XENPT_EPTV_WRITE },
    { "fetch", "FETCH", XENPT_EPTV_FETCH },
    { "can-read", "R", XENPT_EPTV_CAN_READ },
    { "can-write", "W", XENPT_EPTV_CAN_WRITE },
    { "can-fetch", "X", XENPT_EPTV_CAN_FETCH },
    { "can-user-fetch", "UX", XENPT_EPTV_CAN_UFETCH },
    { "linear", "LINEAR", XENPT_EPTV_LINEAR },
    { "final", "FINAL", XENPT_EPTV_FINAL },
    { "linear-user", "LINEAR_U", XENPT_EPTV_LINEAR_U },
    { "linear-write", "LINEAR_W", XENPT_EPTV_LINEAR_W },
    { "linear-nx", "LINEAR_NX", XENPT_EPTV_LINEAR_NX },
    { "shadow-stack", "SHSTK", XENPT_EPTV_SHSTK },
    { "supervisor-shadow-stack", "SSS", XENPT_EPTV_SSS },
};

static const struct {
    const struct code_word *rows;
    size_t nr;
} codes[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_PF] = { pf_codes, ARRAY_SIZE(pf_codes) },
    [XENPT_FAULT_EPT_VIOLATION] = { ept_codes, ARRAY_SIZE(ept_codes) },
    [XENPT_FAULT_NPF] = { npf_codes, ARRAY_SIZE(npf_codes) },
};

static const struct xenpt_word fault_kinds[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_NONE] = { "none", "it is allowed" },
    [XENPT_FAULT_PF] = { "page", "#PF, vector 14" },
    [XENPT_FAULT_GP] = { "gp", "#GP, vector 13" },
    [XENPT_FAULT_SS] = { "ss", "#SS, vector 12" },
    [XENPT_FAULT_EPT_VIOLATION] = { "ept-violation", "a VM exit" },
    [XENPT_FAULT_EPT_MISCONFIG] = { "ept-misconfig", "a VM exit" },
    [XENPT_FAULT_NPF] = { "npf", "#VMEXIT(NPF)" },
    [XENPT_FAULT_VC] = { "vc", "#VC, vector 29, of an encrypted guest" },
};
static const struct words fault_words = { fault_kinds, ARRAY_SIZE(fault_kinds), NULL, 0 };

/* --- Faults -------------------------------------------------------------------------------- */

#define CODE_WORDS_MAX 16

struct fault_args {
    struct check_head head;
    uint32_t kind;
    const struct node *code; /* A number, or words. */
    const struct expr *at;
    const char *rule;
};

static bool code_bit(enum xenpt_fault_kind kind, const char *word, uint64_t *ret,
                     struct xenpt_suggestion *s)
{
    for (size_t i = 0; i < codes[kind].nr; i++) {
        const struct code_word *c = &codes[kind].rows[i];

        if (!strcmp(c->word, word) || !strcmp(c->name, word)) {
            *ret |= c->bit;
            return true;
        }
        if (s)
            xenpt_suggest_try(s, c->word, strlen(c->word));
    }
    return false;
}

static uint64_t code_of(enum xenpt_fault_kind kind, const struct node *node)
{
    uint64_t code = 0;

    if (node->kind == NODE_TEXT && node_number(node, &code))
        return code;
    if (node->kind == NODE_TEXT)
        code_bit(kind, node->text, &code, NULL);
    for (size_t i = 0; node->kind == NODE_LIST && i < node->nr; i++)
        code_bit(kind, node->items[i]->text, &code, NULL);
    return code;
}

static const char *code_words(struct world *w, enum xenpt_fault_kind kind, uint64_t code)
{
    char buf[300];
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < codes[kind].nr && used < sizeof(buf); i++)
        if (code & codes[kind].rows[i].bit)
            used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s", used ? ", " : "",
                                     codes[kind].rows[i].word);
    return world_text(w, "0x%" PRIx64 " [%s]", code, buf);
}

static bool has_made(struct world *w)
{
    return w->last.made ||
           world_cannot(w, "no access has been made yet: a step `access` makes one");
}

static const char *access_found(struct world *w)
{
    const struct accessed *l = &w->last;
    const struct xenpt_fault *f = &l->verdict.fault;

    if (!l->refused)
        return "no fault";
    if (f->kind == XENPT_FAULT_NONE)
        return world_text(w, "no fault, and no translation: %s",
                          xenpt_outcome_name(l->walk.outcome));
    return world_text(w, "%s%s%s at 0x%" PRIx64 ", by the rule %s: %s", xenpt_fault_name(f->kind),
                      codes[f->kind].nr ? ", code " : "",
                      codes[f->kind].nr ? code_words(w, f->kind, f->code) : "", f->address,
                      xenpt_rule(l->verdict.rule)->name, xenpt_rule(l->verdict.rule)->text);
}

static void show_access(struct world *w, struct finding *ret)
{
    if (!world_view(w))
        return;
    ret->walks[0] = show_walk(w, &w->last.of, w->last.in);
    ret->nr_walks = ret->walks[0] != NULL;
}

static enum checked check_fault(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct fault_args *a = args;
    const struct accessed *l = &w->last;
    const struct xenpt_fault *f = &l->verdict.fault;
    enum xenpt_fault_kind kind = (enum xenpt_fault_kind)a->kind;
    struct value at = { .v = 0 };
    bool held;

    (void)c;
    if (!has_made(w) || (a->at && !expr_eval(w, a->at, &at)))
        return CHECK_CANNOT;
    held = f->kind == kind && l->refused == (kind != XENPT_FAULT_NONE) &&
           (!a->code || f->code == code_of(kind, a->code)) && (!a->at || f->address == at.v) &&
           (!a->rule || !strcmp(a->rule, xenpt_rule(l->verdict.rule)->name));
    if (ret->tell) {
        ret->expected = world_text(w, "%s%s%s%s%s%s", kind ? xenpt_fault_name(kind) : "no fault",
                                   a->code ? ", code " : "",
                                   a->code ? code_words(w, kind, code_of(kind, a->code)) : "",
                                   a->at ? world_text(w, " at 0x%" PRIx64, at.v) : "",
                                   a->rule ? ", by the rule " : "", a->rule ? a->rule : "");
        ret->found = access_found(w);
        show_access(w, ret);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void check_code_word(struct scope *s, const struct node *node, enum xenpt_fault_kind kind)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];
    struct xenpt_suggestion sug;
    uint64_t code = 0;

    xenpt_suggest_begin(&sug, node->text);
    if (node->kind != NODE_TEXT || !code_bit(kind, node->text, &code, &sug))
        mistake(&s->m, &node->at, XENPT_EPARSE, "error-code: %s is no bit of the code of %s%s",
                node_words(node, words), xenpt_fault_name(kind), xenpt_suggest_words(&sug, hint));
}

static void examine_fault(struct scope *s, const struct node *node, void *args)
{
    struct fault_args *a = args;
    const struct node *code = node_get(node, "error-code"), *rule = node_get(node, "rule");
    struct xenpt_suggestion sug;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    uint64_t v;

    /* Read here, since the words depend on the fault. */
    a->code = code;
    for (size_t i = 0; code && code->kind == NODE_LIST && i < code->nr; i++)
        check_code_word(s, code->items[i], (enum xenpt_fault_kind)a->kind);
    if (code && code->kind != NODE_LIST && !node_number(code, &v))
        check_code_word(s, code, (enum xenpt_fault_kind)a->kind);
    if (!rule)
        return;
    xenpt_suggest_begin(&sug, rule->text);
    for (unsigned int i = 1; i < XENPT_NR_RULES; i++) {
        const char *name = xenpt_rule((enum xenpt_rule_id)i)->name;

        if (!strcmp(name, rule->text))
            return;
        xenpt_suggest_try(&sug, name, strlen(name));
    }
    mistake(&s->m, &rule->at, XENPT_EPARSE, "rule: there is no rule '%.*s'%s", QUOTE_MAX,
            rule->text, xenpt_suggest_words(&sug, hint));
}

/* --- Data and references ------------------------------------------------------------------- */

struct number_args {
    struct check_head head;
    const struct expr *number;
};

/* What is large is an entry or an address. */
static const char *number_words(struct world *w, uint64_t v)
{
    if (v < 1000000)
        return world_text(w, "%" PRIu64 " (0x%" PRIx64 ")", v, v);
    return world_text(w, "0x%" PRIx64, v);
}

static enum checked check_number(struct world *w, const struct number_args *a, uint64_t is,
                                 const char *what, struct finding *ret)
{
    struct value v;

    if (!expr_eval(w, a->number, &v))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = world_text(w, "%s%s", what, number_words(w, v.v));
        ret->found = number_words(w, is);
        show_access(w, ret);
    }
    return v.v == is ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_data(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    (void)c;
    if (!has_made(w))
        return CHECK_CANNOT;
    if (!w->last.has_data) {
        world_cannot(w, "the access read nothing: %s", access_found(w));
        return CHECK_CANNOT;
    }
    return check_number(w, args, w->last.data, "", ret);
}

static enum checked check_references(struct world *w, const void *args,
                                     const struct xenpt_context *c, struct finding *ret)
{
    (void)c;
    if (!has_made(w))
        return CHECK_CANNOT;
    return check_number(w, args, w->last.walk.references, "entries read: ", ret);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row fault_rows[] = {
    { .key = "fault", .type = ROW_ONE, ROW_AT(fault_args, kind), .words = &fault_words,
      .required = true, .text = "What the access led to." },
    { .key = "error-code", .type = ROW_TREE,
      .text = "Its code: a number, or all bits of it in words. Of page: present, write, user, reserved, "
              "fetch, protection-key, shadow-stack. Of npf also final, table. Of ept-violation: read, "
              "write, fetch, can-read, can-write, can-fetch, can-user-fetch, linear, final, ..." },
    { .key = "at", KIND_ROW(kind_address, fault_args, at),
      .text = "CR2, or the guest-physical address of a VM exit." },
    { .key = "rule", .type = ROW_TEXT, ROW_AT(fault_args, rule),
      .text = "What refused it: user, write, execute, smep, smap, pkey, not-present, reserved, ..." },
    CHECK_ROWS,
};

static const struct row data_rows[] = {
    { .key = "data", KIND_ROW(kind_word, number_args, number), .required = true,
      .text = "What the access read." },
    CHECK_ROWS,
};

static const struct row references_rows[] = {
    { .key = "references", KIND_ROW(kind_number, number_args, number), .required = true,
      .text = "How many entries of tables were read for it, in both stages." },
    CHECK_ROWS,
};

const struct verb verb_fault = {
    .record = VERB("fault", "What the access that was made last led to at first; what Xen made of a "
                   "VM exit, outcome says.", fault_rows),
    .example = "{ fault: page, error-code: [write, user] }",
    .size = sizeof(struct fault_args), .check = check_fault, .examine = examine_fault,
};
const struct verb verb_data = {
    .record = VERB("data", "What the access that was made last read.", data_rows),
    .example = "{ data: 0xdead }",
    .size = sizeof(struct number_args), .check = check_data,
};
const struct verb verb_references = {
    .record = VERB("references", "What the access that was made last cost.", references_rows),
    .example = "{ references: 24 }",
    .size = sizeof(struct number_args), .check = check_references,
};
