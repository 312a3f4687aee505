/*
 * forms.h - the paging formats as real processors have them, for tests that hold for each.
 */
#ifndef XENPT_TESTS_FORMS_H
#define XENPT_TESTS_FORMS_H

#include "../oracle/dice.h"
#include "xenpt/paging.h"

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (UINT64_C(1024) * KIB(n))
#define GIB(n) (UINT64_C(1024) * MIB(n))
#define PAGE   UINT64_C(4096)

/* Bits of an entry: Intel SDM vol. 3, "Paging"; AMD APM vol. 2, "Page Translation". */
#define P    XENPT_BIT(0)
#define RW   XENPT_BIT(1)
#define US   XENPT_BIT(2)
#define PWT  XENPT_BIT(3)
#define PCD  XENPT_BIT(4)
#define A    XENPT_BIT(5)
#define D    XENPT_BIT(6)
#define PS   XENPT_BIT(7)
#define PAT  XENPT_BIT(7)  /* In a 4 KiB page's entry... */
#define PATL XENPT_BIT(12) /* ...and in a larger one's. */
#define G    XENPT_BIT(8)
#define NX   XENPT_BIT(63)

/* "EPT Translation Mechanism". */
#define ER    XENPT_BIT(0)
#define EW    XENPT_BIT(1)
#define EX    XENPT_BIT(2)
#define ERWX  XENPT_BITS(2, 0)
#define EWB   (UINT64_C(6) << 3)
#define EIPAT XENPT_BIT(6)
#define EA    XENPT_BIT(8)
#define ED    XENPT_BIT(9)
#define EXU   XENPT_BIT(10)

struct form {
    const char *name;
    enum xenpt_format_id id;
    uint8_t levels, entry_size, maxphyaddr;
    bool pse, pse36;   /* 2-level: 4 MiB pages, and such above 4 GiB. */
    bool no_gb, no_2m; /* Neither 1 GiB nor 2 MiB pages: what a processor lacks. */
    bool amd, no_nx, mbec, exec_only;
};

extern const struct form forms[];
extern const size_t nr_forms;

/* The form of this name, which there must be. */
const struct form *form_named(const char *name);

/* Paging of this form from this root on. */
struct xenpt_paging form_paging(const struct form *form, uint64_t root);

bool form_is_ept(const struct form *form);
/* Whether addresses have two halves. */
bool form_is_canonical(const struct form *form);
/* log2 of the bytes that an entry of this level maps: by the manuals' index widths. */
unsigned int form_shift(const struct form *form, unsigned int level);
/* Whether there are pages of this level. */
bool form_has_pages(const struct form *form, unsigned int level);
/* What an entry leading to a table carries that grants everything. */
uint64_t form_table_flags(const struct form *form);
/* The flags of a leaf as a 4 KiB page has them: no address, no PS, PAT in bit 7. */
uint64_t form_leaf_flags(const struct form *form, unsigned int level, uint64_t leaf);
/* The frame that a leaf leads to. */
uint64_t form_frame(const struct form *form, unsigned int level, uint64_t leaf);
/* Flags of a legal leaf, in the form of a 4 KiB page's. */
uint64_t form_random_flags(const struct form *form, struct dice *d);
/* Bits that may be set or cleared in any legal leaf, and leave it legal. */
uint64_t form_free_flags(const struct form *form);

#endif
