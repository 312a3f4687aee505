/*
 * enclave.c - enclaves: whose pages of the EPC are, and what becomes of an access to them.
 */
#include "xenpt/enclave.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "xen/enclave.h"
#include "xen/guest.h"
#include "xen/p2m.h"

/* clang-format off */
static const struct xenpt_word types[XENPT_NR_EPC_TYPES] = {
    [XENPT_EPC_REG] = { "reg", "code or data (PT_REG)" },
    [XENPT_EPC_TCS] = { "tcs", "how a thread enters (PT_TCS): no instruction reads it" },
};

static const struct xenpt_word verdicts[XENPT_NR_ENCLAVE_VERDICTS] = {
    [XENPT_ENCLAVE_PLAIN] = { "plain", "it is no matter of enclaves" },
    [XENPT_ENCLAVE_OWN] = { "own", "the enclave's own page, at its address" },
    [XENPT_ENCLAVE_ABORT] = { "abort", "abort page: all ones, and writes are dropped" },
    [XENPT_ENCLAVE_NOT_EPC] = { "not-epc", "an address of the enclave's leads to no EPC" },
    [XENPT_ENCLAVE_OTHER] = { "other", "the page is no page of this enclave" },
    [XENPT_ENCLAVE_ELSEWHERE] = { "elsewhere", "the enclave has the page at another address" },
    [XENPT_ENCLAVE_TYPE] = { "type", "no instruction reads a page of that type" },
    [XENPT_ENCLAVE_RIGHTS] = { "rights", "the enclave may not access the page so" },
    [XENPT_ENCLAVE_FETCH] = { "fetch", "code inside is to be executed outside" },
};
/* clang-format on */

const struct xenpt_word *xenpt_epc_type_word(enum xenpt_epc_type type)
{
    return &types[type];
}

const struct xenpt_word *xenpt_enclave_verdict_word(enum xenpt_enclave_verdict verdict)
{
    return &verdicts[verdict];
}

/* --- An access ----------------------------------------------------------------------------- */

static bool is_within(const struct xenpt_enclave *e, uint64_t at)
{
    return at >= e->base && at - e->base < e->size;
}

static enum xenpt_enclave_verdict own(const struct xenpt_epcm_entry *entry,
                                      const struct xenpt_enclave_access *a)
{
    static const unsigned int needs[] = {
        [XENPT_READ] = XENPT_EPC_R, [XENPT_WRITE] = XENPT_EPC_W, [XENPT_FETCH] = XENPT_EPC_X
    };

    if (!a->epc)
        return XENPT_ENCLAVE_NOT_EPC;
    if (!entry->valid || entry->enclave != a->inside)
        return XENPT_ENCLAVE_OTHER;
    if (entry->at != (a->at & ~(XENPT_PAGE_SIZE - 1)))
        return XENPT_ENCLAVE_ELSEWHERE;
    if (entry->type != XENPT_EPC_REG)
        return XENPT_ENCLAVE_TYPE;
    return entry->rights & needs[a->kind] ? XENPT_ENCLAVE_OWN : XENPT_ENCLAVE_RIGHTS;
}

enum xenpt_enclave_verdict xenpt_enclave_check(const struct xenpt_epcm_entry *entry,
                                               const struct xenpt_enclave_access *access,
                                               struct xenpt_fault *fault)
{
    enum xenpt_enclave_verdict ret;

    *fault = (struct xenpt_fault){ .kind = XENPT_FAULT_NONE };
    if (access->inside && is_within(access->inside, access->at)) {
        ret = own(entry, access);
        /* Code inside is at CPL 3, and there is a translation. */
        if (ret != XENPT_ENCLAVE_OWN)
            *fault = (struct xenpt_fault){
                .kind = XENPT_FAULT_PF,
                .vector = 14,
                .code = XENPT_PF_SGX | XENPT_PF_P | XENPT_PF_U |
                        (access->kind == XENPT_WRITE   ? XENPT_PF_W
                         : access->kind == XENPT_FETCH ? XENPT_PF_I
                                                       : 0),
                .address = access->at,
            };
        return ret;
    }
    if (access->inside && access->kind == XENPT_FETCH) {
        *fault = (struct xenpt_fault){ .kind = XENPT_FAULT_GP, .vector = 13 };
        return XENPT_ENCLAVE_FETCH;
    }
    return access->epc ? XENPT_ENCLAVE_ABORT : XENPT_ENCLAVE_PLAIN;
}

/* --- Of a machine -------------------------------------------------------------------------- */

static bool is_there(const struct xenpt_machine *m, size_t i)
{
    return domain_there(m, (uint32_t)i) && m->domains[i].desc;
}

const struct xenpt_enclave *xenpt_machine_enclave(const struct xenpt_machine *machine,
                                                  uint32_t domain, const char *name)
{
    const struct xenpt_domain_desc *d;

    if (domain >= machine->nr_domains || !is_there(machine, domain))
        return NULL;
    d = machine->domains[domain].desc;
    for (size_t i = 0; i < d->nr_enclaves; i++)
        if (!strcmp(d->enclaves[i].name, name))
            return &d->enclaves[i];
    return NULL;
}

static uint64_t first_of(const struct xenpt_machine *m)
{
    return m->host.epc_base >> XENPT_PAGE_SHIFT;
}

bool xenpt_machine_is_epc(const struct xenpt_machine *machine, xenpt_mfn_t frame)
{
    return frame.v >= first_of(machine) &&
           frame.v - first_of(machine) < machine->host.epc_size >> XENPT_PAGE_SHIFT;
}

static const struct xenpt_enclave_page *page_of(const struct xenpt_enclave *e, uint64_t epc)
{
    for (size_t i = 0; i < e->nr_pages; i++)
        if (e->pages[i].epc == epc)
            return &e->pages[i];
    return NULL;
}

struct xenpt_epcm_entry xenpt_machine_epcm(const struct xenpt_machine *machine, xenpt_mfn_t frame)
{
    uint64_t epc = frame.v - first_of(machine);

    for (size_t i = 0; xenpt_machine_is_epc(machine, frame) && i < machine->nr_domains; i++) {
        const struct xenpt_domain_desc *d = machine->domains[i].desc;

        for (size_t n = 0; is_there(machine, i) && n < d->nr_enclaves; n++) {
            const struct xenpt_enclave_page *p = page_of(&d->enclaves[n], epc);

            if (p)
                return (struct xenpt_epcm_entry){ true,  (uint32_t)i, &d->enclaves[n],
                                                  p->at, p->type,     p->rights };
        }
    }
    return (struct xenpt_epcm_entry){ .valid = false };
}

bool epc_explain(const struct xenpt_machine *m, uint64_t maddr,
                 struct xenpt_memory_explanation *ret)
{
    xenpt_mfn_t frame = xenpt_maddr_to_mfn(maddr);
    struct xenpt_epcm_entry e = xenpt_machine_epcm(m, frame);

    if (!xenpt_machine_is_epc(m, frame))
        return false;
    ret->use = e.valid ? "enclave" : "epc";
    ret->into = maddr % XENPT_PAGE_SIZE;
    ret->outside = "outside of it all ones are read";
    snprintf(ret->what, sizeof(ret->what), "a page that is nobody's");
    if (e.valid) {
        ret->owner = m->domains[e.domain].name;
        snprintf(ret->what, sizeof(ret->what), "%.24s, 0x%" PRIx64, e.enclave->name, e.at);
    }
    return true;
}

/* --- Whether it can be --------------------------------------------------------------------- */

enum xenpt_code epc_take(const struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_host_desc *h = &m->host;
    uint64_t last = h->epc_base + h->epc_size - 1;

    if (!h->epc_size)
        return XENPT_OK;
    if (!(m->processor->encrypts >> XENPT_ENCRYPT_SGX & 1))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "the host has epc, and %s has no SGX",
                          m->processor->name);
    if (h->epc_base % XENPT_PAGE_SIZE || h->epc_size % XENPT_PAGE_SIZE || last < h->epc_base ||
        last >> m->processor->cpu.maxphyaddr)
        return xenpt_fail(err, XENPT_ERANGE,
                          "epc: 0x%" PRIx64 " bytes at 0x%" PRIx64
                          " are no whole pages that the processor has addresses of",
                          h->epc_size, h->epc_base);
    for (size_t i = 0; i < m->nr_ram; i++)
        if (m->ram[i].first <= last && m->ram[i].last >= h->epc_base)
            return xenpt_fail(err, XENPT_ERANGE,
                              "epc: 0x%" PRIx64 "..0x%" PRIx64 " is RAM as well, in 0x%" PRIx64
                              "..0x%" PRIx64,
                              h->epc_base, last, m->ram[i].first, m->ram[i].last);
    if (h->mmcfg && h->mmcfg_base <= last &&
        h->mmcfg_base + ((uint64_t)h->mmcfg_buses << 20) > h->epc_base)
        return xenpt_fail(err, XENPT_ERANGE,
                          "epc: 0x%" PRIx64 "..0x%" PRIx64 " is PCI configuration space as well",
                          h->epc_base, last);
    /* It holds something, which is no RAM of Xen's. */
    return xenpt_store_add_ram(m->store, h->epc_base, last, err);
}

/* Whether another page of the enclaves up to this one has the same. */
static enum xenpt_code check_twice(const struct xenpt_domain_desc *d, size_t nr, size_t page,
                                   struct xenpt_error *err)
{
    const struct xenpt_enclave_page *p = &d->enclaves[nr].pages[page];

    for (size_t i = 0; i <= nr; i++)
        for (size_t n = 0; n < (i == nr ? page : d->enclaves[i].nr_pages); n++) {
            const struct xenpt_enclave_page *o = &d->enclaves[i].pages[n];

            if (o->gfn == p->gfn)
                return xenpt_fail(err, XENPT_ERANGE,
                                  "gfn 0x%" PRIx64 " is the page at 0x%" PRIx64 " of %s already",
                                  p->gfn, o->at, d->enclaves[i].name);
            if (i == nr && o->at == p->at)
                return xenpt_fail(err, XENPT_ERANGE, "there are two pages at 0x%" PRIx64, p->at);
        }
    return XENPT_OK;
}

static enum xenpt_code check_page(const struct xenpt_machine *m, const struct domain *d, size_t nr,
                                  size_t page, struct xenpt_error *err)
{
    const struct xenpt_enclave *e = &d->desc->enclaves[nr];
    const struct xenpt_enclave_page *p = &e->pages[page];
    uint64_t pages = m->host.epc_size >> XENPT_PAGE_SHIFT;

    if (p->at % XENPT_PAGE_SIZE || !is_within(e, p->at))
        return xenpt_fail(err, XENPT_ERANGE,
                          "0x%" PRIx64 " is no address of a page in 0x%" PRIx64 "..0x%" PRIx64,
                          p->at, e->base, e->base + e->size - 1);
    /* A p2m of four levels. */
    if (p->gfn >> (48 - XENPT_PAGE_SHIFT))
        return xenpt_fail(err, XENPT_ERANGE,
                          "gfn 0x%" PRIx64 ", and a domain's physical memory has 48 bits", p->gfn);
    if (p->epc >= pages)
        return xenpt_fail(err, XENPT_ERANGE, "page 0x%" PRIx64 " of the EPC, which has 0x%" PRIx64,
                          p->epc, pages);
    /* EADD: #GP(0). */
    if ((p->rights & XENPT_EPC_W && !(p->rights & XENPT_EPC_R)) ||
        (p->type != XENPT_EPC_REG && p->rights))
        return xenpt_fail(err, XENPT_ERANGE, "the page at 0x%" PRIx64 ": EADD refuses %s", p->at,
                          p->type == XENPT_EPC_REG ? "W without R" : "rights to a TCS");
    if (page_of(e, p->epc) != p)
        return xenpt_fail(err, XENPT_ERANGE,
                          "page 0x%" PRIx64 " of the EPC is at 0x%" PRIx64 " already", p->epc,
                          page_of(e, p->epc)->at);
    return check_twice(d->desc, nr, page, err);
}

/* Nobody else's, of this domain or one before it. */
static enum xenpt_code check_others(const struct xenpt_machine *m, const struct domain *d,
                                    size_t nr, struct xenpt_error *err)
{
    const struct xenpt_enclave *e = &d->desc->enclaves[nr];

    for (size_t i = 0; i <= d->id; i++)
        for (size_t n = 0; is_there(m, i) && n < m->domains[i].desc->nr_enclaves; n++) {
            const struct xenpt_enclave *o = &m->domains[i].desc->enclaves[n];

            for (size_t k = 0; o != e && (i < d->id || n < nr) && k < e->nr_pages; k++)
                if (page_of(o, e->pages[k].epc))
                    return xenpt_fail(err, XENPT_ERANGE,
                                      "page 0x%" PRIx64 " of the EPC is %s's, of %s, already",
                                      e->pages[k].epc, o->name, m->domains[i].name);
        }
    return XENPT_OK;
}

static enum xenpt_code check_one(const struct xenpt_machine *m, const struct domain *d, size_t nr,
                                 struct xenpt_error *err)
{
    const struct xenpt_enclave *e = &d->desc->enclaves[nr];
    enum xenpt_code code = XENPT_OK;

    /* ECREATE: #GP(0). */
    if (e->size < 2 * XENPT_PAGE_SIZE || e->size & (e->size - 1) || e->base % e->size)
        return xenpt_fail(err, XENPT_ERANGE,
                          "0x%" PRIx64 " bytes at 0x%" PRIx64 ": ECREATE takes a power of 2, of 8 "
                          "KiB at least, at a multiple of itself",
                          e->size, e->base);
    for (size_t i = 0; !code && i < e->nr_pages; i++)
        code = check_page(m, d, nr, i, err);
    return code ? code : check_others(m, d, nr, err);
}

enum xenpt_code enclaves_check(const struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err)
{
    const struct xenpt_domain_desc *desc = d->desc;
    enum xenpt_code code = XENPT_OK;

    if (!desc->nr_enclaves)
        return XENPT_OK;
    if (is_pv(d))
        return xenpt_fail(
            err, XENPT_EUNSUPPORTED,
            "enclaves are of HVM and PVH domains: ENCLS is for CPL 0, where no kernel "
            "of a PV domain is");
    if (desc->paging == XENPT_GUEST_SHADOW || desc->built_by_xen)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "enclaves are of domains under HAP that Xen has not built");
    if (!m->host.epc_size)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "it has enclaves, and the host has no epc");
    for (size_t i = 0; !code && i < desc->nr_enclaves; i++) {
        code = check_one(m, d, i, err);
        code = xenpt_prefix(err, code, "enclave %s", desc->enclaves[i].name);
    }
    return code;
}

/* --- The guest's memory -------------------------------------------------------------------- */

/* As the toolstack passes memory of a device through: domctl.c, XEN_DOMCTL_memory_mapping. */
enum xenpt_code enclaves_map(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    for (size_t i = 0; i < d->desc->nr_enclaves; i++)
        for (size_t n = 0; n < d->desc->enclaves[i].nr_pages; n++) {
            const struct xenpt_enclave_page *p = &d->desc->enclaves[i].pages[n];
            enum xenpt_code code;

            if (guest_maddr(m, d, p->gfn) != NO_TABLE)
                return xenpt_fail(err, XENPT_ERANGE,
                                  "enclave %s: gfn 0x%" PRIx64 " is memory of its domain's",
                                  d->desc->enclaves[i].name, p->gfn);
            code = p2m_map(m, d, P2M_MMIO_DIRECT, p->gfn, first_of(m) + p->epc, 1, 1, err);
            if (code)
                return xenpt_prefix(err, code, "enclave %s", d->desc->enclaves[i].name);
        }
    return XENPT_OK;
}
