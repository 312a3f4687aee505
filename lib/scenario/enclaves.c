/* enclaves.c - a domain's enclaves: the key `enclaves`, and accesses of code inside. */
#include "scenario/enclaves.h"

#include <inttypes.h>
#include <string.h>

#include "scenario/keys.h"
#include "scenario/world.h"
#include "xen/internal.h"
#include "xenpt/suggest.h"

/* --- The key ------------------------------------------------------------------------------- */

struct raw_page {
    struct xenpt_enclave_page page;
    const char *access;
    uint32_t type;
};

static const struct xenpt_word types[] = {
    [XENPT_EPC_REG] = { "reg", "code or data" },
    [XENPT_EPC_TCS] = { "tcs", "how a thread enters: no instruction reads it" },
};
static const struct words type_words = { .rows = types, .nr = XENPT_NR_EPC_TYPES };

/* clang-format off */
#define FIELD(s, member) .offset = offsetof(struct s, member)
static const struct row page_rows[] = {
    { .key = "at", .type = ROW_NUMBER, FIELD(raw_page, page.at), .required = true,
      .text = "Its linear address, which the EPCM has: nowhere else is it the enclave's." },
    { .key = "gfn", .type = ROW_NUMBER, FIELD(raw_page, page.gfn), .required = true,
      .text = "Where the domain's physical memory has it. Which address the guest's own tables have it at is theirs: see tables, or a step." },
    { .key = "epc", .type = ROW_NUMBER, FIELD(raw_page, page.epc),
      .text = "Which page of the host's EPC it is, from 0; without it, the one behind that of the page before." },
    { .key = "access", .type = ROW_TEXT, FIELD(raw_page, access),
      .text = "What code inside may do with it: rwx, with - in place of what it may not; rw- without it, and of a tcs ---." },
    { .key = "type", .type = ROW_ONE, FIELD(raw_page, type), .words = &type_words, .text = "What it is." },
};
static const struct row enclave_rows[] = {
    { .key = "base", .type = ROW_NUMBER, FIELD(xenpt_enclave, base), .required = true,
      .text = "The first of its linear addresses (ELRANGE), a multiple of its size." },
    { .key = "size", .type = ROW_NUMBER, FIELD(xenpt_enclave, size), .required = true,
      .text = "How many there are: a power of 2, 8K at least." },
    { .key = "pages", .type = ROW_TREE, .text = "Its pages: a list, see enclave-page." },
};
const struct record enclave_record = { .name = "enclave", .rows = enclave_rows, .nr = ARRAY_SIZE(enclave_rows),
    .text = "An enclave (Intel SGX) of a program's, by its name. No release of Xen has "
    "support for it: this is what processors do." };
const struct record enclave_page_record = { .name = "enclave-page", .rows = page_rows, .nr = ARRAY_SIZE(page_rows),
    .text = "A page of an enclave." };

static const struct row epc_rows[] = {
    { .key = "base", .type = ROW_NUMBER, FIELD(raw_model, host.epc_base), .required = true, .text = "Its machine address." },
    { .key = "size", .type = ROW_NUMBER, FIELD(raw_model, host.epc_size), .required = true, .text = "How many bytes it has." },
};
const struct record epc_record = { .name = "epc", .rows = epc_rows, .nr = ARRAY_SIZE(epc_rows),
    .text = "The enclave page cache (Intel SGX), as CPUID leaf 12H tells it: memory that the processor keeps for enclaves, "
    "and that is no RAM to Xen." };
/* clang-format on */

/* "rwx", "r--". */
static bool rights_of(const char *text, unsigned int *ret)
{
    static const char letters[] = "rwx";

    *ret = 0;
    for (size_t i = 0; i < 3; i++) {
        if (text[i] == letters[i])
            *ret |= 1u << i;
        else if (text[i] != '-')
            return false;
    }
    return !text[3];
}

static bool read_page(struct doc *doc, const struct node *node, uint64_t epc,
                      struct xenpt_enclave_page *ret, struct mistakes *m)
{
    struct raw_page raw = { .access = NULL };

    if (!read_record(doc, &enclave_page_record, node, &raw, m))
        return false;
    if (node->kind != NODE_MAP)
        return true;
    *ret = raw.page;
    ret->type = (enum xenpt_epc_type)raw.type;
    if (!node_get(node, "epc"))
        ret->epc = epc;
    if (ret->type == XENPT_EPC_REG)
        ret->rights = XENPT_EPC_R | XENPT_EPC_W;
    if (raw.access && !rights_of(raw.access, &ret->rights))
        mistake(m, &node_get(node, "access")->at, XENPT_EPARSE,
                "access: '%.*s', and rwx was expected, with - in place of what may not be",
                QUOTE_MAX, raw.access);
    return true;
}

static bool read_enclave(struct doc *doc, const struct node *node, uint64_t *epc,
                         struct xenpt_enclave *ret, struct mistakes *m)
{
    const struct node *list = node->kind == NODE_MAP ? node_get(node, "pages") : NULL;
    struct xenpt_enclave_page *pages;
    char words[NODE_WORDS_MAX];

    if (!read_record(doc, &enclave_record, node, ret, m))
        return false;
    if (!list || list->kind == NODE_NULL)
        return true;
    if (list->kind != NODE_LIST) {
        mistake(m, &list->at, XENPT_EPARSE,
                "pages: %s, and a list was expected, such as [ { at: "
                "0x20000, gfn: 0x80000 } ]",
                node_words(list, words));
        return true;
    }
    pages = doc_alloc(doc, (list->nr + 1) * sizeof(*pages));
    if (!pages)
        return false;
    for (size_t i = 0; i < list->nr; i++) {
        if (!read_page(doc, list->items[i], *epc, &pages[i], m))
            return false;
        *epc = pages[i].epc + 1;
    }
    ret->pages = pages;
    ret->nr_pages = list->nr;
    return true;
}

static bool read_enclaves(struct doc *doc, const struct row *row, const struct node *node, void *at,
                          struct mistakes *m)
{
    struct xenpt_domain_desc *desc = &((struct raw_domain *)at)->desc;
    struct xenpt_enclave *list;
    char words[NODE_WORDS_MAX];
    uint64_t epc = 0;

    if (node->kind != NODE_MAP) {
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and a map of names to enclaves was expected",
                row->key, node_words(node, words));
        return true;
    }
    list = doc_alloc(doc, (node->nr + 1) * sizeof(*list));
    if (!list)
        return false;
    for (size_t i = 0; i < node->nr; i++) {
        list[i].name = node->keys[i]->text;
        if (!read_enclave(doc, node->items[i], &epc, &list[i], m))
            return false;
    }
    desc->enclaves = list;
    desc->nr_enclaves = node->nr;
    return true;
}

const struct row_kind kind_enclaves = {
    .words = "a map of names to enclaves, see enclave",
    .schema = "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/enclave\"}}",
    .read = read_enclaves,
};

/* --- Accesses ------------------------------------------------------------------------------ */

bool enclave_enter(struct world *w, const struct value *context, const char *name,
                   struct accessing *x, bool has_cpl)
{
    const struct who *who = &context->who;
    const struct xenpt_domain_desc *d;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion near;

    if (!name)
        return true;
    if (context->type != VALUE_CONTEXT || !is_guest(w, context))
        return world_cannot(w, "code of enclave %s executes in a guest's context alone", name);
    x->inside = xenpt_machine_enclave(w->machine, who->domain, name);
    d = w->machine->domains[who->domain].desc;
    xenpt_suggest_begin(&near, name);
    for (size_t i = 0; d && i < d->nr_enclaves; i++)
        xenpt_suggest_try(&near, d->enclaves[i].name, strlen(d->enclaves[i].name));
    if (!x->inside)
        return world_cannot(w, "%s has no enclave '%s'%s", w->machine->domains[who->domain].name,
                            name, xenpt_suggest_words(&near, hint));
    /* EENTER: #GP(0) if CPL is not 3. */
    if (has_cpl && x->access.cpl != 3)
        return world_cannot(w, "code of an enclave executes at CPL 3, and not %u",
                            (unsigned int)x->access.cpl);
    x->access.cpl = 3;
    return true;
}

bool enclave_decides(struct world *w, uint64_t bytes, bool *done)
{
    struct accessed *a = &w->last;
    xenpt_mfn_t frame = xenpt_maddr_to_mfn(a->walk.out);
    struct xenpt_epcm_entry entry = xenpt_machine_epcm(w->machine, frame);
    const struct xenpt_enclave_access e = { .inside = a->inside,
                                            .kind = a->access.kind,
                                            .at = a->in,
                                            .epc = xenpt_machine_is_epc(w->machine, frame) };
    struct xenpt_fault fault;
    enum xenpt_enclave_verdict v = xenpt_enclave_check(&entry, &e, &fault);
    const struct xenpt_encryption_rule *outside = xenpt_encryption_rule(XENPT_ENCRYPT_SGX,
                                                                        XENPT_SEER_SHARED);

    *done = v != XENPT_ENCLAVE_PLAIN && v != XENPT_ENCLAVE_OWN;
    a->sight = *done ? XENPT_SIGHT_REFUSED : XENPT_SIGHT_PLAINTEXT;
    a->enclave = v;
    if (v == XENPT_ENCLAVE_ABORT) {
        a->has_data = a->access.kind != XENPT_WRITE;
        a->data = outside->value * UINT64_C(0x0101010101010101);
        if (bytes < 8)
            a->data &= (UINT64_C(1) << 8 * bytes) - 1;
    } else if (*done) {
        a->encrypted = a->refused = true;
        a->allowed = a->verdict.allowed = false;
        a->verdict.fault = fault;
    }
    /* Its own: nothing else encrypts it. */
    return v == XENPT_ENCLAVE_OWN;
}
