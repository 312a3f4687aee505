#include "oracle/check.h"

#include <stdio.h>
#include <string.h>

void check_differs(const struct check *c, const char *member, uint64_t want, uint64_t got)
{
    struct report *r = c->report;
    struct disagreement *d = r->kind;
    size_t used;

    while (d < r->kind + r->nr_kinds && (strcmp(d->member, member) || strcmp(d->where, c->where)))
        d++;
    if (d == r->kind + REPORT_KINDS)
        d--;
    if (d < r->kind + r->nr_kinds) {
        d->count++;
        return;
    }
    r->nr_kinds++;
    *d = (struct disagreement){ .where = c->where, .member = member, .count = 1 };
    snprintf(d->first, sizeof(d->first), "%s, %s: %s is %#llx, should be %#llx\n", c->where,
             c->held, member, (unsigned long long)got, (unsigned long long)want);
    used = strlen(d->first);
    trial_describe(c->trial, c->in, d->first + used, sizeof(d->first) - used);
    used = strlen(d->first);
    if (c->walk)
        trial_describe_walk(c->walk, c->trial->stage, d->first + used, sizeof(d->first) - used);
    for (unsigned int i = 0; c->walk2 && i < c->walk2->nr_second; i++) {
        if (i == 0)
            trial_describe_walk(&c->walk2->guest, TRIAL_FIRST, d->first + used,
                                sizeof(d->first) - used);
        used = strlen(d->first);
        trial_describe_walk(&c->walk2->second[i], c->trial->second.ept ? TRIAL_SECOND : TRIAL_FIRST,
                            d->first + used, sizeof(d->first) - used);
    }
    used = strlen(d->first);
    if (c->verdict)
        snprintf(d->first + used, sizeof(d->first) - used,
                 "should be: %s, rules %#x, %s, code %#llx (free %#llx%s%s), %u updates\n",
                 c->verdict->allowed ? "allowed" : "refused", c->verdict->rules,
                 xenpt_fault_name(c->verdict->kind), (unsigned long long)c->verdict->code,
                 (unsigned long long)c->verdict->code_free, c->verdict->free_because ? ": " : "",
                 c->verdict->free_because ? c->verdict->free_because : "", c->verdict->nr_updates);
}

void check_tally(struct report *r, const struct oracle_walk *w, const struct oracle_verdict *v)
{
    r->cases++;
    r->outcome[w->end]++;
    r->allowed += v->allowed;
    r->updates += v->nr_updates;
    r->free += v->free_because != NULL;
    r->fault[v->kind]++;
    r->second_refused += v->second;
    for (unsigned int n = 0; n < XENPT_NR_RULES; n++)
        r->rule[n] += bit(v->rules, n);
    for (unsigned int n = 0; n < 40; n++)
        r->code_bit[n] += bit(v->code, n);
    for (unsigned int n = 0; n < 64 && w->end == XENPT_MAPPED; n++)
        r->page_shift[n] += w->page_size == UINT64_C(1) << n;
}

const struct oracle_entry *check_last_read(const struct oracle_walk *w)
{
    unsigned int read = w->nr - (w->last_unread ? 1 : 0);

    return read ? &w->entry[read - 1] : NULL;
}

/* The steps: what each entry is, where it lies, what it holds, where it leads. */
static void check_steps(const struct check *c, const struct oracle_walk *o,
                        const struct xenpt_walk *w, const struct xenpt_paging *pg)
{
    unsigned int read = o->nr - (o->last_unread ? 1 : 0);

    if (w->nr_steps != read && !(o->last_unread && w->nr_steps == read + 1))
        check_differs(c, "nr_steps", read, w->nr_steps);
    for (unsigned int i = 0; i < read && i < w->nr_steps; i++) {
        const struct oracle_entry *e = &o->entry[i];
        enum xenpt_role role = e->reserved                                    ? XENPT_MALFORMED
                               : e->page                                      ? XENPT_PAGE
                               : i == read - 1 && o->end == XENPT_NOT_PRESENT ? XENPT_HOLE
                                                                              : XENPT_TABLE;

        check_same(c, "step.at", e->at, w->step[i].at);
        check_same(c, "step.entry", e->value, w->step[i].entry);
        check_same(c, "step.level", e->level, w->step[i].level);
        check_same(c, "step.role", role, w->step[i].role);
        check_same(c, "entry_role", role, xenpt_entry_role(pg, e->level, e->value));
        if (role != XENPT_HOLE)
            check_same(c, "entry_offence", e->reserved,
                       xenpt_entry_offence(pg, e->level, e->value));
        if (role == XENPT_PAGE)
            check_same(c, "entry_target", o->out - o->in % o->page_size,
                       xenpt_entry_target(pg, e->level, e->value));
        if (role == XENPT_TABLE)
            check_same(c, "entry_target of a table", o->entry[i + 1].at / 4096 * 4096,
                       xenpt_entry_target(pg, e->level, e->value));
    }
}

static unsigned int right(bool held, enum xenpt_right r)
{
    return held ? 1u << r : 0;
}

void check_walk(const struct check *c, const struct oracle_walk *o, const struct xenpt_walk *w,
                const struct xenpt_paging *pg)
{
    unsigned int rights = right(o->r, XENPT_R) | right(o->w, XENPT_W) | right(o->xs, XENPT_XS) |
                          right(o->xu, XENPT_XU) | right(o->u, XENPT_U);

    check_same(c, "in", o->in, w->in);
    check_same(c, "outcome", o->end, w->outcome);
    check_same(c, "out", o->end == XENPT_MAPPED ? o->out : 0, w->out);
    check_either(c, "references", o->references, o->references + o->last_unread, w->references);
    if (!o->last_unread)
        check_same(c, "span", o->page_size, w->span);
    check_steps(c, o, w, pg);
    if (o->end != XENPT_MAPPED)
        return;
    check_same(c, "rights", rights, w->rights);
    check_same(c, "rights of granted", w->rights, xenpt_rights(pg, w->granted));
}

void check_refusal(const struct check *c, const struct oracle_verdict *o, enum xenpt_rule_id rule,
                   const struct xenpt_fault *fault)
{
    if (o->allowed)
        check_same(c, "rule", XENPT_RULE_NONE, rule);
    else if (rule == XENPT_RULE_NONE || !bit(o->rules, rule))
        check_differs(c, "rule (one of these bits)", o->rules, rule);
    if (o->fault_free)
        return;
    check_same(c, "fault.kind", o->kind, fault->kind);
    check_same(c, "fault.vector", o->vector, fault->vector);
    check_same(c, "fault.code", o->code & ~o->code_free, fault->code & ~o->code_free);
    if (o->kind != XENPT_FAULT_NONE && o->kind != XENPT_FAULT_GP && o->kind != XENPT_FAULT_SS)
        check_same(c, "fault.address", o->address, fault->address);
}

/* Whether an entry by itself, through these bits, breaks a rule. */
static bool breaks(const struct check *c, const struct oracle_entry *e, enum xenpt_rule_id rule,
                   uint64_t found, bool ept)
{
    bool mbec = c->trial->second.cpu.ept_mbec;

    switch (rule) {
    case XENPT_RULE_NOT_PRESENT:
        return !(e->value & found) && bit(found, 0);
    case XENPT_RULE_RESERVED:
    case XENPT_RULE_PDPTE:
    case XENPT_RULE_EPT_MISCONFIG:
        return e->reserved && found == e->reserved;
    case XENPT_RULE_USER:
    case XENPT_RULE_NPT_USER:
        return !bit(e->value, 2) && found == 4;
    case XENPT_RULE_SMEP:
    case XENPT_RULE_SMAP:
        return bit(e->value, 2) && found == 4;
    case XENPT_RULE_WRITE:
        return !bit(e->value, 1) && bit(found, 1);
    case XENPT_RULE_READ:
        return !bit(e->value, 0) && found == 1;
    case XENPT_RULE_EXECUTE:
        if (ept)
            return !(e->value & found) && (found == 4 || (mbec && found == 1u << 10));
        return bit(e->value, 63) && found == in_place(~UINT64_C(0), 63, 63);
    case XENPT_RULE_PKEY:
        return e->page && found == in_place(~UINT64_C(0), 62, 59);
    case XENPT_RULE_SHADOW_STACK:
        return found != 0;
    default:
        return found == 0;
    }
}

void check_blame(const struct check *c, const struct oracle_walk *w, enum xenpt_rule_id rule,
                 unsigned int level, uint64_t found)
{
    bool ept = c->trial->second.ept && (c->trial->stage == TRIAL_SECOND || c->verdict->second);

    if (c->verdict->allowed || rule == XENPT_RULE_NO_MEMORY || rule == XENPT_RULE_TABLE)
        return;
    if (!check_last_read(w) || w->end == XENPT_TOO_WIDE) {
        check_same(c, "level", 0, level);
        check_same(c, "bits", 0, found);
        return;
    }
    for (unsigned int i = 0; i < w->nr; i++)
        if (w->entry[i].level == level) {
            if (!breaks(c, &w->entry[i], rule, found, ept))
                check_differs(c, "bits", w->entry[i].value, found);
            return;
        }
    check_differs(c, "level", w->entry[w->nr - 1].level, level);
}
