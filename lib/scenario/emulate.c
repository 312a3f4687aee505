/* emulate.c - what an instruction is, and which memory it accesses. */
#include "scenario/emulate.h"

#include <string.h>

#include <Zydis/Zydis.h>

#include "base/bits.h"

/* The number of a general register, whatever of it is meant; FS and GS by their bases. */
static bool number_of(ZydisRegister reg, ZydisMachineMode mode, unsigned int *ret)
{
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);

    (void)mode;
    if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15)
        return false;
    *ret = (unsigned int)(whole - ZYDIS_REGISTER_RAX);
    return true;
}

/* base + index * scale + displacement, in the width of addresses; then the segment's base. */
static uint64_t address_of(const ZydisDecodedInstruction *in, const ZydisDecodedOperandMem *m,
                           uint64_t rip, const uint64_t registers[NR_REGISTERS])
{
    uint64_t at = (uint64_t)m->disp.value;
    unsigned int n;

    if (m->base == ZYDIS_REGISTER_RIP || m->base == ZYDIS_REGISTER_EIP)
        at += rip + in->length;
    else if (number_of(m->base, in->machine_mode, &n))
        at += registers[n];
    if (number_of(m->index, in->machine_mode, &n))
        at += registers[n] * m->scale;
    if (in->address_width < 64)
        at &= ones(in->address_width);
    if (m->segment == ZYDIS_REGISTER_FS)
        at += registers[REGISTER_FS];
    if (m->segment == ZYDIS_REGISTER_GS)
        at += registers[REGISTER_GS];
    return in->machine_mode == ZYDIS_MACHINE_MODE_LONG_64 ? at : at & UINT32_MAX;
}

/* How often a string instruction is repeated; Model: upwards, the direction flag being clear. */
static uint64_t repeats(const ZydisDecodedInstruction *in, const uint64_t registers[NR_REGISTERS])
{
    static const ZydisInstructionAttributes rep = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE |
                                                  ZYDIS_ATTRIB_HAS_REPNE;
    uint64_t count = registers[REGISTER_RCX];

    if (!(in->attributes & rep))
        return 1;
    return in->address_width < 64 ? count & ones(in->address_width) : count;
}

static void add_operand(const ZydisDecodedInstruction *in, const ZydisDecodedOperand *o,
                        uint64_t rip, const uint64_t registers[NR_REGISTERS],
                        struct instruction *ret)
{
    struct operand *to = &ret->operand[ret->nr];

    if (o->type != ZYDIS_OPERAND_TYPE_MEMORY || o->mem.type != ZYDIS_MEMOP_TYPE_MEM ||
        ret->nr == OPERANDS_MAX)
        return;
    *to = (struct operand){ .va = address_of(in, &o->mem, rip, registers),
                            .length = o->size / 8 * repeats(in, registers),
                            .read = o->actions & ZYDIS_OPERAND_ACTION_MASK_READ,
                            .write = o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE };
    /* A push writes below the stack pointer. */
    if (to->write && !to->read && o->mem.base != ZYDIS_REGISTER_NONE &&
        o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
        ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, o->mem.base) ==
            ZYDIS_REGISTER_RSP)
        to->va -= to->length;
    if (to->length)
        ret->nr++;
}

/* By its opcode, as Xen's own list has them. */
static bool is_emulated_for_pv(const ZydisDecodedInstruction *in)
{
    static const uint8_t one[] = { 0x6c, 0x6d, 0x6e, 0x6f, 0xe4, 0xe5, 0xe6,
                                   0xe7, 0xec, 0xed, 0xee, 0xef, 0xfa, 0xfb };
    static const uint8_t two[] = { 0x06, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0xa2 };

    if (in->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT)
        return memchr(one, in->opcode, sizeof(one));
    if (in->opcode_map != ZYDIS_OPCODE_MAP_0F)
        return false;
    return memchr(two, in->opcode, sizeof(two)) || in->mnemonic == ZYDIS_MNEMONIC_XSETBV ||
           in->mnemonic == ZYDIS_MNEMONIC_RDTSCP;
}

enum decoded instruction_decode(const uint8_t *bytes, size_t nr, bool wide, uint64_t rip,
                                const uint64_t registers[NR_REGISTERS], struct instruction *ret)
{
    ZydisMachineMode mode = wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction in;
    ZydisFormatter formatter;
    ZydisDecoder decoder;
    ZyanStatus status;

    *ret = (struct instruction){ .length = 0 };
    ZydisDecoderInit(&decoder, mode, wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
    status = ZydisDecoderDecodeFull(&decoder, bytes, nr, &in, operands);
    if (status == ZYDIS_STATUS_NO_MORE_DATA)
        return DECODED_SHORT;
    if (!ZYAN_SUCCESS(status))
        return DECODED_INVALID;
    ret->length = in.length;
    for (unsigned int i = 0; i < in.operand_count; i++)
        add_operand(&in, &operands[i], rip, registers, ret);
    ret->privileged_pv = is_emulated_for_pv(&in);
    ret->string_io = in.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && in.opcode >= 0x6c &&
                     in.opcode <= 0x6f;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &in, operands,
                                                      in.operand_count_visible, ret->words,
                                                      sizeof(ret->words), rip, NULL)))
        *ret->words = 0;
    return DECODED;
}
