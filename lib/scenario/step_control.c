/* step_control.c - steps of the file's own: to repeat, to remember, to go back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/journal.h"
#include "scenario/lines.h"
#include "scenario/verbs.h"

/* --- Repeating ----------------------------------------------------------------------------- */

/* steps.c repeats; what is here is how it is written. */
static bool run_repeat(struct world *w, const void *args, const char **said)
{
    const struct repeat_args *a = args;
    struct value times;

    *said = NULL;
    if (!expr_eval(w, a->times, &times))
        return false;
    w->times = times.v;
    return true;
}

static void examine_repeat(struct scope *s, const struct node *node, void *args)
{
    struct repeat_args *a = args;
    const struct node *steps = node_get(node, "steps"), *as = node_get(node, "as");
    char words[NODE_WORDS_MAX];
    size_t bound = s->nr_bindings;

    if (!steps || steps->kind != NODE_LIST || !steps->nr) {
        mistake(&s->m, steps ? &steps->at : &node->at, XENPT_EPARSE,
                "repeat: steps: %s, and a list of steps was expected",
                steps ? node_words(steps, words) : "nothing");
        return;
    }
    a->has_binding = as;
    if (as && !scope_bind(s, &as->at, as->text, VALUE_NUMBER, &a->binding))
        return;
    plan_steps(s, steps, &a->steps, &a->nr_steps);
    s->nr_bindings = bound;
}

/* --- Remembering --------------------------------------------------------------------------- */

struct let_args {
    struct step_head head;
    const char *name;
    const struct expr *be;
    size_t which;
};

static bool run_let(struct world *w, const void *args, const char **said)
{
    const struct let_args *a = args;
    struct value *v = &w->lets[a->which];

    *said = NULL;
    if (!expr_eval(w, a->be, v))
        return false;
    if (v->type <= VALUE_GFN)
        *said = world_text(w, "%s is 0x%" PRIx64, a->name, v->v);
    return true;
}

void let_name(struct scope *s, const struct node *node, const char *name, enum value_type type,
              size_t *which)
{
    for (size_t i = 0; i < s->nr_lets; i++)
        if (!strcmp(s->lets[i].name, name)) {
            *which = i;
            if (s->lets[i].type != type)
                mistake(&s->m, &node->at, XENPT_EPARSE, "let: '%.*s' was %s, and would be %s",
                        QUOTE_MAX, name, value_type_words[s->lets[i].type], value_type_words[type]);
            return;
        }
    if (s->nr_lets == LETS_MAX) {
        mistake(&s->m, &node->at, XENPT_ERANGE, "let: more than %d names", LETS_MAX);
        return;
    }
    if (!scope_name_ok(s, &node->at, name))
        return;
    *which = s->nr_lets;
    s->lets[s->nr_lets++] = (struct binding){ name, type };
}

static void examine_let(struct scope *s, const struct node *node, void *args)
{
    struct let_args *a = args;

    let_name(s, node_get(node, "let"), a->name, expr_type(a->be), &a->which);
}

/* --- Going back ---------------------------------------------------------------------------- */

struct saved_args {
    struct step_head head;
    const char *name;
};

static bool world_no_lines(struct world *w)
{
    xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory for what is cached");
    return false;
}

static bool run_snapshot(struct world *w, const void *args, const char **said)
{
    const struct saved_args *a = args;
    struct saved *s = &w->saved[0];

    *said = NULL;
    while (s < w->saved + w->nr_saved && strcmp(s->name, a->name) != 0)
        s++;
    if (s == w->saved + SAVED_MAX)
        return world_cannot(w, "more than %d snapshots", SAVED_MAX);
    if (s < w->saved + w->nr_saved) {
        /* The newest is the last of the list. */
        xenpt_machine_snapshot_drop(s->snapshot);
        caches_destroy(s->caches);
        lines_destroy(s->lines);
        memmove(s, s + 1, (size_t)(w->saved + w->nr_saved - s - 1) * sizeof(*s));
        w->nr_saved--;
        s = &w->saved[w->nr_saved];
    }
    *s = (struct saved){ .name = a->name };
    if (xenpt_machine_snapshot_take(w->machine, &s->snapshot, &w->problem))
        return false;
    memcpy(s->pending, w->pending, sizeof(s->pending));
    s->nr_pending = w->nr_pending;
    s->nr_touches = w->journal ? w->journal->nr : 0;
    w->nr_saved++;
    if (w->lines && !(s->lines = lines_copy(w->lines)))
        return world_no_lines(w);
    return !w->caches || !caches_copy(w->caches, &s->caches, &w->problem);
}

static bool restore_caches(struct world *w, const struct saved *s)
{
    struct caches *copy;
    struct lines *lines = s->lines ? lines_copy(s->lines) : NULL;

    if (s->lines && !lines)
        return world_no_lines(w);
    if (lines) {
        lines_destroy(w->lines);
        w->lines = lines;
    }
    if (!s->caches)
        return true;
    if (caches_copy(s->caches, &copy, &w->problem))
        return false;
    caches_destroy(w->caches);
    w->caches = copy;
    return true;
}

static bool run_restore(struct world *w, const void *args, const char **said)
{
    const struct saved_args *a = args;

    *said = NULL;
    for (size_t i = 0; i < w->nr_saved; i++) {
        if (strcmp(w->saved[i].name, a->name) != 0)
            continue;
        world_changed(w);
        if (xenpt_machine_snapshot_restore(w->saved[i].snapshot, &w->problem))
            return false;
        /* Later ones are gone. */
        for (; w->nr_saved > i + 1; w->nr_saved--) {
            caches_destroy(w->saved[w->nr_saved - 1].caches);
            lines_destroy(w->saved[w->nr_saved - 1].lines);
        }
        w->last.made = false;
        memcpy(w->pending, w->saved[i].pending, sizeof(w->pending));
        w->nr_pending = w->saved[i].nr_pending;
        if (w->journal)
            journal_back(w->journal, w->saved[i].nr_touches);
        return restore_caches(w, &w->saved[i]);
    }
    return world_cannot(w,
                        "there is no snapshot '%s': it was not taken, or an earlier one was "
                        "restored since",
                        a->name);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row repeat_rows[] = {
    { .key = "repeat", KIND_ROW(kind_number, repeat_args, times), .required = true,
      .text = "How many times." },
    { .key = "as", .type = ROW_TREE, .text = "A name for the number of each time, from 0 on." },
    { .key = "steps", .type = ROW_TREE, .text = "The steps, a list. (needed)" },
    STEP_ROWS,
};
static const struct row let_rows[] = {
    { .key = "let", .type = ROW_TEXT, ROW_AT(let_args, name), .required = true,
      .text = "A name, for later steps and expectations." },
    { .key = "be", KIND_ROW(kind_anything, let_args, be), .required = true,
      .text = "What it stands for: the value of this moment, whatever happens then." },
    STEP_ROWS,
};
static const struct row snapshot_rows[] = {
    { .key = "snapshot", .type = ROW_TEXT, ROW_AT(saved_args, name), .required = true,
      .text = "A name for the machine as it is: its memory, and what its CPUs do." },
    STEP_ROWS,
};
static const struct row restore_rows[] = {
    { .key = "restore", .type = ROW_TEXT, ROW_AT(saved_args, name), .required = true,
      .text = "The name of a snapshot, which the machine is again. Those taken later are gone." },
    STEP_ROWS,
};

const struct verb verb_repeat = {
    .record = VERB("repeat", "Does steps again and again. Of their expectations those are told that "
                   "do not hold.", repeat_rows),
    .example = "{ repeat: 512, as: i, steps: [ { access: read, in: d0.v0.xen, at: "
               "xen.directmap(i) } ] }",
    .size = sizeof(struct repeat_args), .run = run_repeat, .examine = examine_repeat, .quiet = true,
};
const struct verb verb_let = {
    .record = VERB("let", "Remembers a value, to compare with it later.", let_rows),
    .example = "{ let: before, be: d1.v0.root }",
    .size = sizeof(struct let_args), .run = run_let, .examine = examine_let, .quiet = true,
};
const struct verb verb_snapshot = {
    .record = VERB("snapshot", "Remembers the machine as it is.", snapshot_rows),
    .example = "{ snapshot: booted }",
    .size = sizeof(struct saved_args), .run = run_snapshot, .rewinds = true, .quiet = true,
};
const struct verb verb_restore = {
    .record = VERB("restore", "Makes the machine what it was.", restore_rows),
    .example = "{ restore: booted }",
    .size = sizeof(struct saved_args), .run = run_restore, .rewinds = true,
};
