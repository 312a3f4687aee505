#include "oracle/left_out.h"

static bool cet_without_wp(const struct setting *s)
{
    return s->cet && !s->wp;
}

static bool two_key_registers(const struct setting *s)
{
    return s->pke > 0 && s->pks > 0 && !(s->pke == 4 && s->pks == 4);
}

static bool keys_outside_long_mode(const struct setting *s)
{
    return s->mode < ORACLE_4_LEVEL && (s->pke > 0 || s->pks > 0) && !(s->pke == 4 && s->pks == 4);
}

static bool legacy_features(const struct setting *s)
{
    if (s->mode == ORACLE_32_BIT)
        return !s->gb_pages;
    return s->pse != s->nxe || !s->pse36 || (s->mode == ORACLE_PAE && !s->gb_pages);
}

static bool rights_on_any_processor(const struct setting *s)
{
    return s->for_rights && (s->amd || s->width != 46 || !s->pse36 || !s->gb_pages);
}

static bool reserved_bits_with_rights(const struct setting *s)
{
    return !s->for_rights && (!s->wp || s->smep || s->smap || s->cet || s->pke || s->pks);
}

static bool narrow_long_mode(const struct setting *s)
{
    return s->mode >= ORACLE_4_LEVEL && s->width == 32;
}

static bool impossible_fetch(const struct setting *s)
{
    return s->access.kind == XENPT_FETCH && (s->access.implicit || s->access.shadow_stack);
}

static bool no_shadow_stacks(const struct setting *s)
{
    return s->access.shadow_stack && !s->cet;
}

static bool idle_ac(const struct setting *s)
{
    return s->access.ac && !s->smap;
}

static bool idle_subtleties(const struct setting *s)
{
    return !s->for_rights && s->access.implicit;
}

const struct left_out left_out[NR_LEFT_OUT] = {
    { "CR4.CET = 1 needs CR0.WP = 1.", cet_without_wp, false },
    { "An address has one class, and so one key register, which another would only hide.",
      two_key_registers, false },
    { "Keys are long mode's: elsewhere, one pattern that forbids all shows that they are inert.",
      keys_outside_long_mode, false },
    { "PSE and PSE-36 are 32-bit paging's, 1G pages long mode's; elsewhere PSE just goes along.",
      legacy_features, false },
    { "What grants or withholds does not look at the vendor or at the width of addresses.",
      rights_on_any_processor, false },
    { "A bit that can only be reserved, or not, does not look at CR0.WP and the like.",
      reserved_bits_with_rights, false },
    { "A processor with long mode has addresses of 36 bits at least.", narrow_long_mode, false },
    { "A fetch is neither implicit nor to a shadow stack.", impossible_fetch, true },
    { "Without CR4.CET no access is to a shadow stack.", no_shadow_stacks, true },
    { "EFLAGS.AC without CR4.SMAP excuses nothing.", idle_ac, true },
    { "An implicit access meets the same reserved bits as an explicit one.", idle_subtleties,
      true },
};
