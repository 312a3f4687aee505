/* eval.c - expressions: from a tree to a value, while a scenario runs. */
#include "scenario/path.h"
#include "scenario/world.h"

static bool calculate(struct world *w, enum expr_op op, uint64_t a, uint64_t b, uint64_t *ret)
{
    switch (op) {
    case EXPR_OR:
        *ret = a | b;
        return true;
    case EXPR_AND:
        *ret = a & b;
        return true;
    case EXPR_SHL:
        *ret = b > 63 ? 0 : a << b;
        return true;
    case EXPR_SHR:
        *ret = b > 63 ? 0 : a >> b;
        return true;
    case EXPR_ADD:
        return !__builtin_add_overflow(a, b, ret) || world_cannot(w, "a sum has more than 64 bits");
    case EXPR_SUB:
        return !__builtin_sub_overflow(a, b, ret) || world_cannot(w, "a difference is less than 0");
    case EXPR_MUL:
        return !__builtin_mul_overflow(a, b, ret) ||
               world_cannot(w, "a product has more than 64 bits");
    default:
        *ret = b ? a / b : 0;
        return b || world_cannot(w, "something is divided by 0");
    }
}

static bool eval_vcpu(struct world *w, const struct expr *e, struct value *ret)
{
    struct value d;

    if (!expr_eval(w, e->a, &d))
        return false;
    *ret = (struct value){ .type = VALUE_VCPU,
                           .who = { WHO_VCPU, .domain = d.who.domain, .vcpu = e->value.who.vcpu } };
    return true;
}

static bool eval_mode(struct world *w, const struct expr *e, struct value *ret)
{
    if (!expr_eval(w, e->a, ret))
        return false;
    ret->type = VALUE_CONTEXT;
    ret->who.mode = e->value.who.mode;
    ret->who.user = e->value.who.user;
    return true;
}

static bool eval_given(struct world *w, const struct expr *e, struct value *ret)
{
    xenpt_mfn_t mfn;

    if (!xenpt_machine_given(w->machine, e->value.who.domain, (size_t)e->value.v, &mfn))
        return world_cannot(w, "that domain is not there now, or has not this frame");
    *ret = (struct value){ .type = VALUE_MFN, .v = mfn.v, .last = mfn.v };
    return true;
}

static bool eval_range(struct world *w, const struct expr *e, struct value *ret)
{
    struct value last = { .v = 0 };

    if (!e->a || !e->b || !expr_eval(w, e->a, ret) || !expr_eval(w, e->b, &last))
        return false;
    ret->type = e->value.type;
    if (last.last < ret->v)
        return world_cannot(w, "a range ends before it begins: 0x%llx..0x%llx",
                            (unsigned long long)ret->v, (unsigned long long)last.last);
    ret->last = last.last;
    return true;
}

static bool eval_call(struct world *w, const struct expr *e, struct value *ret)
{
    struct value self = { .type = VALUE_NUMBER }, args[FUNC_ARGS_MAX];

    if (e->a && !expr_eval(w, e->a, &self))
        return false;
    for (unsigned int i = 0; i < e->nr_args; i++)
        if (!expr_eval(w, e->args[i], &args[i]))
            return false;
    *ret = (struct value){ .type = e->func->type };
    if (!e->func->fn(w, &self, args, e->nr_args, ret))
        return false;
    if (ret->last < ret->v)
        ret->last = ret->v;
    return true;
}

bool expr_eval(struct world *w, const struct expr *e, struct value *ret)
{
    struct value b = { .v = 0 };
    uint64_t v;

    switch (e->op) {
    case EXPR_VALUE:
        *ret = e->value;
        return true;
    case EXPR_BINDING:
        *ret = w->bound[e->value.v];
        return true;
    case EXPR_LET:
        *ret = w->lets[e->value.v];
        return ret->type != NR_VALUE_TYPES ||
               world_cannot(w, "'%s' is not remembered yet", w->scope->lets[e->value.v].name);
    case EXPR_VCPU:
        return eval_vcpu(w, e, ret);
    case EXPR_MODE:
        return eval_mode(w, e, ret);
    case EXPR_GIVEN:
        return eval_given(w, e, ret);
    case EXPR_RANGE:
        return eval_range(w, e, ret);
    case EXPR_CALL:
        return eval_call(w, e, ret);
    default:
        if (!e->a || !e->b)
            return world_cannot(w, "an operation lacks a value");
        if (!expr_eval(w, e->a, ret) || !expr_eval(w, e->b, &b) ||
            !calculate(w, e->op, ret->v, b.v, &v))
            return false;
        *ret = (struct value){ .type = e->value.type, .v = v, .last = v };
        return true;
    }
}
