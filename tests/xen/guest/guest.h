/* guest.h - the kernel: its memory, what it says, the second domain. */
#ifndef XENPT_TEST_XEN_GUEST_H
#define XENPT_TEST_XEN_GUEST_H

#include "abi.h"
#include "asks.h"

#define BASE     UINT64_C(0xffffffff80000000)
#define D2_PAGES 1024u

/* What d1, or d2, is told, and where it writes what it has to say: pages of its own, which dom0
 * reads. */
struct letter {
    char magic[16];
    uint64_t nr_pages, pt_base, mfn_list, shared_info, taken, others[64], of_d2, d2_taken, last;
    volatile uint64_t length, over, wish; /* wish: 1: that dom0 makes it a device model. */
};
#define LETTER_MAGIC    "xenpt d1"
#define LETTER_MAGIC_D2 "xenpt d2"
#define LOG_PAGES       32u
#define LOG_SIZE        (LOG_PAGES * 4096u)

/* --- memory.c -------------------------------------------------------------------------------- */

/* The kernel's own memory: frames as it counts them, of those that it was given. */
struct own {
    unsigned int domain;
    uint64_t nr_pages, root, shared_info, d2, taken, d2_taken;
    const uint64_t *list;
    uint64_t others[64], nr_others;
};
extern struct own own;

void memory_begin(const struct start_info *info, const struct letter *letter);
/* A frame at a page of this kernel's, until the next; of another domain's, or SELF.  NULL: it may
 * not be mapped so. */
void *mapped(uint64_t frame, bool writable, uint32_t domain);
/* What there is of d1, for dom0. */
extern uint64_t d1_frames[], d1_pages, d1_taken, d1_shared_info;

/* --- domains.c ------------------------------------------------------------------------------- */

int64_t domctl(struct domctl *op);
/* Stops where what this kernel needs has failed. */
void must(const char *what, int64_t rc);
void domain_create(unsigned int domain, uint32_t flags, uint32_t emulation, uint64_t kib);
void domain_populate(unsigned int domain, uint64_t *frames, uint32_t nr);
void domain_ports(unsigned int domain);
/* Page i of a domain's letter, and of what it says behind that. */
typedef void *(*domain_page_fn)(uint64_t i);
void domain_tell(domain_page_fn page_of, uint64_t nr);
/* It runs until it has said all: 0, or why it does not run any more. */
uint32_t domain_wait(unsigned int domain, domain_page_fn page_of);

void d1_create(void);
/* Of the letter that this kernel was sent: it wishes that, and waits. */
void wish(void);
/* last: by which iret it is crashed at the end. */
void d1_run(unsigned int last);

/* --- d2.c ------------------------------------------------------------------------------------ */

void d2_create(void);
/* What its builder gives a guest besides memory. */
void d2_furnish(void);
/* The machine has an IOMMU, and d2 is made so that it can have devices. */
extern bool has_iommu;
/* last: in which way it is crashed at the end. */
void d2_run(unsigned int last);

/* --- hold.c ---------------------------------------------------------------------------------- */

/* 'k': in the kernel, 'u': in user mode, 'x': in Xen. */
_Noreturn void hold(char where);

/* --- main.c ---------------------------------------------------------------------------------- */

void say(const char *text);
void say_bytes(const char *bytes, uint64_t nr);
void say_hex(uint64_t n);
/* Says so and stops: what this kernel needs to begin with has failed. */
_Noreturn void stop(const char *what, int64_t rc);

int trial(void (*what)(uint64_t, uint64_t), uint64_t a, uint64_t b);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

#endif
