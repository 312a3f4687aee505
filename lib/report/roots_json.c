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

void roots_json_begin(struct xenpt_report *r, const struct xenpt_report_found *found)
{
    json_key(&r->json, "layout");
    json_text(&r->json, found ? found->layout : NULL);
    json_key(&r->json, "roots");
    json_open(&r->json, '[');
}

void roots_json_end(struct xenpt_report *r)
{
    json_close(&r->json, ']');
}

void roots_json(struct xenpt_report *r, const struct root *root, const struct contexts *contexts)
{
    enum xenpt_confidence sure = root->found ? root->found->confidence : XENPT_CERTAIN;
    struct json *j = &r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "mfn");
    json_hex(j, root->paging->root >> XENPT_PAGE_SHIFT);
    json_key(j, "kind");
    json_text(j, root_kind(root));
    json_key(j, "domain");
    json_text(j, root_domain(root));
    json_key(j, "confidence");
    json_text(j, xenpt_confidence_name(sure));
    json_key(j, "why");
    json_text(j, root->found ? root->found->why : NULL);
    json_key(j, "stale");
    json_bool(j, root->found && root->found->stale);
    json_key(j, "format");
    json_text(j, root->paging->format.name);
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
