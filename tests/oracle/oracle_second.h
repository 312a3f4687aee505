/*
 * oracle_second.h - the oracle of second stages: Intel's EPT, AMD's nested paging.
 */
#ifndef XENPT_TESTS_ORACLE_SECOND_H
#define XENPT_TESTS_ORACLE_SECOND_H

#include "oracle/oracle.h"

/* A second stage, as the hypervisor set it up. */
struct oracle_second {
    struct xenpt_cpu cpu;
    bool ept;               /* Else nested paging. */
    uint64_t pointer;       /* EPTP or nCR3. */
    struct xenpt_regs host; /* Nested paging: the host's at VMRUN. */
};

/* An access to a guest-physical address. */
struct oracle_guest_access {
    bool read, write, fetch;
    bool table;                /* To an entry of the guest's tables; else to the page. */
    bool no_linear_address;    /* A load of PDPTE registers. */
    bool shadow_stack;         /* For a shadow-stack access to the page... */
    bool user_mode_access;     /* ...whose mode is this. */
    bool user_mode_address;    /* Of the linear address... */
    bool writable, no_execute; /* ...and what else the guest's tables say of it, ... */
    bool translation_known;    /* ...if that is known. */
};

/* "EPT Translation Mechanism". */
void oracle_walk_ept(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                     struct oracle_walk *w);
/* "EPT Misconfigurations", "EPT Violations", "Accessed and Dirty Flags for EPT". */
void oracle_judge_ept(const struct oracle_second *s, const struct oracle_guest_access *access,
                      const struct oracle_walk *w, struct oracle_verdict *v);
/* "... as a guest access to its own paging structures": reads, or with A/D flags writes. */
struct oracle_guest_access oracle_table_access_ept(const struct oracle_second *s);

/* AMD APM, vol. 2, "Nested Paging". */
void oracle_walk_npt(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                     struct oracle_walk *w);
void oracle_judge_npt(const struct oracle_second *s, const struct oracle_guest_access *access,
                      const struct oracle_walk *w, struct oracle_verdict *v);

/* Whichever of them it is. */
void oracle_walk_second(const struct oracle_second *s, const struct oracle_memory *m, uint64_t gpa,
                        struct oracle_walk *w);
void oracle_judge_second(const struct oracle_second *s, const struct oracle_guest_access *access,
                         const struct oracle_walk *w, struct oracle_verdict *v);
/* The access to the page itself, by a linear address of which only this is known. */
struct oracle_guest_access oracle_page_access(const struct xenpt_access *access,
                                              bool user_mode_address);

#endif
