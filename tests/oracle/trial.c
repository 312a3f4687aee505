#include "oracle/trial.h"
#include "oracle/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

bool trial_prepare(struct trial *t)
{
    const struct oracle_second *s = &t->second;

    if (t->stage != TRIAL_SECOND && xenpt_paging_init(&t->pg, &t->cpu, &t->regs, NULL))
        return false;
    if (t->stage == TRIAL_FIRST)
        return true;
    if (s->ept)
        return !xenpt_paging_init_ept(&t->second_pg, &s->cpu, s->pointer, NULL);
    return !xenpt_paging_init_npt(&t->second_pg, &s->cpu, &s->host, s->pointer, NULL);
}

/* The oracle's answer about one tree. */
struct answer {
    struct oracle_walk walk;
    struct oracle_verdict verdict;
};

static void consult(const struct trial *t, uint64_t in, struct answer *a)
{
    const struct oracle_tables tables = { .memory = &t->mem->view };

    if (t->stage == TRIAL_FIRST) {
        oracle_walk_ia(&t->cpu, &t->regs, &tables, in, &a->walk);
        oracle_judge_ia(&t->cpu, &t->regs, &tables, &t->access, &a->walk, &a->verdict);
    } else {
        /* Of a second stage alone, the access is as if its linear address had its mode. */
        bool user = t->access.cpl == 3 && !t->access.implicit;
        struct oracle_guest_access access = oracle_page_access(&t->access, user);

        oracle_walk_second(&t->second, &t->mem->view, in, &a->walk);
        oracle_judge_second(&t->second, &access, &a->walk, &a->verdict);
    }
}

/* What the flags still to be set amount to, over all levels. */
static uint64_t flags_to_set(const struct oracle_verdict *v, uint64_t *free)
{
    uint64_t set = 0;

    *free = 0;
    for (unsigned int i = 0; i < v->nr_updates; i++) {
        set |= v->update[i].set;
        *free |= v->update[i].free;
    }
    return set;
}

static void check_translation(struct check *c, const struct answer *a, const struct xenpt_walk *w,
                              const struct xenpt_verdict *v, bool allowed,
                              const struct xenpt_translation *tr)
{
    const struct oracle_entry *last = check_last_read(&a->walk);
    uint64_t free, set = flags_to_set(&a->verdict, &free);

    check_same(c, "returned", a->verdict.allowed, allowed);
    check_same(c, "out", a->walk.out, tr->out);
    check_same(c, "outcome", a->walk.end, tr->outcome);
    check_either(c, "entry", last ? last->value : 0,
                 a->walk.last_unread ? 0
                 : last              ? last->value
                                     : 0,
                 tr->entry);
    check_either(c, "level", last ? last->level : 0,
                 a->walk.nr ? a->walk.entry[a->walk.nr - 1].level : 0, tr->level);
    check_same(c, "set", set & ~free, tr->set & ~free);
    check_same(c, "rule (as judge's)", v->rule, tr->rule);
    check_same(c, "code (as judge's)", v->fault.code, tr->code);
    if (!a->verdict.fault_free)
        check_same(c, "code", a->verdict.code & ~a->verdict.code_free,
                   tr->code & ~a->verdict.code_free);
    check_same(c, "granted (as walk's)", w->granted, tr->granted);
}

static void check_verdict(struct check *c, const struct answer *a, const struct xenpt_verdict *v)
{
    struct check_update found[XENPT_TOP_MAX];

    check_same(c, "allowed", a->verdict.allowed, v->allowed);
    check_refusal(c, &a->verdict, v->rule, &v->fault);
    check_blame(c, &a->walk, v->rule, v->level, v->bits);
    for (unsigned int i = 0; i < v->nr_updates; i++) {
        found[i] = (struct check_update){ v->update[i].at, v->update[i].set,
                                          a->verdict.nr_updates && a->verdict.update[0].second };
        for (unsigned int j = 0; j < a->walk.nr; j++)
            if (a->walk.entry[j].at == v->update[i].at && a->walk.nr == 1)
                check_same(c, "update.level", a->walk.entry[j].level, v->update[i].level);
    }
    check_updates(c, &a->verdict, v->nr_updates, found);
}

/* Addresses asked about at once, and what all say of them. */
struct asked {
    struct report *report;
    const struct trial *trial;
    const struct xenpt_paging *pg;
    struct xenpt_ask ask;
    size_t n, allowed;
    const uint64_t *in;
    struct answer answer[TRIAL_BATCH];
    struct xenpt_walk walk[TRIAL_BATCH];
    struct xenpt_verdict verdict[TRIAL_BATCH];
};

static struct check check_of(const struct asked *q, size_t i, unsigned int way, const char *where)
{
    return (struct check){ .report = q->report,
                           .trial = q->trial,
                           .where = where,
                           .held = held_name[way],
                           .in = q->in[i],
                           .walk = &q->answer[i].walk,
                           .verdict = &q->answer[i].verdict };
}

static void check_long_way(struct asked *q, size_t i)
{
    const struct trial *t = q->trial;
    struct answer *a = &q->answer[i];
    struct check c;

    consult(t, q->in[i], a);
    check_tally(q->report, &a->walk, &a->verdict);
    q->report->references[a->walk.references]++;
    q->allowed += a->verdict.allowed;
    for (unsigned int way = 0; way < t->held->nr; way++) {
        c = check_of(q, i, way, "walk");
        check_same(&c, "returned", xenpt_walk(q->pg, t->held->reader[way], q->in[i], &q->walk[i]),
                   a->walk.end);
        check_walk(&c, &a->walk, &q->walk[i], q->pg);
    }
    c.where = "judge";
    xenpt_judge(q->pg, &q->walk[i], &t->access, &q->verdict[i]);
    check_verdict(&c, a, &q->verdict[i]);
}

static void check_short_way(struct asked *q, unsigned int way)
{
    const struct xenpt_reader *reader = q->trial->held->reader[way];
    struct xenpt_translation many[TRIAL_BATCH];
    size_t count = xenpt_translate_many(q->pg, reader, &q->ask, q->n, q->in, many);
    struct check c = check_of(q, 0, way, "translate_many");

    check_same(&c, "returned", q->allowed, count);
    for (size_t i = 0; i < q->n; i++) {
        struct xenpt_translation one;
        bool ok = xenpt_translate(q->pg, reader, &q->ask, q->in[i], &one);

        c = check_of(q, i, way, "translate");
        check_translation(&c, &q->answer[i], &q->walk[i], &q->verdict[i], ok, &one);
        c.where = "translate_many";
        check_translation(&c, &q->answer[i], &q->walk[i], &q->verdict[i], many[i].rule == 0,
                          &many[i]);
    }
}

void trial_check(struct report *r, const struct trial *t, size_t n, const uint64_t in[])
{
    struct asked q; /* Too big to be zeroed each time. */

    q.report = r;
    q.trial = t;
    q.pg = t->stage == TRIAL_FIRST ? &t->pg : &t->second_pg;
    q.n = n;
    q.in = in;
    q.allowed = 0;
    xenpt_ask_init(&q.ask, q.pg, &t->access);
    for (size_t i = 0; i < n; i++)
        check_long_way(&q, i);
    for (unsigned int way = 0; way < t->held->nr; way++)
        check_short_way(&q, way);
}

/* What was seen, for whoever wants to know whether a test reaches what it should. */
static void print_seen(const struct report *r, const char *what)
{
    print_message("%s: %lu cases, %lu allowed, %lu with something free, %lu updates\n", what,
                  r->cases, r->allowed, r->free, r->updates);
    for (int i = 0; i < XENPT_NR_OUTCOMES; i++)
        print_message("  %s %lu\n", xenpt_outcome_name((enum xenpt_outcome)i), r->outcome[i]);
    for (int i = 1; i < XENPT_NR_RULES; i++)
        print_message("  rule %s %lu\n", xenpt_rule((enum xenpt_rule_id)i)->name, r->rule[i]);
    for (int i = 0; i < XENPT_NR_FAULT_KINDS; i++)
        print_message("  %s %lu\n", xenpt_fault_name((enum xenpt_fault_kind)i), r->fault[i]);
    for (int i = 0; i < 40; i++)
        if (r->code_bit[i])
            print_message("  code bit %d %lu\n", i, r->code_bit[i]);
    for (int i = 0; i < 64; i++)
        if (r->page_shift[i])
            print_message("  pages of 2^%d %lu\n", i, r->page_shift[i]);
}

void report_conclude(const struct report *r, const char *what)
{
    if (getenv("XENPT_ORACLE_VERBOSE"))
        print_seen(r, what);
    for (unsigned int i = 0; i < r->nr_kinds; i++)
        print_error("%s: %lu times %s %s:\n%s\n", what, r->kind[i].count, r->kind[i].where,
                    r->kind[i].member, r->kind[i].first);
    if (r->nr_kinds)
        fail_msg("%s: engine and oracle differ in %u ways", what, r->nr_kinds);
}
