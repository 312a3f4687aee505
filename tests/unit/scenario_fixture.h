/* scenario_fixture.h - scenarios on a small machine, a line of text each. */
#ifndef TEST_SCENARIO_FIXTURE_H
#define TEST_SCENARIO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/scenario.h"

int scenario_setup(void **state);
int scenario_teardown(void **state);

/* The text behind a small machine: d0 and d1 are pv64, d2 pvh, d3 pv32; d1 has XPTI. */
struct xenpt_run *scenario_run(const char *text, const struct xenpt_run_options *opt);

/* Short, for tables of rows. */
#define HELD   XENPT_RUN_HELD
#define FAILED XENPT_RUN_FAILED
#define ERROR  XENPT_RUN_ERROR

#define CHECK(fn, rows)                                                                            \
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)                                    \
    fn(&rows[i])

struct expect_row {
    const char *expectation;
    enum xenpt_run_verdict verdict;
    const char *found; /* Part of what is found, or of the mistake; NULL: whatever it is. */
};

/* What comes of an expectation before any step; of steps, of the last thing that was done. */
void expected_is(const struct expect_row *row);
void steps_are(const struct expect_row *row);

/* Domains and the rest of a file behind the beginning of a model. */
struct whole_row {
    const char *domains, *rest;
    enum xenpt_run_verdict verdict;
    const char
        *found; /* Part of what was last found, or of the only mistake, or of the machine's. */
    unsigned int line; /* Of that mistake; 0: there is none. */
};

void whole_is(const char *head, const struct whole_row *row);

#endif
