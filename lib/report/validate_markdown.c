/* validate_markdown.c - a validation as a document: docs/validation.md is one. */
#include <inttypes.h>
#include <stdio.h>

#include "report/state.h"

static void text(struct out *o, const char *s)
{
    for (; *s; s++) {
        if (*s == '|' || *s == '<' || *s == '*' || *s == '_')
            out_char(o, '\\');
        out_char(o, *s == '\n' ? ' ' : *s);
    }
}

static void cell(struct out *o, const char *s)
{
    out_text(o, "| ");
    text(o, s);
    out_char(o, ' ');
}

static void number(struct out *o, uint64_t n)
{
    out_text(o, "| ");
    out_dec(o, n, 0);
    out_char(o, ' ');
}

static void end(struct out *o)
{
    out_text(o, "|\n");
}

static void counts(struct out *o, const struct xenpt_validation *v)
{
    struct xenpt_validate_suite suite;

    out_text(o, "\n## How many, and what came of it\n\n"
                "*free*: the two differ in what either may do; *errata*: in what the MMU is known "
                "to do wrong; *open*: not compared, since no manual says.\n\n"
                "| MMU | suite | accesses | agreed | free | errata | open | disagreements |\n"
                "|---|---|--:|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < v->nr_results; i++)
        for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++) {
            const struct xenpt_validate_counts *c = &v->result[i].counts[s];

            if (!(v->result[i].suites >> s & 1))
                continue;
            cell(o, v->result[i].mmu.name);
            cell(o, suite.name);
            number(o, c->accesses);
            number(o, c->agreed);
            number(o, c->free);
            number(o, c->errata);
            number(o, c->open);
            number(o, c->disagreed);
            end(o);
        }
}

static void machines(struct out *o, const struct xenpt_validation *v)
{
    struct xenpt_validate_suite suite;
    struct xenpt_validate_mmu mmu;

    out_text(o, "\n## Who is asked\n\n| MMU | what it is | here |\n|---|---|---|\n");
    for (unsigned int m = 0; xenpt_validate_mmu(m, &mmu); m++) {
        const char *here = "not in this run";

        for (size_t i = 0; i < v->nr_results; i++) {
            const struct xenpt_validate_result *r = &v->result[i];

            if (r->mmu.name == mmu.name)
                here = r->skipped ? "not here" : r->version[0] ? r->version : r->kind;
        }
        cell(o, mmu.name);
        cell(o, mmu.text);
        cell(o, here);
        end(o);
    }
    out_text(o, "\n## What is asked\n\n| suite | |\n|---|---|\n");
    for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++) {
        cell(o, suite.name);
        cell(o, suite.text);
        end(o);
    }
}

static void rules(struct out *o, const struct xenpt_validation *v)
{
    out_text(o, "\n## Rules that were reached\n\n"
                "Accesses on all MMUs, by the rule that refused them.\n\n"
                "| rule | | accesses |\n|---|---|--:|\n");
    for (unsigned int i = 0; i < XENPT_NR_RULES; i++) {
        uint64_t n = 0;

        for (size_t k = 0; k < v->nr_results; k++)
            n += v->result[k].rules[i];
        cell(o, i ? xenpt_rule(i)->name : "-");
        cell(o, i ? xenpt_rule(i)->text : "allowed");
        number(o, n);
        end(o);
    }
}

static void differing(struct out *o, const struct xenpt_validation *v)
{
    out_text(o, "\n## What may be either way\n\n| | source | accesses |\n|---|---|--:|\n");
    for (size_t i = 0; i < v->nr_freedoms; i++) {
        uint64_t n = 0;

        for (size_t k = 0; k < v->nr_results; k++)
            n += v->result[k].freedoms[i];
        cell(o, v->freedom[i].text);
        cell(o, v->freedom[i].source);
        number(o, n);
        end(o);
    }
    out_text(o, "\n## What an MMU does wrong\n\n| MMU | erratum | | what decides | seen |\n"
                "|---|---|---|---|--:|\n");
    for (size_t i = 0; i < v->nr_errata; i++) {
        cell(o, v->erratum[i].mmu);
        cell(o, v->erratum[i].name);
        cell(o, v->erratum[i].text);
        cell(o, v->erratum[i].source);
        number(o, v->erratum[i].seen);
        end(o);
    }
}

static void disagreements(struct out *o, const struct xenpt_validation *v)
{
    out_text(o, "\n## Disagreements\n\n");
    if (!v->nr_differences)
        out_text(o, "None.\n");
    for (size_t i = 0; i < v->nr_differences; i++) {
        const struct xenpt_validate_difference *d = &v->difference[i];

        out_text(o, "* ");
        text(o, d->mmu);
        out_text(o, ", ");
        text(o, d->suite);
        out_text(o, ": ");
        text(o, d->what);
        out_text(o, ". xenpt: ");
        text(o, d->model);
        out_text(o, "; the MMU: ");
        text(o, d->answer);
        for (unsigned int k = 0; k < d->nr_votes; k++) {
            out_text(o, "; ");
            text(o, d->vote[k].mmu);
            out_text(o, d->vote[k].agrees  ? " agrees with xenpt"
                        : d->vote[k].known ? " does otherwise by its errata"
                                           : " does otherwise");
        }
        out_text(o, ".\n");
    }
}

void validate_markdown(struct xenpt_report *r, const struct xenpt_validation *v)
{
    struct out *o = &r->out;
    char line[200];
    const char *gap;

    out_text(o, "<!-- Written by `xenpt validate --format markdown`; the target validation_md "
                "renews it. -->\n# What was validated, and by whom\n\n"
                "The same accesses were made on MMUs that xenpt's authors did not write, and what "
                "these did was compared with what xenpt says: outcome, error code, address, data, "
                "and every change of an entry.\n");
    snprintf(line, sizeof(line),
             "\nThis run: %" PRIu64 " accesses of each suite to each MMU, seed %" PRIu64 ".\n",
             v->accesses, v->seed);
    out_text(o, line);
    machines(o, v);
    counts(o, v);
    rules(o, v);
    differing(o, v);
    disagreements(o, v);
    out_text(o, "\n## What never was\n\n");
    for (unsigned int i = 0; (gap = xenpt_validate_gap(i)); i++) {
        out_text(o, "* ");
        text(o, gap);
        out_char(o, '\n');
    }
}
