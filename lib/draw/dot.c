/* dot.c - graphs in Graphviz's language, for whoever wants to lay them out in another way. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "draw/draw.h"
#include "draw/links.h"
#include "draw/nodes.h"

__attribute__((format(printf, 2, 3))) static void put(struct drawing *d, const char *fmt, ...)
{
    char buf[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    out_text(&d->out, buf);
}

/* Within quotes. */
static void quoted(struct drawing *d, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            out_char(&d->out, '\\');
        out_char(&d->out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

static void begin(struct drawing *d, const char *what)
{
    put(d, "digraph \"%s", what);
    if (d->opt->title) {
        out_text(&d->out, ": ");
        quoted(d, d->opt->title);
    }
    out_text(&d->out, "\" {\n\trankdir=LR;\n"
                      "\tnode [shape=box, style=filled, fillcolor=\"#c4e3f6\", "
                      "fontname=\"DejaVu Sans\", fontsize=10];\n"
                      "\tedge [color=\"#333333\"];\n");
}

static void node(struct drawing *d, const struct nodes *n, size_t i)
{
    static const char *const looks[] = {
        [NODE_ROOT] = ", fillcolor=\"#e6e6e6\"",
        [NODE_TABLE] = "",
        [NODE_PAGE] = "",
        [NODE_SELF] = ", fillcolor=white",
        [NODE_AGAIN] = ", fillcolor=\"#f2f2f2\"",
        [NODE_BAD] = ", fillcolor=\"#d55e00\"",
    };
    const struct node *node = &n->list[i];
    bool user = node->kind <= NODE_PAGE && node->extent.any & 1u << XENPT_U;
    char text[NODE_TEXT_MAX];

    put(d, "\tn%zu [label=\"", i);
    if (node->kind != NODE_ROOT)
        put(d, "L%u ", node->level);
    quoted(d, node_name(n, node, text));
    out_text(&d->out, "\\n");
    quoted(d, node_text(n, node, text));
    put(d, "\"%s];\n", user ? ", fillcolor=\"#e69f00\"" : looks[node->kind]);
    if (node->kind != NODE_ROOT)
        put(d, "\tn%zu -> n%zu;\n", node->parent, i);
    if (node->kind == NODE_AGAIN)
        put(d, "\tn%zu -> n%zu [style=dashed, constraint=false];\n", i, node->same);
}

enum xenpt_code dot_tree(struct drawing *d, struct xenpt_error *err)
{
    struct nodes nodes = { 0 };
    struct seen_roots roots;
    enum xenpt_code code = roots_see(&roots, d->view, d->opt, err);

    if (code)
        return code;
    code = nodes_make(&nodes, d->view, &roots, NODES_OF_A_PAGE, err);
    if (!code) {
        begin(d, "Tree");
        for (size_t i = 0; i < nodes.nr; i++)
            node(d, &nodes, i);
        out_text(&d->out, "}\n");
    }
    nodes_free(&nodes);
    roots_forget(&roots);
    return code;
}

static void table(struct drawing *d, const struct links *l, size_t i)
{
    const struct link_table *t = &l->tables[i];
    char text[LINK_TEXT_MAX];

    put(d, "\tt%zu [label=\"", i);
    quoted(d, link_name(l, t, text));
    out_text(&d->out, "\\n");
    quoted(d, link_text(l, t, text));
    put(d, "\"%s];\n", t->extent.any & 1u << XENPT_U ? ", fillcolor=\"#e69f00\"" : "");
    for (size_t r = 0; r < l->nr_sources; r++)
        if (link_has(l, i, r))
            put(d, "\tr%zu -> t%zu;\n", r, i);
}

enum xenpt_code dot_sharing(struct drawing *d, struct xenpt_error *err)
{
    char purpose[64];
    struct links l;
    enum xenpt_code code = links_make(&l, d->view, d->opt, err);

    if (!code) {
        begin(d, "Sharing");
        for (size_t r = 0; r < l.nr_sources; r++) {
            put(d, "\tr%zu [fillcolor=\"#e6e6e6\", label=\"", r);
            quoted(d, l.sources[r].root->names);
            out_text(&d->out, "\\n");
            quoted(d, root_purpose(l.sources[r].root, purpose));
            if (l.sources[r].nr > 1)
                put(d, "\\n%zu roots", l.sources[r].nr);
            out_text(&d->out, "\"];\n");
        }
        for (size_t i = 0; i < l.nr_tables; i++)
            table(d, &l, i);
        out_text(&d->out, "}\n");
    }
    links_free(&l);
    return code;
}
