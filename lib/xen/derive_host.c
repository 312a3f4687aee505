/* derive_host.c - what the host and the build have besides RAM and CPUs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xen/deriving.h"

#define MIB1 (UINT64_C(1) << 20)

static enum xenpt_code mmcfg(struct deriving *d)
{
    const struct xenpt_area *area = xenpt_layout_filled(d->layout, XENPT_FILL_MMCFG);
    struct ranges list;
    enum xenpt_code code;
    uint64_t bytes = 0;
    char value[80];

    if (!area)
        return XENPT_OK;
    code = pages_of(d, d->idle, area->first, area->last, false, &list);
    for (size_t i = 0; !code && i < list.nr; i++)
        bytes += range_size(&list.range[i]);
    if (!code && bytes) {
        d->desc->host.mmcfg = true;
        d->desc->host.mmcfg_base = list.range[0].out - (list.range[0].first - area->first);
        d->desc->host.mmcfg_buses = (uint32_t)(bytes / MIB1);
        snprintf(value, sizeof(value), "%" PRIu32 " buses from 0x%" PRIx64,
                 d->desc->host.mmcfg_buses, d->desc->host.mmcfg_base);
        infer(d, "MMCFG", value, "what %s leads to", area->name);
    }
    free(list.range);
    return code;
}

/* A build has what areas that depend on it show: they are mapped. */
static bool built_with(const struct deriving *d, enum xenpt_condition condition, bool otherwise)
{
    bool any = false;

    for (size_t i = 0; i < d->layout->nr_areas; i++) {
        const struct xenpt_area *a = &d->layout->areas[i];

        if (!(a->when & 1u << condition) || !(a->kinds & 1u << XENPT_ROOT_IDLE))
            continue;
        any = true;
        if (maps_any_page(d, d->idle, a->first, a->last))
            return true;
    }
    return !any && otherwise;
}

/* Whether a root has tables for an area, below its own entry, whatever they map. */
static bool has_tables(const struct deriving *d, const struct xenpt_root *root,
                       const struct xenpt_area *area)
{
    struct xenpt_walk walk;

    xenpt_walk(&root->context.paging, d->view->mem, area->first, &walk);
    return walk.nr_steps > 1 && walk.step[1].role == XENPT_TABLE;
}

/* A debug build is told by what guests have of it; with RAM that no PV root's directmap reaches,
 * all builds have that. */
static bool is_debug(const struct deriving *d)
{
    const unsigned int debug = 1u << XENPT_IF_DEBUG, high = 1u << XENPT_IF_HIGH_RAM;
    const struct xenpt_area *ram = derived_ram_area(d);
    struct xenpt_extent extent;

    if (built_with(d, XENPT_IF_DEBUG, false))
        return true;
    for (size_t i = 0; i < d->layout->nr_areas; i++) {
        const struct xenpt_area *a = &d->layout->areas[i];

        if (!(a->when & debug) ||
            (a->when & high && xenpt_area_extent(ram, XENPT_ROOT_PV64_KERNEL, high, &extent) &&
             d->ram[d->desc->host.nr_ranges - 1].last > extent.last - extent.first))
            continue;
        for (size_t k = 0; k < d->nr_roots; k++)
            for (unsigned int kind = 0; kind < XENPT_NR_ROOT_KINDS; kind++)
                if (a->kinds >> kind & 1 && !d->root[k].stale &&
                    root_is(&d->root[k], (enum xenpt_root_kind)kind) &&
                    has_tables(d, &d->root[k], a))
                    return true;
    }
    return false;
}

/* The first processor that has, or has not, what XPTI is for; AMD's, if it has to be. */
static const struct xenpt_cpu_model *processor(bool meltdown, bool amd)
{
    const struct xenpt_cpu_model *models;
    size_t nr = xenpt_cpu_models(&models);

    for (size_t i = 0; i < nr; i++)
        if (amd ? models[i].cpu.vendor == XENPT_AMD : models[i].meltdown == meltdown)
            return &models[i];
    return NULL;
}

enum xenpt_code derive_host(struct deriving *d)
{
    char build[40];

    d->amd = derived_amd(d);
    d->desc->host.processor = processor(d->nr_xpti, d->amd);
    infer(d, "processor", d->desc->host.processor ? d->desc->host.processor->name : "any", "%s",
          d->amd       ? "second stages are nested paging, so it is AMD's"
          : d->nr_xpti ? "there are XPTI roots: one that Meltdown concerns"
                       : "there are no XPTI roots: one that Meltdown does not concern");
    d->desc->xen.pv32 = built_with(d, XENPT_IF_PV32, true);
    d->desc->xen.debug = is_debug(d);
    snprintf(build, sizeof(build), "%s 32-bit PV%s", d->desc->xen.pv32 ? "with" : "without",
             d->desc->xen.debug ? ", for debugging" : "");
    infer(d, "build", build, "areas that only such a build has");
    return mmcfg(d);
}
