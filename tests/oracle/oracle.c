/*
 * oracle.c - the steps that are the same in every section on translation.
 */
#include "oracle/oracle.h"

/* One little-endian word of memory. */
static bool fetch_word(const struct oracle_memory *m, uint64_t at, unsigned int size,
                       uint64_t *word)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < size; i++) {
        uint64_t byte_at = at + i;

        if (byte_at < m->first || byte_at - m->first >= m->size)
            return false;
        value |= (uint64_t)m->bytes[byte_at - m->first] << (8 * i);
    }
    *word = value;
    return true;
}

bool oracle_read_entry(struct oracle_walk *w, const struct oracle_tables *t, uint64_t at,
                       unsigned int size, unsigned int level)
{
    struct oracle_entry *e = &w->entry[w->nr++];
    uint64_t where = at;

    *e = (struct oracle_entry){ .at = at, .level = level };
    w->last_unread = true;
    if (t->locate && !t->locate(t->ctx, at, level, &where)) {
        w->end = XENPT_SECOND_STAGE;
        return false;
    }
    if (!fetch_word(t->memory, where, size, &e->value)) {
        w->end = XENPT_NO_MEMORY;
        return false;
    }
    w->last_unread = false;
    w->references++;
    return true;
}

void oracle_not_present(struct oracle_walk *w)
{
    w->end = XENPT_NOT_PRESENT;
}

bool oracle_reserved(struct oracle_walk *w, uint64_t reserved)
{
    w->entry[w->nr - 1].reserved = reserved;
    if (!reserved)
        return false;
    w->end = XENPT_RESERVED;
    return true;
}

void oracle_page(struct oracle_walk *w, uint64_t frame, unsigned int shift)
{
    w->entry[w->nr - 1].page = true;
    w->end = XENPT_MAPPED;
    w->out = frame + in_place(w->in, shift - 1, 0);
}
