/* expect_invariant.c - expectations: what has to be so in every context, whatever happened. */
#include <inttypes.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/run.h"
#include "scenario/tables.h"
#include "scenario/verbs.h"
#include "xen/grants.h"
#include "xen/owner.h"
#include "xen/sharing.h"
#include "xenpt/map.h"

/* Whether what executes there at its privilege level can use such an address. */
static bool can_use(const struct holding *h, const struct xenpt_map_range *range)
{
    return !h->c->has_cpu || h->c->cpl < 3 || range->rights & 1u << XENPT_U;
}

static uint64_t first_frame(const struct xenpt_map_range *range)
{
    return range->maddr >> XENPT_PAGE_SHIFT;
}

static uint64_t last_frame(const struct xenpt_map_range *range)
{
    return (range->maddr + (range->repeated ? 0 : range->last - range->first)) >> XENPT_PAGE_SHIFT;
}

static uint64_t address_of(const struct xenpt_map_range *range, uint64_t frame)
{
    return range->first + ((frame - first_frame(range)) << XENPT_PAGE_SHIFT);
}

bool invariant_go_through(struct holding *h, bool (*fn)(void *ctx, const struct xenpt_map_range *r),
                          struct xenpt_map_options opt)
{
    enum xenpt_code code;

    opt.last = context_last_address(h->w, h->c);
    opt.unfold = unfolds(h->c);
    opt.limit = UINT64_C(64) << 20;
    code = xenpt_map(h->w->view, h->c, &opt, fn, h, NULL, &h->w->problem);
    return !h->lost && (!code || code == XENPT_ESTOPPED);
}

/* --- Tables are not written to ------------------------------------------------------------- */

static bool writable(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    uint64_t frame;

    if (!can_use(h, range) ||
        !machine_tables_meet(&h->tables, first_frame(range), last_frame(range), &frame))
        return true;
    return invariant_wrong(h, address_of(range, frame),
                           world_text(h->w,
                                      "0x%" PRIx64 " leads to a page table, mfn 0x%" PRIx64
                                      ", and can be written",
                                      address_of(range, frame), frame));
}

static bool hold_tables(struct holding *h)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES, .writable = true };
    bool ok;

    if (!machine_tables_find(h->w, &h->tables))
        return false;
    ok = invariant_go_through(h, writable, opt);
    machine_tables_fini(&h->tables);
    return ok;
}

/* --- Memory of one's own ------------------------------------------------------------------- */

/* How many frames from this one on are of the same extent of a domain's memory. */
static uint64_t run_of(const struct domain *d, uint64_t frame)
{
    const struct extent *e = domain_extent(d, frame);

    return e ? e->nr - (frame - e->first) : 1;
}

/* Its own; or, as a run asks, that of another that it controls, as Xen lets it. */
static bool may_map(const struct holding *h, const struct domain *d)
{
    struct invariant_vcpu at;

    return !strcmp(d->name, h->c->domain) || (h->w->trusting && invariant_vcpu(h, &at) &&
                                              controls(&h->w->machine->domains[at.domain], d));
}

/* What is shared is mapped by those who share it, and by who may map one of theirs. */
static bool may_map_shared(const struct holding *h, uint64_t frame)
{
    const struct xenpt_machine *m = h->w->machine;

    for (size_t i = 0; i < m->sharing->nr_sharers; i++) {
        const struct sharer *s = &m->sharing->sharers[i];

        if (s->frame == frame &&
            (may_map(h, &m->domains[s->domain]) || grants_allow(m, h->c->domain, frame)))
            return true;
    }
    return false;
}

static bool others(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    const struct xenpt_machine *m = h->w->machine;
    uint64_t last = last_frame(range);

    if (!can_use(h, range))
        return true;
    for (uint64_t frame = first_frame(range), n; frame <= last; frame += n) {
        uint32_t domain = 0;
        enum owner owner = frame_owner(m, frame, &domain);
        const struct domain *d = owner == OWNER_DOMAIN ? &m->domains[domain] : NULL;

        n = d ? run_of(d, frame) : 1;
        if (owner == OWNER_COW ? may_map_shared(h, frame) : d ? may_map(h, d) : owner != OWNER_FREE)
            continue;
        n = 1;
        if (d && grants_allow(m, h->c->domain, frame))
            continue;
        return invariant_wrong(h, address_of(range, frame),
                               world_text(h->w,
                                          "0x%" PRIx64 " leads to mfn 0x%" PRIx64 ", which is %s",
                                          address_of(range, frame), frame,
                                          d                    ? d->name
                                          : owner == OWNER_COW ? "shared by others"
                                                               : "free"));
    }
    return true;
}

static bool hold_memory(struct holding *h)
{
    return invariant_go_through(h, others,
                                (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_PAGES });
}

/* --- Xen's slots --------------------------------------------------------------------------- */

/* What Xen puts into a slot of such a root; false: it is the guest's, or depends on the moment. */
static bool of_xen(const struct holding *h, const struct context_of *of, uint64_t root,
                   unsigned int nr, uint64_t *ret)
{
    const struct xenpt_machine *m = h->w->machine;
    uint64_t perdomain = of->domain ? of->domain->perdomain : NO_TABLE;
    xenpt_conditions when = of->when | (perdomain != NO_TABLE ? 1u << XENPT_IF_RAN_PV : 0);
    struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, of->kind, when, nr);
    uint64_t idle = entry_read(m, m->idle, nr);

    if (slot.guest || of->kind == XENPT_ROOT_XPTI || of->kind == XENPT_ROOT_IDLE ||
        (slot.area && !slot.table))
        return false;
    *ret = 0;
    if (!slot.area)
        return true;
    switch (slot.area->fill) {
    case XENPT_FILL_SELF:
        *ret = root | slot.table;
        return true;
    case XENPT_FILL_DOMAIN:
    case XENPT_FILL_MIRROR:
        *ret = perdomain == NO_TABLE ? 0 : perdomain | slot.table;
        return true;
    case XENPT_FILL_GUEST:
    case XENPT_FILL_SHADOW:
        return false;
    default:
        *ret = idle & ENTRY_P ? (idle & ENTRY_ADDR) | slot.table : 0;
        return slot.sharing == XENPT_SHARED_MACHINE && !m->options.highmem_start;
    }
}

/*
 * M2P as guests read it is put into roots of their kernels, and taken out of those of user mode
 * under m2p_strict (mm.c, fill_ro_mpt and zap_ro_mpt): one root can be both, and was made when the
 * guest had asked for something else.  Nobody but the guest misses it.
 */
static bool comes_and_goes(const struct holding *h, const struct context_of *of, unsigned int nr,
                           uint64_t entry)
{
    const struct xenpt_machine *m = h->w->machine;
    struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, XENPT_ROOT_PV64_KERNEL, of->when,
                                                      nr);

    return (of->kind == XENPT_ROOT_PV64_KERNEL || of->kind == XENPT_ROOT_PV64_USER) && slot.area &&
           slot.area->fill == XENPT_FILL_M2P && slot.table & ENTRY_US &&
           (!entry || (entry & ENTRY_ADDR) == (entry_read(m, m->idle, nr) & ENTRY_ADDR));
}

/* Of a shadow, the guest's L4 that it is of: what that is. */
static struct context_of shadowed(const struct holding *h, const struct context_of *of,
                                  uint64_t root)
{
    struct context_of ret = *of;
    struct invariant_vcpu at;

    if (root == h->c->paging.root || !invariant_vcpu(h, &at))
        return ret;
    if (ret.kind == XENPT_ROOT_PV64_SHADOW)
        ret.kind = root == h->w->machine->domains[at.domain].vcpus[at.vcpu].user_l4
                       ? XENPT_ROOT_PV64_USER
                       : XENPT_ROOT_PV64_KERNEL;
    return ret;
}

static bool hold_slots(struct holding *h)
{
    const struct context_of *of = invariant_context(h);
    const uint64_t ignored = ENTRY_A | ENTRY_D;
    uint64_t root, entry, wanted;
    struct context_of own;

    if (!of || h->c->has_second)
        return true;
    if (!invariant_shadow_root(h) || h->found)
        return !h->lost;
    root = invariant_guest_root(h);
    own = shadowed(h, of, root);
    for (unsigned int s = 0; !h->found && s < XENPT_ROOT_SLOTS; s++) {
        if (!of_xen(h, &own, root, s, &wanted))
            continue;
        if (!table_entry(h->w, h->c, root, s, &entry))
            return false;
        if ((entry ^ wanted) & ~ignored && !comes_and_goes(h, &own, s, entry))
            invariant_wrong(h, xenpt_layout_slot_first(h->w->machine->layout, s),
                            world_text(h->w,
                                       "slot %u has 0x%016" PRIx64 ", and Xen's is 0x%016" PRIx64,
                                       s, entry, wanted));
    }
    return !h->lost;
}

/* --- Counts -------------------------------------------------------------------------------- */

/* Of all frames of the machine: no context says more of them than another. */
static bool hold_counts(struct holding *h)
{
    char wrong_of_it[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    if (xenpt_pv_check_counts(h->w->machine, wrong_of_it, &frame, &h->w->problem))
        return false;
    if (*wrong_of_it)
        h->found = world_text(h->w, "mfn 0x%" PRIx64 ": %s", frame, wrong_of_it);
    return true;
}

/* --- The row ------------------------------------------------------------------------------- */

enum {
    TABLES_READ_ONLY,
    OWN_MEMORY,
    XEN_SLOTS,
    LEGAL_ENTRIES,
    LINEAR_TABLES,
    L1TF_SAFE,
    LOADED_TABLES,
    FLUSHED,
    COUNTS,
    M2P,
    WALKS,
    SHADOWS,
    CACHE_COHERENT,
    DESCRIPTORS,
    DEVICE_TYPES,
    DEVICE_MEMORY,
    DEVICE_FLUSHED,
    LARGE_CODE,
    NR_INVARIANTS,
};

/* clang-format off */
static const struct xenpt_word names[NR_INVARIANTS] = {
    [TABLES_READ_ONLY] = { "tables-read-only", "no address that can be written leads to a page table "
        "that a processor reads" },
    [OWN_MEMORY] = { "own-memory", "no address leads to memory of another domain, or to free memory" },
    [XEN_SLOTS] = { "xen-slots", "what is Xen's of the root table is as Xen made it" },
    [LEGAL_ENTRIES] = { "legal-entries", "no present entry has a reserved bit set, or is misconfigured" },
    [LINEAR_TABLES] = { "linear-tables", "linear entries of PV guests lead to tables of the same level and domain, one deep" },
    [L1TF_SAFE] = { "l1tf-safe", "no entry that is not present names memory, on processors that leak it" },
    [LOADED_TABLES] = { "loaded-tables", "what a CPU has loaded is of the vCPU that it executes" },
    [FLUSHED] = { "flushed", "nothing that a CPU remembers is used where Xen had to drop it" },
    [COUNTS] = { "counts", "Xen counts as many references to each frame as there are, and as what they are" },
    [M2P] = { "m2p", "the machine-to-physical table says of a frame what leads to it" },
    [WALKS] = { "walks", "Xen finds by an HVM guest's tables what the guest's processor would" },
    [SHADOWS] = { "shadows", "a shadow leads nowhere that the guest's tables do not" },
    [CACHE_COHERENT] = { "cache-coherent", "memory has what Xen has checked, and not only caches" },
    [DESCRIPTORS] = { "descriptors", "a PV vCPU's GDT and LDT have only descriptors that its guest may have" },
    [DEVICE_TYPES] = { "device-types", "no device can write to a PV domain's page tables and descriptors" },
    [DEVICE_MEMORY] = { "device-memory", "no device of a domain's reaches memory of another, or free memory" },
    [DEVICE_FLUSHED] = { "device-flushed", "nothing that an IOMMU remembers is used where its tables say something else" },
    [LARGE_CODE] = { "large-code", "no page of EPT that is larger than 4 KiB can be executed" },
};

const struct invariant invariants[NR_INVARIANTS + 1] = {
    [TABLES_READ_ONLY] = { &names[TABLES_READ_ONLY], hold_tables,
        "Of each page that can be written, by what executes there at its privilege level: it is none of the tables of "
        "any context, through linear entries as well. An HVM guest's own tables are pages like others.",
        "XSA-148, 182, 185, 217, 224, 234, 401", .number = "I1", .kinds = INVARIANT_GUESTS },
    [OWN_MEMORY] = { &names[OWN_MEMORY], hold_memory,
        "Frames that Xen shares are Xen's here, and may be mapped; and so may another's frame, by whoever has mapped a grant of it. A run that "
        "checks all invariants lets a privileged domain, or the device model's domain of another, map what is that one's, as Xen does.",
        "XSA-148, 218, 236, 248, 384, 460", .number = "I2", .kinds = INVARIANT_GUESTS },
    [XEN_SLOTS] = { &names[XEN_SLOTS], hold_slots,
        "Of all slots that the layout gives to Xen, for this kind of root, but for A and D; XPTI roots, whose slots "
        "are filled as is needed, are left out, M2P as PV guests read it may be there or not, and of a PV guest's shadow it is the guest's own L4 that is looked at. The "
        "shadow has shadows alone in slots that are the guest's; and a monitor table did not lead to itself in the "
        "shadow-linear slot when its vCPU's root got a shadow.",
        "XSA-64, 212, 243", .number = "I3" },
    [LEGAL_ENTRIES] = { &names[LEGAL_ENTRIES], invariant_legal,
        "Through both stages: what would be a fault for reserved bits, or an EPT misconfiguration; but for entries that Xen "
        "itself marks by a memory type that there is not (7), to work out what is below when it is touched. What an HVM guest writes into tables of its own is "
        "its own affair: a run asks for it in contexts of other kinds, and in guest-physical memory.",
        "XSA-173, 227, 388", .number = "I9", .kinds = INVARIANT_LEGAL },
    [LINEAR_TABLES] = { &names[LINEAR_TABLES], invariant_linear,
        "An entry of a table of a PV guest's which leads to a table of its own level is read-only; that is a table of the "
        "same domain, of no other level, and either the same table or one without such an entry to another. A 32-bit guest "
        "has none in an L3, and with pv-linear-pt=no nobody has. The level of a table is the highest at which some context reaches it, or what Xen counts it as if that is higher.",
        "XSA-185, 240, 280, 309", .number = "I4" },
    [L1TF_SAFE] = { &names[L1TF_SAFE], invariant_l1tf,
        "Of entries that are not present, in whatever a processor with L1TF walks for a PV vCPU: the address in it is 0, or "
        "above what can be cached, and PS is clear above level 1. dom0 is held to it as well, though Xen trusts it by default, but not by a run that checks all invariants. "
        "On other processors it holds; of HVM guests too, for which Xen flushes the cache.",
        "XSA-273", .number = "I12" },
    [LOADED_TABLES] = { &names[LOADED_TABLES], invariant_loaded,
        "Of a CPU that executes in this context, a guest's: with XPTI its root has the guest's slots that the vCPU's L4 has, and the "
        "per-domain area of its domain; of a 32-bit PV guest the L4 leads to the L3 that it loaded; of a 64-bit one CR3 is its table for user "
        "mode, if it is there. EPTP and nCR3 are those of the vCPU in any model. It holds where no CPU executes the context.",
        "XSA-213, 259, 438, 494", .number = "I14", .of_running = true },
    [FLUSHED] = { &names[FLUSHED], invariant_flushed,
        "With `tlb`, of what the CPU could use if it went on in this context: entries of its PCID, or of its VPID and EPT, and global "
        "ones. What memory does not say any more had to be dropped: at addresses of Xen's, of shadows, and in guest-physical "
        "memory all of it; at a PV guest's own addresses what leads to memory that is not the domain's, nor that of an HVM or PVH domain that it controls, what can be written through "
        "and leads to a page table, and tables that the guest can write to by now; at an HVM guest's what the second stage says. "
        "The rest is free: what a guest changed of its own and asked no flush for, rights that memory grants and the CPU does "
        "not know of yet, pages of another size that lead to the same bytes, A and D flags, and entries that the next switch drops.",
        "XSA-217, 241, 286, 292, 294, 401, 408, 480", .number = "I6", .tlb = true },
    [COUNTS] = { &names[COUNTS], hold_counts,
        "Of all frames of the machine: of no context, so without `in`.",
        "XSA-58, 113, 242, 287, 299, 310", .number = "I5", .of_machine = true },
    [M2P] = { &names[M2P], invariant_m2p,
        "Of all frames of the machine, so without `in`: of each that a guest's second stage leads to and that is the guest's, or that Xen shares with it, it has the number by "
        "which it does; of frames that nobody has it has none; and what was written there is what it has to say. Of a frame of a PV guest's it "
        "says what the guest told it (mmu-update, m2p), which Xen asks nothing of but whose the frame is.",
        "XSA-22, 379, 389", .number = "I7", .of_machine = true },
    [WALKS] = { &names[WALKS], invariant_walks,
        "Of an HVM or PVH guest's own tables: what its processor refuses for a reserved bit Xen refuses, too, when it walks them in "
        "the guest's place, to emulate an instruction, to read what a hypercall is given, or to make shadows.",
        "XSA-176", .kinds = 1u << KIND_GUEST },
    [SHADOWS] = { &names[SHADOWS], invariant_shadows,
        "Of an HVM or PVH guest on shadows: each page that a processor finds there is where the guest's tables, and its physical memory, have it "
        "for this address, with no right to read or write, or of user mode, that these withhold. Tables that are out of sync are left out.",
        "XSA-173, 176, 430", .kinds = 1u << KIND_GUEST },
    [CACHE_COHERENT] = { &names[CACHE_COHERENT], invariant_coherent,
        "With `caches`, of all frames of the context's domain that Xen has validated, as tables or for descriptors: no line of them that is "
        "cached, and was not written to, has other words than memory, as a processor reads those when the line is gone.",
        "XSA-402", .number = "I13", .caches = true },
    [DESCRIPTORS] = { &names[DESCRIPTORS], invariant_descriptors,
        "Of the entries that are the guest's: each that is present is a segment or a call gate, and not for Xen's privilege level: "
        "DPL is 3, of a 32-bit guest 1 or more. A 32-bit guest has no segment with L. Where Xen's own entries are, and a "
        "call gate's target, are not looked at.",
        "XSA-214", .kinds = INVARIANT_GUESTS },
    [DEVICE_TYPES] = { &names[DEVICE_TYPES], invariant_device_types,
        "Of what devices of a PV domain can write: it is nothing that Xen counts as a page table, or as descriptors, in use. A run that "
        "checks all invariants leaves out a PV dom0 that has given its devices all RAM, as it does unless it is strict.",
        "XSA-285, 288", .number = "I8", .kinds = INVARIANT_DEVICES },
    [DEVICE_MEMORY] = { &names[DEVICE_MEMORY], invariant_device_memory,
        "As own-memory, of devices: frames that Xen shares may be reached, and so may another's frame, of which the domain has mapped a "
        "grant; and the same dom0 is left out by a run that checks all invariants.",
        "XSA-284, 321, 346, 460", .number = "I10", .kinds = INVARIANT_DEVICES },
    [DEVICE_FLUSHED] = { &names[DEVICE_FLUSHED], invariant_device_flushed,
        "With `tlb`, of each page that devices of a domain have used: its tables have it yet, with the rights that are remembered.",
        "XSA-78, 346, 366", .number = "I10", .kinds = INVARIANT_DEVICES, .tlb = true },
    [LARGE_CODE] = { &names[LARGE_CODE], invariant_large_code,
        "Of an HVM or PVH guest's physical memory and its views, under EPT: what a guest fetches from is split into pages of 4 KiB. Of other tables it holds. A run that "
        "checks all invariants asks it of those domains that Xen keeps it for: none before XSA-304, not dom0, and not where the processor is not "
        "affected or the command line has ept=exec-sp.",
        "XSA-304", .number = "I11", .kinds = 1u << KIND_P2M },
    [NR_INVARIANTS] = { .word = NULL },
};
/* clang-format on */
static const struct words name_words = { names, NR_INVARIANTS, NULL, 0 };

struct invariant_args {
    struct check_head head;
    uint32_t which;
    bool broken;
};

/* One that the file says is broken in a context, and it is. */
static bool is_declared(const struct invariant_args *a)
{
    return a->broken || (a->head.in && a->head.in->quant == QUANT_NO);
}

static enum checked check(struct world *w, const void *args, const struct xenpt_context *c,
                          struct finding *ret)
{
    const struct invariant_args *a = args;
    struct holding h = { .w = w, .c = c };

    if (!world_view(w) || !invariants[a->which].holds(&h)) {
        if (h.lost)
            xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory for an invariant");
        return CHECK_CANNOT;
    }
    if (ret->tell) {
        ret->expected = names[a->which].text;
        if (a->broken)
            ret->expected = world_text(w, "it is broken that %s", names[a->which].text);
        ret->found = h.found ? h.found : "it is so";
        ret->walks[0] = h.found && c && !h.nowhere ? show_walk(w, c, h.in) : NULL;
        ret->nr_walks = ret->walks[0] != NULL;
    }
    if (h.found && is_declared(a))
        invariants_declared(w, a->which);
    return !h.found == !a->broken ? CHECK_HELD : CHECK_FAILED;
}

static void examine(struct scope *s, const struct node *node, void *args)
{
    const struct invariant_args *a = args;

    if (invariants[a->which].of_machine && a->head.in)
        mistake(&s->m, &node_get(node, "in")->at, XENPT_EPARSE,
                "invariant: %s is the machine's, and of no context: without in",
                names[a->which].name);
    if (!invariants[a->which].of_machine && !a->head.in)
        mistake(&s->m, &node->at, XENPT_EPARSE, "invariant: in which context? 'in' is missing");
}

/* clang-format off */
static const struct row rows[] = {
    { .key = "invariant", .type = ROW_ONE, ROW_AT(invariant_args, which), .words = &name_words,
      .required = true, .text = "What must be so." },
    { .key = "in", KIND_ROW(kind_contexts, check_head, in), .text = "In which context, or contexts." },
    { .key = "broken", .type = ROW_BOOL, ROW_AT(invariant_args, broken),
      .text = "It is not so, and the file means that: the run does not tell of it any more. So it does with in: no context." },
    CHECK_ROWS,
};

const struct verb verb_invariant = {
    .record = VERB("invariant", "Something that has to be so in a context, whatever happened: of all "
                "of its addresses.", rows),
    .example = "{ invariant: tables-read-only, in: every guest context }",
    .size = sizeof(struct invariant_args), .check = check, .examine = examine,
};
/* clang-format on */

void ask_invariant(struct world *w, const struct node *root, unsigned int which,
                   const struct value *who, struct xenpt_run_expectation *ret)
{
    struct invariant_args args = { .which = which };
    struct expectation e = { &verb_invariant, &args, root };

    ask_of(w, &e, who, ret);
}
