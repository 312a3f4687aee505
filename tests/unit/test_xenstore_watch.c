/*
 * test_xenstore_watch.c - watches of the xenstore and its transactions: who is told of what, what
 * others see meanwhile, and when one is to be tried again; docs/misc/xenstore.txt; tools/xenstore,
 * xenstored_watch.c, xenstored_transaction.c, 4.17.
 */
#include "sharing_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "fail_alloc.h"
#include "xen/internal.h"
#include "xen/xenstore.h"

static void begins(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") PV_DOMAINS);
    tree_of_d1();
    connect_store();
}

static const char *ask(uint32_t d, enum xenpt_xenstore_op op, const char *path, const char *value)
{
    return ask_store(d, op, path, value);
}

static const char *in(uint32_t tx, uint32_t d, enum xenpt_xenstore_op op, const char *path,
                      const char *value)
{
    own_rules_follow();
    assert_int_equal(xenpt_xenstore_ask_in(p.w.machine, d, tx, op, path, value, &answer, NULL),
                     XENPT_OK);
    return answer.error;
}

static uint32_t start(uint32_t d)
{
    must(ask(d, XENPT_XENSTORE_TX_START, "", NULL));
    return (uint32_t)strtoul(answer.text, NULL, 10);
}

static uint64_t fired(uint32_t d, const char *path, const char *token)
{
    uint64_t times;

    assert_int_equal(xenpt_xenstore_fired(p.w.machine, d, path, token, &times, NULL), XENPT_OK);
    return times;
}

static void heard(uint32_t d)
{
    assert_int_equal(xenpt_xenstore_heard(p.w.machine, d, NULL), XENPT_OK);
}

/* --- Watches ------------------------------------------------------------------------------- */

static void test_fires(void **state)
{
    (void)state;
    begins();
    /* Once at once, and paths are told as they were asked for. */
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "t"));
    assert_int_equal(fired(1, "data", "t"), 1);
    assert_int_equal(fired(1, NULL, NULL), 1);
    must(ask(0, XENPT_XENSTORE_WATCH, "/local/domain/1/data", "u"));
    assert_int_equal(fired(0, "/local/domain/1/data", "u"), 1);
    heard(0);
    heard(1);
    assert_int_equal(fired(1, NULL, NULL), 0);
    /* Of it, and of what is below it, whoever does it. */
    must(ask(1, XENPT_XENSTORE_WRITE, "data", "1"));
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/1/data/a/b", "2"));
    must(ask(0, XENPT_XENSTORE_MKDIR, "/local/domain/1/data/c", NULL));
    assert_int_equal(fired(1, "data", "t"), 1);
    assert_int_equal(fired(1, "data/a/b", "t"), 1);
    assert_int_equal(fired(0, "/local/domain/1/data/a/b", "u"), 1);
    /* What is made on the way is not told of, nor what is there already, or beside it. */
    assert_int_equal(fired(1, "data/a", "t"), 0);
    must(ask(0, XENPT_XENSTORE_MKDIR, "/local/domain/1/data/c", NULL));
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/1/database", "x"));
    assert_int_equal(fired(1, NULL, NULL), 3);
    heard(1);
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/1/data/c", "n1 r0"));
    assert_int_equal(fired(1, "data/c", "t"), 1);
    must(ask(1, XENPT_XENSTORE_UNWATCH, "data", "t"));
    must(ask(1, XENPT_XENSTORE_WRITE, "data", "2"));
    assert_int_equal(fired(1, NULL, NULL), 1);
    pv_finish(&p);
}

/* What goes is told of wherever it is watched; above it, once. */
static void test_removed(void **state)
{
    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a/b", "1"));
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "above"));
    must(ask(1, XENPT_XENSTORE_WATCH, "data/a/b", "it"));
    must(ask(1, XENPT_XENSTORE_WATCH, "data/a/x", "none"));
    heard(1);
    must(ask(1, XENPT_XENSTORE_RM, "data/a", NULL));
    assert_int_equal(fired(1, "data/a", "above"), 1);
    assert_int_equal(fired(1, NULL, "above"), 1);
    assert_int_equal(fired(1, "data/a/b", "it"), 1);
    assert_int_equal(fired(1, NULL, "none"), 0);
    /* What was not there goes without a word. */
    heard(1);
    must(ask(1, XENPT_XENSTORE_RM, "data/a", NULL));
    assert_int_equal(fired(1, NULL, NULL), 0);
    pv_finish(&p);
}

/* Who may read neither the node nor what it is in hears nothing; who may no more hears that. */
static void test_permitted(void **state)
{
    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WATCH, "/local/domain/2/data", "t"));
    assert_int_equal(fired(1, "/local/domain/2/data", "t"), 1);
    heard(1);
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/2/data/a/b", "1"));
    assert_int_equal(fired(1, NULL, NULL), 0);
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data/a", "n2 r1"));
    heard(1);
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/2/data/a/b", "2")); /* In one it may read. */
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/2/data", "2"));
    assert_int_equal(fired(1, "/local/domain/2/data/a/b", "t"), 1);
    assert_int_equal(fired(1, NULL, NULL), 1);
    heard(1);
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data/a", "n2"));
    assert_int_equal(fired(1, "/local/domain/2/data/a", "t"), 1);
    heard(1);
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data/a", "n2"));
    assert_int_equal(fired(1, NULL, NULL), 0);
    pv_finish(&p);
}

static void test_special(void **state)
{
    struct xenpt_domain_desc desc = { .name = "d4", .memory = 16 << 20 };
    uint32_t id;

    (void)state;
    begins();
    must(ask(0, XENPT_XENSTORE_WATCH, "@introduceDomain", "i"));
    must(ask(0, XENPT_XENSTORE_WATCH, "@releaseDomain", "r"));
    must(ask(1, XENPT_XENSTORE_WATCH, "@releaseDomain", "r"));
    must(ask(0, XENPT_XENSTORE_WATCH, "/local/domain", "new"));
    assert_int_equal(fired(1, NULL, NULL), 1);
    heard(0);
    heard(1);
    /* The toolstack makes nodes for it. */
    assert_int_equal(xenpt_machine_domain_create(p.w.machine, &desc, &id, NULL), XENPT_OK);
    assert_int_equal(fired(0, "/local/domain/4/name", "new"), 1);
    assert_int_equal(fired(0, "@introduceDomain", "i"), 0);
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 1, NULL), XENPT_OK);
    assert_int_equal(fired(0, "@introduceDomain", "i"), 0); /* It was. */
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 4, NULL), XENPT_OK);
    assert_int_equal(fired(0, "@releaseDomain", "r"), 0); /* Nobody had introduced it. */
    p.w.machine->xenstore->introduced[2] = true;
    assert_true(store_watch_add(p.w.machine->xenstore, 2, "/tool", "t", false));
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 2, NULL), XENPT_OK);
    assert_int_equal(fired(0, "@releaseDomain", "r"), 1);
    assert_int_equal(store_watches_of(p.w.machine->xenstore, 2), 0);
    assert_int_equal(fired(1, NULL, NULL), 0);
    /* Dom0 says who else may hear of it. */
    assert_string_equal(ask(1, XENPT_XENSTORE_PERMIT, "@releaseDomain", "n0 r1"), "EACCES");
    assert_string_equal(ask(0, XENPT_XENSTORE_PERMIT, "@other", "n0 r1"), "EINVAL");
    must(ask(0, XENPT_XENSTORE_PERMIT, "@releaseDomain", "n0 r1"));
    p.w.machine->xenstore->introduced[3] = true;
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 3, NULL), XENPT_OK);
    assert_int_equal(fired(1, "@releaseDomain", "r"), 1);
    assert_string_equal(ask(0, XENPT_XENSTORE_READ, "@releaseDomain", NULL), "EINVAL");
    pv_finish(&p);
}

/* By the ring: a message of type 15 with the path and the token; public/io/xs_wire.h. */
static void test_wire(void **state)
{
    uint64_t ring, at;

    (void)state;
    begins();
    ring = frames_of(&p.w.machine->domains[1], XENPT_SPECIAL_XENSTORE)->mfn << 12;
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "tok"));
    /* The answer comes first, "OK"; of the request, 16 bytes and "data" and "tok". */
    assert_int_equal(answer.asked, 16 + 5 + 4);
    at = ring + 1024;
    assert_int_equal(mem(&p, at) & UINT32_MAX, 4);
    assert_int_equal(mem(&p, at + 16) & 0xffffff, 0x4b4f);
    assert_int_equal(mem(&p, at + 16) >> 24 & 0xff, 15);
    assert_int_equal(mem(&p, ring + 2056) & UINT32_MAX, 16 + 3 + 16 + 9);
    /* Its own writes are told before they are answered. */
    must(ask(1, XENPT_XENSTORE_WRITE, "data", ""));
    assert_int_equal(mem(&p, at + 40) >> 32 & 0xff, 15);
    assert_int_equal(fired(1, "data", "tok"), 2);
    /* Who is not connected hears it later. */
    heard(1);
    must(grant_unmap(0, va_of(0, 6), 0, 0, handle));
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/1/data", "1"));
    must(ask(0, XENPT_XENSTORE_WRITE, "/local/domain/1/data", "2"));
    assert_int_equal(fired(1, NULL, NULL), 0);
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, 1));
    assert_int_equal(fired(1, "data", "tok"), 1); /* And once, as it says no more than that. */
    pv_finish(&p);
}

/* --- Transactions -------------------------------------------------------------------------- */

static void test_isolated(void **state)
{
    uint32_t tx;

    (void)state;
    begins();
    must(ask(0, XENPT_XENSTORE_WATCH, "/local/domain/1/data", "w"));
    heard(0);
    tx = start(1);
    assert_int_equal(tx, 1);
    must(in(tx, 1, XENPT_XENSTORE_WRITE, "data/a", "1"));
    must(in(tx, 1, XENPT_XENSTORE_READ, "data/a", NULL));
    assert_string_equal(answer.text, "1");
    must(in(tx, 1, XENPT_XENSTORE_LIST, "data", NULL));
    assert_string_equal(answer.text, "a");
    /* Nobody else sees it, or is told. */
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "data/a", NULL), "ENOENT");
    assert_string_equal(ask(0, XENPT_XENSTORE_READ, "/local/domain/1/data/a", NULL), "ENOENT");
    assert_int_equal(fired(0, NULL, NULL), 0);
    must(in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL));
    must(ask(0, XENPT_XENSTORE_READ, "/local/domain/1/data/a", NULL));
    assert_string_equal(answer.text, "1");
    assert_int_equal(fired(0, "/local/domain/1/data/a", "w"), 1);
    assert_int_equal(fired(0, NULL, NULL), 1);
    must(ask(0, XENPT_XENSTORE_PERMS, "/local/domain/1/data/a", NULL));
    assert_string_equal(answer.text, "n1");
    /* What is taken back was never there. */
    tx = start(1);
    must(in(tx, 1, XENPT_XENSTORE_RM, "data/a", NULL));
    must(in(tx, 1, XENPT_XENSTORE_LIST, "data", NULL));
    assert_string_equal(answer.text, "");
    must(in(tx, 1, XENPT_XENSTORE_TX_END, "F", NULL));
    must(ask(1, XENPT_XENSTORE_READ, "data/a", NULL));
    assert_string_equal(in(tx, 1, XENPT_XENSTORE_READ, "data/a", NULL), "ENOENT");
    pv_finish(&p);
}

/* What was written, and then went with what it was in, is told of above it as well: queue_watches.
 */
static void test_queued(void **state)
{
    uint32_t tx;

    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a/b", "1"));
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a/c", "1"));
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "above"));
    heard(1);
    tx = start(1);
    must(in(tx, 1, XENPT_XENSTORE_WRITE, "data/a/b", "2"));
    must(in(tx, 1, XENPT_XENSTORE_RM, "data/a", NULL));
    must(in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL));
    assert_int_equal(fired(1, "data/a/b", "above"), 1);
    assert_int_equal(fired(1, "data/a", "above"), 1);
    assert_int_equal(fired(1, NULL, NULL), 2);
    pv_finish(&p);
}

/* Whatever it has looked at counts: what it has read, what was not there, what it has written, and
 * what a name came to or went from. */
static void test_conflicts(void **state)
{
    static const struct {
        enum xenpt_xenstore_op op, other;
        const char *path, *value, *other_path;
        bool fails;
    } rows[] = {
        { XENPT_XENSTORE_READ, XENPT_XENSTORE_WRITE, "data/a", NULL, "data/a", true },
        { XENPT_XENSTORE_READ, XENPT_XENSTORE_WRITE, "data/a", NULL, "data/b", false },
        { XENPT_XENSTORE_READ, XENPT_XENSTORE_RM, "data/a", NULL, "data/a", true },
        { XENPT_XENSTORE_READ, XENPT_XENSTORE_WRITE, "data/none", NULL, "data/none", true },
        { XENPT_XENSTORE_WRITE, XENPT_XENSTORE_WRITE, "data/a", "2", "data/a", true },
        { XENPT_XENSTORE_WRITE, XENPT_XENSTORE_WRITE, "data/a", "2", "data/new", false },
        { XENPT_XENSTORE_WRITE, XENPT_XENSTORE_WRITE, "data/c", "2", "data/new", true },
        { XENPT_XENSTORE_LIST, XENPT_XENSTORE_WRITE, "data", NULL, "data/new", true },
        { XENPT_XENSTORE_LIST, XENPT_XENSTORE_WRITE, "data", NULL, "data/a", false },
        { XENPT_XENSTORE_RM, XENPT_XENSTORE_WRITE, "data/a", NULL, "data/a/x", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *end;
        uint32_t tx;

        begins();
        must(ask(1, XENPT_XENSTORE_WRITE, "data/a", "1"));
        must(ask(1, XENPT_XENSTORE_WRITE, "data/b", "1"));
        tx = start(1);
        in(tx, 1, rows[i].op, rows[i].path, rows[i].value);
        must(ask(1, rows[i].other, rows[i].other_path, "5"));
        end = in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL);
        if (strcmp(end, rows[i].fails ? "EAGAIN" : "ok") != 0)
            fail_msg("row %zu: %s", i, end);
        /* It is over in any case. */
        assert_string_equal(in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL), "ENOENT");
        pv_finish(&p);
    }
}

/* What it has not looked at yet it sees as it is; what it has, as it was. */
static void test_first_look(void **state)
{
    uint32_t tx;

    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a", "1"));
    tx = start(1);
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a", "2"));
    must(in(tx, 1, XENPT_XENSTORE_READ, "data/a", NULL));
    assert_string_equal(answer.text, "2");
    must(ask(1, XENPT_XENSTORE_WRITE, "data/a", "3"));
    must(in(tx, 1, XENPT_XENSTORE_READ, "data/a", NULL));
    assert_string_equal(answer.text, "2");
    pv_finish(&p);
}

/* A snapshot has the transactions that were under way, and the watches. */
static void test_snapshots(void **state)
{
    struct xenpt_machine_snapshot *snap;
    uint32_t tx;

    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "t"));
    tx = start(1);
    must(in(tx, 1, XENPT_XENSTORE_WRITE, "data/a", "1"));
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(in(tx, 1, XENPT_XENSTORE_WRITE, "data/a", "2"));
    must(in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL));
    must(ask(1, XENPT_XENSTORE_RESET, "", NULL));
    heard(1);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_int_equal(fired(1, "data", "t"), 1);
    must(in(tx, 1, XENPT_XENSTORE_TX_END, "T", NULL));
    must(ask(1, XENPT_XENSTORE_READ, "data/a", NULL));
    assert_string_equal(answer.text, "1");
    assert_int_equal(fired(1, "data/a", "t"), 1);
    pv_finish(&p);
}

static void test_no_memory(void **state)
{
    (void)state;
    begins();
    must(ask(1, XENPT_XENSTORE_WATCH, "data", "t"));
    for (unsigned long n = 0;; n++) {
        struct xenpt_machine_snapshot *snap;
        enum xenpt_code code;
        uint32_t tx;

        assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
        tx = start(1);
        fail_alloc_after(n);
        code = xenpt_xenstore_ask_in(p.w.machine, 1, tx, XENPT_XENSTORE_WRITE, "data/a/b", "1",
                                     &answer, NULL);
        if (!code)
            code = xenpt_xenstore_ask_in(p.w.machine, 1, tx, XENPT_XENSTORE_RM, "data/a/b", NULL,
                                         &answer, NULL);
        if (!code)
            code = xenpt_xenstore_ask_in(p.w.machine, 1, tx, XENPT_XENSTORE_TX_END, "T", NULL,
                                         &answer, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
        xenpt_machine_snapshot_drop(snap);
    }
    must(ask(1, XENPT_XENSTORE_LIST, "data", NULL));
    assert_string_equal(answer.text, "a");
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires),      cmocka_unit_test(test_removed),
        cmocka_unit_test(test_permitted),  cmocka_unit_test(test_special),
        cmocka_unit_test(test_wire),       cmocka_unit_test(test_isolated),
        cmocka_unit_test(test_queued),     cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_first_look), cmocka_unit_test(test_snapshots),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
