/* pv_cases_store.c - what the xenstore refuses; tools/xenstore, xenstored_core.c, 4.17. */
#include "pv_cases.h"
#include "sharing_fixture.h"

#include <stdio.h>

#include "xen/xenstore.h"

static const char *path(void)
{
    connect_store();
    return ask_store(1, XENPT_XENSTORE_READ, "data//here", NULL);
}

/* Another domain's node that says nothing of d1. */
static const char *reading(void)
{
    connect_store();
    return ask_store(1, XENPT_XENSTORE_READ, "/local/domain/2/data", NULL);
}

static const char *writing(void)
{
    connect_store();
    return ask_store(1, XENPT_XENSTORE_WRITE, "name", "d7");
}

static const char *there(void)
{
    return ask_store(0, XENPT_XENSTORE_READ, "/local/domain/1/nothing", NULL);
}

/* d2 lets d1 write, which is not enough. */
static const char *owner(void)
{
    connect_store();
    must(ask_store(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data", "n2 b1"));
    return ask_store(1, XENPT_XENSTORE_PERMIT, "/local/domain/2/data", "n2 b1 b3");
}

static const char *given(void)
{
    connect_store();
    return ask_store(1, XENPT_XENSTORE_PERMIT, "data", "n2 b1");
}

static const char *perms(void)
{
    connect_store();
    return ask_store(1, XENPT_XENSTORE_PERMIT, "data", "x1");
}

static const char *root(void)
{
    return ask_store(0, XENPT_XENSTORE_RM, "/", NULL);
}

static const char *nodes(void)
{
    char name[32];

    connect_store();
    must(ask_store(1, XENPT_XENSTORE_MKDIR, "data/0", NULL));
    /* It had five from the beginning. */
    for (int i = 1; i < 995; i++) {
        snprintf(name, sizeof(name), "/local/domain/1/data/%d", i);
        assert_non_null(store_put(p.w.machine->xenstore, name, "", 0));
        store_find(p.w.machine->xenstore, name)->perm[0].domain = 1;
    }
    return ask_store(1, XENPT_XENSTORE_MKDIR, "data/more", NULL);
}

static const char *size(void)
{
    static char large[2050];

    connect_store();
    memset(large, 'x', sizeof(large) - 2);
    must(ask_store(1, XENPT_XENSTORE_WRITE, "data", large));
    large[2048] = 'x';
    return ask_store(1, XENPT_XENSTORE_WRITE, "data", large);
}

static const struct pv_case cases[] = {
    { "xenstore-path", "EINVAL", path, NULL },     { "xenstore-read", "EACCES", reading, NULL },
    { "xenstore-write", "EACCES", writing, NULL }, { "xenstore-there", "ENOENT", there, NULL },
    { "xenstore-owner", "EACCES", owner, NULL },   { "xenstore-given", "EPERM", given, NULL },
    { "xenstore-perms", "EINVAL", perms, NULL },   { "xenstore-root", "EINVAL", root, NULL },
    { "xenstore-nodes", "ENOSPC", nodes, NULL },   { "xenstore-size", "ENOSPC", size, NULL },
};
const struct pv_cases pv_store_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
