/* domains.c - the domains that dom0 makes: d1, of the same bytes as this kernel, and d2. */
#include "abi_domains.h"
#include "cases.h"
#include "guest.h"

#define D1_PAGES  4096u
#define D1_LIST   480u /* Frames as d1 counts them: the list of them... */
#define D1_LETTER 440u /* ...the letter, and behind it what d1 says... */
#define D1_ROOT   508u /* ...and four tables. */
#define D1_MAPPED 512u

uint64_t d1_frames[D1_PAGES], d1_pages, d1_taken, d1_shared_info;

extern uint8_t image[], bss[];
extern void entry(void);

static int64_t domctl(struct domctl *op)
{
    op->version = CTL_VERSION;
    return hypercall(CALL_DOMCTL, PTR(op), 0, 0, 0);
}

static void must(const char *what, int64_t rc)
{
    if (rc)
        stop(what, rc);
}

static void create(unsigned int domain, uint32_t flags, uint32_t emulation, uint64_t kib)
{
    struct domctl op = { .cmd = CTL_CREATE, .domain = (uint16_t)domain };

    op.u.create.flags = flags;
    op.u.create.max_vcpus = 1;
    op.u.create.max_ports = 1023; /* As libxl has it. */
    op.u.create.grant_frames = -1;
    op.u.create.maptrack_frames = -1;
    op.u.create.grant_version = 2;
    op.u.create.emulation = emulation;
    must("createdomain", domctl(&op));
    op = (struct domctl){ .cmd = CTL_MAX_MEM, .domain = (uint16_t)domain, .u.number = kib };
    must("max_mem", domctl(&op));
    op = (struct domctl){ .cmd = CTL_MAX_VCPUS, .domain = (uint16_t)domain, .u.count = 1 };
    must("max_vcpus", domctl(&op));
}

static void populate(unsigned int domain, uint64_t *frames, uint32_t nr)
{
    struct reservation r = { PTR(frames), nr, 0, 0, (uint16_t)domain };

    for (uint32_t i = 0; i < nr; i++)
        frames[i] = i;
    if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != nr)
        stop("populate_physmap", nr);
}

/* Ports that a domain begins with: for the xenstore, and for its console. */
static void ports(unsigned int domain)
{
    uint32_t port;

    for (unsigned int i = 0; i < 2; i++)
        must("alloc_unbound", ask_alloc_unbound(domain, D0, &port));
}

static uint64_t *d1_page(uint64_t pfn, bool clean)
{
    uint64_t *ret = mapped(d1_frames[pfn], true, D1);

    if (!ret)
        stop("a page of d1 cannot be mapped", (int64_t)pfn);
    if (clean)
        memset(ret, 0, 4096);
    return ret;
}

/* evtchn_upcall_mask of its vCPU: it has nothing that Xen could call. */
static void no_upcalls(void)
{
    uint8_t *info = mapped(d1_shared_info, true, D1);

    if (!info)
        stop("shared_info of d1 cannot be mapped", 0);
    info[1] = 1;
}

static void tables(void)
{
    uint64_t *at;

    for (uint64_t level = 4; level > 1; level--) {
        uint64_t next = d1_frames[D1_ROOT + 5 - level] << 12 | 0x67;

        at = d1_page(D1_ROOT + 4 - level, true);
        /* Slots of the address where the kernel is. */
        at[BASE >> (12 + 9 * (level - 1)) & 511] = next;
    }
    at = d1_page(D1_ROOT + 3, true);
    for (uint64_t i = 0; i < D1_MAPPED; i++)
        at[i] = d1_frames[i] << 12 | (i >= D1_ROOT ? 0x65 : 0x67);
}

static void contents(void)
{
    uint64_t pages = (PTR(bss) - PTR(image) + 4095) >> 12;
    struct letter *letter;

    for (uint64_t i = 0; i < pages; i++)
        memcpy(d1_page(i, false), image + i * 4096, 4096);
    for (uint64_t i = 0; i < D1_PAGES / 512; i++)
        memcpy(d1_page(D1_LIST + i, false), d1_frames + i * 512, 4096);
    for (uint64_t i = 1; i <= LOG_PAGES; i++)
        d1_page(D1_LETTER + i, true);
    letter = (struct letter *)d1_page(D1_LETTER, true);
    memcpy(letter->magic, LETTER_MAGIC, sizeof(LETTER_MAGIC));
    letter->nr_pages = D1_PAGES;
    letter->pt_base = BASE + D1_ROOT * 4096;
    letter->mfn_list = BASE + D1_LIST * 4096;
    letter->shared_info = d1_shared_info;
}

/* Its root is one from now on, and its vCPU has it loaded. */
static void vcpu(void)
{
    static struct vcpu_context context;
    struct mmuext pin = { 3, d1_frames[D1_ROOT], 0 };
    struct domctl op = { .cmd = CTL_SET_VCPU, .domain = D1 };

    /* It is writable until then, at the one place where dom0 has mapped it. */
    hypercall(CALL_UPDATE_VA, PTR(d1_page(D1_LETTER, false)), 0, 2, 0);
    must("pin", hypercall(CALL_MMUEXT_OP, PTR(&pin), 1, 0, D1));
    context.flags = CONTEXT_IN_KERNEL | CONTEXT_ONLINE;
    context.regs.rip = PTR(entry);
    context.regs.rsi = BASE + D1_LETTER * 4096;
    context.regs.cs = KERNEL_CS;
    context.regs.ss = KERNEL_SS;
    context.regs.rsp = BASE + D1_ROOT * 4096;
    context.regs.rflags = 0x202;
    context.kernel_ss = KERNEL_SS;
    context.kernel_sp = BASE + D1_ROOT * 4096;
    context.cr[3] = d1_frames[D1_ROOT] << 12;
    op.u.vcpu.context = PTR(&context);
    must("setvcpucontext", domctl(&op));
}

void d1_create(void)
{
    struct domctl op = { .cmd = CTL_INFO, .domain = D1 };

    create(D1, 0, 0, D1_PAGES * 4 + 1024);
    populate(D1, d1_frames, D1_PAGES);
    d1_pages = D1_PAGES;
    must("getdomaininfo", domctl(&op));
    d1_shared_info = op.u.info.shared_info;
    ports(D1);
    no_upcalls();
    contents();
    tables();
    vcpu();
}

/* What d1 has said, line by line: only now, so that Xen's own words come between none. */
static void tell(uint64_t nr)
{
    static char line[256];
    unsigned int length = 0;

    for (uint64_t i = 0; i < nr; i++) {
        const char *text = (const char *)d1_page(D1_LETTER + 1 + i / 4096, false);

        line[length++] = text[i % 4096];
        if (line[length - 1] == '\n' || length == sizeof(line)) {
            say_bytes(line, length);
            length = 0;
        }
    }
}

void d1_run(unsigned int last)
{
    struct domctl op = { .cmd = CTL_UNPAUSE, .domain = D1 };
    uint64_t others[64];
    struct letter *letter;
    uint64_t over;
    bool crashed;

    for (unsigned int i = 0; i < 64; i++)
        others[i] = fresh();
    letter = (struct letter *)d1_page(D1_LETTER, false);
    memcpy(letter->others, others, sizeof(others));
    letter->taken = d1_taken;
    letter->of_d2 = own.d2;
    letter->d2_taken = own.d2_taken;
    letter->last = last;
    hypercall(CALL_UPDATE_VA, PTR(letter), 0, 2, 0);
    must("unpausedomain", domctl(&op));
    /* It has said all when it is crashed, or when it was not. */
    do {
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
        letter = (struct letter *)d1_page(D1_LETTER, false);
        over = letter->over;
        op = (struct domctl){ .cmd = CTL_INFO, .domain = D1 };
        must("getdomaininfo", domctl(&op));
        crashed = op.u.info.flags & INFO_SHUTDOWN;
    } while (!crashed && over < 2);
    letter = (struct letter *)d1_page(D1_LETTER, false);
    over = letter->over;
    tell(letter->length);
    if (!over)
        stop("d1 is no more", INFO_REASON(op.u.info));
    cases_last(last, crashed && INFO_REASON(op.u.info) == SHUTDOWN_CRASH, say);
}

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

void d2_create(void)
{
    static uint64_t frames[D2_PAGES];
    struct domctl op = { .cmd = CTL_SET_MEMPOOL, .domain = D2, .u.number = 2 << 20 };

    create(D2, CREATE_HVM | CREATE_HAP, EMULATE_LAPIC, 5120);
    must("set_paging_mempool_size", domctl(&op));
    populate(D2, frames, D2_PAGES);
    special_frames();
    parameter(PARAM_IOREQ, 0xfeffd);
    parameter(PARAM_BUFIOREQ, 0xfeffb);
    ports(D2);
    own.d2 = 5;
}
