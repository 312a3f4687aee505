/* modes.h - paging modes by name, for roots that are given by hand. */
#ifndef SIM_MODES_H
#define SIM_MODES_H

#include "names.h"
#include "settings.h"

/* How the tables at a root are to be read. */
struct mode {
    const char *name; /* --mode */
    enum xenpt_format_id format;
    enum {
        MODE_FIRST, /* A CR3. */
        MODE_EPT,   /* An EPTP. */
        MODE_NPT,   /* An nCR3. */
        MODE_IOMMU, /* The root of a device table entry of AMD's. */
        MODE_VTD,   /* The root of a context entry of Intel's. */
    } kind;
    uint64_t cr0, cr4, efer; /* Registers that select it. */
};

extern const struct mode modes[];
extern const struct names mode_names;

/* The mode that --mode names, or what a root is without it. */
const struct mode *mode_chosen(const struct settings *settings);

/* The mode of that name, or of "ept" and "npt", which have 4 levels. */
enum xenpt_code mode_named(const char *what, const char *name, const struct mode **ret,
                           struct xenpt_error *err);

/*
 * The paging of a mode from this root, under the registers that were given.  A root of EPT may
 * be an EPTP or the plain address of a table.
 */
enum xenpt_code mode_paging(const struct mode *mode, const struct settings *settings,
                            const struct xenpt_cpu *cpu, uint64_t root, struct xenpt_paging *ret,
                            struct xenpt_error *err);

/* The second stage that "ept:0x..." or "npt:0x..." names. */
enum xenpt_code mode_second(const char *text, const struct xenpt_cpu *cpu, struct xenpt_paging *ret,
                            struct xenpt_error *err);
/* The same, from a paging to words, "ept:0x..."; and the name of its mode for --mode. */
#define MODE_SECOND_MAX 32
const char *mode_second_words(const struct xenpt_paging *second, char buf[MODE_SECOND_MAX]);
const char *mode_word(enum xenpt_format_id format);
/* The words up to its colon. */
extern const struct names second_names;

/* The processor that the options describe. */
enum xenpt_code mode_cpu(const struct settings *settings, enum xenpt_vendor vendor,
                         struct xenpt_cpu *ret, struct xenpt_error *err);
extern const struct names feature_names;

#endif
