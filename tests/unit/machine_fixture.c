/* machine_fixture.c - a machine from a model's text, and what its memory holds. */
#include "machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void build(struct world *w, const char *text)
{
    struct xenpt_error err = { 0 };

    if (xenpt_model_parse("model", text, strlen(text), NULL, NULL, &w->model, &err) ||
        xenpt_model_build(w->model, &w->machine, &err))
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, &err), XENPT_OK);
}

void end(struct world *w)
{
    xenpt_machine_destroy(w->machine);
    xenpt_model_close(w->model);
}

const struct xenpt_context *context(const struct world *w, const char *name)
{
    const struct xenpt_context *c = xenpt_view_context(w->view, name);

    if (!c)
        fail_msg("there is no %s", name);
    return c;
}

uint64_t slot(const struct world *w, const char *name, unsigned int nr)
{
    uint64_t entry = 0;

    assert_true(xenpt_read(w->view->mem, context(w, name)->paging.root + 8 * nr, &entry, 8));
    return entry;
}

const char *slots(const struct world *w, const char *name, char buf[512])
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned int nr = 0; nr < 512; nr++) {
        unsigned int last = nr;

        if (!(slot(w, name, nr) & P))
            continue;
        while (last < 511 && slot(w, name, last + 1) & P)
            last++;
        used += (size_t)snprintf(buf + used, 512 - used, last == nr ? "%s%u" : "%s%u-%u",
                                 used ? " " : "", nr, last);
        nr = last;
    }
    return buf;
}

unsigned int rights(const struct world *w, const char *name, uint64_t in, uint64_t *out)
{
    const struct xenpt_context *c = context(w, name);
    struct xenpt_walk walk;

    *out = 0;
    if (xenpt_walk(&c->paging, w->view->mem, in, &walk) != XENPT_MAPPED)
        return 0;
    *out = walk.out;
    return walk.rights;
}

uint64_t word_at(const struct world *w, const char *name, uint64_t in, size_t size)
{
    const struct xenpt_context *c = context(w, name);
    struct xenpt_walk walk;
    uint64_t word = 0;

    assert_int_equal(xenpt_walk(&c->paging, w->view->mem, in, &walk), XENPT_MAPPED);
    assert_true(xenpt_read(w->view->mem, walk.out, &word, size));
    return word;
}
