/*
 * threat_text.c - what a threat reaches, in text:
 *
 *     threat: weak-dom0
 *       holds   unwritable: d1 tables
 *
 *     compromised: d0.kernel
 *     becomes:     d0.user, d1.kernel
 *
 *     whose  what        frames    read   write  execute    edit  retype
 *     d1     memory        4096    4096    4096     4096       -       -
 *     d1     tables          14      14       -       14      14      14
 *
 *     d1's memory, read: mfn 0x7c000
 *       d0.kernel: foreign-map: read+write+execute mfn 0x7c000 (d1's memory) [...]
 */
#include <inttypes.h>
#include <string.h>

#include "report/threat.h"

static bool is_reached(const struct group *g)
{
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (g->reached[r])
            return true;
    return false;
}

/* --- A scenario's -------------------------------------------------------------------------- */

/* "threat: apart, unreachable: d2" without the name, which stands above. */
static const char *claim_of(const char *text)
{
    const char *comma = strstr(text, ", ");

    return comma ? comma + 2 : text;
}

static void claims_text(struct threat_writer *w)
{
    struct text *t = &w->r->text;

    text_put(t, HEAD, "threat: ");
    text_format(t, PLAIN, "%s\n", w->of->name);
    for (size_t i = 0; i < w->of->nr_claims; i++) {
        const struct xenpt_run_expectation *c = &w->of->claims[i];
        bool held = c->verdict == XENPT_RUN_HELD;

        out_blanks(t->out, 2);
        text_format(t, held ? GOOD : BAD, "%-8s", held ? "holds" : "broken");
        text_format(t, PLAIN, "%s\n", claim_of(c->text));
        if (held)
            continue;
        out_blanks(t->out, 10);
        text_wrap(t, c->found, 10, 12);
    }
    if (!w->threat)
        text_put(t, PLAIN, "  nobody of those who are compromised is there\n");
    else
        out_char(t->out, '\n');
}

/* --- Text ---------------------------------------------------------------------------------- */

static void way_text(struct threat_writer *w, const struct xenpt_threat_way *way)
{
    struct text *t = &w->r->text;
    char step[XENPT_STEP_MAX];

    for (size_t i = 0; i < way->nr; i++) {
        out_blanks(t->out, 2);
        text_wrap(t, xenpt_threat_step_text(w->threat, &way->step[i], step), 2, 6);
    }
}

static void parties_text(struct threat_writer *w)
{
    const struct xenpt_machine *m = xenpt_threat_machine(w->threat);
    struct text *t = &w->r->text;
    struct xenpt_threat_way way;
    struct xenpt_party p;

    for (unsigned int becomes = 0; becomes < 2; becomes++) {
        bool any = false;

        for (size_t i = 0; xenpt_threat_party(w->threat, i, &p); i++) {
            char name[XENPT_PARTY_MAX];

            if (xenpt_threat_way_to(w->threat, p, &way) && (way.nr > 0) != becomes)
                continue;
            if (!any)
                text_put(t, HEAD, becomes ? "becomes:     " : "compromised: ");
            else
                text_put(t, PLAIN, ", ");
            text_put(t, PLAIN, xenpt_party_name(m, p, name));
            any = true;
        }
        if (any)
            out_char(t->out, '\n');
    }
    text_put(t, HEAD, "iommu:       ");
    text_format(t, PLAIN, "%s\n", xenpt_threat_iommu_word(xenpt_threat_iommu(w->threat))->name);
}

/* What encryption leaves is a column where somebody has it. */
static bool has_column(const struct threat_writer *w, unsigned int right)
{
    bool any = right < XENPT_THREAT_CIPHERTEXT;

    for (size_t i = 0; !any && i < w->nr * NR_WHATS; i++)
        any = w->groups[i].reached[right];
    return any;
}

static void sums_text(struct threat_writer *w)
{
    struct text *t = &w->r->text;

    out_char(t->out, '\n');
    text_format(t, HEAD, "%-8s %-7s %11s", "whose", "what", "frames");
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (has_column(w, r))
            text_format(t, HEAD, " %11s", threat_right_text(r));
    out_char(t->out, '\n');
    for (size_t i = 0; i < w->nr * NR_WHATS; i++) {
        const struct group *g = &w->groups[i];

        if (!g->frames)
            continue;
        text_format(t, PLAIN, "%-8s %-7s %11" PRIu64, g->owner ? g->owner : "-",
                    threat_what_text(i), g->frames);
        for (unsigned int r = 0; r < NR_RIGHTS; r++)
            if (g->reached[r])
                text_format(t, PLAIN, " %11" PRIu64, g->reached[r]);
            else if (has_column(w, r))
                text_format(t, FAINT, " %11s", "-");
        out_char(t->out, '\n');
    }
}

/* Of each group the way to the strongest of what comes first. */
static void ways_text(struct threat_writer *w)
{
    struct text *t = &w->r->text;
    struct xenpt_threat_way way;

    for (size_t i = 0; i < w->nr * NR_WHATS; i++) {
        const struct group *g = &w->groups[i];
        unsigned int r = XENPT_THREAT_WRITE;

        if (!g->frames || !is_reached(g))
            continue;
        if (!g->reached[r])
            for (r = 0; !g->reached[r];)
                r++;
        if (!xenpt_threat_way(w->threat, g->first[r], (enum xenpt_threat_right)r, &way))
            continue;
        out_char(t->out, '\n');
        text_format(t, HEAD, "%s%s%s, %s:", g->owner ? g->owner : "", g->owner ? "'s " : "",
                    threat_what_text(i), threat_right_text(r));
        out_char(t->out, '\n');
        way_text(w, &way);
    }
}

/* What one way gives. */
static void put_rights(struct text *t, unsigned int rights)
{
    const char *between = " ";

    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (rights >> r & 1) {
            text_format(t, HEAD, "%s%s", between, threat_right_text(r));
            between = ", ";
        }
    text_put(t, HEAD, ":");
    out_char(t->out, '\n');
}

static void piece_text(struct threat_writer *w, const struct xenpt_threat_piece *p)
{
    struct text *t = &w->r->text;
    struct xenpt_threat_way way;

    out_char(t->out, '\n');
    if (p->first == p->last)
        text_format(t, HEAD, "mfn 0x%" PRIx64, p->first);
    else
        text_format(t, HEAD, "mfn 0x%" PRIx64 "..0x%" PRIx64, p->first, p->last);
    text_format(t, PLAIN, ": %s%s%s%s%s", p->owner ? p->owner : "", p->owner ? "'s " : "",
                xenpt_threat_what_word(p->what)->name, p->what == XENPT_THREAT_TABLES ? ", " : "",
                p->what == XENPT_THREAT_TABLES ? xenpt_frame_type_word(p->type)->name : "");
    out_char(t->out, '\n');
    if (!p->rights)
        text_put(t, GOOD, "  out of reach\n");
    for (unsigned int r = 0, told = 0; r < NR_RIGHTS; r++) {
        if (told >> r & 1 ||
            !xenpt_threat_way(w->threat, p->first, (enum xenpt_threat_right)r, &way))
            continue;
        put_rights(t, way.step[way.nr - 1].rights);
        told |= way.step[way.nr - 1].rights;
        way_text(w, &way);
    }
}

void threat_text(struct threat_writer *w)
{
    if (w->r->items)
        out_char(w->r->text.out, '\n');
    if (w->of)
        claims_text(w);
    if (!w->threat)
        return;
    parties_text(w);
    if (!w->nr_asked) {
        sums_text(w);
        ways_text(w);
    }
    for (size_t i = 0; i < w->nr_asked; i++)
        threat_frames(w, &w->asked[i], piece_text);
}
