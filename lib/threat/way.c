/* way.c - what a threat reaches, and by which steps. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "threat/internal.h"

/* clang-format off */
static const struct xenpt_word right_words[NR_RIGHTS] = {
    [XENPT_THREAT_READ] = { "read", "read" },
    [XENPT_THREAT_WRITE] = { "write", "write to, whatever is written, while it is used as it is" },
    [XENPT_THREAT_EXECUTE] = { "execute", "fetch code from" },
    [XENPT_THREAT_EDIT] = { "edit", "change entries through Xen, which checks them; of an HVM guest's memory, where its p2m has it" },
    [XENPT_THREAT_RETYPE] = { "retype", "have it be no table any more, and write to it then" },
    [XENPT_THREAT_CIPHERTEXT] = { "ciphertext", "read, of a guest whose memory is encrypted: by another key than its own, so that what is seen is whether it has changed" },
    [XENPT_THREAT_SPOIL] = { "spoil", "write to, of a guest whose memory is encrypted: by another key than its own, so that it reads something else there, which nobody decides, or is stopped when it reads (TDX)" },
};
/* clang-format on */

const struct xenpt_word *xenpt_threat_right_word(enum xenpt_threat_right right)
{
    return &right_words[right];
}

/* --- What is reached ----------------------------------------------------------------------- */

bool xenpt_threat_becomes(const struct xenpt_threat *t, struct xenpt_party party)
{
    if (party.kind != XENPT_PARTY_XEN && party.domain >= t->m->nr_domains)
        return false;
    return t->parties[party_number(t, party)].steps != FAR;
}

const struct xenpt_machine *xenpt_threat_machine(const struct xenpt_threat *t)
{
    return t->m;
}

bool xenpt_threat_party(const struct xenpt_threat *t, size_t i, struct xenpt_party *ret)
{
    for (uint16_t p = 0; p < t->nr_parties; p++)
        if (t->parties[p].steps != FAR && !i--) {
            *ret = party_of(t, p);
            return true;
        }
    return false;
}

static unsigned int rights_of(const struct patch *p)
{
    unsigned int rights = 0;

    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (p->fact[r].steps != FAR)
            rights |= 1u << r;
    return rights;
}

static bool is_granted(const struct xenpt_threat *t, const struct patch *p)
{
    for (uint32_t i = 0; i < p->nr_offers; i++) {
        struct xenpt_party to = { XENPT_PARTY_KERNEL, t->offers[p->offer + i].to };

        if (to.domain < t->m->nr_domains && t->parties[party_number(t, to)].steps != FAR)
            return true;
    }
    return false;
}

bool xenpt_threat_piece(const struct xenpt_threat *t, uint64_t frame,
                        struct xenpt_threat_piece *ret)
{
    size_t i = piece_at(t, frame);
    const struct patch *p = &t->pieces[i];

    if (i == t->nr)
        return false;
    *ret = (struct xenpt_threat_piece){
        .first = p->first,
        .last = p->last,
        .what = (enum xenpt_threat_what)p->what,
        .owned = p->owned,
        .domain = p->domain,
        .owner = p->owned ? t->m->domains[p->domain].name : NULL,
        .type = (enum xenpt_frame_type)p->type,
        .granted = is_granted(t, p),
        .rights = rights_of(p),
    };
    return true;
}

/* --- Ways ---------------------------------------------------------------------------------- */

static bool add(struct xenpt_threat_way *w, struct xenpt_threat_step step)
{
    if (w->nr == XENPT_WAY_MAX)
        return false;
    w->step[w->nr++] = step;
    return true;
}

/* The entry by which a domain has a frame, if that is by a grant. */
static void name_offer(const struct xenpt_threat *t, const struct patch *p, const struct fact *f,
                       struct xenpt_threat_step *step)
{
    for (uint32_t i = 0; i < p->nr_offers; i++) {
        const struct offer *o = &t->offers[p->offer + i];
        bool fits = o->to == step->party.domain || !rule_on(t, RULE_GRANT_DOMID);

        if ((f->move != MOVE_GRANT_MAP && f->move != MOVE_GRANT_COPY) || !fits || step->by_grant ||
            (o->copied && f->move == MOVE_GRANT_MAP))
            continue;
        step->by_grant = true;
        step->owner = o->owner;
        step->ref = o->ref;
    }
}

static bool to_party(const struct xenpt_threat *t, uint16_t party, struct xenpt_threat_way *w,
                     unsigned int depth);

/* What gives a right to a frame, and what comes before it. */
static bool to_frame(const struct xenpt_threat *t, uint64_t frame, const struct fact *f,
                     unsigned int rights, struct xenpt_threat_way *w, unsigned int depth)
{
    const struct patch *p = &t->pieces[piece_at(t, frame)];
    struct xenpt_threat_step step = { .party = party_of(t, f->party),
                                      .move = &move_row((enum move_id)f->move)->said,
                                      .frame = frame,
                                      .rights = rights };

    if (f->range) {
        const struct range *r = &t->ranges[f->range - 1];

        step.has_address = !r->by_grant;
        step.vcpu = r->vcpu;
        step.address = r->address + ((frame - r->first) << XENPT_PAGE_SHIFT);
        step.by_grant = r->by_grant;
        step.owner = r->owner;
        step.ref = r->ref;
    }
    name_offer(t, p, f, &step);
    return to_party(t, f->party, w, depth) && add(w, step);
}

/* Whether a way has come by a party. */
static bool has_been(const struct xenpt_threat *t, const struct xenpt_threat_way *w, uint16_t party)
{
    for (size_t i = 0; i < w->nr; i++)
        if (w->step[i].becomes && party_number(t, w->step[i].other) == party)
            return true;
    return t->parties[party].begun;
}

static bool to_party(const struct xenpt_threat *t, uint16_t party, struct xenpt_threat_way *w,
                     unsigned int depth)
{
    const struct link *l = &t->parties[party];
    struct xenpt_threat_step step = { .party = party_of(t, l->from),
                                      .move = &move_row((enum move_id)l->move)->said,
                                      .becomes = true,
                                      .other = party_of(t, party),
                                      .frame = l->frame };

    if (has_been(t, w, party))
        return true;
    if (depth > XENPT_WAY_MAX || l->steps == FAR)
        return false;
    if (l->via && !to_frame(t, l->frame, &l->fact, 1u << XENPT_THREAT_WRITE, w, depth + 1))
        return false;
    return to_party(t, l->from, w, depth + 1) && add(w, step);
}

bool xenpt_threat_way(const struct xenpt_threat *t, uint64_t frame, enum xenpt_threat_right right,
                      struct xenpt_threat_way *ret)
{
    size_t i = piece_at(t, frame);
    unsigned int rights = 0;
    const struct fact *f;

    ret->nr = 0;
    if (i == t->nr || t->pieces[i].fact[right].steps == FAR)
        return false;
    f = &t->pieces[i].fact[right];
    /* All that the same step gives. */
    for (unsigned int r = 0; r < NR_RIGHTS; r++) {
        const struct fact *o = &t->pieces[i].fact[r];

        if (o->steps == f->steps && o->party == f->party && o->move == f->move &&
            o->range == f->range)
            rights |= 1u << r;
    }
    return to_frame(t, frame, f, rights, ret, 0);
}

bool xenpt_threat_way_to(const struct xenpt_threat *t, struct xenpt_party party,
                         struct xenpt_threat_way *ret)
{
    ret->nr = 0;
    return xenpt_threat_becomes(t, party) && to_party(t, party_number(t, party), ret, 0);
}

/* --- In words ------------------------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static void put(char buf[XENPT_STEP_MAX], size_t *used,
                                                      const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(buf + *used, XENPT_STEP_MAX - *used, fmt, args);
    va_end(args);
    if (n > 0)
        *used += (size_t)n < XENPT_STEP_MAX - *used ? (size_t)n : XENPT_STEP_MAX - *used - 1;
}

static void put_rights(char buf[XENPT_STEP_MAX], size_t *used, unsigned int rights)
{
    bool first = true;

    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (rights >> r & 1) {
            put(buf, used, "%s%s", first ? "" : "+", right_words[r].name);
            first = false;
        }
}

static void put_frame(const struct xenpt_threat *t, const struct xenpt_threat_step *s,
                      char buf[XENPT_STEP_MAX], size_t *used)
{
    const struct patch *p = &t->pieces[piece_at(t, s->frame)];

    put(buf, used, "mfn 0x%" PRIx64 " (", s->frame);
    if (p->owned)
        put(buf, used, "%s's ", t->m->domains[p->domain].name);
    put(buf, used, "%s)",
        p->what == XENPT_THREAT_TABLES
            ? xenpt_frame_type_word((enum xenpt_frame_type)p->type)->name
            : xenpt_threat_what_word((enum xenpt_threat_what)p->what)->name);
}

static void put_place(const struct xenpt_threat *t, const struct xenpt_threat_step *s,
                      char buf[XENPT_STEP_MAX], size_t *used)
{
    if (s->has_address && s->vcpu == UINT32_MAX)
        put(buf, used, ", gfn 0x%" PRIx64, s->address >> XENPT_PAGE_SHIFT);
    else if (s->has_address)
        put(buf, used, ", at 0x%" PRIx64 " of v%u", s->address, (unsigned int)s->vcpu);
    if (s->by_grant)
        put(buf, used, ", by grant %u of %s", (unsigned int)s->ref, t->m->domains[s->owner].name);
}

const char *xenpt_threat_step_text(const struct xenpt_threat *t, const struct xenpt_threat_step *s,
                                   char buf[XENPT_STEP_MAX])
{
    char who[XENPT_PARTY_MAX];
    size_t used = 0;

    buf[0] = '\0';
    put(buf, &used, "%s: %s: ", xenpt_party_name(t->m, s->party, who), s->move->name);
    if (s->becomes) {
        put(buf, &used, "becomes %s", xenpt_party_name(t->m, s->other, who));
    } else {
        put_rights(buf, &used, s->rights);
        put(buf, &used, " ");
        put_frame(t, s, buf, &used);
        put_place(t, s, buf, &used);
    }
    for (size_t i = 0; i < ARRAY_SIZE(s->move->rules) && s->move->rules[i]; i++)
        put(buf, &used, "%s%s", i ? ", " : " [", s->move->rules[i]);
    if (s->move->rules[0])
        put(buf, &used, "]");
    return buf;
}
