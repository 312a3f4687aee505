/* guest_fixture.h - what the first domain of a machine does, and what comes of it. */
#ifndef XENPT_TEST_GUEST_FIXTURE_H
#define XENPT_TEST_GUEST_FIXTURE_H

#include "machine_fixture.h"
#include "xenpt/hvm.h"
#include "xenpt/p2m.h"

#define GUEST    "d0.v0.guest"
#define HOST_P2M XENPT_VIEW_HOST
#define RW       XENPT_BIT(1)
#define US       XENPT_BIT(2)
#define A        XENPT_BIT(5)
#define D        XENPT_BIT(6)
#define PS       XENPT_BIT(7)

/* Each fails the test that calls it if the library does, and asks for the view again. */
struct xenpt_guest_done touch_as(struct world *w, uint32_t v, uint8_t cpl, uint64_t va,
                                 enum xenpt_access_kind kind);
/* By the first vCPU's kernel. */
struct xenpt_guest_done touch(struct world *w, uint64_t va, enum xenpt_access_kind kind);
/* A write at a guest-physical address; and one of 8 bytes at a virtual one. */
struct xenpt_guest_done poke(struct world *w, uint64_t gaddr, uint64_t value, unsigned int size);
struct xenpt_guest_done put(struct world *w, uint64_t va, uint64_t value);
struct xenpt_regs regs_of(struct world *w, uint32_t v);
struct xenpt_guest_done load(struct world *w, uint32_t v, struct xenpt_regs regs);
void log_dirty(struct world *w, enum xenpt_log_dirty op);
void set_access(struct world *w, uint32_t view, uint64_t gfn, enum xenpt_p2m_access access);

/* The entry that a context has for an address at a level; 0: the walk does not get there. */
uint64_t entry_at(const struct world *w, const char *name, uint64_t va, unsigned int level);
/* The table that an entry leads to. */
uint64_t down(const struct xenpt_reader *mem, uint64_t table, unsigned int slot);
/* Why it is as it is: the name of a rule. */
const char *why(const struct world *w, const char *name, uint64_t in, unsigned int level);
struct xenpt_p2m_entry look(const struct world *w, uint32_t view, uint64_t gfn);
/* The machine address of a frame of the guest's, and what a word there holds. */
uint64_t frame_of(const struct world *w, uint64_t gfn);
uint64_t guest_word(const struct world *w, uint64_t gaddr);

#endif
