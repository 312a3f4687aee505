/*
 * pvh_build.c - PVH domains that dom0 makes: of the kernel in its module, one for each word
 * "pvh-64k", "pvh-paeu", "pvh-2levelx" and so on, which is how it pages and where it holds still.
 */
#include "pvh_build.h"
#include "cases.h"
#include "guest.h"
#include "pvh.h"

#define CTL_SET_HVM 34u
#define FIRST       3u /* Its domid: d1 and d2 are others. */
#define FRAMES      4096u
#define MOST        3u

struct elf_part {
    uint32_t type, offset, va, pa, in_file, in_memory, flags, align;
};

/* hvm/save.h: what a vCPU begins with. */
struct hvm_context {
    struct {
        uint16_t type, instance;
        uint32_t length, magic, version;
        uint64_t changeset;
        uint32_t cpuid, khz;
    } header;
    struct {
        uint16_t type, instance;
        uint32_t length;
        uint8_t fpu[512];
        uint64_t rax, rbx, more[14], rip, rflags, cr0, cr2, cr3, cr4, dr[6];
        uint32_t selectors[8], limits[10]; /* CS, DS, ES, FS, GS, SS, TR, LDTR; IDT, GDT */
        uint64_t bases[10];
        uint32_t rights[8];
        uint64_t sysenter[3], shadow_gs, msr_flags, lstar, star, cstar, mask, efer, tsc_aux, tsc;
        uint32_t event, error, flags, pad;
    } cpu;
    uint16_t end, instance;
    uint32_t length;
};
_Static_assert(sizeof(((struct hvm_context *)0)->cpu) == 8 + 1032, "as Xen has it");

static void control(const char *what, struct domctl op, uint32_t domain)
{
    op.domain = (uint16_t)domain;
    must(what, domctl(&op));
}

static uint8_t *page_of(uint32_t domain, uint64_t gfn)
{
    uint8_t *ret = mapped(gfn, true, domain);

    if (!ret)
        stop("a page of a PVH domain cannot be mapped", (int64_t)gfn);
    return ret;
}

static void create(uint32_t domain, bool hap)
{
    struct domctl op = { .cmd = CTL_CREATE };

    op.u.create.flags = CREATE_HVM | (hap ? CREATE_HAP : 0);
    op.u.create.max_vcpus = 2;
    op.u.create.max_ports = 31;
    op.u.create.grant_frames = 4;
    op.u.create.maptrack_frames = -1;
    op.u.create.grant_version = 2;
    op.u.create.emulation = EMULATE_LAPIC;
    control("createdomain", op, domain);
    control("max_mem", (struct domctl){ .cmd = CTL_MAX_MEM, .u.number = FRAMES * 4 + 1024 },
            domain);
    control("max_vcpus", (struct domctl){ .cmd = CTL_MAX_VCPUS, .u.count = 2 }, domain);
    control("set_paging_mempool_size",
            (struct domctl){ .cmd = CTL_SET_MEMPOOL, .u.number = 4 << 20 }, domain);
}

/* The first 2 MiB frame by frame, the rest as superpages. */
static void populate(uint32_t domain)
{
    static uint64_t frames[512];
    struct reservation r = { PTR(frames), 512, 0, 0, (uint16_t)domain };

    for (uint64_t i = 0; i < 512; i++)
        frames[i] = i;
    if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != 512)
        stop("populate_physmap", domain);
    r.nr = FRAMES / 512 - 1;
    r.order = 9;
    for (uint64_t i = 0; i < r.nr; i++)
        frames[i] = (i + 1) * 512;
    if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != (int64_t)r.nr)
        stop("populate_physmap of superpages", domain);
}

static void load(uint32_t domain, const uint8_t *elf)
{
    const struct elf_part *part = (const struct elf_part *)(elf + *(const uint32_t *)(elf + 28));
    unsigned int nr = *(const uint16_t *)(elf + 44);

    for (unsigned int i = 0; i < nr; i++) {
        uint32_t at = 0;

        if (part[i].type != 1)
            continue;
        for (; at < part[i].in_memory; at += 4096) {
            uint8_t *to = page_of(domain, (part[i].pa + at) >> 12);
            uint32_t n = part[i].in_file > at ? part[i].in_file - at : 0;

            memset(to, 0, 4096);
            memcpy(to, elf + part[i].offset + at, n < 4096 ? n : 4096);
        }
    }
}

/* What it is told is at 4096, and the words at 4352. */
static void tell(uint32_t domain, const char *mode, char where)
{
    uint8_t *to = page_of(domain, 1);
    uint32_t *info = (uint32_t *)to;
    char *line = (char *)to + 256;

    memset(to, 0, 4096);
    info[0] = 0x336ec578;
    info[6] = 4096 + 256;
    memcpy(line, "two hold-? mode-", 16);
    line[9] = where;
    memcpy(line + 16, mode, 6);
}

static void begin_vcpu(uint32_t domain, uint32_t entry)
{
    static struct hvm_context c;

    c.header.type = 1;
    c.header.length = 24;
    c.header.magic = 0x54381286;
    c.header.version = 1;
    c.cpu.type = 2;
    c.cpu.length = sizeof(c.cpu) - 8;
    c.cpu.rip = entry;
    c.cpu.rbx = 4096;
    c.cpu.rflags = 2;
    c.cpu.cr0 = 0x11;
    for (unsigned int i = 0; i < 6; i++) {
        c.cpu.limits[i] = 0xffffffff;
        c.cpu.rights[i] = i ? 0xc93 : 0xc9b;
    }
    c.cpu.limits[6] = 0x67;
    c.cpu.rights[6] = 0x8b;
    control(
        "sethvmcontext",
        (struct domctl){ .cmd = CTL_SET_HVM, .u.vcpu = { .vcpu = sizeof(c), .context = PTR(&c) } },
        domain);
}

/* What it grants is mapped, and stays so. */
static void map_grant(uint32_t domain)
{
    static uint8_t room[MOST][4096] __attribute__((aligned(4096)));
    struct grant_map op = {
        .at = PTR(room[domain - FIRST]), .flags = 2, .ref = 8, .domain = (uint16_t)domain
    };

    must("map_grant_ref", hypercall(CALL_GRANT_TABLE_OP, GRANT_MAP, PTR(&op), 1, 0));
    must("map_grant_ref", op.status);
}

static void build(uint32_t domain, const uint8_t *elf, const char *word, bool hap)
{
    unsigned int length = *word == '6' ? 2 : *word == 'p' ? 3 : 6;

    create(domain, hap);
    populate(domain);
    load(domain, elf);
    memset(page_of(domain, GFN_HELD), 0, 4096);
    tell(domain, word, word[length]);
    begin_vcpu(domain, *(const uint32_t *)(elf + 24));
    control("unpausedomain", (struct domctl){ .cmd = CTL_UNPAUSE }, domain);
    /* Both vCPUs of it are where they hold still. */
    while (*(volatile uint32_t *)page_of(domain, GFN_HELD) < 2)
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
    map_grant(domain);
}

bool pvh_build(const struct start_info *info)
{
    uint32_t nr = 0;
    bool hap = true;

    for (const char *at = info->cmd_line; *at; at++)
        if (at[0] == 'n' && at[1] == 'o' && at[2] == '-' && at[3] == 'h')
            hap = false;
    for (const char *at = info->cmd_line; *at && nr < MOST; at++)
        if (at[0] == 'p' && at[1] == 'v' && at[2] == 'h' && at[3] == '-')
            build(FIRST + nr++, (const uint8_t *)info->mod_start, at + 4, hap);
    if (nr)
        hypercall(CALL_UPDATE_VA, PTR(page_of(FIRST, 1)), 0, 2, 0);
    return nr;
}
