/* physmap_fixture.c - see physmap_fixture.h. */
#include "physmap_fixture.h"

#include "xen/internal.h"
#include "xen/owner.h"

int batch_errors[16];

static const char *ask(uint32_t d, const struct xenpt_physmap_add *a)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_physmap_add(p.w.machine, &c, a, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *add(uint32_t d, uint32_t space, uint64_t idx, uint64_t gfn)
{
    return add_to(d, SELF, space, idx, gfn);
}

const char *add_to(uint32_t d, uint32_t of, uint32_t space, uint64_t idx, uint64_t gfn)
{
    struct xenpt_physmap_add a = { .domain = of, .space = space, .idx = idx, .gfn = gfn };

    return ask(d, &a);
}

const char *add_range(uint32_t d, uint64_t idx, uint64_t gfn, uint64_t size)
{
    struct xenpt_physmap_add a = {
        .domain = SELF, .space = XENPT_PHYSMAP_GMFN_RANGE, .idx = idx, .gfn = gfn, .size = size
    };

    return ask(d, &a);
}

const char *add_batch(uint32_t d, uint32_t space, uint64_t idx, uint64_t gfn, uint32_t foreign,
                      size_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_physmap_add list[16];
    struct xenpt_error err = { 0 };

    for (size_t i = 0; i < nr; i++)
        list[i] = (struct xenpt_physmap_add){
            .domain = SELF, .space = space, .idx = idx + i, .gfn = gfn + i, .foreign = foreign
        };
    if (xenpt_physmap_add_batch(p.w.machine, &c, list, nr, batch_errors, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *take_out(uint32_t d, uint64_t gfn)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_physmap_remove(p.w.machine, &c, SELF, gfn, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

struct xenpt_p2m_entry entry_at(uint32_t d, uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(p.w.machine, d, XENPT_VIEW_HOST, gfn, &e));
    return e;
}

uint64_t frame_at(uint32_t d, uint64_t gfn)
{
    struct xenpt_p2m_entry e = entry_at(d, gfn);

    return e.type ? e.maddr >> 12 : UINT64_MAX;
}

const char *type_at(uint32_t d, uint64_t gfn)
{
    struct xenpt_p2m_entry e = entry_at(d, gfn);

    return e.type ? e.type->name : "";
}

uint64_t m2p_says(uint64_t mfn)
{
    return contents_gfn(&p.w.machine->contents, mfn);
}

uint64_t special_of(uint32_t d, enum xenpt_special special, size_t nth)
{
    struct xenpt_special_frames f;

    for (size_t i = 0; xenpt_machine_special(p.w.machine, d, i, &f); i++)
        if (f.special == special && !nth--)
            return f.mfn;
    fail_msg("no such page");
    return 0;
}

bool is_free(uint64_t mfn)
{
    uint32_t domain;

    return frame_owner(p.w.machine, mfn, &domain) == OWNER_FREE;
}
