/*
 * encrypted.c - what encryption leaves of a right: rows of xenpt_encryption_rule().
 *
 * Model: whoever has a guest's memory taken away, or does not have it run, is not asked about:
 * every hypervisor can.  What a guest makes of a page that was put elsewhere (SEVered), or of
 * ciphertext that repeats itself (CIPHERLEAKS), depends on that guest, and is no move.
 *
 * Model: a kernel that a domain is built with is measured: its owner finds out that it is another
 * one, which is why building it is no way into it.
 *
 * Model: code inside of an enclave is no party: what it gives away is its own doing.
 */
#include "threat/internal.h"
#include "xenpt/encrypt.h"

static enum xenpt_seer seer_of(struct xenpt_party party, uint32_t owner)
{
    if (party.kind == XENPT_PARTY_XEN)
        return XENPT_SEER_XEN;
    if (party.kind == XENPT_PARTY_DEVICE)
        return XENPT_SEER_DEVICE;
    return party.domain == owner &&
                   (party.kind == XENPT_PARTY_USER || party.kind == XENPT_PARTY_KERNEL)
               ? XENPT_SEER_OWN
               : XENPT_SEER_OTHER;
}

/* What a read or a write of a row is. */
static unsigned int left(const struct xenpt_encryption_rule *r, unsigned int rights)
{
    static const unsigned int reads[] = { [XENPT_SIGHT_PLAINTEXT] = READ,
                                          [XENPT_SIGHT_CIPHERTEXT] = CIPHERTEXT,
                                          [XENPT_SIGHT_REFUSED] = 0 };
    static const unsigned int writes[] = { [XENPT_WRITTEN] = WRITE,
                                           [XENPT_WRITTEN_GARBAGE] = SPOIL,
                                           [XENPT_WRITTEN_POISON] = SPOIL,
                                           [XENPT_WRITTEN_DROPPED] = 0,
                                           [XENPT_WRITTEN_FAULT] = 0 };
    unsigned int ret = rights & (CIPHERTEXT | SPOIL); /* By a move that knows of it. */

    if (rights & READ)
        ret |= reads[r->read];
    if (rights & WRITE)
        ret |= writes[r->write];
    if (rights & EXECUTE && r->read == XENPT_SIGHT_PLAINTEXT)
        ret |= EXECUTE;
    return ret;
}

unsigned int encrypted_rights(const struct xenpt_threat *t, uint16_t party, const struct patch *p,
                              unsigned int rights)
{
    enum xenpt_encryption e = XENPT_ENCRYPT_NONE;
    enum xenpt_seer seer;

    if (p->owned && p->what == XENPT_THREAT_MEMORY)
        e = xenpt_machine_encryption(t->m, p->domain);
    if (p->what == XENPT_THREAT_EPC)
        e = XENPT_ENCRYPT_SGX;
    if (e == XENPT_ENCRYPT_NONE)
        return rights;
    /* Nobody of the parties is inside of an enclave. */
    seer = p->owned ? seer_of(party_of(t, party), p->domain) : XENPT_SEER_SHARED;
    /* Where its p2m has it is Xen's to change, whoever asks Xen for it. */
    return left(xenpt_encryption_rule(e, seer), rights) |
           (xenpt_encryption_rule(e, XENPT_SEER_XEN)->remaps ? rights & (EDIT | RETYPE) : 0);
}

bool encrypted_registers(const struct xenpt_threat *t, uint32_t domain)
{
    return xenpt_encryption_row(xenpt_machine_encryption(t->m, domain))->registers;
}
