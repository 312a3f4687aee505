/* console.h - the ring of a domain's console, as the domain and xenconsoled use it. */
#ifndef XENPT_XEN_CONSOLE_H
#define XENPT_XEN_CONSOLE_H

#include "xen/internal.h"

/*
 * Bytes go by the ring of a domain: what it prints, or what is typed.  xenconsoled, in the first
 * privileged domain, has the page by grant 0, and its port is connected.
 */
enum xenpt_code console_pass(struct xenpt_machine *m, struct domain *d, bool typed,
                             const char *text, struct xenpt_error *err);

#endif
