/*
 * left_out.h - what the enumeration varies, and which combinations it leaves out.
 */
#ifndef XENPT_TESTS_LEFT_OUT_H
#define XENPT_TESTS_LEFT_OUT_H

#include "oracle/oracle_ia.h"

/* One setting of all that varies. */
struct setting {
    enum oracle_mode mode;
    /* Which of two passes: bits that grant or withhold, or bits that can only be reserved. */
    bool for_rights;
    bool wp, nxe, smep, smap, cet;
    unsigned int pke, pks; /* 0: off; 1 to 4: on, with keys[]. */
    bool pse, pse36, gb_pages, amd;
    unsigned int width;
    struct xenpt_access access;
};

/* A combination that cannot occur, or says nothing that another does not. */
struct left_out {
    const char *because;
    bool (*rule)(const struct setting *);
    bool of_access; /* Looks at the access as well. */
};

#define NR_LEFT_OUT 11

extern const struct left_out left_out[NR_LEFT_OUT];

#endif
