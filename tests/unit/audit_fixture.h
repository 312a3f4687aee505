/* audit_fixture.h - a machine of which one entry is written to, and what its core is found to
 * break. */
#ifndef XENPT_TEST_AUDIT_FIXTURE_H
#define XENPT_TEST_AUDIT_FIXTURE_H

#include "machine_fixture.h"

#include "xenpt/audit.h"
#include "xenpt/audit_roots.h"
#include "xenpt/image.h"

#define RW     XENPT_BIT(1)
#define US     XENPT_BIT(2)
#define PS     XENPT_BIT(7)
#define NX     XENPT_BIT(63)
#define BIT(i) (1u << XENPT_AUDIT_##i)
#define FOUND  16
#define IDLE   "idle"
#define SELF   300u /* A guest's slot of a root that no builder uses. */
#define JUDGED (BIT(TABLES) | BIT(MEMORY) | BIT(SLOTS) | BIT(LINEAR) | BIT(M2P) | BIT(LEGAL))

struct core {
    struct world w;
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    struct xenpt_audit_roots *known;
    struct xenpt_audit_result results[XENPT_NR_AUDITS];
    struct xenpt_audit_finding found[FOUND];
    bool runs;
    unsigned int nr, which; /* Of findings; a bit for each invariant that is broken. */
};

struct place {
    uint64_t in, at, entry;
};

/* An xenpt_audit_fn, with a struct core. */
bool note(void *ctx, const struct xenpt_audit_finding *f);
/* Writes it as a core, contents: with the M2P; and asks of that for all invariants. */
void audit(struct core *c, bool contents);
/* A machine with domains of each kind. */
void begin(struct core *c);
/* A root that a CPU runs on is none that was given back, whoever can write to it. */
void run_there(struct core *c, const char *name);
void finish(struct core *c);
uint64_t root_of(const struct core *c, const char *name);
/* The entry of an address at a level. */
struct place place(const struct core *c, const char *name, uint64_t in, unsigned int level);
/* Where user code, or a PV guest's kernel, has a frame. */
uint64_t address_of(const struct core *c, const char *name, uint64_t maddr);
void poke(const struct core *c, struct place p, uint64_t value);
struct place slot_of_root(const struct core *c, const char *name, unsigned int nr);
/* One invariant is broken, by this entry and no other. */
void only(const struct core *c, unsigned int which, struct place p, uint64_t value,
          const char *text);

#endif
