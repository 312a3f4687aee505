/*
 * explain.c - what a machine says of an address and of an entry.
 *
 * The layout tells what an address is for; the machine's own tables tell what should be there.
 * Of some entries the machine can say only of which kind they are, because a guest, an
 * allocator or the history of the machine decides: rules.c has what each rule leaves open.
 */
#include <string.h>

#include "xen/p2m.h"
#include "xen/rules.h"
#include "xen/view.h"

#define PS ENTRY_PS

/* An entry that is being explained. */
struct question {
    const struct xenpt_machine *m;
    const struct context_of *of;
    const struct xenpt_entry_question *q;
    const struct xenpt_area *area; /* What the address is for, or NULL. */
    const struct xenpt_part *part; /* Of that, or NULL. */
    uint64_t in;                   /* The address, of a mirror that of what it mirrors. */
    uint64_t expected;             /* What this machine has there; 0: nothing. */
    bool from_larger;              /* It is part of a larger page here. */
    struct xenpt_entry_explanation *ret;
};

/* Contexts are ours, or have a name as one of ours: those of a copy, or of an image. */
static const struct xenpt_context *own_context(const struct machine_view *v,
                                               const struct xenpt_context *ctx)
{
    if (ctx >= v->contexts && ctx < v->contexts + v->nr)
        return ctx;
    for (size_t i = 0; i < v->nr; i++)
        if (!strcmp(v->contexts[i].name, ctx->name))
            return &v->contexts[i];
    return NULL;
}

/* --- What should be there ------------------------------------------------------------------ */

static bool is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || (level < 4 && entry & PS);
}

/* The part of a larger page that an entry further down would map. */
static uint64_t part_of(uint64_t entry, unsigned int from, unsigned int to, uint64_t in)
{
    uint64_t base = entry & ENTRY_ADDR & ~(level_size(from) - 1);
    uint64_t flags = entry & ~ENTRY_ADDR & ~PS;
    uint64_t offset = in & (level_size(from) - 1) & ~(level_size(to) - 1);

    if (entry & XENPT_BIT(12))
        flags |= to == 1 ? PS : XENPT_BIT(12);
    return (base + offset) | flags | (to > 1 ? PS : 0);
}

static uint64_t expected(const struct xenpt_machine *m, uint64_t root, unsigned int top,
                         const struct xenpt_entry_question *q, bool *larger)
{
    uint64_t table = root;

    *larger = false;
    for (unsigned int l = top; l >= 1; l--) {
        uint64_t entry = entry_read(m, table, slot_at(l, q->in));

        if (l == q->level)
            return entry;
        if (!(entry & ENTRY_ADDR))
            return 0;
        if (is_leaf(entry, l)) {
            *larger = true;
            return part_of(entry, l, q->level, q->in);
        }
        table = entry & ENTRY_ADDR;
    }
    return 0;
}

/* --- Answers ------------------------------------------------------------------------------- */

static bool say(struct question *x, enum rule_id id, uint64_t entry)
{
    const struct rule *r = &rules[id];

    x->ret->rule = &r->public;
    x->ret->entry = entry;
    x->ret->frame = r->frame;
    x->ret->may_differ = r->may_differ;
    x->ret->may_be_absent = r->may_be_absent;
    x->ret->may_be_split = r->may_be_split;
    x->ret->opaque = r->opaque;
    /* Walks set A and D, and code that was written at boot has kept D. */
    if (entry & ENTRY_P)
        x->ret->may_differ |= (ENTRY_A | ENTRY_D) & ~entry;
    return true;
}

static bool say_expected(struct question *x, enum rule_id id)
{
    return say(x, id, x->expected);
}

/* What is not here but may be there: of this kind, at least. */
static bool say_kind(struct question *x, enum rule_id id, uint64_t flags)
{
    if (x->expected)
        return say_expected(x, id);
    if (!(x->q->entry & ENTRY_P))
        return say(x, id, 0);
    say(x, id, flags | (x->q->entry & ENTRY_ADDR));
    x->ret->frame = XENPT_FRAME_ANY;
    x->ret->one_of_several = true;
    return true;
}

static bool flags_are(const struct question *x, uint64_t flags)
{
    return x->q->entry & ENTRY_P &&
           ((x->q->entry ^ flags) & ~(ENTRY_ADDR | ENTRY_A | ENTRY_D)) == 0;
}

/* The per-domain slot of an XPTI root is that of the domain that ran last: 64-bit PV, or not. */
static const struct xenpt_part *part_at(const struct question *x)
{
    const struct xenpt_part *p = xenpt_area_part_at(x->area, x->of->kind, x->in), *other;

    if (x->of->kind != XENPT_ROOT_XPTI || (p && flags_are(x, p->leaf)))
        return p;
    other = xenpt_area_part_at(x->area, XENPT_ROOT_PV32, x->in);
    return other && flags_are(x, other->leaf) ? other : p;
}

/* --- By what fills the area ---------------------------------------------------------------- */

static bool table_of(struct question *x)
{
    const struct xenpt_area *a = x->area;
    bool demand = a->fill == XENPT_FILL_DEMAND || a->fill == XENPT_FILL_FIXED;
    uint64_t flags = 0;

    if (a->fill == XENPT_FILL_RAM && x->q->in - a->first < a->boot_tables)
        return say_expected(x, RULE_BOOT_TABLE);
    for (const struct xenpt_area *up = a; up && !flags; up = up->inside)
        flags = up->table[x->q->level];
    if (!x->expected && x->q->entry & ENTRY_P && demand) {
        say(x, RULE_TABLE, flags | (x->q->entry & ENTRY_ADDR));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
    } else {
        say_expected(x, RULE_TABLE);
    }
    x->ret->may_be_absent |= demand;
    return true;
}

static bool directmap(struct question *x)
{
    const struct xenpt_layout_stack *stack = &x->m->layout->stack;
    const struct xenpt_part *alias = xenpt_area_part(x->area, "text-alias");
    uint64_t maddr = x->q->in - x->area->first;
    uint64_t text = x->m->image.phys + x->m->layout->image.start;

    if (x->part && x->part->whole)
        return say_expected(x, RULE_DIRECTMAP_BOOT);
    if (alias && maddr >= text && maddr < x->m->image.phys + x->m->image.d.rodata_end)
        return say_expected(x, RULE_TEXT_ALIAS);
    if (x->q->level > 1 && is_leaf(x->q->entry, x->q->level) && x->expected &&
        !is_leaf(x->expected, x->q->level)) {
        /* A stack of ours splits it; the page would be like its neighbours. */
        say(x, RULE_DIRECTMAP, maddr | x->area->leaf | PS);
        x->ret->one_of_several = true;
        return true;
    }
    if (x->q->level > 1 || !stack->guards)
        return say_expected(x, RULE_DIRECTMAP);
    if (x->expected && stack->guard_leaf && flags_are(x, stack->guard_leaf) &&
        (x->expected ^ stack->guard_leaf) & ENTRY_RW) {
        say(x, RULE_STACK_GUARD, maddr | stack->guard_leaf);
        x->ret->one_of_several = true;
        return true;
    }
    if (stack->guard_leaf && x->expected && !(x->expected & ENTRY_RW)) {
        bool other = x->q->entry & ENTRY_RW;

        say(x, RULE_STACK_GUARD, other ? maddr | x->area->leaf : x->expected);
        x->ret->one_of_several = other;
        return true;
    }
    if (!stack->guard_leaf && ram_all(x->m, maddr >> XENPT_PAGE_SHIFT, maddr >> XENPT_PAGE_SHIFT)) {
        /* A guard page here or there. */
        say(x, x->expected ? RULE_DIRECTMAP : RULE_STACK_GUARD,
            x->expected || !(x->q->entry & ENTRY_P) ? x->expected : maddr | x->area->leaf);
        x->ret->may_be_absent = true;
        x->ret->one_of_several = !x->expected != !(x->q->entry & ENTRY_P);
        return true;
    }
    return say_expected(x, RULE_DIRECTMAP);
}

static bool image(struct question *x)
{
    const struct xenpt_image_sections *d = &x->m->image.d;
    uint64_t at = x->q->in - x->area->first, end = d->data_end;

    if (!x->m->layout->image.sections)
        return say_expected(x, RULE_IMAGE);
    if (x->m->layout->image.livepatch == XENPT_LIVEPATCH_ROUNDED)
        end = (end + level_size(2) - 1) & ~(level_size(2) - 1);
    if (x->m->layout->image.livepatch != XENPT_LIVEPATCH_NONE && at == end)
        return say_expected(x, RULE_LIVEPATCH);
    if (x->part && x->part->leaf)
        return say_expected(x, RULE_IMAGE_PART);
    if (at >= d->data_end)
        return say_kind(x, RULE_DEMAND, x->area->leaf);
    if (at < d->text_end)
        return say_expected(x, RULE_TEXT);
    return say_expected(x, at < d->rodata_end ? RULE_RODATA : RULE_DATA);
}

static bool has_l4_window(const struct question *x)
{
    return x->of->kind == XENPT_ROOT_XPTI || (x->of->domain && x->of->domain->xpti);
}

static bool fixed(struct question *x)
{
    static const struct {
        const char *area, *part;
        enum rule_id rule;
    } rows[] = {
        { "stubs", NULL, RULE_STUB },
        { "low-identity", NULL, RULE_TRAMPOLINE },
        { "fixmap", "io-apic", RULE_FIXMAP_DEVICE },
        { "fixmap", "local-apic", RULE_FIXMAP_DEVICE },
        { "argument-translation", NULL, RULE_ARGUMENTS },
        { "mapcache", NULL, RULE_MAPCACHE },
        { "mapcache-in-use", NULL, RULE_MAPCACHE },
        { "mapcache-garbage", NULL, RULE_MAPCACHE },
        { "gdt-ldt", "gdt", RULE_GDT },
        { "gdt-ldt", "gdt-xen", RULE_GDT_XEN },
        { "gdt-ldt", "gdt-end", RULE_L4_WINDOW },
        { "gdt-ldt", "ldt", RULE_LDT },
        { "gdt-ldt", "ldt-pv32", RULE_LDT },
        { "fixmap", NULL, RULE_FIXMAP },
    };
    const struct xenpt_part *unused = xenpt_area_part(x->area, "gdt-unused");
    enum rule_id id = RULE_NOTHING;
    uint64_t leaf = x->part ? x->part->leaf : x->area->leaf;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && id == RULE_NOTHING; i++)
        if (!strcmp(rows[i].area, x->area->name) &&
            (!rows[i].part || (x->part && !strcmp(rows[i].part, x->part->name))))
            id = rows[i].rule;
    if (id == RULE_GDT && unused && flags_are(x, unused->leaf)) {
        say(x, RULE_GDT_UNUSED, x->m->zero_page | unused->leaf);
        x->ret->one_of_several = x->expected != x->ret->entry;
        return true;
    }
    if (id == RULE_GDT && x->q->entry & ENTRY_P &&
        (!x->expected || (unused && !((x->expected ^ unused->leaf) & ~ENTRY_ADDR)))) {
        say(x, RULE_GDT, leaf | (x->q->entry & ENTRY_ADDR));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return true;
    }
    if (id == RULE_L4_WINDOW)
        leaf = has_l4_window(x) && unused ? unused->leaf : 0;
    if (id == RULE_TRAMPOLINE)
        return say_kind(x, id, (x->area->leaf & ~ENTRY_ADDR));
    return say_kind(x, id, leaf);
}

/* The CPU whose root is looked at. */
static const struct cpu *cpu_of(const struct question *x)
{
    return &x->m->cpus[x->of->cpu];
}

/* Whether an entry speaks for a page of this CPU's stack: that is always there. */
static bool has_stack(const struct question *x, uint64_t maddr)
{
    uint64_t stack = cpu_of(x)->stack;
    uint64_t size = (uint64_t)x->m->layout->stack.pages * XENPT_PAGE_SIZE;

    return maddr < stack + size && maddr + level_size(x->q->level) > stack;
}

/* What is there, and need not be where it is: flags of this kind, or nothing. */
static void say_elsewhere(struct question *x, enum rule_id id, uint64_t entry)
{
    if (x->expected || !(x->q->entry & ENTRY_P)) {
        say_expected(x, id);
    } else {
        say(x, id, entry);
        x->ret->frame = x->q->level > 1 ? XENPT_FRAME_ANY : XENPT_FRAME_EXACT;
        x->ret->one_of_several = true;
    }
    x->ret->may_be_absent = true;
}

/*
 * The stack is where the CPU has it.  The IDT and TSS of a CPU that was started later are on the
 * heap, so which addresses they have is the allocator's choice.
 */
static bool xpti_directmap(struct question *x)
{
    const struct xenpt_part *p = xenpt_area_part(x->area, "descriptors");
    uint64_t maddr = x->q->in - x->area->first;
    bool table = x->q->level > 1;

    if (has_stack(x, maddr) || !x->of->cpu)
        return say_expected(x, table ? RULE_TABLE : RULE_XPTI_STACK);
    say_elsewhere(x, table ? RULE_TABLE : RULE_XPTI_HEAP,
                  table ? (x->q->entry & ENTRY_ADDR) | x->m->layout->xpti.table
                        : maddr | (p ? p->leaf : 0));
    return true;
}

/*
 * Which pages of code and data are cloned, a build decides.  A model that states its build says
 * which; else any page of the image may be one.
 */
static bool xpti_image(struct question *x)
{
    const struct xenpt_image_sections *d = &x->m->image.d;
    const struct xenpt_layout *l = x->m->layout;
    uint64_t at = x->q->in - x->area->first;
    bool table = x->q->level > 1, code = at < d->text_end;
    bool stated = x->m->xen.image.data_end && (code || x->m->xen.image.boot_idt);
    const struct xenpt_part *p = xenpt_area_part(x->area, code ? "text" : "data");
    enum rule_id id = table ? RULE_TABLE : code ? RULE_XPTI_TEXT : RULE_XPTI_DESCRIPTORS;
    uint64_t flags = (p ? p->leaf : x->area->leaf) & ~l->xpti.drops;

    if (stated ||
        (!table && (at < l->image.start || at >= d->data_end || (!code && at < d->data_first))))
        return say_expected(x, id);
    say_elsewhere(x, id,
                  table ? (x->q->entry & ENTRY_ADDR) | l->xpti.table
                        : (x->m->image.phys + at) | flags);
    return true;
}

static bool in_xpti(struct question *x)
{
    if (x->area->fill == XENPT_FILL_RAM)
        return xpti_directmap(x);
    if (x->area->fill == XENPT_FILL_IMAGE)
        return xpti_image(x);
    return say_expected(x, x->q->level > 1 ? RULE_TABLE : RULE_STUB);
}

static bool below_root(struct question *x)
{
    const struct xenpt_area *a = x->area;
    bool own = x->of->kind == XENPT_ROOT_XPTI &&
               (a->fill == XENPT_FILL_RAM || a->fill == XENPT_FILL_IMAGE ||
                !strcmp(a->name, "stubs"));
    bool leaf;

    if (own)
        return in_xpti(x);
    leaf = x->expected ? is_leaf(x->expected, x->q->level)
                       : is_leaf(x->q->entry, x->q->level) || x->q->level == 1;
    if (a->fill == XENPT_FILL_SHADOW)
        return say_expected(x, RULE_SHADOW);
    if (a->fill == XENPT_FILL_M2P && a->inside && a->inside->fill == XENPT_FILL_GUEST)
        return say_expected(x, RULE_COMPAT_M2P_WINDOW);
    if (a->fill == XENPT_FILL_RAM && x->q->level < 4 && is_leaf(x->q->entry, x->q->level) && !leaf)
        return directmap(x);
    if (!leaf)
        return table_of(x);
    switch (a->fill) {
    case XENPT_FILL_RAM:
        return directmap(x);
    case XENPT_FILL_M2P:
        return say_expected(x, RULE_M2P);
    case XENPT_FILL_FRAMETABLE:
        return say_expected(x, RULE_FRAMETABLE);
    case XENPT_FILL_MMCFG:
        return say_expected(x, RULE_MMCFG);
    case XENPT_FILL_IMAGE:
        return image(x);
    case XENPT_FILL_FIXED:
        return fixed(x);
    case XENPT_FILL_DEMAND:
        return say_kind(x, RULE_DEMAND, a->leaf);
    default:
        return say_expected(x, RULE_NOTHING);
    }
}

/* --- The root's own entries ---------------------------------------------------------------- */

static bool of_root(struct question *x)
{
    unsigned int nr = slot_at(4, x->q->in);
    struct xenpt_layout_slot slot = xenpt_layout_slot(x->m->layout, x->of->kind,
                                                      x->of->when | 1u << XENPT_IF_RAN_PV, nr);

    x->area = slot.area;
    if (!slot.area)
        return say_expected(x, RULE_NOTHING);
    x->ret->area = slot.area->name;
    x->ret->shared = xenpt_sharing_word(slot.sharing)->text;
    if (slot.guest && x->of->kind == XENPT_ROOT_XPTI)
        return say_expected(x, RULE_XPTI_COPY);
    switch (slot.area->fill) {
    case XENPT_FILL_GUEST:
        return say_expected(x, x->of->kind == XENPT_ROOT_PV32 ? RULE_GUEST_PAE : RULE_GUEST);
    case XENPT_FILL_SELF:
        /* The table that the entry lies in, whatever its number. */
        if (x->q->at && x->expected & ENTRY_P) {
            say(x, RULE_SELF, (x->q->at & ENTRY_ADDR) | (x->expected & ~ENTRY_ADDR));
            x->ret->frame = XENPT_FRAME_EXACT;
            return true;
        }
        return say_expected(x, RULE_SELF);
    case XENPT_FILL_SHADOW:
        return say_expected(x, RULE_SHADOW_LINEAR);
    case XENPT_FILL_DOMAIN:
        /* A CPU has that of the domain of which something ran there last, if anything did. */
        if (x->of->kind == XENPT_ROOT_XPTI)
            return say_kind(x, RULE_PERDOMAIN, root_perdomain_flags(x->m, x->of->kind));
        return say_expected(x, RULE_PERDOMAIN);
    case XENPT_FILL_MIRROR:
        return say_expected(x, RULE_PERDOMAIN_MIRROR);
    default:
        break;
    }
    if (slot.sharing == XENPT_SHARED_XPTI)
        return say_expected(x, RULE_XPTI_COMMON);
    if (slot.sharing == XENPT_SHARED_CPU)
        return say_expected(x, RULE_XPTI_CPU);
    return say_expected(x, RULE_ROOT_SHARED);
}

/* --- A guest's physical memory ------------------------------------------------------------- */

/* Present is any right, in EPT; ordinary entries have P in the same place. */
#define P2M_PRESENT XENPT_BITS(2, 0)
#define EPT_TYPE    XENPT_BITS(6, 3) /* Memory type and IPAT. */
#define EPT_AD      XENPT_BITS(9, 8)

/* A type whose entries are as this one is: what a guest or the toolstack has put there. */
static bool of_type(struct question *x, uint64_t free)
{
    const struct domain *d = x->of->domain;
    uint64_t ps = x->q->level > 1 ? PS : 0;
    enum p2m_type type;

    for (size_t i = 0; p2m_type_at(i, &type); i++) {
        uint64_t flags = p2m_flags(x->m, d, type, x->q->level) | ps;
        bool mmio = type == P2M_MMIO_DIRECT;

        if ((x->q->entry ^ flags) & ~(ENTRY_ADDR | free) ||
            (mmio && (x->q->entry & ENTRY_ADDR) != x->q->in))
            continue;
        say(x, mmio ? RULE_P2M_IDENTITY : RULE_P2M_RAM, (x->q->entry & ENTRY_ADDR) | flags);
        x->ret->frame = mmio ? XENPT_FRAME_EXACT : XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return true;
    }
    return false;
}

/* Why an entry of this machine's is not as it was when the domain was built. */
static enum rule_id p2m_reason(const struct question *x, bool leaf)
{
    if (p2m_is_pending(x->m, x->of->domain, x->expected))
        return RULE_P2M_PENDING;
    if (!leaf)
        return RULE_P2M_TABLE;
    if (p2m_access_of(x->m, x->of->domain, x->expected) != XENPT_ACCESS_RWX)
        return RULE_P2M_ACCESS;
    return p2m_type_of(x->m, x->of->domain, x->expected) == P2M_RAM_LOGDIRTY ? RULE_P2M_LOG
                                                                             : RULE_P2M_RAM;
}

static void p2m_entry(struct question *x, uint64_t free)
{
    bool leaf = is_leaf(x->expected, x->q->level);

    if (!(x->q->entry & P2M_PRESENT) || !((x->q->entry ^ x->expected) & ~(ENTRY_ADDR | free))) {
        say_expected(x, p2m_reason(x, leaf));
        if (!(x->expected & ENTRY_ADDR))
            say(x, RULE_P2M_HOLE, x->expected);
        return;
    }
    if (!is_leaf(x->q->entry, x->q->level) && !(leaf && x->expected & ENTRY_ADDR)) {
        say(x, RULE_P2M_TABLE,
            (x->q->entry & ENTRY_ADDR) | p2m_flags(x->m, x->of->domain, P2M_RAM_RW, 0));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return;
    }
    if (!of_type(x, free))
        say_expected(x, x->expected & ENTRY_ADDR ? RULE_P2M_RAM : RULE_P2M_HOLE);
}

static bool of_p2m(struct question *x)
{
    const struct domain *d = x->of->domain;
    /* The hardware domain's memory types are worked out when a page is first touched. */
    uint64_t free = !p2m_is_ept(x->m, d)  ? ENTRY_A | ENTRY_D
                    : d->desc->privileged ? EPT_AD | EPT_TYPE
                                          : EPT_AD;

    x->ret->area = "p2m";
    x->ret->shared = xenpt_sharing_word(XENPT_SHARED_DOMAIN)->text;
    p2m_entry(x, free);
    x->ret->may_differ = free;
    return true;
}

/* --- The interface ------------------------------------------------------------------------- */

static const char *owner(const struct question *x)
{
    const struct xenpt_area *a = x->area;

    if (x->ret->opaque && x->of->domain)
        return x->of->domain->name;
    if (a && a->fill == XENPT_FILL_GUEST)
        return x->of->domain ? x->of->domain->name : "guest";
    if (x->ret->rule == &rules[RULE_GDT].public || x->ret->rule == &rules[RULE_LDT].public)
        return x->of->domain ? x->of->domain->name : "guest";
    return "xen";
}

static void sharing(struct question *x)
{
    struct xenpt_extent extent;

    if (!x->ret->shared && x->area &&
        xenpt_area_extent(x->area, x->of->kind, x->of->when | 1u << XENPT_IF_RAN_PV, &extent))
        x->ret->shared = xenpt_sharing_word(extent.sharing)->text;
}

bool explain_entry(const struct xenpt_explainer *self, const struct xenpt_entry_question *q,
                   struct xenpt_entry_explanation *ret)
{
    const struct machine_view *v = view_of(self);
    const struct xenpt_context *ctx = own_context(v, q->context);
    struct question x = { .m = v->machine, .q = q, .ret = ret, .in = q->in };
    const struct xenpt_paging *pg;

    if (!ctx || !q->level || q->level > 4)
        return false;
    *ret = (struct xenpt_entry_explanation){ 0 };
    x.of = &v->of[ctx - v->contexts];
    pg = q->second ? &ctx->second : &ctx->paging;
    if (!q->second && explain_shadow(x.m, x.of->domain, pg, q, ret))
        return true;
    if (x.of->guest && !q->second)
        return false; /* The guest's own tables. */
    x.expected = expected(x.m, pg->root, pg->format.top, q, &x.from_larger);
    if (x.of->p2m) {
        of_p2m(&x);
    } else if (q->level == 4) {
        of_root(&x);
    } else {
        x.area = xenpt_layout_at(x.m->layout, x.of->kind, x.of->when | 1u << XENPT_IF_RAN_PV,
                                 q->in);
        if (x.area && x.area->fill == XENPT_FILL_MIRROR) {
            x.in = q->in - x.area->first + x.area->mirrors->first;
            x.area = xenpt_layout_at(x.m->layout, x.of->kind, x.of->when, x.in);
        }
        if (x.area) {
            ret->area = x.area->name;
            x.part = part_at(&x);
        }
        if (!x.area)
            say_expected(&x, RULE_NOTHING);
        else if (x.area->fill == XENPT_FILL_GUEST && x.of->kind == XENPT_ROOT_XPTI)
            say_expected(&x, RULE_XPTI_COPY);
        else if (x.area->fill == XENPT_FILL_GUEST)
            say_expected(&x, RULE_GUEST);
        else
            below_root(&x);
        sharing(&x);
    }
    ret->owner = owner(&x);
    return true;
}

bool explain_address(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                     uint64_t in, struct xenpt_explanation *ret)
{
    const struct machine_view *v = view_of(self);
    const struct xenpt_context *own = own_context(v, ctx);
    const struct context_of *of;
    const struct xenpt_area *area;

    if (!own)
        return false;
    of = &v->of[own - v->contexts];
    if (of->p2m)
        return false;
    area = xenpt_layout_at(v->machine->layout, of->kind, of->when | 1u << XENPT_IF_RAN_PV, in);
    if (!area)
        return false;
    *ret = (struct xenpt_explanation){ area->name, in - area->first };
    return true;
}
