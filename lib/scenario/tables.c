/* tables.c - tables of a machine, asked entry by entry. */
#include "scenario/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool table_maddr(const struct world *w, const struct xenpt_context *c, uint64_t address,
                 uint64_t *ret)
{
    struct xenpt_walk walk;

    *ret = address;
    if (!c->has_second)
        return true;
    if (xenpt_walk(&c->second, w->view->mem, address, &walk) != XENPT_MAPPED)
        return false;
    *ret = walk.out;
    return true;
}

bool table_root(struct world *w, const struct xenpt_context *c, uint64_t *ret)
{
    if (!c->paging.format.top)
        return world_cannot(w, "%s does not page", c->name);
    if (!table_maddr(w, c, c->paging.root, ret))
        return world_cannot(
            w, "the root of %s, guest-physical 0x%" PRIx64 ", is not mapped by its second stage",
            c->name, c->paging.root);
    return true;
}

bool table_entry(struct world *w, const struct xenpt_context *c, uint64_t table, unsigned int slot,
                 uint64_t *ret)
{
    const struct xenpt_format *f = &c->paging.format;

    if (slot >> f->level[f->top].bits)
        return world_cannot(w, "the root of %s has no slot %u", c->name, slot);
    *ret = 0;
    if (!xenpt_read(w->view->mem, table + (uint64_t)slot * f->entry_size, ret, f->entry_size))
        return world_cannot(w, "the root of %s is not in memory", c->name);
    return true;
}

bool table_entry_of(struct world *w, const struct xenpt_context *c, uint64_t in, unsigned int level,
                    struct entry_found *ret)
{
    struct followed f;
    const struct xenpt_walk *g = &f.walk.guest;

    follow_address(w, c, in, &f);
    for (unsigned int i = g->nr_steps; i-- > 0;) {
        if (level && g->step[i].level != level)
            continue;
        *ret = (struct entry_found){ g->step[i].level, g->step[i].at, g->step[i].entry };
        if (c->has_second)
            ret->maddr = f.walk.second[i].out;
        return true;
    }
    if (!level)
        return world_cannot(w, "the walk of 0x%" PRIx64 " in %s reads no entry: %s", in, c->name,
                            followed_text(w, c, &f));
    return world_cannot(w, "the walk of 0x%" PRIx64 " in %s reads no L%u entry: %s", in, c->name,
                        level, followed_text(w, c, &f));
}

/* A table that an entry leads to. */
static const uint8_t *page_at(struct world *w, const struct xenpt_context *c, uint64_t table,
                              uint8_t copy[XENPT_PAGE_SIZE])
{
    uint64_t maddr;

    return table_maddr(w, c, table, &maddr) ? xenpt_read_page(w->view->mem, maddr, copy) : NULL;
}

static bool all_shared(struct world *w, const struct xenpt_context *c, uint64_t a, uint64_t b,
                       unsigned int level, unsigned int from)
{
    const struct xenpt_paging *pg = &c->paging;
    enum xenpt_role role = xenpt_entry_role(pg, level, a);
    uint64_t table_a = xenpt_entry_target(pg, level, a), table_b = xenpt_entry_target(pg, level, b);
    uint8_t copy_a[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    uint8_t copy_b[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page_a, *page_b;

    if (role != xenpt_entry_role(pg, level, b))
        return false;
    if (role != XENPT_TABLE)
        return role == XENPT_HOLE || table_a == table_b;
    if (table_a == table_b)
        return true;
    if (level - 1 <= from)
        return false;
    page_a = page_at(w, c, table_a, copy_a);
    page_b = page_at(w, c, table_b, copy_b);
    for (size_t i = 0; page_a && page_b && i < XENPT_PAGE_SIZE / pg->format.entry_size; i++) {
        uint64_t below_a = 0, below_b = 0;

        memcpy(&below_a, page_a + i * pg->format.entry_size, pg->format.entry_size);
        memcpy(&below_b, page_b + i * pg->format.entry_size, pg->format.entry_size);
        if (!all_shared(w, c, below_a, below_b, level - 1, from))
            return false;
    }
    return page_a && page_b;
}

unsigned int tables_shared(struct world *w, const struct xenpt_context *c, uint64_t a, uint64_t b,
                           unsigned int level)
{
    if (xenpt_entry_role(&c->paging, level, a) != XENPT_TABLE)
        return 0;
    for (unsigned int from = level - 1; from; from--)
        if (all_shared(w, c, a, b, level, from))
            return from;
    return 0;
}

/* Of a page, or of what leads to a table: bit 7 decides what others mean. */
static bool flag_bits(const struct xenpt_format *f, unsigned int level, uint64_t like,
                      const char *word, uint64_t *ret)
{
    const struct xenpt_flag *flags[64];
    size_t n = xenpt_entry_flags(f, level, like, true, flags, ARRAY_SIZE(flags));

    for (size_t i = 0; i < n; i++) {
        size_t name = strlen(flags[i]->name);
        unsigned int shift = (unsigned int)__builtin_ctzll(flags[i]->mask);
        struct node value = { .kind = NODE_TEXT };
        uint64_t v;

        *ret = flags[i]->mask;
        if (!flags[i]->field && !strcmp(flags[i]->name, word))
            return true;
        if (!flags[i]->field || strncmp(flags[i]->name, word, name) != 0 || word[name] != '=')
            continue;
        value.text = word + name + 1;
        *ret = node_number(&value, &v) ? v << shift & flags[i]->mask : 0;
        return *ret >> shift == v && *ret;
    }
    return false;
}

bool table_flag_bits(const struct xenpt_format *f, unsigned int level, const char *word,
                     uint64_t *ret)
{
    return flag_bits(f, level, UINT64_MAX, word, ret) ||
           flag_bits(f, level, ~f->level[level].page_if, word, ret);
}

const char *table_flags_missing(const struct xenpt_format *f, unsigned int level, uint64_t entry,
                                const struct flag_words *words, bool wanted)
{
    char flags[XENPT_FLAGS_MAX], buf[XENPT_FLAGS_MAX + 2];

    snprintf(buf, sizeof(buf), " %s ", xenpt_entry_words(f, level, entry, true, flags));
    for (size_t i = 0; i < words->nr; i++) {
        const char *at = buf;
        size_t n = strlen(words->word[i]);
        bool there = false;

        while (!there && (at = strstr(at, words->word[i]))) {
            there = at[-1] == ' ' && at[n] == ' ';
            at += n;
        }
        if (there != wanted)
            return words->word[i];
    }
    return NULL;
}
