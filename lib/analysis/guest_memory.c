/* guest_memory.c - reading a guest's tables where its second stage puts them. */
#include "analysis/guest_memory.h"

#include "base/bits.h"
#include "xenpt/judge.h"

/*
 * What the processor does to a guest's table, as an access that judge weighs.  NPT writes
 * every table it reads (APM vol. 2, 15.25.5), and so does EPT with A and D flags (SDM vol. 3,
 * "Accessed and Dirty Flags for EPT"), but for PDPTEs, which it loads into registers.
 */
static struct xenpt_access table_access(const struct xenpt_context *c, uint64_t at)
{
    const struct xenpt_format *first = &c->paging.format, *second = &c->second.format;
    bool npt = second->cache == XENPT_CACHE_PAT;
    bool loaded = first->level[first->top].in_register && !npt && at - c->paging.root < 32;

    return (struct xenpt_access){
        .kind = second->accessed && !loaded ? XENPT_WRITE : XENPT_READ,
    };
}

static bool read_guest(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct guest_memory *m = (const struct guest_memory *)self;
    uint8_t *to = buf;

    while (size) {
        struct xenpt_access access = table_access(m->context, at);
        uint64_t left = XENPT_PAGE_SIZE - (at & (XENPT_PAGE_SIZE - 1));
        size_t n = (size_t)min_u64(size, left);
        struct xenpt_verdict verdict;
        struct xenpt_walk walk;

        xenpt_walk(&m->context->second, m->machine, at, &walk);
        xenpt_judge(&m->context->second, &walk, &access, &verdict);
        if (!verdict.allowed || !xenpt_read(m->machine, walk.out, to, n))
            return false;
        at += n;
        to += n;
        size -= n;
    }
    return true;
}

void guest_memory_init(struct guest_memory *ret, const struct xenpt_context *context,
                       const struct xenpt_reader *machine)
{
    *ret = (struct guest_memory){
        .reader = *machine,
        .context = context,
        .machine = machine,
    };
    if (context->has_second)
        ret->reader = (struct xenpt_reader){ .read = read_guest, .held = XENPT_HELD_BEHIND_CALL };
}
