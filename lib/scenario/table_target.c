/* table_target.c - where an entry that a file gives leads, and with which flags. */
#include <string.h>

#include "scenario/domain_tables.h"
#include "scenario/path.h"
#include "scenario/tables.h"

/* --- Frames -------------------------------------------------------------------------------- */

/* What can be known of an expression before there is a machine: a frame by whose count it is. */
static bool reduce(const struct expr *e, uint32_t domain, bool own_numbers,
                   struct xenpt_given_entry *ret)
{
    struct value v;

    if (!e)
        return false;
    ret->domain = domain;
    switch (e->op) {
    case EXPR_VALUE:
        ret->to = own_numbers && e->value.type == VALUE_NUMBER ? XENPT_GIVEN_GFN : XENPT_GIVEN_MFN;
        ret->value = e->value.v;
        return e->value.type == VALUE_NUMBER || e->value.type == VALUE_MFN;
    case EXPR_GIVEN:
        ret->to = XENPT_GIVEN_FRAME;
        ret->domain = e->value.who.domain;
        ret->value = e->value.v;
        return true;
    case EXPR_CALL:
        /* d1.gfn(5), d1.pfn(5) */
        if (e->func->on != VALUE_DOMAIN || e->func->type != VALUE_MFN || !e->a ||
            e->a->op != EXPR_VALUE || !expr_is_constant(e->args[0], &v))
            return false;
        ret->to = XENPT_GIVEN_GFN;
        ret->domain = e->a->value.who.domain;
        ret->value = v.v;
        return true;
    case EXPR_ADD:
    case EXPR_SUB:
        if (!reduce(e->a, domain, own_numbers, ret) || !e->b || !expr_is_constant(e->b, &v) ||
            ret->to == XENPT_GIVEN_FRAME)
            return false;
        ret->value = e->op == EXPR_ADD ? ret->value + v.v : ret->value - v.v;
        return true;
    default:
        return expr_is_constant(e, &v) && v.type == VALUE_NUMBER &&
               (ret->to = own_numbers ? XENPT_GIVEN_GFN : XENPT_GIVEN_MFN, ret->value = v.v, true);
    }
}

static bool not_known(struct scope *s, const char *key, const struct node *node)
{
    char words[NODE_WORDS_MAX];

    mistake(&s->m, &node->at, XENPT_EPARSE,
            "%s: where %s is nobody knows before there is a machine; what is known is such as "
            "d1.gfn(5), a number, self, and names of tables and frames",
            key, node_words(node, words));
    return false;
}

bool target_read(struct scope *s, const struct node *node, uint32_t domain,
                 const struct xenpt_domain_desc *desc, struct xenpt_given_entry *ret)
{
    bool pv = desc->type <= XENPT_DOMAIN_PV32;
    const struct expr *e;

    ret->domain = domain;
    ret->to = XENPT_GIVEN_SELF;
    if (!strcmp(node->text, "self"))
        return true;
    e = expr_parse_part(s, node, 0, strlen(node->text));
    if (!e)
        return false;
    if (!value_fits(expr_type(e), VALUE_MFN))
        return expr_wants(s, node, e, VALUE_MFN);
    if (!reduce(e, domain, !pv, ret))
        return not_known(s, "to", node);
    if (pv || (ret->domain == domain && ret->to != XENPT_GIVEN_MFN))
        return true;
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "to: entries of %s, which is %s, lead to frames of its own, as %s.gfn(5) or 5",
            desc->name, xenpt_domain_type_word(desc->type)->name, desc->name);
    return false;
}

bool target_own(struct scope *s, const char *key, const struct node *node, uint32_t domain,
                uint64_t *ret)
{
    struct xenpt_given_entry at = { .to = XENPT_GIVEN_RAW };
    const struct expr *e = expr_parse_part(s, node, 0, strlen(node->text));

    if (!e)
        return false;
    if (!value_fits(expr_type(e), VALUE_MFN) && expr_type(e) != VALUE_GFN)
        return expr_wants(s, node, e, VALUE_MFN);
    if (reduce(e, domain, true, &at) && at.to == XENPT_GIVEN_GFN && at.domain == domain) {
        *ret = at.value;
        return true;
    }
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "%s: a frame of %s was expected, as it counts them: %s.gfn(5), or 5", key,
            s->domains[domain].name, s->domains[domain].name);
    return false;
}

/* --- Flags --------------------------------------------------------------------------------- */

/* Model: what is not said of an entry is that it is present, writable and the user's. */
static uint64_t usual(const struct xenpt_format *f, unsigned int level)
{
    static const char *const words[] = { "P", "RW", "US" };
    uint64_t bits, all = 0;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (table_flag_bits(f, level, words[i], &bits))
            all |= bits & ~f->level[level].rsvd_table; /* PAE's PDPTEs have no RW and no US. */
    return all;
}

bool target_flags(struct scope *s, const struct node *entry, const struct raw_entry *raw,
                  const struct xenpt_format *f, unsigned int level, uint64_t *ret)
{
    const struct node *flags = node_get(entry, "flags");
    uint64_t bits;

    *ret = flags ? 0 : usual(f, level);
    for (size_t i = 0; i < raw->flags.nr; i++) {
        if (!table_flag_bits(f, level, raw->flags.word[i], &bits)) {
            mistake(&s->m, &flags->at, XENPT_EPARSE, "flags: an L%u entry of %s paging has no %s",
                    level, f->name, raw->flags.word[i]);
            return false;
        }
        *ret |= bits;
    }
    return true;
}
