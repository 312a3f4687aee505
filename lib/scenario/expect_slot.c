/* expect_slot.c - expectations: slots of root tables. */
#include <inttypes.h>
#include <string.h>

#include "scenario/tables.h"
#include "scenario/verb.h"

enum slot_is {
    SLOT_PRESENT = 1, /* 0: nothing is said of it. */
    SLOT_ABSENT,
    SLOT_SELF,
};

struct slot_args {
    struct check_head head;
    const struct expr *slots;
    uint32_t is; /* enum slot_is */
    const struct expr *raw, *frame, *slot, *same, *differs, *shared;
    struct flag_words with, without;
    const struct expr *level;
};

struct slot_question {
    const struct slot_args *a;
    const struct xenpt_context *c;
    uint64_t root, entry;
    unsigned int slot;
    const char *expected, *found;
};

static bool fail(struct slot_question *q, const char *expected, const char *found)
{
    q->expected = expected;
    q->found = found;
    return false;
}

static const char *entry_words(struct world *w, const struct slot_question *q, uint64_t entry)
{
    char flags[XENPT_FLAGS_MAX];
    const struct xenpt_format *f = &q->c->paging.format;

    if (!(entry & f->present))
        return entry ? world_text(w, "absent, 0x%016" PRIx64, entry) : "absent";
    return world_text(w, "0x%016" PRIx64 ", %s", entry,
                      xenpt_entry_words(f, f->top, entry, true, flags));
}

/* Bits of an entry that what leads where does not depend on. */
static uint64_t noise(const struct slot_question *q)
{
    return q->c->paging.format.accessed | q->c->paging.format.dirty;
}

static bool same_entry(struct world *w, struct slot_question *q, uint64_t other, const char *what)
{
    if (!((q->entry ^ other) & ~noise(q)))
        return true;
    return fail(q, world_text(w, "%s: %s", what, entry_words(w, q, other)),
                entry_words(w, q, q->entry));
}

/* The slot of the same number in the root of another context. */
static bool other_slot(struct world *w, const struct slot_question *q, const struct expr *e,
                       const char **name, uint64_t *ret)
{
    const struct xenpt_context *c;
    char text[WHO_MAX];
    struct value v;
    uint64_t root;

    if (!expr_eval(w, e, &v))
        return false;
    c = world_context(w, &v);
    *name = world_text(w, "%s", who_text(w, &v, text));
    return c && table_root(w, c, &root) && table_entry(w, c, root, q->slot, ret);
}

static bool as_there(struct world *w, struct slot_question *q, enum checked *cannot)
{
    const struct slot_args *a = q->a;
    const char *name = "";
    uint64_t other;

    *cannot = CHECK_CANNOT;
    if (!other_slot(w, q, a->same ? a->same : a->differs, &name, &other))
        return false;
    *cannot = CHECK_FAILED;
    if (a->same)
        return same_entry(w, q, other, world_text(w, "as in %s", name));
    return (q->entry ^ other) & ~noise(q) ||
           fail(q, world_text(w, "not as in %s", name), entry_words(w, q, q->entry));
}

static bool shared(struct world *w, struct slot_question *q, enum checked *cannot)
{
    const struct slot_args *a = q->a;
    unsigned int top = q->c->paging.format.top, level, found;
    struct value want = { .v = top - 1 };
    const char *name = "";
    uint64_t entry;

    *cannot = CHECK_CANNOT;
    if (!other_slot(w, q, a->shared, &name, &entry) || (a->level && !expr_eval(w, a->level, &want)))
        return false;
    *cannot = CHECK_FAILED;
    level = (unsigned int)want.v;
    found = tables_shared(w, q->c, q->entry, entry, top);
    if (found == level)
        return true;
    return fail(q, world_text(w, "shared with %s from L%u down", name, level),
                found ? world_text(w, "they are the same from L%u down", found)
                      : world_text(w, "no level of tables is the same: %s, and there %s",
                                   entry_words(w, q, q->entry), entry_words(w, q, entry)));
}

static bool flags_are(struct world *w, struct slot_question *q)
{
    const struct xenpt_format *f = &q->c->paging.format;
    const char *word;

    if (!(word = table_flags_missing(f, f->top, q->entry, &q->a->with, true)))
        word = table_flags_missing(f, f->top, q->entry, &q->a->without, false);
    if (!word)
        return true;
    return fail(
        q,
        world_text(w, "%s %s",
                   q->a->with.nr && table_flags_missing(f, f->top, q->entry, &q->a->with, true)
                       ? "with"
                       : "without",
                   word),
        entry_words(w, q, q->entry));
}

static enum checked verdict(bool held)
{
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked is_raw(struct world *w, struct slot_question *q)
{
    struct value v;

    if (!expr_eval(w, q->a->raw, &v))
        return CHECK_CANNOT;
    return verdict(q->entry == v.v || fail(q, entry_words(w, q, v.v), entry_words(w, q, q->entry)));
}

static enum checked leads_to(struct world *w, struct slot_question *q)
{
    uint64_t maddr;
    struct value v;

    if (!expr_eval(w, q->a->frame, &v))
        return CHECK_CANNOT;
    return verdict((table_maddr(w, q->c, q->entry & q->c->paging.format.address, &maddr) &&
                    maddr >> XENPT_PAGE_SHIFT == v.v) ||
                   fail(q, world_text(w, "mfn 0x%" PRIx64, v.v), entry_words(w, q, q->entry)));
}

static enum checked as_slot(struct world *w, struct slot_question *q)
{
    uint64_t entry;
    struct value v;

    if (!expr_eval(w, q->a->slot, &v) ||
        !table_entry(w, q->c, q->root, v.v > 511 ? 512 : (unsigned int)v.v, &entry))
        return CHECK_CANNOT;
    return verdict(same_entry(w, q, entry, world_text(w, "as slot %" PRIu64, v.v)));
}

/* Beside what others have; what is not asked for holds. */
static enum checked values_are(struct world *w, struct slot_question *q)
{
    const struct slot_args *a = q->a;
    enum checked checked = CHECK_HELD;

    if (a->raw)
        checked = is_raw(w, q);
    if (checked == CHECK_HELD && a->frame)
        checked = leads_to(w, q);
    if (checked == CHECK_HELD && a->slot)
        checked = as_slot(w, q);
    return checked;
}

static enum checked one_slot(struct world *w, struct slot_question *q)
{
    const struct slot_args *a = q->a;
    const struct xenpt_format *f = &q->c->paging.format;
    /* A guest's entries have its own addresses. */
    uint64_t root = q->c->has_second ? q->c->paging.root : q->root;
    bool there = q->entry & f->present;
    enum checked checked, failed = CHECK_FAILED;

    if (a->is == SLOT_ABSENT)
        return verdict(!there || fail(q, "absent", entry_words(w, q, q->entry)));
    if (!there && (a->is || a->frame || a->shared || a->with.nr || a->without.nr))
        return verdict(fail(q, "present", entry_words(w, q, q->entry)));
    if (a->is == SLOT_SELF && (q->entry & f->address) != root)
        return verdict(
            fail(q, world_text(w, "the root itself, mfn 0x%" PRIx64, q->root >> XENPT_PAGE_SHIFT),
                 entry_words(w, q, q->entry)));
    checked = values_are(w, q);
    if (checked != CHECK_HELD)
        return checked;
    if (((a->same || a->differs) && !as_there(w, q, &failed)) ||
        (a->shared && !shared(w, q, &failed)))
        return failed;
    return verdict(flags_are(w, q));
}

static enum checked check_slot(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    struct slot_question q = { .a = args, .c = c };
    enum checked checked = CHECK_HELD;
    struct value slots;

    if (!expr_eval(w, q.a->slots, &slots) || !table_root(w, c, &q.root))
        return CHECK_CANNOT;
    if (slots.last > 511) {
        world_cannot(w, "a root table has slots 0 to 511, and not %" PRIu64, slots.last);
        return CHECK_CANNOT;
    }
    for (uint64_t i = slots.v; checked == CHECK_HELD && i <= slots.last; i++) {
        if (!table_entry(w, c, q.root, (unsigned int)i, &q.entry))
            return CHECK_CANNOT;
        q.slot = (unsigned int)i;
        checked = one_slot(w, &q);
    }
    if (ret->tell) {
        ret->expected = checked == CHECK_FAILED ? world_text(w, "slot %u %s", q.slot, q.expected)
                                                : "otherwise";
        ret->found = checked == CHECK_FAILED
                         ? world_text(w, "slot %u of mfn 0x%" PRIx64 ": %s", q.slot,
                                      q.root >> XENPT_PAGE_SHIFT, q.found)
                         : "it is so";
    }
    return checked;
}

static void examine_slot(struct scope *s, const struct node *node, void *args)
{
    const struct slot_args *a = args;
    struct value v;

    if (expr_is_constant(a->slots, &v) && v.last > 511)
        mistake(&s->m, &node_get(node, "slot")->at, XENPT_ERANGE,
                "slot: a root table has 512, from 0 to 511");
    if (!a->is && !a->raw && !a->frame && !a->slot && !a->same && !a->differs && !a->shared &&
        !a->with.nr && !a->without.nr)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "slot: what of it? One of these is wanted: is, raw, frame, same-as, differs-from, "
                "same-as-slot, shared-with, with, without");
    if (a->same && a->differs)
        mistake(&s->m, &node->at, XENPT_EPARSE, "slot: same-as or differs-from, not both");
}

static bool read_slot_is(struct doc *doc, const struct row *row, const struct node *node, void *at,
                         struct mistakes *m)
{
    static const char *const words[] = {
        [SLOT_PRESENT] = "present", [SLOT_ABSENT] = "absent", [SLOT_SELF] = "self"
    };
    char text[NODE_WORDS_MAX];

    (void)doc;
    for (uint32_t i = SLOT_PRESENT; i < ARRAY_SIZE(words); i++)
        if (!strcmp(words[i], node->text)) {
            memcpy(at, &i, sizeof(i));
            return true;
        }
    mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and a slot is present, absent or self", row->key,
            node_words(node, text));
    return true;
}

static const struct row_kind kind_slot_is = {
    .words = "`present`, `absent`, `self`",
    .schema = "{\"enum\":[\"present\",\"absent\",\"self\"]}",
    .read = read_slot_is,
};

/* clang-format off */
static const struct row slot_rows[] = {
    { .key = "slot", KIND_ROW(kind_numbers, slot_args, slots), .required = true,
      .text = "The number of a slot of the root table; or FIRST..LAST, of which each has to be so." },
    IN_ROW,
    { .key = "is", KIND_ROW(kind_slot_is, slot_args, is),
      .text = "What is there: something; nothing; the way to the root table that it is in, as in a "
              "linear page table." },
    { .key = "raw", KIND_ROW(kind_word, slot_args, raw), .text = "Its value, all bits of it." },
    { .key = "frame", KIND_ROW(kind_frame, slot_args, frame), .text = "The table it leads to." },
    { .key = "same-as", KIND_ROW(kind_context, slot_args, same),
      .text = "It has what the slot has in this context's root, but for A and D." },
    { .key = "differs-from", KIND_ROW(kind_context, slot_args, differs), .text = "It has not." },
    { .key = "same-as-slot", KIND_ROW(kind_number, slot_args, slot),
      .text = "It has what another slot of the same table has, but for A and D." },
    { .key = "shared-with", KIND_ROW(kind_context, slot_args, shared),
      .text = "What is below is the same table as in this context." },
    { .key = "from", KIND_ROW(kind_number, slot_args, level),
      .text = "With shared-with: the highest level whose tables are the same, 3 without it; 2 says "
              "that each has an L3 of its own, and these lead to the same L2s." },
    { .key = "with", KIND_ROW(kind_flags, slot_args, with), .text = "Flags that it has." },
    { .key = "without", KIND_ROW(kind_flags, slot_args, without), .text = "Flags that it has not." },
    CHECK_ROWS,
};

const struct verb verb_slot = {
    .record = VERB("slot", "What is in a slot of a root table.", slot_rows),
    .example = "{ slot: 258, in: every xen context of d1, is: self }",
    .size = sizeof(struct slot_args), .check = check_slot, .examine = examine_slot,
};
