/* domains.c - the domains that dom0 makes, and d1, of the same bytes as this kernel. */
#include "abi_more.h"
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

/* Xen answers EACCES where it is spoken to by another version. */
static uint32_t version(void)
{
    static const uint32_t known[] = { CTL_VERSION, CTL_VERSION_4_20 };
    static uint32_t found;

    for (unsigned int i = 0; !found && i < sizeof(known) / sizeof(known[0]); i++) {
        struct domctl op = { .cmd = CTL_INFO, .version = known[i], .domain = D0 };

        if (hypercall(CALL_DOMCTL, PTR(&op), 0, 0, 0) != -13)
            found = known[i];
    }
    return found;
}

int64_t domctl(struct domctl *op)
{
    op->version = version();
    return hypercall(CALL_DOMCTL, PTR(op), 0, 0, 0);
}

void must(const char *what, int64_t rc)
{
    if (rc)
        stop(what, rc);
}

void domain_create(unsigned int domain, uint32_t flags, uint32_t emulation, uint64_t kib)
{
    struct domctl op = { .cmd = CTL_CREATE, .domain = (uint16_t)domain };
    int64_t rc;

    op.u.create.flags = flags;
    op.u.create.max_vcpus = 1;
    op.u.create.max_ports = 1023; /* As libxl has it. */
    op.u.create.grant_frames = -1;
    op.u.create.maptrack_frames = -1;
    op.u.create.grant_version = 2;
    *(version() == CTL_VERSION ? &op.u.create.emulation : &op.u.create.misc) = emulation;
    rc = domctl(&op);
    if (rc == -22) { /* gnttab=max-ver:1 */
        op.u.create.grant_version = 1;
        rc = domctl(&op);
    }
    must("createdomain", rc);
    op = (struct domctl){ .cmd = CTL_MAX_MEM, .domain = (uint16_t)domain, .u.number = kib };
    must("max_mem", domctl(&op));
    op = (struct domctl){ .cmd = CTL_MAX_VCPUS, .domain = (uint16_t)domain, .u.count = 1 };
    must("max_vcpus", domctl(&op));
}

void domain_populate(unsigned int domain, uint64_t *frames, uint32_t nr)
{
    struct reservation r = { PTR(frames), nr, 0, 0, (uint16_t)domain };

    for (uint32_t i = 0; i < nr; i++)
        frames[i] = i;
    if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != nr)
        stop("populate_physmap", nr);
}

/* Ports that a domain begins with: for the xenstore, and for its console. */
void domain_ports(unsigned int domain)
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

    domain_create(D1, 0, 0, D1_PAGES * 4 + 1024);
    domain_populate(D1, d1_frames, D1_PAGES);
    d1_pages = D1_PAGES;
    must("getdomaininfo", domctl(&op));
    d1_shared_info = op.u.info.shared_info;
    domain_ports(D1);
    no_upcalls();
    contents();
    tables();
    vcpu();
}

/* What a domain has said, line by line: only now, so that Xen's own words come between none. */
void domain_tell(domain_page_fn page_of, uint64_t nr)
{
    static char line[256];
    unsigned int length = 0;

    for (uint64_t i = 0; i < nr; i++) {
        const char *text = page_of(1 + i / 4096);

        line[length++] = text[i % 4096];
        if (line[length - 1] == '\n' || length == sizeof(line)) {
            say_bytes(line, length);
            length = 0;
        }
    }
}

void become_model(void)
{
    wish();
}

static void model_of_d2(unsigned int domain)
{
    struct domctl op = { .cmd = CTL_SET_TARGET, .domain = (uint16_t)domain, .u.count = D2 };

    must("set_target", domctl(&op));
}

uint32_t domain_wait(unsigned int domain, domain_page_fn page_of)
{
    struct domctl op = { .cmd = CTL_UNPAUSE, .domain = (uint16_t)domain };
    struct letter *letter;

    must("unpausedomain", domctl(&op));
    /* It has said all when it is crashed, or when it was not. */
    do {
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
        letter = page_of(0);
        if (letter->over == 2)
            return 0;
        if (letter->wish) {
            model_of_d2(domain);
            letter = page_of(0);
            letter->wish = 0;
        }
        op = (struct domctl){ .cmd = CTL_INFO, .domain = (uint16_t)domain };
        must("getdomaininfo", domctl(&op));
    } while (!(op.u.info.flags & INFO_SHUTDOWN));
    return INFO_SHUTDOWN | INFO_REASON(op.u.info) << 16;
}

static void *letter_page(uint64_t i)
{
    return d1_page(D1_LETTER + i, false);
}

void d1_run(unsigned int last)
{
    struct letter *letter;
    uint64_t others[64];
    uint32_t end;

    for (unsigned int i = 0; i < 64; i++)
        others[i] = fresh();
    letter = letter_page(0);
    memcpy(letter->others, others, sizeof(others));
    letter->taken = d1_taken;
    letter->of_d2 = own.d2;
    letter->d2_taken = own.d2_taken;
    letter->last = last;
    hypercall(CALL_UPDATE_VA, PTR(letter), 0, 2, 0);
    end = domain_wait(D1, letter_page);
    letter = letter_page(0);
    own.d2_taken = letter->d2_taken;
    domain_tell(letter_page, letter->length);
    letter = letter_page(0);
    if (!letter->over)
        stop("d1 is no more", end);
    cases_last(D1, last, end == (INFO_SHUTDOWN | SHUTDOWN_CRASH << 16), say);
}
