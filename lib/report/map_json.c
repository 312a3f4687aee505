/* map_json.c - a map as an element of "contexts"; docs/json.md has the schema. */
#include "base/bits.h"
#include "report/state.h"
#include "report/words.h"

struct writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    const struct xenpt_context *context;
    bool leaves;
};

/* Flags that only some of a range's leaves have. */
static void some(struct json *j, const struct xenpt_format *f, const struct xenpt_map_leaf *leaf)
{
    uint64_t differ = (leaf->any & ~leaf->all) & (f->accessed | f->dirty);

    json_key(j, "some");
    json_open(j, '[');
    if (differ & f->accessed)
        json_text(j, "A");
    if (differ & f->dirty)
        json_text(j, "D");
    json_close(j, ']');
}

/* An entry of the range, with the flags that all of its leaves have. */
static uint64_t common(const struct xenpt_format *f, const struct xenpt_map_leaf *leaf)
{
    return leaf->entry & ~((f->accessed | f->dirty) & ~leaf->all);
}

static bool range(void *ctx, const struct xenpt_map_range *m)
{
    const struct writer *w = ctx;
    const struct xenpt_context *c = w->context;
    struct json *j = &w->r->json;
    char rights[RIGHTS_TEXT_MAX];

    json_line(j);
    json_open(j, '{');
    json_key(j, "first");
    json_hex(j, m->first);
    json_key(j, "last");
    json_hex(j, m->last);
    json_key(j, "maddr");
    if (m->scattered)
        json_nothing(j);
    else
        json_hex(j, m->maddr);
    json_key(j, "page");
    json_text(j, c->paging.format.top || c->has_second ? m->page : NULL);
    json_key(j, "rights");
    json_text(j, rights_text(m->rights, rights));
    json_key(j, "flags");
    flags_json(j, &c->paging.format, m->leaf.level, common(&c->paging.format, &m->leaf));
    area_json(j, w->view, c, m->first);
    if (c->has_second) {
        json_key(j, "gaddr");
        if (m->scattered)
            json_nothing(j);
        else
            json_hex(j, m->gaddr);
        json_key(j, "second_flags");
        flags_json(j, &c->second.format, m->second.level, common(&c->second.format, &m->second));
    }
    if (!w->leaves) {
        json_key(j, "leaves");
        json_number(j, m->leaves);
        some(j, &c->paging.format, &m->leaf);
    }
    json_close(j, '}');
    return !w->r->out.failed;
}

/* What is no page: why it is none, and where to look instead. */
static bool other(void *ctx, const struct xenpt_map_range *m)
{
    const struct writer *w = ctx;
    const struct xenpt_context *c = w->context;
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "first");
    json_hex(j, m->first);
    json_key(j, "last");
    json_hex(j, m->last);
    json_key(j, "kind");
    json_text(j, xenpt_map_kind_name(m->kind));
    json_key(j, "level");
    json_number(j, m->leaf.level);
    json_key(j, "entry");
    json_hex(j, m->leaf.entry);
    json_key(j, c->has_second ? "gaddr" : "maddr");
    json_hex(j, c->has_second ? m->gaddr : m->maddr);
    if (m->kind == XENPT_MAP_SHARED || m->kind == XENPT_MAP_LINEAR) {
        json_key(j, "same_as");
        json_hex(j, m->same_as);
    }
    json_close(j, '}');
    return !w->r->out.failed;
}

static void root(struct json *j, const struct xenpt_context *c)
{
    context_json(j, c);
    json_key(j, "second");
    if (c->has_second) {
        json_open(j, '{');
        json_key(j, "root");
        json_hex(j, c->second.root);
        json_key(j, "format");
        json_text(j, c->second.format.name);
        json_close(j, '}');
    } else {
        json_nothing(j);
    }
    json_key(j, "assumed");
    json_text(j, *c->assumed ? c->assumed : NULL);
}

/* One list: what xenpt_map() reports of these kinds. */
static enum xenpt_code list(struct writer *w, const char *key, unsigned int kinds, xenpt_map_fn fn,
                            const struct xenpt_map_options *opt, struct xenpt_map_counts *counts,
                            struct xenpt_error *err)
{
    struct xenpt_map_options o = *opt;
    enum xenpt_code code;

    o.kinds = (opt->kinds ? opt->kinds : ~0u) & kinds;
    json_key(&w->r->json, key);
    json_open(&w->r->json, '[');
    code = o.kinds ? xenpt_map(w->view, w->context, &o, fn, w, counts, err) : XENPT_OK;
    json_close(&w->r->json, ']');
    return code == XENPT_ESTOPPED ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                                  : code;
}

enum xenpt_code map_json(struct xenpt_report *r, const struct xenpt_view *view,
                         const struct xenpt_context *context, const struct xenpt_map_options *opt,
                         struct xenpt_error *err)
{
    struct writer w = { r, view, context, opt->leaves };
    struct xenpt_map_counts counts = { 0 };
    unsigned int pages = 1u << XENPT_MAP_PAGES;
    struct json *j = &r->json;
    enum xenpt_code code;

    json_line(j);
    json_open(j, '{');
    root(j, context);
    code = list(&w, "ranges", pages, range, opt, &counts, err);
    if (code)
        return code;
    json_key(j, "pages");
    json_number(j, counts.pages);
    json_key(j, "bytes");
    json_hex(j, counts.bytes);
    json_key(j, "tables");
    json_number(j, counts.tables);
    code = list(&w, "others", ~pages, other, opt, NULL, err);
    if (code)
        return code;
    json_close(j, '}');
    r->items++;
    return XENPT_OK;
}
