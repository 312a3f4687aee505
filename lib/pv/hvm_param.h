/* hvm_param.h - what parameters of HVM and PVH domains say. */
#ifndef XENPT_PV_HVM_PARAM_H
#define XENPT_PV_HVM_PARAM_H

#include "xen/internal.h"

/* public/hvm/params.h. */
#define PARAM_PAGING_RING_PFN  27u
#define PARAM_SHARING_RING_PFN 29u

/* As it is kept; 0: nobody has set it. */
uint64_t hvm_param_value(const struct domain *d, uint32_t nr);

#endif
