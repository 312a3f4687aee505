/* xen_model.h - what the files of xen_model have in common: the machine, and who asks. */
#ifndef XENPT_TEST_XEN_MODEL_H
#define XENPT_TEST_XEN_MODEL_H

#include "cases.h"
#include "xen/internal.h"
#include "xenpt/model.h"
#include "xenpt/pv.h"

extern struct xenpt_machine *machine;
extern struct xenpt_pv_rules in_force_now;
extern unsigned int caller_domain;
extern char refused_by[512];         /* Names of rules, since the last line. */
extern bool built_with[NR_FEATURES]; /* What --with names, and what every Xen has. */
extern bool crashed;                 /* By the last iret. */

/* What the library cannot do ends the program. */
_Noreturn void failed(const struct xenpt_error *err);

struct xenpt_pv_caller caller(void);
const struct domain *domain(unsigned int d);
/* What every request does with what came of it: 0 or an error's number, negative. */
int came(enum xenpt_code code, const struct xenpt_pv_result *r, const struct xenpt_error *err);

#endif
