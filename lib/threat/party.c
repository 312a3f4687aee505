/* party.c - who can be compromised: names, and numbers in the lists of a threat. */
#include <stdio.h>
#include <string.h>

#include "threat/internal.h"
#include "xenpt/suggest.h"

/* clang-format off */
static const struct xenpt_word kind_words[XENPT_NR_PARTY_KINDS] = {
    [XENPT_PARTY_USER] = { "user", "code of a guest's in user mode" },
    [XENPT_PARTY_KERNEL] = { "kernel", "a guest's kernel" },
    [XENPT_PARTY_DEVICE] = { "device", "a device of a guest's, which reads and writes memory" },
    [XENPT_PARTY_QEMU] = { "qemu", "the device model of an HVM guest" },
    [XENPT_PARTY_UNCHECKED] = { "unchecked", "a guest with tables that are written without Xen's checks" },
    [XENPT_PARTY_XEN] = { "xen", "Xen" },
};
/* clang-format on */

const struct xenpt_word *xenpt_party_kind_word(enum xenpt_party_kind kind)
{
    return &kind_words[kind];
}

/* Of each domain all kinds but Xen, which is the last. */
uint16_t party_number(const struct xenpt_threat *t, struct xenpt_party p)
{
    if (p.kind == XENPT_PARTY_XEN)
        return XEN_PARTY(t);
    return (uint16_t)(p.domain * XENPT_PARTY_XEN + p.kind);
}

struct xenpt_party party_of(const struct xenpt_threat *t, uint16_t number)
{
    if (number == XEN_PARTY(t))
        return (struct xenpt_party){ .kind = XENPT_PARTY_XEN };
    return (struct xenpt_party){ (enum xenpt_party_kind)(number % XENPT_PARTY_XEN),
                                 number / XENPT_PARTY_XEN };
}

/* --- Names --------------------------------------------------------------------------------- */

const char *xenpt_party_name(const struct xenpt_machine *m, struct xenpt_party party,
                             char buf[XENPT_PARTY_MAX])
{
    if (party.kind == XENPT_PARTY_XEN || party.domain >= m->nr_domains)
        snprintf(buf, XENPT_PARTY_MAX, "xen");
    else
        snprintf(buf, XENPT_PARTY_MAX, "%s.%s", m->domains[party.domain].name,
                 kind_words[party.kind].name);
    return buf;
}

static bool find_domain(const struct xenpt_machine *m, const char *name, size_t n, uint32_t *ret,
                        struct xenpt_suggestion *near)
{
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[i];

        *ret = i;
        if (d->nr_vcpus && strlen(d->name) == n && !memcmp(d->name, name, n))
            return true;
        if (d->nr_vcpus)
            xenpt_suggest_try(near, d->name, strlen(d->name));
    }
    for (uint32_t i = 0; n == 4 && !memcmp(name, "dom0", n) && i < m->nr_domains; i++) {
        *ret = i;
        if (m->domains[i].nr_vcpus && m->domains[i].desc->privileged)
            return true;
    }
    return false;
}

static bool find_kind(const char *name, enum xenpt_party_kind *ret)
{
    for (unsigned int k = 0; k < XENPT_PARTY_UNCHECKED; k++) {
        *ret = (enum xenpt_party_kind)k;
        if (!strcmp(kind_words[k].name, name))
            return true;
    }
    return false;
}

enum xenpt_code xenpt_party_parse(const struct xenpt_machine *m, const char *name,
                                  struct xenpt_party *ret, struct xenpt_error *err)
{
    const char *dot = strrchr(name, '.');
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_party p = { .kind = XENPT_PARTY_KERNEL };
    struct xenpt_suggestion near;

    if (!strcmp(name, "xen")) {
        *ret = (struct xenpt_party){ .kind = XENPT_PARTY_XEN };
        return XENPT_OK;
    }
    xenpt_suggest_begin(&near, name);
    if (!find_domain(m, name, strlen(name), &p.domain, &near) &&
        !(dot && find_kind(dot + 1, &p.kind) &&
          find_domain(m, name, (size_t)(dot - name), &p.domain, &near)))
        return xenpt_fail(err, XENPT_EPARSE,
                          "'%s' is nobody who can be compromised: xen, or a domain with .user, "
                          ".kernel, .device or .qemu behind it, such as d1.kernel%s",
                          name, xenpt_suggest_words(&near, hint));
    *ret = p;
    return XENPT_OK;
}
