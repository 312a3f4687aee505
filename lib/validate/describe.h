/* describe.h - a case in words: what was asked, and what came of it. */
#ifndef XENPT_VALIDATE_DESCRIBE_H
#define XENPT_VALIDATE_DESCRIBE_H

#include "validate/blob_build.h"
#include "xenpt/cpu.h"

#define DESCRIBE_TEXT 8192

/* The state, the entries on the way as the model walks it, the access.  @return @buf. */
const char *describe(const struct xenpt_cpu *cpu, const struct case_view *c, unsigned int access,
                     char buf[DESCRIBE_TEXT]);

/* One line: "fault #PF, code 0x9, CR2 0x1000; word 3 is 0x67".  @return @buf. */
const char *describe_result(const struct result *r, const struct result_changed *changed,
                            char buf[DESCRIBE_TEXT]);

#endif
