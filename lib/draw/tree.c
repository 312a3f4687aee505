/* tree.c - the picture of a tree of tables: a line for each run, indented below what leads to it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "draw/draw.h"
#include "draw/nodes.h"
#include "report/words.h"

#define ROW    21
#define INDENT 30
#define WIDTH  1000

static enum fill fill_of(const struct nodes *n, const struct node *node)
{
    switch (node->kind) {
    case NODE_ROOT:
        return FILL_HEAD;
    case NODE_SELF:
        return FILL_SELF;
    case NODE_AGAIN:
        return FILL_AGAIN;
    case NODE_BAD:
        return FILL_BAD;
    default:
        if (n->roots->list[node->root].paging->format.second_stage)
            return FILL_SECOND;
        return node->extent.any & 1u << XENPT_U ? FILL_USER : FILL_SYSTEM;
    }
}

static void row(struct drawing *d, const struct nodes *n, const struct node *node,
                unsigned int depth, int y)
{
    struct scene *s = &d->scene;
    int x = EDGE + (int)depth * INDENT, w = WIDTH - EDGE - x, used;
    const struct xenpt_format *f = &n->roots->list[node->root].paging->format;
    char name[NODE_TEXT_MAX], text[NODE_TEXT_MAX], level[8] = "";
    struct spot at = { x + 7, y + 14, w - 150, 11, ANCHOR_START, FACE_BOLD };

    if (node->kind != NODE_ROOT)
        snprintf(level, sizeof(level), "L%u ", node->level);
    node_name(n, node, name);
    node_text(n, node, text);
    scene_box(s, x, y, w, ROW - 3, fill_of(n, node), 1);
    scene_hint(s, "%s%s: %s", level, name, text);
    scene_text(s, at, "%s%s", level, name);
    used = text_width(level, 11, FACE_BOLD) + text_width(name, 11, FACE_BOLD) + 14;
    at.x += used;
    at.room -= used;
    at.face = FACE_PLAIN;
    if (at.room > 40)
        scene_text(s, at, "%s", text);
    at = (struct spot){ WIDTH - EDGE - 7, y + 14, 136, 11, ANCHOR_END, FACE_MONO };
    if (node->kind != NODE_ROOT)
        scene_text(s, at, "%0*" PRIx64, f->input_bits > 32 ? 16 : 8, node->in);
}

/* A node and all below it.  @return Where the next one goes. */
static int subtree(struct drawing *d, const struct nodes *n, size_t at, unsigned int depth, int y)
{
    const struct node *node = &n->list[at];
    int x = EDGE + (int)depth * INDENT + INDENT / 2, top = y + ROW - 3, last = top;

    row(d, n, node, depth, y);
    y += ROW;
    for (size_t i = 0; i < node->nr_children; i++) {
        last = y + (ROW - 3) / 2;
        scene_line(&d->scene, x, last, x + INDENT / 2, last, 1, false);
        y = subtree(d, n, node->children + i, depth + 1, y);
    }
    if (node->nr_children)
        scene_line(&d->scene, x, top, x, last, 1, false);
    return y;
}

static void finish(struct drawing *d, const struct nodes *n, int y)
{
    size_t folded = 0, below = 0;

    for (size_t i = 0; i < n->nr; i++) {
        folded += n->list[i].folded != 0;
        below += n->list[i].folded;
    }
    if (!folded && !n->left_out)
        draw_end(d, y,
                 "Runs of entries that look alike are one line; a table whose pages are all "
                 "alike is not opened.");
    else if (!n->left_out)
        draw_end(
            d, y,
            "Folded: %zu tables are not opened, with %zu runs right below them. Runs of entries "
            "that look alike are one line.",
            folded, below);
    else
        draw_end(d, y,
                 "Folded: %zu tables are not opened, with %zu runs right below them. %zu roots are "
                 "left out, of kinds that are shown or for want of room; --context chooses.",
                 folded, below, n->left_out);
}

enum xenpt_code draw_tree(struct drawing *d, struct xenpt_error *err)
{
    static const struct legend legend[] = {
        { FILL_SYSTEM, "for the supervisor alone" },
        { FILL_USER, "user mode reaches some of it" },
        { FILL_SECOND, "second stage" },
        { FILL_SELF, "linear" },
        { FILL_AGAIN, "shown before" },
        { FILL_BAD, "illegal" },
    };
    struct nodes nodes = { 0 };
    struct seen_roots roots;
    enum xenpt_code code = roots_see(&roots, d->view, d->opt, err);
    int y;

    if (code)
        return code;
    d->scene.width = WIDTH;
    y = draw_heading(
        d, "Tree",
        "What each table leads to, from the root down: slots, area, how much is mapped by "
        "pages of which size, and which rights hold in effect.");
    y += draw_legend(&d->scene, EDGE, y, legend, sizeof(legend) / sizeof(legend[0])) + 10;
    code = nodes_make(&nodes, d->view, &roots, NODES_OF_A_PAGE, err);
    for (size_t i = 0; !code && i < nodes.nr && nodes.list[i].kind == NODE_ROOT; i++)
        y = subtree(d, &nodes, i, 0, y) + 8;
    if (!code)
        finish(d, &nodes, y);
    nodes_free(&nodes);
    roots_forget(&roots);
    return code;
}
