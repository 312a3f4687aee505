/*
 * test_event_fifo.c - event channels in queues: what Xen writes to the pages that a guest has
 * given; public/event_channel.h and common/event_fifo.c, 4.17.
 */
#include "pv_tree.h"

#include "xen/events.h"
#include "xen/internal.h"
#include "xenpt/event.h"

#define PENDING UINT64_C(0x80000000)
#define MASKED  UINT64_C(0x40000000)
#define LINKED  UINT64_C(0x20000000)

static uint64_t heads, words;

/* A port of d1's that d0 is connected to. */
static uint32_t new_port(uint32_t *other)
{
    struct xenpt_pv_caller own = pv_caller(&p, 1), his = pv_caller(&p, 0);
    uint32_t port = 0;

    assert_int_equal(xenpt_event_alloc_unbound(p.w.machine, &own, SELF, 0, &port, &p.r, NULL),
                     XENPT_OK);
    assert_int_equal(xenpt_event_bind_interdomain(p.w.machine, &his, 1, port, other, &p.r, NULL),
                     XENPT_OK);
    must(p.r.name);
    return port;
}

static void start(void)
{
    struct xenpt_pv_caller c;

    begin("event-fifo-page");
    c = pv_caller(&p, 1);
    heads = fresh(&p, 1);
    words = fresh(&p, 1);
    assert_int_equal(xenpt_event_init_control(p.w.machine, &c, heads, 0x40, 0, &p.r, NULL),
                     XENPT_OK);
    must(p.r.name);
    assert_int_equal(xenpt_event_expand_array(p.w.machine, &c, words, &p.r, NULL), XENPT_OK);
    must(p.r.name);
}

static uint32_t half_at(uint64_t frame, uint32_t byte)
{
    uint64_t from = (frame << 12) + byte;

    return (uint32_t)(mem(&p, from & ~UINT64_C(7)) >> from % 8 * 8);
}

static uint32_t word_of(uint32_t port)
{
    return half_at(words, 4 * port);
}

static uint32_t ready(void)
{
    return half_at(heads, 0x40);
}

static uint32_t head(uint32_t queue)
{
    return half_at(heads, 0x40 + 8 + 4 * queue);
}

static void send_by(uint32_t port)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);

    assert_int_equal(xenpt_event_send(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    must(p.r.name);
}

/* The second one follows the first; a third is in a queue of its own. */
static void test_queues(void **state)
{
    uint32_t other[3], port[3];
    struct xenpt_event_bits bits;
    struct xenpt_pv_caller c;

    (void)state;
    start();
    c = pv_caller(&p, 1);
    for (int i = 0; i < 3; i++)
        port[i] = new_port(&other[i]);
    assert_int_equal(xenpt_event_set_priority(p.w.machine, &c, port[2], 3, &p.r, NULL), XENPT_OK);
    assert_int_equal(ready(), 0);
    send_by(other[0]);
    assert_int_equal(ready(), 1 << 7);
    assert_int_equal(head(7), port[0]);
    assert_int_equal(word_of(port[0]), PENDING | LINKED);
    send_by(other[1]);
    assert_int_equal(head(7), port[0]);
    assert_int_equal(word_of(port[0]), PENDING | LINKED | port[1]);
    assert_int_equal(word_of(port[1]), PENDING | LINKED);
    send_by(other[1]); /* It is there already. */
    assert_int_equal(word_of(port[0]), PENDING | LINKED | port[1]);
    send_by(other[2]);
    assert_int_equal(ready(), 1 << 7 | 1 << 3);
    assert_int_equal(head(3), port[2]);
    assert_true(xenpt_event_bits(p.w.machine, 1, port[1], &bits));
    assert_true(bits.pending && !bits.masked && bits.upcall && !bits.selected);
    counts_hold(&p);
    pv_finish(&p);
}

/* An event of a port that is masked is noted, and comes when it is not any more. */
static void test_unmask(void **state)
{
    struct xenpt_pv_caller c;
    uint32_t other, port;
    uint64_t at, word;

    (void)state;
    start();
    c = pv_caller(&p, 1);
    port = new_port(&other);
    at = (words << 12) + (4 * port & ~UINT64_C(7));
    word = mem(&p, at) | MASKED << port % 2 * 32;
    assert_int_equal(xenpt_store_write(p.w.machine->store, at, &word, sizeof(word), NULL),
                     XENPT_OK);
    send_by(other);
    assert_int_equal(word_of(port), PENDING | MASKED);
    assert_int_equal(ready(), 0);
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_int_equal(word_of(port), PENDING | LINKED);
    assert_int_equal(head(7), port);
    assert_int_equal(ready(), 1 << 7);
    pv_finish(&p);
}

/* Bits of shared_info: no queue, and the same hypercall. */
static void test_unmask_bits(void **state)
{
    struct xenpt_event_bits bits;
    struct xenpt_pv_caller c;
    uint32_t other, port;

    (void)state;
    begin("event-fifo-page");
    c = pv_caller(&p, 1);
    port = new_port(&other);
    send_by(other);
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_true(xenpt_event_bits(p.w.machine, 1, port, &bits));
    assert_true(bits.pending && bits.selected && bits.upcall);
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, 4096, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "EINVAL");
    pv_finish(&p);
}

static void take(uint32_t port)
{
    assert_int_equal(events_take(p.w.machine, &p.w.machine->domains[1], port, NULL), XENPT_OK);
}

/* A queue that its guest has emptied begins anew, though Xen knows who was the last in it. */
static void test_again(void **state)
{
    uint32_t other, port;

    (void)state;
    start();
    port = new_port(&other);
    for (int i = 0; i < 2; i++) {
        send_by(other);
        assert_int_equal(word_of(port), PENDING | LINKED);
        assert_int_equal(head(7), port);
        assert_int_equal(ready(), 1 << 7);
        take(port);
        assert_int_equal(word_of(port), 0);
        assert_int_equal(ready(), 0);
    }
    pv_finish(&p);
}

/* What came before there was a page for the port, as a bit and after that, comes with the page. */
static void test_waits(void **state)
{
    struct xenpt_event_bits bits;
    struct xenpt_pv_caller c;
    uint32_t other[3], port[3];

    (void)state;
    begin("event-fifo-page");
    c = pv_caller(&p, 1);
    for (int i = 0; i < 3; i++)
        port[i] = new_port(&other[i]);
    for (int i = 0; i < 3; i++)
        take(port[i]);
    send_by(other[0]);
    heads = fresh(&p, 1);
    words = fresh(&p, 1);
    assert_int_equal(xenpt_event_init_control(p.w.machine, &c, heads, 0x40, 0, &p.r, NULL),
                     XENPT_OK);
    must(p.r.name);
    send_by(other[1]);
    assert_true(xenpt_event_bits(p.w.machine, 1, port[0], &bits) && !bits.pending);
    assert_int_equal(xenpt_event_expand_array(p.w.machine, &c, words, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_int_equal(word_of(port[0]), PENDING | LINKED | port[1]);
    assert_int_equal(word_of(port[1]), PENDING | LINKED);
    assert_int_equal(word_of(port[2]), 0);
    assert_int_equal(ready(), 1 << 7);
    pv_finish(&p);
}

/* A vCPU without a block: its events are lost. */
static void test_lost(void **state)
{
    struct xenpt_pv_caller c;
    uint32_t other, port;

    (void)state;
    begin("event-fifo-page");
    c = pv_caller(&p, 1);
    port = new_port(&other);
    take(port); /* bind_interdomain has sent one. */
    words = fresh(&p, 1);
    assert_int_equal(xenpt_event_init_control(p.w.machine, &c, fresh(&p, 1), 0, 1, &p.r, NULL),
                     XENPT_OK);
    must(p.r.name);
    assert_int_equal(xenpt_event_expand_array(p.w.machine, &c, words, &p.r, NULL), XENPT_OK);
    send_by(other);
    assert_int_equal(word_of(port), 0);
    pv_finish(&p);
}

/* What is closed, and in a queue yet, is nobody else's before its guest has taken it out. */
static void test_busy(void **state)
{
    struct xenpt_pv_caller c;
    uint32_t other, port, got;

    (void)state;
    start();
    c = pv_caller(&p, 1);
    port = new_port(&other);
    send_by(other);
    assert_int_equal(xenpt_event_close(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_int_equal(word_of(port), LINKED);
    assert_int_equal(xenpt_event_alloc_unbound(p.w.machine, &c, SELF, 0, &got, &p.r, NULL),
                     XENPT_OK);
    assert_int_not_equal(got, port);
    take(port);
    assert_int_equal(xenpt_event_alloc_unbound(p.w.machine, &c, SELF, 0, &got, &p.r, NULL),
                     XENPT_OK);
    assert_int_equal(got, port);
    pv_finish(&p);
}

/* It need not have been masked; of a port that nobody has, nothing comes. */
static void test_unmask_pending(void **state)
{
    struct xenpt_pv_caller c;
    uint32_t other, port;
    uint64_t at, word;

    (void)state;
    start();
    c = pv_caller(&p, 1);
    port = new_port(&other);
    at = (words << 12) + (4 * port & ~UINT64_C(7));
    word = PENDING << port % 2 * 32;
    assert_int_equal(xenpt_store_write(p.w.machine->store, at, &word, sizeof(word), NULL),
                     XENPT_OK);
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    assert_int_equal(word_of(port), PENDING | LINKED);
    assert_int_equal(xenpt_event_close(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    word = MASKED << port % 2 * 32;
    assert_int_equal(xenpt_store_write(p.w.machine->store, at, &word, sizeof(word), NULL),
                     XENPT_OK);
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, port, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    assert_int_equal(word_of(port), MASKED);
    pv_finish(&p);
}

/* Each of them reads what it is to do; d1 has nothing at the address 16 MiB. */
static void test_arguments(void **state)
{
    struct xenpt_pv_caller c;

    (void)state;
    start();
    c = pv_caller(&p, 1);
    c.has_argument = true;
    c.argument = 0x1000000;
    assert_int_equal(xenpt_event_init_control(p.w.machine, &c, heads, 0, 1, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "EFAULT");
    assert_int_equal(xenpt_event_expand_array(p.w.machine, &c, words, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "EFAULT");
    assert_int_equal(xenpt_event_set_priority(p.w.machine, &c, 1, 0, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "EFAULT");
    assert_int_equal(xenpt_event_unmask(p.w.machine, &c, 1, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "EFAULT");
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queues),      cmocka_unit_test(test_unmask),
        cmocka_unit_test(test_unmask_bits), cmocka_unit_test(test_again),
        cmocka_unit_test(test_waits),       cmocka_unit_test(test_lost),
        cmocka_unit_test(test_busy),        cmocka_unit_test(test_unmask_pending),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
