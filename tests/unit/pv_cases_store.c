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

static const char *watched(void)
{
    connect_store();
    must(ask_store(1, XENPT_XENSTORE_WATCH, "data", "t"));
    must(ask_store(1, XENPT_XENSTORE_WATCH, "data", "u"));
    return ask_store(1, XENPT_XENSTORE_WATCH, "/local/domain/1/data", "t");
}

static const char *watches(void)
{
    char token[16];

    connect_store();
    for (int i = 0; i < 129; i++) {
        snprintf(token, sizeof(token), "%d", i);
        must(ask_store(1, XENPT_XENSTORE_WATCH, "data", token));
    }
    return ask_store(1, XENPT_XENSTORE_WATCH, "data", "more");
}

static const char *no_watch(void)
{
    connect_store();
    must(ask_store(1, XENPT_XENSTORE_WATCH, "data", "t"));
    return ask_store(1, XENPT_XENSTORE_UNWATCH, "data", "u");
}

/* In a transaction of another domain's, or none. */
static const char *ask_in(uint32_t d, uint32_t tx, enum xenpt_xenstore_op op, const char *what)
{
    own_rules_follow();
    assert_int_equal(xenpt_xenstore_ask_in(p.w.machine, d, tx, op, what, NULL, &answer, NULL),
                     XENPT_OK);
    p.r = (struct xenpt_pv_result){ .name = answer.error, .rule = answer.rule };
    return p.r.name;
}

static const char *no_tx(void)
{
    connect_store();
    must(ask_store(0, XENPT_XENSTORE_TX_START, "", NULL));
    return ask_in(1, 1, XENPT_XENSTORE_READ, "name");
}

static const char *nested(void)
{
    must(ask_store(0, XENPT_XENSTORE_TX_START, "", NULL));
    return ask_in(0, 1, XENPT_XENSTORE_TX_START, "");
}

static const char *many_txs(void)
{
    connect_store();
    for (int i = 0; i < 11; i++)
        must(ask_store(1, XENPT_XENSTORE_TX_START, "", NULL));
    return ask_store(1, XENPT_XENSTORE_TX_START, "", NULL);
}

static const char *conflict(void)
{
    must(ask_store(0, XENPT_XENSTORE_TX_START, "", NULL));
    must(ask_in(0, 1, XENPT_XENSTORE_READ, "/tool"));
    must(ask_store(0, XENPT_XENSTORE_WRITE, "/tool", "x"));
    return ask_in(0, 1, XENPT_XENSTORE_TX_END, "T");
}

static const char *bad_end(void)
{
    must(ask_store(0, XENPT_XENSTORE_TX_START, "", NULL));
    return ask_in(0, 1, XENPT_XENSTORE_TX_END, "X");
}

static const struct pv_case cases[] = {
    { "xenstore-path", "EINVAL", path, NULL },
    { "xenstore-read", "EACCES", reading, NULL },
    { "xenstore-write", "EACCES", writing, NULL },
    { "xenstore-there", "ENOENT", there, NULL },
    { "xenstore-owner", "EACCES", owner, NULL },
    { "xenstore-given", "EPERM", given, NULL },
    { "xenstore-perms", "EINVAL", perms, NULL },
    { "xenstore-root", "EINVAL", root, NULL },
    { "xenstore-nodes", "ENOSPC", nodes, NULL },
    { "xenstore-size", "ENOSPC", size, NULL },
    { "xenstore-watched", "EEXIST", watched, NULL },
    { "xenstore-watches", "E2BIG", watches, NULL },
    { "xenstore-watch-there", "ENOENT", no_watch, NULL },
    { "xenstore-tx-there", "ENOENT", no_tx, NULL },
    { "xenstore-tx-nested", "EBUSY", nested, NULL },
    { "xenstore-tx-many", "ENOSPC", many_txs, NULL },
    { "xenstore-tx-conflict", "EAGAIN", conflict, NULL },
    { "xenstore-tx-end", "EINVAL", bad_end, NULL },
};
const struct pv_cases pv_store_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
