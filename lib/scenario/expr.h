/*
 * expr.h - expressions: parsed and typed when the file is read, evaluated when a step runs.
 *
 *     va(0, 0, 1, 5) + 0x10        xen.directmap(d1.gfn(5))        d1.v0.kernel.root
 *
 * Everything that can be wrong with one before there is a machine is told with its place: names
 * that there are not, types that do not fit, arguments too many or too few.
 */
#ifndef XENPT_SCENARIO_EXPR_H
#define XENPT_SCENARIO_EXPR_H

#include "scenario/keys.h"
#include "scenario/value.h"

struct expr;
struct images;

/* A domain that there is from the beginning, or that a step creates. */
struct scope_domain {
    const char *name;
    enum xenpt_domain_type type;
    uint32_t vcpus;
    const struct xenpt_given_frame *given; /* Names of it are members. */
    size_t nr_given;
};

#define BINDINGS_MAX 6  /* Of "for: v in ...", and of what repeats, in each other. */
#define LETS_MAX     64 /* Of the steps. */

struct binding {
    const char *name;
    enum value_type type;
};

enum name_progress {
    NAME_UNREAD,
    NAME_BEING_READ,
    NAME_READ,
};

/* How far one of the file's names has been read. */
struct name_state {
    enum name_progress progress;
    const struct expr *e; /* NULL: there is a mistake in it. */
};

/*
 * What names mean while a file is read.  It begins with what notes mistakes, so that readers of
 * values, which are given that, find all of it.
 */
struct scope {
    struct mistakes m;
    struct doc *doc;
    const struct xenpt_layout *layout; /* NULL: it is not known, and areas are not either. */
    uint32_t cpus;
    struct scope_domain *domains;
    size_t nr_domains;
    const struct scope_domain *own; /* Whose tables and frames have their names alone, or NULL. */
    const struct node *names;       /* A map, or NULL. */
    struct name_state *states;
    struct binding bindings[BINDINGS_MAX];
    size_t nr_bindings;
    struct binding lets[LETS_MAX];
    size_t nr_lets;
    unsigned int depth;
    struct images *images; /* That expectations name. */
    const struct xenpt_rules_wanted *rules;
    bool journal;                       /* Some expectation asks who touches what. */
    const struct node *threats;         /* The key `threat`, or NULL... */
    const struct threat_blocks *blocks; /* ...and what was read of it, in the end. */
};

/* Whether a file can call something so; if not, a mistake is noted. */
bool scope_name_ok(struct scope *s, const struct place *at, const char *name);
/* A name for what changes while something is asked or done; nr_bindings less one unbinds it. */
bool scope_bind(struct scope *s, const struct place *at, const char *name, enum value_type type,
                size_t *ret);

/* scope.c: what names mean by a model; false: no memory. */
bool scope_of_model(struct scope *s, struct doc *doc, const struct xenpt_machine_desc *desc,
                    const struct node *root, xenpt_mistake_fn fn, void *ctx);
/* One more domain, for which there is room. */
void scope_domain_add(struct scope *s, const struct xenpt_domain_desc *desc);

static inline struct scope *scope_of(struct mistakes *m)
{
    return (struct scope *)(void *)m;
}

/* What an expression is evaluated in; world.h. */
struct world;

/* NULL: a mistake was noted, or there is no memory. */
const struct expr *expr_parse(struct scope *s, const struct node *node, enum value_type want);
/* The same of part of a node's text, and of whatever type. */
const struct expr *expr_parse_part(struct scope *s, const struct node *node, size_t from, size_t n);
/* "a..b" as well, and areas as a whole. */
const struct expr *expr_parse_range(struct scope *s, const struct node *node, enum value_type want);
/* Reads names that nothing has used, for their mistakes. */
void expr_check_names(struct scope *s);
enum value_type expr_type(const struct expr *e);
bool expr_wants(struct scope *s, const struct node *node, const struct expr *e,
                enum value_type want);
/* Whether it is the same whatever happens, and if so, what. */
bool expr_is_constant(const struct expr *e, struct value *ret);

/* False: it has no value now, and the world's problem says why. */
bool expr_eval(struct world *w, const struct expr *e, struct value *ret);

/* --- functions.c --------------------------------------------------------------------------- */

#define FUNC_ARGS_MAX 6

struct func {
    const char *name; /* "directmap" */
    const char *form; /* "xen.directmap(MFN)" */
    const char *text;
    enum value_type on; /* What it is a member of; NUMBER: of nothing. */
    bool bare;          /* Without parentheses. */
    unsigned int min, max;
    enum value_type args[FUNC_ARGS_MAX];
    enum value_type type;
    bool (*fn)(struct world *w, const struct value *self, const struct value *args, unsigned int n,
               struct value *ret);
};

extern const struct func funcs[];
extern const size_t nr_funcs;

#endif
