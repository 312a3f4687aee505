/*
 * walk_text.c - a walk as a person would explain it: each entry on the way, then the verdict.
 *
 *     where the entry is, its slot, its value, what its flags say     one line a step
 *     mapped where, with which rights        or: where it ended
 *     each access: allowed, or the fault and what decided
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/answer.h"
#include "report/state.h"
#include "report/words.h"
#include "xenpt/memtype.h"

struct columns {
    unsigned int address; /* Digits of the widest address of an entry. */
};

static struct columns measure(const struct reference refs[], unsigned int n)
{
    struct columns c = { 8 };

    for (unsigned int i = 0; i < n; i++)
        if (hex_digits(refs[i].at) > c.address)
            c.address = hex_digits(refs[i].at);
    return c;
}

static const struct xenpt_paging *paging_of(const struct answer *a, const struct reference *ref)
{
    return ref->second ? &a->context->second : &a->context->paging;
}

static bool decided(const struct answer *a, const struct reference *ref)
{
    const struct xenpt_step *s = answer_decider(a);

    return s == ref->step;
}

/* --- The steps ----------------------------------------------------------------------------- */

static void headings(struct text *t, const struct answer *a, struct columns c)
{
    out_char(t->out, '\n');
    text_begin(t, HEAD);
    out_text(t->out, a->context->has_second ? "  ref  entry     slot  at" : "  entry  slot  at");
    out_blanks(t->out, c.address);
    out_text(t->out, a->context->paging.format.entry_size == 4 && !a->context->has_second
                         ? "value     flags"
                         : "value             flags");
    text_end(t, HEAD);
    out_char(t->out, '\n');
}

/* Which table, or page, the second stage is about to find. */
static void sought(struct text *t, const struct answer *a, unsigned int which)
{
    const struct xenpt_walk *g = &a->walk.guest;
    uint64_t gaddr = a->walk.second[which].in;

    if (which < g->nr_steps)
        text_format(t, FAINT, "       guest L%u entry, at guest-physical 0x%" PRIx64,
                    g->step[which].level, gaddr);
    else if (g->outcome == XENPT_MAPPED)
        text_format(t, FAINT, "       the page, at guest-physical 0x%" PRIx64, gaddr);
    else
        text_format(t, FAINT, "       guest L%u entry, at guest-physical 0x%" PRIx64,
                    a->context->paging.format.top - which, gaddr);
    out_char(t->out, '\n');
}

static void flags(struct text *t, const struct answer *a, const struct reference *ref, bool mark)
{
    const struct xenpt_format *f = &paging_of(a, ref)->format;
    char buf[XENPT_FLAGS_MAX], why[WORDS_MAX];
    const char *words = xenpt_entry_words(f, ref->step->level, ref->step->entry, true, buf);

    if (*words || mark)
        out_text(t->out, "  ");
    out_text(t->out, words);
    if (!mark)
        return;
    text_format(t, BAD, "%s<- %s", *words ? "  " : "",
                bits_words(f, ref->step, a->verdict.bits, why));
}

static void step(struct text *t, const struct answer *a, const struct reference *ref,
                 unsigned int number, struct columns c)
{
    const struct xenpt_format *f = &paging_of(a, ref)->format;
    const struct xenpt_step *s = ref->step;
    bool mark = decided(a, ref) && a->verdict.bits;
    uint64_t in = ref->second ? a->walk.second[ref->which].in : a->walk.guest.in;
    char name[16];

    if (a->context->has_second) {
        if (ref->counted)
            out_dec(t->out, number, 5);
        else
            out_text(t->out, "    -");
        snprintf(name, sizeof(name), "%s L%u", stage_name(a->context, ref->second), s->level);
        out_text(t->out, "  ");
        text_cell(t, ref->second ? PLAIN : HEAD, name, 9);
    } else {
        text_format(t, HEAD, "  L%u   ", s->level);
    }
    out_dec(t->out, xenpt_slot(f, s->level, in), 5);
    out_text(t->out, "  ");
    out_hex(t->out, ref->at, c.address);
    out_text(t->out, "  ");
    if (ref->unread)
        text_cell(t, BAD, "not in memory", f->entry_size * 2u);
    else
        out_hex(t->out, s->entry, f->entry_size * 2u);
    if (a->context->has_second && f->entry_size == 4)
        out_blanks(t->out, 8);
    flags(t, a, ref, mark);
    out_char(t->out, '\n');
}

static void steps(struct text *t, const struct answer *a)
{
    struct reference refs[REFERENCES_MAX];
    unsigned int n = answer_references(a, refs), number = 0, told = ~0u;
    struct columns c = measure(refs, n);

    if (!n)
        return;
    headings(t, a, c);
    for (unsigned int i = 0; i < n; i++) {
        if (refs[i].second && refs[i].which != told)
            sought(t, a, told = refs[i].which);
        number += refs[i].counted;
        step(t, a, &refs[i], number, c);
    }
}

/* --- Where it led -------------------------------------------------------------------------- */

/* The last entry that was read: where a walk that found nothing ended. */
static void ended(struct text *t, const struct answer *a)
{
    struct reference refs[REFERENCES_MAX];
    unsigned int n = answer_references(a, refs);
    char buf[SIZE_TEXT_MAX];

    text_format(t, BAD, "%s", xenpt_outcome_name(a->walk.outcome));
    if (n)
        text_format(t, PLAIN, ": the walk ends in %s%sL%u",
                    a->context->has_second ? stage_name(a->context, refs[n - 1].second) : "",
                    a->context->has_second ? " " : "", refs[n - 1].step->level);
    if (a->walk.guest.span && a->walk.outcome == XENPT_NOT_PRESENT)
        text_format(t, PLAIN, ", as for the whole %s from 0x%" PRIx64,
                    size_text(a->walk.guest.span, buf),
                    a->walk.guest.in & ~(a->walk.guest.span - 1));
}

/* What is there, if that is more than a page. */
static void holds(struct text *t, const struct xenpt_view *view, uint64_t maddr)
{
    const struct xenpt_explainer *e = view->explainer;
    struct xenpt_memory_explanation x = { 0 };

    if (!e || !e->memory || !e->memory(e, maddr, &x))
        return;
    text_format(t, PLAIN, "  %s%s%s%s", x.owner ? "of " : "", x.owner ? x.owner : "",
                x.owner ? ": " : "", x.what);
    if (x.into)
        text_format(t, PLAIN, "+0x%" PRIx64, x.into);
    if (strcmp(x.what, x.use))
        text_format(t, PLAIN, ", in its %s", x.use);
    if (x.outside)
        text_format(t, PLAIN, ", %s", x.outside);
    out_char(t->out, '\n');
}

static void outcome(struct text *t, const struct xenpt_view *view, const struct answer *a)
{
    char rights[RIGHTS_TEXT_MAX];

    out_text(t->out, "\n  ");
    if (a->walk.outcome != XENPT_MAPPED) {
        ended(t, a);
        out_char(t->out, '\n');
        return;
    }
    text_put(t, GOOD, "mapped");
    text_format(t, PLAIN, " to 0x%" PRIx64 ", rights %s", a->walk.out,
                rights_text(a->rights, rights));
    if (a->page)
        text_format(t, PLAIN, ", %s page", a->page);
    text_format(t, PLAIN, ", memory type %s", xenpt_memtype_name(a->memtype));
    if (a->context->has_second)
        text_format(t, PLAIN, "\n  %u references to memory", a->walk.references);
    out_char(t->out, '\n');
    holds(t, view, a->walk.out);
}

/* --- The verdict --------------------------------------------------------------------------- */

static void updates(struct text *t, const struct answer *a)
{
    const struct xenpt_verdict2 *v = &a->verdict;

    for (unsigned int i = 0; i < v->nr_updates; i++) {
        const struct xenpt_update2 *u = &v->update[i];
        const struct xenpt_context *c = a->context;
        const struct xenpt_format *f = u->second ? &c->second.format : &c->paging.format;

        text_format(t, PLAIN, "      sets %s%s%s in %s%sL%u, 0x%" PRIx64 "\n",
                    u->update.set & f->accessed ? "A" : "",
                    !(f->accessed & ~u->update.set) && u->update.set & f->dirty ? " " : "",
                    u->update.set & f->dirty ? "D" : "",
                    c->has_second ? stage_name(c, u->second) : "", c->has_second ? " " : "",
                    u->update.level, u->update.at);
    }
}

static void fault(struct text *t, const struct answer *a)
{
    const struct xenpt_fault *f = &a->verdict.fault;

    switch (f->kind) {
    case XENPT_FAULT_NONE:
        out_text(t->out, "no fault that the architecture defines");
        return;
    case XENPT_FAULT_PF:
        text_format(t, PLAIN, "#PF, error code 0x%" PRIx64 ", CR2 0x%" PRIx64, f->code, f->address);
        return;
    case XENPT_FAULT_EPT_VIOLATION:
        text_format(t, PLAIN, "EPT violation, exit qualification 0x%" PRIx64 " at 0x%" PRIx64,
                    f->code, f->address);
        return;
    case XENPT_FAULT_EPT_MISCONFIG:
        text_format(t, PLAIN, "EPT misconfiguration at 0x%" PRIx64, f->address);
        return;
    case XENPT_FAULT_NPF:
        text_format(t, PLAIN, "#VMEXIT(NPF), EXITINFO1 0x%" PRIx64 " at 0x%" PRIx64, f->code,
                    f->address);
        return;
    default:
        text_format(t, PLAIN, "%s(0)", xenpt_fault_name(f->kind));
    }
}

static void row(struct text *t, const char *name, const char *says)
{
    out_text(t->out, "      ");
    text_cell(t, FAINT, name, 8);
    text_wrap(t, says, 14, 14);
}

/* "L4, 0x1234: US is 0" */
static void decider(struct text *t, const struct answer *a)
{
    const struct xenpt_step *s = answer_decider(a);
    char bits[WORDS_MAX], all[WORDS_MAX + 64];
    const struct xenpt_context *c = a->context;

    if (!s)
        return;
    snprintf(all, sizeof(all), "%s%s at %s0x%" PRIx64 "%s%s",
             c->has_second && !a->verdict.second ? "guest " : "",
             answer_paging(a)->format.level[s->level].name,
             c->has_second && !a->verdict.second ? "guest-physical " : "", s->at,
             a->verdict.bits ? ": " : "",
             a->verdict.bits ? bits_words(&answer_paging(a)->format, s, a->verdict.bits, bits)
                             : "");
    row(t, "decided", all);
}

static void refusal(struct text *t, const struct answer *a)
{
    const struct xenpt_rule *rule = xenpt_rule(a->verdict.rule);
    const struct xenpt_fault *f = &a->verdict.fault;
    char names[WORDS_MAX], words[WORDS_MAX], all[2 * WORDS_MAX + 4];

    text_put(t, BAD, "refused");
    out_text(t->out, ", ");
    fault(t, a);
    out_char(t->out, '\n');
    if (*code_words(f, words)) {
        code_names(f, names);
        snprintf(all, sizeof(all), "%s%s%s", names, *names ? ": " : "", words);
        row(t, "code", all);
    }
    row(t, "rule", rule->text);
    if (*rule_source(rule, f->kind))
        row(t, "source", rule_source(rule, f->kind));
    decider(t, a);
}

static void verdict(struct text *t, const struct answer *a)
{
    char words[WORDS_MAX];

    text_format(t, PLAIN, "  %s: ", access_words(&a->access, words));
    if (a->verdict.allowed) {
        text_put(t, GOOD, "allowed");
        out_char(t->out, '\n');
        updates(t, a);
    } else {
        refusal(t, a);
    }
}

void walk_text(struct xenpt_report *r, const struct xenpt_view *view,
               const struct xenpt_question *question, const struct answer *answers, size_t n)
{
    const struct answer *a = &answers[0];
    char area[AREA_TEXT_MAX];
    struct text *t = &r->text;

    header_text(r, view, a->context);
    out_char(t->out, '\n');
    text_format(t, HEAD, "%016" PRIx64, question->in);
    if (*area_text(view, a->context, question->in, area))
        text_format(t, PLAIN, "  <%s>", area);
    else if (question->name)
        text_format(t, PLAIN, "  <%s>", question->name);
    out_char(t->out, '\n');
    steps(t, a);
    why_text(t, view, a);
    outcome(t, view, a);
    for (size_t i = 0; i < n; i++)
        verdict(t, &answers[i]);
    r->items++;
}
