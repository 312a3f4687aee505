/*
 * idle.c - Xen's own table, which idle CPUs run on and from which every other root has what is
 * shared by all.
 */
#include "xen/internal.h"

/* --- Devices ------------------------------------------------------------------------------- */

/* Where a PC has them: Intel 82093AA and SDM vol. 3, "Local APIC Status and Location". */
static const struct {
    const char *part;
    uint64_t maddr;
} devices[] = {
    { "io-apic", UINT64_C(0xfec00000) },
    { "local-apic", UINT64_C(0xfee00000) },
};

static enum xenpt_code fixmap(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "fixmap");
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && area && i < sizeof(devices) / sizeof(devices[0]); i++) {
        const struct xenpt_part *p = xenpt_area_part(area, devices[i].part);
        struct stretch s = area_stretch(m, area);

        if (!p || !p->placed)
            continue;
        s.first = area->first + p->first;
        s.last = area->first + p->last;
        s.maddr = devices[i].maddr;
        s.leaf = p->leaf;
        s.pages = 1u << 1;
        code = area_map(m, &s, err);
    }
    return code;
}

/* The first page of the area is a bitmap of those in use; common/vmap.c, vm_init. */
static enum xenpt_code vmap(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "vmap");
    struct stretch s;
    enum xenpt_code code;

    if (!area)
        return XENPT_OK;
    s = area_stretch(m, area);
    s.last = s.first + XENPT_PAGE_SIZE - 1;
    code = frames_new(m, 0, &s.maddr, err);
    return code ? code : area_map(m, &s, err);
}

static enum xenpt_code mmcfg(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_MMCFG);
    struct stretch s;

    if (!area || !m->host.mmcfg)
        return XENPT_OK;
    s = area_stretch(m, area);
    s.last = s.first + (uint64_t)m->host.mmcfg_buses * (1u << 20) - 1;
    s.maddr = m->host.mmcfg_base;
    return area_map(m, &s, err);
}

enum xenpt_code devices_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code code = fixmap(m, err);

    if (!code)
        code = vmap(m, err);
    return code ? code : mmcfg(m, err);
}

/* --- The boot trampoline ------------------------------------------------------------------- */

/*
 * 64 KiB below the end of conventional memory, or what of it is whole pages; boot/head.S.
 */
#define TRAMPOLINE UINT64_C(0x10000)

static enum xenpt_code low_identity(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "low-identity");
    uint64_t end = m->ram[0].last + 1;
    struct stretch s;

    if (!area || !area->boot_pages)
        return XENPT_OK;
    if (m->ram[0].first || end > UINT64_C(0xa0000) || end <= TRAMPOLINE)
        end = UINT64_C(0xa0000);
    s = area_stretch(m, area);
    s.first = area->first + end - TRAMPOLINE;
    s.last = s.first + (uint64_t)area->boot_pages * XENPT_PAGE_SIZE - 1;
    s.maddr = end - TRAMPOLINE;
    return area_map(m, &s, err);
}

/* --- All of it ----------------------------------------------------------------------------- */

enum xenpt_code idle_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code (*const steps[])(struct xenpt_machine *, struct xenpt_error *) = {
        frametable_build, m2p_build,     directmap_build, image_build,
        stubs_build,      devices_build, low_identity,
    };
    struct root_of of = { .kind = XENPT_ROOT_IDLE, .shadow = NO_TABLE };
    enum xenpt_code code = table_static(m, &m->idle, err);

    for (size_t i = 0; !code && i < sizeof(steps) / sizeof(steps[0]); i++)
        code = steps[i](m, err);
    of.self = m->idle;
    if (!code)
        code = perdomain_idle(m, &of.perdomain, err);
    return code ? code : root_fill(m, m->idle, &of, err);
}
