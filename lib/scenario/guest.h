/* guest.h - what came of something that an HVM or PVH guest did. */
#ifndef XENPT_SCENARIO_GUEST_H
#define XENPT_SCENARIO_GUEST_H

#include "scenario/world.h"
#include "xenpt/hvm.h"

/* It is the access that expectations are about. */
void guest_did(struct world *w, const struct value *v, uint64_t in,
               const struct xenpt_access *access, const struct xenpt_guest_done *done);
/* In words; NULL where nothing is told. */
const char *guest_said(struct world *w, const struct xenpt_guest_done *done);

#endif
