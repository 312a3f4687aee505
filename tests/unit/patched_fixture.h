/* patched_fixture.h - a machine, and its memory with another entry in one place. */
#ifndef XENPT_TEST_PATCHED_FIXTURE_H
#define XENPT_TEST_PATCHED_FIXTURE_H

#include <string.h>

#include "xenpt/machine.h"

/* Memory of which one entry is another. */
struct patched {
    struct xenpt_reader reader; /* First: it is cast back. */
    const struct xenpt_reader *mem;
    uint64_t at, entry;
};

static inline bool read_patched(const struct xenpt_reader *self, uint64_t at, void *buf,
                                size_t size)
{
    const struct patched *p = (const struct patched *)self;

    if (!xenpt_read(p->mem, at, buf, size))
        return false;
    if (p->at >= at && p->at + sizeof(p->entry) <= at + size)
        memcpy((uint8_t *)buf + (p->at - at), &p->entry, sizeof(p->entry));
    return true;
}

struct machine {
    struct xenpt_layout *layout;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
};

#endif
