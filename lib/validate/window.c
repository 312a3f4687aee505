/*
 * window.c - the memory of a case.
 *
 * Memory is flat, and is never cleared.  Beside it stands for every four bytes which case
 * planted them, so that a walk that strays to what is left of another case finds no memory.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "validate/model.h"

#define LARGE ((size_t)2 << 20)

static bool read_planted(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct model *m = (const struct model *)(const void *)self;

    if (at - PROBE_WINDOW > PROBE_WINDOW_SIZE - size)
        return false;
    for (uint64_t dword = at & ~UINT64_C(3); dword < at + size; dword += 4)
        if (planted(m, dword) < 0)
            return false;
    memcpy(buf, m->bytes + (at - PROBE_WINDOW), size);
    return true;
}

void model_mark(struct model *m)
{
    const struct case_view *c = &m->c;

    if (m->marked == m->epoch)
        return;
    m->marked = m->epoch;
    for (uint32_t i = 0; i < c->head->nr_words && i < CASE_WORDS; i++) {
        uint64_t at = word_address(&c->words[i]) - PROBE_WINDOW;

        if (at > PROBE_WINDOW_SIZE - 8)
            continue;
        m->mark[at / 4] = m->epoch * MARK + i;
        if (!(c->words[i].at & WORD_IS_32))
            m->mark[at / 4 + 1] = m->epoch * MARK + i;
    }
}

static void plant(struct model *m, const struct blob_word *w)
{
    uint64_t at = word_address(w) - PROBE_WINDOW;

    if (likely(at <= PROBE_WINDOW_SIZE - 8))
        memcpy(m->bytes + at, &w->value, w->at & WORD_IS_32 ? 4 : 8);
}

void model_unload(struct model *m)
{
    for (uint32_t i = 0; i < m->c.head->nr_words && i < CASE_WORDS; i++)
        if (!(m->c.words[i].at & WORD_LATE))
            plant(m, &m->c.words[i]);
}

void model_load(struct model *m, const struct readied *r, bool walked)
{
    bool registers = r->mode == MODE_PAE && !is_npt(r->state.stage) && !walked;

    for (uint32_t i = 0; i < m->c.head->nr_words && i < CASE_WORDS; i++) {
        const struct blob_word *w = &m->c.words[i];
        uint64_t in_pdpt = word_address(w) - r->first.root % PROBE_GUEST_SPAN;

        if (w->at & WORD_LATE && !(registers && in_pdpt < 32))
            plant(m, w);
    }
}

void model_plant(struct model *m, const struct case_view *c)
{
    m->c = *c;
    m->epoch++;
    m->late = false;
    if (m->epoch == UINT32_MAX / MARK) {
        memset(m->mark, 0, PROBE_WINDOW_SIZE);
        m->epoch = 1;
        m->marked = 0;
    }
    memset(m->of, 0, min_u64(c->head->nr_states, CASE_STATES) * sizeof(m->of[0]));
    for (uint32_t i = 0; i < c->head->nr_words && i < CASE_WORDS; i++) {
        if (likely(!(c->words[i].at & WORD_LATE)))
            plant(m, &c->words[i]);
        else
            m->late = true;
    }
}

/* Words lie anywhere in it, and hardly ever two in a page of 4 KiB: on large pages they are found
 * without a walk of the host's own.  Advice: it may be declined. */
static uint8_t *map_window(void)
{
    const size_t size = PROBE_WINDOW_SIZE;
    uint8_t *at = mmap(NULL, size + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    size_t before = -(uintptr_t)at & (LARGE - 1);

    if (at == MAP_FAILED)
        return NULL;
    if (before)
        munmap(at, before);
    munmap(at + before + size, LARGE - before);
    madvise(at + before, size, MADV_HUGEPAGE);
    return at + before;
}

bool window_open(struct model *m)
{
    m->mark = calloc(PROBE_WINDOW_SIZE / 4, sizeof(*m->mark));
    m->bytes = map_window();
    if (!m->mark || !m->bytes)
        return false;
    m->strict = (struct xenpt_reader){ .read = read_planted, .held = XENPT_HELD_BEHIND_CALL };
    m->flat = xenpt_reader_flat(m->bytes, PROBE_WINDOW, PROBE_WINDOW_SIZE);
    return true;
}

void window_close(struct model *m)
{
    free(m->mark);
    if (m->bytes)
        munmap(m->bytes, PROBE_WINDOW_SIZE);
}
