/*
 * pvh0.c - a PVH kernel that asks as dom0: the cases of cases_pvh0.c, and, by itself, for the table
 * of machine to physical frames by DOMID_XEN, where it writes a word that it
 * reads at another place.
 */
#include "abi_more.h"
#include "cases.h"

#define MEM_MACHPHYS_LIST 5u
#define DOMID_XEN         0x7ff2u
#define FRAMES            64u
#define MARK              UINT64_C(0x5a5a12345678)

uint64_t is_external = 1; /* hypercall() is VMMCALL. */
static uint64_t frames[FRAMES], taken, placed;

_Noreturn void begin(void);

static void say(const char *text)
{
    uint64_t nr = 0;

    while (text[nr])
        nr++;
    hypercall(CALL_CONSOLE_IO, 0, nr, PTR(text), 0);
}

static void say_hex(uint64_t n)
{
    char digits[18] = " ";

    for (unsigned int i = 0; i < 16; i++)
        digits[i + 1] = "0123456789abcdef"[n >> (60 - 4 * i) & 15];
    say(digits);
}

static void must(const char *what, int64_t rc)
{
    if (!rc)
        return;
    say("STOPPED: ");
    say(what);
    say_hex((uint64_t)rc);
    say("\n");
    for (;;)
        hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
}

void *memset(void *to, int byte, size_t n);
void *memset(void *to, int byte, size_t n)
{
    void *ret = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
    return ret;
}

void *memcpy(void *to, const void *from, size_t n);
void *memcpy(void *to, const void *from, size_t n)
{
    void *ret = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return ret;
}

/* --- What cases ask -------------------------------------------------------------------------- */

unsigned int who(void)
{
    return D0;
}

bool is_pvh(void)
{
    return true;
}

bool has(enum feature what)
{
    return what == ALWAYS;
}

uint64_t nothing_of_own(void)
{
    return 0x10000 + placed++;
}

uint64_t other(void)
{
    if (taken == FRAMES)
        must("d1 has no more frames", 1);
    return frames[taken++];
}

/* Tables of its own are no case's. */
uint64_t fresh(void)
{
    return 0;
}

uint64_t root(void)
{
    return 0;
}

uint64_t get(uint64_t frame, unsigned int slot)
{
    return ((const volatile uint64_t *)(frame << 12))[slot];
}

void put(uint64_t frame, unsigned int slot, uint64_t word)
{
    ((volatile uint64_t *)(frame << 12))[slot] = word;
}

int ask_mmu(const struct mmu_request *req, unsigned int nr, uint32_t foreigndom, uint32_t *done)
{
    return (int)hypercall(CALL_MMU_UPDATE, PTR(req), nr, PTR(done), foreigndom);
}

int ask_ext(const struct ext_request *op, unsigned int nr, uint32_t domain, uint32_t *done)
{
    struct mmuext ops[4];

    for (unsigned int i = 0; i < nr; i++)
        ops[i] = (struct mmuext){ op[i].cmd, op[i].arg, op[i].second };
    return (int)hypercall(CALL_MMUEXT_OP, PTR(ops), nr, PTR(done), domain);
}

int ask_add_batch(struct to_add what, const struct place *at, unsigned int nr, int *errors)
{
    uint64_t idx = at->idx, gfn = at->gfn;
    struct add_batch op = { (uint16_t)what.domain,
                            (uint16_t)what.space,
                            (uint16_t)nr,
                            (uint16_t)what.foreign,
                            PTR(&idx),
                            PTR(&gfn),
                            PTR(errors) };

    return (int)hypercall(CALL_MEMORY_OP, MEM_ADD_BATCH, PTR(&op), 0, 0);
}

int ask_remove(uint32_t domain, uint64_t gfn)
{
    struct remove_one op = { (uint16_t)domain, gfn };

    return (int)hypercall(CALL_MEMORY_OP, MEM_REMOVE, PTR(&op), 0, 0);
}

/* --- d1 -------------------------------------------------------------------------------------- */

static void control(const char *what, struct domctl op)
{
    op.domain = D1;
    op.version = CTL_VERSION;
    must(what, hypercall(CALL_DOMCTL, PTR(&op), 0, 0, 0));
}

/* A PV64 domain that has memory, and never runs. */
static void make_d1(void)
{
    struct domctl op = { .cmd = CTL_CREATE };
    struct reservation r = { PTR(frames), FRAMES, 0, 0, D1 };

    op.u.create.max_vcpus = 1;
    op.u.create.max_ports = 31;
    op.u.create.grant_frames = -1;
    op.u.create.maptrack_frames = -1;
    op.u.create.grant_version = 2;
    control("createdomain", op);
    control("max_mem", (struct domctl){ .cmd = CTL_MAX_MEM, .u.number = 16 << 10 });
    control("max_vcpus", (struct domctl){ .cmd = CTL_MAX_VCPUS, .u.count = 1 });
    for (uint64_t i = 0; i < FRAMES; i++)
        frames[i] = i + 0x100;
    if (hypercall(CALL_MEMORY_OP, MEM_POPULATE, PTR(&r), 0, 0) != FRAMES)
        must("populate_physmap", 1);
}

/* --- The table of machine to physical frames ------------------------------------------------- */

static int place(uint64_t frame, uint64_t gfn)
{
    struct to_add what = { .domain = SELF, .space = SPACE_GMFN_FOREIGN, .foreign = DOMID_XEN };
    struct place one = { frame, gfn };
    int error = -1, rc = ask_add_batch(what, &one, 1, &error);

    return rc ? rc : error;
}

/* By entries for a frame of d1's, of which it knows what they are: as it was populated. */
static void m2p(void)
{
    uint64_t first[8], mfn = frames[FRAMES - 1], a = nothing_of_own(), b = nothing_of_own(), table;
    unsigned int slot = (unsigned int)(mfn & 511);
    struct {
        uint32_t max, pad;
        uint64_t at;
        uint32_t nr, pad1;
    } list = { .max = 8, .at = PTR(first) };

    must("machphys_mfn_list", hypercall(CALL_MEMORY_OP, MEM_MACHPHYS_LIST, PTR(&list), 0, 0));
    table = first[mfn >> 18] + (mfn >> 9 & 511);
    must("a frame of the table", place(table, a));
    must("a frame of the table, once more", place(table, b));
    if (get(a, slot) != FRAMES - 1 + 0x100)
        must("this is another table", (int64_t)get(a, slot));
    put(a, slot, MARK);
    say("xenpt: m2p");
    say_hex(table);
    say_hex(mfn);
    say_hex(get(b, slot));
    say("\n");
}

_Noreturn void begin(void)
{
    say("xenpt: begin\n");
    make_d1();
    cases_list(&pvh0_cases, say);
    m2p();
    say("xenpt: end\n");
    for (;;)
        __asm__ volatile("pause");
}
