/*
 * domain_tables.c - page tables and frames that a file gives a domain: a tree of roots, slots and
 * what they lead to.
 *
 * The tree is gone through twice in the same order: first for names, which any entry may lead to,
 * then for entries.
 */
#include "scenario/domain_tables.h"

#include <string.h>

#include "scenario/value.h"
#include "xen/given.h"
#include "xenpt/suggest.h"

/* --- Tables -------------------------------------------------------------------------------- */

/* "kernel", "v1.user": which root; false: none. */
static bool root_named(const struct xenpt_domain_desc *desc, const char *key,
                       struct xenpt_given_frame *ret)
{
    static const struct {
        const char *name;
        enum xenpt_given_root root;
        unsigned int types; /* Bit t: of these. */
    } rows[] = {
        { "kernel", XENPT_GIVEN_KERNEL_ROOT, 3 },
        { "user", XENPT_GIVEN_USER_ROOT, 1 << XENPT_DOMAIN_PV64 },
        { "guest", XENPT_GIVEN_GUEST_ROOT, 1 << XENPT_DOMAIN_HVM | 1 << XENPT_DOMAIN_PVH },
    };
    const char *dot = strchr(key, '.'), *name = dot ? dot + 1 : key;
    bool each = desc->type == XENPT_DOMAIN_PV64;

    ret->vcpu = XENPT_GIVEN_ALL;
    if (dot &&
        (!each || key[0] != 'v' || !digits_read(key + 1, (size_t)(dot - key - 1), &ret->vcpu)))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (!strcmp(rows[i].name, name) && rows[i].types >> desc->type & 1) {
            ret->root = rows[i].root;
            ret->level = given_top(desc);
            return true;
        }
    return false;
}

static void no_root(struct table_reading *r, const struct node *key, const struct node *level)
{
    static const char *const roots[] = { "kernel, user, v0.kernel or v0.user", "kernel", "guest",
                                         "guest" };
    static const char *const words[] = { "kernel", "user", "guest" };
    struct xenpt_given_frame none;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, key->text);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (root_named(r->desc, words[i], &none))
            xenpt_suggest_try(&s, words[i], strlen(words[i]));
    if (!level)
        mistake(&r->s->m, &key->at, XENPT_EPARSE,
                "tables: '%.*s' is no root of %s, which is %s: there is %s; a table that no vCPU "
                "begins on has a level%s",
                QUOTE_MAX, key->text, r->desc->name, xenpt_domain_type_word(r->desc->type)->name,
                roots[r->desc->type], xenpt_suggest_words(&s, hint));
    else
        mistake(&r->s->m, &level->at, XENPT_EPARSE, "level: a table of %s has a level from 1 to %u",
                r->desc->name, given_top(r->desc));
}

static void read_root(struct table_reading *r, const struct node *key, const struct node *node,
                      struct xenpt_given_frame *f)
{
    const struct node *builder = node_get(node, "builder"), *frame = node_get(node, "frame");
    struct raw_table raw = { .builder = true };
    const struct node *level = node_get(node, "level");

    r->no_memory |= !read_record(r->s->doc, &table_record, node, &raw, &r->s->m);
    if (f->root == XENPT_GIVEN_NO_ROOT) {
        table_frame(r, frame, f);
        if (builder)
            mistake(&r->s->m, &builder->at, XENPT_EPARSE,
                    "builder: its builder makes roots, and '%s' is none", key->text);
        return;
    }
    f->alone = !raw.builder;
    if (level && raw.level != f->level)
        mistake(&r->s->m, &level->at, XENPT_EPARSE, "level: this root is an L%u", f->level);
    if (f->vcpu != XENPT_GIVEN_ALL && f->vcpu >= r->s->domains[r->domain].vcpus)
        mistake(&r->s->m, &key->at, XENPT_EPARSE, "tables: %s has %u vCPU%s, from v0 on",
                r->desc->name, (unsigned int)r->s->domains[r->domain].vcpus,
                r->s->domains[r->domain].vcpus == 1 ? "" : "s");
    if (!frame || (f->root == XENPT_GIVEN_GUEST_ROOT && f->alone))
        table_frame(r, frame, f);
    else
        mistake(&r->s->m, &frame->at, XENPT_EPARSE,
                "frame: this root is where its builder has it%s",
                f->root == XENPT_GIVEN_GUEST_ROOT ? ", but for one with `builder: no`" : "");
}

static void read_table(struct table_reading *r, const struct node *key, const struct node *node)
{
    struct xenpt_given_frame *f = &r->list[r->next++];
    const struct node *level = node_get(node, "level");
    uint64_t n = 0;

    if (r->declare) {
        if (root_named(r->desc, key->text, f)) {
            f->name = key->text;
        } else {
            table_name(r, key, f);
            if (level && node_number(level, &n) && n && n <= given_top(r->desc))
                f->level = (unsigned int)n;
            else if (node->kind == NODE_MAP)
                no_root(r, key, level);
        }
    } else if (node->kind == NODE_MAP) {
        read_root(r, key, node, f);
    } else {
        r->no_memory |= !read_record(r->s->doc, &table_record, node, NULL, &r->s->m);
    }
    if (f->level)
        table_slots(r, f, node_get(node, "slots"));
}

/* --- Frames -------------------------------------------------------------------------------- */

static void read_frame(struct table_reading *r, const struct node *key, const struct node *node)
{
    struct xenpt_given_frame *f = &r->list[r->next++];

    if (r->declare)
        table_name(r, key, f);
    else if (strcmp(node->text, "any") != 0)
        f->placed = target_own(r->s, "frames", node, r->domain, &f->gfn);
}

/* --- All of it ----------------------------------------------------------------------------- */

static size_t tables_in(const struct node *slots)
{
    size_t n = 0;

    for (size_t i = 0; slots && slots->kind == NODE_MAP && i < slots->nr; i++)
        if (slots->items[i]->kind == NODE_MAP && node_get(slots->items[i], "slots"))
            n += 1 + tables_in(node_get(slots->items[i], "slots"));
    return n;
}

/* A map, or nothing; else a mistake. */
static const struct node *map_of(struct table_reading *r, const struct node *node, const char *key,
                                 const char *such)
{
    const struct node *map = node_get(node, key);
    char words[NODE_WORDS_MAX];

    if (!map || map->kind == NODE_MAP)
        return map;
    mistake(&r->s->m, &map->at, XENPT_EPARSE, "%s: %s, and a map was expected, such as %s", key,
            node_words(map, words), such);
    return NULL;
}

bool tables_read(struct scope *s, uint32_t domain, const struct node *node,
                 struct xenpt_domain_desc *desc)
{
    struct table_reading r = { .s = s, .desc = desc, .domain = domain, .declare = true };
    const struct node *frames = map_of(&r, node, "frames", "{ secret: 5, buffer: any }");
    const struct node *tables = map_of(&r, node, "tables", "{ kernel: { slots: { 5: ... } } }");

    if (tables && !given_top(desc)) {
        mistake(&s->m, &tables->at, XENPT_EPARSE, "tables: %s is unpaged, and has none",
                desc->name);
        tables = NULL;
    }
    r.nr = (frames ? frames->nr : 0) + (tables ? tables->nr : 0);
    for (size_t i = 0; tables && i < tables->nr; i++)
        r.nr += tables_in(node_get(tables->items[i], "slots"));
    if (!r.nr)
        return true;
    r.list = doc_alloc(s->doc, r.nr * sizeof(*r.list));
    if (!r.list)
        return false;
    s->domains[domain].given = r.list;
    s->domains[domain].nr_given = r.nr;
    s->own = &s->domains[domain];
    for (int pass = 0; pass < 2 && !r.no_memory; pass++) {
        r.declare = !pass;
        r.next = 0;
        for (size_t i = 0; frames && i < frames->nr; i++)
            read_frame(&r, frames->keys[i], frames->items[i]);
        for (size_t i = 0; tables && i < tables->nr; i++)
            read_table(&r, tables->keys[i], tables->items[i]);
    }
    s->own = NULL;
    desc->given = r.list;
    desc->nr_given = r.nr;
    return !r.no_memory;
}
