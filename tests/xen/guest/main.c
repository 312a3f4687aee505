/* main.c - a kernel that asks Xen things: dom0, and then, of the same bytes, d1. */
#include "cases.h"
#include "guest.h"
#include "pvh_build.h"

static struct letter *letter;
static char *said_before; /* d1: what it has said, for dom0 to read. */

extern void fault_6(void), fault_11(void), fault_12(void), fault_13(void), fault_14(void);

void *memcpy(void *to, const void *from, size_t n)
{
    void *ret = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return ret;
}

void *memset(void *to, int byte, size_t n)
{
    void *ret = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
    return ret;
}

void say_bytes(const char *bytes, uint64_t nr)
{
    if (!letter) {
        hypercall(CALL_CONSOLE_IO, 0, nr, PTR(bytes), 0);
        return;
    }
    for (uint64_t i = 0; i < nr && letter->length < LOG_SIZE; i++)
        said_before[letter->length++] = bytes[i];
}

void say(const char *text)
{
    uint64_t nr = 0;

    while (text[nr])
        nr++;
    say_bytes(text, nr);
}

void say_hex(uint64_t n)
{
    char digits[17] = { 0 };

    for (unsigned int i = 0; i < 16; i++)
        digits[i] = "0123456789abcdef"[n >> (60 - 4 * i) & 15];
    say(digits);
}

_Noreturn void stop(const char *what, int64_t rc)
{
    say("STOPPED: ");
    say(what);
    say(" 0x");
    say_hex((uint64_t)rc);
    say("\n");
    if (letter)
        letter->over = 2;
    for (;;)
        hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
}

_Noreturn void died(int vector, const uint64_t *stack)
{
    say("fault at ");
    say_hex(stack[vector == 6 ? 2 : 3]);
    say("\n");
    stop("a fault", vector);
}

static void traps(void)
{
    const struct trap table[] = {
        { 6, 0, KERNEL_CS, PTR(fault_6) },   { 11, 0, KERNEL_CS, PTR(fault_11) },
        { 12, 0, KERNEL_CS, PTR(fault_12) }, { 13, 0, KERNEL_CS, PTR(fault_13) },
        { 14, 0, KERNEL_CS, PTR(fault_14) }, { 0, 0, 0, 0 },
    };
    int64_t rc = hypercall(CALL_SET_TRAP_TABLE, PTR(table), 0, 0, 0);

    if (rc)
        stop("set_trap_table", rc);
    /* Writable page tables. */
    rc = hypercall(CALL_VM_ASSIST, 0, 2, 0, 0);
    if (rc)
        stop("vm_assist", rc);
}

void wish(void)
{
    letter->wish = 1;
    while (letter->wish)
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
}

/* Where it is in the kernel's command line, or NULL. */
static const char *word(const char *line, const char *what)
{
    for (; *line; line++) {
        unsigned int n = 0;

        while (what[n] && line[n] == what[n])
            n++;
        if (!what[n])
            return line;
    }
    return NULL;
}

static void ends(unsigned int last)
{
    d1_run(last);
    d2_run(last);
}

void begin(void *told);
void begin(void *told)
{
    const struct start_info *info = told;

    if (*(const char *)told == 'x' && ((const char *)told)[3] == 'p') {
        letter = told;
        is_external = letter->magic[7] == '2';
        said_before = (char *)told + 4096;
        memory_begin(NULL, letter);
        if (!is_external)
            traps();
        cases_run(say);
        letter->d2_taken = own.d2_taken;
        letter->over = 1;
        if (is_external)
            last_of_d2((unsigned int)letter->last);
        else
            last_iret((unsigned int)letter->last);
        letter->over = 2;
        for (;;)
            hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
    }
    memory_begin(info, NULL);
    traps();
    say("xenpt: begin\n");
    has_iommu = word(info->cmd_line, "iommu");
    for (unsigned int i = ALWAYS + 1; i < NR_FEATURES; i++)
        if (has((enum feature)i)) {
            say("xenpt: has ");
            say(feature_names[i]);
            say("\n");
        }
    /* "d1", "d2", and "hold-k", "hold-u" or "hold-x"; with none of these it asks its cases. */
    if (word(info->cmd_line, "d1"))
        d1_create();
    if (word(info->cmd_line, "d2"))
        d2_create();
    if (pvh_build(info) && !word(info->cmd_line, "hold-")) {
        say("xenpt: hold\n");
        for (;;)
            hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
    }
    if (word(info->cmd_line, "hold-"))
        hold(*(word(info->cmd_line, "hold-") + 5));
    d1_create();
    d2_create();
    d2_furnish();
    cases_run(say);
    ends(word(info->cmd_line, "iret-user-table")  ? IRET_USER_TABLE
         : word(info->cmd_line, "tss-of-its-own") ? TSS_OF_ITS_OWN
                                                  : IRET_FRAME);
    say("xenpt: end\n");
    for (;;)
        hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
}
