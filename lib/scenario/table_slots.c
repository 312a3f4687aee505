/* table_slots.c - slots of a table that a file gives, and the tables that they make. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "scenario/domain_tables.h"
#include "xen/given.h"

/* --- Names --------------------------------------------------------------------------------- */

/* Words that mean something else of a domain. */
static bool is_taken(const char *name)
{
    static const char *const words[] = { "self", "any", "p2m", "gfn", "pfn", "frames" };
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (!strcmp(words[i], name))
            return true;
    while (name[0] == 'v' && isdigit((unsigned char)name[n + 1]))
        n++;
    return n && !name[n + 1];
}

void table_name(struct table_reading *r, const struct node *node, struct xenpt_given_frame *f)
{
    const char *name = node->text;

    if (node->kind != NODE_TEXT || !scope_name_ok(r->s, &node->at, name))
        return;
    for (const struct xenpt_given_frame *o = r->list; o < f; o++)
        if (o->name && !strcmp(o->name, name))
            mistake(&r->s->m, &node->at, XENPT_EPARSE,
                    "%s has a table or a frame '%.*s' already: to have a table in several slots, "
                    "name it once and lead `to` it",
                    r->desc->name, QUOTE_MAX, name);
    if (is_taken(name))
        mistake(&r->s->m, &node->at, XENPT_EPARSE, "'%s' means something else of a domain", name);
    else
        f->name = name;
}

/* --- Entries ------------------------------------------------------------------------------- */

/* "258", "0x10", "0..511" */
static bool slots_of(const struct node *key, uint32_t *first, uint32_t *last)
{
    const char *dots = strstr(key->text, "..");
    struct node part = { .kind = NODE_TEXT };
    char text[24];
    uint64_t a, b;

    part.text = dots ? text : key->text;
    if (dots) {
        snprintf(text, sizeof(text), "%.*s", (int)(dots - key->text), key->text);
        part.text = text;
    }
    if (!node_number(&part, &a))
        return false;
    b = a;
    part.text = dots ? dots + 2 : part.text;
    if ((dots && !node_number(&part, &b)) || a > b || b > UINT32_MAX)
        return false;
    *first = (uint32_t)a;
    *last = (uint32_t)b;
    return true;
}

static bool check_slots(struct table_reading *r, const struct node *key, unsigned int level,
                        const struct xenpt_given_entry *e, const struct xenpt_given_entry *before,
                        size_t nr)
{
    unsigned int slots = given_slots(r->desc, level);
    bool xens = r->desc->type == XENPT_DOMAIN_PV64 && level == 4 && r->s->layout;

    if (e->last >= slots) {
        mistake(&r->s->m, &key->at, XENPT_ERANGE, "slots: an L%u has slots 0 to %u, and not %s",
                level, slots - 1, key->text);
        return false;
    }
    for (uint32_t i = e->first; xens && i <= e->last; i++)
        if (!given_is_guests(r->s->layout, i)) {
            mistake(&r->s->m, &key->at, XENPT_ERANGE, "slots: slot %u of an L4 is Xen's",
                    (unsigned int)i);
            return false;
        }
    for (size_t i = 0; i < nr; i++)
        if (e->first <= before[i].last && before[i].first <= e->last) {
            mistake(&r->s->m, &key->at, XENPT_EPARSE, "slots: slot %u is there already",
                    (unsigned int)(e->first > before[i].first ? e->first : before[i].first));
            return false;
        }
    return true;
}

static void leads_to(struct table_reading *r, const struct node *to, unsigned int level,
                     struct xenpt_given_entry *e)
{
    uint64_t pages = given_frames_of(given_format(r->desc), level, e->flags);

    if (!target_read(r->s, to, r->domain, r->desc, e))
        return;
    if (pages && e->to == XENPT_GIVEN_GFN && r->desc->type > XENPT_DOMAIN_PV32 &&
        e->value & (pages - 1))
        mistake(&r->s->m, &to->at, XENPT_ERANGE,
                "to: a page of 0x%llx frames begins at a multiple of that, and not at 0x%llx",
                (unsigned long long)pages, (unsigned long long)e->value);
}

/* An entry that is nothing but a name. */
static void leads_there(struct table_reading *r, const struct node *node, unsigned int level,
                        struct xenpt_given_entry *e)
{
    const struct raw_entry none = { .raw = 0 };
    uint64_t n;

    if (node_number(node, &n))
        mistake(&r->s->m, &node->at, XENPT_EPARSE,
                "entry: %.*s can be all of it, { raw: %.*s }, or a frame, { to: %.*s }: which?",
                QUOTE_MAX, node->text, QUOTE_MAX, node->text, QUOTE_MAX, node->text);
    else if (target_flags(r->s, node, &none, given_format(r->desc), level, &e->flags))
        leads_to(r, node, level, e);
}

/* Where it leads: one of the keys says so. */
static void leads(struct table_reading *r, const struct node *node, const struct raw_entry *raw,
                  unsigned int level, size_t child, struct xenpt_given_entry *e)
{
    const struct xenpt_format *f = given_format(r->desc);
    const struct node *to = node_get(node, "to"), *slots = node_get(node, "slots");
    const struct node *whole = node_get(node, "raw");

    if ((to != NULL) + (slots != NULL) + (whole != NULL) != 1) {
        mistake(&r->s->m, &node->at, XENPT_EPARSE,
                "entry: where does it lead? One of these is wanted, and one alone: to, slots, raw");
        return;
    }
    e->to = XENPT_GIVEN_RAW;
    e->flags = raw->raw;
    if (whole) {
        if (node_get(node, "flags"))
            mistake(&r->s->m, &node_get(node, "flags")->at, XENPT_EPARSE,
                    "flags: raw is all of the entry");
        else if (raw->raw >> (8 * f->entry_size - 1) >> 1)
            mistake(&r->s->m, &whole->at, XENPT_ERANGE, "raw: an entry of %s paging has %u bits",
                    f->name, 8u * f->entry_size);
        return;
    }
    if (!target_flags(r->s, node, raw, f, level, &e->flags))
        return;
    if (slots) {
        *e = (struct xenpt_given_entry){ e->first,  e->last, XENPT_GIVEN_FRAME,
                                         r->domain, child,   e->flags };
        return;
    }
    leads_to(r, to, level, e);
}

void table_frame(struct table_reading *r, const struct node *node, struct xenpt_given_frame *f)
{
    f->placed = node && target_own(r->s, "frame", node, r->domain, &f->gfn);
}

/* Keys of an entry that say something of the table that it makes. */
static void of_table_only(struct table_reading *r, const struct node *node)
{
    static const char *const keys[] = { "name", "frame" };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (node_get(node, keys[i]) && !node_get(node, "slots"))
            mistake(&r->s->m, &node_get(node, keys[i])->at, XENPT_EPARSE,
                    "%s: it is for a table that is made here, by its slots", keys[i]);
}

/* A table that an entry makes. */
static size_t child_of(struct table_reading *r, const struct node *node, unsigned int level)
{
    size_t i = r->next++;
    struct xenpt_given_frame *f = &r->list[i];
    const struct node *name = node_get(node, "name");

    f->level = level;
    if (r->declare && name)
        table_name(r, name, f);
    if (!r->declare)
        table_frame(r, node_get(node, "frame"), f);
    table_slots(r, f, node_get(node, "slots"));
    return i;
}

static void read_entry(struct table_reading *r, const struct node *key, const struct node *node,
                       const struct xenpt_given_frame *f, struct xenpt_given_entry *list,
                       size_t *nr)
{
    struct xenpt_given_entry *e = &list[*nr];
    struct raw_entry raw = { .raw = 0 };
    size_t known = r->s->m.nr, child = r->next;
    bool slots = true;
    bool makes = node->kind == NODE_MAP && node_get(node, "slots");

    if (!r->declare) {
        slots = slots_of(key, &e->first, &e->last);
        if (!slots)
            mistake(&r->s->m, &key->at, XENPT_EPARSE,
                    "slots: '%.*s' is no slot, such as 5, or 0..511", QUOTE_MAX, key->text);
        else
            check_slots(r, key, f->level, e, list, *nr);
        if (node->kind == NODE_TEXT)
            leads_there(r, node, f->level, e);
        else
            r->no_memory |= !read_record(r->s->doc, &entry_record, node, &raw, &r->s->m);
        if (makes && f->level == 1)
            mistake(&r->s->m, &node_get(node, "slots")->at, XENPT_EPARSE,
                    "slots: an L1 entry maps a page, and leads to no table");
        else if (node->kind == NODE_MAP && r->s->m.nr == known)
            leads(r, node, &raw, f->level, child, e);
        if (node->kind == NODE_MAP)
            of_table_only(r, node);
    }
    if (makes && f->level > 1)
        child_of(r, node, f->level - 1);
    *nr += slots;
}

void table_slots(struct table_reading *r, struct xenpt_given_frame *f, const struct node *map)
{
    struct xenpt_given_entry *list = NULL;
    char words[NODE_WORDS_MAX];
    size_t nr = 0;

    if (!map || map->kind != NODE_MAP) {
        if (map && !r->declare)
            mistake(&r->s->m, &map->at, XENPT_EPARSE,
                    "slots: %s, and a map of slots was expected, such as { 5: { to: l3a } }",
                    node_words(map, words));
        return;
    }
    list = doc_alloc(r->s->doc, (map->nr + 1) * sizeof(*list));
    r->no_memory |= !list;
    for (size_t i = 0; list && i < map->nr && !r->no_memory; i++)
        read_entry(r, map->keys[i], map->items[i], f, list, &nr);
    f->entries = list;
    f->nr_entries = nr;
}
