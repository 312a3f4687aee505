/*
 * touch_event.c - what Xen reads and writes of guests' memory for events: shared_info by the
 * directmap, as it is a page of Xen's heap; pages that a guest has given for that by a mapping that
 * Xen keeps, map_domain_page_global(); common/event_2l.c, event_fifo.c, x86/domain.c,
 * vcpu_mark_events_pending, 4.17.
 */
#include "xen/events.h"
#include "xen/touch.h"

void event_tell(struct xenpt_machine *m, const struct event_by *by, const struct domain *d,
                uint64_t maddr, uint64_t length, bool write)
{
    bool given;

    if (!touch_heard(m) || !by || maddr == NO_TABLE)
        return;
    given = domain_extent(d, maddr >> XENPT_PAGE_SHIFT);
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_EVENT,
                                   given ? XENPT_TOUCH_KEPT : XENPT_TOUCH_DIRECTMAP),
                             .maddr = maddr, .length = length, .write = write,
                             .consent = given ? XENPT_TOUCH_REGISTERED : XENPT_TOUCH_SHARED };

    t.by_domain = by->d->id;
    touch_by_xen(m, by->d, by->v, &t);
}

void event_tell_bit(struct xenpt_machine *m, const struct event_by *by, const struct domain *d,
                    struct event_place at, bool write)
{
    if (at.maddr != NO_TABLE)
        event_tell(m, by, d, at.maddr + (at.mask >> 32 ? 4 : 0), 4, write);
}
