/*
 * construct_pv.c - what a PV guest is told when it starts, and the list of its frames:
 * tools/libs/guest/xg_dom_x86.c, start_info_x86_64 and so on; pv/dom0_build.c.
 *
 * Model: the guest has told Xen where that list is, as Linux does: in tables, if the builder said
 * that this will do, else by lists of frames.  It uses the list that it was given.
 */
#include <string.h>

#include "xen/internal.h"

/* public/xen.h; bits 8 to 15 are what dom0 does for power management. */
#define SIF_PRIVILEGED      UINT64_C(0x1)
#define SIF_INITDOMAIN      UINT64_C(0x2)
#define SIF_VIRT_P2M_4TOOLS UINT64_C(0x10)
#define SIF_PM_CX_PX        UINT64_C(0x300)

/* The three-level tree has no root where it is too small. */
#define NO_TREE UINT64_MAX

static bool is_32(const struct domain *d)
{
    return d->desc->type == XENPT_DOMAIN_PV32;
}

static uint64_t entry_size(const struct domain *d)
{
    return is_32(d) ? 4 : 8;
}

static uint64_t divided(uint64_t n, uint64_t by)
{
    return (n + by - 1) / by;
}

static uint64_t list_pages(const struct domain *d)
{
    return divided(d->nr_frames * entry_size(d), XENPT_PAGE_SIZE);
}

static uint64_t maddr_of(const struct domain *d, uint64_t pfn)
{
    return domain_frame(d, pfn) << XENPT_PAGE_SHIFT;
}

static uint64_t virt_of(const struct domain *d, uint64_t pfn)
{
    return d->at.base + (pfn << XENPT_PAGE_SHIFT);
}

/* --- The list of frames -------------------------------------------------------------------- */

/* xg_dom_core.c, xc_dom_allocate: the toolstack of 4.7 and later understands tables. */
static bool linear_will_do(const struct xenpt_machine *m, const struct domain *d)
{
    return !d->desc->built_by_xen && machine_since(m, 4, 7);
}

/* Pages of the tree's middle; 0: there is no tree. */
static uint64_t middle_pages(const struct xenpt_machine *m, const struct domain *d)
{
    uint64_t per_page = XENPT_PAGE_SIZE / entry_size(d), n = divided(list_pages(d), per_page);

    return linear_will_do(m, d) || n > per_page ? 0 : n;
}

uint64_t construct_pv_lists(const struct xenpt_machine *m, const struct domain *d)
{
    uint64_t n = middle_pages(m, d);

    return n ? n + 1 : 0;
}

/* Rows for frames of the guest's that lie in a row as it counts them, and need not in fact. */
static enum xenpt_code guest_frames(struct domain *d, struct xenpt_special_frames f,
                                    struct xenpt_error *err)
{
    uint64_t left = f.nr;
    enum xenpt_code code = XENPT_OK;

    f.has_gfn = true;
    f.form = is_32(d) ? XENPT_ABI_32 : XENPT_ABI_64;
    while (!code && left) {
        f.mfn = domain_frame(d, f.gfn);
        f.nr = 1;
        while (f.nr < left && domain_frame(d, f.gfn + f.nr) == f.mfn + f.nr)
            f.nr++;
        code = add_frames(d, f, err);
        f.gfn += f.nr;
        left -= f.nr;
    }
    return code;
}

/* Pieces of contents that are computed: the list, wherever its pages are. */
static enum xenpt_code list(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct piece p = { .entry_size = (uint32_t)entry_size(d),
                       .first = m->contents.lists->nr_listed };
    uint64_t mfn, first = d->built.nr_frames;
    enum xenpt_code code = guest_frames(
        d,
        (struct xenpt_special_frames){
            .special = XENPT_SPECIAL_P2M_LIST, .gfn = d->at.list, .nr = list_pages(d) },
        err);

    for (uint64_t pfn = 0, nr; !code && (nr = domain_run(d, pfn, &mfn)); pfn += nr)
        code = contents_list(&m->contents, (struct owned){ mfn, nr, pfn }, err);
    p.nr = m->contents.lists->nr_listed - p.first;
    for (uint64_t i = first; !code && i < d->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &d->built.frames[i];

        p.maddr = f->mfn << XENPT_PAGE_SHIFT;
        p.size = f->nr << XENPT_PAGE_SHIFT;
        p.frame = ((f->gfn - d->at.list) << XENPT_PAGE_SHIFT) / p.entry_size;
        code = contents_piece(&m->contents, p, err);
    }
    return code;
}

/* Numbers of frames in a row, into a row of entries. */
static enum xenpt_code write_frames(struct xenpt_machine *m, const struct domain *d, uint64_t at,
                                    uint64_t pfn, uint64_t nr, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = 0; !code && i < nr; i++) {
        uint64_t mfn = domain_frame(d, pfn + i);

        code = xenpt_store_write(m->store, at + i * entry_size(d), &mfn, entry_size(d), err);
    }
    return code;
}

/* The tree whose leaves are the list; ret: its root, or NO_TREE. */
static enum xenpt_code tree(struct xenpt_machine *m, struct domain *d, uint64_t *ret,
                            struct xenpt_error *err)
{
    uint64_t n = middle_pages(m, d), pages = list_pages(d), top = d->next_frame, mid = top + 1;
    uint64_t per_page = XENPT_PAGE_SIZE / entry_size(d);
    enum xenpt_code code;

    *ret = NO_TREE;
    if (!n)
        return XENPT_OK;
    d->next_frame += n + 1;
    *ret = domain_frame(d, top);
    code = write_frames(m, d, maddr_of(d, top), mid, n, err);
    for (uint64_t i = 0; !code && i < n; i++) {
        uint64_t first = i * per_page, nr = pages - first < per_page ? pages - first : per_page;

        code = write_frames(m, d, maddr_of(d, mid + i), d->at.list + first, nr, err);
    }
    if (!code)
        code = guest_frames(
            d,
            (struct xenpt_special_frames){ .special = XENPT_SPECIAL_P2M_TOP, .gfn = top, .nr = 1 },
            err);
    return code ? code
                : guest_frames(d,
                               (struct xenpt_special_frames){
                                   .special = XENPT_SPECIAL_P2M_MID, .gfn = mid, .nr = n },
                               err);
}

/* --- Pages that are shared ----------------------------------------------------------------- */

static const char *magic(const struct domain *d)
{
    /* Dom0's is made by Xen, of the kernel's notes; Linux says that it is for PAE either way. */
    if (is_32(d))
        return "xen-3.0-x86_32p";
    return d->desc->built_by_xen ? "xen-3.0-x86_64p" : "xen-3.0-x86_64";
}

static uint64_t start_flags(const struct xenpt_machine *m, const struct domain *d)
{
    if (d->desc->built_by_xen)
        return SIF_PRIVILEGED | SIF_INITDOMAIN | SIF_PM_CX_PX;
    return linear_will_do(m, d) ? SIF_VIRT_P2M_4TOOLS : 0;
}

static enum xenpt_code start_info(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err)
{
    const struct xenpt_special_frames *shared = frames_of(d, XENPT_SPECIAL_SHARED_INFO);
    uint8_t page[XENPT_PAGE_SIZE] = { 0 };
    struct filling f = {
        .m = m,
        .page = page,
        .s = xenpt_abi_struct(ABI_START_INFO),
        .form = shared->form,
    };

    set_bytes(&f, "magic", magic(d), strlen(magic(d)));
    set_member(&f, "nr_pages", d->nr_frames);
    set_member(&f, "shared_info", shared->mfn << XENPT_PAGE_SHIFT);
    set_member(&f, "flags", start_flags(m, d));
    set_member(&f, "pt_base", virt_of(d, d->at.pt_first));
    set_member(&f, "nr_pt_frames", d->at.nr_pt);
    set_member(&f, "mfn_list", virt_of(d, d->at.list));
    if (d->at.rings) {
        set_member(&f, "store_mfn", domain_frame(d, d->at.rings));
        set_member(&f, "store_evtchn", port_of(d, "xenstore"));
        set_member(&f, "console.domU.mfn", domain_frame(d, d->at.rings + 1));
        set_member(&f, "console.domU.evtchn", port_of(d, "console"));
    }
    return page_filled(m, domain_frame(d, d->at.start_info), page, err);
}

/* asm/pv/mm.h, xen_pfn_to_cr3: what has more than 32 bits is folded into 32. */
static uint64_t cr3_of(const struct domain *d)
{
    uint64_t pfn;

    if (!is_32(d))
        return d->vcpus[0].kernel_l4;
    pfn = d->vcpus[0].l3 >> XENPT_PAGE_SHIFT;
    return (uint32_t)(pfn << XENPT_PAGE_SHIFT | pfn >> (32 - XENPT_PAGE_SHIFT));
}

static enum xenpt_code shared_info(struct xenpt_machine *m, struct domain *d, uint64_t root,
                                   struct xenpt_error *err)
{
    const struct xenpt_special_frames *shared = frames_of(d, XENPT_SPECIAL_SHARED_INFO);
    const struct xenpt_abi_member *vcpus = xenpt_abi_member(shared->holds, "vcpu_info");
    uint8_t page[XENPT_PAGE_SIZE] = { 0 };
    struct filling f = { .m = m, .page = page, .s = shared->holds, .form = shared->form };
    struct filling v = f;

    set_member(&f, "wc_version", 2); /* Set once; when, is not known. */
    set_member(&f, "arch.max_pfn", d->nr_frames);
    set_member(&f, "arch.pfn_to_mfn_frame_list_list", root);
    set_member(&f, "arch.p2m_cr3", cr3_of(d));
    set_member(&f, "arch.p2m_vaddr", virt_of(d, d->at.list));
    v.s = vcpus->of;
    v.at = vcpus->at[v.form];
    for (unsigned int i = 0; i < vcpus->nr[v.form]; i++) {
        set_member(&v, "evtchn_upcall_mask", 1);
        v.at += vcpus->size[v.form];
    }
    return page_filled(m, shared->mfn, page, err);
}

enum xenpt_code construct_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    const struct {
        enum xenpt_special special;
        uint64_t pfn;
        enum abi holds;
    } rows[] = {
        { XENPT_SPECIAL_START_INFO, d->at.start_info, ABI_START_INFO },
        { XENPT_SPECIAL_XENSTORE, d->at.rings, ABI_XENSTORE },
        { XENPT_SPECIAL_CONSOLE, d->at.rings + 1, ABI_CONSOLE },
    };
    size_t nr = d->at.rings ? 3 : 1;
    uint64_t root;
    enum xenpt_code code = list(m, d, err);

    for (size_t i = 0; !code && i < nr; i++)
        code = guest_frames(d,
                            (struct xenpt_special_frames){
                                .special = rows[i].special,
                                .gfn = rows[i].pfn,
                                .nr = 1,
                                .holds = xenpt_abi_struct(rows[i].holds),
                            },
                            err);
    if (!code)
        code = tree(m, d, &root, err);
    if (!code)
        code = start_info(m, d, err);
    return code ? code : shared_info(m, d, root, err);
}
