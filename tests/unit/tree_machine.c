/* tree_machine.c - a small simulated machine with one tree to edit; see tree_machine.h. */
#include "tree_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES_MAX 1024

void must(enum xenpt_code code, const struct xenpt_error *err, const char *claim)
{
    if (code)
        fail_msg("%s: %s: %s", claim, xenpt_code_name(code), err->text);
}

static uint64_t end_of_ram(const struct machine *m)
{
    return (FIRST_FRAME + m->nr_frames) * PAGE;
}

void machine_init(struct machine *m, const struct form *form, uint64_t nr_frames)
{
    bool pae = form->levels == 3;
    struct xenpt_error err = { 0 };
    uint8_t noise[4096];
    xenpt_mfn_t root;

    *m = (struct machine){ .form = form, .nr_frames = nr_frames };
    must(xenpt_store_create(&m->store, &err), &err, "a store");
    must(xenpt_alloc_create(&m->alloc, &err), &err, "an allocator");
    must(xenpt_store_add_ram(m->store, 0, end_of_ram(m) - 1, &err), &err, "RAM");
    must(xenpt_alloc_add(m->alloc, xenpt_mfn(FIRST_FRAME), xenpt_mfn(FIRST_FRAME + nr_frames - 1),
                         &err),
         &err, "a pool");
    must(xenpt_alloc_take(m->alloc, (struct xenpt_alloc_want){ .low = true }, &root, &err), &err,
         "a root");
    memset(noise, 0x5a, sizeof(noise));
    memset(noise + 0x60, 0, 32);
    if (pae)
        must(xenpt_store_write(m->store, xenpt_mfn_to_maddr(root), noise, sizeof(noise), &err),
             &err, "a PAE root");
    m->paging = form_paging(form, xenpt_mfn_to_maddr(root) + (pae ? 0x60 : 0));
    m->tree = (struct xenpt_tree){
        .paging = &m->paging,
        .store = m->store,
        .alloc = m->alloc,
        .table_flags = form_table_flags(form),
    };
}

void machine_fini(struct machine *m)
{
    xenpt_store_destroy(m->store);
    xenpt_alloc_destroy(m->alloc);
}

static uint64_t entry_of(const struct machine *m, uint64_t table, unsigned int i)
{
    unsigned int size = m->form->entry_size;
    uint64_t entry = 0;

    if (!xenpt_read(xenpt_store_reader(m->store), table + (uint64_t)i * size, &entry, size))
        fail_msg("a table lies outside memory, at 0x%llx", (unsigned long long)table);
    return entry;
}

static unsigned int nr_entries(const struct machine *m, unsigned int level)
{
    if (m->form->levels == 3 && level == 3)
        return 4;
    return 4096u / m->form->entry_size;
}

struct count {
    uint64_t tables, empty;
    uint8_t met[1u << 16];
};

static void count(const struct machine *m, unsigned int level, uint64_t table, struct count *c)
{
    bool any = false;

    if (c->met[table / PAGE]++)
        return;
    c->tables++;
    for (unsigned int i = 0; i < nr_entries(m, level); i++) {
        uint64_t entry = entry_of(m, table, i);

        any = any || entry;
        if (level > 1 && xenpt_entry_role(&m->paging, level, entry) == XENPT_TABLE)
            count(m, level - 1, entry & XENPT_BITS(51, 12), c);
    }
    c->empty += !any && level != m->form->levels;
}

uint64_t machine_nr_taken(const struct machine *m)
{
    return m->nr_frames - xenpt_alloc_nr_free(m->alloc);
}

static struct count count_all(const struct machine *m)
{
    struct count c = { 0 };

    count(m, m->form->levels, m->paging.root, &c);
    return c;
}

uint64_t machine_nr_tables(const struct machine *m)
{
    return count_all(m).tables;
}

void machine_check(const struct machine *m, const char *claim)
{
    struct count c = count_all(m);

    if (c.empty)
        fail_msg("%s, %s: %llu tables are empty", m->form->name, claim,
                 (unsigned long long)c.empty);
    if (c.tables != machine_nr_taken(m))
        fail_msg("%s, %s: %llu tables, and %llu frames are taken", m->form->name, claim,
                 (unsigned long long)c.tables, (unsigned long long)machine_nr_taken(m));
}

/* --- Before and after ---------------------------------------------------------------------- */

struct machine_state {
    bool is_free[1u << 16];
    uint8_t bytes[];
};

struct machine_state *machine_save(const struct machine *m)
{
    struct machine_state *s = calloc(1, sizeof(*s) + end_of_ram(m));

    assert_non_null(s);
    assert_true(xenpt_read(xenpt_store_reader(m->store), 0, s->bytes, end_of_ram(m)));
    for (uint64_t i = 0; i < m->nr_frames; i++) {
        xenpt_mfn_t mfn = xenpt_mfn(FIRST_FRAME + i);

        s->is_free[i] = !xenpt_alloc_claim(m->alloc, mfn, 0, NULL);
        if (s->is_free[i])
            assert_int_equal(xenpt_alloc_give(m->alloc, mfn, 0, NULL), XENPT_OK);
    }
    return s;
}

void machine_check_unchanged(const struct machine *m, struct machine_state *was, const char *claim)
{
    struct machine_state *is = machine_save(m);

    if (memcmp(is->is_free, was->is_free, sizeof(is->is_free)))
        fail_msg("%s, %s: the allocator is not what it was", m->form->name, claim);
    for (uint64_t at = 0; at < end_of_ram(m); at++)
        if (!(at % PAGE) && !memcmp(is->bytes + at, was->bytes + at, PAGE))
            at += PAGE - 1;
        else if (is->bytes[at] != was->bytes[at])
            fail_msg("%s, %s: the byte at 0x%llx is not what it was", m->form->name, claim,
                     (unsigned long long)at);
    free(is);
    free(was);
}

/* --- What an address leads to -------------------------------------------------------------- */

uint64_t machine_entry(const struct machine *m, uint64_t in, unsigned int level)
{
    struct xenpt_walk w;

    xenpt_walk(&m->paging, xenpt_store_reader(m->store), in, &w);
    for (unsigned int i = 0; i < w.nr_steps; i++)
        if (w.step[i].level == level)
            return w.step[i].entry;
    fail_msg("%s: the walk of 0x%llx does not come to level %u", m->form->name,
             (unsigned long long)in, level);
    return 0;
}

void check_mapped(const struct machine *m, const char *claim, uint64_t in, uint64_t out,
                  unsigned int level, uint64_t flags)
{
    const struct xenpt_step *leaf;
    struct xenpt_walk w;

    xenpt_walk(&m->paging, xenpt_store_reader(m->store), in, &w);
    if (w.outcome != XENPT_MAPPED)
        fail_msg("%s, %s: 0x%llx is %s", m->form->name, claim, (unsigned long long)in,
                 xenpt_outcome_name(w.outcome));
    leaf = &w.step[w.nr_steps - 1];
    if (w.out != out || leaf->level != level)
        fail_msg("%s, %s: 0x%llx leads to 0x%llx by level %u, not to 0x%llx by level %u",
                 m->form->name, claim, (unsigned long long)in, (unsigned long long)w.out,
                 leaf->level, (unsigned long long)out, level);
    if (form_leaf_flags(m->form, level, leaf->entry) != flags)
        fail_msg("%s, %s: the leaf of 0x%llx is 0x%llx, without the flags 0x%llx", m->form->name,
                 claim, (unsigned long long)in, (unsigned long long)leaf->entry,
                 (unsigned long long)flags);
}

void check_unmapped(const struct machine *m, const char *claim, uint64_t in)
{
    struct xenpt_walk w;

    if (xenpt_walk(&m->paging, xenpt_store_reader(m->store), in, &w) != XENPT_NOT_PRESENT)
        fail_msg("%s, %s: 0x%llx is %s", m->form->name, claim, (unsigned long long)in,
                 xenpt_outcome_name(w.outcome));
}

/* --- Edits --------------------------------------------------------------------------------- */

enum xenpt_code machine_call(const struct machine *m, const struct call *c, struct xenpt_error *err)
{
    struct xenpt_mapping mapping = { c->first, c->last, c->a, c->b, c->level };

    switch (c->what) {
    case MAP:
        return xenpt_edit_map(&m->tree, &mapping, err);
    case UNMAP:
        return xenpt_edit_unmap(&m->tree, c->first, c->last, err);
    case CHANGE:
        return xenpt_edit_change(&m->tree, c->first, c->last, c->a, c->b, err);
    case SPLIT:
        return xenpt_edit_split(&m->tree, c->first, c->level, err);
    case SET:
        return xenpt_edit_set_entry(&m->tree, c->first, c->level, c->a, err);
    case DESTROY:
        break;
    }
    return xenpt_edit_destroy(&m->tree, err);
}

void machine_do(const struct machine *m, struct call call)
{
    static const char *const names[] = { "map", "unmap", "change", "split", "set", "destroy" };
    struct xenpt_error err = { 0 };

    must(machine_call(m, &call, &err), &err, names[call.what]);
}
