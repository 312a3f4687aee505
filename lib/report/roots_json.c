/* roots_json.c - a root as an element of "roots"; docs/json.md has the schema. */
#include <stdio.h>

#include "report/roots.h"

static void slots(struct json *j, const struct root *root)
{
    char number[12];
    uint64_t entry;

    json_key(j, "slots");
    json_open(j, '{');
    for (unsigned int i = 0; i < root_slots(root); i++) {
        if (!root_entry(root, i, &entry) || !entry)
            continue;
        snprintf(number, sizeof(number), "%u", i);
        json_key(j, number);
        json_hex(j, entry);
    }
    json_close(j, '}');
}

void roots_json(struct xenpt_report *r, const struct xenpt_view *view, const struct root *root,
                const struct contexts *contexts)
{
    struct json *j = &r->json;

    (void)view;
    json_line(j);
    json_open(j, '{');
    json_key(j, "mfn");
    json_hex(j, root->paging->root >> XENPT_PAGE_SHIFT);
    json_key(j, "kind");
    json_text(j, root->paging->format.name);
    json_key(j, "domain");
    json_nothing(j);
    json_key(j, "confidence");
    json_text(j, "certain");
    json_key(j, "root");
    json_hex(j, root->paging->root);
    json_key(j, "space");
    json_text(j, root->guest ? "guest" : "machine");
    json_key(j, "contexts");
    json_open(j, '[');
    for (size_t i = 0; i < contexts->nr; i++)
        if (root_is_of(root, contexts->list[i]))
            json_text(j, contexts->list[i]->name);
    json_close(j, ']');
    slots(j, root);
    json_close(j, '}');
}
