/* guest_fixture.c - see guest_fixture.h. */
#include "guest_fixture.h"

struct xenpt_guest_done touch_as(struct world *w, uint32_t v, uint8_t cpl, uint64_t va,
                                 enum xenpt_access_kind kind)
{
    struct xenpt_access access = { .kind = kind, .cpl = cpl };
    struct xenpt_error err = { 0 };
    struct xenpt_guest_done done;

    if (xenpt_machine_touch(w->machine, 0, v, va, &access, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

struct xenpt_guest_done poke(struct world *w, uint64_t gaddr, uint64_t value, unsigned int size)
{
    struct xenpt_error err = { 0 };
    struct xenpt_guest_done done;

    if (xenpt_machine_guest_write_phys(w->machine, 0, 0, gaddr, value, size, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

struct xenpt_guest_done put(struct world *w, uint64_t va, uint64_t value)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };

    if (xenpt_machine_guest_write(w->machine, 0, 0, va, value, 8, NULL, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

struct xenpt_guest_done load(struct world *w, uint32_t v, struct xenpt_regs regs)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };

    if (xenpt_machine_load(w->machine, 0, v, &regs, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

struct xenpt_regs regs_of(struct world *w, uint32_t v)
{
    struct xenpt_regs regs;

    assert_true(xenpt_machine_guest_regs(w->machine, 0, v, &regs));
    return regs;
}

/* The entry that a context has for an address at a level; 0: the walk does not get there. */
uint64_t entry_at(const struct world *w, const char *name, uint64_t va, unsigned int level)
{
    const struct xenpt_context *c = context(w, name);
    struct xenpt_walk walk;

    xenpt_walk(&c->paging, w->view->mem, va, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            return walk.step[i].entry;
    return 0;
}

struct xenpt_p2m_entry look(const struct world *w, uint32_t view, uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(w->machine, 0, view, gfn, &e));
    return e;
}

uint64_t frame_of(const struct world *w, uint64_t gfn)
{
    return look(w, XENPT_VIEW_HOST, gfn).maddr;
}

uint64_t guest_word(const struct world *w, uint64_t gaddr)
{
    uint64_t word = 0;

    assert_true(xenpt_read(w->view->mem, frame_of(w, gaddr >> 12) + gaddr % 4096, &word, 8));
    return word;
}

struct xenpt_guest_done touch(struct world *w, uint64_t va, enum xenpt_access_kind kind)
{
    return touch_as(w, 0, 0, va, kind);
}

void log_dirty(struct world *w, enum xenpt_log_dirty op)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_log_dirty(w->machine, 0, op, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, &err), XENPT_OK);
}

void set_access(struct world *w, uint32_t view, uint64_t gfn, enum xenpt_p2m_access access)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_p2m_set_access(w->machine, 0, view, gfn, 1, access, &err))
        fail_msg("%s", err.text);
}

const char *why(const struct world *w, const char *name, uint64_t in, unsigned int level)
{
    struct xenpt_entry_question q = { .context = context(w, name), .level = level, .in = in };
    struct xenpt_entry_explanation x;

    q.entry = entry_at(w, name, in, level);
    if (!w->view->explainer->entry(w->view->explainer, &q, &x))
        return "nothing";
    assert_int_equal(x.entry, q.entry);
    return x.rule->name;
}

uint64_t down(const struct xenpt_reader *mem, uint64_t table, unsigned int slot)
{
    uint64_t entry = 0;

    assert_true(xenpt_read(mem, table + 8 * slot, &entry, 8));
    return entry & ADDR;
}
