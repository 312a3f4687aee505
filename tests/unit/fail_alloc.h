/*
 * fail_alloc.h - running out of memory on purpose.
 *
 * For tests linked with FAIL_ALLOC.  Every allocation of the code under test goes through a
 * countdown; those of libraries it calls (libelf, libc itself) do not.  The usual sweep lets
 * each allocation of a call be the first to fail, until the call needs no more of them:
 *
 *     for (unsigned long n = 0;; n++) {
 *         fail_alloc_after(n);
 *         code = call(...);
 *         if (!fail_alloc_stop())
 *             break;
 *         assert_int_equal(code, XENPT_ENOMEM);
 *     }
 *     assert_int_equal(code, XENPT_OK);
 */
#ifndef XENPT_TESTS_FAIL_ALLOC_H
#define XENPT_TESTS_FAIL_ALLOC_H

/* From now on n allocations succeed, and all others fail. */
void fail_alloc_after(unsigned long n);

/* From now on the allocation after n others fails, and no other one. */
void fail_alloc_once_after(unsigned long n);

/* From now on none fails.  Returns how many did since one of the above. */
unsigned long fail_alloc_stop(void);

#endif
