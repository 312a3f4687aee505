/* threat_terms.c - who is compromised, and what is taken for granted; see threat_terms.h. */
#include "scenario/threat_terms.h"

#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/threat_blocks.h"

const struct words threat_iommu_choice = { threat_iommu_words, XENPT_NR_THREAT_IOMMU, NULL, 0 };
const struct words threat_qemu_choice = { threat_qemu_words, XENPT_NR_THREAT_QEMU, NULL, 0 };

/* The number of a domain by its name, up to some character. */
static bool number_of(struct world *w, const char *name, size_t n, uint32_t *ret)
{
    char word[XENPT_DOMAIN_MAX];
    struct xenpt_party p;

    snprintf(word, sizeof(word), "%.*s", (int)n, name);
    if (xenpt_party_parse(w->machine, word, &p, &w->problem))
        return false;
    *ret = p.domain;
    return true;
}

bool threat_parties_of(struct world *w, const struct name_list *names, struct xenpt_party *ret)
{
    for (size_t i = 0; i < names->nr; i++)
        if (xenpt_party_parse(w->machine, names->word[i], &ret[i], &w->problem))
            return false;
    return true;
}

/* Those of a block that is named in place of parties, but for what is said besides. */
static struct threat_terms meant(const struct world *w, const struct threat_terms *given)
{
    const struct threat_block *block = threat_block_named(w->scope, given->who.word[0]);
    struct threat_terms ret = block ? block->terms : *given;

    if (!block)
        return ret;
    if (given->iommu != XENPT_DMA_HOST)
        ret.iommu = given->iommu;
    if (given->qemu != XENPT_QEMU_ROOT)
        ret.qemu = given->qemu;
    if (given->devices.nr)
        ret.devices = given->devices;
    if (given->stubs.nr)
        ret.stubs = given->stubs;
    if (given->without.nr)
        ret.without = given->without;
    return ret;
}

struct xenpt_threat *threat_work_out(struct world *w, const struct threat_terms *given)
{
    struct threat_terms terms = meant(w, given);
    struct xenpt_pv_rules rules = rules_now(w);
    struct xenpt_party parties[NAMES_MAX];
    struct xenpt_threat_stub stubs[NAMES_MAX];
    uint32_t devices[NAMES_MAX];
    struct xenpt_threat_options opt = {
        .rules = &rules,
        .iommu = (enum xenpt_threat_iommu)terms.iommu,
        .qemu = (enum xenpt_threat_qemu)terms.qemu,
        .devices = devices,
        .nr_devices = terms.devices.nr,
        .stubs = stubs,
        .nr_stubs = terms.stubs.nr,
        .without = terms.without.word,
        .nr_without = terms.without.nr,
    };
    struct xenpt_threat *t;

    for (size_t i = 0; i < terms.devices.nr; i++)
        if (!number_of(w, terms.devices.word[i], strlen(terms.devices.word[i]), &devices[i]))
            return NULL;
    for (size_t i = 0; i < terms.stubs.nr; i++) {
        const char *word = terms.stubs.word[i], *is = strchr(word, '=');

        if (!number_of(w, word, (size_t)(is - word), &stubs[i].domain) ||
            !number_of(w, is + 1, strlen(is + 1), &stubs[i].target))
            return NULL;
    }
    if (!threat_parties_of(w, &terms.who, parties) ||
        xenpt_threat_create(w->machine, parties, terms.who.nr, &opt, &t, &w->problem))
        return NULL;
    return t;
}

/* --- Who is there -------------------------------------------------------------------------- */

static bool is_there(const struct world *w, const char *name, size_t n)
{
    struct xenpt_error err = { 0 };
    char word[XENPT_NAME_MAX];
    struct xenpt_party p;

    snprintf(word, sizeof(word), "%.*s", (int)n, name);
    return !xenpt_party_parse(w->machine, word, &p, &err);
}

static void keep_there(const struct world *w, const struct name_list *from, struct name_list *to)
{
    to->nr = 0;
    for (size_t i = 0; i < from->nr; i++) {
        const char *word = from->word[i], *is = strchr(word, '=');
        size_t n = is ? (size_t)(is - word) : strlen(word);

        if (is_there(w, word, n) && (!is || is_there(w, is + 1, strlen(is + 1))))
            to->word[to->nr++] = word;
    }
}

bool threat_terms_there(const struct world *w, const struct threat_terms *terms,
                        struct threat_terms *ret)
{
    *ret = *terms;
    keep_there(w, &terms->who, &ret->who);
    keep_there(w, &terms->devices, &ret->devices);
    keep_there(w, &terms->stubs, &ret->stubs);
    return ret->who.nr;
}
