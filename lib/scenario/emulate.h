/*
 * emulate.h - an instruction that Xen emulates: its bytes, as they lie in the guest's memory or as
 * the processor hands them over, and the operands in memory that it has; x86_emulate/.
 *
 * Zydis decodes; what the operands' addresses are is worked out here, from the registers that a
 * step gives.
 */
#ifndef XENPT_SCENARIO_EMULATE_H
#define XENPT_SCENARIO_EMULATE_H

#include "scenario/world.h"

#define INSTRUCTION_MAX   15
#define OPERANDS_MAX      4
#define INSTRUCTION_WORDS 96

/* Registers that addresses are made of, in the order of their numbers; and two bases. */
enum { REGISTER_RCX = 1, REGISTER_RSP = 4, REGISTER_FS = 16, REGISTER_GS, NR_REGISTERS };

/* An operand in memory. */
struct operand {
    uint64_t va, length;
    bool read, write;
};

struct instruction {
    unsigned int length;
    char words[INSTRUCTION_WORDS]; /* "lmsw word ptr [rax]" */
    struct operand operand[OPERANDS_MAX];
    unsigned int nr;
    bool privileged_pv; /* What Xen emulates for PV guests: emul-priv-op.c, validate. */
    bool string_io;     /* INS or OUTS: of those, with an operand in memory. */
};

/* What the bytes are, for a guest in 64-bit or 32-bit mode. */
enum decoded {
    DECODED,
    DECODED_SHORT,   /* More bytes are needed. */
    DECODED_INVALID, /* It is no instruction. */
};
enum decoded instruction_decode(const uint8_t *bytes, size_t nr, bool wide, uint64_t rip,
                                const uint64_t registers[NR_REGISTERS], struct instruction *ret);

#endif
