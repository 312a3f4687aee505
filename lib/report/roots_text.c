/* roots_text.c - a line for each root. */
#include <inttypes.h>
#include <stdio.h>

#include "report/roots.h"

static void headings(struct text *t)
{
    text_put(t, HEAD, "root          frame      format       slots     contexts");
    out_char(t->out, '\n');
}

void roots_text(struct xenpt_report *r, const struct xenpt_view *view, const struct root *root,
                const struct contexts *contexts)
{
    struct text *t = &r->text;
    const char *gap = "";
    uint64_t entry;
    char buf[32];

    (void)view;
    if (!r->items)
        headings(t);
    snprintf(buf, sizeof(buf), "0x%" PRIx64, root->paging->root);
    text_cell(t, PLAIN, buf, 12);
    snprintf(buf, sizeof(buf), "  0x%" PRIx64, root->paging->root >> XENPT_PAGE_SHIFT);
    text_cell(t, PLAIN, buf, 11);
    out_text(t->out, "  ");
    text_cell(t, PLAIN, root->paging->format.name, 11);
    if (root->paging->format.top && !root_entry(root, 0, &entry))
        snprintf(buf, sizeof(buf), "  no memory");
    else
        snprintf(buf, sizeof(buf), "  %u/%u", root_slots_used(root), root_slots(root));
    text_cell(t, PLAIN, buf, 12);
    for (size_t i = 0; i < contexts->nr; i++) {
        if (!root_is_of(root, contexts->list[i]))
            continue;
        text_format(t, PLAIN, "%s%s", gap, contexts->list[i]->name);
        gap = " ";
    }
    if (root->guest)
        text_put(t, FAINT, "  (guest-physical)");
    out_char(t->out, '\n');
}
