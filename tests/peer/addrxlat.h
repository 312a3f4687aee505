/* addrxlat.h - asking libaddrxlat, libkdumpfile's translator, for what xenpt walks. */
#ifndef XENPT_PEER_ADDRXLAT_H
#define XENPT_PEER_ADDRXLAT_H

#include <libkdumpfile/addrxlat.h>

#include "xenpt/paging.h"

/* The translation method that a first-stage paging is to libaddrxlat. */
addrxlat_meth_t addrxlat_meth_of(const struct xenpt_paging *pg);

/* Where it says that an address leads.  The error text of a failure is dropped. */
addrxlat_status addrxlat_ask(addrxlat_ctx_t *ctx, const addrxlat_meth_t *meth, uint64_t in,
                             uint64_t *out);

/* What it has to answer where xenpt's walk ends like this; RESERVED is not asked about. */
addrxlat_status addrxlat_answer_to(enum xenpt_outcome outcome);

#endif
