/* entry_json.c - what reports say of a context, an entry or an address in the same way. */
#include <stdio.h>

#include "base/bits.h"
#include "report/state.h"

void context_json(struct json *j, const struct xenpt_context *context)
{
    json_key(j, "name");
    json_text(j, context->name);
    json_key(j, "root");
    json_hex(j, context->paging.root);
    json_key(j, "format");
    json_text(j, context->paging.format.name);
}

void flags_json(struct json *j, const struct xenpt_format *f, unsigned int level, uint64_t entry)
{
    const struct xenpt_flag *flags[64];
    size_t n = xenpt_entry_flags(f, level, entry, false, flags, ARRAY_SIZE(flags));
    char buf[32];

    json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        uint64_t mask = flags[i]->mask;

        if (flags[i]->field)
            snprintf(buf, sizeof(buf), "%s=%u", flags[i]->name,
                     (unsigned int)((entry & mask) >> __builtin_ctzll(mask)));
        json_text(j, flags[i]->field ? buf : flags[i]->name);
    }
    json_close(j, ']');
}

void area_json(struct json *j, const struct xenpt_view *view, const struct xenpt_context *context,
               uint64_t in)
{
    const struct xenpt_explainer *e = view->explainer;
    struct xenpt_explanation x = { 0 };
    bool known = e && e->address(e, context, in, &x) && x.area;

    json_key(j, "area");
    json_text(j, known ? x.area : NULL);
    if (!e)
        return;
    json_key(j, "area_offset");
    if (known)
        json_hex(j, x.area_offset);
    else
        json_nothing(j);
}
