/* journal_text.c - a touch of a guest's memory in words. */
#include <inttypes.h>
#include <stdio.h>

#include "scenario/journal.h"

const char *touch_whom(struct world *w, const struct xenpt_touch *t)
{
    if (t->by_domain == XENPT_TOUCH_NOBODY)
        return NULL;
    if (t->by_vcpu == XENPT_TOUCH_NOBODY)
        return world_text(w, "%s", journal_domain(w->journal, t->by_domain));
    return world_text(w, "%s.v%u", journal_domain(w->journal, t->by_domain),
                      (unsigned int)t->by_vcpu);
}

/* "xen on cpu0 for d1.v0", "d0.v0 on cpu1", "a device of d1" */
static const char *who(struct world *w, const struct xenpt_touch *t, char *buf, size_t size)
{
    const char *whom = touch_whom(w, t);
    char cpu[24] = "";

    if (t->cpu != XENPT_TOUCH_NOBODY)
        snprintf(cpu, sizeof(cpu), " on cpu%u", (unsigned int)t->cpu);
    if (t->by == XENPT_TOUCH_XEN)
        snprintf(buf, size, "xen%s%s%s", cpu, whom ? " for " : "", whom ? whom : "");
    else if (t->by == XENPT_TOUCH_VCPU)
        snprintf(buf, size, "%s%s", whom ? whom : "a domain", cpu);
    else
        snprintf(buf, size, "a device%s%s", whom ? " of " : "", whom ? whom : "");
    return buf;
}

/* "gfn 0x5+0x10, mfn 0x1005" */
static const char *where(const struct xenpt_touch *t, char *buf, size_t size)
{
    uint64_t offset = t->maddr % XENPT_PAGE_SIZE, nr;
    char gfn[40] = "", more[40] = "";

    if (t->maddr == XENPT_TOUCH_UNKNOWN) {
        snprintf(buf, size, "at an address that is not said");
        return buf;
    }
    nr = (offset + t->length + XENPT_PAGE_SIZE - 1) >> XENPT_PAGE_SHIFT;
    if (t->gfn != XENPT_TOUCH_UNKNOWN)
        snprintf(gfn, sizeof(gfn), "gfn 0x%" PRIx64 ", ", t->gfn);
    if (nr > 1)
        snprintf(more, sizeof(more), ", %" PRIu64 " frames", nr);
    snprintf(buf, size, "%smfn 0x%" PRIx64 "%s%.0" PRIx64 "%s", gfn, t->maddr >> XENPT_PAGE_SHIFT,
             offset ? "+0x" : "", offset, more);
    return buf;
}

/* "xen on cpu0 for d1.v0 reads 16 bytes of d1, gfn 0x5+0x10, mfn 0x1005: argument, through
 * guest-tables at 0xffffffff80005010, asked" */
const char *touch_text(struct world *w, const struct xenpt_touch *t)
{
    char by[160], at[160], bytes[40] = "some bytes", va[40] = "", times[40] = "";

    if (t->length)
        snprintf(bytes, sizeof(bytes), "%" PRIu64 " byte%s", t->length, t->length == 1 ? "" : "s");
    if (t->va != XENPT_TOUCH_UNKNOWN)
        snprintf(va, sizeof(va), " at 0x%" PRIx64, t->va);
    if (t->times > 1)
        snprintf(times, sizeof(times), ", %" PRIu64 " times", t->times);
    return world_text(w, "%s %s %s of %s%s, %s: %s, through %s%s%s, %s%s",
                      who(w, t, by, sizeof(by)), t->write ? "writes" : "reads", bytes,
                      journal_domain(w->journal, t->domain), t->xens ? " (a page of Xen's)" : "",
                      where(t, at, sizeof(at)), touch_why_words[t->why].name,
                      touch_through_words[t->through].name, va, t->writable ? "" : " (read-only)",
                      touch_consent_words[t->consent].name, times);
}
