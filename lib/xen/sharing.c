/*
 * sharing.c - which frames are dom_cow's, and who has them; mm/mem_sharing.c, struct
 * page_sharing_info, struct gfn_info.
 */
#include "xen/sharing.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "xen/p2m.h"

/* --- From first to last -------------------------------------------------------------------- */

struct sharing *sharing_of(struct xenpt_machine *m)
{
    if (!m->sharing)
        m->sharing = calloc(1, sizeof(*m->sharing));
    /* As Xen counts: the first that it hands out is 2. */
    if (m->sharing && !m->sharing->last_handle)
        m->sharing->last_handle = 1;
    return m->sharing;
}

void sharing_free(struct sharing *s)
{
    if (!s)
        return;
    free(s->cow);
    free(s->sharers);
    free(s);
}

bool sharing_copy(const struct sharing *from, struct sharing **ret)
{
    struct sharing *s;

    *ret = NULL;
    if (!from)
        return true;
    s = calloc(1, sizeof(*s));
    if (!s)
        return false;
    s->last_handle = from->last_handle;
    s->cow = malloc((from->nr_cow + 1) * sizeof(*s->cow));
    s->sharers = malloc((from->nr_sharers + 1) * sizeof(*s->sharers));
    if (!s->cow || !s->sharers) {
        sharing_free(s);
        return false;
    }
    s->nr_cow = from->nr_cow;
    s->max_cow = from->nr_cow + 1;
    s->nr_sharers = from->nr_sharers;
    s->max_sharers = from->nr_sharers + 1;
    if (s->nr_cow)
        memcpy(s->cow, from->cow, s->nr_cow * sizeof(*s->cow));
    if (s->nr_sharers)
        memcpy(s->sharers, from->sharers, s->nr_sharers * sizeof(*s->sharers));
    *ret = s;
    return true;
}

/* --- Looking ------------------------------------------------------------------------------- */

static size_t place_of(const struct sharing *s, uint64_t frame)
{
    size_t low = 0, high = s->nr_cow;

    SEARCH(low, high, i, s->cow[i].frame < frame);
    return low;
}

static struct cow_frame *find(const struct xenpt_machine *m, uint64_t frame)
{
    struct sharing *s = m->sharing;
    size_t at = s ? place_of(s, frame) : 0;

    return s && at < s->nr_cow && s->cow[at].frame == frame ? &s->cow[at] : NULL;
}

const struct cow_frame *sharing_frame(const struct xenpt_machine *m, uint64_t frame)
{
    return find(m, frame);
}

size_t sharing_count(const struct xenpt_machine *m, uint64_t frame)
{
    size_t nr = 0;

    for (size_t i = 0; m->sharing && i < m->sharing->nr_sharers; i++)
        nr += m->sharing->sharers[i].frame == frame;
    return nr;
}

struct sharer *sharing_next(const struct xenpt_machine *m, uint64_t frame)
{
    for (size_t i = 0; m->sharing && i < m->sharing->nr_sharers; i++)
        if (m->sharing->sharers[i].frame == frame)
            return &m->sharing->sharers[i];
    return NULL;
}

bool sharing_at(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn, uint64_t *ret)
{
    struct p2m_slot s;

    if (!m->sharing || is_pv(d))
        return false;
    s = p2m_slot_of(m, d->p2m, gfn);
    if (!p2m_is_page(&s) || p2m_type_of(m, d, s.entry) != P2M_RAM_SHARED)
        return false;
    *ret = p2m_maddr(&s, gfn) >> XENPT_PAGE_SHIFT;
    return true;
}

/* --- Coming and going ---------------------------------------------------------------------- */

static bool grow(void **list, size_t *max, size_t nr, size_t size)
{
    void *grown;

    if (nr <= *max)
        return true;
    grown = realloc(*list, 2 * nr * size);
    if (!grown)
        return false;
    *list = grown;
    *max = 2 * nr;
    return true;
}

bool sharing_reserve(struct xenpt_machine *m, size_t nr)
{
    struct sharing *s = sharing_of(m);
    void *cow = s ? s->cow : NULL, *sharers = s ? s->sharers : NULL;
    bool ok = s && grow(&cow, &s->max_cow, s->nr_cow + nr, sizeof(*s->cow)) &&
              grow(&sharers, &s->max_sharers, s->nr_sharers + nr, sizeof(*s->sharers));

    if (s) {
        s->cow = cow;
        s->sharers = sharers;
    }
    return ok;
}

uint64_t sharing_begin(struct xenpt_machine *m, uint64_t frame)
{
    struct sharing *s = m->sharing;
    size_t at = place_of(s, frame);

    memmove(s->cow + at + 1, s->cow + at, (s->nr_cow - at) * sizeof(*s->cow));
    s->nr_cow++;
    s->cow[at] = (struct cow_frame){ frame, ++s->last_handle };
    return s->last_handle;
}

void sharing_join(struct xenpt_machine *m, uint64_t frame, uint32_t domain, uint64_t gfn)
{
    struct sharing *s = m->sharing;

    s->sharers[s->nr_sharers++] = (struct sharer){ frame, gfn, domain };
}

void sharing_part(struct xenpt_machine *m, uint64_t frame, uint32_t domain, uint64_t gfn)
{
    struct sharing *s = m->sharing;

    for (size_t i = 0; i < s->nr_sharers; i++) {
        const struct sharer *is = &s->sharers[i];

        if (is->frame != frame || is->domain != domain || is->gfn != gfn)
            continue;
        s->nr_sharers--;
        memmove(s->sharers + i, s->sharers + i + 1, (s->nr_sharers - i) * sizeof(*s->sharers));
        return;
    }
}

void sharing_end(struct xenpt_machine *m, uint64_t frame)
{
    struct cow_frame *f = find(m, frame);

    if (f)
        f->handle = 0;
}

void sharing_forget(struct xenpt_machine *m, uint64_t frame)
{
    struct sharing *s = m->sharing;
    size_t at = s ? place_of(s, frame) : 0;

    if (!s || at == s->nr_cow || s->cow[at].frame != frame)
        return;
    s->nr_cow--;
    memmove(s->cow + at, s->cow + at + 1, (s->nr_cow - at) * sizeof(*s->cow));
}
