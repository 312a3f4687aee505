/*
 * compare_text.c - what was inferred, which contexts correspond, how many entries of each area
 * are as predicted, and each difference with both values in words.
 */
#include "report/compare.h"

#include <inttypes.h>
#include <stdio.h>

/* Widths of the columns. */
#define WHAT  12
#define NAME  26
#define COUNT 12

static void inferred(struct text *t, const struct xenpt_report_comparison *c)
{
    if (!c->nr_inferred)
        return;
    text_put(t, HEAD, "inferred");
    out_char(t->out, '\n');
    for (size_t i = 0; i < c->nr_inferred; i++) {
        const struct xenpt_inference *x = &c->inferred[i];

        out_blanks(t->out, 2);
        text_cell(t, PLAIN, x->what, WHAT);
        text_wrap(t, x->value, WHAT + 2, WHAT + 2);
        if (*x->from) {
            out_blanks(t->out, WHAT + 4);
            text_begin(t, FAINT);
            text_wrap(t, x->from, WHAT + 4, WHAT + 4);
            text_end(t, FAINT);
        }
    }
    out_char(t->out, '\n');
}

static void lone(struct text *t, const char *text, const struct xenpt_context *const *contexts,
                 size_t nr)
{
    if (!nr)
        return;
    text_put(t, ODD, text);
    for (size_t i = 0; i < nr; i++)
        text_format(t, PLAIN, " %s", contexts[i]->name);
    out_char(t->out, '\n');
}

static void pairs(struct text *t, const struct xenpt_pairing *p)
{
    text_cell(t, HEAD, "model", NAME);
    text_cell(t, HEAD, "image", NAME);
    text_put(t, HEAD, "kind");
    out_char(t->out, '\n');
    for (size_t i = 0; i < p->nr_pairs; i++) {
        text_cell(t, PLAIN, p->pairs[i].model->name, NAME);
        text_cell(t, PLAIN, p->pairs[i].image->name, NAME);
        text_put(t, PLAIN, p->pairs[i].model->kind);
        out_char(t->out, '\n');
    }
    lone(t, "only in the model:", p->lone_model, p->nr_lone_model);
    lone(t, "only in the image:", p->lone_image, p->nr_lone_image);
    out_char(t->out, '\n');
}

static void counts(struct text *t, const char *name, const uint64_t entries[XENPT_NR_COMPARED])
{
    text_cell(t, PLAIN, name, NAME);
    for (unsigned int k = 0; k < XENPT_NR_COMPARED; k++) {
        bool bad = (k == XENPT_UNEXPLAINED || k == XENPT_MISSING) && entries[k];

        text_begin(t, bad ? BAD : PLAIN);
        out_dec(t->out, entries[k], COUNT);
        text_end(t, bad ? BAD : PLAIN);
    }
    out_char(t->out, '\n');
}

static void areas(struct text *t, const struct xenpt_comparison *r)
{
    uint64_t exact = r->entries[XENPT_EXACT], all = exact + r->entries[XENPT_ALLOWED] +
                                                    r->entries[XENPT_UNEXPLAINED] +
                                                    r->entries[XENPT_MISSING];

    text_cell(t, HEAD, "area", NAME);
    for (unsigned int k = 0; k < XENPT_NR_COMPARED; k++)
        text_format(t, HEAD, "%*s", COUNT, xenpt_compared_name((enum xenpt_compared)k));
    out_char(t->out, '\n');
    for (size_t i = 0; i < r->nr_areas; i++)
        counts(t, r->areas[i].area ? r->areas[i].area : "-", r->areas[i].entries);
    counts(t, "all", r->entries);
    if (all)
        text_format(t, PLAIN,
                    "\n%.2f%% predicted exactly; %" PRIu64 " tables, %" PRIu64
                    " frames that correspond\n",
                    100.0 * (double)exact / (double)all, r->tables, r->frames);
}

static void value(struct text *t, const struct xenpt_difference *d, const char *what,
                  uint64_t entry)
{
    char flags[XENPT_FLAGS_MAX];

    out_blanks(t->out, 4);
    text_cell(t, FAINT, what, 10);
    out_hex(t->out, entry, 16);
    text_format(t, PLAIN, "  %s\n",
                xenpt_entry_words(&d->pair->image->paging.format, d->level, entry, true, flags));
}

static void difference(struct text *t, const struct xenpt_difference *d)
{
    out_char(t->out, '\n');
    text_put(t, d->compared == XENPT_ALLOWED ? ODD : BAD, xenpt_compared_name(d->compared));
    text_format(t, PLAIN, "  %s  L%u of %016" PRIx64 " at 0x%" PRIx64 "  %s: %s\n",
                d->pair->image->name, d->level, d->in, d->at, d->why.area ? d->why.area : "-",
                d->reason);
    value(t, d, "found", d->found);
    value(t, d, "expected", d->expected);
    if (d->why.rule) {
        out_blanks(t->out, 4);
        text_cell(t, FAINT, "rule", 10);
        text_wrap(t, d->why.rule->text, 14, 14);
    }
}

void compare_text(struct xenpt_report *r, const struct xenpt_report_comparison *c)
{
    struct text *t = &r->text;

    inferred(t, c);
    pairs(t, c->pairing);
    areas(t, c->result);
    for (size_t i = 0; i < c->nr_differences; i++)
        difference(t, &c->difference[i]);
}

enum xenpt_code xenpt_report_compare(struct xenpt_report *report,
                                     const struct xenpt_report_comparison *comparison,
                                     struct xenpt_error *err)
{
    if (report->form == XENPT_REPORT_JSON)
        compare_json(report, comparison);
    else
        compare_text(report, comparison);
    report->items++;
    if (report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return XENPT_OK;
}
