/**
 * @file scenario.h
 * Scenarios: a machine, what happens on it, and what must hold.
 *
 * A scenario is a model (model.h) with steps and expectations; docs/scenario.md has the language.
 * Running a file gives a result as data: a cell for each combination of its parameters, in it the
 * steps, and in those the expectations with what was found.  A failure of an expectation is an
 * answer, never an error.
 */
#ifndef XENPT_SCENARIO_H
#define XENPT_SCENARIO_H

#include "xenpt/model.h"
#include "xenpt/threat.h"
#include "xenpt/touch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Results --------------------------------------------------------------------------------- */

/** How something ended. */
enum xenpt_run_verdict {
    XENPT_RUN_HELD,    /**< All that was expected is so. */
    XENPT_RUN_FAILED,  /**< Something is otherwise. */
    XENPT_RUN_ERROR,   /**< It could not be told: a mistake in the file, or a step that cannot be
                            done. */
    XENPT_RUN_SKIPPED, /**< It was not reached. */
    XENPT_NR_RUN_VERDICTS, /**< How many there are. */
};

/** "held", "failed", "error", "skipped". */
XENPT_API const char *xenpt_run_verdict_name(enum xenpt_run_verdict verdict);

/** Where something stands in a file. */
struct xenpt_run_place {
    const char *file;    /**< The file. */
    unsigned int line;   /**< From 1; 0: nowhere in particular. */
    unsigned int column; /**< From 1. */
};

/** An entry of the walk that shows what was found. */
struct xenpt_run_entry {
    bool second;       /**< Of the second stage. */
    uint8_t level;     /**< Of the table it lies in. */
    unsigned int slot; /**< Its place in that... */
    uint64_t at;       /**< ...its address, in the space that tables of this stage live in... */
    uint64_t entry;    /**< ...and its value. */
    const char *flags; /**< Its flags in words: "P RW A D NX". */
    const char *owner; /**< Who decides on it: "xen", "d1"; NULL: not known. */
    const char *rule;  /**< Why it is there, in a sentence; NULL: not known. */
};

/** The walk that shows what was found. */
struct xenpt_run_walk {
    const char *context;                   /**< In which context... */
    uint64_t in;                           /**< ...of which address. */
    const char *area;                      /**< What that belongs to, as "directmap+0x1000", or
                                                NULL. */
    const char *ended;                     /**< How it ended: "mapped to 0x1000, rw--, 4K". */
    const struct xenpt_run_entry *entries; /**< Root first... */
    size_t nr_entries;                     /**< ...and how many. */
};

/** An expectation, and what came of it. */
struct xenpt_run_expectation {
    enum xenpt_run_verdict verdict;     /**< What came of it. */
    const char *text;                   /**< As the file has it: "unmapped: 0x1000, in: d1". */
    const char *because;                /**< The file's own reason for it, or NULL. */
    struct xenpt_run_place place;       /**< Where it stands. */
    const char *subject;                /**< Of which context, vCPU or domain the rest is, the first
                                             for which it failed; NULL: of none. */
    const char *expected;               /**< What was expected, in words. */
    const char *found;                  /**< What is, in words; or why it cannot be told. */
    const struct xenpt_run_walk *walks; /**< What shows it... */
    size_t nr_walks;                    /**< ...if anything does. */
    uint64_t asked;                     /**< Of how many contexts it was asked... */
    uint64_t failed;                    /**< ...and for how many it does not hold. */
};

/** A change of memory that a step made. */
struct xenpt_run_change {
    uint64_t at;       /**< Machine address of the word that changed. */
    uint64_t before;   /**< What it was... */
    uint64_t after;    /**< ...and what it is. */
    unsigned int slot; /**< Its place in its frame. */
    uint8_t level;     /**< If the frame is a table: of which level; 0: it is none. */
    const char *table; /**< What table that is: "L4 of d1.v0.kernel"; or NULL. */
    const char *place; /**< Of no table: what is kept there, "grant-table of d1,
                            grant_entry_v1[8].flags"; or NULL. */
    const char *flags; /**< Of a table: how the flags read now; else NULL. */
    bool poke;         /**< The file wrote it there, and no CPU, guest or Xen did. */
    const char *name;  /**< What the file calls the frame, or NULL. */
    const char *to;    /**< What it calls the frame that the entry leads to, or NULL. */
    const char *why;   /**< What of the entry is Xen's doing, or NULL. */
};

/** An access to a guest's memory by anyone but that guest; touch.h has the words. */
struct xenpt_run_touch {
    const struct xenpt_touch *touch; /**< What it was. */
    const char *text;                /**< In a sentence. */
    const char *domain;              /**< Whose memory, by its name. */
    const char *whom;                /**< "d1.v0": by Xen, for whom; by a vCPU, which; "d1": by a
                                          device, whose it is; or NULL. */
    const char *frame;               /**< What the file calls the frame, or NULL. */
};

/** A step, and what came of it; the first of a cell is "before any step". */
struct xenpt_run_step {
    enum xenpt_run_verdict verdict; /**< Of it and its expectations. */
    unsigned int number;            /**< From 1; 0: before any step. */
    const char *name;               /**< The file's name for it, or NULL. */
    const char *text;               /**< "run: d1.v0.user, on: cpu1". */
    struct xenpt_run_place place;   /**< Where it stands. */
    const char *said;               /**< What it led to, or why it cannot be
                                         done; or NULL. */
    bool undone;                    /**< It could not be done, or something that it
                                         repeats: @ref said says why. */
    const struct xenpt_run_expectation *expectations; /**< After it, in the order of the file... */
    size_t nr_expectations;                           /**< ...and how many. */
    const struct xenpt_run_change *changes;           /**< What it changed, if that was asked
                                                           for... */
    size_t nr_changes;                                /**< ...and how many. */
    const struct xenpt_run_touch *touches;            /**< Who touched guests' memory in it, if
                                                           that was asked for... */
    size_t nr_touches;                                /**< ...and how many. */
};

/** An invariant, and what came of it; docs/scenario.md has what each is of. */
struct xenpt_run_invariant {
    const char *name;               /**< "own-memory". */
    const char *number;             /**< "I2". */
    enum xenpt_run_verdict verdict; /**< Skipped: it was not checked, or the file says that it is
                                         broken. */
    bool declared;                  /**< An expectation found it broken, as it said. */
    unsigned int step;              /**< Failed: after which step first. */
};

/** One run of a scenario: with one combination of its parameters. */
struct xenpt_run_cell {
    enum xenpt_run_verdict verdict;     /**< Of all steps. */
    const char *name;                   /**< "release=4.17 xpti=off"; "" without parameters. */
    const char *error;                  /**< Why there is no machine, or NULL. */
    struct xenpt_run_place place;       /**< Where that stands. */
    const struct xenpt_run_step *steps; /**< In order... */
    size_t nr_steps;                    /**< ...and how many. */
    uint64_t held;                      /**< Expectations that held... */
    uint64_t failed;                    /**< ...that did not... */
    uint64_t errors;                    /**< ...and that could not be told. */
    const struct xenpt_run_invariant *invariants; /**< All of them... */
    size_t nr_invariants;                         /**< ...and how many. */
    uint64_t checks;                              /**< How often they were checked. */
};

/** What came of one scenario. */
struct xenpt_run_result {
    enum xenpt_run_verdict verdict;     /**< Of all cells. */
    const char *file;                   /**< As it was named. */
    const char *name;                   /**< What it calls itself, or NULL. */
    const char *about;                  /**< What it says of itself, or NULL. */
    const struct xenpt_run_cell *cells; /**< In the order of the parameters... */
    size_t nr_cells;                    /**< ...and how many; 0: it has mistakes. */
    const struct xenpt_error *mistakes; /**< All that is wrong with the file... */
    size_t nr_mistakes;                 /**< ...and how many. */
};

/* --- Running --------------------------------------------------------------------------------- */

/** How scenarios are run; all zero: every cell, up to the first step that fails. */
struct xenpt_run_options {
    const char *const *set; /**< Parameters that are fixed: "release=4.17"... */
    size_t nr_set;          /**< ...and how many. */
    const char *only;       /**< Only cells in whose name, that of the scenario or the file this
                                 occurs; or NULL. */
    const char *until;      /**< Only the first of these cells, up to this step, by its number or
                                 name, 0 being before any: xenpt_run_machine() is then what the
                                 machine is.  A step that is not there, or cannot be done, is a
                                 mistake; NULL: all steps of all cells. */
    bool keep_going;        /**< A cell goes on after a step that failed. */
    bool trace;             /**< Note what each step changes. */
    bool check_invariants;  /**< Check invariants after every step, and not after the last alone. */
    bool journal;           /**< Note who touches guests' memory. */
    uint64_t limit;         /**< So many steps, and combinations, at most; 0: 10^8. */
};

/** What runs have in common: layouts that were read.  It belongs to one thread. */
struct xenpt_runner;

/** Creates a runner.  Destroy it with xenpt_runner_destroy(), after the runs that it made. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_runner_create(struct xenpt_runner **ret,
                                                          struct xenpt_error *err);
/** Frees a runner; NULL is fine. */
XENPT_API void xenpt_runner_destroy(struct xenpt_runner *runner);

/** A scenario that was run. */
struct xenpt_run;

/**
 * Runs the scenario in a file.  Mistakes of the file are part of the result, not an error; so is
 * a memory image that it names and that is of no use.
 * Destroy what it returns with xenpt_run_destroy().
 * @param opt  May be NULL: all zero.
 * @return #XENPT_OK; #XENPT_ENOMEM; #XENPT_EPARSE for options that are of no form.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_run_file(struct xenpt_runner *runner, const char *path,
                                                     const struct xenpt_run_options *opt,
                                                     struct xenpt_run **ret,
                                                     struct xenpt_error *err);

/** The same, of @p n bytes that are in memory; @p file is what places call them. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_run_bytes(struct xenpt_runner *runner, const char *file,
                                                      const char *bytes, size_t n,
                                                      const struct xenpt_run_options *opt,
                                                      struct xenpt_run **ret,
                                                      struct xenpt_error *err);

/** Frees a run; NULL is fine. */
XENPT_API void xenpt_run_destroy(struct xenpt_run *run);

/**
 * The machine as the run left it; borrowed.  NULL unless xenpt_run_options::until was given, and
 * the step reached.
 */
XENPT_API struct xenpt_machine *xenpt_run_machine(const struct xenpt_run *run);

/** What came of it; borrowed. */
XENPT_API const struct xenpt_run_result *xenpt_run_result(const struct xenpt_run *run);

/** What an expression is to be. A number can stand for each of them. */
enum xenpt_run_value {
    XENPT_RUN_ADDRESS, /**< An address of a context. */
    XENPT_RUN_MADDR,   /**< A machine address. */
    XENPT_RUN_MFN,     /**< A frame of the machine. */
    XENPT_RUN_GFN,     /**< A frame of a guest's physical memory. */
};

/**
 * Says what an expression of the scenario's language stands for on the machine as the run left it:
 * "secret", "xen.directmap(d1.gfn(5))", "d1.gfn(0)..d1.gfn(15)". Names are those of the file, and
 * what the steps up to there remembered.  The machine stays as it is.
 * @param want   What it has to be.
 * @param first  It; of a range, its first...
 * @param last   ...and its last.
 * @return #XENPT_OK; #XENPT_EPARSE for what is no expression, or stands for something else;
 *         #XENPT_ESTATE if it stands for nothing on this machine, or there is none:
 *         xenpt_run_machine(); #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_run_evaluate(struct xenpt_run *run, const char *text,
                                                         enum xenpt_run_value want, uint64_t *first,
                                                         uint64_t *last, struct xenpt_error *err);

/* --- Threats --------------------------------------------------------------------------------- */

/** A threat of a scenario, where its run was left by xenpt_run_options::until. */
struct xenpt_run_threat {
    const char *name;                           /**< The file's; as long as the run. */
    struct xenpt_threat *threat;                /**< What they reach, for the caller to destroy, and
                                                     before the run; NULL: nobody of those who are
                                                     compromised is there. */
    const struct xenpt_run_expectation *claims; /**< What must stay out of reach, and whether it
                                                     does; as long as the run... */
    size_t nr_claims;                           /**< ...and how many; 0 without a threat. */
};

/** How many threats its file has; 0 unless there is a xenpt_run_machine(). */
XENPT_API size_t xenpt_run_threats(const struct xenpt_run *run);
/** The name of one of them, from 0; NULL: there are not so many. */
XENPT_API const char *xenpt_run_threat_name(const struct xenpt_run *run, size_t i);
/**
 * Works one out.
 * @return #XENPT_ERANGE: there are not so many; #XENPT_ESTATE: it cannot be told; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_run_threat(struct xenpt_run *run, size_t i,
                                                       struct xenpt_run_threat *ret,
                                                       struct xenpt_error *err);
/** The rules that are in force in it.  @return False: there is no xenpt_run_machine(). */
XENPT_API bool xenpt_run_rules(const struct xenpt_run *run, struct xenpt_pv_rules *ret);

/* --- The language ---------------------------------------------------------------------------- */

/** What the language has words for. */
enum xenpt_scenario_part {
    XENPT_SCENARIO_STEP,        /**< What can happen. */
    XENPT_SCENARIO_EXPECTATION, /**< What can be expected. */
    XENPT_SCENARIO_FUNCTION,    /**< What can be asked in an expression. */
    XENPT_SCENARIO_WHO,         /**< What narrows who is meant: every WORD context. */
    XENPT_SCENARIO_RECORD,      /**< What a model consists of, docs/models.md. */
    XENPT_NR_SCENARIO_PARTS,    /**< How many there are. */
};

/** A word of the language. */
struct xenpt_scenario_word {
    const char *name; /**< "mapped". */
    const char *form; /**< An example, or how it is written. */
    const char *text; /**< What it means. */
    size_t nr_keys;   /**< Keys of its own; those that all of its part have come after them. */
};

/** A key of a step, of an expectation, whose first is its name, or of a part of a model. */
struct xenpt_scenario_key {
    const char *name;   /**< "in". */
    const char *values; /**< How its values are written, if they are no words. */
    const char *text;   /**< What it means. */
    size_t nr_words;    /**< How many words it takes one of: xenpt_scenario_choice(); 0: none. */
    bool several;       /**< Or a list of those. */
    bool required;      /**< It has to be there. */
};

/** Word @p i of a part, from 0.  @return False: there is none. */
XENPT_API bool xenpt_scenario_word(enum xenpt_scenario_part part, size_t i,
                                   struct xenpt_scenario_word *ret);

/** Key @p k of word @p i of a part, from 0.  @return False: there is none. */
XENPT_API bool xenpt_scenario_key(enum xenpt_scenario_part part, size_t i, size_t k,
                                  struct xenpt_scenario_key *ret);

/** Word @p w, from 0, that key @p k of word @p i of a part takes.  @return False: there is none. */
XENPT_API bool xenpt_scenario_choice(enum xenpt_scenario_part part, size_t i, size_t k, size_t w,
                                     struct xenpt_word *ret);

#ifdef __cplusplus
}
#endif

#endif
