/*
 * asks.h - what a case does: requests of Xen's, and what it takes to make them.
 *
 * Cases are compiled twice.  In the guest (guest/) requests are hypercalls of a real Xen; in
 * xen_model they are functions of the library.  Nothing here knows which.  Each request writes
 * what came of it into the line of its case.
 */
#ifndef XENPT_TEST_XEN_ASKS_H
#define XENPT_TEST_XEN_ASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELF    0x7ff0u
#define DOM_IO  0x7ff1u
#define DOM_XEN 0x7ff2u

/* --- Who asks, and what there is ------------------------------------------------------------- */

/* d0 is dom0; d1 is a PV64 guest without rights; d2 a PVH guest, which runs last. */
enum { D0, D1, D2 };

/* Who runs the cases now. */
unsigned int who(void);
/* A frame of that domain's that nothing refers to, filled with zeros... */
uint64_t fresh(void);
/* ...and one of the other's: of d1's for d0, of d0's for d1. */
uint64_t other(void);
/* A page of the kernel's, which is mapped writable where it was loaded: its frame and address. */
uint64_t kernel_page(uint64_t *va);
/* Frames of the kernel's own root, of the table that is there in its last slot, ... */
uint64_t root(void);
/* ...and of what Xen shares with it: shared_info. */
uint64_t shared_info(void);
/* A frame of what d2 has, as d2 calls it. */
uint64_t of_d2(void);
/* Frames that are no RAM: of a device, and beyond all that there is. */
#define DEVICE UINT64_C(0xb8)
#define BEYOND UINT64_C(0x1234567)
/* A word of a frame; only of one that may be mapped so, and not for the line. */
uint64_t get(uint64_t frame, unsigned int slot);
void put(uint64_t frame, unsigned int slot, uint64_t word);

/* --- Requests: each returns 0 or an error's number, negative --------------------------------- */

struct mmu_request {
    uint64_t ptr, val;
};
/* foreigndom: as mmu_update has it; done: how many were, or NULL. */
int ask_mmu(const struct mmu_request *req, unsigned int nr, uint32_t foreigndom, uint32_t *done);

struct ext_request {
    uint32_t cmd;
    uint64_t arg, second;
};
int ask_ext(const struct ext_request *op, unsigned int nr, uint32_t domain, uint32_t *done);
/* flush: UVMF_*, 0 to 2, and bit 2 for all vCPUs. */
int ask_va(uint64_t va, uint64_t val, uint64_t flush, uint32_t domain);
int ask_gdt(const uint64_t *frames, uint32_t entries);
int ask_descriptor(uint64_t at, uint64_t descriptor);
int ask_assist(uint32_t cmd, uint32_t type);
/* A write by the kernel itself, or a use of its LDT; 14: it had a #PF. */
int ask_write(uint64_t va, uint64_t value, unsigned int bytes);
int ask_ldt(uint64_t offset);

enum { INCREASE, DECREASE, POPULATE };
/* Returns how many extents were done. */
int ask_memory(unsigned int what, uint32_t domain, uint32_t order, uint32_t bits, uint64_t *extents,
               unsigned int nr);
struct exchange {
    const uint64_t *in;
    uint64_t *out;
    uint64_t nr_in, nr_out, begin, at; /* at: 0, or where the guest says that its array is. */
    uint32_t in_order, out_order, bits, domain;
};
int ask_exchange(const struct exchange *x);

/* The last thing that a domain does: an iret by which Xen crashes it.  Returns if it does not.
 * TSS_OF_ITS_OWN is d2's: d1 has no frame then, either. */
enum { IRET_FRAME, IRET_USER_TABLE, TSS_OF_ITS_OWN };
void last_iret(unsigned int what);

enum { IN_MMU, IN_EXT, IN_VA, IN_MULTICALL };
struct in_call {
    unsigned int kind;
    uint64_t a, b;
    int rc;
};
int ask_multicall(struct in_call *calls, unsigned int nr);
/* One of an iret to user mode, to an address where the kernel is called back by a #UD, and of what
 * is behind it; 6: so it was. */
int ask_multicall_iret(uint64_t va, struct mmu_request behind);

/* --- Grants: these return 0 or a status, negative -------------------------------------------- */

#define GRANT_ACCESS   1u
#define GRANT_TRANSFER 2u
#define GRANT_READONLY 4u
#define GRANT_SUB_PAGE (1u << 8)
struct offer {
    uint16_t flags, domain;
    uint64_t frame;
};
/* The domain offers it, in its table of version 1; not for the line.  False: it cannot. */
bool offer(unsigned int domain, uint32_t ref, struct offer what);

/* The same in the caller's own table, of version 2. */
#define GRANT_TRANSITIVE 3u
struct offer2 {
    uint16_t flags, domain;
    uint64_t frame;
    uint16_t start, length; /* With GRANT_SUB_PAGE. */
    uint16_t from_domain;   /* GRANT_TRANSITIVE: whose entry it leads to... */
    uint32_t from_ref;      /* ...and which. */
};
bool offer2(uint32_t ref, struct offer2 what);

#define MAP_DEVICE   1u
#define MAP_HOST     2u
#define MAP_READONLY 4u
#define MAP_APP      8u
#define MAP_BY_PTE   16u
int ask_map(uint64_t at, uint32_t flags, uint32_t domain, uint32_t ref, uint32_t *handle,
            uint64_t *bus);
int ask_unmap(uint64_t at, uint64_t bus, uint32_t handle);
int ask_replace(uint64_t at, uint64_t by, uint32_t handle);
int ask_setup(uint32_t domain, uint32_t nr);
int ask_statuses(uint32_t domain, uint32_t nr, uint64_t *frame);
int ask_size(uint32_t domain);
/* Of these two the error is one of a hypercall's. */
int ask_version(uint32_t version);
struct side {
    bool by_ref;
    uint32_t domain;
    uint64_t what;
    uint16_t offset;
};
int ask_copy(struct side from, struct side to, uint16_t length);

#endif
