/* machine.c - a machine from its description, and back to nothing. */
#include <stdlib.h>
#include <string.h>

#include "xen/enclave.h"
#include "xen/frames.h"
#include "xen/own_rules.h"
#include "xen/quarantine.h"
#include "xen/sharing.h"
#include "xen/xenstore.h"

static enum xenpt_code check_release(const struct xenpt_layout *layout, struct xenpt_error *err)
{
    if (!layout || strcmp(layout->system, "xen"))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "a machine runs Xen, and %s is no layout of it",
                          layout ? layout->name : "nothing");
    if (!xenpt_layout_filled(layout, XENPT_FILL_RAM) ||
        !xenpt_layout_filled(layout, XENPT_FILL_FRAMETABLE) ||
        !xenpt_layout_filled(layout, XENPT_FILL_IMAGE))
        return xenpt_fail(err, XENPT_ESTATE,
                          "the layout %s has no directmap, no frametable or no image",
                          layout->name);
    return XENPT_OK;
}

/* Where the directmap of a PV root ends, as a frame: what Xen itself uses lies below. */
static uint64_t reach(const struct xenpt_machine *m)
{
    const struct xenpt_area *map = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    struct xenpt_extent extent;
    uint64_t end;

    if (!xenpt_area_extent(map, XENPT_ROOT_PV64_KERNEL, m->conditions, &extent))
        return m->max_frame;
    end = (extent.last - extent.first + 1) >> XENPT_PAGE_SHIFT;
    if (m->options.highmem_start && m->options.highmem_start >> XENPT_PAGE_SHIFT < end)
        end = m->options.highmem_start >> XENPT_PAGE_SHIFT;
    return end;
}

static void conditions(struct xenpt_machine *m)
{
    struct {
        enum xenpt_condition condition;
        bool holds;
    } rows[] = {
        { XENPT_IF_DEBUG, m->xen.debug },
        { XENPT_IF_SUPERPAGES, m->options.superpages == SET_ON },
        { XENPT_IF_MMCFG, m->host.mmcfg },
        /* setup.c: none where Xen uses CET. */
        { XENPT_IF_PV32, m->xen.pv32 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].holds)
            m->conditions |= 1u << rows[i].condition;
    m->runs_pv32 = m->xen.pv32 && m->options.pv32 != SET_OFF && m->options.cet_ss != SET_ON &&
                   m->options.cet_ibt != SET_ON;
    m->heap_below = reach(m);
    if (m->max_frame > m->heap_below)
        m->conditions |= 1u << XENPT_IF_HIGH_RAM;
    if (m->heap_below > m->max_frame)
        m->heap_below = m->max_frame;
}

static enum xenpt_code host(struct xenpt_machine *m, const struct xenpt_machine_desc *desc,
                            struct xenpt_error *err)
{
    const struct xenpt_cpu_model *models;
    enum xenpt_code code;

    xenpt_cpu_models(&models);
    m->host = desc->host;
    m->xen = desc->xen;
    m->layout = desc->xen.layout;
    m->processor = desc->host.processor ? desc->host.processor : models;
    m->nr_cpus = desc->host.cpus ? desc->host.cpus : 1;
    own_rules_of(&desc->xen, m->own_rules);
    m->xen.rules = NULL; /* Which there are is known now. */
    if (!m->xen.release.major)
        m->xen.release = m->layout->last.major ? m->layout->last : m->layout->first;
    if (!m->host.mmcfg_buses)
        m->host.mmcfg_buses = 256;
    if (m->nr_cpus > 4095)
        return xenpt_fail(err, XENPT_ERANGE, "Xen runs on 4095 CPUs at most, and not on %u",
                          (unsigned int)m->nr_cpus);
    code = ram_take(m, &desc->host, err);
    return code ? code : epc_take(m, err);
}

bool is_bigmem(const struct xenpt_machine *m)
{
    return m->layout->variant && m->layout->variant[0];
}

bool machine_since(const struct xenpt_machine *m, unsigned int major, unsigned int minor)
{
    const struct xenpt_release *r = &m->xen.release;

    return r->major > major || (r->major == major && r->minor >= minor);
}

static bool wants_xpti(const struct xenpt_machine *m)
{
    bool by_default = m->processor->meltdown;
    enum setting set[] = { m->options.xpti_dom0, m->options.xpti_domu };
    bool wanted = false;

    for (size_t i = 0; i < 2; i++)
        wanted |= set[i] == SET_DEFAULT ? by_default : set[i] == SET_ON;
    return wanted && m->layout->xpti.since.major;
}

static enum xenpt_code build(struct xenpt_machine *m, const struct xenpt_machine_desc *desc,
                             struct xenpt_error *err)
{
    enum xenpt_code code = check_release(desc->xen.layout, err);

    if (!code)
        code = xenpt_store_create(&m->store, err);
    if (!code)
        code = contents_init(&m->contents, m->store, err);
    if (!code)
        code = xenpt_alloc_create(&m->alloc, err);
    if (!code)
        code = options_read(desc->xen.options, &m->options, err);
    if (!code)
        code = host(m, desc, err);
    if (code)
        return code;
    if (m->options.highmem_start && !m->xen.debug)
        return xenpt_fail(err, XENPT_EPARSE, "highmem-start: only a debug build of Xen takes it");
    if (m->options.highmem_start % level_size(3))
        return xenpt_fail(err, XENPT_ERANGE, "highmem-start: whole GiB are wanted");
    conditions(m);
    code = place_xen(m, &desc->xen, err);
    if (!code)
        code = cpus_claim(m, err);
    if (!code)
        code = idle_build(m, err);
    if (!code)
        code = cpus_build(m, err);
    if (!code)
        code = root_cut(m, err);
    if (!code && wants_xpti(m))
        code = xpti_build(m, err);
    if (!code)
        code = domains_build(m, desc, err);
    if (!code)
        code = quarantine_build(m, err);
    if (!code)
        contents_open(&m->contents);
    return code;
}

enum xenpt_code xenpt_machine_create(const struct xenpt_machine_desc *desc,
                                     struct xenpt_machine **ret, struct xenpt_error *err)
{
    struct xenpt_machine *m = calloc(1, sizeof(*m));
    enum xenpt_code code;

    if (!m)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a machine");
    code = build(m, desc, err);
    if (code) {
        xenpt_machine_destroy(m);
        return code;
    }
    *ret = m;
    return XENPT_OK;
}

void xenpt_machine_destroy(struct xenpt_machine *m)
{
    if (!m)
        return;
    snapshots_free(m);
    view_free(m->view);
    domains_free(m->domains, m->nr_domains);
    free(m->descs);
    contents_fini(&m->contents);
    frames_drop(m->frames);
    store_release(m->xenstore);
    sharing_free(m->sharing);
    free(m->templates);
    free(m->cpus);
    free(m->rmp);
    free(m->ram);
    xenpt_alloc_destroy(m->alloc);
    xenpt_store_destroy(m->store);
    free(m);
}

struct xenpt_machine_stats xenpt_machine_stats(const struct xenpt_machine *m)
{
    struct xenpt_machine_stats stats = m->stats;

    stats.free_frames = xenpt_alloc_nr_free(m->alloc);
    stats.bytes = sizeof(*m) + xenpt_store_stats(m->store).bytes + m->nr_cpus * sizeof(*m->cpus) +
                  m->nr_domains * sizeof(*m->domains);
    stats.bytes += contents_bytes(&m->contents);
    for (size_t i = 0; i < m->nr_domains; i++)
        stats.bytes += m->domains[i].nr_vcpus * sizeof(struct vcpu) +
                       m->domains[i].nr_memory * sizeof(struct extent);
    return stats;
}

bool xenpt_machine_computed(const struct xenpt_machine *m, size_t i, struct xenpt_ram_range *ret)
{
    const struct piece *p;

    if (i >= m->contents.lists->nr_pieces)
        return false;
    p = &m->contents.lists->pieces[i];
    *ret = (struct xenpt_ram_range){ p->maddr, p->maddr + p->size - 1 };
    return true;
}

uint64_t xenpt_machine_phys(const struct xenpt_machine *m)
{
    return m->image.phys;
}

const struct xenpt_layout *xenpt_machine_layout(const struct xenpt_machine *m)
{
    return m->layout;
}

xenpt_conditions xenpt_machine_conditions(const struct xenpt_machine *m)
{
    return m->conditions;
}
