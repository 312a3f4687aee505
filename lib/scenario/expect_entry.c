/* expect_entry.c - an expectation: the entry that a walk reads. */
#include <inttypes.h>
#include <string.h>

#include "scenario/tables.h"
#include "scenario/verbs.h"

enum { ENTRY_UNSAID, ENTRY_IS_PRESENT, ENTRY_ABSENT };

struct entry_args {
    struct check_head head;
    const struct expr *address, *level, *raw, *frame;
    uint32_t is;
    struct flag_words with, without;
};

static const char *entry_words(struct world *w, const struct xenpt_format *f,
                               const struct entry_found *e)
{
    char flags[XENPT_FLAGS_MAX];

    if (!(e->entry & f->present))
        return world_text(w, "absent (L%u, 0x%016" PRIx64 ")", e->level, e->entry);
    return world_text(w, "L%u, 0x%016" PRIx64 ": %s", e->level, e->entry,
                      xenpt_entry_words(f, e->level, e->entry, true, flags));
}

/* What of it is not as wanted; NULL: nothing. */
static const char *otherwise(struct world *w, const struct entry_args *a,
                             const struct xenpt_context *c, const struct entry_found *e,
                             const struct value *raw, const struct value *frame)
{
    const struct xenpt_format *f = &c->paging.format;
    const char *word;
    uint64_t maddr;

    if (a->is == ENTRY_ABSENT)
        return e->entry & f->present ? "absent" : NULL;
    if (a->raw && e->entry != raw->v)
        return world_text(w, "0x%016" PRIx64, raw->v);
    if (!(e->entry & f->present) && !a->raw)
        return "present";
    if (a->frame && (!table_maddr(w, c, e->entry & f->address, &maddr) ||
                     maddr >> XENPT_PAGE_SHIFT != frame->v))
        return world_text(w, "leads to mfn 0x%" PRIx64, frame->v);
    word = table_flags_missing(f, e->level, e->entry, &a->with, true);
    if (word)
        return world_text(w, "with %s", word);
    word = table_flags_missing(f, e->level, e->entry, &a->without, false);
    return word ? world_text(w, "without %s", word) : NULL;
}

static enum checked check_entry(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct entry_args *a = args;
    struct value in, level = { .v = 0 }, raw = { .v = 0 }, frame = { .v = 0 };
    struct entry_found found;
    const char *wanted;

    if (!expr_eval(w, a->address, &in) || (a->level && !expr_eval(w, a->level, &level)) ||
        (a->raw && !expr_eval(w, a->raw, &raw)) || (a->frame && !expr_eval(w, a->frame, &frame)))
        return CHECK_CANNOT;
    if (!table_entry_of(w, c, in.v, level.v > XENPT_TOP_MAX ? 9 : (unsigned int)level.v, &found))
        return CHECK_CANNOT;
    wanted = otherwise(w, a, c, &found, &raw, &frame);
    if (ret->tell) {
        ret->expected = wanted ? wanted : "otherwise";
        ret->found = entry_words(w, &c->paging.format, &found);
        ret->walks[0] = show_walk(w, c, in.v);
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return wanted ? CHECK_FAILED : CHECK_HELD;
}

static void examine_entry(struct scope *s, const struct node *node, void *args)
{
    const struct entry_args *a = args;

    if (!a->is && !a->raw && !a->frame && !a->with.nr && !a->without.nr)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "entry: what of it? One of these is wanted: is, raw, frame, with, without");
}

static bool read_entry_is(struct doc *doc, const struct row *row, const struct node *node, void *at,
                          struct mistakes *m)
{
    char words[NODE_WORDS_MAX];
    uint32_t is = !strcmp(node->text, "present")  ? ENTRY_IS_PRESENT
                  : !strcmp(node->text, "absent") ? ENTRY_ABSENT
                                                  : ENTRY_UNSAID;

    (void)doc;
    if (!is)
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and an entry is present or absent", row->key,
                node_words(node, words));
    memcpy(at, &is, sizeof(is));
    return true;
}

static const struct row_kind kind_entry_is = {
    .words = "`present`, `absent`",
    .schema = "{\"enum\":[\"present\",\"absent\"]}",
    .read = read_entry_is,
};

/* clang-format off */
static const struct row entry_rows[] = {
    { .key = "entry", KIND_ROW(kind_address, entry_args, address), .required = true,
      .text = "An address, of whose walk an entry is looked at." },
    IN_ROW,
    { .key = "level", KIND_ROW(kind_number, entry_args, level),
      .text = "At which level; without it, the last that the walk reads." },
    { .key = "is", KIND_ROW(kind_entry_is, entry_args, is), .text = "Whether there is one." },
    { .key = "raw", KIND_ROW(kind_word, entry_args, raw), .text = "Its value, all bits of it." },
    { .key = "frame", KIND_ROW(kind_frame, entry_args, frame), .text = "The frame it leads to." },
    { .key = "with", KIND_ROW(kind_flags, entry_args, with), .text = "Flags that it has." },
    { .key = "without", KIND_ROW(kind_flags, entry_args, without), .text = "Flags that it has not." },
    CHECK_ROWS,
};

const struct verb verb_entry = {
    .record = VERB("entry", "What an entry on the way of an address is.", entry_rows),
    .example = "{ entry: 0x1000, in: d2.p2m, level: 1, with: [R, W] }",
    .size = sizeof(struct entry_args), .check = check_entry, .examine = examine_entry,
};
