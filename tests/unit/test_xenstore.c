/*
 * test_xenstore.c - the xenstore: nodes and who may what, the ring as memory of the guest's, and
 * devices that are negotiated by it; tools/xenstore, xenstored_core.c, 4.17; public/io/xs_wire.h,
 * xenbus.h, blkif.h, netif.h.
 */
#include "sharing_fixture.h"

#include <stdio.h>

#include "fail_alloc.h"
#include "xen/internal.h"
#include "xen/xenstore.h"

static void begins(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") PV_DOMAINS);
    tree_of_d1();
}

static bool node_is(const char *path, const char *value)
{
    struct xenpt_xenstore_node n;

    return !xenpt_xenstore_node(p.w.machine, path, &n, NULL) && !strcmp(n.value, value);
}

static bool is_there(const char *path)
{
    struct xenpt_xenstore_node n;

    return !xenpt_xenstore_node(p.w.machine, path, &n, NULL);
}

static uint64_t ring(void)
{
    return frames_of(&p.w.machine->domains[1], XENPT_SPECIAL_XENSTORE)->mfn << 12;
}

static uint32_t word(uint64_t at)
{
    return (uint32_t)(mem(&p, at & ~UINT64_C(7)) >> (at & 4 ? 32 : 0));
}

static const char *ask(uint32_t d, enum xenpt_xenstore_op op, const char *path, const char *value)
{
    return ask_store(d, op, path, value);
}

/* --- What is there ------------------------------------------------------------------------- */

static void test_begun(void **state)
{
    char text[24];

    (void)state;
    begins();
    assert_true(node_is("/local/domain/1/name", "d1") && node_is("/local/domain/1/domid", "1"));
    assert_true(node_is("/local/domain/1/store/port", "1") &&
                node_is("/local/domain/1/console/port", "2"));
    snprintf(text, sizeof(text), "%llu", (unsigned long long)(ring() >> 12));
    assert_true(node_is("/local/domain/1/store/ring-ref", text));
    /* Of a guest with a p2m it is what it calls the frame. */
    snprintf(text, sizeof(text), "%llu",
             (unsigned long long)frames_of(&p.w.machine->domains[3], XENPT_SPECIAL_XENSTORE)->gfn);
    assert_true(node_is("/local/domain/3/store/ring-ref", text));
    assert_true(node_is("/local/domain/1/memory/target", "16384"));
    assert_true(is_there("/local/domain/0/name") && !is_there("/local/domain/0/store"));
    assert_false(is_there("/local/domain/4"));
    must(ask(0, XENPT_XENSTORE_PERMS, "/local/domain/1/device", NULL));
    assert_string_equal(answer.text, "n0 r1");
    must(ask(0, XENPT_XENSTORE_PERMS, "/local/domain/1/data", NULL));
    assert_string_equal(answer.text, "n1");
    pv_finish(&p);
    pv_begin(&p, PV_HOST PV_XEN("4.17") "domains:\n  d0: { type: pv64, memory: 16M }\n");
    {
        struct xenpt_xenstore_node n;

        assert_int_equal(xenpt_xenstore_node(p.w.machine, "/", &n, NULL), XENPT_EUNSUPPORTED);
    }
    pv_finish(&p);
}

static void test_new_domain(void **state)
{
    struct xenpt_domain_desc desc = { .name = "d4", .memory = 16 << 20 };
    uint32_t id;

    (void)state;
    begins();
    must(ask(0, XENPT_XENSTORE_LIST, "/local/domain", NULL));
    assert_string_equal(answer.text, "0 1 2 3");
    must(ask(0, XENPT_XENSTORE_RM, "/local/domain/2", NULL));
    assert_int_equal(xenpt_machine_domain_create(p.w.machine, &desc, &id, NULL), XENPT_OK);
    must(ask(0, XENPT_XENSTORE_LIST, "/local/domain", NULL));
    assert_string_equal(answer.text, "0 1 3 4");
    assert_true(node_is("/local/domain/4/name", "d4"));
    pv_finish(&p);
}

/* --- Requests ------------------------------------------------------------------------------ */

static void test_requests(void **state)
{
    (void)state;
    begins();
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/a/b/c", "x y"));
    assert_false(answer.by_ring);
    assert_true(node_is("/tool/a", "") && node_is("/tool/a/b/c", "x y"));
    must(ask(0, XENPT_XENSTORE_READ, "/tool/a/b/c", NULL));
    assert_string_equal(answer.text, "x y");
    must(ask(0, XENPT_XENSTORE_MKDIR, "/tool/a/d", NULL));
    must(ask(0, XENPT_XENSTORE_MKDIR, "/tool/a/b/c", NULL)); /* Which stays as it is. */
    assert_true(node_is("/tool/a/b/c", "x y"));
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/ab", "beside"));
    must(ask(0, XENPT_XENSTORE_LIST, "/tool/a", NULL));
    assert_string_equal(answer.text, "b d");
    must(ask(0, XENPT_XENSTORE_LIST, "/tool/a/d", NULL));
    assert_string_equal(answer.text, "");
    must(ask(0, XENPT_XENSTORE_LIST, "/", NULL));
    assert_string_equal(answer.text, "tool local");
    must(ask(0, XENPT_XENSTORE_RM, "/tool/a", NULL));
    assert_false(is_there("/tool/a") || is_there("/tool/a/b/c"));
    assert_true(is_there("/tool/ab"));
    /* What is not there, below something, is as good as removed. */
    must(ask(0, XENPT_XENSTORE_RM, "/tool/a", NULL));
    assert_string_equal(ask(0, XENPT_XENSTORE_RM, "/tool/a/b", NULL), "ENOENT");
    assert_string_equal(ask(0, XENPT_XENSTORE_READ, "/tool/a", NULL), "ENOENT");
    pv_finish(&p);
}

static void test_paths(void **state)
{
    static const char *const bad[] = { "", "/tool/", "/a b", "//", "/tool//x", "/x\"y" };

    (void)state;
    begins();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (strcmp(ask(0, XENPT_XENSTORE_MKDIR, bad[i], NULL), "EINVAL") != 0)
            fail_msg("'%s'", bad[i]);
    must(ask(0, XENPT_XENSTORE_MKDIR, "/a-b_c@D/9", NULL));
    must(ask(0, XENPT_XENSTORE_WRITE, "here", "1"));
    assert_true(node_is("/local/domain/0/here", "1"));
    pv_finish(&p);
}

static void test_rights(void **state)
{
    (void)state;
    begins();
    connect_store();
    /* Its own directory is the toolstack's, to be read; some below it are its own. */
    must(ask(1, XENPT_XENSTORE_READ, "name", NULL));
    assert_string_equal(answer.text, "d1");
    assert_string_equal(ask(1, XENPT_XENSTORE_WRITE, "here", "1"), "EACCES");
    must(ask(1, XENPT_XENSTORE_WRITE, "data/here", "1"));
    must(ask(0, XENPT_XENSTORE_PERMS, "/local/domain/1/data/here", NULL));
    assert_string_equal(answer.text, "n1");
    /* Another's: nothing at all, until it says so; and then no more than that. */
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data", NULL), "EACCES");
    /* Not even that it is not there. */
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data/nothing", NULL),
                        "EACCES");
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data", "n2 r1"));
    must(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data", NULL));
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data/nothing", NULL),
                        "ENOENT");
    assert_string_equal(ask(1, XENPT_XENSTORE_WRITE, "/local/domain/2/data", "x"), "EACCES");
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data", "n2 w1"));
    must(ask(1, XENPT_XENSTORE_WRITE, "/local/domain/2/data", "x"));
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data", NULL), "EACCES");
    /* What it makes there is its own, and as open to others as what is above it. */
    must(ask(1, XENPT_XENSTORE_WRITE, "/local/domain/2/data/mine", "x"));
    must(ask(0, XENPT_XENSTORE_PERMS, "/local/domain/2/data/mine", NULL));
    assert_string_equal(answer.text, "n1 w1");
    /* Those who have no permission of their own have the owner's row. */
    must(ask(0, XENPT_XENSTORE_PERMIT, "/local/domain/2/data", "r2"));
    must(ask(1, XENPT_XENSTORE_READ, "/local/domain/2/data", NULL));
    must(ask(1, XENPT_XENSTORE_PERMIT, "data", "b1 n2"));
    assert_string_equal(ask(1, XENPT_XENSTORE_PERMIT, "data", ""), "EINVAL");
    pv_finish(&p);
}

/* --- The ring ------------------------------------------------------------------------------ */

static void test_unconnected(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    begins();
    assert_int_equal(
        xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_READ, "name", NULL, &answer, &err),
        XENPT_ESTATE);
    assert_non_null(strstr(err.text, "nobody has introduced d1"));
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 1, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "d0 has not mapped its grant 1"));
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, 1));
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 1, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "port 1 of it is not connected"));
    must(event_connect(0, 1, 1));
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 1, &err), XENPT_OK);
    must(ask(1, XENPT_XENSTORE_READ, "name", NULL));
    /* It is lost with either. */
    must(grant_unmap(0, va_of(0, 6), 0, 0, handle));
    assert_int_equal(
        xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_READ, "name", NULL, &answer, &err),
        XENPT_ESTATE);
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 0, &err), XENPT_ESTATE);
    assert_int_equal(xenpt_xenstore_introduce(p.w.machine, 9, &err), XENPT_ERANGE);
    pv_finish(&p);
}

/* The bytes, where public/io/xs_wire.h has them: type, number, transaction, length; then the path.
 */
static void test_wire(void **state)
{
    (void)state;
    begins();
    connect_store();
    must(ask(1, XENPT_XENSTORE_READ, "name", NULL));
    assert_true(answer.by_ring);
    assert_int_equal(answer.asked, 16 + 5);
    assert_int_equal(answer.answered, 16 + 2);
    assert_int_equal(word(ring()), 2);
    assert_int_equal(word(ring() + 4), 0);
    assert_int_equal(word(ring() + 8), 0);
    assert_int_equal(word(ring() + 12), 5);
    assert_int_equal(word(ring() + 16), 0x656d616e);
    assert_int_equal(word(ring() + 2048), 21);
    assert_int_equal(word(ring() + 2052), 21);
    assert_int_equal(word(ring() + 1024), 2);
    assert_int_equal(word(ring() + 1024 + 12), 2);
    assert_int_equal(word(ring() + 1024 + 16) & 0xffff, 0x3164);
    assert_int_equal(word(ring() + 2056), 18);
    assert_int_equal(word(ring() + 2060), 18);
    /* An error is a message of type 16 with its name. */
    assert_string_equal(ask(1, XENPT_XENSTORE_READ, "data/nothing", NULL), "ENOENT");
    assert_int_equal(word(ring() + 2060), 18 + 16 + 7);
    /* All events are taken note of. */
    assert_false(bits_of(1, 1).pending || bits_of(0, port).pending);
    pv_finish(&p);
}

/* A message of more than the ring has room for goes in parts, around its end. */
static void test_large(void **state)
{
    static char value[2049];
    struct xenpt_xenstore_node n;

    (void)state;
    begins();
    connect_store();
    for (size_t i = 0; i < 2048; i++)
        value[i] = (char)('a' + i % 23);
    must(ask(1, XENPT_XENSTORE_WRITE, "data", value));
    assert_int_equal(xenpt_xenstore_node(p.w.machine, "/local/domain/1/data", &n, NULL), XENPT_OK);
    assert_int_equal(n.n, 2048);
    assert_string_equal(n.value, value);
    for (int i = 0; i < 3; i++) {
        must(ask(1, XENPT_XENSTORE_READ, "data", NULL));
        assert_string_equal(answer.text, value);
    }
    pv_finish(&p);
}

/* What a guest writes into its own page is not believed. */
static void test_broken(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    begins();
    connect_store();
    must(ask(1, XENPT_XENSTORE_READ, "name", NULL));
    assert_int_equal(xenpt_store_write64(p.w.machine->store, ring() + 2048,
                                         UINT64_C(21) | UINT64_C(1100) << 32, NULL),
                     XENPT_OK);
    assert_int_equal(
        xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_READ, "name", NULL, &answer, &err),
        XENPT_ESTATE);
    assert_non_null(strstr(err.text, "1079 bytes apart"));
    /* Bytes that were there before make no message of it. */
    assert_int_equal(xenpt_store_write64(p.w.machine->store, ring() + 2048,
                                         UINT64_C(21) | UINT64_C(31) << 32, NULL),
                     XENPT_OK);
    assert_int_equal(
        xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_READ, "name", NULL, &answer, &err),
        XENPT_ESTATE);
    assert_non_null(strstr(err.text, "which are no message"));
    pv_finish(&p);
}

static void test_snapshots(void **state)
{
    struct xenpt_machine_snapshot *snap;

    (void)state;
    begins();
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/x", "1"));
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/x", "2"));
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/y", "2"));
    connect_store();
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_true(node_is("/tool/x", "1") && !is_there("/tool/y"));
    assert_int_equal(
        xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_READ, "name", NULL, &answer, NULL),
        XENPT_ESTATE);
    must(ask(0, XENPT_XENSTORE_WRITE, "/tool/x", "3"));
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_true(node_is("/tool/x", "1"));
    pv_finish(&p);
}

/* --- Devices ------------------------------------------------------------------------------- */

static const struct xenpt_xenbus_device disk = { XENPT_DEVICE_VBD, 1, 0, 51712 };
static const struct xenpt_xenbus_device net = { XENPT_DEVICE_VIF, 1, 0, 0 };

static const char *go(const struct xenpt_xenbus_device *d, bool back, enum xenpt_xenbus_state to)
{
    static struct xenpt_error err;

    own_rules_follow();
    if (xenpt_device_switch(p.w.machine, d, back, to, &answer, &err))
        return err.text;
    return answer.error;
}

static void refused(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s", text);
}

static struct xenpt_device_state state_of(const struct xenpt_xenbus_device *d)
{
    struct xenpt_device_state s;

    assert_int_equal(xenpt_device_look(p.w.machine, d, &s, NULL), XENPT_OK);
    return s;
}

#define FRONT "device/vbd/51712/"
#define BACK  "/local/domain/0/backend/vbd/1/51712/"

static void test_disk(void **state)
{
    uint64_t page2;

    (void)state;
    begins();
    connect_store();
    assert_int_equal(xenpt_device_add(p.w.machine, &disk, NULL), XENPT_OK);
    assert_int_equal(xenpt_device_add(p.w.machine, &disk, NULL), XENPT_ESTATE);
    assert_true(node_is("/local/domain/1/" FRONT "backend", "/local/domain/0/backend/vbd/1/51712"));
    assert_true(node_is(BACK "frontend", "/local/domain/1/device/vbd/51712"));
    must(ask(1, XENPT_XENSTORE_LIST, "device", NULL));
    assert_string_equal(answer.text, "vbd");
    must(ask(1, XENPT_XENSTORE_READ, BACK "state", NULL));
    assert_string_equal(answer.text, "1");
    /* Nothing goes on before the other end is there. */
    refused(go(&disk, false, XENPT_XENBUS_INITIALISED), "when the other end is init-wait");
    refused(go(&disk, true, XENPT_XENBUS_CONNECTED), "does not go from initialising to connected");
    must(go(&disk, true, XENPT_XENBUS_INIT_WAIT));
    refused(go(&disk, false, XENPT_XENBUS_INITIALISED), "ring-ref: ENOENT");
    refused(go(&disk, true, XENPT_XENBUS_CONNECTED),
            "when the other end is initialised, connected");
    page2 = fresh(&p, 1);
    offer(1, 9, 0, page2, 0);
    must(event_alloc(1, SELF, 0));
    assert_int_equal(port, 3);
    must(ask(1, XENPT_XENSTORE_WRITE, FRONT "ring-ref", "9"));
    refused(go(&disk, false, XENPT_XENBUS_INITIALISED), "event-channel: ENOENT");
    must(ask(1, XENPT_XENSTORE_WRITE, FRONT "event-channel", "3"));
    must(go(&disk, false, XENPT_XENBUS_INITIALISED));
    assert_true(node_is("/local/domain/1/" FRONT "state", "3"));
    refused(go(&disk, true, XENPT_XENBUS_CONNECTED), "d0 has not mapped the grant that ring-ref");
    must(grant_map(0, va_of(0, 7), CPU_MAP, 1, 9));
    assert_true(state_of(&disk).mapped && !state_of(&disk).bound);
    refused(go(&disk, true, XENPT_XENBUS_CONNECTED), "d0 has not connected the port");
    must(event_connect(0, 1, 3));
    assert_true(state_of(&disk).bound);
    must(go(&disk, true, XENPT_XENBUS_CONNECTED));
    refused(go(&disk, false, XENPT_XENBUS_CONNECTED), "sectors: ENOENT");
    must(ask(0, XENPT_XENSTORE_WRITE, BACK "sectors", "100"));
    must(ask(0, XENPT_XENSTORE_WRITE, BACK "sector-size", "512"));
    must(ask(0, XENPT_XENSTORE_WRITE, BACK "info", "0"));
    must(go(&disk, false, XENPT_XENBUS_CONNECTED));
    assert_int_equal(state_of(&disk).front, XENPT_XENBUS_CONNECTED);
    assert_int_equal(state_of(&disk).back, XENPT_XENBUS_CONNECTED);
    /* And its end. */
    must(go(&disk, false, XENPT_XENBUS_CLOSING));
    must(go(&disk, true, XENPT_XENBUS_CLOSING));
    must(go(&disk, false, XENPT_XENBUS_CLOSED));
    must(go(&disk, true, XENPT_XENBUS_CLOSED));
    refused(go(&disk, true, XENPT_XENBUS_INIT_WAIT), "and that is closed");
    must(go(&disk, false, XENPT_XENBUS_INITIALISING));
    must(go(&disk, true, XENPT_XENBUS_INIT_WAIT));
    pv_finish(&p);
}

/* Two rings, and the front-end says at once that it is connected. */
static void test_net(void **state)
{
    (void)state;
    begins();
    connect_store();
    assert_int_equal(xenpt_device_add(p.w.machine, &net, NULL), XENPT_OK);
    must(go(&net, true, XENPT_XENBUS_INIT_WAIT));
    refused(go(&net, false, XENPT_XENBUS_INITIALISED), "a front-end of a vif does not go");
    offer(1, 9, 0, fresh(&p, 1), 0);
    offer(1, 10, 0, fresh(&p, 1), 0);
    must(event_alloc(1, SELF, 0));
    must(ask(1, XENPT_XENSTORE_WRITE, "device/vif/0/tx-ring-ref", "9"));
    must(ask(1, XENPT_XENSTORE_WRITE, "device/vif/0/rx-ring-ref", "10"));
    must(ask(1, XENPT_XENSTORE_WRITE, "device/vif/0/event-channel", "3"));
    must(ask(1, XENPT_XENSTORE_WRITE, "device/vif/0/request-rx-copy", "1"));
    must(go(&net, false, XENPT_XENBUS_CONNECTED));
    must(grant_map(0, va_of(0, 7), CPU_MAP, 1, 9));
    must(event_connect(0, 1, 3));
    refused(go(&net, true, XENPT_XENBUS_CONNECTED), "the grant that rx-ring-ref names");
    must(grant_map(0, va_of(0, 8), CPU_MAP, 1, 10));
    must(go(&net, true, XENPT_XENBUS_CONNECTED));
    assert_true(state_of(&net).mapped && state_of(&net).bound);
    pv_finish(&p);
}

static void test_ways(void **state)
{
    struct xenpt_xenbus_way w;
    size_t nr = 0;

    (void)state;
    for (; xenpt_device_way(nr, &w); nr++)
        assert_true(w.kind[0] && w.end[0] && w.from[0] && w.to[0] && w.other[0] && w.needs[0]);
    assert_int_equal(nr, 9);
    assert_true(xenpt_device_way(1, &w));
    assert_string_equal(w.kind, "vbd");
    assert_string_equal(w.end, "front");
    assert_string_equal(w.from, "initialising");
    assert_string_equal(w.to, "initialised");
    assert_string_equal(w.other, "init-wait");
}

/* --- Memory -------------------------------------------------------------------------------- */

static void test_no_memory(void **state)
{
    (void)state;
    begins();
    connect_store();
    for (unsigned long n = 0;; n++) {
        struct xenpt_machine_snapshot *snap;
        enum xenpt_code code;

        assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
        fail_alloc_after(n);
        code = xenpt_xenstore_ask(p.w.machine, 1, XENPT_XENSTORE_WRITE, "data/a", "1", &answer,
                                  NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
        xenpt_machine_snapshot_drop(snap);
    }
    assert_true(node_is("/local/domain/1/data/a", "1"));
    for (unsigned long n = 0;; n++) {
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_device_add(p.w.machine, &disk, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_false(is_there("/local/domain/1/device/vbd/51712"));
    }
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begun),    cmocka_unit_test(test_new_domain),
        cmocka_unit_test(test_requests), cmocka_unit_test(test_paths),
        cmocka_unit_test(test_rights),   cmocka_unit_test(test_unconnected),
        cmocka_unit_test(test_wire),     cmocka_unit_test(test_large),
        cmocka_unit_test(test_broken),   cmocka_unit_test(test_snapshots),
        cmocka_unit_test(test_disk),     cmocka_unit_test(test_net),
        cmocka_unit_test(test_ways),     cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
