/*
 * registers.c - from "info registers" to JSON.  QEMU, target/i386/cpu-dump.c, x86_cpu_dump_state():
 *
 *   RIP=ffff82d040203e4b RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
 *   CS =e008 0000000000000000 ffffffff 00a09b00 DPL=0 CS64 [-RA]
 *   GDT=     ffff82d04037f000 0000efff
 *   CR0=8005003b CR2=0000000000000000 CR3=000000000f127000 CR4=00340660
 *   EFER=0000000000001d01
 *
 * A CPU that is not in 64-bit code has EIP, ESP and EFL, with 8 digits.
 */
#include "registers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A key, what QEMU calls it, what it calls it in 32-bit code; and how many numbers it has. */
struct row {
    const char *key, *name, *narrow;
    unsigned int numbers;
    bool needed;
};

static const struct row rows[] = {
    { "rip", "RIP", "EIP", 1, true },  { "cr0", "CR0", NULL, 1, true },
    { "cr2", "CR2", NULL, 1, false },  { "cr3", "CR3", NULL, 1, true },
    { "cr4", "CR4", NULL, 1, true },   { "efer", "EFER", NULL, 1, true },
    { "rsp", "RSP", "ESP", 1, false }, { "rflags", "RFL", "EFL", 1, false },
    { "cpl", "CPL", NULL, 0, false },  { "hlt", "HLT", NULL, 0, false },
    { "cs", "CS", NULL, 4, false },    { "ss", "SS", NULL, 4, false },
    { "ds", "DS", NULL, 4, false },    { "es", "ES", NULL, 4, false },
    { "fs", "FS", NULL, 4, false },    { "gs", "GS", NULL, 4, false },
    { "ldt", "LDT", NULL, 4, false },  { "tr", "TR", NULL, 4, false },
    { "gdt", "GDT", NULL, 2, false },  { "idt", "IDT", NULL, 2, false },
};

/* What stands behind NAME= or NAME =; NULL: there is no such name. */
static const char *value_of(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = text; (at = strstr(at, name)); at++) {
        const char *end = at + length;

        if (at > text && isalnum((unsigned char)at[-1]))
            continue;
        end += strspn(end, " ");
        if (*end == '=')
            return end + 1;
    }
    return NULL;
}

static json_t *hexadecimal(const char **at)
{
    char word[32], *end;

    unsigned long long v = strtoull(*at, &end, 16);

    if (end == *at)
        return NULL;
    *at = end;
    snprintf(word, sizeof(word), "%llx", v);
    return json_string(word);
}

static json_t *several(const char *at, unsigned int nr)
{
    json_t *ret = json_array();

    for (unsigned int i = 0; i < nr; i++)
        if (json_array_append_new(ret, hexadecimal(&at))) {
            json_decref(ret);
            return NULL;
        }
    return ret;
}

static json_t *value(const struct row *row, const char *at)
{
    switch (row->numbers) {
    case 0:
        return json_integer(strtol(at, NULL, 10));
    case 1:
        return hexadecimal(&at);
    default:
        return several(at, row->numbers);
    }
}

enum xenpt_code registers_of_text(const char *text, size_t nr, json_t **ret,
                                  struct xenpt_error *err)
{
    json_t *cpu = json_object();

    for (size_t i = 0; cpu && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *at = value_of(text, rows[i].name);
        json_t *v;

        if (!at && rows[i].narrow)
            at = value_of(text, rows[i].narrow);
        v = at ? value(&rows[i], at) : NULL;
        if (!v && rows[i].needed) {
            json_decref(cpu);
            return xenpt_fail(err, XENPT_EPARSE, "`info registers` of CPU %zu has no %s", nr,
                              rows[i].name);
        }
        if (v && json_object_set_new(cpu, rows[i].key, v)) {
            json_decref(cpu);
            cpu = NULL;
        }
    }
    if (!cpu)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the registers of CPU %zu", nr);
    *ret = cpu;
    return XENPT_OK;
}
