/*
 * trial2.c - the same for walks through both stages.
 */
#include "oracle/check.h"
#include "oracle/trial.h"

struct answer2 {
    struct oracle_walk2 walk;
    struct oracle_verdict verdict;
};

static void check_record(struct check *c, const struct answer2 *a, const struct xenpt_walk2 *w)
{
    const struct oracle_walk2 *o = &a->walk;

    check_same(c, "outcome", o->end, w->outcome);
    check_same(c, "out", o->out, w->out);
    check_either(c, "references", o->references,
                 o->references + (o->end == XENPT_NO_MEMORY || o->end == XENPT_SECOND_STAGE),
                 w->references);
    if (o->end == XENPT_MAPPED)
        check_same(c, "span", o->page_size, w->span);
    c->where = "walk2.guest";
    check_walk(c, &o->guest, &w->guest, &c->trial->pg);
    check_same(c, "nr_second", o->nr_second, w->nr_second);
    c->where = "walk2.second";
    for (unsigned int i = 0; i < o->nr_second && i < w->nr_second; i++)
        check_walk(c, &o->second[i], &w->second[i], &c->trial->second_pg);
}

static void check_verdict2(struct check *c, const struct answer2 *a, const struct xenpt_verdict2 *v)
{
    const struct oracle_verdict *o = &a->verdict;
    struct check_update found[XENPT_UPDATES2_MAX];
    const struct oracle_walk *at_fault = &a->walk.guest;

    check_same(c, "allowed", o->allowed, v->allowed);
    check_refusal(c, o, v->rule, &v->fault);
    if (!o->allowed)
        check_same(c, "second", o->second, v->second);
    if (o->second) {
        check_same(c, "which", o->which, v->which);
        at_fault = &a->walk.second[o->which];
    }
    check_blame(c, at_fault, v->rule, v->level, v->bits);
    for (unsigned int i = 0; i < v->nr_updates; i++)
        found[i] = (struct check_update){ v->update[i].update.at, v->update[i].update.set,
                                          v->update[i].second };
    check_updates(c, o, v->nr_updates, found);
}

static void check_translation2(struct check *c, const struct answer2 *a,
                               const struct xenpt_verdict2 *v, bool allowed,
                               const struct xenpt_translation2 *tr)
{
    const struct oracle_verdict *o = &a->verdict;

    check_same(c, "returned", o->allowed, allowed);
    check_same(c, "outcome", a->walk.end, tr->outcome);
    check_same(c, "out", a->walk.out, tr->out);
    check_same(c, "rule (as judge2's)", v->rule, tr->rule);
    check_same(c, "code (as judge2's)", v->fault.code, tr->code);
    check_same(c, "fault (as judge2's)", v->fault.kind, tr->fault);
    if (!o->fault_free) {
        check_same(c, "fault", o->kind, tr->fault);
        check_same(c, "code", o->code & ~o->code_free, tr->code & ~o->code_free);
    }
    if (o->allowed)
        check_same(c, "gaddr", a->walk.guest.out, tr->gaddr);
    else
        check_same(c, "second", o->second, tr->second);
    if (o->second && o->kind != XENPT_FAULT_NONE)
        check_same(c, "gaddr", o->address, tr->gaddr);
}

/* One address through one reader; with a cache that may only make it faster, and without. */
static void check_way(struct check *c, const struct answer2 *a, const struct xenpt_ask *ask,
                      unsigned int way)
{
    const struct trial *t = c->trial;
    const struct xenpt_reader *reader = t->held->reader[way];
    struct xenpt_walk2 walk;
    struct xenpt_verdict2 verdict;
    struct xenpt_translation2 tr;
    bool allowed;

    c->held = held_name[way];
    c->where = "walk2";
    check_same(c, "returned", xenpt_walk2(&t->pg, &t->second_pg, reader, c->in, &walk),
               a->walk.end);
    check_record(c, a, &walk);
    c->where = "judge2";
    xenpt_judge2(&t->pg, &t->second_pg, &walk, &t->access, &verdict);
    check_verdict2(c, a, &verdict);
    c->where = "translate2";
    allowed = xenpt_translate2(&t->pg, &t->second_pg, reader, ask, NULL, c->in, &tr);
    check_translation2(c, a, &verdict, allowed, &tr);
    c->where = "translate2, cached";
    allowed = xenpt_translate2(&t->pg, &t->second_pg, reader, ask, t->cache[way], c->in, &tr);
    check_translation2(c, a, &verdict, allowed, &tr);
}

/* All addresses at once, twice: the first time may be what fills the cache. */
static void check_many2(struct report *r, const struct trial *t, const struct xenpt_ask *ask,
                        unsigned int way, size_t n, const uint64_t in[])
{
    const struct xenpt_reader *reader = t->held->reader[way];
    struct xenpt_translation2 many[TRIAL_BATCH], one[TRIAL_BATCH];
    struct check c = {
        .report = r, .trial = t, .held = held_name[way], .where = "translate2_many"
    };
    size_t allowed = 0;

    for (size_t i = 0; i < n; i++)
        allowed += xenpt_translate2(&t->pg, &t->second_pg, reader, ask, NULL, in[i], &one[i]);
    for (unsigned int time = 0; time < 2; time++) {
        c.in = in[0];
        check_same(
            &c, "returned", allowed,
            xenpt_translate2_many(&t->pg, &t->second_pg, reader, ask, t->cache[way], n, in, many));
        for (size_t i = 0; i < n; i++) {
            c.in = in[i];
            check_same(&c, "out", one[i].out, many[i].out);
            check_same(&c, "gaddr", one[i].gaddr, many[i].gaddr);
            check_same(&c, "code", one[i].code, many[i].code);
            check_same(&c, "outcome", one[i].outcome, many[i].outcome);
            check_same(&c, "rule", one[i].rule, many[i].rule);
            check_same(&c, "fault", one[i].fault, many[i].fault);
            check_same(&c, "second", one[i].second, many[i].second);
        }
    }
}

void trial_check2(struct report *r, const struct trial *t, size_t n, const uint64_t in[])
{
    struct xenpt_ask ask;

    xenpt_ask_init(&ask, &t->pg, &t->access);
    for (size_t i = 0; i < n; i++) {
        struct answer2 a;
        struct check c = {
            .report = r, .trial = t, .in = in[i], .walk2 = &a.walk, .verdict = &a.verdict
        };

        oracle_2d(&t->cpu, &t->regs, &t->second, &t->mem->view, &t->access, in[i], &a.walk,
                  &a.verdict);
        check_tally(r, &a.walk.guest, &a.verdict);
        r->references[a.walk.references]++;
        for (unsigned int way = 0; way < t->held->nr; way++)
            check_way(&c, &a, &ask, way);
    }
    for (unsigned int way = 0; way < t->held->nr; way++)
        check_many2(r, t, &ask, way, n, in);
}
