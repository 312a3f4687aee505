/*
 * expose_text.c - a matrix as lines, one for each context and owner:
 *
 *     context           by      owner    read           write          execute
 *     d1.v0.user        user    xen      44K in 9       -              16K in 3
 *                               d1       12K in 2       8K in 1        4K in 1
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/answer.h"
#include "report/expose.h"

void expose_text_begin(struct expose_writer *w)
{
    const struct xenpt_fear_row *row = xenpt_fear_row(w->opt->threat);
    struct text *t = &w->r->text;

    if (w->r->items)
        out_char(t->out, '\n');
    text_put(t, HEAD, w->opt->threat ? row->name : "as the tables are");
    out_char(t->out, '\n');
    if (w->opt->threat) {
        out_blanks(t->out, 2);
        text_wrap(t, row->text, 2, 2);
        if (w->opt->immune)
            text_put(t, ODD,
                     "  This processor is immune: what follows is what the tables allow.\n");
    }
    text_put(
        t, HEAD,
        "  context            by      owner       read              write             execute");
    out_char(t->out, '\n');
}

static void amount(struct text *t, uint64_t bytes, uint64_t ranges, size_t width)
{
    char size[SIZE_TEXT_MAX], cell[64];

    if (bytes)
        snprintf(cell, sizeof(cell), "%s in %" PRIu64, size_text(bytes, size), ranges);
    else
        snprintf(cell, sizeof(cell), "-");
    text_cell(t, bytes ? PLAIN : FAINT, cell, width);
}

/* What a read gives, where that is not all plain. */
static void sights(struct text *t, const struct xenpt_expose_cell *c)
{
    char size[SIZE_TEXT_MAX];

    for (int s = XENPT_SIGHT_CIPHERTEXT; s < XENPT_NR_SIGHTS; s++)
        if (c->sight[s])
            text_format(t, ODD, "  %s %s", size_text(c->sight[s], size),
                        xenpt_sight_name((enum xenpt_sight)s));
}

static void ranges(const struct expose_writer *w, const struct xenpt_expose_row *row)
{
    struct text *t = &w->r->text;
    char can[CAN_TEXT_MAX], size[SIZE_TEXT_MAX];

    for (size_t i = 0; i < row->nr_pieces; i++) {
        const struct xenpt_expose_piece *p = &row->pieces[i];

        text_format(t, PLAIN, "      %012" PRIx64 "..%012" PRIx64 "  %7s  %s  %s\n", p->first,
                    p->last, size_text(p->last - p->first + 1, size), expose_can_text(p->can, can),
                    expose_owner_name(w, p->owner));
    }
}

void expose_text_row(struct expose_writer *w, const struct xenpt_expose_row *row)
{
    struct text *t = &w->r->text;

    for (size_t i = 0; i < row->nr_cells || !i; i++) {
        const struct xenpt_expose_cell *c = &row->cells[i];

        out_blanks(t->out, 2);
        text_cell(t, HEAD, i ? "" : row->context->name, 18);
        out_char(t->out, ' ');
        text_cell(t, PLAIN, i ? "" : xenpt_executor_name(row->by), 7);
        out_char(t->out, ' ');
        if (!row->nr_cells) {
            text_put(t, FAINT, "nothing\n");
            break;
        }
        text_cell(t, PLAIN, expose_owner_name(w, c->owner), 11);
        out_char(t->out, ' ');
        for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
            amount(t, c->bytes[k], c->ranges[k], k + 1 < XENPT_EXPOSE_KINDS ? 18 : 0);
        sights(t, c);
        out_char(t->out, '\n');
    }
    if (w->view->explainer && w->view->explainer->entry && row->context->has_cpu &&
        *row->context->assumed) {
        out_blanks(t->out, 4);
        text_wrap(t, row->context->assumed, 4, 4);
    }
    if (row->incomplete)
        text_put(t, ODD, "    some table is not in memory: what it maps is missing\n");
    if (w->ranges)
        ranges(w, row);
}

void expose_text_end(struct expose_writer *w)
{
    const struct xenpt_fear_row *row = xenpt_fear_row(w->opt->threat);
    struct text *t = &w->r->text;

    if (!w->rows)
        text_put(t, FAINT, "  no context is concerned\n");
    if (row->processor)
        text_format(t, FAINT, "  Immune: processors with %s.\n", row->processor);
    if (row->mitigation)
        text_format(t, FAINT, "  Against it: %s.\n", row->mitigation);
}

/* --- Policies ------------------------------------------------------------------------------ */

void expose_text_policies(struct expose_writer *w)
{
    if (w->r->items)
        out_char(w->r->text.out, '\n');
    text_put(&w->r->text, HEAD, "policies\n");
}

/* Each entry on the way, in the order in which a processor reads it. */
static void walk(struct expose_writer *w, const struct xenpt_policy_finding *f)
{
    struct reference refs[REFERENCES_MAX];
    char words[XENPT_FLAGS_MAX];
    struct text *t = &w->r->text;
    struct answer a;
    unsigned int nr = answer_entries(&a, w->view, f->context, f->in, refs);

    for (unsigned int i = 0; i < nr; i++) {
        const struct xenpt_paging *pg = refs[i].second ? &f->context->second : &f->context->paging;

        if (refs[i].unread)
            continue;
        text_format(
            t, FAINT, "      %s L%u  %012" PRIx64 "  %016" PRIx64 "  %s\n",
            f->context->has_second ? stage_name(f->context, refs[i].second) : "",
            refs[i].step->level, refs[i].at, refs[i].step->entry,
            xenpt_entry_words(&pg->format, refs[i].step->level, refs[i].step->entry, false, words));
    }
}

void expose_text_finding(struct expose_writer *w, const struct xenpt_policy_finding *f)
{
    char can[CAN_TEXT_MAX], size[SIZE_TEXT_MAX], area[AREA_TEXT_MAX];
    const struct xenpt_policy_row *row = xenpt_policy_row(f->policy);
    struct text *t = &w->r->text;

    area_text(w->view, f->context, f->in, area);
    text_format(t, BAD, "  %s", row->name);
    text_format(t, PLAIN, ": %s, by %s: slot %u: %s, such as %016" PRIx64 "  %s  of %s%s%s\n",
                f->context->name, xenpt_executor_name(f->by), f->slot, size_text(f->bytes, size),
                f->in, expose_can_text(f->can, can), expose_owner_name(w, f->owner),
                *area ? ": " : "", area);
    walk(w, f);
}

void expose_text_none(struct expose_writer *w)
{
    text_put(&w->r->text, GOOD, "  nothing is against them\n");
}
