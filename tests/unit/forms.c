/*
 * forms.c - the paging formats as real processors have them; see forms.h.
 *
 * What these functions say of entries is told from the manuals, by the numbers, and shares
 * nothing with the library's tables.
 */
#include "forms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
const struct form forms[] = {
    { "2-level without PSE",   XENPT_2LEVEL,  2, 4, 36, .no_2m = true },
    { "2-level",               XENPT_2LEVEL,  2, 4, 32, .pse = true },
    { "PSE-36 of 36 bits",     XENPT_2LEVEL,  2, 4, 36, .pse = true, .pse36 = true },
    { "PSE-36 of 40 bits",     XENPT_2LEVEL,  2, 4, 46, .pse = true, .pse36 = true },
    { "PAE",                   XENPT_PAE,     3, 8, 36, .amd = false },
    { "PAE without NX",        XENPT_PAE,     3, 8, 52, .no_nx = true },
    { "4-level",               XENPT_4LEVEL,  4, 8, 52, .amd = false },
    { "4-level of AMD",        XENPT_4LEVEL,  4, 8, 48, .amd = true },
    { "4-level of 2008",       XENPT_4LEVEL,  4, 8, 38, .no_gb = true, .no_nx = true },
    { "5-level",               XENPT_5LEVEL,  5, 8, 52, .amd = false },
    { "EPT",                   XENPT_EPT4,    4, 8, 46, .exec_only = true },
    { "EPT of 4 KiB pages",    XENPT_EPT4,    4, 8, 36, .no_gb = true, .no_2m = true },
    { "EPT without 2M pages",  XENPT_EPT4,    4, 8, 40, .no_2m = true },
    { "EPT with MBEC",         XENPT_EPT4,    4, 8, 52, .exec_only = true, .mbec = true },
    { "EPT 5-level",           XENPT_EPT5,    5, 8, 52, .amd = false },
    { "NPT 2-level",           XENPT_NPT2,    2, 4, 40, .pse = true, .pse36 = true, .amd = true },
    { "NPT PAE",               XENPT_NPT_PAE, 3, 8, 48, .amd = true },
    { "NPT",                   XENPT_NPT4,    4, 8, 48, .amd = true },
    { "NPT 5-level",           XENPT_NPT5,    5, 8, 52, .amd = true },
};
/* clang-format on */

const size_t nr_forms = sizeof(forms) / sizeof(forms[0]);

const struct form *form_named(const char *name)
{
    for (size_t i = 0; i < nr_forms; i++)
        if (!strcmp(forms[i].name, name))
            return &forms[i];
    fail_msg("no form is named %s", name);
    return NULL;
}

bool form_is_ept(const struct form *form)
{
    return form->id == XENPT_EPT4 || form->id == XENPT_EPT5;
}

bool form_is_canonical(const struct form *form)
{
    return form->id == XENPT_4LEVEL || form->id == XENPT_5LEVEL;
}

struct xenpt_paging form_paging(const struct form *form, uint64_t root)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(form->amd ? XENPT_AMD : XENPT_INTEL);
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP, .cr3 = root };
    struct xenpt_error err = { 0 };
    struct xenpt_paging pg;
    enum xenpt_code code;

    cpu.maxphyaddr = form->maxphyaddr;
    cpu.pse36 = form->pse36;
    cpu.gb_pages = cpu.ept_gb_pages = !form->no_gb;
    cpu.ept_2m_pages = !form->no_2m;
    cpu.ept_mbec = form->mbec;
    cpu.ept_exec_only = form->exec_only;
    if (form->pse)
        regs.cr4 |= XENPT_CR4_PSE;
    if (form->levels >= 3)
        regs.cr4 |= XENPT_CR4_PAE;
    if (form->levels >= 4)
        regs.efer |= XENPT_EFER_LME | XENPT_EFER_LMA;
    if (form->levels == 5)
        regs.cr4 |= XENPT_CR4_LA57;
    if (form->levels >= 3 && !form->no_nx)
        regs.efer |= XENPT_EFER_NXE;
    if (form_is_ept(form))
        code = xenpt_paging_init_ept(&pg, &cpu, root | (form->levels - 1u) << 3 | 6 | EIPAT, &err);
    else if (form->id >= XENPT_NPT2)
        code = xenpt_paging_init_npt(&pg, &cpu, &regs, root, &err);
    else
        code = xenpt_paging_init(&pg, &cpu, &regs, &err);
    if (code || pg.id != form->id || pg.root != root)
        fail_msg("%s: %s", form->name, err.text);
    return pg;
}

unsigned int form_shift(const struct form *form, unsigned int level)
{
    return 12 + (form->entry_size == 4 ? 10 : 9) * (level - 1);
}

bool form_has_pages(const struct form *form, unsigned int level)
{
    if (level == 1)
        return true;
    if (level == 2)
        return form->entry_size == 4 ? form->pse : !form->no_2m;
    return level == 3 && form->levels >= 4 && !form->no_gb;
}

uint64_t form_table_flags(const struct form *form)
{
    return P | RW | US | (form->mbec ? EXU : 0); /* EPT: R, W and X. */
}

uint64_t form_leaf_flags(const struct form *form, unsigned int level, uint64_t leaf)
{
    uint64_t low = leaf & 0xfff, high = form->entry_size == 4 ? 0 : leaf & XENPT_BITS(63, 52);

    if (level == 1)
        return low | high;
    low &= ~PS;
    return low | high | (!form_is_ept(form) && leaf & PATL ? PAT : 0);
}

uint64_t form_frame(const struct form *form, unsigned int level, uint64_t leaf)
{
    uint64_t address = leaf & XENPT_BITS(51, form_shift(form, level));

    if (form->entry_size == 4 && level == 2) /* PSE-36: address bits 39:32 in bits 20:13. */
        address |= (leaf >> 13 & 0xff) << 32;
    return address;
}

/* Bits that are free in every page: software's, and those that have no bad value. */
uint64_t form_free_flags(const struct form *form)
{
    if (form_is_ept(form))
        return EIPAT | EA | ED | XENPT_BIT(11) | XENPT_BITS(63, 52) | (form->mbec ? 0 : EXU);
    if (form->entry_size == 4)
        return RW | US | PWT | PCD | A | D | PAT | G | XENPT_BITS(11, 9);
    return RW | US | PWT | PCD | A | D | PAT | G | XENPT_BITS(11, 9) |
           (form->levels > 3 ? XENPT_BITS(62, 52) : 0) | (form->no_nx ? 0 : NX);
}

uint64_t form_random_flags(const struct form *form, struct dice *d)
{
    static const uint8_t types[] = { 0, 1, 4, 5, 6 }; /* UC WC WT WP WB. */
    uint64_t flags = dice_word(d) & form_free_flags(form);

    if (!form_is_ept(form))
        return flags | P;
    flags |= (uint64_t)types[dice_pick(d, 5)] << 3;
    if (form->exec_only && dice_chance(d, 20))
        return flags | EX;
    return flags | ER | (dice_word(d) & (EW | EX | (form->mbec ? EXU : 0)));
}
