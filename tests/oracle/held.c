#include "oracle/held.h"

#include <string.h>

const char *const held_name[HELD_WAYS] = { "flat", "behind a call", "in runs", "in a store" };

void held_simply(struct held *h, const struct tiny_memory *m)
{
    h->nr = 2;
    h->reader[0] = &m->flat;
    h->reader[1] = &m->behind_call;
}

/* Three runs that follow each other, of which the middle one lies elsewhere. */
static bool make_runs(struct held *h, const struct tiny_memory *m)
{
    uint64_t cut[] = { 0, m->view.size / 3 & ~UINT64_C(7), m->view.size / 2 & ~UINT64_C(7),
                       m->view.size };

    memcpy(h->copy, m->bytes, sizeof(h->copy));
    for (unsigned int i = 0; i < 3; i++)
        h->run[i] = (struct mem_run){ m->first + cut[i], m->first + cut[i + 1] - 1,
                                      (i == 1 ? h->copy : m->bytes) + cut[i] };
    if (!mem_runs_init(&h->runs, h->run, 3))
        return false;
    h->in_runs = mem_runs_reader(&h->runs);
    h->reader[h->nr++] = &h->in_runs;
    return true;
}

static bool make_store(struct held *h, const struct tiny_memory *m)
{
    if (m->view.size % 4096)
        return true;
    if (xenpt_store_create(&h->store, NULL) ||
        xenpt_store_add_ram(h->store, m->first, m->first + m->view.size - 1, NULL) ||
        xenpt_store_write(h->store, m->first, m->bytes, m->view.size, NULL))
        return false;
    h->reader[h->nr++] = xenpt_store_reader(h->store);
    return true;
}

bool held_in_all_ways(struct held *h, const struct tiny_memory *m)
{
    held_drop(h);
    held_simply(h, m);
    return make_runs(h, m) && make_store(h, m);
}

void held_drop(struct held *h)
{
    xenpt_store_destroy(h->store);
    if (h->runs.directory)
        mem_runs_fini(&h->runs);
    h->store = NULL;
    h->runs = (struct mem_runs){ 0 };
    h->nr = 0;
}
