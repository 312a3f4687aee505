/* cases.h - the cases that a real Xen and the model are asked. */
#ifndef XENPT_TEST_XEN_CASES_H
#define XENPT_TEST_XEN_CASES_H

#include "asks.h"
#include "asks_domains.h"
#include "asks_more.h"

#define BY_D0 1u
#define BY_D1 2u
#define BOTH  3u
#define BY_D2 4u
#define ALL   7u

struct xen_case {
    const char *rule; /* Whose row it reaches... */
    const char *what; /* ...and how. */
    void (*ask)(void);
    unsigned int by;
};

struct xen_cases {
    const struct xen_case *rows;
    size_t nr;
    enum feature needs; /* What Xen has to be built with. */
};

#define CASES_WITH(rows, feature)                                                                  \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0]), feature                                            \
    }
#define CASES_OF(rows) CASES_WITH(rows, ALWAYS)

extern const struct xen_cases entry_cases, table_cases, call_cases, control_cases, memory_cases,
    grant_cases, physmap_cases, event_cases, resource_cases, argument_cases, hvm_cases,
    last_hvm_cases, rare_cases, param_cases, first_pager_cases, device_cases, pager_cases,
    queue_cases, model_cases, vcpu_cases, pirq_cases, model_pirq_cases;

/* Runs all that are for who() and hands each line, with its end, to @line. */
void cases_run(void (*line)(const char *));
/* The same of one list; pvh0_cases is of a dom0 that is PVH, whose lines begin with p0. */
void cases_list(const struct xen_cases *list, void (*line)(const char *));
extern const struct xen_cases pvh0_cases;

/* The line of the last thing that d1, or d2, does: it is dom0 who sees what came of that. */
void cases_last(unsigned int domain, unsigned int what, bool crashed, void (*line)(const char *));
/* What d2 does at last, by which Xen crashes it; false: it was refused, as the model says. */
bool last_of_d2(unsigned int what);
/* Entries of dom0's table that d2 uses, and of d1's that dom0 may. */
#define REF_FOR_D2       45u
#define REF_OF_D1_FOR_D0 102u

/* --- For requests: what the line of the case gets -------------------------------------------- */

/* "ok" or the error's name. */
void said(int rc);
/* The same, and how many were done before. */
void said_done(int rc, uint32_t done);
void said_status(int rc);
void said_number(uint64_t nr);
void said_text(const char *text);

/* --- For cases ------------------------------------------------------------------------------- */

/* Made anew for each case: an L1 in an L2 in an L3, which slot 8 of the root leads to; slot 0 of
 * the L1 maps a page. */
extern uint64_t l1, l2, l3, page;
#define WINDOW UINT64_C(0x40000000000)

#define PAGE  UINT64_C(0x67)
#define TABLE UINT64_C(0x67)
#define RO    UINT64_C(0x65)

uint64_t at(uint64_t frame, unsigned int slot);
int mmu(uint64_t ptr, uint64_t val);
int mmu_of(uint64_t ptr, uint64_t val, uint32_t foreigndom);
/* Owner of tables, in the high half of foreigndom. */
#define TABLES_OF(d) (((d) + 1u) << 16 | SELF)
int ext(uint32_t cmd, uint64_t arg, uint64_t second);
int ext_of(uint32_t cmd, uint64_t arg, uint64_t second, uint32_t domain);

enum {
    PIN_L1,
    PIN_L2,
    PIN_L3,
    PIN_L4,
    UNPIN,
    NEW_BASE,
    TLB_LOCAL,
    INVLPG_LOCAL,
    TLB_MULTI,
    INVLPG_MULTI,
    TLB_ALL,
    INVLPG_ALL,
    CACHE_LOCAL,
    SET_LDT,
    NEW_USER_BASE = 15,
    CLEAR_PAGE,
    COPY_PAGE,
    CACHE_GLOBAL,
    MARK_SUPER,
    UNMARK_SUPER,
};

#endif
