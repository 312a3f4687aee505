/* step_poke.c - steps: what changes in memory by nobody but the file. */
#include <inttypes.h>

#include "scenario/guest.h"
#include "scenario/tables.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* --- Words and entries --------------------------------------------------------------------- */

struct poke_args {
    struct step_head head;
    const struct expr *at, *value, *bytes;
};

static bool run_poke(struct world *w, const void *args, const char **said)
{
    const struct poke_args *a = args;
    struct value at, value;
    uint64_t bytes;

    *said = NULL;
    world_changed(w);
    return expr_eval(w, a->at, &at) && expr_eval(w, a->value, &value) &&
           number_at_most(w, a->bytes, 8, 8, "the size of a word", &bytes) &&
           !xenpt_store_write(w->machine->store, at.v, &value.v, bytes, &w->problem);
}

struct poke_entry_args {
    struct step_head head;
    const struct expr *address, *in, *level, *value, *frame;
    struct flag_words set, clear;
};

/* The bits that words name, in this format at this level. */
static bool bits_of(struct world *w, const struct xenpt_format *f, unsigned int level,
                    const struct flag_words *words, uint64_t *ret)
{
    uint64_t bits;

    *ret = 0;
    for (size_t i = 0; i < words->nr; i++) {
        if (!table_flag_bits(f, level, words->word[i], &bits))
            return world_cannot(w, "an L%u entry of %s has no flag %s", level, f->name,
                                words->word[i]);
        *ret |= bits;
    }
    return true;
}

static bool run_poke_entry(struct world *w, const void *args, const char **said)
{
    const struct poke_entry_args *a = args;
    const struct xenpt_context *c;
    struct entry_found found;
    struct value context, address, v;
    uint64_t set, clear, level;

    *said = NULL;
    if (!expr_eval(w, a->in, &context) || !access_execute(w, &context) ||
        !expr_eval(w, a->address, &address) ||
        !number_at_most(w, a->level, 0, 5, "a level", &level))
        return false;
    c = world_context(w, &context);
    if (!c || !table_entry_of(w, c, address.v, (unsigned int)level, &found) ||
        !bits_of(w, &c->paging.format, found.level, &a->set, &set) ||
        !bits_of(w, &c->paging.format, found.level, &a->clear, &clear))
        return false;
    if (a->value) {
        if (!expr_eval(w, a->value, &v))
            return false;
        found.entry = v.v;
    }
    if (a->frame) {
        if (!expr_eval(w, a->frame, &v))
            return false;
        found.entry = (found.entry & ~c->paging.format.address) | v.v << XENPT_PAGE_SHIFT;
    }
    found.entry = (found.entry | set) & ~clear;
    *said = world_text(w, "the L%u entry at 0x%" PRIx64 " is 0x%" PRIx64, found.level, found.maddr,
                       found.entry);
    return !xenpt_store_write(w->machine->store, found.maddr, &found.entry,
                              c->paging.format.entry_size, &w->problem);
}

static void examine_poke_entry(struct scope *s, const struct node *node, void *args)
{
    const struct poke_entry_args *a = args;

    if (!a->value && !a->frame && !a->set.nr && !a->clear.nr)
        mistake(
            &s->m, &node->at, XENPT_EPARSE,
            "poke-entry: what is to be in it? One of these is wanted: value, frame, set, clear");
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row poke_rows[] = {
    { .key = "poke", KIND_ROW(kind_maddr, poke_args, at), .required = true,
      .text = "The machine address of a word that changes, by nobody and against all rules." },
    { .key = "value", KIND_ROW(kind_word, poke_args, value), .required = true,
      .text = "What is there then." },
    { .key = "bytes", KIND_ROW(kind_number, poke_args, bytes), .text = "Its size; 8 without it." },
    STEP_ROWS,
};

static const struct row poke_entry_rows[] = {
    { .key = "poke-entry", KIND_ROW(kind_address, poke_entry_args, address), .required = true,
      .text = "The address whose entry changes, by nobody and against all rules." },
    { .key = "in", KIND_ROW(kind_context, poke_entry_args, in), .required = true,
      .text = "The context in whose tables. It is put on its CPU, as by run, if it is not there." },
    { .key = "level", KIND_ROW(kind_number, poke_entry_args, level),
      .text = "At which level; without it, the last that a walk reads." },
    { .key = "value", KIND_ROW(kind_word, poke_entry_args, value), .text = "All of the entry." },
    { .key = "frame", KIND_ROW(kind_frame, poke_entry_args, frame),
      .text = "The frame that it leads to then." },
    { .key = "set", KIND_ROW(kind_flags, poke_entry_args, set), .text = "Flags that are set then." },
    { .key = "clear", KIND_ROW(kind_flags, poke_entry_args, clear), .text = "Flags that are not." },
    STEP_ROWS,
};

const struct verb verb_poke = {
    .record = VERB("poke", "A word of memory changes: an error, an attack, a bug.", poke_rows),
    .example = "{ poke: maddr(d1.gfn(5)) + 8, value: 0xdead }",
    .size = sizeof(struct poke_args), .run = run_poke, .poke = true,
};
const struct verb verb_poke_entry = {
    .record = VERB("poke-entry", "An entry of a table changes: an error, an attack, a bug.",
                   poke_entry_rows),
    .example = "{ poke-entry: xen.directmap(d1.gfn(5)), in: d0.v0.kernel, set: [US] }",
    .size = sizeof(struct poke_entry_args), .run = run_poke_entry, .examine = examine_poke_entry,
    .poke = true,
};
/* clang-format on */
