/* touch.c - who but a guest touches the guest's memory: told to whoever listens. */
#include "xen/touch.h"

/* clang-format off */
const struct xenpt_word touch_by_words[XENPT_NR_TOUCH_BY] = {
    [XENPT_TOUCH_XEN] = { "xen", "Xen, on a CPU; for a vCPU or for none" },
    [XENPT_TOUCH_VCPU] = { "domain", "a vCPU of another domain: its kernel, or a program on it" },
    [XENPT_TOUCH_DEVICE] = { "device", "a device" },
};
const struct xenpt_word touch_why_words[XENPT_NR_TOUCH_WHY] = {
    [XENPT_TOUCH_ARGUMENT] = { "argument", "what a hypercall is given in memory" },
    [XENPT_TOUCH_RESULT] = { "result", "what a hypercall returns in memory" },
    [XENPT_TOUCH_IRET] = { "iret", "the frame that the hypercall iret returns by" },
    [XENPT_TOUCH_FETCH] = { "fetch", "an instruction that is emulated" },
    [XENPT_TOUCH_OPERAND] = { "operand", "an operand of one" },
    [XENPT_TOUCH_WALK] = { "walk", "tables of the guest's that Xen walks" },
    [XENPT_TOUCH_VALIDATE] = { "validate", "a table that is validated, or taken apart" },
    [XENPT_TOUCH_UPDATE] = { "update", "an entry of a table that changes" },
    [XENPT_TOUCH_DESCRIPTORS] = { "descriptors", "descriptors that are checked or changed" },
    [XENPT_TOUCH_PAGE] = { "page", "a page that the guest has Xen fill or write to" },
    [XENPT_TOUCH_GRANT_ENTRY] = { "grant-entry", "an entry of a grant table" },
    [XENPT_TOUCH_GRANT_COPY] = { "grant-copy", "a copy by grants" },
    [XENPT_TOUCH_M2P] = { "m2p", "what M2P says of a frame" },
    [XENPT_TOUCH_SHADOW] = { "shadow", "a table of the guest's that its shadow is made of" },
    [XENPT_TOUCH_VCPU_INFO] = { "vcpu-info", "vcpu_info" },
    [XENPT_TOUCH_RUNSTATE] = { "runstate", "the run state of a vCPU" },
    [XENPT_TOUCH_TIME] = { "time", "the time of a vCPU" },
    [XENPT_TOUCH_RING] = { "ring", "a ring that a back end, a device model or the xenstore has" },
    [XENPT_TOUCH_DIRTY_LOG] = { "dirty-log", "the log of dirty pages, handed out" },
    [XENPT_TOUCH_SCRUB] = { "scrub", "a page that becomes free is cleared" },
    [XENPT_TOUCH_UNSHARE] = { "unshare", "a page that was shared is copied" },
    [XENPT_TOUCH_BUILD] = { "build", "a domain is built" },
    [XENPT_TOUCH_SAVE] = { "save", "a domain is saved" },
    [XENPT_TOUCH_RESTORE] = { "restore", "a domain is restored" },
    [XENPT_TOUCH_MIGRATE] = { "migrate", "a domain is migrated while it runs" },
    [XENPT_TOUCH_DEVICE_MODEL] = { "device-model", "QEMU" },
    [XENPT_TOUCH_INTROSPECTION] = { "introspection", "somebody looks what a guest does" },
    [XENPT_TOUCH_DEBUGGER] = { "debugger", "a debugger" },
    [XENPT_TOUCH_EVENT] = { "event", "an event: its bits in shared_info, or its word in a queue" },
    [XENPT_TOUCH_VM_EVENT] = { "vm-event", "somebody is told what a guest did, in the ring of a pager or a monitor" },
    [XENPT_TOUCH_ACCESS] = { "access", "an instruction, of whoever executes it" },
};
const struct xenpt_word touch_through_words[XENPT_NR_TOUCH_THROUGH] = {
    [XENPT_TOUCH_GUEST_TABLES] = { "guest-tables", "the guest's own tables, at an address of its" },
    [XENPT_TOUCH_LINEAR] = { "linear", "Xen's linear map of the tables that are loaded" },
    [XENPT_TOUCH_DIRECTMAP] = { "directmap", "Xen's directmap" },
    [XENPT_TOUCH_TRANSIENT] = { "transient", "map_domain_page(): the directmap, or in a debug build, for a PV guest, a slot of the per-domain area" },
    [XENPT_TOUCH_ARGUMENT_AREA] = { "argument-area", "the vCPU's area for translated arguments" },
    [XENPT_TOUCH_KEPT] = { "kept", "a mapping that Xen keeps: of vcpu_info, of rings" },
    [XENPT_TOUCH_M2P_TABLE] = { "m2p", "Xen's M2P" },
    [XENPT_TOUCH_FOREIGN] = { "foreign", "a foreign mapping of another domain's" },
    [XENPT_TOUCH_GRANTED] = { "grant", "a mapping of a grant" },
    [XENPT_TOUCH_IOMMU] = { "iommu", "tables of an IOMMU" },
    [XENPT_TOUCH_TABLES] = { "tables", "other tables of whoever touches" },
};
const struct xenpt_word touch_consent_words[XENPT_NR_TOUCH_CONSENT] = {
    [XENPT_TOUCH_NONE] = { "none", "the guest has said nothing" },
    [XENPT_TOUCH_ASKED] = { "asked", "it asked for it, by this hypercall" },
    [XENPT_TOUCH_REGISTERED] = { "registered", "it has named the place for that, before" },
    [XENPT_TOUCH_SHARED] = { "shared", "the page is made to be shared: a grant table, a ring" },
    [XENPT_TOUCH_BY_GRANT] = { "granted", "it has granted it" },
};
/* clang-format on */

const struct xenpt_word *xenpt_touch_by_word(enum xenpt_touch_by by)
{
    return &touch_by_words[by];
}

const struct xenpt_word *xenpt_touch_why_word(enum xenpt_touch_why why)
{
    return &touch_why_words[why];
}

const struct xenpt_word *xenpt_touch_through_word(enum xenpt_touch_through through)
{
    return &touch_through_words[through];
}

const struct xenpt_word *xenpt_touch_consent_word(enum xenpt_touch_consent consent)
{
    return &touch_consent_words[consent];
}

void xenpt_machine_on_touch(struct xenpt_machine *m, xenpt_touch_fn fn, void *ctx)
{
    const struct xenpt_area *directmap = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    const struct xenpt_area *self = xenpt_layout_filled(m->layout, XENPT_FILL_SELF);

    m->touch = (struct touch_sink){
        fn, ctx, directmap ? directmap->first : XENPT_TOUCH_UNKNOWN, { 0 }
    };
    for (unsigned int level = 1; self && level <= 4; level++)
        m->touch.linear[level] = xenpt_layout_linear(m->layout, self, self, level);
}

/* --- Where, and whose ---------------------------------------------------------------------- */

static const struct domain *owner_of(const struct xenpt_machine *m, const struct domain *near,
                                     uint64_t frame)
{
    if (near && domain_extent(near, frame))
        return near;
    for (uint32_t i = 0; i < m->nr_domains; i++)
        if (domain_extent(&m->domains[i], frame))
            return &m->domains[i];
    return NULL;
}

/* The shared pages of Xen's heap: their owner is whom they are shared with. */
static const struct domain *sharer_of(const struct xenpt_machine *m, uint64_t frame)
{
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        const struct construction *c = &m->domains[i].built;

        for (size_t k = 0; k < c->nr_frames; k++)
            if (frame >= c->frames[k].mfn && frame - c->frames[k].mfn < c->frames[k].nr)
                return &m->domains[i];
    }
    return NULL;
}

static void find_frame(const struct xenpt_machine *m, const struct domain *near,
                       struct xenpt_touch *t)
{
    uint64_t frame = t->maddr >> XENPT_PAGE_SHIFT;
    const struct domain *d = owner_of(m, near, frame);

    if (!d && (d = sharer_of(m, frame)))
        t->xens = true;
    if (!d)
        return;
    t->domain = d->id;
    if (t->gfn == XENPT_TOUCH_UNKNOWN)
        t->gfn = is_pv(d) ? domain_pfn(d, frame) : contents_gfn(&m->contents, frame);
}

/* asm/domain_page.c: a release build has what the directmap has there; a debug build too, but on
 * behalf of PV guests. */
static uint64_t own_address(const struct xenpt_machine *m, const struct xenpt_touch *t)
{
    bool slot = t->through == XENPT_TOUCH_TRANSIENT && m->xen.debug &&
                t->by_domain < m->nr_domains && is_pv(&m->domains[t->by_domain]);

    return slot || m->touch.directmap == XENPT_TOUCH_UNKNOWN ? XENPT_TOUCH_UNKNOWN
                                                             : m->touch.directmap + t->maddr;
}

void touch_tell(struct xenpt_machine *m, const struct domain *near, struct xenpt_touch *t)
{
    t->times = 1;
    if (t->maddr != XENPT_TOUCH_UNKNOWN) {
        if (t->domain == XENPT_TOUCH_NOBODY)
            find_frame(m, near, t);
        if (t->va == XENPT_TOUCH_UNKNOWN &&
            (t->through == XENPT_TOUCH_DIRECTMAP || t->through == XENPT_TOUCH_TRANSIENT))
            t->va = own_address(m, t);
    }
    /* What one domain asks for, another has not. */
    if (t->consent == XENPT_TOUCH_ASKED && t->by_domain != t->domain)
        t->consent = XENPT_TOUCH_NONE;
    if (t->domain == XENPT_TOUCH_NOBODY || (t->by == XENPT_TOUCH_VCPU && t->by_domain == t->domain))
        return;
    m->touch.fn(m->touch.ctx, t);
}

void touch_by_xen(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                  struct xenpt_touch *t)
{
    t->by = XENPT_TOUCH_XEN;
    if (v) {
        t->by_domain = d->id;
        t->by_vcpu = (uint32_t)(v - d->vcpus);
        t->cpu = v->cpu;
    }
    touch_tell(m, d, t);
}
