/*
 * invariant_coherent.c - whether memory has what Xen has checked: XSA-402.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/lines.h"
#include "xen/frames.h"
#include "xen/owner.h"

static bool is_its(const struct holding *h, uint64_t at)
{
    const struct xenpt_machine *m = h->w->machine;
    uint32_t domain;

    return frame_owner(m, at >> XENPT_PAGE_SHIFT, &domain) == OWNER_DOMAIN &&
           !strcmp(m->domains[domain].name, h->c->domain);
}

/* Whether Xen goes by what is in a frame. */
static const char *checked_as(const struct world *w, uint64_t at)
{
    const struct frame_info *info = w->machine->frames
                                        ? frames_find(w->machine->frames, at >> XENPT_PAGE_SHIFT)
                                        : NULL;

    if (!info || !info->type_count || !(info->flags & FRAME_VALIDATED) || info->type < FRAME_L1 ||
        info->type > FRAME_SEG_DESC)
        return NULL;
    return xenpt_frame_type_word((enum xenpt_frame_type)info->type)->name;
}

bool invariant_coherent(struct holding *h)
{
    const struct beside *b;
    const char *type;
    size_t i = 0;

    if (!h->w->lines)
        return world_cannot(h->w, "no data are cached: it takes caches: modelled");
    while (!h->found && (b = lines_beside(h->w->lines, &i))) {
        uint64_t cached = 0;

        type = checked_as(h->w, b->at);
        if (!type || !is_its(h, b->at) ||
            !xenpt_read(h->w->view->mem, b->at, &cached, sizeof(cached)) || cached == b->memory)
            continue;
        h->found = world_text(h->w,
                              "mfn 0x%" PRIx64 " is in use as %s, and its word %" PRIu64
                              " is 0x%" PRIx64 " in caches, and 0x%" PRIx64 " in memory",
                              b->at >> XENPT_PAGE_SHIFT, type, b->at % XENPT_PAGE_SIZE / 8, cached,
                              b->memory);
        h->lost |= !h->found;
        h->nowhere = true;
    }
    return !h->lost;
}
