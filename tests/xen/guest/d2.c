/*
 * d2.c - d2, a PVH domain: of the same bytes as this kernel as well, at 2 MiB of its memory, with
 * tables that map its first GiB as it is, and this kernel where it is linked.
 */
#include "abi_domains.h"
#include "abi_hvm.h"
#include "cases.h"
#include "guest.h"

#define KERNEL 512u /* Frames, as d2 counts them. */
#define TABLES 240u
#define LETTER 200u /* And behind it what d2 says. */

extern uint8_t image[], bss[];
extern void entry(void);

/* What libxl sets apart for a guest besides its memory: 9 frames for ACPI, and 8 special ones. */
static void special_frames(void)
{
    static const struct {
        uint64_t first, nr;
    } runs[] = { { 0xfc000, 9 }, { 0xfeff8, 8 } };

    for (unsigned int i = 0; i < 2; i++)
        for (uint64_t k = 0; k < runs[i].nr; k++) {
            uint64_t gfn = runs[i].first + k;
            struct reservation r = { PTR(&gfn), 1, 0, 0, D2 };

            if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != 1)
                stop("a special frame", (int64_t)gfn);
        }
}

static void parameter(uint32_t index, uint64_t value)
{
    struct hvm_param op = { D2, 0, index, value };

    must("set_param", hypercall(CALL_HVM_OP, HVM_SET_PARAM, PTR(&op), 0, 0));
}

bool has_iommu;

void d2_create(void)
{
    static uint64_t frames[D2_PAGES];
    struct domctl op = { .cmd = CTL_SET_MEMPOOL, .domain = D2, .u.number = 2 << 20 };

    domain_create(D2, CREATE_HVM | CREATE_HAP | (has_iommu ? CREATE_IOMMU : 0), EMULATE_LAPIC,
                  5120);
    must("set_paging_mempool_size", domctl(&op));
    domain_populate(D2, frames, D2_PAGES);
    own.d2 = 5;
}

void d2_furnish(void)
{
    special_frames();
    parameter(PARAM_IOREQ, 0xfeffd);
    parameter(PARAM_BUFIOREQ, 0xfeffb);
    parameter(PARAM_STORE, 0xfeffc);
    domain_ports(D2);
}

/* --- Running --------------------------------------------------------------------------------- */

static void *page_of_d2(uint64_t gfn, bool clean)
{
    void *ret = mapped(gfn, true, D2);

    if (!ret)
        stop("a page of d2 cannot be mapped", (int64_t)gfn);
    if (clean)
        memset(ret, 0, 4096);
    return ret;
}

static void *letter_page(uint64_t i)
{
    return page_of_d2(LETTER + i, false);
}

#define LARGE 0xe3u /* A page of 2 MiB. */

static void tables(void)
{
    uint64_t *t = page_of_d2(TABLES, true);

    t[0] = (TABLES + 1) << 12 | 0x63;
    t[511] = (TABLES + 3) << 12 | 0x63;
    t = page_of_d2(TABLES + 1, true);
    t[0] = (TABLES + 2) << 12 | 0x63;
    t = page_of_d2(TABLES + 2, true);
    for (uint64_t i = 0; i < 512; i++)
        t[i] = i << 21 | LARGE;
    t = page_of_d2(TABLES + 3, true);
    t[510] = (TABLES + 4) << 12 | 0x63;
    t = page_of_d2(TABLES + 4, true);
    t[0] = (uint64_t)KERNEL << 12 | LARGE;
}

static void contents(void)
{
    uint64_t pages = (PTR(bss) - PTR(image) + 4095) >> 12;
    struct letter *letter;

    for (uint64_t i = 0; i < pages; i++)
        memcpy(page_of_d2(KERNEL + i, false), image + i * 4096, 4096);
    for (uint64_t i = 0; i <= LOG_PAGES; i++)
        page_of_d2(LETTER + i, true);
    letter = letter_page(0);
    memcpy(letter->magic, LETTER_MAGIC_D2, sizeof(LETTER_MAGIC_D2));
    letter->nr_pages = D2_PAGES;
    letter->taken = own.d2_taken;
}

static struct segment_state {
    uint32_t selector, access;
} const code = { 8, 0xa9b }, data = { 16, 0xc93 };

/* It begins in 64-bit mode. */
static void vcpu(void)
{
    static struct hvm_context c;
    struct hvm_cpu *cpu = &c.cpu;
    struct domctl op = { .cmd = CTL_SET_HVM_CONTEXT, .domain = D2 };

    c.header_is = (struct hvm_record){ HVM_RECORD_HEADER, 0, sizeof(c.header) };
    c.header.magic = HVM_MAGIC;
    c.header.version = 1;
    c.cpu_is = (struct hvm_record){ HVM_RECORD_CPU, 0, sizeof(c.cpu) };
    cpu->rip = PTR(entry);
    cpu->rsi = LETTER << 12;
    cpu->rflags = 2;
    cpu->cr[0] = 0x80000031;
    cpu->cr[2] = TABLES << 12; /* CR3: there is no CR1. */
    cpu->cr[3] = 0x20;
    cpu->dr[4] = 0xffff0ff0;
    cpu->dr[5] = 0x400;
    cpu->efer = 0x500;
    for (unsigned int i = 0; i < 6; i++) {
        cpu->selector[i] = i ? data.selector : code.selector;
        cpu->limit[i] = 0xffffffff;
        cpu->access[i] = i ? data.access : code.access;
    }
    cpu->limit[HVM_TR] = 0x67;
    cpu->access[HVM_TR] = 0x8b;
    cpu->access[HVM_LDTR] = 0x82;
    op.u.hvm_context.size = sizeof(c);
    op.u.hvm_context.buffer = PTR(&c);
    must("sethvmcontext", domctl(&op));
}

void d2_run(unsigned int last)
{
    struct letter *letter;
    uint32_t end;

    contents();
    tables();
    vcpu();
    letter = letter_page(0);
    letter->last = last;
    hypercall(CALL_UPDATE_VA, PTR(letter), 0, 2, 0);
    end = domain_wait(D2, letter_page);
    letter = letter_page(0);
    domain_tell(letter_page, letter->length);
    letter = letter_page(0);
    if (!letter->over)
        stop("d2 is no more", end);
    cases_last(D2, last, end == (INFO_SHUTDOWN | SHUTDOWN_CRASH << 16), say);
}
