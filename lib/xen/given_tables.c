/* given_tables.c - what is in tables that a description gives a guest; see given.c. */
#include "xen/given.h"
#include "xen/guest.h"

typedef unsigned long long llu;

static const struct xenpt_given_frame *given(const struct domain *d, size_t i)
{
    return &d->desc->given[i];
}

/* --- Entries ------------------------------------------------------------------------------- */

/* What an entry names: a frame of the machine, of a PV guest; else the guest's own. */
static enum xenpt_code number_of(const struct xenpt_machine *m, const struct domain *d,
                                 const struct xenpt_given_entry *e, uint64_t self, uint64_t step,
                                 uint64_t *ret, struct xenpt_error *err)
{
    const struct domain *of = e->domain < m->nr_domains ? &m->domains[e->domain] : NULL;
    uint64_t gfn = e->value, maddr;

    if (e->to == XENPT_GIVEN_SELF || e->to == XENPT_GIVEN_MFN) {
        *ret = e->to == XENPT_GIVEN_SELF ? self : e->value + step;
        return XENPT_OK;
    }
    if (!of || !of->nr_vcpus)
        return xenpt_fail(err, XENPT_ERANGE,
                          "an entry leads to a domain that is not there yet: number %u",
                          (unsigned int)e->domain);
    if (e->to == XENPT_GIVEN_FRAME && e->value < of->desc->nr_given && of->given)
        gfn = of->given[e->value];
    else if (e->to == XENPT_GIVEN_GFN)
        gfn += step;
    else
        return xenpt_fail(err, XENPT_ERANGE, "an entry leads to a frame that %s is not given",
                          of->name);
    maddr = given_maddr(m, of, gfn);
    if (!is_pv(d) && of != d)
        return xenpt_fail(err, XENPT_ERANGE, "its entries lead to frames of its own, and not of %s",
                          of->name);
    if (is_pv(d) && maddr == NO_TABLE)
        return xenpt_fail(err, XENPT_ERANGE,
                          "an entry leads to frame 0x%llx of %s, which it has not", (llu)gfn,
                          of->name);
    *ret = is_pv(d) ? maddr >> XENPT_PAGE_SHIFT : gfn;
    return XENPT_OK;
}

/* Xen's slots of a root are not the guest's to fill. */
static enum xenpt_code check_slot(const struct xenpt_machine *m, const struct domain *d,
                                  const struct xenpt_given_frame *f, unsigned int slot,
                                  struct xenpt_error *err)
{
    if (slot >= given_slots(d->desc, f->level))
        return xenpt_fail(err, XENPT_ERANGE, "slot %u of an L%u: it has %u", slot, f->level,
                          given_slots(d->desc, f->level));
    if (d->desc->type == XENPT_DOMAIN_PV64 && f->level == 4 && !given_is_guests(m->layout, slot))
        return xenpt_fail(err, XENPT_ERANGE, "slot %u of an L4 is Xen's", slot);
    return XENPT_OK;
}

/* What is in a slot, of a table that the guest, or of a PV one the machine, numbers `self`. */
static enum xenpt_code make_entry(const struct xenpt_machine *m, const struct domain *d,
                                  const struct xenpt_given_frame *f,
                                  const struct xenpt_given_entry *e, unsigned int slot,
                                  uint64_t self, uint64_t *ret, struct xenpt_error *err)
{
    const struct xenpt_format *format = given_format(d->desc);
    uint64_t pages = given_frames_of(format, f->level, e->flags), number = 0;
    enum xenpt_code code;

    *ret = e->flags;
    if (e->to == XENPT_GIVEN_RAW)
        return XENPT_OK;
    code = number_of(m, d, e, self, pages * (slot - e->first), &number, err);
    if (code)
        return code;
    if (pages && number & (pages - 1))
        return xenpt_fail(err, XENPT_ERANGE,
                          "slot %u of an L%u maps 0x%llx frames from 0x%llx on, which is no "
                          "multiple of that",
                          slot, f->level, (llu)pages, (llu)number);
    if (number >> (format->entry_size == 4 ? 20 : XENPT_MADDR_BITS - XENPT_PAGE_SHIFT))
        return xenpt_fail(err, XENPT_ERANGE,
                          "slot %u of an L%u leads to frame 0x%llx, for which an entry has no room",
                          slot, f->level, (llu)number);
    *ret |= number << XENPT_PAGE_SHIFT;
    return XENPT_OK;
}

static enum xenpt_code write_entry(struct xenpt_machine *m, const struct domain *d,
                                   const struct xenpt_given_frame *f,
                                   const struct xenpt_given_entry *e, unsigned int slot,
                                   uint64_t table, uint64_t self, struct xenpt_error *err)
{
    size_t size = given_format(d->desc)->entry_size;
    enum xenpt_code code = check_slot(m, d, f, slot, err);
    uint64_t entry;

    if (!code)
        code = make_entry(m, d, f, e, slot, self, &entry, err);
    return code ? code
                : xenpt_store_write(m->store, table + (uint64_t)slot * size, &entry, size, err);
}

static enum xenpt_code write_table(struct xenpt_machine *m, const struct domain *d,
                                   const struct xenpt_given_frame *f, uint64_t table, uint64_t self,
                                   struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < f->nr_entries; i++)
        for (unsigned int s = f->entries[i].first; !code && s <= f->entries[i].last; s++)
            code = write_entry(m, d, f, &f->entries[i], s, table, self, err);
    return code && f->name ? xenpt_prefix(err, code, "%s", f->name) : code;
}

/* --- PV ------------------------------------------------------------------------------------ */

bool given_is_guests(const struct xenpt_layout *layout, unsigned int slot)
{
    struct xenpt_layout_slot s = xenpt_layout_slot(layout, XENPT_ROOT_PV64_KERNEL, 0, slot);

    return s.area && s.area->fill == XENPT_FILL_GUEST;
}

/* Whether a vCPU begins with this root, and where that is. */
static bool root_of(const struct domain *d, const struct xenpt_given_frame *f, uint32_t vcpu,
                    uint64_t *ret)
{
    const struct vcpu *v = &d->vcpus[vcpu];

    if (f->root == XENPT_GIVEN_NO_ROOT || !vcpu_begun(v) ||
        (f->vcpu != XENPT_GIVEN_ALL && f->vcpu != vcpu))
        return false;
    if (d->desc->type == XENPT_DOMAIN_PV32)
        *ret = v->l3;
    else
        *ret = f->root == XENPT_GIVEN_USER_ROOT ? v->user_l4 : v->kernel_l4;
    return true;
}

/* The builder's mapping of a frame, which is not to be written any more. */
static enum xenpt_code protect(struct xenpt_machine *m, const struct domain *d, uint64_t pfn,
                               struct xenpt_error *err)
{
    bool is_32 = d->desc->type == XENPT_DOMAIN_PV32;
    uint64_t in = d->at.base + (pfn << XENPT_PAGE_SHIFT), entry;
    uint64_t table = is_32 ? d->vcpus[0].l3 : d->vcpus[0].kernel_l4;

    if (pfn >= d->at.end)
        return XENPT_OK;
    for (unsigned int level = is_32 ? 3 : 4; level > 1; level--) {
        entry = entry_read(m, table,
                           is_32 && level == 3 ? (unsigned int)(in >> 30) : slot_at(level, in));
        table = entry & ENTRY_ADDR;
    }
    entry = entry_read(m, table, slot_at(1, in));
    return entry_write(m, table, slot_at(1, in), entry & ~ENTRY_RW, err);
}

static enum xenpt_code clear_root(struct xenpt_machine *m, const struct domain *d,
                                  const struct xenpt_given_frame *f, uint64_t root,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < given_slots(d->desc, f->level); i++)
        if (d->desc->type == XENPT_DOMAIN_PV32 || given_is_guests(m->layout, i))
            code = entry_write(m, root, i, 0, err);
    return code;
}

static enum xenpt_code write_roots(struct xenpt_machine *m, struct domain *d, size_t i,
                                   struct xenpt_error *err)
{
    const struct xenpt_given_frame *f = given(d, i);
    enum xenpt_code code = XENPT_OK;
    bool any = false;
    uint64_t root;

    for (uint32_t v = 0; !code && v < d->nr_vcpus; v++) {
        if (!root_of(d, f, v, &root))
            continue;
        if (!any)
            d->given[i] = domain_pfn(d, root >> XENPT_PAGE_SHIFT);
        any = true;
        if (f->alone)
            code = clear_root(m, d, f, root, err);
        if (!code)
            code = write_table(m, d, f, root, root >> XENPT_PAGE_SHIFT, err);
    }
    if (!code && !any)
        code = xenpt_fail(err, XENPT_ERANGE,
                          "a root is given to v%u, which has none when it is built",
                          (unsigned int)f->vcpu);
    return code;
}

/* What Xen puts into a table when the guest has it for one. */
static enum xenpt_code xen_slots(struct xenpt_machine *m, const struct domain *d, size_t i,
                                 struct xenpt_error *err)
{
    const struct xenpt_given_frame *f = given(d, i);
    uint64_t table = given_maddr(m, d, d->given[i]), l2;
    struct root_of of = {
        .kind = XENPT_ROOT_PV64_KERNEL, .self = table, .shadow = NO_TABLE, .perdomain = d->perdomain
    };

    if (f->level == 4 && f->root == XENPT_GIVEN_NO_ROOT)
        return root_fill(m, table, &of, err);
    if (d->desc->type != XENPT_DOMAIN_PV32 || f->level != 3)
        return XENPT_OK;
    l2 = entry_read(m, table, 3);
    if (!(l2 & ENTRY_P) || l2 & ENTRY_PS ||
        domain_pfn(d, (l2 & ENTRY_ADDR) >> XENPT_PAGE_SHIFT) == NO_TABLE)
        return XENPT_OK;
    return pv32_xen_slots(m, l2 & ENTRY_ADDR, err);
}

enum xenpt_code given_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (d->desc->nr_given)
        code = given_frames(m, d, err);
    for (size_t i = 0; !code && i < d->desc->nr_given; i++)
        if (given(d, i)->level && given(d, i)->root == XENPT_GIVEN_NO_ROOT)
            code = protect(m, d, d->given[i], err);
    /* Roots first, so that others can lead to them. */
    for (size_t i = 0; !code && i < d->desc->nr_given; i++) {
        uint64_t root;

        if (given(d, i)->root != XENPT_GIVEN_NO_ROOT)
            for (uint32_t v = d->nr_vcpus; v-- > 0;)
                if (root_of(d, given(d, i), v, &root))
                    d->given[i] = domain_pfn(d, root >> XENPT_PAGE_SHIFT);
    }
    for (size_t i = 0; !code && i < d->desc->nr_given; i++) {
        const struct xenpt_given_frame *f = given(d, i);
        uint64_t maddr = given_maddr(m, d, d->given[i]);

        if (f->root != XENPT_GIVEN_NO_ROOT)
            code = write_roots(m, d, i, err);
        else if (f->level)
            code = write_table(m, d, f, maddr, maddr >> XENPT_PAGE_SHIFT, err);
    }
    for (size_t i = 0; !code && i < d->desc->nr_given; i++)
        if (given(d, i)->level)
            code = xen_slots(m, d, i, err);
    return code;
}

/* --- HVM and PVH --------------------------------------------------------------------------- */

enum xenpt_code given_hvm(struct xenpt_machine *m, struct domain *d, uint64_t *cr3,
                          struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (d->desc->nr_given)
        code = given_frames(m, d, err);
    for (size_t i = 0; !code && i < d->desc->nr_given; i++) {
        if (given(d, i)->root == XENPT_GIVEN_NO_ROOT)
            continue;
        if (given(d, i)->alone)
            *cr3 = d->given[i] << XENPT_PAGE_SHIFT;
        else
            d->given[i] = *cr3 >> XENPT_PAGE_SHIFT;
    }
    if (!code && *cr3 >> 32 && d->desc->mode != XENPT_GUEST_4LEVEL)
        code = xenpt_fail(err, XENPT_ERANGE, "its root 0x%llx is above 4 GiB", (llu)*cr3);
    for (size_t i = 0; !code && i < d->desc->nr_given; i++)
        if (given(d, i)->level)
            code = write_table(m, d, given(d, i), guest_maddr(m, d, d->given[i]), d->given[i], err);
    return code;
}

/* --- Asking -------------------------------------------------------------------------------- */

static bool is_table_of(const struct xenpt_machine *m, const struct domain *d, size_t i,
                        uint64_t table)
{
    const struct xenpt_given_frame *f = given(d, i);
    uint64_t root;

    for (uint32_t v = 0; is_pv(d) && v < d->nr_vcpus; v++)
        if (root_of(d, f, v, &root) && root == table)
            return true;
    return given_maddr(m, d, d->given[i]) == table;
}

bool given_has(const struct xenpt_machine *m, const struct domain *d, uint64_t table,
               unsigned int slot, uint64_t entry)
{
    uint64_t made, used = given_format(d->desc)->accessed | given_format(d->desc)->dirty;

    for (size_t i = 0; d->given && i < d->desc->nr_given; i++) {
        const struct xenpt_given_frame *f = given(d, i);
        uint64_t self = is_pv(d) ? table >> XENPT_PAGE_SHIFT : d->given[i];

        for (size_t k = 0; k < f->nr_entries; k++) {
            const struct xenpt_given_entry *e = &f->entries[k];

            if (slot >= e->first && slot <= e->last && is_table_of(m, d, i, table) &&
                !make_entry(m, d, f, e, slot, self, &made, NULL) && !((made ^ entry) & ~used))
                return true;
        }
    }
    return false;
}

bool xenpt_machine_given(const struct xenpt_machine *m, uint32_t domain, size_t i, xenpt_mfn_t *ret)
{
    const struct domain *d = domain_there(m, domain);
    uint64_t maddr;

    if (!d || !d->given || i >= d->desc->nr_given)
        return false;
    maddr = given_maddr(m, d, d->given[i]);
    if (maddr == NO_TABLE)
        return false;
    *ret = xenpt_maddr_to_mfn(maddr);
    return true;
}
