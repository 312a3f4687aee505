/* peers.c - see peers.h. */
#include "peers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libkdumpfile/addrxlat.h>
#include <libkdumpfile/kdumpfile.h>

struct peer {
    const struct segment *segment;
    addrxlat_ctx_t *ctx;
    addrxlat_sys_t *sys;
    addrxlat_meth_t meth;
};

static void put_page(const addrxlat_buffer_t *buffer)
{
    (void)buffer;
}

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buffer)
{
    const struct peer *peer = cb->priv;
    uint64_t at = buffer->addr.addr & ~UINT64_C(4095);

    if (at >= peer->segment->size)
        return ADDRXLAT_ERR_NODATA;
    buffer->addr.addr = at;
    buffer->ptr = peer->segment->bytes + at;
    buffer->size = 4096;
    buffer->byte_order = ADDRXLAT_LITTLE_ENDIAN;
    buffer->put_page = put_page;
    return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
    (void)cb;
    return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

/* Its largest cache that helps: every table of the tree fits. */
static void open_file(struct peer *peer, const char *path)
{
    kdump_attr_t bits = { .type = KDUMP_NUMBER, .val.number = 48 };
    kdump_attr_t cache = { .type = KDUMP_NUMBER, .val.number = 16384 };
    kdump_ctx_t *kdump = kdump_new();
    int fd = open(path, O_RDONLY);

    if (!kdump || fd < 0 || kdump_open_fd(kdump, fd) != KDUMP_OK ||
        kdump_set_attr(kdump, "addrxlat.force.virt_bits", &bits) != KDUMP_OK ||
        kdump_set_attr(kdump, "cache.size", &cache) != KDUMP_OK ||
        kdump_get_addrxlat(kdump, &peer->ctx, &peer->sys) != KDUMP_OK) {
        fprintf(stderr, "libkdumpfile cannot open %s\n", path);
        exit(2);
    }
}

struct peer *peer_open(const char *path, const struct segment *segment, uint64_t cr3)
{
    struct peer *peer = calloc(1, sizeof(*peer));

    if (!peer)
        exit(2);
    peer->segment = segment;
    peer->meth.kind = ADDRXLAT_PGT;
    peer->meth.target_as = ADDRXLAT_MACHPHYSADDR;
    peer->meth.param.pgt.root.as = ADDRXLAT_MACHPHYSADDR;
    peer->meth.param.pgt.root.addr = cr3;
    peer->meth.param.pgt.pf = (addrxlat_paging_form_t){ .pte_format = ADDRXLAT_PTE_X86_64,
                                                        .nfields = 5,
                                                        .fieldsz = { 12, 9, 9, 9, 9 } };
    if (path) {
        open_file(peer, path);
    } else {
        addrxlat_cb_t *cb;

        peer->ctx = addrxlat_ctx_new();
        cb = addrxlat_ctx_add_cb(peer->ctx);
        cb->priv = peer;
        cb->get_page = get_page;
        cb->read_caps = read_caps;
    }
    return peer;
}

uint64_t peer_translate(struct peer *peer, const uint64_t *va, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        addrxlat_step_t step = { .ctx = peer->ctx,
                                 .sys = peer->sys,
                                 .meth = &peer->meth,
                                 .base = { .as = ADDRXLAT_KVADDR, .addr = va[i] } };

        if (addrxlat_walk(&step) == ADDRXLAT_OK)
            sum += step.base.addr;
    }
    return sum;
}
