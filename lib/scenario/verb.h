/*
 * verb.h - what a step can do and what can be expected: tables of rows.
 *
 * A step and an expectation are flat maps: one key is the verb, with its main argument, the others
 * are its arguments.  A verb is a record of rows, as a model's keys are, so that reading, errors,
 * docs/scenario.md, the JSON Schema and `xenpt help scenario` are made from it.  A new verb is a
 * new row in a file of its own, and an entry in verbs.c.
 */
#ifndef XENPT_SCENARIO_VERB_H
#define XENPT_SCENARIO_VERB_H

#include "scenario/invariants.h"
#include "scenario/selector.h"

/* --- Kinds of values: kinds.c -------------------------------------------------------------- */

/* const struct expr *, of one type or a range of it. */
extern const struct row_kind kind_address, kind_addresses, kind_number, kind_numbers, kind_word,
    kind_frame, kind_maddr, kind_vcpu, kind_vcpus, kind_domain, kind_cpu, kind_memory,
    kind_anything;
/* const struct selector *, of contexts. */
extern const struct row_kind kind_contexts;
/* struct rights_wanted */
extern const struct row_kind kind_rights;
/* struct flag_words */
extern const struct row_kind kind_flags;
/* const char *: "4K" */
extern const struct row_kind kind_page;
/* const struct expr *: a context, one alone. */
extern const struct row_kind kind_context;

struct rights_wanted {
    unsigned int mask, value; /* Letters: r, w, x, u from bit 0 on. */
    const char *text;
};

bool rights_hold(const struct rights_wanted *want, unsigned int rights);

#define FLAG_WORDS_MAX 16
struct flag_words {
    const char *word[FLAG_WORDS_MAX];
    size_t nr;
};

/* --- Expectations -------------------------------------------------------------------------- */

/* Every struct of arguments of an expectation begins with this. */
struct check_head {
    const struct selector *in; /* For each of these it is checked; NULL: once. */
    const char *because;
    const struct selector *bind; /* "for: v in every vcpu" */
    size_t binding;
};

enum checked {
    CHECK_HELD,
    CHECK_FAILED,
    CHECK_CANNOT, /* The world's problem says why. */
};

/* What is to be told; texts only if tell is set, and then whether it held or not. */
struct finding {
    bool tell;
    const char *expected, *found;
    const struct xenpt_run_walk *walks[2];
    size_t nr_walks;
};

/* c: NULL where nothing is said of contexts. */
typedef enum checked (*check_fn)(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *f);

struct verb {
    struct record record; /* Its name is the verb, and the key of its first row. */
    const char *example;  /* As YAML. */
    size_t size;          /* Of its arguments. */
    check_fn check;       /* An expectation... */
    /* ...or a step.  said: what it led to, in words.  False: it cannot be done, and the problem
       says why. */
    bool (*run)(struct world *w, const void *args, const char **said);
    bool poke;      /* What it changes, nobody did but the file. */
    bool switches;  /* What CPUs execute changes by it. */
    bool rewinds;   /* It makes memory what it was. */
    bool moves;     /* It changes what CPUs execute, and nothing besides. */
    bool quiet;     /* It changes nothing of the machine. */
    bool hypercall; /* It is one, which a multicall can have. */
    /* What rows cannot say of arguments; may be NULL. */
    void (*examine)(struct scope *s, const struct node *node, void *args);
};

#define VERB(key_, text_, rows_)                                                                   \
    {                                                                                              \
        .name = (key_), .text = (text_), .rows = (rows_), .nr = ARRAY_SIZE(rows_)                  \
    }
#define ROW_AT(s, member)      .offset = offsetof(struct s, member)
#define KIND_ROW(k, s, member) .type = ROW_KIND, .kind = &(k), ROW_AT(s, member)

/* Rows that every expectation has. */
#define CHECK_ROWS                                                                                 \
    { .key = "because",                                                                            \
      .type = ROW_TEXT,                                                                            \
      .offset = offsetof(struct check_head, because),                                              \
      .text = "Why it has to be so: shown when it is not." },                                      \
    {                                                                                              \
        .key = "for", .type = ROW_TREE,                                                            \
        .text =                                                                                    \
            "NAME in SELECTOR: it has to hold with the name standing for each of these in turn."   \
    }
#define NR_CHECK_ROWS 2

/* Those that look at contexts. */
#define IN_ROW                                                                                     \
    {                                                                                              \
        .key = "in", .type = ROW_KIND, .kind = &kind_contexts,                                     \
        .offset = offsetof(struct check_head, in), .required = true,                               \
        .text = "In which context, or contexts."                                                   \
    }

/* Every struct of arguments of a step begins with this. */
struct step_head {
    const char *name;
};

struct step;

/* Of the step repeat. */
struct repeat_args {
    struct step_head head;
    const struct expr *times;
    struct step *steps;
    size_t nr_steps;
    bool has_binding;
    size_t binding;
};
extern const struct verb verb_repeat;

#define STEP_ROWS                                                                                  \
    { .key = "name",                                                                               \
      .type = ROW_TEXT,                                                                            \
      .offset = offsetof(struct step_head, name),                                                  \
      .text = "What it is called in reports, and by --at." },                                      \
    {                                                                                              \
        .key = "expect", .type = ROW_TREE, .text = "What must hold after it: a list."              \
    }
#define NR_STEP_ROWS 2

/* step_control.c: a name that a step gives to a value, which later ones can use. */
void let_name(struct scope *s, const struct node *node, const char *name, enum value_type type,
              size_t *which);

/* verbs.c: all of them, in the order to explain them; NULL ends each. */
extern const struct verb *const step_verbs[];
extern const struct verb *const expect_verbs[];

/* --- A plan: plan.c ------------------------------------------------------------------------ */

struct expectation {
    const struct verb *verb;
    const void *args;
    const struct node *node;
};

struct step {
    const struct verb *verb; /* NULL: before any step. */
    const void *args;
    const struct node *node;
    const struct expectation *expect;
    size_t nr_expect;
    unsigned int number;
};

struct plan {
    unsigned int part; /* Of what CPUs cache: an enum xenpt_tlb_part_id. */
    struct invariants_wanted invariants;
    bool lines;         /* Data caches are modelled: lines.h. */
    struct step *steps; /* The first has what is expected before any. */
    size_t nr_steps;
};

/* Reads steps and expectations of a scenario; mistakes go to the scope's. */
bool plan_read(struct scope *s, const struct node *root, struct plan *ret);
/* The same of steps that are in another. */
bool plan_steps(struct scope *s, const struct node *list, struct step **ret, size_t *nr);
/* "run: d1.v0.user, on: cpu1" */
const char *plan_text(struct doc *doc, const struct node *node);

#endif
