/*
 * pair.c - which context of one machine corresponds to which of another.
 *
 * No number and no name is common to both: a machine's domains are known by what roots they have,
 * and roots of one kind and domain are alike, but for those of CPUs, of which each has its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xenpt/compare.h"

/* Contexts of one side that count: one for each root. */
struct list {
    const struct xenpt_context **context;
    bool *taken;
    size_t nr;
};

/* A domain of one side, by the first context of it. */
struct domain {
    const char *name;
    const char *other; /* Of the other side; NULL: not matched. */
};

struct pairing {
    const struct xenpt_view *model, *memory;
    struct list of_model, of_image;
    struct domain *domains; /* The model's. */
    size_t nr_domains;
    struct xenpt_pairing ret;
};

/* --- Lists --------------------------------------------------------------------------------- */

static void add(struct list *l, const struct xenpt_context *c)
{
    if (!c->kind || c->has_second)
        return;
    for (size_t i = 0; i < l->nr; i++)
        if (l->context[i]->paging.root == c->paging.root &&
            l->context[i]->paging.id == c->paging.id)
            return;
    l->context[l->nr++] = c;
}

static bool list_init(struct list *l, size_t max)
{
    l->context = calloc(max + 1, sizeof(const struct xenpt_context *));
    l->taken = calloc(max + 1, sizeof(*l->taken));
    return l->context && l->taken;
}

static void list_fini(struct list *l)
{
    free(l->context);
    free(l->taken);
}

/* --- How near contexts are ---------------------------------------------------------------- */

/* What is wrong counts more than any number of entries that only are not as good as they could be.
 */
#define WRONG 100000u

/* How much two contexts differ when nothing else is compared. */
struct distance {
    uint64_t wrong, allowed, exact;
};

static enum xenpt_code distance(const struct pairing *p, const struct xenpt_context *a,
                                const struct xenpt_context *b, struct distance *ret,
                                struct xenpt_error *err)
{
    struct xenpt_pair pair = { a, b };
    struct xenpt_comparison result;
    enum xenpt_code code = xenpt_compare(p->model, p->memory, &pair, 1, NULL, NULL, NULL, &result,
                                         err);

    if (code)
        return code;
    *ret = (struct distance){
        .wrong = result.entries[XENPT_UNEXPLAINED] + result.entries[XENPT_MISSING],
        .allowed = result.entries[XENPT_ALLOWED],
        .exact = result.entries[XENPT_EXACT],
    };
    xenpt_comparison_fini(&result);
    return XENPT_OK;
}

/* --- Domains ------------------------------------------------------------------------------- */

static bool is_of(const struct xenpt_context *c, const char *domain)
{
    return !strcmp(c->domain, domain);
}

/* Whether a domain has a root of this kind. */
static bool has_kind(const struct list *l, const char *domain, const char *kind)
{
    for (size_t i = 0; i < l->nr; i++)
        if (is_of(l->context[i], domain) && !strcmp(l->context[i]->kind, kind))
            return true;
    return false;
}

/* Roots of one domain that are of a kind which the other domain has not; *common: which it has. */
static size_t differ(const struct list *a, const char *of_a, const struct list *b, const char *of_b,
                     size_t *common)
{
    size_t n = 0;

    for (size_t i = 0; i < a->nr; i++) {
        if (!is_of(a->context[i], of_a))
            continue;
        if (has_kind(b, of_b, a->context[i]->kind))
            ++*common;
        else
            n++;
    }
    return n;
}

static bool is_taken(const struct pairing *p, const char *other)
{
    for (size_t i = 0; i < p->nr_domains; i++)
        if (p->domains[i].other && !strcmp(p->domains[i].other, other))
            return true;
    return false;
}

/* The first context of a domain that is of this kind, or NULL. */
static const struct xenpt_context *first_of(const struct list *l, const char *domain,
                                            const char *kind)
{
    for (size_t i = 0; i < l->nr; i++)
        if (is_of(l->context[i], domain) && (!kind || !strcmp(l->context[i]->kind, kind)))
            return l->context[i];
    return NULL;
}

/* Kinds that only one of the domains has count most, and then what their first roots hold. */
#define OTHER_KIND (10000u * (uint64_t)WRONG)

/* How much a domain of the model differs from one of the image; UINT64_MAX: in everything. */
static enum xenpt_code unlike(const struct pairing *p, const char *domain, const char *other,
                              uint64_t *ret, struct xenpt_error *err)
{
    const struct xenpt_context *a = first_of(&p->of_model, domain, NULL), *b = NULL;
    size_t common = 0, kinds = differ(&p->of_model, domain, &p->of_image, other, &common) +
                               differ(&p->of_image, other, &p->of_model, domain, &common);
    enum xenpt_code code = XENPT_OK;
    struct distance n = { 0, 0, 0 };

    *ret = UINT64_MAX;
    if (!common)
        return XENPT_OK;
    for (size_t i = 0; !b && i < p->of_model.nr; i++) {
        a = p->of_model.context[i];
        b = is_of(a, domain) ? first_of(&p->of_image, other, a->kind) : NULL;
    }
    if (b)
        code = distance(p, a, b, &n, err);
    *ret = kinds * OTHER_KIND + n.wrong * WRONG + n.allowed;
    return code;
}

/* The domain of the image that is most like this one. */
static enum xenpt_code best_match(const struct pairing *p, const char *domain, const char **ret,
                                  struct xenpt_error *err)
{
    uint64_t least = UINT64_MAX, n;
    enum xenpt_code code = XENPT_OK;

    *ret = NULL;
    for (size_t i = 0; !code && i < p->of_image.nr; i++) {
        const char *other = p->of_image.context[i]->domain;

        if (!*other || is_taken(p, other) || (*ret && !strcmp(*ret, other)))
            continue;
        if (!strcmp(domain, other)) {
            *ret = other;
            return XENPT_OK;
        }
        code = unlike(p, domain, other, &n, err);
        if (!code && n < least) {
            least = n;
            *ret = other;
        }
    }
    return code;
}

static enum xenpt_code match_domains(struct pairing *p, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < p->of_model.nr; i++) {
        const char *name = p->of_model.context[i]->domain;
        size_t k = 0;

        while (k < p->nr_domains && strcmp(p->domains[k].name, name) != 0)
            k++;
        if (!*name || k < p->nr_domains)
            continue;
        code = best_match(p, name, &p->domains[p->nr_domains].other, err);
        p->domains[p->nr_domains++].name = name;
    }
    return code;
}

static const char *other_name(const struct pairing *p, const char *domain)
{
    for (size_t i = 0; i < p->nr_domains; i++)
        if (!strcmp(p->domains[i].name, domain))
            return p->domains[i].other;
    return NULL;
}

/* --- Pairs --------------------------------------------------------------------------------- */

/* Whether two contexts are of one kind; `domains`: and of domains that correspond. */
static bool alike(const struct pairing *p, const struct xenpt_context *model,
                  const struct xenpt_context *image, bool domains)
{
    const char *other;

    if (strcmp(model->kind, image->kind) != 0)
        return false;
    if (!domains)
        return true;
    other = *model->domain ? other_name(p, model->domain) : "";
    return other && is_of(image, other);
}

/* Whether one is nearer: less is wrong with it, and more of it is exact. */
static bool nearer(const struct distance *a, const struct distance *b)
{
    return a->wrong != b->wrong ? a->wrong < b->wrong : a->exact > b->exact;
}

/* Contexts of the image, of those that are left, that are like one of the model; *ret: the first.
 */
static size_t candidates(const struct pairing *p, const struct xenpt_context *model, size_t *ret)
{
    size_t nr = 0;

    for (size_t i = p->of_image.nr; i-- > 0;)
        if (!p->of_image.taken[i] && alike(p, model, p->of_image.context[i], *model->domain)) {
            *ret = i;
            nr++;
        }
    return nr;
}

/*
 * The nearest context of the image, of those that are left.  Roots of one domain are alike, and
 * the first will do; of CPUs' roots each is its own.
 */
static enum xenpt_code nearest(const struct pairing *p, const struct xenpt_context *model,
                               size_t *ret, struct xenpt_error *err)
{
    struct distance least = { UINT64_MAX, 0, 0 }, n;
    enum xenpt_code code = XENPT_OK;

    if (candidates(p, model, ret) <= 1 || *model->domain)
        return XENPT_OK;
    for (size_t i = *ret; !code && i < p->of_image.nr; i++) {
        if (p->of_image.taken[i] || !alike(p, model, p->of_image.context[i], false))
            continue;
        code = distance(p, model, p->of_image.context[i], &n, err);
        if (!code && nearer(&n, &least)) {
            least = n;
            *ret = i;
        }
    }
    return code;
}

static void take(struct pairing *p, const struct xenpt_context *model, size_t image)
{
    p->of_image.taken[image] = true;
    p->ret.pairs[p->ret.nr_pairs++] = (struct xenpt_pair){ model, p->of_image.context[image] };
}

/*
 * Each context of the model to one of the image: of the same domain, or for one that is of none, a
 * CPU's, of any.  That holds what the domain has that ran there last, whosever it is.
 */
static enum xenpt_code pair_each(struct pairing *p, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < p->of_model.nr; i++) {
        const struct xenpt_context *model = p->of_model.context[i];
        size_t k = p->of_image.nr;

        code = nearest(p, model, &k, err);
        if (code)
            return code;
        if (k < p->of_image.nr)
            take(p, model, k);
        else
            p->ret.lone_model[p->ret.nr_lone_model++] = model;
    }
    return code;
}

/* And each that is left of the image to one that is like it. */
static void pair_rest(struct pairing *p)
{
    for (size_t i = 0; i < p->of_image.nr; i++) {
        size_t k = 0;

        if (p->of_image.taken[i])
            continue;
        while (k < p->of_model.nr &&
               (!*p->of_model.context[k]->domain ||
                !alike(p, p->of_model.context[k], p->of_image.context[i], true)))
            k++;
        if (k < p->of_model.nr)
            take(p, p->of_model.context[k], i);
        else
            p->ret.lone_image[p->ret.nr_lone_image++] = p->of_image.context[i];
    }
}

/* --- All of it ----------------------------------------------------------------------------- */

static bool init(struct pairing *p, const struct xenpt_context *const image[], size_t nr_image)
{
    size_t nr_model = p->model->nr_contexts;

    if (!list_init(&p->of_model, nr_model) || !list_init(&p->of_image, nr_image))
        return false;
    for (size_t i = 0; i < nr_model; i++)
        add(&p->of_model, &p->model->contexts[i]);
    for (size_t i = 0; i < nr_image; i++)
        add(&p->of_image, image[i]);
    p->ret.pairs = calloc(nr_model + nr_image + 1, sizeof(*p->ret.pairs));
    p->ret.lone_model = calloc(nr_model + 1, sizeof(const struct xenpt_context *));
    p->ret.lone_image = calloc(nr_image + 1, sizeof(const struct xenpt_context *));
    p->domains = calloc(nr_model + 1, sizeof(*p->domains));
    return p->ret.pairs && p->ret.lone_model && p->ret.lone_image && p->domains;
}

enum xenpt_code xenpt_pair_contexts(const struct xenpt_view *model, const struct xenpt_view *memory,
                                    const struct xenpt_context *const image[], size_t nr_image,
                                    struct xenpt_pairing *ret, struct xenpt_error *err)
{
    struct pairing p = { .model = model, .memory = memory };
    enum xenpt_code code;

    if (init(&p, image, nr_image))
        code = match_domains(&p, err);
    else
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for pairs of contexts");
    if (!code)
        code = pair_each(&p, err);
    if (!code)
        pair_rest(&p);
    list_fini(&p.of_model);
    list_fini(&p.of_image);
    free(p.domains);
    if (code) {
        xenpt_pairing_fini(&p.ret);
        return code;
    }
    *ret = p.ret;
    return XENPT_OK;
}

void xenpt_pairing_fini(struct xenpt_pairing *pairing)
{
    free(pairing->pairs);
    free(pairing->lone_model);
    free(pairing->lone_image);
    *pairing = (struct xenpt_pairing){ 0 };
}
