/*
 * pv.c - paravirtual domains as their builders leave them, and one process that the guest has
 * started since: pv/dom0_build.c, and tools/libs/guest, xg_dom_core.c and xg_dom_x86.c.
 *
 *     kernel | p2m list | start_info | rings | page tables | stack | slack up to 4 MiB
 *     mapped from the kernel's virtual base on, guest frame 0 first
 *
 * What is in a guest's own tables is what Xen made of it when it validated them.
 */
#include "xen/given.h"
#include "xen/vcpus.h"

/*
 * Model: kernels are where Linux is linked, and 4 MiB large (of small guests, a quarter of
 * their memory).
 */
#define BASE_64     UINT64_C(0xffffffff80000000)
#define BASE_32     UINT64_C(0xc0000000)
#define KERNEL_SIZE (UINT64_C(4) << 20)
#define SLACK       (UINT64_C(512) << 10)
#define MB4         (UINT64_C(4) << 20)

/* What one L2 maps.  Larger lists are outside, where the kernel's notes ask for them. */
#define MAPPED_MAX (UINT64_C(1) << 30)

/* What a 64-bit guest's entries say of whose the page is; asm/x86_64/page.h. */
#define GUEST_KERNEL XENPT_BIT(52)

/* Entries of the guest's, as Xen adjusts them; pv/mm.h, adjust_guest_l1e and so on. */
struct flags {
    uint64_t table, leaf, page_table; /* To tables; to pages; to pages that are tables. */
};
static const struct flags flags_64 = {
    ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D,
    ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | GUEST_KERNEL,
    ENTRY_P | ENTRY_US | ENTRY_A | GUEST_KERNEL,
};
static const struct flags flags_32 = {
    ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D,
    ENTRY_P | ENTRY_RW | ENTRY_A,
    ENTRY_P | ENTRY_A,
};
/* User pages have no GUEST_KERNEL, so they are global. */
#define USER_CODE (ENTRY_P | ENTRY_US | ENTRY_A | ENTRY_G)
#define USER_DATA (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D | ENTRY_G | ENTRY_NX)
#define USER_AT   UINT64_C(0x400000)

/*
 * Model: a linear entry is where NetBSD has it.  It is read-only, or Xen refuses it, and lacks D,
 * which Xen does not add.
 */
#define LINEAR_SLOT 255u
#define LINEAR      (ENTRY_P | ENTRY_US | ENTRY_A)

/* What a guest takes later, besides two roots a vCPU: a process, its GDT and its LDT. */
#define PROCESS_FRAMES 8

struct plan {
    struct xenpt_machine *m;
    struct domain *d;
    const struct flags *flags;
    uint64_t base;              /* Virtual address of guest frame 0. */
    uint64_t pt_first, pt_last; /* Guest frames that are tables. */
    uint64_t next;              /* The next one of them. */
    uint64_t end;               /* Guest frames that are mapped. */
    uint64_t top, l3, l2[4];    /* The kernel's tables; 32-bit: top is l3. */
};

static bool is_32(const struct plan *p)
{
    return p->d->desc->type == XENPT_DOMAIN_PV32;
}

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + XENPT_PAGE_SIZE - 1) >> XENPT_PAGE_SHIFT;
}

/* --- Where everything is ------------------------------------------------------------------- */

/* The toolstack makes what the mapping takes; Xen gives a 32-bit dom0 an L2 for each quarter. */
static unsigned int nr_l2(const struct plan *p)
{
    return is_32(p) && p->d->desc->built_by_xen ? 4 : 1;
}

static unsigned int nr_upper(const struct plan *p)
{
    return (is_32(p) ? 1 : 2) + nr_l2(p);
}

static enum xenpt_code lay_out(struct plan *p, struct xenpt_error *err)
{
    const struct domain *d = p->d;
    uint64_t memory = d->nr_frames << XENPT_PAGE_SHIFT;
    uint64_t kernel = pages_of(memory / 4 < KERNEL_SIZE ? memory / 4 : KERNEL_SIZE);
    uint64_t list = pages_of(d->nr_frames * (is_32(p) ? 4 : 8));
    uint64_t rings = d->desc->built_by_xen ? 0 : 2;
    uint64_t tables = 0, needed = nr_upper(p);

    p->pt_first = kernel + list + 1 + rings;
    while (tables != needed + (tables ? p->end / ENTRIES : 0)) {
        tables = needed + p->end / ENTRIES;
        p->end = p->pt_first + tables + 1 + pages_of(SLACK);
        p->end = pages_of(((p->end << XENPT_PAGE_SHIFT) + MB4 - 1) / MB4 * MB4);
    }
    if (p->end << XENPT_PAGE_SHIFT > MAPPED_MAX)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "a paravirtual domain of 0x%llx bytes: the list of its frames is larger "
                          "than its kernel's mapping can be",
                          (unsigned long long)memory);
    p->pt_last = p->pt_first + tables - 1;
    p->next = p->pt_first;
    p->d->at = (struct pv_places){
        .base = p->base,
        .list = kernel,
        .start_info = kernel + list,
        .rings = rings ? kernel + list + 1 : 0,
        .pt_first = p->pt_first,
        .nr_pt = tables,
        .end = p->end,
    };
    needed = p->end + PROCESS_FRAMES + 2 * (uint64_t)d->nr_vcpus + construct_pv_lists(p->m, d);
    if (needed > d->nr_frames)
        return xenpt_fail(err, XENPT_ERANGE,
                          "a paravirtual domain of 0x%llx bytes has no room for its kernel and "
                          "tables: 0x%llx are needed",
                          (unsigned long long)memory,
                          (unsigned long long)needed << XENPT_PAGE_SHIFT);
    return XENPT_OK;
}

/* A frame of the guest's, as a machine address. */
static uint64_t frame(const struct domain *d, uint64_t pfn)
{
    return domain_frame(d, pfn) << XENPT_PAGE_SHIFT;
}

static uint64_t take_table(struct plan *p)
{
    p->m->stats.tables++;
    p->d->nr_tables++;
    return frame(p->d, p->next++);
}

static uint64_t take_frame(struct domain *d)
{
    return frame(d, d->next_frame++);
}

static uint64_t take_later_table(struct plan *p)
{
    p->m->stats.tables++;
    p->d->nr_tables++;
    return take_frame(p->d);
}

/* --- The kernel's tables ------------------------------------------------------------------- */

static enum xenpt_code l1(struct plan *p, uint64_t table, uint64_t pfn, struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];

    for (unsigned int i = 0; i < ENTRIES; i++) {
        bool is_table = pfn + i >= p->pt_first && pfn + i <= p->pt_last;

        entry[i] = frame(p->d, pfn + i) | (is_table ? p->flags->page_table : p->flags->leaf);
    }
    return entries_write(p->m, table, 0, ENTRIES, entry, err);
}

/* The toolstack takes tables level by level; Xen as it comes to need them, the lowest first. */
static void take_upper(struct plan *p)
{
    if (!is_32(p))
        p->l3 = take_table(p);
    p->l2[0] = take_table(p);
}

static void take_upper_late(struct plan *p)
{
    p->l2[0] = take_table(p);
    if (!is_32(p))
        p->l3 = take_table(p);
}

static enum xenpt_code kernel_tables(struct plan *p, struct xenpt_error *err)
{
    bool by_xen = p->d->desc->built_by_xen;
    unsigned int quarter = is_32(p) ? slot_at(3, p->base) : 0;
    enum xenpt_code code = XENPT_OK;

    p->top = take_table(p);
    if (!by_xen)
        take_upper(p);
    for (uint64_t pfn = 0; !code && pfn < p->end; pfn += ENTRIES) {
        uint64_t table = take_table(p);

        if (by_xen && !pfn)
            take_upper_late(p);
        code = l1(p, table, pfn, err);
        if (!code)
            code = entry_write(p->m, p->l2[0], slot_at(2, p->base + (pfn << XENPT_PAGE_SHIFT)),
                               table | p->flags->table, err);
    }
    for (unsigned int i = 1; i < nr_l2(p); i++)
        p->l2[i] = take_table(p);
    if (is_32(p)) {
        /* The kernel is in the last quarter, whose L2 is the one with Xen's slots. */
        for (unsigned int i = 0; !code && i < nr_l2(p); i++)
            code = entry_write(p->m, p->top, (quarter + i) % 4, p->l2[i] | p->flags->table, err);
        return code;
    }
    if (!code)
        code = entry_write(p->m, p->l3, slot_at(3, p->base), p->l2[0] | p->flags->table, err);
    return code ? code
                : entry_write(p->m, p->top, slot_at(4, p->base), p->l3 | p->flags->table, err);
}

/* --- 64-bit -------------------------------------------------------------------------------- */

/* A process of two pages, which the tables of all vCPUs have. */
static enum xenpt_code process(struct plan *p, uint64_t *l3, struct xenpt_error *err)
{
    uint64_t l2 = take_later_table(p), l1t = take_later_table(p), entry[2];
    enum xenpt_code code;

    *l3 = take_later_table(p);
    entry[0] = take_frame(p->d) | USER_CODE;
    entry[1] = take_frame(p->d) | USER_DATA;
    code = entries_write(p->m, l1t, slot_at(1, USER_AT), 2, entry, err);
    if (!code)
        code = entry_write(p->m, l2, slot_at(2, USER_AT), l1t | p->flags->table, err);
    return code ? code : entry_write(p->m, *l3, slot_at(3, USER_AT), l2 | p->flags->table, err);
}

static enum xenpt_code root_64(struct plan *p, struct vcpu *v, uint64_t process_l3,
                               struct xenpt_error *err)
{
    struct root_of of = { .kind = XENPT_ROOT_PV64_KERNEL,
                          .shadow = NO_TABLE,
                          .perdomain = p->d->perdomain };
    unsigned int low = slot_at(4, USER_AT);
    uint64_t entry = process_l3 | p->flags->table;
    enum xenpt_code code = entry_write(p->m, v->kernel_l4, slot_at(4, p->base),
                                       p->l3 | p->flags->table, err);

    if (!code)
        code = entry_write(p->m, v->kernel_l4, low, entry, err);
    if (!code && p->d->desc->linear_pt)
        code = entry_write(p->m, v->kernel_l4, LINEAR_SLOT, v->kernel_l4 | LINEAR, err);
    of.self = v->kernel_l4;
    if (!code)
        code = root_fill(p->m, v->kernel_l4, &of, err);
    v->user_l4 = take_later_table(p);
    if (!code)
        code = entry_write(p->m, v->user_l4, low, entry, err);
    of.kind = XENPT_ROOT_PV64_USER;
    of.self = v->user_l4;
    return code ? code : root_fill(p->m, v->user_l4, &of, err);
}

static enum xenpt_code roots_64(struct plan *p, struct xenpt_error *err)
{
    uint64_t l3 = 0;
    enum xenpt_code code = process(p, &l3, err);

    for (uint32_t i = 0; !code && i < p->d->nr_vcpus; i++) {
        struct vcpu *v = &p->d->vcpus[i];

        if (v->fresh)
            continue;
        v->kernel_l4 = i ? take_later_table(p) : p->top;
        code = root_64(p, v, l3, err);
    }
    return code;
}

/* --- 32-bit -------------------------------------------------------------------------------- */

enum xenpt_code pv32_xen_slots(struct xenpt_machine *m, uint64_t l2, struct xenpt_error *err)
{
    const struct xenpt_area *window = xenpt_layout_area(m->layout, "compat-m2p-window");
    const struct xenpt_area *own = xenpt_layout_area(m->layout, "compat-m2p");
    enum xenpt_code code = XENPT_OK;

    if (!window || !own)
        return XENPT_OK;
    for (uint64_t at = 0; !code && at < xenpt_area_size(window); at += level_size(2)) {
        unsigned int level;
        uint64_t entry = entry_of(m, m->idle, 4, own->first + at, &level);

        if (level == 2 && entry & ENTRY_P)
            code = entry_write(m, l2, slot_at(2, window->first + at),
                               (entry & ENTRY_ADDR) | window->leaf | ENTRY_PS, err);
    }
    return code;
}

enum xenpt_code pv32_monitor(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err)
{
    struct root_of of = { .kind = XENPT_ROOT_PV32, .shadow = NO_TABLE, .perdomain = d->perdomain };
    enum xenpt_code code = table_new(m, &v->monitor, err);

    of.self = v->monitor;
    return code ? code : root_fill(m, v->monitor, &of, err);
}

/* What the guest calls its CR3, in the L4 that is Xen's. */
static enum xenpt_code load_32(struct xenpt_machine *m, struct vcpu *v, uint64_t l3,
                               struct xenpt_error *err)
{
    const struct xenpt_area *guest = xenpt_layout_area(m->layout, "guest-pae");

    v->l3 = l3;
    return entry_write(m, v->monitor, xenpt_layout_slot_of(m->layout, guest->first),
                       l3 | guest->table[4], err);
}

static enum xenpt_code roots_32(struct plan *p, struct xenpt_error *err)
{
    enum xenpt_code code = pv32_xen_slots(p->m, entry_read(p->m, p->top, 3) & ENTRY_ADDR, err);

    for (uint32_t i = 0; !code && i < p->d->nr_vcpus; i++) {
        struct vcpu *v = &p->d->vcpus[i];

        code = pv32_monitor(p->m, p->d, v, err);
        if (!code && !v->fresh)
            code = load_32(p->m, v, p->top, err);
    }
    return code;
}

/* --- A vCPU that comes later --------------------------------------------------------------- */

/* A root of the guest's: one that is said, or, in a frame that nothing is in, one like another. */
static enum xenpt_code root_like(struct xenpt_machine *m, struct domain *d,
                                 enum xenpt_root_kind kind, uint64_t said, uint64_t like,
                                 uint64_t *ret, struct xenpt_error *err)
{
    struct root_of of = { .kind = kind, .shadow = NO_TABLE, .perdomain = d->perdomain };
    enum xenpt_code code = XENPT_OK;

    if (said == NO_TABLE && d->next_frame >= d->nr_frames)
        return xenpt_fail(err, XENPT_ERANGE, "%s has no frame left for a root", d->name);
    *ret = said == NO_TABLE ? take_frame(d) : said;
    of.self = *ret;
    m->stats.tables += said == NO_TABLE;
    d->nr_tables += said == NO_TABLE;
    for (unsigned int i = 0; !code && said == NO_TABLE && i < ENTRIES; i++) {
        uint64_t entry = entry_read(m, like, i);

        if (entry && given_is_guests(m->layout, i)) /* A linear entry leads to its own. */
            code = entry_write(m, *ret, i,
                               (entry & ENTRY_ADDR) == like ? (entry & ~ENTRY_ADDR) | *ret : entry,
                               err);
    }
    return code ? code : root_fill(m, *ret, &of, err);
}

enum xenpt_code pv_vcpu_roots(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                              const struct vcpu *like, uint64_t kernel, uint64_t user,
                              struct xenpt_error *err)
{
    enum xenpt_code code;

    if (d->desc->type == XENPT_DOMAIN_PV32)
        return load_32(m, v, kernel == NO_TABLE ? like->l3 : kernel, err);
    code = root_like(m, d, XENPT_ROOT_PV64_KERNEL, kernel, like ? like->kernel_l4 : 0,
                     &v->kernel_l4, err);
    return code ? code
                : root_like(m, d, XENPT_ROOT_PV64_USER, user, like ? like->user_l4 : 0, &v->user_l4,
                            err);
}

/* --- Both ---------------------------------------------------------------------------------- */

enum xenpt_code pv_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct plan p = { .m = m, .d = d };
    enum xenpt_code code;

    p.flags = is_32(&p) ? &flags_32 : &flags_64;
    p.base = is_32(&p) ? BASE_32 : BASE_64;
    code = lay_out(&p, err);
    if (code)
        return code;
    d->next_frame = p.end;
    d->gdt = take_frame(d);
    if (d->desc->ldt)
        d->ldt = take_frame(d);
    code = perdomain_build(m, d, err);
    if (!code)
        code = kernel_tables(&p, err);
    if (!code)
        code = is_32(&p) ? roots_32(&p, err) : roots_64(&p, err);
    return code;
}
