/*
 * argument.h - what a hypercall is given in its guest's memory, an array as a rule, and what it
 * returns there: public/xen.h, memory.h, grant_table.h.
 */
#ifndef XENPT_PV_ARGUMENT_H
#define XENPT_PV_ARGUMENT_H

#include "pv/grant.h"

/* Structures that hypercalls read; argument.c has their sizes. */
enum argument {
    ARGUMENT_MMU_UPDATE,
    ARGUMENT_MMUEXT,
    ARGUMENT_VCPUS,
    ARGUMENT_GDT_FRAMES,
    ARGUMENT_MULTICALL,
    ARGUMENT_RESERVATION,
    ARGUMENT_EXTENT,
    ARGUMENT_EXCHANGE,
    ARGUMENT_GRANT_MAP,
    ARGUMENT_GRANT_UNMAP,
    ARGUMENT_GRANT_COPY,
    ARGUMENT_GRANT_SET_VERSION,
    ARGUMENT_GRANT_SETUP_TABLE,
    ARGUMENT_AREA,
    ARGUMENT_RUNSTATE,
    ARGUMENT_TIME,
    ARGUMENT_GRANT_TRANSFER,
    ARGUMENT_GRANT_GET_VERSION,
    ARGUMENT_GRANT_SWAP,
    ARGUMENT_GRANT_CACHE_FLUSH,
    ARGUMENT_HVM_PARAM,
    ARGUMENT_PAGING,
    ARGUMENT_SHARING,
    ARGUMENT_DOMCTL,
    ARGUMENT_PORT_ALLOC,
    ARGUMENT_PORT_INTERDOMAIN,
    ARGUMENT_PORT_VIRQ,
    ARGUMENT_PORT_IPI,
    ARGUMENT_PORT, /* close, send, unmask */
    ARGUMENT_PORT_CONTROL,
    ARGUMENT_PORT_ARRAY,
    ARGUMENT_PORT_PRIORITY,
    ARGUMENT_PORT_STATUS,
    ARGUMENT_PHYSMAP_ADD,
    ARGUMENT_PHYSMAP_BATCH,
    ARGUMENT_PHYSMAP_REMOVE,
    ARGUMENT_RESOURCE,
    ARGUMENT_VCPU_INFO,
    ARGUMENT_PORT_PIRQ,
    ARGUMENT_MAP_PIRQ,
    ARGUMENT_DM_BUFFERS,
    ARGUMENT_NR,
};

/* Whether all of an array is at addresses that the guest may pass: 0, or an error. */
int argument_range(struct op *op, enum argument which, uint64_t nr);
/* Element i is read, and where it is, translated: 0, or an error. */
int argument_read(struct op *op, enum argument which, uint64_t i);
/* All of it: both. */
int argument_whole(struct op *op, enum argument which, uint64_t nr);
/* Part of element i is written: its status, what came of an entry.  Both: bytes. */
int argument_return(struct op *op, enum argument which, uint64_t i, unsigned int offset,
                    unsigned int length);
/* A request of grant_table_op is told its status, whatever that is; rc: of the request.  What
 * cannot be written to is EFAULT, and stays done. */
int grant_return(struct op *op, int rc, enum argument which, unsigned int offset,
                 unsigned int length);
/* All of the structure is returned. */
int argument_back(struct op *op, enum argument which);
/* What a handle in the structure leads to, which nobody has said the place of. */
void argument_elsewhere(struct op *op, uint64_t length, bool write);
/* The structure of memory_op by which memory comes or goes. */
int reservation_read(struct op *op);
/* Of a list that it names: caller->extents.  All of it is at addresses that the guest may pass. */
int extents_range(struct op *op, uint64_t nr);
int extents_read(struct op *op, uint64_t i);
int extents_return(struct op *op, uint64_t i);

#endif
