/*
 * construct.c - what the builder of a domain leaves for it: pages that Xen shares with it, event
 * channels, grants; common/domain.c, domain_create; tools/libs/light/libxl_dom.c, libxl__build_pre;
 * tools/libs/guest/xg_dom_boot.c, xc_dom_gnttab_seed.
 *
 * Model: backends have not connected yet: ports are unbound, rings empty.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/internal.h"

#define FOUR_GB (UINT64_C(1) << (32 - XENPT_PAGE_SHIFT))

/* xg_dom_boot.c: the console's entry is the first, the xenstore's the second. */
#define GREF_CONSOLE  0u
#define GREF_XENSTORE 1u

/* clang-format off */
static const struct xenpt_word special_words[XENPT_NR_SPECIALS] = {
    [XENPT_SPECIAL_SHARED_INFO] = { "shared-info", "shared with Xen: events and time" },
    [XENPT_SPECIAL_GRANT_TABLE] = { "grant-table", "shared with Xen: what other domains may map" },
    [XENPT_SPECIAL_START_INFO] = { "start-info", "what the guest is told when it starts" },
    [XENPT_SPECIAL_XENSTORE] = { "xenstore-ring", "ring of the xenstore" },
    [XENPT_SPECIAL_CONSOLE] = { "console-ring", "ring of the console" },
    [XENPT_SPECIAL_P2M_LIST] = { "p2m-list", "the machine's frame of each of a PV guest's" },
    [XENPT_SPECIAL_P2M_MID] = { "p2m-mid-list", "frames of the p2m list" },
    [XENPT_SPECIAL_P2M_TOP] = { "p2m-top-list", "frames of the lists of those" },
    [XENPT_SPECIAL_IDENT_PT] = { "ident-pt", "4 GiB one to one, for a vCPU without paging" },
    [XENPT_SPECIAL_IOREQ] = { "ioreq", "requests to the device model" },
    [XENPT_SPECIAL_BUFIOREQ] = { "bufioreq", "requests that nobody waits for" },
    [XENPT_SPECIAL_IOREQ_SERVER] = { "ioreq-server", "pages for more device models" },
    [XENPT_SPECIAL_PAGING_RING] = { "paging-ring", "events for a pager" },
    [XENPT_SPECIAL_MONITOR_RING] = { "monitor-ring", "events for a monitor" },
    [XENPT_SPECIAL_SHARING_RING] = { "sharing-ring", "events of memory sharing" },
    [XENPT_SPECIAL_ACPI] = { "acpi-tables", "ACPI tables" },
    [XENPT_SPECIAL_APIC_ACCESS] = { "apic-access", "stands for the local APIC's registers" },
    [XENPT_SPECIAL_HVM_INFO] = { "hvm-info", "what hvmloader is told of vCPUs and memory" },
    [XENPT_SPECIAL_GRANT_STATUS] = { "grant-status", "shared with Xen: which grants of version 2 are in use" },
};
static const struct xenpt_word channel_words[XENPT_NR_CHANNEL_KINDS] = {
    [XENPT_CHANNEL_CLOSED] = { "closed", "not in use" },
    [XENPT_CHANNEL_UNBOUND] = { "unbound", "waits for a domain to connect" },
    [XENPT_CHANNEL_INTERDOMAIN] = { "interdomain", "connected to a port of a domain" },
    [XENPT_CHANNEL_PIRQ] = { "pirq", "a physical interrupt" },
    [XENPT_CHANNEL_VIRQ] = { "virq", "a virtual interrupt" },
    [XENPT_CHANNEL_IPI] = { "ipi", "between vCPUs of the domain" },
};
/* clang-format on */

const struct xenpt_word *xenpt_special_word(enum xenpt_special special)
{
    return &special_words[special];
}

const struct xenpt_word *xenpt_channel_kind_word(enum xenpt_channel_kind kind)
{
    return &channel_words[kind];
}

/* --- Lists --------------------------------------------------------------------------------- */

/* One row more; NULL: no memory, and the list is as it was. */
static void *append(void *list, size_t nr, size_t size, const void *row, struct xenpt_error *err)
{
    char *grown = realloc(list, (nr + 1) * size);

    if (grown)
        memcpy(grown + nr * size, row, size);
    else
        xenpt_fail(err, XENPT_ENOMEM, "no memory for what a domain is given");
    return grown;
}

enum xenpt_code add_frames(struct domain *d, struct xenpt_special_frames f, struct xenpt_error *err)
{
    struct construction *c = &d->built;
    void *list = append(c->frames, c->nr_frames, sizeof(f), &f, err);

    if (!list)
        return XENPT_ENOMEM;
    c->frames = list;
    c->nr_frames++;
    return XENPT_OK;
}

enum xenpt_code add_param(struct domain *d, struct xenpt_hvm_param p, struct xenpt_error *err)
{
    struct construction *c = &d->built;
    void *list = append(c->params, c->nr_params, sizeof(p), &p, err);

    if (!list)
        return XENPT_ENOMEM;
    c->params = list;
    c->nr_params++;
    return XENPT_OK;
}

static enum xenpt_code add_channel(struct domain *d, struct xenpt_event_channel e,
                                   struct xenpt_error *err)
{
    struct construction *c = &d->built;
    void *list;

    e.port = (uint32_t)c->nr_channels + 1; /* The lowest that is free. */
    list = append(c->channels, c->nr_channels, sizeof(e), &e, err);
    if (!list)
        return XENPT_ENOMEM;
    c->channels = list;
    c->nr_channels++;
    return XENPT_OK;
}

static enum xenpt_code add_grant(struct domain *d, struct xenpt_grant g, struct xenpt_error *err)
{
    struct construction *c = &d->built;
    void *list = append(c->grants, c->nr_grants, sizeof(g), &g, err);

    if (!list)
        return XENPT_ENOMEM;
    c->grants = list;
    c->nr_grants++;
    return XENPT_OK;
}

void construction_free(struct construction *c)
{
    free(c->frames);
    free(c->channels);
    free(c->grants);
    free(c->params);
}

const struct xenpt_special_frames *frames_of(const struct domain *d, enum xenpt_special special)
{
    for (size_t i = 0; i < d->built.nr_frames; i++)
        if (d->built.frames[i].special == special)
            return &d->built.frames[i];
    return NULL;
}

uint32_t port_of(const struct domain *d, const char *use)
{
    for (size_t i = 0; i < d->built.nr_channels; i++)
        if (!strcmp(d->built.channels[i].use, use))
            return d->built.channels[i].port;
    return 0;
}

/* --- Structures in memory ------------------------------------------------------------------ */

static const struct xenpt_abi_member *member(const struct filling *f, const char *name)
{
    const struct xenpt_abi_member *found = xenpt_abi_member(f->s, name);

    return machine_since(f->m, found->since.major, found->since.minor) ? found : NULL;
}

void set_bytes(struct filling *f, const char *name, const void *bytes, size_t n)
{
    const struct xenpt_abi_member *to = member(f, name);

    if (to)
        memcpy(f->page + f->at + to->at[f->form], bytes, n);
}

void set_member(struct filling *f, const char *name, uint64_t value)
{
    const struct xenpt_abi_member *to = member(f, name);

    if (to)
        set_bytes(f, name, &value, to->size[f->form]);
}

enum xenpt_code page_filled(struct xenpt_machine *m, uint64_t mfn, const uint8_t *page,
                            struct xenpt_error *err)
{
    return contents_page(&m->contents, mfn, page, err);
}

/* --- Frames of Xen's ----------------------------------------------------------------------- */

/* arch_domain_create: below 4 GiB, so that a 32-bit guest can be told where; since 4.22 only if
 * it is one. */
static uint64_t shared_info_below(const struct xenpt_machine *m, const struct domain *d)
{
    bool anywhere = machine_since(m, 4, 22) && d->desc->type != XENPT_DOMAIN_PV32;

    return anywhere || m->heap_below < FOUR_GB ? m->heap_below : FOUR_GB;
}

/* asm/grant_table.h, INITIAL_NR_GRANT_FRAMES. */
static uint64_t initial_grant_frames(const struct xenpt_machine *m)
{
    return machine_since(m, 4, 10) ? 1 : 4;
}

static enum xenpt_code grant_frames(struct xenpt_machine *m, struct domain *d,
                                    struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint64_t maddr;

    for (uint64_t i = 0; !code && i < initial_grant_frames(m); i++) {
        code = own_frame_new(m, d, m->heap_below, &maddr, err);
        if (!code)
            code = add_frames(d,
                              (struct xenpt_special_frames){
                                  .special = XENPT_SPECIAL_GRANT_TABLE,
                                  .mfn = maddr >> XENPT_PAGE_SHIFT,
                                  .nr = 1,
                                  .holds = xenpt_abi_struct(ABI_GRANT_V1),
                                  .repeats = true,
                              },
                              err);
    }
    return code;
}

enum xenpt_code construct_begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    bool is_32 = d->desc->type == XENPT_DOMAIN_PV32;
    uint64_t maddr;
    enum xenpt_code code = own_frame_new(m, d, shared_info_below(m, d), &maddr, err);

    if (!code)
        code = add_frames(d,
                          (struct xenpt_special_frames){
                              .special = XENPT_SPECIAL_SHARED_INFO,
                              .mfn = maddr >> XENPT_PAGE_SHIFT,
                              .nr = 1,
                              .holds = xenpt_abi_struct(ABI_SHARED_INFO),
                              .form = is_32 ? XENPT_ABI_32 : XENPT_ABI_64,
                          },
                          err);
    return code ? code : grant_frames(m, d, err);
}

/* --- Event channels ------------------------------------------------------------------------ */

static uint16_t backend_of(const struct xenpt_machine *m, const struct domain *d)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        if (m->descs[i].privileged && i != d->id)
            return (uint16_t)i;
    return 0;
}

/* Xen's own ends, for what a vCPU asks of the device model. */
static enum xenpt_code ioreq_channels(struct xenpt_machine *m, struct domain *d,
                                      struct xenpt_error *err)
{
    struct xenpt_event_channel e = { .kind = XENPT_CHANNEL_UNBOUND,
                                     .remote_domain = backend_of(m, d),
                                     .xen = true };
    enum xenpt_code code = XENPT_OK;

    if (d->desc->type != XENPT_DOMAIN_HVM)
        return XENPT_OK;
    for (uint32_t v = 0; !code && v < d->nr_vcpus; v++) {
        e.vcpu = v;
        e.use = "ioreq";
        code = add_channel(d, e, err);
        e.use = "bufioreq";
        if (!code && !v)
            code = add_channel(d, e, err);
    }
    return code;
}

static enum xenpt_code construct_channels(struct xenpt_machine *m, struct domain *d,
                                          struct xenpt_error *err)
{
    struct xenpt_event_channel e = { .kind = XENPT_CHANNEL_UNBOUND,
                                     .remote_domain = backend_of(m, d) };
    /* Since 4.5 a device model asks for its own, after all else; until then vCPUs came with
     * them. */
    bool late = machine_since(m, 4, 5);
    enum xenpt_code code = XENPT_OK;

    if (d->desc->built_by_xen)
        return XENPT_OK;
    if (!late)
        code = ioreq_channels(m, d, err);
    e.use = "xenstore";
    if (!code)
        code = add_channel(d, e, err);
    e.use = "console";
    if (!code)
        code = add_channel(d, e, err);
    return code || !late ? code : ioreq_channels(m, d, err);
}

/* --- Grants -------------------------------------------------------------------------------- */

/* An entry of the table that is being filled. */
static enum xenpt_code seed(struct domain *d, struct filling f, uint32_t ref,
                            enum xenpt_special special, struct xenpt_error *err)
{
    const struct xenpt_special_frames *of = frames_of(d, special);
    struct xenpt_grant g = {
        .ref = ref,
        .flags = XENPT_GRANT_PERMIT_ACCESS,
        .domain = backend_of(f.m, d),
        .frame = is_pv(d) ? of->mfn : of->gfn,
        .mfn = of->mfn,
        .special = special,
    };

    f.at = (uint64_t)ref * f.s->size[f.form];
    set_member(&f, "flags", g.flags);
    set_member(&f, "domid", g.domain);
    set_member(&f, "frame", g.frame);
    return add_grant(d, g, err);
}

static enum xenpt_code construct_grants(struct xenpt_machine *m, struct domain *d,
                                        struct xenpt_error *err)
{
    const struct xenpt_special_frames *table = frames_of(d, XENPT_SPECIAL_GRANT_TABLE);
    uint8_t page[XENPT_PAGE_SIZE] = { 0 };
    struct filling f = { .m = m, .page = page, .s = table->holds, .form = table->form };
    enum xenpt_code code;

    if (d->desc->built_by_xen || backend_of(m, d) == d->id)
        return XENPT_OK;
    code = seed(d, f, GREF_CONSOLE, XENPT_SPECIAL_CONSOLE, err);
    if (!code)
        code = seed(d, f, GREF_XENSTORE, XENPT_SPECIAL_XENSTORE, err);
    return code ? code : page_filled(m, table->mfn, page, err);
}

enum xenpt_code construct_end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = construct_channels(m, d, err);

    if (!code)
        code = is_pv(d) ? construct_pv(m, d, err) : construct_hvm(m, d, err);
    return code ? code : construct_grants(m, d, err);
}
