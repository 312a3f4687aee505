/*
 * slots_text.c - the top-level table of a root, as a picture and as a list.
 *
 *       0  ................................................................
 *      64  ................................................................
 *     ...
 *     256  U.L.SSS.........................................................
 *
 * The list says of each slot in use where it leads, and how much is mapped behind it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/roots.h"
#include "report/words.h"

#define SLOTS_MAX 1024
#define PER_LINE  64

enum look {
    EMPTY,
    STALE, /* Not present, and not zero. */
    SUPERVISOR,
    USER,
    USED,   /* In a second stage, which knows no users. */
    LINEAR, /* Leads back to the table itself. */
    AGAIN,  /* Leads where a slot before it does. */
    ILLEGAL,
    UNREADABLE,
    NR_LOOKS,
};

static const struct {
    char mark;
    enum style style;
    const char *text;
} looks[NR_LOOKS] = {
    [EMPTY] = { '.', FAINT, "empty" },
    [STALE] = { ',', PLAIN, "not present, not zero" },
    [SUPERVISOR] = { 'S', PLAIN, "supervisor's" },
    [USER] = { 'U', ODD, "user's" },
    [USED] = { '#', PLAIN, "in use" },
    [LINEAR] = { 'L', GOOD, "linear: this table itself" },
    [AGAIN] = { '=', GOOD, "as a slot before" },
    [ILLEGAL] = { '!', BAD, "illegal" },
    [UNREADABLE] = { '?', BAD, "not in memory" },
};

struct slots {
    const struct root *root;
    unsigned int n;
    uint64_t entry[SLOTS_MAX];
    uint8_t look[SLOTS_MAX];
    uint16_t same_as[SLOTS_MAX]; /* AGAIN: the slot before. */
};

/* --- Looking ------------------------------------------------------------------------------- */

/* Whether a slot leads somewhere by itself. */
static bool leads(const struct slots *s, unsigned int i)
{
    return s->look[i] == SUPERVISOR || s->look[i] == USER || s->look[i] == USED;
}

static enum look look_at(struct slots *s, unsigned int i)
{
    const struct xenpt_paging *pg = s->root->paging;
    unsigned int top = pg->format.top;
    uint64_t e = s->entry[i], target = xenpt_entry_target(pg, top, e);
    enum xenpt_role role = xenpt_entry_role(pg, top, e);
    uint64_t granted;

    if (role == XENPT_HOLE)
        return e ? STALE : EMPTY;
    if (role == XENPT_MALFORMED)
        return ILLEGAL;
    if (role == XENPT_TABLE && target == pg->root)
        return LINEAR;
    for (unsigned int k = 0; role == XENPT_TABLE && k < i; k++)
        if (leads(s, k) && xenpt_entry_target(pg, top, s->entry[k]) == target) {
            s->same_as[i] = (uint16_t)k;
            return AGAIN;
        }
    if (pg->format.second_stage)
        return USED;
    granted = (e ^ pg->format.inverted) | pg->format.level[top].silent;
    return xenpt_rights(pg, granted) & 1u << XENPT_U ? USER : SUPERVISOR;
}

static void look(struct slots *s, const struct root *root)
{
    s->root = root;
    s->n = root_slots(root);
    for (unsigned int i = 0; i < s->n; i++)
        s->look[i] = (uint8_t)(root_entry(root, i, &s->entry[i]) ? look_at(s, i) : UNREADABLE);
}

/* --- Drawing ------------------------------------------------------------------------------- */

static void picture(struct text *t, const struct slots *s)
{
    bool used[NR_LOOKS] = { false }, ends;

    out_char(t->out, '\n');
    for (unsigned int i = 0; i < s->n; i++) {
        if (i % PER_LINE == 0)
            text_format(t, FAINT, "%6u  ", i);
        ends = i % PER_LINE == PER_LINE - 1 || i + 1 == s->n;
        if (i % PER_LINE == 0 || s->look[i] != s->look[i - 1])
            text_begin(t, looks[s->look[i]].style);
        out_char(t->out, looks[s->look[i]].mark);
        if (ends || s->look[i] != s->look[i + 1])
            text_end(t, looks[s->look[i]].style);
        if (ends)
            out_char(t->out, '\n');
        used[s->look[i]] = true;
    }
    out_text(t->out, "      ");
    for (unsigned int k = 0; k < NR_LOOKS; k++) {
        if (!used[k])
            continue;
        out_text(t->out, "  ");
        text_begin(t, looks[k].style);
        out_char(t->out, looks[k].mark);
        text_end(t, looks[k].style);
        text_format(t, FAINT, " %s", looks[k].text);
    }
    out_text(t->out, "\n\n");
}

/* --- Listing ------------------------------------------------------------------------------- */

static uint64_t slot_first(const struct xenpt_format *f, unsigned int slot)
{
    uint64_t first = (uint64_t)slot << f->level[f->top].shift;

    if (f->sign_extended && first >> (f->input_bits - 1))
        first |= ~UINT64_C(0) << f->input_bits;
    return first;
}

static bool count_only(void *ctx, const struct xenpt_map_range *range)
{
    (void)ctx;
    (void)range;
    return true;
}

/* How much is mapped behind a slot, by tables that only it leads to or it leads to first. */
static enum xenpt_code measure(const struct xenpt_view *view, const struct slots *s,
                               unsigned int slot, struct xenpt_map_counts *ret,
                               struct xenpt_error *err)
{
    const struct xenpt_format *f = &s->root->paging->format;
    struct xenpt_context c = *s->root->context;
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES };

    if (s->root->second) { /* What the stage maps by itself. */
        c.paging = c.second;
        c.has_second = false;
    }
    opt.first = slot_first(f, slot);
    opt.last = opt.first + (XENPT_BIT(f->level[f->top].shift) - 1);
    *ret = (struct xenpt_map_counts){ 0 };
    return xenpt_map(view, &c, &opt, count_only, NULL, ret, err);
}

static void note(struct text *t, const struct slots *s, unsigned int i,
                 const struct xenpt_map_counts *c)
{
    char size[SIZE_TEXT_MAX];

    switch (s->look[i]) {
    case LINEAR:
        text_put(t, looks[LINEAR].style, "this table itself");
        return;
    case AGAIN:
        text_format(t, looks[AGAIN].style, "as slot %u", s->same_as[i]);
        return;
    case STALE:
    case ILLEGAL:
        text_put(t, looks[s->look[i]].style, looks[s->look[i]].text);
        return;
    default:
        text_format(t, PLAIN, "%s in %" PRIu64 " page%s", size_text(c->bytes, size), c->pages,
                    c->pages == 1 ? "" : "s");
    }
}

static enum xenpt_code list_slot(struct text *t, const struct xenpt_view *view,
                                 const struct slots *s, unsigned int i, struct xenpt_error *err)
{
    const struct xenpt_paging *pg = s->root->paging;
    const struct xenpt_format *f = &pg->format;
    char flags[XENPT_FLAGS_MAX];
    struct xenpt_map_counts c = { 0 };
    enum xenpt_code code;

    if (leads(s, i)) {
        code = measure(view, s, i, &c, err);
        if (code)
            return code;
    }
    out_dec(t->out, i, 5);
    out_text(t->out, "  ");
    out_hex(t->out, slot_first(f, i), f->input_bits > 32 ? 16 : 8);
    out_text(t->out, "  ");
    out_hex(t->out, s->entry[i], f->entry_size * 2u);
    out_text(t->out, "  ");
    text_cell(t, PLAIN, xenpt_entry_words(f, f->top, s->entry[i], true, flags), 16);
    out_text(t->out, "  ");
    note(t, s, i, &c);
    out_char(t->out, '\n');
    return XENPT_OK;
}

static void headings(struct text *t, const struct xenpt_format *f)
{
    text_begin(t, HEAD);
    out_text(t->out, " slot  ");
    out_text(t->out, f->input_bits > 32 ? "from              " : "from      ");
    out_text(t->out, f->entry_size == 8 ? "entry             " : "entry     ");
    out_text(t->out, "flags             maps");
    text_end(t, HEAD);
    out_char(t->out, '\n');
}

enum xenpt_code slots_text(struct xenpt_report *r, const struct xenpt_view *view,
                           const struct root *root, struct xenpt_error *err)
{
    const struct xenpt_format *f = &root->paging->format;
    enum xenpt_code code = XENPT_OK;
    struct text *t = &r->text;
    struct slots s = { 0 };

    look(&s, root);
    out_char(t->out, '\n');
    text_format(t, HEAD, "%s 0x%" PRIx64, f->name, root->paging->root);
    if (!s.n) {
        out_text(t->out, ": no tables\n");
        return XENPT_OK;
    }
    text_format(t, PLAIN, ": %u slots of ", s.n);
    out_text(t->out, size_text(XENPT_BIT(f->level[f->top].shift), (char[SIZE_TEXT_MAX]){ 0 }));
    text_format(t, PLAIN, ", %u in use\n", root_slots_used(root));
    picture(t, &s);
    headings(t, f);
    for (unsigned int i = 0; !code && i < s.n; i++)
        if (s.look[i] != EMPTY && s.look[i] != UNREADABLE)
            code = list_slot(t, view, &s, i, err);
    return code;
}
