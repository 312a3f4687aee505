/*
 * mmu.h - MMUs that we did not write, behind one interface.
 *
 * A backend is a row of a table (mmu.c): how to find out whether it is here, how to start a
 * machine, how to have it carry out a blob.  Knowing what is asked and whether the answer is
 * right is others' business.
 */
#ifndef XENPT_VALIDATE_MMU_H
#define XENPT_VALIDATE_MMU_H

#include "validate/blob_build.h"
#include "xenpt/cpu.h"

/* The suites: what kind of tables a blob is about.  A blob belongs to one. */
enum suite {
    SUITE_2LEVEL,
    SUITE_PAE,
    SUITE_4LEVEL,
    SUITE_5LEVEL,
    SUITE_EPT,        /* Guests of every format under EPT. */
    SUITE_NPT,        /* ... under nested paging... */
    SUITE_NPT_PAE,    /* ...whose tables are PAE's, and guests of 32 bits... */
    SUITE_NPT_2LEVEL, /* ...or have 2 levels. */
    NR_SUITES,
};

const char *
suite_name(enum suite suite);           /* "2level", "pae", "4level", "5level", "ept", "npt", ... */
uint32_t suite_stage(enum suite suite); /* STAGE_... of its accesses. */
uint32_t suite_flags(enum suite suite); /* BLOB_... that a blob of it needs. */

/* Results of one run: what the image wrote. */
struct results {
    struct results_header head;
    uint8_t *bytes; /* All results, head.size bytes... */
    uint32_t *at;   /* ...and where in them the one of access head.first + i begins. */
};

void results_free(struct results *results);
/*
 * Takes over @n bytes that begin with a results_header, which may come from anywhere: every
 * number in them is looked at before it is believed.
 */
XENPT_CHECK enum xenpt_code results_parse(const void *bytes, size_t n, struct results *ret,
                                          struct xenpt_error *err);
/* The result of an access, counted from the blob's first; NULL: there is none. */
const struct result *results_get(const struct results *results, uint32_t access);

struct mmu_options {
    const char *folder;         /* For files of the run; NULL: a new one below $TMPDIR or /tmp. */
    unsigned int timeout;       /* Seconds for one run; 0: a default. */
    const char *results;        /* Backend `results`: the file to read. */
    const char *qemu, *bochs;   /* Programs to start instead of the usual names, or NULL. */
    bool (*stopped)(void *ctx); /* Asked now and then: true ends a run with XENPT_ESTOPPED. */
    void *ctx;                  /* May be NULL, as `stopped` may. */
};

struct mmu;

/* An MMU that was found and asked what it is. */
struct mmu_session {
    const struct mmu *mmu;
    unsigned int suites;            /* Bit s: it can do enum suite s. */
    struct results_machine machine; /* What it says of itself... */
    struct xenpt_cpu cpu;           /* ...and what the model is to take from that. */
    char version[96];               /* "QEMU emulator version 7.2.22", for reports and errata. */
    char kind[96];                  /* How it walks: "hardware, EPT", "software, shadow paging". */
    struct mmu_options options;     /* As they were given; what they point to is the caller's. */
    void *own;                      /* The backend's. */
};

struct mmu {
    const char *name;    /* "qemu:max", "bochs:ryzen", "kvm", ... */
    const char *text;    /* One sentence for a report. */
    bool usual;          /* Asked unless MMUs are named. */
    const char *model;   /* The backend's: which processor, in the program's words; or NULL... */
    const char *how;     /* ...and how it is to be executed. */
    unsigned int suites; /* Bit s: it is meant for enum suite s; a session has those, at most. */
    /* Finds it and has it say what it is.  XENPT_EUNSUPPORTED: it is not here; the text says why.
     */
    enum xenpt_code (*open)(const struct mmu *mmu, const struct mmu_options *options,
                            struct mmu_session *ret, struct xenpt_error *err);
    /*
     * Has it carry out @blob, a finished one of a suite it can do.  Where the machine dies of an
     * access, that access has outcome RESULT_DIED and the run goes on after it.
     */
    enum xenpt_code (*run)(struct mmu_session *session, const struct blob *blob,
                           struct results *ret, struct xenpt_error *err);
    void (*close)(struct mmu_session *session);
};

/* All of them, in the order to show them; @i from 0, NULL at the end.  One without open() is the
 * CPU that this runs on, which takes no blobs: own_cpu.h. */
const struct mmu *mmu_row(unsigned int i);

#endif
