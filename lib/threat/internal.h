/* internal.h - reach from inside; grouped by the file that defines what is declared. */
#ifndef XENPT_THREAT_INTERNAL_H
#define XENPT_THREAT_INTERNAL_H

#include "pv/op.h"
#include "xenpt/threat.h"

#define NR_RIGHTS  XENPT_NR_THREAT_RIGHTS
#define READ       (1u << XENPT_THREAT_READ)
#define WRITE      (1u << XENPT_THREAT_WRITE)
#define EXECUTE    (1u << XENPT_THREAT_EXECUTE)
#define EDIT       (1u << XENPT_THREAT_EDIT)
#define RETYPE     (1u << XENPT_THREAT_RETYPE)
#define CIPHERTEXT (1u << XENPT_THREAT_CIPHERTEXT)
#define SPOIL      (1u << XENPT_THREAT_SPOIL)
/* Of what is not encrypted. */
#define ALL_RIGHTS (READ | WRITE | EXECUTE | EDIT | RETYPE)

/* How a right is had, and by how many steps. */
#define FAR UINT16_MAX
struct fact {
    uint16_t steps; /* FAR: it is not. */
    uint16_t party; /* Its number. */
    uint16_t move;
    uint32_t range; /* Of mapped.c, + 1; 0: none. */
};

/* What a domain offers another one: an entry of its grant table. */
struct offer {
    uint64_t frame;
    uint32_t owner, to, ref;
    bool writable;
    bool copied; /* It can only be copied: a part of a page, or what a third one granted. */
};

/* Frames in a row that are the same to every move. */
struct patch {
    uint64_t first, last;
    uint8_t what; /* enum xenpt_threat_what */
    uint8_t type; /* TABLES: enum frame_type */
    bool owned;
    uint32_t domain;
    uint32_t offer, nr_offers; /* Of all its frames: it is one frame, then. */
    struct fact fact[NR_RIGHTS];
};

/* What is mapped now: frames in a row. */
struct range {
    uint64_t first, last;
    uint64_t address; /* Where the first is. */
    uint32_t vcpu;    /* By whose tables; UINT32_MAX: by the p2m. */
    uint16_t party;
    uint16_t move;
    uint16_t steps;
    unsigned int rights;
    bool by_grant; /* The entry of a domain's table that gives it. */
    uint32_t owner, ref;
};

/* How a party came to be one. */
struct link {
    uint16_t steps; /* FAR: it is not. */
    uint16_t from;
    uint16_t move;
    bool begun;       /* It was compromised. */
    bool via;         /* By what somebody writes... */
    uint64_t frame;   /* ...here... */
    struct fact fact; /* ...in this way. */
};

/* What of a domain can be overwritten. */
struct overwriting {
    size_t nr, written; /* Pieces of its memory that nobody is granted. */
    struct fact table;  /* A table of its that is written without checks... */
    uint64_t at;        /* ...here. */
};

struct xenpt_threat {
    struct xenpt_machine *m;
    struct xenpt_pv_rules rules;
    enum xenpt_threat_iommu iommu; /* Never XENPT_DMA_HOST... */
    bool passthrough;              /* ...and a PV dom0's devices are not behind it. */
    enum xenpt_threat_qemu qemu;
    uint32_t *target; /* Of each domain: whose device model it is + 1; 0: nobody's. */
    bool *has_device; /* Of each domain. */
    bool without[XENPT_MOVES_MAX];
    struct patch *pieces; /* In order, without a gap from 0 on. */
    size_t nr, max;
    size_t *of;           /* Numbers of pieces of each domain in a row... */
    size_t *of_end;       /* ...and behind its last. */
    struct offer *offers; /* By frame. */
    size_t nr_offers, max_offers;
    struct range *ranges;
    size_t nr_ranges, max_ranges;
    struct link *parties;
    bool *done; /* Of each party: its moves were made. */
    uint16_t nr_parties;
    struct overwriting *over; /* Of each domain. */
};

/* --- options.c ----------------------------------------------------------------------------- */

/* Of one that there is not. */
enum xenpt_code options_no_domain(uint32_t domain, struct xenpt_error *err);
enum xenpt_code options_take(struct xenpt_threat *t, const struct xenpt_threat_options *opt,
                             struct xenpt_error *err);

/* --- party.c ------------------------------------------------------------------------------- */

#define XEN_PARTY(t) ((uint16_t)((t)->nr_parties - 1))
uint16_t party_number(const struct xenpt_threat *t, struct xenpt_party p);
struct xenpt_party party_of(const struct xenpt_threat *t, uint16_t number);

/* --- pieces.c ------------------------------------------------------------------------------ */

/* Cuts all frames.  False: no memory. */
bool pieces_build(struct xenpt_threat *t);
/* The number of the piece that a frame is in. */
size_t piece_at(const struct xenpt_threat *t, uint64_t frame);
/* Cuts pieces where what is mapped begins and ends, and gives them its rights. */
bool pieces_cut(struct xenpt_threat *t);

/* --- offers.c ------------------------------------------------------------------------------ */

/* All that domains offer, by frame.  False: no memory. */
bool offers_build(struct xenpt_threat *t);

/* --- mapped.c ------------------------------------------------------------------------------ */

/* What a user or a kernel has mapped, or a domain's devices of others' memory. */
enum xenpt_code mapped_add(struct xenpt_threat *t, uint16_t party, struct xenpt_error *err);

/* --- moves.c ------------------------------------------------------------------------------- */

enum move_id {
    MOVE_MAPPED,
    MOVE_OWN_P2M,
    MOVE_MAP_OWN,
    MOVE_EDIT_OWN,
    MOVE_RETYPE_OWN,
    MOVE_POPULATE,
    MOVE_GRANT_MAP,
    MOVE_GRANT_COPY,
    MOVE_MAP_M2P,
    MOVE_MAP_MMIO,
    MOVE_FOREIGN_MAP,
    MOVE_FOREIGN_EDIT,
    MOVE_FOREIGN_P2M,
    MOVE_FOREIGN_PHYSMAP,
    MOVE_ACQUIRE_RESOURCE,
    MOVE_DEVICE_MODEL,
    MOVE_DMA,
    MOVE_DMA_SHARED,
    MOVE_SUPERPAGE,
    MOVE_RAISE_RIGHTS,
    MOVE_RAISE_PAE,
    MOVE_ANY_OWNER,
    MOVE_DIRECTMAP,
    MOVE_XEN_MAP,
    MOVE_EVICT,
    MOVE_UNCHECKED_ENTRY,
    MOVE_GDBSX,
    MOVE_MAP_COW,
    MOVE_MEM_SHARING,
    /* Those by which one becomes another. */
    MOVE_OWN_USER,
    MOVE_SET_CONTEXT,
    MOVE_DRIVE,
    MOVE_ASSIGN_DEVICE,
    MOVE_SPAWN,
    MOVE_PRIVCMD,
    MOVE_STUB_DOMAIN,
    MOVE_XEN_SLOT,
    MOVE_EXCHANGE_ARRAY,
    MOVE_LIVEPATCH,
    MOVE_KEXEC,
    MOVE_RUN_ANYWHERE,
    MOVE_OVERWRITE_KERNEL,
    MOVE_OVERWRITE_XEN,
    MOVE_WRITE_ENTRIES,
    NR_MOVES,
};

/* Whose frames a move is about. */
enum scope {
    SCOPE_NONE, /* It is by none of these functions. */
    SCOPE_OWN,
    SCOPE_OFFERED,
    SCOPE_ALL,
};

/* Who makes a move: d is NULL for Xen. */
struct mover {
    const struct xenpt_threat *t;
    struct xenpt_party party;
    const struct domain *d;
};

struct move_row {
    struct xenpt_move said;
    enum scope scope;
    /* Rights to a piece's frames, for whom it may concern. */
    unsigned int (*rights)(const struct mover *by, const struct patch *p);
    /* Whether one becomes another. */
    bool (*becomes)(const struct mover *by, struct xenpt_party other);
};
const struct move_row *move_row(enum move_id id);

/* --- rights.c ------------------------------------------------------------------------------ */

typedef unsigned int (*rights_fn)(const struct mover *by, const struct patch *p);
unsigned int rights_map_own(const struct mover *by, const struct patch *p);
unsigned int rights_edit_own(const struct mover *by, const struct patch *p);
unsigned int rights_retype_own(const struct mover *by, const struct patch *p);
unsigned int rights_populate(const struct mover *by, const struct patch *p);
unsigned int rights_grant_map(const struct mover *by, const struct patch *p);
unsigned int rights_grant_copy(const struct mover *by, const struct patch *p);
unsigned int rights_map_m2p(const struct mover *by, const struct patch *p);
unsigned int rights_map_mmio(const struct mover *by, const struct patch *p);
unsigned int rights_foreign_map(const struct mover *by, const struct patch *p);
unsigned int rights_foreign_edit(const struct mover *by, const struct patch *p);
unsigned int rights_foreign_p2m(const struct mover *by, const struct patch *p);
unsigned int rights_foreign_physmap(const struct mover *by, const struct patch *p);
unsigned int rights_acquire_resource(const struct mover *by, const struct patch *p);
unsigned int rights_device_model(const struct mover *by, const struct patch *p);
unsigned int rights_dma(const struct mover *by, const struct patch *p);
unsigned int rights_superpage(const struct mover *by, const struct patch *p);
unsigned int rights_raise(const struct mover *by, const struct patch *p);
unsigned int rights_raise_pae(const struct mover *by, const struct patch *p);
unsigned int rights_any_owner(const struct mover *by, const struct patch *p);
unsigned int rights_unchecked(const struct mover *by, const struct patch *p);
unsigned int rights_gdbsx(const struct mover *by, const struct patch *p);
unsigned int rights_directmap(const struct mover *by, const struct patch *p);
unsigned int rights_xen_map(const struct mover *by, const struct patch *p);
unsigned int rights_evict(const struct mover *by, const struct patch *p);

/* --- encrypted.c --------------------------------------------------------------------------- */

/* What is left to a party of rights to a piece whose owner's memory is encrypted. */
unsigned int encrypted_rights(const struct xenpt_threat *t, uint16_t party, const struct patch *p,
                              unsigned int rights);
/* Whether a domain's registers are encrypted: nobody else decides what its vCPUs execute. */
bool encrypted_registers(const struct xenpt_threat *t, uint32_t domain);

/* --- rights_sharing.c ---------------------------------------------------------------------- */

unsigned int rights_map_cow(const struct mover *by, const struct patch *p);
unsigned int rights_mem_sharing(const struct mover *by, const struct patch *p);

/* --- becomes.c ----------------------------------------------------------------------------- */

bool becomes_own_user(const struct mover *by, struct xenpt_party other);
bool becomes_set_context(const struct mover *by, struct xenpt_party other);
bool becomes_drive(const struct mover *by, struct xenpt_party other);
bool becomes_assign_device(const struct mover *by, struct xenpt_party other);
bool becomes_spawn(const struct mover *by, struct xenpt_party other);
bool becomes_privcmd(const struct mover *by, struct xenpt_party other);
bool becomes_stub_domain(const struct mover *by, struct xenpt_party other);
bool becomes_xen_slot(const struct mover *by, struct xenpt_party other);
bool becomes_exchange(const struct mover *by, struct xenpt_party other);
bool becomes_livepatch(const struct mover *by, struct xenpt_party other);
bool becomes_kexec(const struct mover *by, struct xenpt_party other);
bool becomes_anyone(const struct mover *by, struct xenpt_party other);

/* --- reach.c ------------------------------------------------------------------------------- */

/* A right to a piece by so many steps, if there was no shorter way. */
void reach_set(struct xenpt_threat *t, size_t piece, unsigned int rights, struct fact fact);
/* Part of a piece is written: what that leads to. */
void reach_written(struct xenpt_threat *t, const struct patch *p, uint64_t frame, struct fact fact);

/* Whether it is by that move that a range has a piece's frames: a device has its domain's own
 * memory by another. */
static inline bool is_by(const struct xenpt_threat *t, const struct range *r, const struct patch *p)
{
    return r->move != MOVE_DMA_SHARED || !p->owned || p->domain != party_of(t, r->party).domain;
}

static inline bool rule_on(const struct xenpt_threat *t, enum rule rule)
{
    return t->rules.in_force[rule];
}

#endif
