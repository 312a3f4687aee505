/* becomes.c - moves by which a party becomes another one, as well. */
#include "threat/internal.h"

static bool is_privileged_kernel(const struct mover *by)
{
    return by->party.kind == XENPT_PARTY_KERNEL && by->d->desc->privileged;
}

static bool is_of_another(const struct mover *by, struct xenpt_party other,
                          enum xenpt_party_kind kind)
{
    return other.kind == kind && other.domain != by->party.domain;
}

bool becomes_own_user(const struct mover *by, struct xenpt_party other)
{
    return by->party.kind == XENPT_PARTY_KERNEL && other.kind == XENPT_PARTY_USER &&
           other.domain == by->party.domain;
}

bool becomes_set_context(const struct mover *by, struct xenpt_party other)
{
    return is_privileged_kernel(by) && is_of_another(by, other, XENPT_PARTY_KERNEL) &&
           !encrypted_registers(by->t, other.domain);
}

bool becomes_drive(const struct mover *by, struct xenpt_party other)
{
    return by->party.kind == XENPT_PARTY_KERNEL && other.kind == XENPT_PARTY_DEVICE &&
           other.domain == by->party.domain && by->t->has_device[other.domain];
}

bool becomes_assign_device(const struct mover *by, struct xenpt_party other)
{
    return is_privileged_kernel(by) && is_of_another(by, other, XENPT_PARTY_DEVICE);
}

static bool has_qemu(const struct xenpt_threat *t, uint32_t domain)
{
    return t->m->domains[domain].desc->type == XENPT_DOMAIN_HVM;
}

bool becomes_spawn(const struct mover *by, struct xenpt_party other)
{
    return is_privileged_kernel(by) && other.kind == XENPT_PARTY_QEMU &&
           has_qemu(by->t, other.domain);
}

/* Whether a device model is a domain of its own. */
static bool has_stub(const struct xenpt_threat *t, uint32_t target)
{
    for (size_t i = 0; i < t->m->nr_domains; i++)
        if (t->target[i] == target + 1)
            return true;
    return false;
}

bool becomes_privcmd(const struct mover *by, struct xenpt_party other)
{
    return by->party.kind == XENPT_PARTY_QEMU && by->t->qemu == XENPT_QEMU_ROOT &&
           !has_stub(by->t, by->party.domain) && other.kind == XENPT_PARTY_KERNEL &&
           by->t->m->domains[other.domain].desc->privileged;
}

/* A stub domain is its device model, and the other way. */
bool becomes_stub_domain(const struct mover *by, struct xenpt_party other)
{
    const uint32_t *target = by->t->target;

    if (by->party.kind == XENPT_PARTY_QEMU && other.kind == XENPT_PARTY_KERNEL)
        return target[other.domain] == by->party.domain + 1;
    return by->party.kind == XENPT_PARTY_KERNEL && other.kind == XENPT_PARTY_QEMU &&
           target[by->party.domain] == other.domain + 1;
}

static bool is_pv64_kernel(const struct mover *by)
{
    return by->party.kind == XENPT_PARTY_KERNEL && by->d->desc->type == XENPT_DOMAIN_PV64;
}

/* Xen runs on the guest's L4: what is in a slot of its own is where it looks. */
bool becomes_xen_slot(const struct mover *by, struct xenpt_party other)
{
    return is_pv64_kernel(by) && other.kind == XENPT_PARTY_XEN && !rule_on(by->t, RULE_L4_XEN_SLOT);
}

/* XSA-212: Xen writes numbers of frames, which the guest has chosen, to an address that it has
 * chosen as well. */
bool becomes_exchange(const struct mover *by, struct xenpt_party other)
{
    return is_pv64_kernel(by) && other.kind == XENPT_PARTY_XEN &&
           !rule_on(by->t, RULE_EXCHANGE_ARRAY);
}

/* Of what is compiled into Xen, whatever its rules for memory are. */
static bool takes_over(const struct mover *by, struct xenpt_party other, enum xenpt_feature feature)
{
    return is_privileged_kernel(by) && other.kind == XENPT_PARTY_XEN &&
           xenpt_machine_has_feature(by->t->m, feature);
}

bool becomes_livepatch(const struct mover *by, struct xenpt_party other)
{
    return takes_over(by, other, XENPT_FEATURE_LIVEPATCH);
}

bool becomes_kexec(const struct mover *by, struct xenpt_party other)
{
    return takes_over(by, other, XENPT_FEATURE_KEXEC);
}

bool becomes_anyone(const struct mover *by, struct xenpt_party other)
{
    bool guest = other.kind == XENPT_PARTY_USER || other.kind == XENPT_PARTY_KERNEL;

    return by->party.kind == XENPT_PARTY_XEN && other.kind != XENPT_PARTY_UNCHECKED &&
           (other.kind != XENPT_PARTY_QEMU || has_qemu(by->t, other.domain)) &&
           !(guest && encrypted_registers(by->t, other.domain));
}
