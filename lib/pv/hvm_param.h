/* hvm_param.h - what parameters of HVM and PVH domains say. */
#ifndef XENPT_PV_HVM_PARAM_H
#define XENPT_PV_HVM_PARAM_H

#include "xen/internal.h"

/* public/hvm/params.h. */
#define PARAM_IOREQ_PFN        5u
#define PARAM_BUFIOREQ_PFN     6u
#define PARAM_PAGING_RING_PFN  27u
#define PARAM_SHARING_RING_PFN 29u
#define PARAM_ALTP2M           35u

/* As it is kept; 0: nobody has set it. */
uint64_t hvm_param_value(const struct domain *d, uint32_t nr);

#endif
