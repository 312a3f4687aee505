/* construction_fixture.c - see construction_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "construction_fixture.h"

bool find(const struct world *w, uint32_t d, enum xenpt_special special,
          struct xenpt_special_frames *ret)
{
    for (size_t i = 0; xenpt_machine_special(w->machine, d, i, ret); i++)
        if (ret->special == special)
            return true;
    return false;
}

uint64_t read_at(const struct world *w, uint64_t maddr, size_t size)
{
    uint64_t value = 0;

    assert_true(xenpt_read(w->view->mem, maddr, &value, size));
    return value;
}

uint64_t get(const struct world *w, uint32_t d, enum xenpt_special special, const char *member)
{
    struct xenpt_special_frames f;
    const struct xenpt_abi_member *m;

    if (!find(w, d, special, &f))
        fail_msg("d%u has no %s", d, xenpt_special_word(special)->name);
    m = xenpt_abi_member(f.holds, member);
    return read_at(w, (f.mfn << 12) + f.from + m->at[f.form], m->size[f.form]);
}

uint64_t at(const struct world *w, const char *name, uint64_t in)
{
    uint64_t out;

    rights(w, name, in, &out);
    return out;
}

void start_info_agrees(const struct world *w, uint32_t d, uint64_t pages, size_t word)
{
    struct xenpt_special_frames f;
    char name[32];
    uint64_t list = get(w, d, START, "mfn_list"), base = get(w, d, START, "pt_base");
    uint64_t nr = get(w, d, START, "nr_pt_frames"), maddr;

    snprintf(name, sizeof(name), "d%u.v0.xen", d);
    assert_int_equal(get(w, d, START, "nr_pages"), pages);
    assert_true(find(w, d, SHARED, &f));
    assert_int_equal(get(w, d, START, "shared_info"), f.mfn << 12);
    /* Frame i of the guest's is in entry i of its list, and the machine's table leads back. */
    for (uint64_t pfn = 0; pfn < pages; pfn += pfn < 64 ? 1 : 97) {
        uint64_t mfn = word_at(w, name, list + word * pfn, word);

        assert_int_equal(word_at(w, "idle", UINT64_C(0xffff800000000000) + 8 * mfn, 8), pfn);
    }
    /* The kernel's tables: read-only from the first to the last, and no page beside them. */
    assert_true(rights(w, name, base - 1, &maddr) >> XENPT_W & 1);
    for (uint64_t i = 0; i < nr; i++) {
        assert_false(rights(w, name, base + (i << 12), &maddr) >> XENPT_W & 1);
        assert_int_not_equal(maddr, 0);
    }
    assert_true(rights(w, name, base + (nr << 12), &maddr) >> XENPT_W & 1);
}
