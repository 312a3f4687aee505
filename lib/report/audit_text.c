/*
 * audit_text.c - an audit as text: what does not hold, each with its walk, and a line for each
 * invariant.
 *
 *     I1 tables-read-only  root:0x1781d  ffff88800f4cc000  mfn 0xf4cc can be written: ...
 *          L4  000001781d888  000000000f0f2067  P RW US A D
 *        > L1  000000f0f4e660  800000000f4cc067  P RW US A D NX
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/answer.h"
#include "report/audit.h"

void audit_text_begin(struct audit_writer *w)
{
    if (w->r->items)
        out_char(w->r->text.out, '\n');
    text_put(&w->r->text, HEAD, "invariants\n");
}

/* The entry, marked, and all that a processor reads before and behind it. */
static void walk(struct audit_writer *w, const struct xenpt_audit_finding *f)
{
    const struct xenpt_paging *pg = &f->context->paging;
    struct reference refs[REFERENCES_MAX];
    char words[XENPT_FLAGS_MAX];
    struct text *t = &w->r->text;
    struct answer a;
    unsigned int nr = answer_entries(&a, w->view, f->context, f->in, refs);

    for (unsigned int i = 0; i < nr; i++)
        if (!refs[i].unread)
            text_format(t, refs[i].at == f->at ? PLAIN : FAINT,
                        "      %c L%u  %012" PRIx64 "  %016" PRIx64 "  %s\n",
                        refs[i].at == f->at && refs[i].step->level == f->level ? '>' : ' ',
                        refs[i].step->level, refs[i].at, refs[i].step->entry,
                        xenpt_entry_words(&pg->format, refs[i].step->level, refs[i].step->entry,
                                          false, words));
}

void audit_text_finding(struct audit_writer *w, const struct xenpt_audit_finding *f)
{
    const struct xenpt_audit_row *row = xenpt_audit_row(f->which);
    struct text *t = &w->r->text;
    char area[AREA_TEXT_MAX];

    area_text(w->view, f->context, f->in, area);
    text_format(t, BAD, "  %s %s", row->number, row->name);
    text_format(t, PLAIN, ": %s, %s%s%016" PRIx64 "%s%s: %s", f->context->name, f->context->domain,
                *f->context->domain ? ", " : "", f->in, *area ? ", " : "", area, f->text);
    if (f->nr > 1)
        text_format(t, FAINT, "; and so %u entries in a row", f->nr);
    out_char(t->out, '\n');
    walk(w, f);
}

static void verdict(struct text *t, const struct xenpt_audit_result *r)
{
    if (r->findings)
        text_format(t, BAD, "broken: %" PRIu64 " finding%s", r->findings,
                    r->findings > 1 ? "s" : "");
    else if (r->judged)
        text_put(t, GOOD, "holds");
    else
        text_format(t, ODD, "not judged: %s", r->why_not);
    if (r->judged)
        text_format(t, FAINT, " (%" PRIu64 " looked at", r->looked);
    if (r->judged && r->unread)
        text_format(t, FAINT, "; %" PRIu64 " not in memory", r->unread);
    text_put(t, FAINT, r->judged ? ")\n" : "\n");
}

void audit_text_results(struct audit_writer *w, const struct xenpt_audit_result *results,
                        size_t left_out)
{
    struct text *t = &w->r->text;

    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++) {
        const struct xenpt_audit_row *row = xenpt_audit_row((enum xenpt_audit_invariant)i);
        char name[40];

        if (!results[i].asked)
            continue;
        snprintf(name, sizeof(name), "%s %s", row->number, row->name);
        out_blanks(t->out, 2);
        text_cell(t, HEAD, name, 20);
        out_char(t->out, ' ');
        verdict(t, &results[i]);
        if (!results[i].judged)
            continue;
        out_blanks(t->out, 6);
        text_put(t, FAINT, "not seen: ");
        text_wrap(t, row->unseen, 16, 6);
    }
    if (left_out)
        text_format(t, ODD, "  %zu root%s left out, which are stale or may be\n", left_out,
                    left_out > 1 ? "s are" : " is");
}
