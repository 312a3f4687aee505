/*
 * share_text.c - contexts by number, then each slot with who leads where:
 *
 *    slot  from              leads to      contexts
 *     256  ffff800000000000  L3 0x187cc    1-5
 *                            -             6-9
 *
 * Neighbouring slots in which the same contexts share are one line.
 */
#include "report/share.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void append(char *buf, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf + used, SHARE_LOOK_MAX - used, fmt, ap);
    va_end(ap);
}

/* --- Contexts ------------------------------------------------------------------------------ */

void share_text_begin(struct share_writer *w)
{
    struct text *t = &w->r->text;
    char number[24];

    text_put(t, HEAD, "     #  context          kind            domain    root");
    out_char(t->out, '\n');
    for (size_t i = 0; i < w->nr; i++) {
        const struct xenpt_context *c = w->contexts[i];

        out_dec(t->out, i + 1, 6);
        out_text(t->out, "  ");
        text_cell(t, PLAIN, c->name, 16);
        out_char(t->out, ' ');
        text_cell(t, PLAIN, c->kind ? c->kind : "-", 15);
        out_char(t->out, ' ');
        text_cell(t, PLAIN, *c->domain ? c->domain : "-", 9);
        snprintf(number, sizeof(number), " 0x%" PRIx64, c->paging.root);
        text_put(t, PLAIN, number);
        out_char(t->out, '\n');
    }
    out_char(t->out, '\n');
    text_put(t, HEAD, "   slot  from              leads to        contexts");
    out_char(t->out, '\n');
}

/* Numbers of contexts, runs of them as "2-5". */
static void members(char *buf, const size_t *member, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        size_t last = i;

        while (last + 1 < nr && member[last + 1] == member[last] + 1)
            last++;
        append(buf, "%s%zu", i ? " " : "", member[i] + 1);
        if (last > i)
            append(buf, "%c%zu", last > i + 1 ? '-' : ' ', member[last] + 1);
        i = last;
    }
}

/* --- A slot -------------------------------------------------------------------------------- */

/* Groups that lead to themselves are alike: one line for all of them. */
static void line_of_selves(const struct xenpt_share_slot *slot, char *buf)
{
    const struct xenpt_share_group *g = slot->groups, *end = g + slot->nr_groups;
    const char *gap = "itself\t";

    /* Groups of one context each are in the order of their contexts. */
    while (g < end) {
        size_t first = g->members[0], last = first;

        if (!g++->itself)
            continue;
        while (g < end && g->itself && g->members[0] == last + 1)
            last = g++->members[0];
        append(buf, "%s%zu", gap, first + 1);
        if (last > first)
            append(buf, "%c%zu", last > first + 1 ? '-' : ' ', last + 1);
        gap = " ";
    }
    if (*gap == ' ')
        append(buf, "\n");
}

static void line_of_group(const struct share_writer *w, const struct xenpt_share_group *g,
                          bool addresses, char *buf)
{
    unsigned int top = w->contexts[0]->paging.format.top;

    if (g->has_twin)
        append(buf, "as slot %u", g->twin);
    else if (g->role == XENPT_TABLE)
        append(buf, addresses ? "L%u 0x%" PRIx64 : "L%u", top - 1, g->target >> XENPT_PAGE_SHIFT);
    else if (g->role == XENPT_PAGE)
        append(buf, addresses ? "page 0x%" PRIx64 : "page", g->target);
    else
        append(buf, "illegal");
    append(buf, "\t");
    members(buf, g->members, g->nr_members);
    append(buf, "\n");
}

/* What two groups have in common: told of the first pair of each, in a person's numbers. */
static void line_of_meeting(const struct xenpt_share_slot *slot,
                            const struct xenpt_share_meeting *m, char *buf)
{
    append(buf, "\t(%zu and %zu: ", slot->groups[m->a].members[0] + 1,
           slot->groups[m->b].members[0] + 1);
    if (m->level)
        append(buf, "%" PRIu64 " of %" PRIu64 " L%u the same", m->tables, m->of, m->level);
    else
        append(buf, "no table the same");
    if (m->pages)
        append(buf, ", %" PRIu64 " page%s", m->pages, m->pages == 1 ? "" : "s");
    if (m->others)
        append(buf, ", %" PRIu64 " differ", m->others);
    append(buf, m->cut ? ", cut short)\n" : ")\n");
}

static void look_of(const struct share_writer *w, const struct xenpt_share_slot *slot,
                    bool addresses, char *buf)
{
    buf[0] = '\0';
    for (size_t i = 0; i < slot->nr_groups; i++)
        if (!slot->groups[i].itself)
            line_of_group(w, &slot->groups[i], addresses, buf);
    line_of_selves(slot, buf);
    if (slot->nr_absent) {
        append(buf, "-\t");
        members(buf, slot->absent, slot->nr_absent);
        append(buf, "\n");
    }
    for (size_t i = 0; i < slot->nr_meetings; i++)
        line_of_meeting(slot, &slot->meetings[i], buf);
}

/* The lines of a slot: what is before the tab, and what is after it. */
static void write_lines(struct share_writer *w)
{
    struct text *t = &w->r->text;
    bool first = true;

    for (const char *line = w->shown; *line; first = false) {
        size_t left = strcspn(line, "\t"), n = strcspn(line, "\n");
        char cell[64];

        snprintf(cell, sizeof(cell), "%.*s", (int)left, line);
        if (!first)
            out_blanks(t->out, 27);
        text_cell(t, PLAIN, cell, 16);
        if (n > left)
            out_bytes(t->out, line + left + 1, n - left - 1);
        if (first && *w->area)
            text_format(t, FAINT, "  %s", w->area);
        out_char(t->out, '\n');
        line += n + (line[n] != '\0');
    }
}

void share_text_end(struct share_writer *w)
{
    struct text *t = &w->r->text;
    char slots[24];

    if (w->first > w->last)
        return;
    if (w->first == w->last)
        snprintf(slots, sizeof(slots), "%u", w->first);
    else
        snprintf(slots, sizeof(slots), "%u-%u", w->first, w->last);
    text_format(t, PLAIN, "%7s  %016" PRIx64 "  ", slots, w->from);
    write_lines(w);
    w->first = w->last + 1;
}

void share_text(struct share_writer *w, const struct xenpt_share_slot *slot)
{
    char look[SHARE_LOOK_MAX], area[AREA_TEXT_MAX];

    look_of(w, slot, false, look);
    area_text(w->view, w->contexts[slot->groups[0].members[0]], slot->first, area);
    if (w->first <= w->last && slot->slot == w->last + 1 && !strcmp(look, w->look) &&
        !strcmp(area, w->area)) {
        w->last = slot->slot;
        memcpy(w->shown, look, sizeof(look));
        return;
    }
    share_text_end(w);
    w->first = w->last = slot->slot;
    w->from = slot->first;
    memcpy(w->look, look, sizeof(look));
    memcpy(w->area, area, sizeof(area));
    look_of(w, slot, true, w->shown);
}
