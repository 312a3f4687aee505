/* expose_fixture.c - see expose_fixture.h. */
#include "expose_fixture.h"

#include "fail_alloc.h"

/* Whose: frames 0-15 of xen, 16-63 of d1, from 4 MiB on nothing, between d2. */
static const char *names[] = { "xen", "d1", "d2" };
static struct xenpt_owned pieces[] = {
    { 0, 0xffff, 0 },
    { 0x10000, 0x3ffff, 1 },
    { 0x40000, 0x3fffff, 2 },
};
const struct xenpt_owners owners = { names, 3, pieces, 3 };

const char *owner_name(uint32_t owner)
{
    return owner == XENPT_OWNER_NONE ? "none" : names[owner];
}

void second_stage(struct world *w)
{
    static const struct entry entries[] = {
        { 0x101000, 0, 0x102000 | EPT_R | EPT_W | EPT_X },
        { 0x102000, 0, 0x103000 | EPT_R | EPT_W | EPT_X },
        { 0x103000, 0, 0x104000 | EPT_R | EPT_W | EPT_X },
        { 0x104000, 1, 0x41000 | EPT_ALL },
        { 0x104000, 2, 0x42000 | EPT_ALL },
        { 0x104000, 3, 0x43000 | EPT_ALL },
        { 0x104000, 4, 0x44000 | EPT_ALL },
        { 0x104000, 5, 0x10000 | EPT_R | 6u << 3 },
        { 0x104000, 6, 0x9000 | EPT_ALL },
        { 0x104000, 7, 0x12000 },
        { 0x41000, 0, 0x2000 | ALL },
        { 0x42000, 0, 0x3000 | ALL },
        { 0x43000, 0, 0x4000 | ALL },
        { 0x44000, 0, 0x5000 | ALL },
        { 0x44000, 1, 0x6000 | P | RW | NX },
        { 0x44000, 2, 0x7000 | ALL },
        { 0x44000, 3, 0x13000 },
    };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);

    world_put(w, entries, COUNT(entries));
    assert_int_equal(xenpt_paging_init_ept(&w->context.second, &cpu, 0x101000 | 3 << 3 | 6, NULL),
                     XENPT_OK);
    w->context.has_second = true;
}

void each_allocation_fails(enum xenpt_code (*ask)(const struct world *w, char *text))
{
    static const struct entry entries[] = { { 0x103000, 2, 0x200000 | EPT_ALL | PS } };
    enum xenpt_code code;
    struct world w;

    world_init(&w);
    second_stage(&w);
    world_put(&w, entries, COUNT(entries));
    for (unsigned long n = 0;; n++) {
        char text[TEXT_MAX] = "";

        fail_alloc_after(n);
        code = ask(&w, text);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    world_fini(&w);
}
