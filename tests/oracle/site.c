#include "oracle/site.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* In a GiB of its own, so that the host's tables share little. */
uint64_t site_gpa(const struct plan *plan, unsigned int n)
{
    if (plan->second == SECOND_KINDS)
        return UINT64_C(0x40000000) + (SITE_FRAME + n) * 4096;
    return ((uint64_t)(n % 4) << 30) + (SITE_FRAME + n) * 4096;
}

/* A guest's tables from frame 32 + top down to 32 + leaf; the page is frame 32. */
static void build_guest(struct site *s, const struct plan *plan)
{
    unsigned int size = plan->guest == ORACLE_32_BIT ? 4 : 8;
    unsigned int top = plan->guest == ORACLE_32_BIT ? 2 : (unsigned int)plan->guest + 1;
    uint64_t page = site_gpa(plan, 0);

    if (plan->guest == ORACLE_NO_PAGING) {
        s->in = page;
        return;
    }
    s->regs.cr3 = site_gpa(plan, top);
    for (unsigned int l = top; l >= plan->guest_leaf; l--) {
        unsigned int shift = plan->guest == ORACLE_32_BIT ? 2 + 10 * l : 3 + 9 * l;
        uint64_t entry = plan->guest == ORACLE_PAE && l == 3 ? 1 : 7;

        s->in |= UINT64_C(1) << shift; /* The second slot of each table. */
        if (l > plan->guest_leaf) {
            entry |= site_gpa(plan, l - 1);
        } else {
            entry |= page >> shift << shift | (l > 1 ? 1 << 7 : 0);
            s->in |= in_place(page, shift - 1, 12); /* The frame there is of a large page. */
        }
        tiny_put(&s->mem, tiny_frame(&s->mem, SITE_FRAME + l) + size, entry, size);
    }
}

void site_set_host(struct site *s)
{
    const struct oracle_second *o = &s->setting;

    if (o->ept)
        assert_int_equal(xenpt_paging_init_ept(&s->host, &o->cpu, o->pointer, NULL), XENPT_OK);
    else
        assert_int_equal(xenpt_paging_init_npt(&s->host, &o->cpu, &o->host, o->pointer, NULL),
                         XENPT_OK);
}

unsigned int site_entry_of(const struct site *s, const struct plan *plan, unsigned int n)
{
    uint64_t frame = plan->second_leaf == 1 ? tiny_frame(&s->mem, SITE_FRAME + n) : s->mem.first;
    unsigned int i = 0;

    while (!s->second.entry[i].page || in_place(second_tree_get(&s->second, i), 51, 12) != frame)
        i++;
    return i;
}

static void build_host(struct site *s, const struct plan *plan)
{
    for (unsigned int n = 0; n < 6; n++)
        if (plan->second_leaf == 1)
            second_tree_map(&s->second, site_gpa(plan, n), tiny_frame(&s->mem, SITE_FRAME + n), 1);
        else
            second_tree_map(&s->second, site_gpa(plan, n), s->mem.first, plan->second_leaf);
    s->setting = second_tree_plain(&s->second, &s->cpu);
    site_set_host(s);
}

void site_build(struct site *s, const struct plan *plan)
{
    bool amd = plan->second >= SECOND_NPT2 && plan->second != SECOND_KINDS;

    tiny_memory_init(&s->mem, 0x40000000, TINY_FRAMES * 4096);
    s->cpu = xenpt_cpu_widest(amd ? XENPT_AMD : XENPT_INTEL);
    s->regs.cr0 = plan->guest == ORACLE_NO_PAGING ? 1 : 1u << 31 | 1;
    s->regs.cr4 = plan->guest == ORACLE_32_BIT      ? 1u << 4
                  : plan->guest == ORACLE_5_LEVEL   ? 1u << 5 | 1u << 12
                  : plan->guest == ORACLE_NO_PAGING ? 0
                                                    : 1u << 5;
    s->regs.efer = plan->guest >= ORACLE_4_LEVEL ? 1u << 8 | 1u << 10 : 0;
    build_guest(s, plan);
    assert_int_equal(xenpt_paging_init(&s->guest, &s->cpu, &s->regs, NULL), XENPT_OK);
    if (plan->second == SECOND_KINDS)
        return;
    second_tree_init(&s->second, plan->second, &s->mem, 0, SITE_FRAME);
    build_host(s, plan);
}
