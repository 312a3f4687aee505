/* threat_json.c - what a threat reaches, as JSON; docs/json.md. */
#include "base/bits.h"
#include "report/threat.h"

static void rights_json(struct json *j, unsigned int rights)
{
    json_open(j, '[');
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        if (rights >> r & 1)
            json_text(j, threat_right_text(r));
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
        json_text(j, threat_what_text(i));
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
            json_text(j, threat_right_text(r));
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
        json_text(j, threat_right_text(r));
        json_key(j, "way");
        way_json(w, &way);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void claims_json(struct threat_writer *w)
{
    struct json *j = &w->r->json;

    json_open(j, '[');
    for (size_t i = 0; w->of && i < w->of->nr_claims; i++) {
        const struct xenpt_run_expectation *c = &w->of->claims[i];

        json_line(j);
        json_open(j, '{');
        json_key(j, "claim");
        json_text(j, c->text);
        json_key(j, "verdict");
        json_text(j, xenpt_run_verdict_name(c->verdict));
        json_key(j, "found");
        json_text(j, c->verdict == XENPT_RUN_HELD ? NULL : c->found);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void reach_json(struct threat_writer *w)
{
    struct json *j = &w->r->json;

    json_key(j, "iommu");
    json_text(j, xenpt_threat_iommu_word(xenpt_threat_iommu(w->threat))->name);
    json_key(j, "compromised");
    parties_json(w, false);
    json_key(j, "becomes");
    parties_json(w, true);
    json_key(j, "memory");
    sums_json(w);
    json_key(j, "frames");
    json_open(j, '[');
    for (size_t i = 0; i < w->nr_asked; i++)
        threat_frames(w, &w->asked[i], piece_json);
    json_close(j, ']');
}

/* Of a threat of whom nobody is there, the same keys, and nothing in them. */
static void nobody_json(struct json *j)
{
    static const char *const lists[] = { "compromised", "becomes", "memory", "frames" };

    json_key(j, "iommu");
    json_text(j, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        json_key(j, lists[i]);
        json_open(j, '[');
        json_close(j, ']');
    }
}

void threat_json(struct threat_writer *w)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, w->of ? w->of->name : NULL);
    json_key(j, "claims");
    claims_json(w);
    if (w->threat)
        reach_json(w);
    else
        nobody_json(j);
    json_close(j, '}');
}
