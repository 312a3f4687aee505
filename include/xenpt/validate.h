/**
 * @file validate.h
 * Asking MMUs that this library did not write: the same accesses, on a machine and here.
 *
 * An MMU is a processor under KVM, an emulator, the processor that this runs on, or a machine
 * that wrote its results down.  Each is given cases - page tables, registers, accesses - made
 * by rule (suites) or taken from a view, and what it does is compared with what this library
 * says: outcome, error code, address, data, and each change of an entry.
 *
 * Where manuals leave a choice, either is taken, and counted by the reason.  Where an MMU is
 * known to be wrong, that is an erratum, and counted as well.  What then differs is a
 * disagreement: an error of this library, or of that MMU.
 */
#ifndef XENPT_VALIDATE_H
#define XENPT_VALIDATE_H

#include "xenpt/judge.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An MMU that this library knows how to ask. */
struct xenpt_validate_mmu {
    const char *name; /**< "kvm", "qemu:max", ... */
    const char *text; /**< One sentence. */
    bool usual;       /**< Asked unless MMUs are named. */
};

/** MMU @p i, in the order to show them.  @return False: there are no more. */
XENPT_API bool xenpt_validate_mmu(unsigned int i, struct xenpt_validate_mmu *ret);

/** What a list of cases is about. */
struct xenpt_validate_suite {
    const char *name; /**< "4level", ... */
    const char *text; /**< One sentence. */
};

/** Suite @p i.  @return False: there are no more. */
XENPT_API bool xenpt_validate_suite(unsigned int i, struct xenpt_validate_suite *ret);

/** What no run asks of any MMU, row @p i, in one sentence; NULL at the end. */
XENPT_API const char *xenpt_validate_gap(unsigned int i);

/** How far it has come. */
struct xenpt_validate_progress {
    const char *mmu;   /**< Which MMU... */
    const char *suite; /**< ...and suite. */
    uint64_t done;     /**< Accesses so far... */
    uint64_t total;    /**< ...of so many. */
};

/** What to ask, and whom; all zero: every usual MMU that is here, a little of every suite. */
struct xenpt_validate_options {
    const char *const *mmus; /**< Names; one without its ":model" stands for the usual models. */
    size_t nr_mmus;          /**< 0: the usual ones. */
    /** Names as in @ref mmus.  One that is not here is an error, and not skipped. */
    const char *const *require;
    size_t nr_require;         /**< Of @ref require. */
    const char *const *suites; /**< Names. */
    size_t nr_suites;          /**< 0: all. */
    uint64_t accesses;         /**< For each suite and MMU; 0: 20000. */
    uint64_t seed;             /**< Of the order of cases.  The same gives the same. */
    unsigned int keep;         /**< Disagreements described in full; 0: 10. */
    unsigned int jobs;         /**< MMUs that work at the same time; 0: one for each CPU. */
    unsigned int timeout;      /**< Seconds for one run of a machine; 0: ten minutes. */
    const char *results;       /**< A file of results, for the MMU "results". */
    const char *folder;        /**< For files of a run; NULL: $TMPDIR or /tmp. */
    const char *qemu;          /**< QEMU's program, or NULL: the one in $PATH... */
    const char *bochs;         /**< ...and Bochs's. */
    /** The processor that @ref results were asked for, as it was when the disk was written;
     *  NULL: the one that they name. */
    const struct xenpt_cpu *cpu;
    /** Asked several times a second, by any thread; may be NULL.  @return True: stop. */
    bool (*stop)(void *ctx);
    /** Called now and then, by one thread at a time; may be NULL.  @return False: stop. */
    bool (*progress)(void *ctx, const struct xenpt_validate_progress *progress);
    void *ctx; /**< Passed to @ref progress and @ref stop. */
};

/** Most suites that there are. */
#define XENPT_VALIDATE_SUITES_MAX   12
/** Most reasons for which an MMU may do either. */
#define XENPT_VALIDATE_FREEDOMS_MAX 16

/** What became of one suite on one MMU.  All but the first two are numbers of accesses. */
struct xenpt_validate_counts {
    uint64_t cases;       /**< Sets of tables. */
    double seconds;       /**< That the MMU took, its start included... */
    double model_seconds; /**< ...and that this library took for the same. */
    uint64_t accesses;    /**< Made; of suites no two alike, but for addresses and data. */
    uint64_t agreed;      /**< Both say the same... */
    uint64_t free;        /**< ...or differ in what either may do... */
    uint64_t errata;      /**< ...or in what the MMU is known to do wrong. */
    uint64_t open;        /**< Not compared: no manual says. */
    uint64_t disagreed;   /**< They differ. */
    uint64_t died;        /**< Of all, those that the machine did not survive. */
};

/** One MMU of a run. */
struct xenpt_validate_result {
    struct xenpt_validate_mmu mmu; /**< Which. */
    bool skipped;                  /**< It was not asked... */
    bool missed;                   /**< ...though it was required, or failed on the way. */
    char why[400];                 /**< Why. */
    char version[96];              /**< "QEMU emulator version 7.2.22". */
    char kind[96];                 /**< How it walks: "hardware, under EPT". */
    char processor[160]; /**< What it says that it is: "AuthenticAMD, 48 bits, nx smep ...". */
    char note[400];      /**< What else is to be known; or "". */
    unsigned int suites; /**< Bit s: it was asked suite s; @ref counts has what became of it. */
    struct xenpt_validate_counts counts[XENPT_VALIDATE_SUITES_MAX]; /**< By suite. */
    uint64_t rules[XENPT_NR_RULES]; /**< Accesses by the rule that refused; [0]: none did. */
    uint64_t freedoms[XENPT_VALIDATE_FREEDOMS_MAX]; /**< Accesses by reason. */
};

/** A reason for which an MMU may do either. */
struct xenpt_validate_freedom {
    const char *text;   /**< In words. */
    const char *source; /**< Manual and section. */
};

/** What an MMU is known to do otherwise. */
struct xenpt_validate_erratum {
    const char *name;   /**< A short name. */
    const char *mmu;    /**< Whose it is. */
    const char *text;   /**< In words. */
    const char *source; /**< What decides, and where it was seen. */
    uint64_t seen;      /**< Accesses that it explains. */
    bool met;           /**< An MMU that should have it was asked: if it was not seen, it may
                             have been mended. */
};

/** What another MMU says to the case of a disagreement. */
struct xenpt_validate_vote {
    const char *mmu;  /**< Which. */
    char answer[256]; /**< What it did. */
    bool agrees;      /**< It agrees with this library... */
    bool known;       /**< ...or differs from it in what it is known to do wrong. */
};

/** Most disagreements that are described in full. */
#define XENPT_VALIDATE_KEEP_MAX  64
/** Most votes on a disagreement. */
#define XENPT_VALIDATE_VOTES_MAX 12

/** A disagreement, made as small as could be. */
struct xenpt_validate_difference {
    const char *mmu;         /**< Whose... */
    const char *suite;       /**< ...and of which suite. */
    char what[96];           /**< What differs: "code". */
    char model[256];         /**< What this library says... */
    char answer[256];        /**< ...and what the MMU did. */
    bool alone;              /**< Asked this alone, the MMU says what the library says: it comes
                                  of what it was asked before. */
    char *text;              /**< The case: registers, entries, access. */
    enum xenpt_rule_id rule; /**< The rule whose source decides. */
    uint64_t like;         /**< Disagreements of the run that differ in the same, with this rule. */
    unsigned int nr_votes; /**< Of @ref vote. */
    struct xenpt_validate_vote
        vote[XENPT_VALIDATE_VOTES_MAX]; /**< Of others that could be asked. */
};

/** All that came of a run.  Owned by the caller; free it with xenpt_validation_free(). */
struct xenpt_validation {
    uint64_t seed;                        /**< As asked for... */
    uint64_t accesses;                    /**< ...for each suite and MMU. */
    char source[XENPT_NAME_MAX];          /**< "" for suites; "image" for a view's own tables. */
    size_t nr_results;                    /**< Of @ref result. */
    struct xenpt_validate_result *result; /**< In the order of xenpt_validate_mmu(). */
    size_t nr_freedoms;                   /**< Of @ref freedom. */
    struct xenpt_validate_freedom freedom[XENPT_VALIDATE_FREEDOMS_MAX]; /**< By number. */
    size_t nr_errata;                                                   /**< Of @ref erratum. */
    struct xenpt_validate_erratum *erratum;       /**< Of the MMUs that were asked. */
    size_t nr_differences;                        /**< Of @ref difference. */
    struct xenpt_validate_difference *difference; /**< The first of them, no two alike. */
    size_t nr_left_out;                           /**< Of @ref left_out. */
    char (*left_out)[256]; /**< Contexts of the view that were not asked about, with why. */
    uint64_t asked;        /**< Accesses in all... */
    uint64_t disagreed;    /**< ...and disagreements. */
    bool missed;           /**< An MMU that was required is not here, or one failed. */
};

/**
 * Asks.
 * @param view  Its contexts' own tables are asked about; NULL: suites are.
 * @return #XENPT_OK if it could be done, whatever came of it; #XENPT_ESTOPPED by the callback;
 *         #XENPT_EPARSE for a name that means nothing; #XENPT_EUNSUPPORTED if no MMU is here.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_validate(const struct xenpt_view *view,
                                                     const struct xenpt_validate_options *opt,
                                                     struct xenpt_validation **ret,
                                                     struct xenpt_error *err);
/** Frees it; NULL is fine. */
XENPT_API void xenpt_validation_free(struct xenpt_validation *validation);

/**
 * Writes a disk that asks one suite on the machine that boots from it: a hard disk, a USB
 * stick, a CD.  What the machine sends through COM1 is a file for xenpt_validate_options::results,
 * with the same options and processor.
 * @param cpu  What the cases may make use of: the machine's, or less.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_validate_write_disk(const char *file, const struct xenpt_cpu *cpu,
                          const struct xenpt_validate_options *opt, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
