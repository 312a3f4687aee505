/*
 * threat.c - what a threat reaches.  In text:
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/state.h"

#define NR_RIGHTS XENPT_NR_THREAT_RIGHTS
#define NR_WHATS  XENPT_NR_THREAT_WHATS

/* Frames of one owner's that are one thing. */
struct group {
    const char *owner;
    uint64_t frames, reached[NR_RIGHTS];
    uint64_t first[NR_RIGHTS]; /* The lowest that is. */
    bool granted[NR_RIGHTS];   /* It is offered: then another would tell more. */
};

struct threat_writer {
    struct xenpt_report *r;
    const struct xenpt_threat *threat;
    struct group *groups; /* By domain, nobody's first, and what. */
    size_t nr;            /* Rows of NR_WHATS. */
};

/* --- Sums ---------------------------------------------------------------------------------- */

static struct group *group_of(struct threat_writer *w, const struct xenpt_threat_piece *p)
{
    size_t row = p->owned ? p->domain + 1u : 0;

    if (row >= w->nr) {
        struct group *list = realloc(w->groups, (row + 1) * NR_WHATS * sizeof(*list));

        if (!list)
            return NULL;
        memset(list + w->nr * NR_WHATS, 0, (row + 1 - w->nr) * NR_WHATS * sizeof(*list));
        w->groups = list;
        w->nr = row + 1;
    }
    return &w->groups[row * NR_WHATS + p->what];
}

static bool sum(struct threat_writer *w)
{
    struct xenpt_threat_piece p;

    for (uint64_t f = 0; xenpt_threat_piece(w->threat, f, &p); f = p.last + 1) {
        struct group *g = group_of(w, &p);

        if (!g)
            return false;
        g->owner = p.owner;
        g->frames += p.last - p.first + 1;
        for (unsigned int r = 0; r < NR_RIGHTS; r++) {
            if (!(p.rights >> r & 1))
                continue;
            if (!g->reached[r] || (g->granted[r] && !p.granted)) {
                g->first[r] = p.first;
                g->granted[r] = p.granted;
            }
            g->reached[r] += p.last - p.first + 1;
        }
    }
    return true;
}

static bool is_reached(const struct group *g)
{
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (g->reached[r])
            return true;
    return false;
}

static const char *what_word(size_t group)
{
    return xenpt_threat_what_word((enum xenpt_threat_what)(group % NR_WHATS))->name;
}

static const char *right_word(unsigned int r)
{
    return xenpt_threat_right_word((enum xenpt_threat_right)r)->name;
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
}

static void sums_text(struct threat_writer *w)
{
    struct text *t = &w->r->text;

    out_char(t->out, '\n');
    text_format(t, HEAD, "%-8s %-7s %11s", "whose", "what", "frames");
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        text_format(t, HEAD, " %11s", right_word(r));
    out_char(t->out, '\n');
    for (size_t i = 0; i < w->nr * NR_WHATS; i++) {
        const struct group *g = &w->groups[i];

        if (!g->frames)
            continue;
        text_format(t, PLAIN, "%-8s %-7s %11" PRIu64, g->owner ? g->owner : "-", what_word(i),
                    g->frames);
        for (unsigned int r = 0; r < NR_RIGHTS; r++)
            if (g->reached[r])
                text_format(t, PLAIN, " %11" PRIu64, g->reached[r]);
            else
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
                    what_word(i), right_word(r));
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
            text_format(t, HEAD, "%s%s", between, right_word(r));
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

/* --- JSON ---------------------------------------------------------------------------------- */

static void rights_json(struct json *j, unsigned int rights)
{
    json_open(j, '[');
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (rights >> r & 1)
            json_text(j, right_word(r));
    json_close(j, ']');
}

static void step_json(struct threat_writer *w, const struct xenpt_threat_step *s)
{
    const struct xenpt_machine *m = xenpt_threat_machine(w->threat);
    struct json *j = &w->r->json;
    char name[XENPT_PARTY_MAX], text[XENPT_STEP_MAX];

    json_line(j);
    json_open(j, '{');
    json_key(j, "party");
    json_text(j, xenpt_party_name(m, s->party, name));
    json_key(j, "move");
    json_text(j, s->move->name);
    json_key(j, "becomes");
    json_text(j, s->becomes ? xenpt_party_name(m, s->other, name) : NULL);
    json_key(j, "mfn");
    if (s->becomes)
        json_nothing(j);
    else
        json_hex(j, s->frame);
    json_key(j, "rights");
    rights_json(j, s->becomes ? 0 : s->rights);
    json_key(j, "rules");
    json_open(j, '[');
    for (size_t i = 0; i < 3 && s->move->rules[i]; i++)
        json_text(j, s->move->rules[i]);
    json_close(j, ']');
    json_key(j, "text");
    json_text(j, xenpt_threat_step_text(w->threat, s, text));
    json_close(j, '}');
}

static void way_json(struct threat_writer *w, const struct xenpt_threat_way *way)
{
    json_open(&w->r->json, '[');
    for (size_t i = 0; i < way->nr; i++)
        step_json(w, &way->step[i]);
    json_close(&w->r->json, ']');
}

static void parties_json(struct threat_writer *w, bool becomes)
{
    const struct xenpt_machine *m = xenpt_threat_machine(w->threat);
    struct json *j = &w->r->json;
    struct xenpt_threat_way way;
    struct xenpt_party p;
    char name[XENPT_PARTY_MAX];

    json_open(j, '[');
    for (size_t i = 0; xenpt_threat_party(w->threat, i, &p); i++) {
        if (!xenpt_threat_way_to(w->threat, p, &way) || (way.nr > 0) != becomes)
            continue;
        if (!becomes) {
            json_text(j, xenpt_party_name(m, p, name));
            continue;
        }
        json_line(j);
        json_open(j, '{');
        json_key(j, "party");
        json_text(j, xenpt_party_name(m, p, name));
        json_key(j, "way");
        way_json(w, &way);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void sums_json(struct threat_writer *w)
{
    struct json *j = &w->r->json;
    struct xenpt_threat_way way;

    json_open(j, '[');
    for (size_t i = 0; i < w->nr * NR_WHATS; i++) {
        const struct group *g = &w->groups[i];

        if (!g->frames)
            continue;
        json_line(j);
        json_open(j, '{');
        json_key(j, "owner");
        json_text(j, g->owner);
        json_key(j, "what");
        json_text(j, what_word(i));
        json_key(j, "frames");
        json_number(j, g->frames);
        json_key(j, "reached");
        json_open(j, '[');
        for (unsigned int r = 0; r < NR_RIGHTS; r++) {
            if (!g->reached[r] ||
                !xenpt_threat_way(w->threat, g->first[r], (enum xenpt_threat_right)r, &way))
                continue;
            json_open(j, '{');
            json_key(j, "right");
            json_text(j, right_word(r));
            json_key(j, "frames");
            json_number(j, g->reached[r]);
            json_key(j, "way");
            way_json(w, &way);
            json_close(j, '}');
        }
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void piece_json(struct threat_writer *w, const struct xenpt_threat_piece *p)
{
    struct json *j = &w->r->json;
    struct xenpt_threat_way way;

    json_line(j);
    json_open(j, '{');
    json_key(j, "first");
    json_hex(j, p->first);
    json_key(j, "last");
    json_hex(j, p->last);
    json_key(j, "owner");
    json_text(j, p->owner);
    json_key(j, "what");
    json_text(j, xenpt_threat_what_word(p->what)->name);
    json_key(j, "type");
    json_text(j, p->what == XENPT_THREAT_TABLES ? xenpt_frame_type_word(p->type)->name : NULL);
    json_key(j, "granted");
    json_bool(j, p->granted);
    json_key(j, "reached");
    json_open(j, '[');
    for (unsigned int r = 0; r < NR_RIGHTS; r++) {
        if (!xenpt_threat_way(w->threat, p->first, (enum xenpt_threat_right)r, &way))
            continue;
        json_open(j, '{');
        json_key(j, "right");
        json_text(j, right_word(r));
        json_key(j, "way");
        way_json(w, &way);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

/* --- Either -------------------------------------------------------------------------------- */

static void frames(struct threat_writer *w, const struct xenpt_report_frames *asked,
                   void (*tell)(struct threat_writer *w, const struct xenpt_threat_piece *p))
{
    struct xenpt_threat_piece p;

    for (uint64_t f = asked->first; f <= asked->last && xenpt_threat_piece(w->threat, f, &p);
         f = p.last + 1) {
        if (p.first < f)
            p.first = f;
        if (p.last > asked->last)
            p.last = asked->last;
        tell(w, &p);
    }
}

static void text(struct threat_writer *w, const struct xenpt_report_frames *asked, size_t nr)
{
    if (w->r->items)
        out_char(w->r->text.out, '\n');
    parties_text(w);
    if (!nr) {
        sums_text(w);
        ways_text(w);
    }
    for (size_t i = 0; i < nr; i++)
        frames(w, &asked[i], piece_text);
}

static void json(struct threat_writer *w, const struct xenpt_report_frames *asked, size_t nr)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "compromised");
    parties_json(w, false);
    json_key(j, "becomes");
    parties_json(w, true);
    json_key(j, "memory");
    sums_json(w);
    json_key(j, "frames");
    json_open(j, '[');
    for (size_t i = 0; i < nr; i++)
        frames(w, &asked[i], piece_json);
    json_close(j, ']');
    json_close(j, '}');
}

enum xenpt_code xenpt_report_threat(struct xenpt_report *report, const struct xenpt_threat *threat,
                                    const struct xenpt_report_frames *asked, size_t nr,
                                    struct xenpt_error *err)
{
    struct threat_writer w = { .r = report, .threat = threat };

    if (!sum(&w)) {
        free(w.groups);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is reached");
    }
    if (report->form == XENPT_REPORT_JSON)
        json(&w, asked, nr);
    else
        text(&w, asked, nr);
    free(w.groups);
    report->items++;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}
