/*
 * nodes.c - trees of tables with runs folded.
 *
 * Entries next to each other are a run if they lead to the same kind of thing for the same area
 * with the same rights, and, if they are tables, to pages of the same sizes.  Tables are opened
 * level by level, in all trees at once, as long as there is room; one whose pages are all alike has
 * no more to tell.
 */
#include "draw/nodes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/words.h"

/* --- A table's entries ---------------------------------------------------------------------- */

static enum xenpt_code append(struct nodes *n, const struct node *node, struct xenpt_error *err)
{
    if (n->nr == n->max) {
        size_t max = n->max ? 2 * n->max : 64;
        struct node *more = realloc(n->list, max * sizeof(*more));

        if (!more)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for a tree of %zu nodes", max);
        n->list = more;
        n->max = max;
    }
    n->list[n->nr++] = *node;
    return XENPT_OK;
}

static const struct seen_root *root_of(const struct nodes *n, const struct node *node)
{
    return &n->roots->list[node->root];
}

/* Tables of one memory: a guest's are its own. */
static bool one_memory(const struct seen_root *a, const struct seen_root *b)
{
    return a->guest == b->guest &&
           (!a->guest || a->context->second.root == b->context->second.root);
}

static bool on_the_way(const struct nodes *n, size_t at, uint64_t target)
{
    while (n->list[at].kind != NODE_ROOT) {
        if (n->list[at].target == target)
            return true;
        at = n->list[at].parent;
    }
    return n->list[at].target == target;
}

/* --- Tables that were met -------------------------------------------------------------------- */

/* Where a table is, or would be put. */
static struct met_table *place_of(const struct nodes *n, const struct node *node)
{
    uint64_t hash = (node->target ^ node->in * 31 ^ node->level) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 20) & (n->size_met - 1);

    while (n->met[i].used && (n->met[i].target != node->target || n->met[i].in != node->in ||
                              n->met[i].level != node->level ||
                              !one_memory(&n->roots->list[n->met[i].root], root_of(n, node))))
        i = (i + 1) & (n->size_met - 1);
    return &n->met[i];
}

/* Of `size` places, with what was in the old ones and is of a node before `end`. */
static enum xenpt_code make_places(struct nodes *n, size_t size, size_t end,
                                   struct xenpt_error *err)
{
    struct met_table *old = n->met;
    size_t old_size = n->size_met;

    n->met = calloc(size, sizeof(*n->met));
    if (!n->met) {
        n->met = old;
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu tables", size);
    }
    n->size_met = size;
    n->nr_met = 0;
    for (size_t i = 0; i < old_size; i++) {
        struct node node = {
            .target = old[i].target, .in = old[i].in, .level = old[i].level, .root = old[i].root
        };

        if (old[i].used && old[i].node < end) {
            *place_of(n, &node) = old[i];
            n->nr_met++;
        }
    }
    free(old);
    return XENPT_OK;
}

/* The table is what this node is of, or goes on with. */
static enum xenpt_code meet(struct nodes *n, const struct node *node, size_t at,
                            struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (node->kind != NODE_TABLE)
        return XENPT_OK;
    if (2 * n->nr_met >= n->size_met)
        code = make_places(n, n->size_met ? 2 * n->size_met : 256, SIZE_MAX, err);
    if (code)
        return code;
    *place_of(n, node) = (struct met_table){ node->target, node->in,    at,
                                             node->root,   node->level, true };
    n->nr_met++;
    return XENPT_OK;
}

static bool met(const struct nodes *n, const struct node *node, size_t *ret)
{
    const struct met_table *m = n->size_met ? place_of(n, node) : NULL;

    if (!m || !m->used)
        return false;
    *ret = m->node;
    return true;
}

/* --- Runs ---------------------------------------------------------------------------------- */

static enum xenpt_code classify(const struct nodes *n, size_t parent, uint64_t entry,
                                struct node *node, struct xenpt_error *err)
{
    const struct seen_root *root = root_of(n, node);
    const struct xenpt_paging *pg = root->paging;
    enum xenpt_role role = xenpt_entry_role(pg, node->level, entry);
    enum xenpt_code code;

    node->kind = NODE_BAD;
    if (role == XENPT_MALFORMED)
        return XENPT_OK;
    node->target = xenpt_entry_target(pg, node->level, entry);
    if (role == XENPT_TABLE && on_the_way(n, parent, node->target)) {
        node->kind = NODE_SELF;
        return XENPT_OK;
    }
    node->kind = role == XENPT_PAGE ? NODE_PAGE : NODE_TABLE;
    code = extent_measure(n->view, root, node->in, node->in_last, &node->extent, err);
    if (role == XENPT_TABLE && met(n, node, &node->same))
        node->kind = NODE_AGAIN;
    node->open = node->kind == NODE_TABLE &&
                 (node->extent.nr_areas > 1 || node->extent.nr_sizes > 1 || node->extent.bad ||
                  node->extent.any != node->extent.all || node->extent.linear ||
                  node->extent.again);
    return code;
}

static bool same_extents(const struct extent *a, const struct extent *b)
{
    bool same = a->any == b->any && a->all == b->all && a->nr_sizes == b->nr_sizes &&
                a->nr_areas == b->nr_areas && !a->linear == !b->linear && !a->again == !b->again &&
                !a->bad == !b->bad && !a->pages == !b->pages;

    for (unsigned int i = 0; same && i < a->nr_sizes; i++)
        same = !strcmp(a->sizes[i], b->sizes[i]);
    for (unsigned int i = 0; same && i < a->nr_areas && i < EXTENT_AREAS; i++)
        same = !strcmp(a->areas[i], b->areas[i]);
    return same;
}

/* Whether b goes on where a ends, and looks the same. */
static bool joins(const struct nodes *n, struct node *a, const struct node *b)
{
    if (a->kind != b->kind || a->last + 1 != b->first || a->in_last + 1 != b->in)
        return false;
    if (a->kind == NODE_AGAIN && n->list[b->same].parent != n->list[a->same].parent)
        return false;
    if (a->kind != NODE_SELF && a->kind != NODE_BAD && !same_extents(&a->extent, &b->extent))
        return false;
    a->last = b->last;
    a->in_last = b->in_last;
    a->extent.bytes += b->extent.bytes;
    a->extent.pages += b->extent.pages;
    a->extent.tables += b->extent.tables;
    a->open = false;
    return true;
}

/* Appends the runs of the table that a node leads to. */
static enum xenpt_code runs_of(struct nodes *n, size_t at, struct xenpt_error *err)
{
    const struct seen_root *root = root_of(n, &n->list[at]);
    unsigned int level = n->list[at].level - 1u;
    uint64_t span = XENPT_BIT(root->paging->format.level[level].shift), table = n->list[at].target;
    enum xenpt_code code = XENPT_OK;

    n->list[at].children = n->nr;
    for (unsigned int i = 0; !code && i < seen_slots(root, level); i++) {
        struct node node = {
            .level = (uint8_t)level, .first = i, .last = i, .parent = at, .root = n->list[at].root
        };
        uint64_t entry;

        node.in = level == root->paging->format.top ? root_slot_first(root, i)
                                                    : n->list[at].in + i * span;
        node.in_last = node.in + (span - 1);
        if (!seen_entry(root, table, i, &entry))
            node.kind = NODE_BAD;
        else if (xenpt_entry_role(root->paging, level, entry) == XENPT_HOLE)
            continue;
        else
            code = classify(n, at, entry, &node, err);
        if (!code && (!n->list[at].nr_children || !joins(n, &n->list[n->nr - 1], &node))) {
            code = append(n, &node, err);
            n->list[at].nr_children++;
        }
        if (!code)
            code = meet(n, &node, n->nr - 1, err);
    }
    return code;
}

/* --- Trees --------------------------------------------------------------------------------- */

static enum xenpt_code open_node(struct nodes *n, size_t at, struct xenpt_error *err)
{
    size_t before = n->nr;
    enum xenpt_code code = runs_of(n, at, err);

    if (!code && n->nr > n->limit && n->size_met) {
        n->list[at].folded = (unsigned int)(n->nr - before);
        n->list[at].nr_children = 0;
        n->nr = before;
        code = make_places(n, n->size_met, before, err);
    }
    return code;
}

/* Of many roots a picture shows one of each kind. */
static bool kind_shown(const struct nodes *n, const struct seen_root *root)
{
    for (size_t i = 0; i < n->nr; i++) {
        const struct seen_root *o = root_of(n, &n->list[i]);
        const char *a = o->context->kind, *b = root->context->kind;

        if (o->second == root->second && o->guest == root->guest &&
            o->paging->id == root->paging->id && !a == !b && (!a || !strcmp(a, b)))
            return true;
    }
    return false;
}

static enum xenpt_code plant(struct nodes *n, struct xenpt_error *err)
{
    bool choose = n->roots->nr > ROOTS_MANY && n->limit <= NODES_OF_A_PAGE;
    enum xenpt_code code = XENPT_OK;

    for (size_t r = 0; !code && r < n->roots->nr; r++) {
        const struct seen_root *root = &n->roots->list[r];
        struct node node = { .kind = NODE_ROOT, .root = r, .open = true };

        node.level = (uint8_t)(root->paging->format.top + 1);
        node.target = root->paging->root;
        node.parent = n->nr;
        if (n->nr >= n->limit / 2 || (choose && kind_shown(n, root)))
            n->left_out++;
        else
            code = append(n, &node, err);
    }
    return code;
}

enum xenpt_code nodes_make(struct nodes *ret, const struct xenpt_view *view,
                           const struct seen_roots *roots, size_t limit, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct nodes){ .view = view, .roots = roots, .limit = limit };
    code = plant(ret, err);
    /* Formats may have different numbers of levels; what is nearer to its root comes first. */
    for (size_t i = 0; !code && i < ret->nr; i++)
        if (ret->list[i].open)
            code = open_node(ret, i, err);
    return code;
}

void nodes_free(struct nodes *n)
{
    free(n->list);
    free(n->met);
    n->list = NULL;
    n->met = NULL;
}

/* --- In words ------------------------------------------------------------------------------ */

static void slots_text(const struct node *node, char *buf, size_t size)
{
    if (node->first == node->last)
        snprintf(buf, size, "slot %u", node->first);
    else
        snprintf(buf, size, "slots %u-%u", node->first, node->last);
}

const char *node_name(const struct nodes *n, const struct node *node, char buf[NODE_TEXT_MAX])
{
    char areas[EXTENT_TEXT_MAX], slots[32];
    const char *area = extent_areas(&node->extent, areas);

    if (node->kind == NODE_ROOT) {
        snprintf(buf, NODE_TEXT_MAX, "%s", root_of(n, node)->names);
        return buf;
    }
    if (!*area && !root_of(n, node)->second)
        area = area_of(n->view, root_of(n, node)->context, node->in);
    slots_text(node, slots, sizeof(slots));
    snprintf(buf, NODE_TEXT_MAX, "%s%s%s", slots, area && *area ? ": " : "", area ? area : "");
    return buf;
}

static void where(const struct nodes *n, const struct node *node, char *buf, size_t size)
{
    const struct node *same = &n->list[node->same], *up = &n->list[same->parent];
    char slots[32];

    slots_text(same, slots, sizeof(slots));
    if (up->kind == NODE_ROOT)
        snprintf(buf, size, "as %s of %s", slots, root_of(n, up)->context->name);
    else
        snprintf(buf, size, "as at %016" PRIx64 " of %s", same->in,
                 root_of(n, same)->context->name);
}

const char *node_text(const struct nodes *n, const struct node *node, char buf[NODE_TEXT_MAX])
{
    char extent[EXTENT_TEXT_MAX], purpose[64], rights[RIGHTS_TEXT_MAX];
    unsigned int nr = node->last - node->first + 1;

    switch (node->kind) {
    case NODE_ROOT:
        snprintf(buf, NODE_TEXT_MAX, "%s, root 0x%" PRIx64, root_purpose(root_of(n, node), purpose),
                 node->target);
        break;
    case NODE_SELF:
        snprintf(buf, NODE_TEXT_MAX, "linear: leads back to the table at 0x%" PRIx64, node->target);
        break;
    case NODE_AGAIN:
        where(n, node, buf, NODE_TEXT_MAX);
        break;
    case NODE_BAD:
        snprintf(buf, NODE_TEXT_MAX, "illegal, or not in memory");
        break;
    default:
        snprintf(buf, NODE_TEXT_MAX, "%s%s%s%s", extent_text(&node->extent, extent),
                 node->extent.pages ? ", " : "",
                 node->extent.pages ? rights_text(node->extent.any, rights) : "",
                 node->extent.pages && node->extent.any != node->extent.all ? " at most" : "");
        if (node->kind == NODE_TABLE && nr > 1)
            snprintf(buf + strlen(buf), NODE_TEXT_MAX - strlen(buf), ", %u L%u", nr,
                     node->level - 1u);
        if (node->folded)
            snprintf(buf + strlen(buf), NODE_TEXT_MAX - strlen(buf), "; %u run%s below",
                     node->folded, node->folded == 1 ? "" : "s");
    }
    return buf;
}
