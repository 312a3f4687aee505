/*
 * roots_text.c - a line for each root, and for those that were found why they are what they are.
 *
 *   root          kind            domain     sure      slots    contexts
 *   0xfc6e000     idle                       certain   5/512    cpu1
 *                 it lies in Xen's own image, where only the idle table does
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/roots.h"

#define INDENT 14

void roots_text_begin(struct xenpt_report *r, const struct xenpt_report_found *found)
{
    struct text *t = &r->text;

    if (!found)
        return;
    if (!found->layout) {
        out_text(t->out, "No root of a Xen was found.\n\n");
        return;
    }
    text_format(t, PLAIN, "%zu root%s of a Xen were found, laid out as %s is.\n\n", found->nr,
                found->nr == 1 ? "" : "s", found->layout);
}

static void headings(struct text *t)
{
    text_put(t, HEAD, "root          kind            domain     sure      slots      contexts");
    out_char(t->out, '\n');
}

/* Behind how many slots are used, where a cell that nothing follows would end in blanks. */
static void contexts_of(struct text *t, const struct root *root, const char *slots,
                        const struct contexts *contexts)
{
    bool any = root->guest || (root->found && root->found->stale);
    const char *gap = "";

    for (size_t i = 0; !any && i < contexts->nr; i++)
        any = root_is_of(root, contexts->list[i]);
    if (!any) {
        text_put(t, PLAIN, slots);
        return;
    }
    text_cell(t, PLAIN, slots, 11);
    for (size_t i = 0; i < contexts->nr; i++) {
        if (!root_is_of(root, contexts->list[i]))
            continue;
        text_format(t, PLAIN, "%s%s", gap, contexts->list[i]->name);
        gap = " ";
    }
    if (root->guest)
        text_put(t, FAINT, "  (guest-physical)");
    if (root->found && root->found->stale)
        text_put(t, ODD, "(stale)");
}

void roots_text(struct xenpt_report *r, const struct root *root, const struct contexts *contexts)
{
    const struct xenpt_root *found = root->found;
    const char *domain = root_domain(root);
    struct text *t = &r->text;
    uint64_t entry;
    char buf[32];

    if (!r->items)
        headings(t);
    snprintf(buf, sizeof(buf), "0x%" PRIx64, root->paging->root);
    text_cell(t, PLAIN, buf, 14);
    text_cell(t, PLAIN, root_kind(root), 15);
    out_char(t->out, ' ');
    text_cell(t, PLAIN, domain ? domain : "", 11);
    text_cell(t, PLAIN, found ? xenpt_confidence_name(found->confidence) : "given", 10);
    if (root->paging->format.top && !root_entry(root, 0, &entry))
        snprintf(buf, sizeof(buf), "no memory");
    else
        snprintf(buf, sizeof(buf), "%u/%u", root_slots_used(root), root_slots(root));
    contexts_of(t, root, buf, contexts);
    out_char(t->out, '\n');
    if (found && *found->why) {
        out_blanks(t->out, INDENT);
        text_wrap(t, found->why, INDENT, INDENT);
    }
}
