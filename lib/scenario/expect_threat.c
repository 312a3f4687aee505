/* expect_threat.c - an expectation: what somebody who is compromised can do, or cannot. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/threat_kinds.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/threat.h"

#define WHAT(w) (1u << XENPT_THREAT_##w)

struct threat_args {
    struct check_head head;
    struct name_list who, becomes, becomes_not, way, without, devices, stubs;
    unsigned int can, cannot, what;
    const struct expr *to, *frames;
    uint32_t except, iommu, qemu;
};

enum except { EXCEPT_NONE, EXCEPT_GRANTED };

/* --- The threat ---------------------------------------------------------------------------- */

/* The number of a domain by its name, up to some character. */
static bool number_of(struct world *w, const char *name, size_t n, uint32_t *ret)
{
    char word[XENPT_DOMAIN_MAX];
    struct xenpt_party p;

    snprintf(word, sizeof(word), "%.*s", (int)n, name);
    if (xenpt_party_parse(w->machine, word, &p, &w->problem))
        return false;
    *ret = p.domain;
    return true;
}

static bool parties_of(struct world *w, const struct name_list *names, struct xenpt_party *ret)
{
    for (size_t i = 0; i < names->nr; i++)
        if (xenpt_party_parse(w->machine, names->word[i], &ret[i], &w->problem))
            return false;
    return true;
}

static struct xenpt_threat *work_out(struct world *w, const struct threat_args *a)
{
    struct xenpt_pv_rules rules = rules_now(w);
    struct xenpt_party parties[NAMES_MAX];
    struct xenpt_threat_stub stubs[NAMES_MAX];
    uint32_t devices[NAMES_MAX];
    struct xenpt_threat_options opt = {
        .rules = &rules,
        .iommu = (enum xenpt_threat_iommu)a->iommu,
        .qemu = (enum xenpt_threat_qemu)a->qemu,
        .devices = devices,
        .nr_devices = a->devices.nr,
        .stubs = stubs,
        .nr_stubs = a->stubs.nr,
        .without = a->without.word,
        .nr_without = a->without.nr,
    };
    struct xenpt_threat *t;

    for (size_t i = 0; i < a->devices.nr; i++)
        if (!number_of(w, a->devices.word[i], strlen(a->devices.word[i]), &devices[i]))
            return NULL;
    for (size_t i = 0; i < a->stubs.nr; i++) {
        const char *word = a->stubs.word[i], *is = strchr(word, '=');

        if (!number_of(w, word, (size_t)(is - word), &stubs[i].domain) ||
            !number_of(w, is + 1, strlen(is + 1), &stubs[i].target))
            return NULL;
    }
    if (!parties_of(w, &a->who, parties) ||
        xenpt_threat_create(w->machine, parties, a->who.nr, &opt, &t, &w->problem))
        return NULL;
    return t;
}

/* --- Frames -------------------------------------------------------------------------------- */

/* What is asked about. */
struct asked {
    uint64_t first, last;
    bool of_domain;
    uint32_t domain;
    unsigned int what;
};

/* What was found of it. */
struct found {
    uint64_t with, without;       /* Frames that some of the rights are had of, and that not. */
    uint64_t first, first_lacked; /* The lowest of each. */
    unsigned int rights;          /* Of the first. */
};

static bool asked_of(struct world *w, const struct threat_args *a, struct asked *ret)
{
    struct value v;

    *ret = (struct asked){ .last = UINT64_MAX, .what = a->what ? a->what : ~0u };
    if (!a->to)
        return true;
    if (!expr_eval(w, a->to, &v))
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
    ret->what = a->what ? a->what : WHAT(MEMORY) | WHAT(TABLES);
    return true;
}

static bool is_asked(const struct asked *q, const struct threat_args *a,
                     const struct xenpt_threat_piece *p)
{
    return q->what >> p->what & 1 && !(q->of_domain && (!p->owned || p->domain != q->domain)) &&
           !(a->except == EXCEPT_GRANTED && p->granted);
}

/* all: every one of the rights has to be had of a frame; else some. */
static struct found find(const struct xenpt_threat *t, const struct threat_args *a,
                         const struct asked *q, unsigned int rights, bool all)
{
    struct xenpt_threat_piece p;
    struct found ret = { .with = 0 };

    for (uint64_t f = q->first; f <= q->last && xenpt_threat_piece(t, f, &p); f = p.last + 1) {
        uint64_t first = p.first > f ? p.first : f, last = p.last < q->last ? p.last : q->last;
        unsigned int has = p.rights & rights;

        if (!is_asked(q, a, &p))
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

static const char *rights_in_words(struct world *w, unsigned int rights)
{
    const char *text = "";

    for (unsigned int r = 0; r < XENPT_NR_THREAT_RIGHTS; r++)
        if (rights >> r & 1)
            text = world_text(w, "%s%s%s", text, *text ? "+" : "",
                              xenpt_threat_right_word((enum xenpt_threat_right)r)->name);
    return text;
}

static const char *way_in_words(struct world *w, const struct xenpt_threat *t,
                                const struct xenpt_threat_way *way)
{
    const char *text = way->nr ? "" : "it is compromised";
    char step[XENPT_STEP_MAX];

    for (size_t i = 0; i < way->nr; i++)
        text = world_text(w, "%s%s%s", text, i ? "; then " : "",
                          xenpt_threat_step_text(t, &way->step[i], step));
    return text;
}

static enum xenpt_threat_right first_right(unsigned int rights)
{
    unsigned int r = 0;

    while (!(rights >> r & 1))
        r++;
    return (enum xenpt_threat_right)r;
}

static bool way_fits(const struct threat_args *a, const struct xenpt_threat_way *way)
{
    bool fits = !a->way.nr || a->way.nr == way->nr;

    for (size_t i = 0; fits && i < a->way.nr; i++)
        fits = !strcmp(a->way.word[i], way->step[i].move->name);
    return fits;
}

/* --- What holds ---------------------------------------------------------------------------- */

static void tell_frames(struct world *w, const struct xenpt_threat *t, const struct found *f,
                        bool with, struct finding *ret)
{
    struct xenpt_threat_way way = { .nr = 0 };

    if (with && f->with && xenpt_threat_way(t, f->first, first_right(f->rights), &way))
        ret->found = world_text(w, "%" PRIu64 " frames can be, the first by: %s", f->with,
                                way_in_words(w, t, &way));
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
    struct asked q;
    struct found f;
    uint64_t wanted;
    bool held;

    if (!asked_of(w, a, &q))
        return CHECK_CANNOT;
    f = find(t, a, &q, rights, a->can);
    if (!number_or(w, a->frames, f.with + f.without, &wanted))
        return CHECK_CANNOT;
    held = a->can ? f.with == wanted : !f.with;
    /* What there is none of holds no expectation, unless no frame is expected. */
    if (!(f.with + f.without) && !a->frames)
        held = false;
    if (held && a->way.nr)
        held = f.with && xenpt_threat_way(t, f.first, first_right(f.rights), &way) &&
               way_fits(a, &way);
    if (ret->tell) {
        const char *words = rights_in_words(w, rights);

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

    if (!parties_of(w, names, parties))
        return CHECK_CANNOT;
    for (size_t i = 0; held && i < names->nr; i++) {
        struct xenpt_threat_way way = { .nr = 0 };
        bool is = xenpt_threat_way_to(t, parties[i], &way);

        held = is == (a->becomes.nr > 0) && (!is || way_fits(a, &way));
        if (ret->tell) {
            ret->expected = world_text(w, "%s %s", a->becomes.nr ? "becomes" : "does not become",
                                       names->word[i]);
            ret->found = is ? way_in_words(w, t, &way) : "there is no way";
        }
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_threat(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct threat_args *a = args;
    struct xenpt_threat *t = work_out(w, a);
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
static const struct xenpt_word excepts[] = {
    [EXCEPT_NONE] = { "none", "no frame" },
    [EXCEPT_GRANTED] = { "granted", "frames that their domain offers to somebody who is compromised" },
};
static const struct words except_words = { excepts, ARRAY_SIZE(excepts), NULL, 0 };
static const struct xenpt_word iommus[] = {
    [XENPT_DMA_STOCK] = { "stock", "an IOMMU as Xen sets it up: devices of a PV dom0 reach all RAM but Xen's image" },
    [XENPT_DMA_STRICT] = { "strict", "dom0-iommu=strict: devices reach their domain's memory" },
    [XENPT_DMA_NONE] = { "none", "no IOMMU: devices reach all RAM" },
};
static const struct words dma_words = { iommus, ARRAY_SIZE(iommus), NULL, 0 };
static const struct xenpt_word qemus[] = {
    [XENPT_QEMU_ROOT] = { "root", "a process of dom0's root, with all hypercalls" },
    [XENPT_QEMU_RESTRICTED] = { "restricted", "one that is restricted to its guest" },
};
static const struct words qemu_words = { qemus, ARRAY_SIZE(qemus), NULL, 0 };

static const struct row threat_rows[] = {
    { .key = "threat", KIND_ROW(kind_parties, threat_args, who), .required = true, .text = "Who is compromised." },
    { .key = "can", KIND_ROW(kind_threat_rights, threat_args, can),
      .text = "Rights that they can get to each of the frames, all of them; with frames: to so many. One of can, cannot, becomes and becomes-not." },
    { .key = "cannot", KIND_ROW(kind_threat_rights, threat_args, cannot), .text = "Rights that they can get to none, not one of them." },
    { .key = "becomes", KIND_ROW(kind_parties, threat_args, becomes), .text = "Parties that they become." },
    { .key = "becomes-not", KIND_ROW(kind_parties, threat_args, becomes_not), .text = "Parties that they do not become." },
    { .key = "to", KIND_ROW(kind_memory, threat_args, to),
      .text = "The frames: of a domain, without what, its memory and its tables." },
    { .key = "what", KIND_ROW(kind_threat_whats, threat_args, what),
      .text = "Only frames that are this: memory (no table), tables, shared (Xen's, shared with a domain), m2p, Xen's image, xen (all else of Xen's), free, mmcfg, mmio." },
    { .key = "except", .type = ROW_ONE, ROW_AT(threat_args, except), .words = &except_words,
      .text = "Frames that do not count." },
    { .key = "frames", KIND_ROW(kind_number, threat_args, frames), .text = "can: of exactly so many frames; without it, of all." },
    { .key = "way", KIND_ROW(kind_moves, threat_args, way), .text = "The moves of the shortest way to the lowest frame, or to become somebody." },
    { .key = "iommu", .type = ROW_ONE, ROW_AT(threat_args, iommu), .words = &dma_words,
      .text = "What is between devices and memory; stock without it." },
    { .key = "qemu", .type = ROW_ONE, ROW_AT(threat_args, qemu), .words = &qemu_words,
      .text = "What a device model is; root without it." },
    { .key = "devices", KIND_ROW(kind_domains_named, threat_args, devices), .text = "Domains with a device of their own, besides dom0." },
    { .key = "stub-domains", KIND_ROW(kind_stubs, threat_args, stubs), .text = "Domains that are device models of others: d3=d2." },
    { .key = "without", KIND_ROW(kind_moves, threat_args, without), .text = "Moves that nobody makes: a Xen that has them not." },
    CHECK_ROWS,
};

const struct verb verb_threat = {
    .record = VERB("threat", "What somebody who is compromised reaches by all that he may do next: not by what is mapped now alone. docs/threats.md has the moves; the rules of the scenario are those that hold.", threat_rows),
    .example = "{ threat: dom0, cannot: write, to: d1, what: tables, iommu: strict }",
    .size = sizeof(struct threat_args), .check = check_threat, .examine = examine_threat,
};
/* clang-format on */
