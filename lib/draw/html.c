/*
 * html.c - a page to look around in: page.html, with its style (page.css), its script (page_walk.js
 * and page.js), a picture of all slots, and the tables themselves in it.  What the page says of an
 * address it finds by walking them, by the same data that describes a format to the engine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw/draw.h"
#include "draw/nodes.h"
#include "draw/page_tables.h"
#include "report/json_keys.h"
#include "report/xml.h"
#include "xenpt/version.h"

#define NODES_MAX 3000

/* clang-format off */
#define FILE_OF_PAGE(name, file)                                                                    \
    __asm__(".section .rodata\n"                                                                    \
            ".globl " #name "\n.hidden " #name "\n"                                                 \
            #name ":\n"                                                                             \
            ".incbin \"" XENPT_DRAW_FOLDER "/" file "\"\n.byte 0\n"                                 \
            ".previous\n");                                                                         \
    extern const char name[] __attribute__((visibility("hidden")))

FILE_OF_PAGE(draw_page_html, "page.html");
FILE_OF_PAGE(draw_page_css, "page.css");
FILE_OF_PAGE(draw_page_walk_js, "page_walk.js");
FILE_OF_PAGE(draw_page_js, "page.js");
/* clang-format on */

/* --- Data ---------------------------------------------------------------------------------- */

static void level(struct json *j, const struct xenpt_format *f, unsigned int l)
{
    const struct xenpt_level *lv = &f->level[l];

    json_open(j, '{');
    key_number(j, "shift", lv->shift);
    key_number(j, "bits", lv->bits);
    key_hex(j, "pageIf", lv->page_if);
    key_hex(j, "rsvdTable", lv->rsvd_table);
    key_hex(j, "rsvdPage", lv->rsvd_page);
    key_hex(j, "silent", lv->silent);
    key_number(j, "foldFrom", lv->fold.from);
    key_number(j, "foldBits", lv->fold.bits);
    key_number(j, "foldTo", lv->fold.to);
    key_number(j, "inRegister", lv->in_register);
    key_text(j, "page", xenpt_page_name(f, l));
    json_key(j, "flags");
    json_open(j, '[');
    for (unsigned int bit = 0; bit < 64; bit++) {
        const struct xenpt_flag *flag;

        if (xenpt_entry_flags(f, l, f->present | XENPT_BIT(bit), false, &flag, 1) &&
            xenpt_entry_flags(f, l, XENPT_BIT(bit), false, &flag, 1) && !flag->field) {
            json_open(j, '[');
            json_number(j, bit);
            json_text(j, flag->name);
            json_close(j, ']');
        }
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void format(struct json *j, const struct xenpt_format *f)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "name", f->name);
    key_number(j, "top", f->top);
    key_number(j, "size", f->entry_size);
    key_number(j, "input", f->input_bits);
    key_number(j, "signed", f->sign_extended);
    key_number(j, "second", f->second_stage);
    key_number(j, "ept", f->cache == XENPT_CACHE_EPT);
    key_hex(j, "present", f->present);
    key_hex(j, "address", f->address);
    key_hex(j, "inverted", f->inverted);
    key_hex(j, "accessed", f->accessed);
    key_hex(j, "dependent", f->dependent);
    key_hex(j, "upon", f->upon);
    key_number(j, "badTypes", f->bad_types);
    json_key(j, "right");
    json_open(j, '[');
    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        json_hex(j, f->right[r]);
    json_close(j, ']');
    json_key(j, "levels");
    json_open(j, '[');
    json_nothing(j);
    for (unsigned int l = 1; l <= f->top; l++)
        level(j, f, l);
    json_close(j, ']');
    json_close(j, '}');
}

/* Of one table, and narrowed alike. */
static bool same_format(const struct xenpt_format *a, const struct xenpt_format *b)
{
    bool same = a->name == b->name && a->top == b->top && a->address == b->address &&
                a->inverted == b->inverted && a->present == b->present &&
                a->accessed == b->accessed && a->bad_types == b->bad_types &&
                a->dependent == b->dependent && a->upon == b->upon;

    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        same = same && a->right[r] == b->right[r];
    for (unsigned int l = 1; same && l <= a->top; l++) {
        const struct xenpt_level *x = &a->level[l], *y = &b->level[l];

        same = x->page_if == y->page_if && x->rsvd_table == y->rsvd_table &&
               x->rsvd_page == y->rsvd_page && x->silent == y->silent &&
               x->fold.bits == y->fold.bits;
    }
    return same;
}

/* Formats as they were narrowed, each once. */
struct formats {
    const struct xenpt_format **list;
    size_t nr;
};

static size_t format_index(struct formats *all, const struct xenpt_format *f)
{
    size_t i = 0;

    while (i < all->nr && !same_format(all->list[i], f))
        i++;
    if (i == all->nr)
        all->list[all->nr++] = f;
    return i;
}

static size_t root_index(const struct seen_roots *roots, const struct xenpt_context *c, bool second)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;

    for (size_t i = 0; i < roots->nr; i++) {
        const struct seen_root *r = &roots->list[i];

        if (r->second == second && r->paging->root == pg->root && r->paging->id == pg->id &&
            (second || r->guest == c->has_second) &&
            (!r->guest || r->context->second.root == c->second.root))
            return i;
    }
    return roots->nr;
}

static enum xenpt_code contexts(struct json *j, const struct drawing *d,
                                const struct seen_roots *roots, struct xenpt_error *err)
{
    struct formats all = { calloc(2 * d->opt->nr_contexts, sizeof(struct xenpt_format *)), 0 };

    if (!all.list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the page");
    json_key(j, "contexts");
    json_open(j, '[');
    for (size_t i = 0; i < d->opt->nr_contexts; i++) {
        const struct xenpt_context *c = d->opt->contexts[i];

        json_line(j);
        json_open(j, '{');
        key_text(j, "name", c->name);
        key_text(j, "kind", c->kind);
        key_text(j, "domain", c->domain);
        key_number(j, "at", root_index(roots, c, false));
        key_number(j, "format", format_index(&all, &c->paging.format));
        key_hex(j, "root", c->paging.root);
        if (c->has_second) {
            key_number(j, "secondAt", root_index(roots, c, true));
            key_number(j, "secondFormat", format_index(&all, &c->second.format));
            key_hex(j, "secondRoot", c->second.root);
        }
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key(j, "formats");
    json_open(j, '[');
    for (size_t i = 0; i < all.nr; i++)
        format(j, all.list[i]);
    json_close(j, ']');
    free(all.list);
    return XENPT_OK;
}

/* [kind, level, parent, root, first, last, address, last address, name, text, rights]. */
static void node(struct json *j, const struct nodes *n, const struct node *node)
{
    char buf[NODE_TEXT_MAX];

    json_line(j);
    json_open(j, '[');
    json_number(j, node->kind);
    json_number(j, node->level);
    json_number(j, node->parent);
    json_number(j, node->root);
    json_number(j, node->first);
    json_number(j, node->last);
    json_hex(j, node->in);
    json_hex(j, node->in_last);
    json_text(j, node_name(n, node, buf));
    json_text(j, node_text(n, node, buf));
    json_number(j, node->extent.any);
    json_close(j, ']');
}

static enum xenpt_code nodes(struct json *j, struct drawing *d, const struct seen_roots *roots,
                             struct xenpt_error *err)
{
    struct nodes n;
    enum xenpt_code code = nodes_make(&n, d->view, roots, NODES_MAX, err);
    size_t folded = 0;

    json_key(j, "nodes");
    json_open(j, '[');
    for (size_t i = 0; !code && i < n.nr; i++) {
        node(j, &n, &n.list[i]);
        folded += n.list[i].folded;
    }
    json_close(j, ']');
    key_number(j, "foldedRuns", folded);
    key_number(j, "foldedRoots", n.left_out);
    nodes_free(&n);
    return code;
}

/* A script ends at its first "</script": no name in the data may be that. */
static bool without_tags(void *ctx, const char *bytes, size_t n)
{
    struct out *out = ctx;

    for (size_t i = 0; i < n; i++)
        if (bytes[i] == '<')
            out_text(out, "\\u003c");
        else
            out_char(out, bytes[i]);
    return !out->failed;
}

static enum xenpt_code data(struct drawing *d, const struct seen_roots *roots,
                            struct xenpt_error *err)
{
    struct out *out = calloc(1, sizeof(*out));
    struct json j = { .out = out };
    struct packed packed = { 0 };
    enum xenpt_code code;

    if (!out)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the page");
    out->write = without_tags;
    out->ctx = &d->out;

    json_open(&j, '{');
    key_text(&j, "title", d->opt->title);
    key_text(&j, "version", xenpt_version());
    code = contexts(&j, d, roots, err);
    if (!code)
        code = nodes(&j, d, roots, err);
    json_key(&j, "tables");
    json_open(&j, '{');
    if (!code)
        code = tables_pack(&j, d->view, roots, &packed, err);
    json_close(&j, '}');
    key_number(&j, "nrTables", packed.tables);
    key_number(&j, "leftOut", packed.left_out);
    json_close(&j, '}');
    out_flush(out);
    free(out);
    return code;
}

/* --- The page ------------------------------------------------------------------------------ */

/* Writes the page up to a mark, and returns what is behind it. */
static const char *up_to(struct drawing *d, const char *page, const char *mark)
{
    const char *at = strstr(page, mark);

    out_bytes(&d->out, page, (size_t)(at - page));
    return at + strlen(mark);
}

enum xenpt_code draw_html(struct drawing *d, struct xenpt_error *err)
{
    struct seen_roots roots;
    enum xenpt_code code = roots_see(&roots, d->view, d->opt, err);
    const char *page = draw_page_html;

    if (code)
        return code;
    code = draw_slots(d, err);
    if (!code && d->scene.no_memory)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the picture");
    if (!code) {
        page = up_to(d, page, "@TITLE@"); /* The window's... */
        xml_text(&d->out, d->opt->title ? d->opt->title : "");
        page = up_to(d, page, "@STYLE@");
        out_text(&d->out, draw_page_css);
        page = up_to(d, page, "@TITLE@"); /* ...and the page's. */
        xml_text(&d->out, d->opt->title ? d->opt->title : "");
        page = up_to(d, page, "@SLOTS@");
        scene_svg(&d->scene, &d->out);
        page = up_to(d, page, "@DATA@");
        code = data(d, &roots, err);
        page = up_to(d, page, "@SCRIPT@");
        out_text(&d->out, draw_page_walk_js);
        out_text(&d->out, draw_page_js);
        out_text(&d->out, page);
    }
    roots_forget(&roots);
    return code;
}
