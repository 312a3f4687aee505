/*
 * random_steps.h - steps at random, as data: made, done, and written as a scenario.
 *
 * A kind of step is a row of a table, of one of the files random_kinds*.c.  To add one:
 *
 *   1. make() fills in the step: domain, vcpu and values v[], from the dice alone and from what the
 *      subject's machine is now.  It has no effects, and leaves kind alone.
 *   2. apply() does it by the library, and leaves in s->r what came of it.  A step of a hypercall
 *      has the row's `call` set: its vCPU is in its kernel before, as in a scenario, and
 * caller_of() says who calls.  False: it cannot be done on this machine now, and nothing has
 * happened (a step before it was taken away, say).  Of a step without a result s->r is "ok".
 *   3. print() writes it as a step of a scenario, without braces: "mmu-update: d1.v0, at: ...".  It
 *      must say all that apply() goes by, as test_replay holds one to the other.  Frames and
 *      machine addresses through frame_text() and entry_text().
 * A step that a scenario's file can have is told by its text alone: `text` in place of the three,
 * see random_text.h.
 *
 *   4. name, weight (how often, beside the others) and, if a step changes what `refused` may not be
 *      held to, `excuse`: the name of a rule that acts although it refuses.
 *
 * Values are numbers of the machine, which has the same frames each time it is built.  A step stays
 * what it is when others are taken away, and shrinking tries smaller values of each.
 */
#ifndef XENPT_TEST_RANDOM_STEPS_H
#define XENPT_TEST_RANDOM_STEPS_H

#include "machine_fixture.h"
#include "xen/internal.h"
#include "xenpt/pv.h"

/* --- Dice ---------------------------------------------------------------------------------- */

struct dice {
    uint64_t state;
};
struct dice dice_of(uint64_t seed);
uint64_t dice_any(struct dice *d);
uint64_t dice_below(struct dice *d, uint64_t n);

/* --- Steps --------------------------------------------------------------------------------- */

#define VALUES 10
struct rkind;
struct rstep {
    const struct rkind *kind;
    uint32_t domain, vcpu;
    uint64_t v[VALUES];
};

/* What a guest gets past by an advisory (XSA-500) before its release, and steps at random do find:
 * this rule is in force on all machines. */
#define MENDED "grant-copy-held"

#define POOL    14 /* Frames of a domain that steps are mostly about. */
#define DOMAINS 3  /* Those that make hypercalls: the first of each machine. */

/* A machine, and the steps that are made on it. */
struct subject {
    const char *model; /* Its text. */
    struct world w;
    struct xenpt_machine_snapshot *begun;
    const char *switched; /* A rule that is off, or NULL. */
    struct xenpt_pv_rules rules;
    struct xenpt_pv_result r; /* Of the last step. */
    uint64_t pool[DOMAINS][POOL];
    struct dice dice;
    struct file_steps *file; /* For steps that are told by their text. */
    uint64_t nr_first;       /* Domains in the beginning. */
    uint64_t empty;          /* Frames that are free when all domains are gone. */
};

/* Who makes a step. */
enum by {
    BY_DOMAIN,    /* A PV one of the first, which have pools. */
    BY_ANY,       /* A domain, of whatever type. */
    BY_PV,        /* One that is PV... */
    BY_HVM,       /* ...HVM or PVH; where there is none, any. */
    BY_DOM0,      /* Mostly the privileged one. */
    BY_TOOLSTACK, /* Nobody: no vCPU has to be in its kernel. */
};

struct rkind {
    const char *name;
    unsigned int weight;
    void (*make)(struct subject *s, struct rstep *step);
    bool (*apply)(struct subject *s, const struct rstep *step);
    void (*print)(const struct subject *s, const struct rstep *step, char *buf, size_t size);
    bool call;          /* Its vCPU has to be in its kernel. */
    const char *excuse; /* A rule that may change something although it refuses, or NULL. */
    /* In place of make, apply and print: */
    const char *text;
    enum by by;
    bool loose; /* What is refused of it, or cannot be done, may have changed something. */
};
/* Rows, the last without a name, of each area; NULL ends them. */
extern const struct rkind random_kinds[], random_grant_kinds[], random_memory_kinds[],
    random_p2m_kinds[], random_event_kinds[], random_service_kinds[], random_life_kinds[];
extern const struct rkind *const random_tables[];

#define STEP_TEXT_MAX 400

/* Machines to make them on: random_machines.c; the last has no name. */
struct random_machine {
    const char *name, *text; /* As YAML. */
};
extern const struct random_machine random_machines[];

void subject_begin(struct subject *s, const char *model, const char *switched);
void subject_end(struct subject *s);
/* The machine as it was in the beginning. */
void subject_again(struct subject *s);
/* The next step by the dice. */
struct rstep subject_step(struct subject *s);
/* Has its vCPU be where it has to be; subject_do() does that as well.  False: it cannot. */
bool subject_ready(struct subject *s, const struct rstep *step);
bool subject_in_kernel(const struct subject *s, const struct rstep *step);
/* False: it cannot be done now; its vCPU may be in its kernel all the same. */
bool subject_do(struct subject *s, const struct rstep *step);

/* For rows. */
struct xenpt_pv_caller caller_of(const struct subject *s, const struct rstep *step);
const char *frame_text(const struct subject *s, uint64_t frame, char buf[48]);
/* maddr(d1.gfn(5)) | 0x67 */
const char *entry_text(const struct subject *s, uint64_t entry, char buf[80]);
/* A step as a scenario has it. */
void step_text(const struct subject *s, const struct rstep *step, char *buf, size_t size);

/* --- What must be so: random_checks.c ------------------------------------------------------ */

enum breach {
    BREACH_NONE,
    BREACH_REFUSED,   /* A refused step has changed something. */
    BREACH_RULE,      /* A step was refused by no rule, or done in spite of one. */
    BREACH_COUNTS,    /* Counts are not what is live. */
    BREACH_SHADOWS,   /* A shadow gives more than the guest's table. */
    BREACH_INVARIANT, /* Another invariant is broken. */
    BREACH_LEAK,      /* Domains are gone, and not all of their frames are free. */
};

struct breached {
    enum breach what;
    const char *invariant; /* Its name... */
    const char *in;        /* ...and of which contexts, or NULL. */
    char text[1200];
    bool of_memory;   /* REFUSED: a word has changed... */
    uint64_t at, was; /* ...here, from this. */
};

/* How often what takes long is looked at: every so many steps. */
struct pace {
    unsigned int counts, invariants;
};

/* Makes a step, with what is held to it; i: its number.  False: see ret.  What cannot be done is
 * passed over. */
bool step_checked(struct subject *s, const struct rstep *step, size_t i, const struct pace *pace,
                  struct breached *ret);
/* Counts, shadows and invariants. */
bool all_checked(struct subject *s, struct breached *ret);
/* Destroys all domains; `free_frames`: of the same machine without any. */
bool all_destroyed(struct subject *s, uint64_t free_frames, struct breached *ret);
/* Of all that a machine is: memory, frames, what CPUs do. */
uint64_t subject_fingerprint(const struct subject *s);

/* --- Runs: random_run.c -------------------------------------------------------------------- */

struct trace {
    struct rstep *step;
    size_t nr;
};

/* Makes steps by the dice of a seed; trace: all of them, to be freed.  False: see ret. */
bool run_random(struct subject *s, uint64_t seed, size_t steps, const struct pace *pace,
                struct trace *trace, struct breached *ret);
/* The same steps again from the beginning, all that is held to them after each.  False: broken. */
bool run_trace(struct subject *s, const struct trace *t, enum breach what, const char *invariant,
               struct breached *ret);
/* As few of them, and as plain, as break the same. */
void shrink(struct subject *s, struct trace *t, struct breached *b);
/* A scenario of them, to be freed; b: what is broken behind them, or NULL: each result is told. */
char *scenario_of(struct subject *s, const struct trace *t, const struct breached *b);
/* Shrinks, writes it as xenpt-random-SEED.yaml where the test runs, and says so.  Its path. */
const char *told(struct subject *s, uint64_t seed, struct trace *t, struct breached *b);

#endif
