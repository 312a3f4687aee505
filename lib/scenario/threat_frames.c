/* threat_frames.c - of which frames a threat is asked, and what is found; see threat_terms.h. */
#include <inttypes.h>
#include <string.h>

#include "scenario/threat_terms.h"
#include "xen/internal.h"

#define WHAT(w) (1u << XENPT_THREAT_##w)

/* clang-format off */
static const struct xenpt_word excepts[] = {
    [EXCEPT_NONE] = { "none", "no frame" },
    [EXCEPT_GRANTED] = { "granted", "frames that their domain offers to somebody who is compromised" },
};
/* clang-format on */
const struct words threat_except_choice = { excepts, ARRAY_SIZE(excepts), NULL, 0 };

bool threat_asked_of(struct world *w, const struct expr *to, unsigned int what,
                     struct threat_asked *ret)
{
    struct value v;

    *ret = (struct threat_asked){ .last = UINT64_MAX, .what = what ? what : ~0u };
    if (!to)
        return true;
    if (!expr_eval(w, to, &v))
        return false;
    if (v.type != VALUE_DOMAIN) {
        ret->first = v.v;
        ret->last = v.last > v.v ? v.last : v.v;
        return true;
    }
    if (!domain_there(w->machine, v.who.domain))
        return world_cannot(w, "that domain is not there now");
    ret->of_domain = true;
    ret->domain = v.who.domain;
    ret->what = what ? what : WHAT(MEMORY) | WHAT(TABLES);
    return true;
}

static bool is_asked(const struct threat_asked *q, const struct xenpt_threat_piece *p)
{
    return q->what >> p->what & 1 && !(q->of_domain && (!p->owned || p->domain != q->domain)) &&
           !(q->no_granted && p->granted);
}

struct threat_found threat_find(const struct xenpt_threat *t, const struct threat_asked *q,
                                unsigned int rights, bool all)
{
    struct xenpt_threat_piece p;
    struct threat_found ret = { .with = 0 };

    for (uint64_t f = q->first; f <= q->last && xenpt_threat_piece(t, f, &p); f = p.last + 1) {
        uint64_t first = p.first > f ? p.first : f, last = p.last < q->last ? p.last : q->last;
        unsigned int has = p.rights & rights;

        if (!is_asked(q, &p))
            continue;
        if (all ? has == rights : has != 0) {
            if (!ret.with) {
                ret.first = first;
                ret.rights = has;
            }
            ret.with += last - first + 1;
        } else {
            if (!ret.without)
                ret.first_lacked = first;
            ret.without += last - first + 1;
        }
    }
    return ret;
}

/* --- In words ------------------------------------------------------------------------------ */

const char *threat_rights_text(struct world *w, unsigned int rights)
{
    const char *text = "";

    for (unsigned int r = 0; r < XENPT_NR_THREAT_RIGHTS; r++)
        if (rights >> r & 1)
            text = world_text(w, "%s%s%s", text, *text ? "+" : "",
                              xenpt_threat_right_word((enum xenpt_threat_right)r)->name);
    return text;
}

const char *threat_way_text(struct world *w, const struct xenpt_threat *t,
                            const struct xenpt_threat_way *way)
{
    const char *text = way->nr ? "" : "it is compromised";
    char step[XENPT_STEP_MAX];

    for (size_t i = 0; i < way->nr; i++)
        text = world_text(w, "%s%s%s", text, i ? "; then " : "",
                          xenpt_threat_step_text(t, &way->step[i], step));
    return text;
}

enum xenpt_threat_right threat_first_right(unsigned int rights)
{
    unsigned int r = 0;

    while (!(rights >> r & 1))
        r++;
    return (enum xenpt_threat_right)r;
}

const char *threat_first_way(struct world *w, const struct xenpt_threat *t,
                             const struct threat_found *f)
{
    struct xenpt_threat_way way;

    if (!f->with || !xenpt_threat_way(t, f->first, threat_first_right(f->rights), &way))
        return NULL;
    return threat_way_text(w, t, &way);
}

const char *threat_first_found(struct world *w, const struct xenpt_threat *t,
                               const struct threat_found *f)
{
    const char *way = threat_first_way(w, t, f);

    if (!way)
        return NULL;
    return f->with == 1
               ? world_text(w, "one frame can be, by: %s", way)
               : world_text(w, "%" PRIu64 " frames can be, the first by: %s", f->with, way);
}
