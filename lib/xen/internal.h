/* internal.h - a machine from inside; grouped by the file that defines what is declared. */
#ifndef XENPT_XEN_INTERNAL_H
#define XENPT_XEN_INTERNAL_H

#include "xen/construct.h"
#include "xen/contents.h"
#include "xen/options.h"
#include "xenpt/machine.h"
#include "xenpt/p2m.h"
#include "xenpt/touch.h"

/* Rows of own_rules.h that there can be, at most. */
#define OWN_RULES_MAX 32

/* A table whose frame is not known yet, or that there is none. */
#define NO_TABLE UINT64_MAX
/* A frame that its guest has no number for. */
#define NO_GFN   UINT64_MAX

struct cpu {
    uint64_t stack; /* Machine addresses. */
    uint64_t gdt, gdt32;
    uint64_t idt, tss;
    uint64_t root; /* XPTI: its root table, or NO_TABLE. */
    bool ran_pv;   /* A 64-bit PV vCPU has run here: the root has a per-domain slot. */
    bool idle;
    uint32_t domain, vcpu; /* Whose tables are loaded: of the last one, if idle. */
    bool loaded;           /* Those, and not Xen's own. */
    enum xenpt_run_mode mode;
    bool changed;     /* The root is to be copied on the way out. */
    uint64_t copied;  /* The L4 that was copied into the root last, or NO_TABLE. */
    uint32_t flushed; /* The moment when its TLB was flushed last. */
};

/* How far a vCPU lets tables go out of sync; shadow_sync.c. */
#define OOS_PAGES  3
#define OOS_FIXUPS 2

/* A table that is out of sync. */
struct oos {
    uint64_t of;                /* Machine address; 0: none. */
    uint64_t snapshot;          /* A page with what the shadow was made of. */
    uint64_t fixup[OOS_FIXUPS]; /* Entries that let it be written, or 0. */
};

#define FIFO_WORDS     1024u /* Ports of a page. */
#define FIFO_PAGES_MAX 128u
struct vcpu {
    uint32_t cpu; /* Where it runs, or will. */
    bool user;    /* PV64: its guest is in user mode. */
    bool paused;  /* It is not to run. */
    bool absent;  /* It is not there: not created yet, or destroyed. */
    bool fresh;   /* PV: it is there, and has no roots: VCPUOP_initialise has not been called. */
    bool down;    /* It does not run before it is brought up. */
    uint64_t kernel_l4; /* PV64: guest_table. */
    uint64_t user_l4;   /* PV64: guest_table_user. */
    uint64_t held;      /* PV64: what its CR3 has in user mode, if that is not user_l4; 0: it is. */
    uint64_t l3;        /* PV32: what the guest calls its CR3. */
    uint64_t monitor;   /* PV32: the L4; HVM: the monitor table. */
    uint64_t shadow;    /* Shadow: the top of its shadow; PAE: its four entries. */
    uint64_t linear_l3; /* Shadow with fewer than 4 levels: of the shadow-linear slot. */
    uint64_t linear_l2; /* ...and below it. */
    uint64_t l3_page;   /* ...what stands for the page of struct vcpu with four L3 entries. */
    uint32_t top[4];    /* Shadows of its roots, or UINT32_MAX: none. */
    unsigned int monitor_levels; /* That its monitor table is for; 0: there is none. */
    uint64_t first_linear; /* What its shadow-linear slot had when its first root got a shadow. */
    struct oos oos[OOS_PAGES];
    struct xenpt_regs guest; /* HVM: as the guest has them. */
    uint64_t ldt_base;       /* PV: the LDT that its guest has set; entries 0: none. */
    uint64_t ldt_entries;
    uint64_t pdpte[4]; /* HVM with PAE: as they were when CR3 was loaded. */
    unsigned int view; /* HVM: of the domain's physical memory; 0: the domain's own. */
    struct old_table {
        uint64_t frame; /* PV: a table that it is to take apart, as it was pre-empted; 0: none... */
        uint64_t from;  /* ...whose entry led to it, or NO_TABLE... */
        uint64_t partial; /* ...1: which is partial, so that no reference as a table is held. */
    } old;
    bool at_work;         /* PV: a hypercall of its is under way. */
    uint64_t runstate_at; /* Where its guest wants its run state; 0: nowhere... */
    uint64_t time_at;     /* ...and its time. */
    bool runstate_late;   /* It is to be written yet. */
    struct {
        bool there; /* Its vcpu_info is in a page of its guest's; else in shared_info. */
        uint64_t frame;
        uint32_t offset;
    } info;
    struct {
        bool there;
        uint64_t frame; /* With the heads of its queues... */
        uint32_t offset;
        uint32_t tail[16]; /* ...whose last ports Xen keeps; 0: none. */
    } fifo;
};

/* A page that an IOMMU has translated for a domain's devices. */
#define IOTLB_PAGES 16
struct remembered {
    uint64_t dfn, mfn;
    unsigned int rights; /* iommu.h */
};

/* A page by which a device model is asked; asm/hvm/ioreq.h, struct ioreq_page. */
struct ioreq_page {
    bool there;
    uint64_t mfn;
    uint64_t gfn; /* The guest's frame that it is; NO_GFN: it is none of its memory. */
};
#define IOREQ_SERVERS_MAX 8
struct ioreq_server {
    bool there, enabled;
    uint32_t emulator; /* The domain of the device model. */
    uint32_t buffered; /* How it handles requests that nobody waits for; 0: not. */
    struct ioreq_page
        page[2]; /* Number 0 is for those, 1 for the others: as resources have them. */
};

struct domain {
    const struct xenpt_domain_desc *desc;
    uint32_t id;
    char name[XENPT_DOMAIN_MAX];
    struct vcpu *vcpus;
    uint32_t nr_vcpus;
    bool xpti, pcid;
    uint64_t perdomain; /* L3 of the per-domain area, or NO_TABLE. */
    uint64_t p2m;       /* HVM: root of the EPT or NPT. */
    uint64_t nr_frames; /* Of its memory. */
    struct extent {
        uint64_t first, nr; /* Frames, in the order of the machine's... */
        uint64_t gfn;       /* ...and what its guest calls the first: of HVM, the how-manieth of its
                               memory it is; NO_GFN: nothing. */
    } * memory;
    size_t nr_memory, max_memory;
    struct pv_places at;
    struct construction built;
    uint64_t nr_tables;      /* In its memory, made when it, or a vCPU, was built. */
    uint64_t gdt, ldt;       /* PV: the guest's frames for them; no LDT: NO_TABLE. */
    uint64_t next_frame;     /* Of the guest: the first that nothing is in yet; HVM: that was not
                                asked for by what it is given. */
    struct shadows *shadows; /* Or NULL: shadow.h. */
    bool shadow_forced;      /* PV: it stays on them, whatever becomes of a log: PG_SH_forced. */
    uint64_t *given;         /* Which of the guest's frames those are that it is given, or NULL. */
    uint64_t first_cr3;      /* HVM: what its vCPUs begin with. */
    uint64_t max_gfn;        /* HVM: the highest that is mapped. */
    struct dirty *dirty;     /* Or NULL: logdirty.h. */
    bool ept_ad;             /* EPT has A and D: while a log of dirty pages is kept by PML. */
    uint64_t views[XENPT_VIEWS_MAX]; /* Roots of altp2m views, or NO_TABLE; 0 is p2m itself. */
    uint64_t assists; /* PV: what its guest has asked for by vm_assist, a bit each. */
    bool counted;     /* PV: what refers to its frames is in the machine's. */
    uint64_t *own;    /* Pages that Xen took for it and that are no tables; teardown.c. */
    size_t nr_own, max_own;
    struct grants *grants; /* Or NULL: grants.h. */
    struct pod *pod;       /* HVM: or NULL: pod.h. */
    bool has_foreign;      /* HVM: another's frame was mapped without a grant, once at least. */
    struct {
        struct remembered remembered[IOTLB_PAGES]; /* By an IOMMU: iotlb.c. */
        unsigned int nr_remembered;
        enum xenpt_device_tables how;
        unsigned int levels; /* Of tables that are the IOMMU's own... */
        uint64_t root;       /* ...or NO_TABLE. */
        uint32_t nr;         /* Devices that have a name and are its. */
    } device;                /* By which its devices reach memory: iommu.h. */
    struct events *events;   /* Or NULL: those of its builder; events.h. */
    struct ioreq_server servers[IOREQ_SERVERS_MAX]; /* HVM and PVH. */
    struct {
        bool on;
        uint32_t nr_pages;
        uint64_t page[FIFO_PAGES_MAX];
    } fifo;            /* Event channels in queues: fifo.c. */
    bool pager;        /* HVM: somebody has a ring for what is paged. */
    bool sharing;      /* HVM: its memory may be shared. */
    bool sharing_ever; /* HVM: some of it was, once at least. */
    bool helper;       /* HVM: somebody has a ring for what cannot be unshared. */
    struct {
        uint32_t frames, mapping_frames; /* That its grant table, and what it maps, may have. */
    } grant_limits;
};

/* A device that has a name. */
#define DEVICES_MAX 32
#define NO_DOMAIN   UINT32_MAX
struct device {
    char name[XENPT_DEVICE_MAX];
    uint32_t domain; /* Whose it is, or NO_DOMAIN. */
};

/* What a device in quarantine has; quarantine.c. */
struct quarantine {
    unsigned int levels, mode; /* Of its tables, and that the IOMMU walks; 0: there is none. */
    uint64_t table[5];         /* Of each level. */
    uint64_t scratch;          /* The page that all of them lead to. */
};

/* Who is told what others do to guests' memory; touch.h. */
struct touch_sink {
    xenpt_touch_fn fn; /* NULL: nobody. */
    void *ctx;
    uint64_t directmap; /* Where that begins... */
    uint64_t linear[5]; /* ...and Xen's linear map, of tables of each level; 0: there is none. */
};

/* Where Xen is. */
struct placed {
    uint64_t phys; /* Of the first byte of the image's area. */
    struct xenpt_image_sections d;
};

/* What changes while it runs, snapshot.c has to know: pointers that own memory above all. */
/* An entry of the reverse map table that has changed. */
struct rmp_change {
    uint64_t frame;
    uint32_t owner; /* Whose it was then. */
    struct xenpt_rmp_entry entry;
};

struct xenpt_machine {
    struct xenpt_store *store;
    struct xenpt_alloc *alloc;
    const struct xenpt_layout *layout;
    const struct xenpt_cpu_model *processor;
    struct xen_options options;
    struct contents contents;
    xenpt_conditions conditions;
    struct xenpt_ram_range *ram;
    size_t nr_ram;
    uint64_t max_frame;  /* One above the highest. */
    uint64_t heap_below; /* Frames that Xen uses itself are below this one. */
    struct xenpt_host_desc host;
    struct xenpt_xen_desc xen;
    struct placed image;
    uint64_t next_static; /* The next frame of the image that holds a table. */
    uint64_t idle;        /* Roots and tables that there are one of. */
    uint64_t xpti_l3;
    uint64_t compat_l2; /* Entries of the compatibility M2P, for PV32. */
    uint64_t zero_page; /* Of GDTs. */
    struct cpu *cpus;
    uint32_t nr_cpus;
    struct domain *domains;
    struct xenpt_domain_desc *descs; /* Of them. */
    uint32_t next_cpu;               /* Where the next vCPU is put. */
    size_t nr_domains;
    struct xenpt_machine_stats stats;
    uint64_t cut_l3; /* highmem-start: of the slot that it cuts. */
    bool runs_pv32;  /* 32-bit PV guests may run. */
    struct quarantine quarantine;
    struct device devices[DEVICES_MAX];
    size_t nr_devices;
    struct rmp_change *rmp; /* rmp.c: entries that are not as they were built. */
    size_t nr_rmp;
    struct frames *frames;      /* frames.h; NULL: nothing was counted yet. */
    uint64_t nr_dropped;        /* Frames that are FRAME_DROPPED. */
    struct xenstore *xenstore;  /* xenstore.h; NULL: nobody has asked it anything yet. */
    struct sharing *sharing;    /* sharing.h; NULL: nothing was shared yet. */
    uint32_t moment;            /* Of flushes of TLBs: flushtlb.c, tlbflush_clock. */
    struct template *templates; /* root.c */
    size_t nr_templates;
    bool own_rules[OWN_RULES_MAX];         /* own_rules.h */
    struct machine_view *view;             /* view.c */
    struct xenpt_machine_snapshot *newest; /* snapshot.c */
    struct touch_sink touch;               /* Stays what it is when it goes back. */
};

/* --- machine.c ----------------------------------------------------------------------------- */

/* Whether this Xen is of that release, or a later one. */
bool machine_since(const struct xenpt_machine *m, unsigned int major, unsigned int minor);

/* A build with room for more than 16 TiB. */
bool is_bigmem(const struct xenpt_machine *m);

/* A domain that is there; NULL: none is, or it was destroyed. */
static inline struct domain *domain_there(const struct xenpt_machine *m, uint32_t domain)
{
    return domain < m->nr_domains && m->domains[domain].nr_vcpus ? &m->domains[domain] : NULL;
}

/* Whether it may do to another what needs a privileged domain: the device model of that one may,
 * too; include/xsm/dummy.h, XSM_TARGET and XSM_DM_PRIV. */
static inline bool controls(const struct domain *d, const struct domain *other)
{
    return d->desc->privileged || (d->desc->has_target && d->desc->target == other->id);
}

/* Whether a vCPU is there, and has been told what to begin with. */
static inline bool vcpu_begun(const struct vcpu *v)
{
    return !v->absent && !v->fresh;
}

/* --- ram.c --------------------------------------------------------------------------------- */

/* The ranges that a host is described with; of a size, `usual` is filled in. */
size_t ram_ranges(const struct xenpt_host_desc *host, struct xenpt_ram_range usual[3],
                  const struct xenpt_ram_range **ret);
enum xenpt_code ram_take(struct xenpt_machine *m, const struct xenpt_host_desc *host,
                         struct xenpt_error *err);
/* Whether some of these frames are RAM; both included. */
bool ram_any(const struct xenpt_machine *m, uint64_t first, uint64_t last);
/* Whether all of them are. */
bool ram_all(const struct xenpt_machine *m, uint64_t first, uint64_t last);

/* --- teardown.c ---------------------------------------------------------------------------- */

/* A page for a domain that is none of its memory, and goes with it. */
enum xenpt_code own_frame_new(struct xenpt_machine *m, struct domain *d, uint64_t below,
                              uint64_t *ret, struct xenpt_error *err);
/* It goes before the domain does. */
enum xenpt_code own_frame_free(struct xenpt_machine *m, struct domain *d, uint64_t maddr,
                               struct xenpt_error *err);
/* Gives back all that Xen took for a vCPU, and for a domain; its memory is not part of that. */
enum xenpt_code teardown_vcpu(struct xenpt_machine *m, struct vcpu *v, struct xenpt_error *err);
enum xenpt_code teardown(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);

/* --- place.c ------------------------------------------------------------------------------- */

enum xenpt_code place_xen(struct xenpt_machine *m, const struct xenpt_xen_desc *xen,
                          struct xenpt_error *err);

/* --- tables.c ------------------------------------------------------------------------------ */

/* Frames from Xen's allocator, as machine addresses. */
enum xenpt_code frames_new(struct xenpt_machine *m, unsigned int order, uint64_t *ret,
                           struct xenpt_error *err);
/* Those that are below a frame. */
enum xenpt_code frames_below(struct xenpt_machine *m, unsigned int order, uint64_t below,
                             uint64_t *ret, struct xenpt_error *err);
/* An empty table, from the allocator or, while there are some, of the image. */
enum xenpt_code table_new(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err);
enum xenpt_code table_free(struct xenpt_machine *m, uint64_t table, struct xenpt_error *err);
enum xenpt_code table_static(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err);
uint64_t entry_read(const struct xenpt_machine *m, uint64_t table, unsigned int slot);
enum xenpt_code entry_write(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                            uint64_t entry, struct xenpt_error *err);
enum xenpt_code entries_write(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                              unsigned int nr, const uint64_t *entries, struct xenpt_error *err);

#define ENTRIES    512u
#define ENTRY_ADDR XENPT_BITS(51, 12)
#define ENTRY_P    XENPT_BIT(0)
#define ENTRY_RW   XENPT_BIT(1)
#define ENTRY_US   XENPT_BIT(2)
#define ENTRY_PWT  XENPT_BIT(3)
#define ENTRY_PCD  XENPT_BIT(4)
#define ENTRY_A    XENPT_BIT(5)
#define ENTRY_D    XENPT_BIT(6)
#define ENTRY_PS   XENPT_BIT(7)
#define ENTRY_G    XENPT_BIT(8)
#define ENTRY_NX   XENPT_BIT(63)

/* Bytes that an entry at this level speaks for. */
static inline uint64_t level_size(unsigned int level)
{
    return UINT64_C(1) << (XENPT_PAGE_SHIFT + 9 * (level - 1));
}

static inline unsigned int slot_at(unsigned int level, uint64_t in)
{
    return (unsigned int)(in / level_size(level)) % ENTRIES;
}

/* A stretch of input addresses, and what entries that map it carry. */
struct stretch {
    uint64_t first, last; /* Of pages; both included. */
    uint64_t maddr;       /* Where the first leads. */
    bool repeat;          /* All pages lead there. */
    uint64_t leaf;        /* Flags of entries that map pages, without PS... */
    uint64_t by_level[4]; /* ...or, where not 0, of those at one level. */
    uint64_t table[5];    /* ...and of those that lead to tables, by level. */
    unsigned int pages;   /* Bit l: pages at level l may be used. */
    /* What a new table has in it; NULL: zeros. */
    enum xenpt_code (*fresh)(struct xenpt_machine *m, uint64_t table, struct xenpt_error *err);
};

/*
 * Maps a stretch below a table of this level, whose first entry speaks for `base` on.  Tables
 * that are there are used, larger pages in the way split, smaller ones left as they are.
 */
enum xenpt_code stretch_map(struct xenpt_machine *m, uint64_t table, unsigned int level,
                            const struct stretch *s, struct xenpt_error *err);
/* Makes the tables down to level 1 for one address, which stays unmapped. */
enum xenpt_code stretch_reach(struct xenpt_machine *m, uint64_t table, unsigned int level,
                              const struct stretch *s, unsigned int down, struct xenpt_error *err);
/* Takes pages out again. */
enum xenpt_code stretch_unmap(struct xenpt_machine *m, uint64_t table, unsigned int level,
                              const struct stretch *s, struct xenpt_error *err);
/* The entry of `in` at the lowest level that there is one. */
uint64_t entry_of(const struct xenpt_machine *m, uint64_t root, unsigned int top, uint64_t in,
                  unsigned int *level);

/* --- areas.c ------------------------------------------------------------------------------- */

/* A stretch with the flags of an area. */
struct stretch area_stretch(const struct xenpt_machine *m, const struct xenpt_area *area);
/* Maps it in Xen's own tables, whose root entries are made as the layout has them. */
enum xenpt_code area_map(struct xenpt_machine *m, const struct stretch *s, struct xenpt_error *err);

/* --- idle.c and what it is made of --------------------------------------------------------- */

enum xenpt_code idle_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code m2p_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code frametable_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code directmap_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code directmap_stacks(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code image_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code stubs_build(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code devices_build(struct xenpt_machine *m, struct xenpt_error *err);

/* --- cpus.c -------------------------------------------------------------------------------- */

/* Stacks whose place is given, before something else is put there. */
enum xenpt_code cpus_claim(struct xenpt_machine *m, struct xenpt_error *err);
enum xenpt_code cpus_build(struct xenpt_machine *m, struct xenpt_error *err);

/* --- root.c -------------------------------------------------------------------------------- */

/* What fills the slots of a root that are not copies of Xen's own. */
struct root_of {
    enum xenpt_root_kind kind;
    xenpt_conditions when; /* What holds besides the machine's own. */
    uint64_t self;         /* What the self map leads to. */
    uint64_t shadow;       /* What the shadow-linear slot leads to, or NO_TABLE. */
    uint64_t perdomain;    /* Or NO_TABLE. */
};

/* Makes the table that highmem-start needs. */
enum xenpt_code root_cut(struct xenpt_machine *m, struct xenpt_error *err);
uint64_t root_perdomain_flags(const struct xenpt_machine *m, enum xenpt_root_kind kind);

/* What a root has then: slots that are not Xen's stay as they are. */
enum xenpt_code root_entries(struct xenpt_machine *m, const struct root_of *of,
                             uint64_t entry[ENTRIES], struct xenpt_error *err);
/* Fills Xen's slots of a root table. */
enum xenpt_code root_fill(struct xenpt_machine *m, uint64_t root, const struct root_of *of,
                          struct xenpt_error *err);

/* --- domain.c, perdomain.c, pv.c, hvm.c ---------------------------------------------------- */

enum xenpt_code domains_build(struct xenpt_machine *m, const struct xenpt_machine_desc *desc,
                              struct xenpt_error *err);
/* One more, behind the others, which are to have room for it. */
enum xenpt_code domain_build(struct xenpt_machine *m, const struct xenpt_domain_desc *desc,
                             struct xenpt_error *err);
void domains_free(struct domain *domains, size_t nr);
bool is_pv(const struct domain *d);
enum xenpt_code perdomain_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* The idle domain's; NO_TABLE: it has none. */
enum xenpt_code perdomain_idle(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err);
/* After a vCPU was put on another CPU: that one's descriptors. */
enum xenpt_code perdomain_switch(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                 struct xenpt_error *err);
enum xenpt_code pv_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* Xen's entries of the L2 that maps the fourth GiB of a 32-bit guest: M2P, as it reads it. */
enum xenpt_code pv32_xen_slots(struct xenpt_machine *m, uint64_t l2, struct xenpt_error *err);
enum xenpt_code hvm_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code shadow_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err);

/* --- memory.c ------------------------------------------------------------------------------ */

/* Bytes of memory that a description gives. */
uint64_t memory_size(const struct xenpt_domain_desc *desc);
/* Whether one of its ranges can be, as the guest counts. */
enum xenpt_code memory_check(const struct xenpt_domain_desc *desc, size_t range,
                             struct xenpt_error *err);
/* Whether a range of one of these domains has a frame of the machine that one before has, too. */
bool memory_clash(const struct xenpt_domain_desc *list, size_t i, size_t range, uint64_t *mfn,
                  size_t *with, size_t *with_range);
/* Takes the frames that are given to domain i of these from the allocator. */
enum xenpt_code memory_claim(struct xenpt_machine *m, const struct xenpt_domain_desc *list,
                             size_t i, struct xenpt_error *err);
/* Gives a domain its memory: what was claimed for it, and what the allocator has. */
enum xenpt_code memory_take(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* In pieces, as the allocator counts: these frames are free, and read as zeros. */
enum xenpt_code memory_give_back(struct xenpt_machine *m, const struct extent *e,
                                 struct xenpt_error *err);
/* How many frames a domain may have. */
uint64_t memory_max(const struct domain *d);
/* Frames that the allocator hands out for a domain are below this one; 0: they may be any. */
uint64_t memory_below(const struct xenpt_machine *m, const struct domain *d);

/* --- extents.c ----------------------------------------------------------------------------- */

/* The frame of machine memory that a guest's frame is, or NO_TABLE. */
uint64_t domain_frame(const struct domain *d, uint64_t pfn);
/* The other way: of a paravirtual domain; NO_TABLE: it is not its, or has no number. */
uint64_t domain_pfn(const struct domain *d, uint64_t mfn);
/* How many frames follow a guest's frame without a gap, itself among them; 0: it has none. */
uint64_t domain_run(const struct domain *d, uint64_t pfn, uint64_t *mfn);
/* Whether it has one of these frames of the guest's. */
bool domain_has_some(const struct domain *d, uint64_t pfn, uint64_t nr);
/* The extent of its memory that a frame is in, or NULL. */
const struct extent *domain_extent_of_many(const struct domain *d, uint64_t mfn);
/* Most domains have one, and all of them are asked. */
static inline const struct extent *domain_extent(const struct domain *d, uint64_t mfn)
{
    if (!d->nr_memory || mfn < d->memory->first)
        return NULL;
    if (d->nr_memory > 1)
        return domain_extent_of_many(d, mfn);
    return mfn - d->memory->first < d->memory->nr ? d->memory : NULL;
}
/* Room so that so many calls of the following need no memory. */
enum xenpt_code memory_reserve(struct domain *d, size_t nr, struct xenpt_error *err);
/* Frames that were nobody's come to it; gfn: what it calls the first, or NO_GFN. */
enum xenpt_code memory_gain(struct domain *d, uint64_t mfn, uint64_t nr, uint64_t gfn,
                            struct xenpt_error *err);
/* One of its frames leaves it. */
enum xenpt_code memory_lose(struct domain *d, uint64_t mfn, struct xenpt_error *err);
/* One of its frames is called so from now on, and no other is. */
enum xenpt_code memory_name(struct domain *d, uint64_t mfn, uint64_t gfn, struct xenpt_error *err);

/* --- xpti.c -------------------------------------------------------------------------------- */

enum xenpt_code xpti_build(struct xenpt_machine *m, struct xenpt_error *err);
/* Copies the guest's slots of an L4 into a CPU's root, as the way out of Xen does. */
enum xenpt_code xpti_copy(struct xenpt_machine *m, struct cpu *c, uint64_t l4,
                          struct xenpt_error *err);
/* The same of CPUs whose root has changed while they execute a guest: Xen interrupts them, and on
 * their way out they copy it. */
enum xenpt_code xpti_sync(struct xenpt_machine *m, struct xenpt_error *err);

/* --- run.c --------------------------------------------------------------------------------- */

/* CR4 while tables of a domain are loaded; NULL: none are. */
uint64_t run_cr4(const struct xenpt_machine *m, const struct domain *d);
/* The registers that Xen's roots are read with. */
struct xenpt_regs run_regs(const struct xenpt_machine *m, uint64_t cr3, uint64_t cr4);
/* What an EPTP has for a root of a domain's. */
uint64_t run_eptp(const struct domain *d, uint64_t root);
/* EPTP or nCR3 of a vCPU; 0: there is no second stage. */
uint64_t run_second(const struct xenpt_machine *m, const struct domain *d, const struct vcpu *v);

/* CR0 with paging: of Xen, and of guests that page. */
#define RUN_CR0 (UINT64_C(0x40033) | XENPT_CR0_WP | XENPT_CR0_PG)

/* --- pv_touch.c ---------------------------------------------------------------------------- */

/* The root that a PV vCPU has made itself; 32-bit: that Xen has made for it... */
uint64_t pv_guest_root(const struct domain *d, const struct vcpu *v, bool user);
/* ...and that which is loaded for it, without XPTI: this one, or its shadow. */
uint64_t pv_root(const struct domain *d, const struct vcpu *v, bool user);
enum xenpt_code pv_paging(const struct xenpt_machine *m, const struct domain *d, uint64_t root,
                          struct xenpt_paging *ret, struct xenpt_error *err);

/* --- snapshot.c ---------------------------------------------------------------------------- */

/* Drops one that was taken for something that is done wholly or not at all, after it was gone back
 * to if that has failed; which needs no memory.  Returns why it failed. */
enum xenpt_code snapshot_end(struct xenpt_machine_snapshot *snap, enum xenpt_code code);
/* All that there are. */
void snapshots_free(struct xenpt_machine *m);

/* --- view.c, explain.c --------------------------------------------------------------------- */

void view_free(struct machine_view *view);
void view_stale(struct xenpt_machine *m);

#endif
