/* validate_text.c - a validation for people: who was asked, what differs, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/state.h"

#define INDENT 6

static void line(struct text *t)
{
    out_char(t->out, '\n');
}

static void heading(struct text *t, const char *s)
{
    line(t);
    text_put(t, HEAD, s);
    line(t);
}

static void rate(const struct xenpt_validate_counts *c, char *ret, size_t size)
{
    if (c->seconds > 0.05 && c->accesses)
        snprintf(ret, size, "%.0f", (double)c->accesses / c->seconds);
    else
        snprintf(ret, size, "-");
}

static void suite_line(struct text *t, const char *mmu, const char *suite,
                       const struct xenpt_validate_counts *c)
{
    char per_second[32];

    rate(c, per_second, sizeof(per_second));
    text_cell(t, PLAIN, mmu, 15);
    text_cell(t, PLAIN, suite, 11);
    out_dec(t->out, c->accesses, 8);
    out_dec(t->out, c->agreed, 10);
    out_dec(t->out, c->free, 9);
    out_dec(t->out, c->errata, 9);
    out_dec(t->out, c->open, 8);
    text_format(t, c->disagreed ? BAD : GOOD, "%9" PRIu64, c->disagreed);
    text_format(t, FAINT, "%12s", per_second);
    line(t);
}

static void table(struct text *t, const struct xenpt_validation *v)
{
    struct xenpt_validate_suite suite;

    text_put(t, HEAD,
             "mmu            suite      accesses    agreed     free   errata    open   differ"
             "  per second");
    line(t);
    for (size_t i = 0; i < v->nr_results; i++)
        for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++)
            if (v->result[i].suites >> s & 1)
                suite_line(t, v->result[i].mmu.name, suite.name, &v->result[i].counts[s]);
}

static void machines(struct text *t, const struct xenpt_validation *v)
{
    heading(t, "who was asked");
    for (size_t i = 0; i < v->nr_results; i++) {
        const struct xenpt_validate_result *r = &v->result[i];

        if (r->skipped)
            continue;
        text_cell(t, PLAIN, r->mmu.name, 15);
        text_format(t, PLAIN, "%s%s%s", r->version, r->version[0] ? ": " : "", r->kind);
        line(t);
        out_blanks(t->out, 15);
        text_put(t, FAINT, r->processor);
        line(t);
        if (r->note[0]) {
            out_blanks(t->out, 15);
            text_wrap(t, r->note, 15, 15);
        }
        if (r->why[0]) {
            out_blanks(t->out, 15);
            text_format(t, BAD, "broke off: %s", r->why);
            line(t);
        }
    }
}

static void skipped(struct text *t, const struct xenpt_validation *v)
{
    bool any = false;

    for (size_t i = 0; i < v->nr_results; i++) {
        const struct xenpt_validate_result *r = &v->result[i];

        if (!r->skipped)
            continue;
        if (!any)
            heading(t, "not asked");
        any = true;
        text_cell(t, r->missed ? BAD : PLAIN, r->mmu.name, 15);
        text_wrap(t, r->why, 15, 15);
    }
    if (v->nr_left_out)
        heading(t, "contexts not asked about");
    for (size_t i = 0; i < v->nr_left_out; i++) {
        out_text(t->out, "  ");
        out_text(t->out, v->left_out[i]);
        line(t);
    }
}

/* A number, and what it is the number of. */
static void counted(struct text *t, uint64_t n, enum style style, const char *what,
                    const char *source)
{
    out_dec(t->out, n, 10);
    out_text(t->out, "  ");
    text_begin(t, style);
    text_wrap(t, what, 12, 12);
    text_end(t, style);
    if (!source[0])
        return;
    out_blanks(t->out, 12);
    text_begin(t, FAINT);
    text_wrap(t, source, 12, 12);
    text_end(t, FAINT);
}

static void freedoms(struct text *t, const struct xenpt_validation *v)
{
    bool any = false;

    for (size_t i = 0; i < v->nr_freedoms; i++) {
        uint64_t n = 0;

        for (size_t k = 0; k < v->nr_results; k++)
            n += v->result[k].freedoms[i];
        if (!n)
            continue;
        if (!any)
            heading(t, "free: what an MMU may do either way");
        any = true;
        counted(t, n, PLAIN, v->freedom[i].text, v->freedom[i].source);
    }
}

/* Names alone: a short run, or an image, need not meet them; a long one that does not has news. */
static void unseen(struct text *t, const struct xenpt_validation *v)
{
    char text[1024] = "";
    size_t n = 0;

    for (size_t i = 0; i < v->nr_errata && n < sizeof(text); i++)
        if (!v->erratum[i].seen)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
                                  n ? ", " : "not seen: ", v->erratum[i].name);
    if (n && !v->source[0])
        counted(t, 0, ODD, text, "");
}

static void errata(struct text *t, const struct xenpt_validation *v)
{
    bool any = false;

    for (size_t i = 0; i < v->nr_errata; i++) {
        const struct xenpt_validate_erratum *e = &v->erratum[i];
        char text[600];

        if (!e->seen)
            continue;
        if (!any)
            heading(t, "errata: what an MMU is known to do wrong");
        any = true;
        snprintf(text, sizeof(text), "%s, %s: %s", e->mmu, e->name, e->text);
        counted(t, e->seen, PLAIN, text, e->source);
    }
    if (any)
        unseen(t, v);
}

static void open_ones(struct text *t, const struct xenpt_validation *v)
{
    uint64_t n = 0;

    for (size_t i = 0; i < v->nr_results; i++)
        for (unsigned int s = 0; s < XENPT_VALIDATE_SUITES_MAX; s++)
            n += v->result[i].counts[s].open;
    if (!n)
        return;
    heading(t, "open: not compared");
    counted(t, n, PLAIN,
            "no manual says what becomes of it, such as an access to an address where there is no "
            "memory",
            "");
}

static void votes(struct text *t, const struct xenpt_validate_difference *d)
{
    for (unsigned int i = 0; i < d->nr_votes; i++) {
        const struct xenpt_validate_vote *vote = &d->vote[i];

        text_format(t,
                    vote->agrees  ? GOOD
                    : vote->known ? PLAIN
                                  : BAD,
                    "      %-14s %s: %s", vote->mmu,
                    vote->agrees  ? "as xenpt"
                    : vote->known ? "by its errata"
                                  : "otherwise",
                    vote->answer);
        line(t);
    }
}

static void difference(struct text *t, const struct xenpt_validate_difference *d)
{
    const struct xenpt_rule *rule = xenpt_rule(d->rule);

    line(t);
    text_format(t, BAD, "%s, %s: %s", d->mmu, d->suite, d->what);
    if (d->like > 1)
        text_format(t, PLAIN, ", and %" PRIu64 " like it", d->like - 1);
    line(t);
    out_text(t->out, d->text ? d->text : "");
    if (d->text && d->text[0] && d->text[strlen(d->text) - 1] != '\n')
        line(t);
    text_format(t, PLAIN, "      %-14s %s", "xenpt", d->model);
    line(t);
    text_format(t, BAD, "      %-14s %s", d->mmu, d->answer);
    if (d->alone)
        text_format(t, PLAIN, "      %-14s asked this alone, it says what xenpt says", "");
    line(t);
    votes(t, d);
    if (d->rule) {
        out_blanks(t->out, INDENT);
        text_format(t, FAINT, "decides: %s; %s", rule->text, rule->source);
        line(t);
    }
}

void validate_text(struct xenpt_report *r, const struct xenpt_validation *v)
{
    struct text *t = &r->text;
    char buf[VERDICT_MAX];

    if (v->source[0])
        text_format(t, PLAIN,
                    "tables of the image, about %" PRIu64 " accesses to each MMU, seed %" PRIu64,
                    v->accesses, v->seed);
    else
        text_format(t, PLAIN, "%" PRIu64 " accesses of each suite to each MMU, seed %" PRIu64,
                    v->accesses, v->seed);
    line(t);
    line(t);
    table(t, v);
    machines(t, v);
    skipped(t, v);
    freedoms(t, v);
    errata(t, v);
    open_ones(t, v);
    if (v->nr_differences)
        heading(t, "disagreements");
    for (size_t i = 0; i < v->nr_differences; i++)
        difference(t, &v->difference[i]);
    line(t);
    text_put(t, v->disagreed || v->missed ? BAD : GOOD, validate_verdict(v, buf));
    line(t);
}
