/* expect_threat.c - an expectation: what somebody who is compromised can do, or cannot. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/threat_terms.h"
#include "scenario/verbs.h"

struct threat_args {
    struct check_head head;
    struct threat_terms terms;
    struct name_list becomes, becomes_not, way;
    unsigned int can, cannot, what;
    const struct expr *to, *frames;
    uint32_t except;
};

static bool way_fits(const struct threat_args *a, const struct xenpt_threat_way *way)
{
    bool fits = !a->way.nr || a->way.nr == way->nr;

    for (size_t n = 0; fits && n < a->way.nr; n++)
        fits = !strcmp(a->way.word[n], way->step[n].move->name);
    return fits;
}

/* --- What holds ---------------------------------------------------------------------------- */

static void tell_frames(struct world *w, const struct xenpt_threat *t, const struct threat_found *f,
                        bool with, struct finding *ret)
{
    const char *found = with ? threat_first_found(w, t, f) : NULL;

    if (found)
        ret->found = found;
    else if (f->without)
        ret->found = world_text(
            w, "%" PRIu64 " of %" PRIu64 " frames can be; mfn 0x%" PRIx64 " cannot", f->with,
            f->with + f->without, f->first_lacked);
    else if (f->with)
        ret->found = world_text(w, "%" PRIu64 " frames can be, all that there are", f->with);
    else
        ret->found = "there are no such frames";
}

static enum checked check_frames(struct world *w, const struct threat_args *a,
                                 const struct xenpt_threat *t, struct finding *ret)
{
    unsigned int rights = a->can ? a->can : a->cannot;
    struct xenpt_threat_way way = { .nr = 0 };
    struct threat_asked q;
    struct threat_found f;
    uint64_t wanted;
    bool held;

    if (!threat_asked_of(w, a->to, a->what, &q))
        return CHECK_CANNOT;
    q.no_granted = a->except == EXCEPT_GRANTED;
    f = threat_find(t, &q, rights, a->can);
    if (!number_or(w, a->frames, f.with + f.without, &wanted))
        return CHECK_CANNOT;
    held = a->can ? f.with == wanted : !f.with;
    /* What there is none of holds no expectation, unless no frame is expected. */
    if (!(f.with + f.without) && !a->frames)
        held = false;
    if (held && a->way.nr)
        held = f.with && xenpt_threat_way(t, f.first, threat_first_right(f.rights), &way) &&
               way_fits(a, &way);
    if (ret->tell) {
        const char *words = threat_rights_text(w, rights);

        ret->expected = a->can ? world_text(w, "%" PRIu64 " frames to %s", wanted, words)
                               : world_text(w, "no way to %s", words);
        tell_frames(w, t, &f, !a->can || a->way.nr || f.with > wanted, ret);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_becomes(struct world *w, const struct threat_args *a,
                                  const struct xenpt_threat *t, struct finding *ret)
{
    const struct name_list *names = a->becomes.nr ? &a->becomes : &a->becomes_not;
    struct xenpt_party parties[NAMES_MAX];
    bool held = true;

    if (!threat_parties_of(w, names, parties))
        return CHECK_CANNOT;
    for (size_t i = 0; held && i < names->nr; i++) {
        struct xenpt_threat_way way = { .nr = 0 };
        bool is = xenpt_threat_way_to(t, parties[i], &way);

        held = is == (a->becomes.nr > 0) && (!is || way_fits(a, &way));
        if (ret->tell) {
            ret->expected = world_text(w, "%s %s", a->becomes.nr ? "becomes" : "does not become",
                                       names->word[i]);
            ret->found = is ? threat_way_text(w, t, &way) : "there is no way";
        }
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_threat(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct threat_args *a = args;
    struct xenpt_threat *t = threat_work_out(w, &a->terms);
    enum checked held;

    (void)c;
    if (!t)
        return CHECK_CANNOT;
    held = a->can || a->cannot ? check_frames(w, a, t, ret) : check_becomes(w, a, t, ret);
    xenpt_threat_destroy(t);
    return held;
}

static void examine_threat(struct scope *s, const struct node *node, void *args)
{
    const struct threat_args *a = args;
    int nr = (a->can != 0) + (a->cannot != 0) + (a->becomes.nr != 0) + (a->becomes_not.nr != 0);

    if (nr != 1)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "threat: what is expected is one of can, cannot, becomes and becomes-not");
    else if ((a->can || a->cannot) && !a->to && !a->what)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "threat: of which frames? to: a frame, a range or a domain; or what, or both");
    else if (a->frames && !a->can)
        mistake(&s->m, &node->at, XENPT_EPARSE, "threat: frames are counted of what it can");
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row threat_rows[] = {
    { .key = "threat", KIND_ROW(kind_compromised, threat_args, terms.who), .required = true,
      .text = "Who is compromised; or a threat of the file's by its name, for whom that says, and what it takes for granted." },
    { .key = "can", KIND_ROW(kind_threat_rights, threat_args, can),
      .text = "Rights that they can get to each of the frames, all of them; with frames: to so many. One of can, cannot, becomes and becomes-not." },
    { .key = "cannot", KIND_ROW(kind_threat_rights, threat_args, cannot), .text = "Rights that they can get to none, not one of them." },
    { .key = "becomes", KIND_ROW(kind_parties, threat_args, becomes), .text = "Parties that they become." },
    { .key = "becomes-not", KIND_ROW(kind_parties, threat_args, becomes_not), .text = "Parties that they do not become." },
    { .key = "to", KIND_ROW(kind_memory, threat_args, to),
      .text = "The frames: of a domain, without what, its memory and its tables." },
    { .key = "what", KIND_ROW(kind_threat_whats, threat_args, what),
      .text = "Only frames that are this: memory (no table), tables, shared (Xen's, shared with a domain), m2p, Xen's image, xen (all else of Xen's), free, mmcfg, mmio, epc (enclaves')." },
    { .key = "except", .type = ROW_ONE, ROW_AT(threat_args, except), .words = &threat_except_choice,
      .text = "Frames that do not count." },
    { .key = "frames", KIND_ROW(kind_number, threat_args, frames), .text = "can: of exactly so many frames; without it, of all." },
    { .key = "way", KIND_ROW(kind_moves, threat_args, way), .text = "The moves of the shortest way to the lowest frame, or to become somebody." },
    THREAT_TERM_ROWS(threat_args),
    CHECK_ROWS,
};

const struct verb verb_threat = {
    .record = VERB("threat", "What somebody who is compromised reaches by all that he may do next: not by what is mapped now alone. docs/threats.md has the moves; the rules of the scenario are those that hold.", threat_rows),
    .example = "{ threat: dom0, cannot: write, to: d1, what: tables, iommu: strict }",
    .size = sizeof(struct threat_args), .check = check_threat, .examine = examine_threat,
};
/* clang-format on */
