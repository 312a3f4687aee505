/*
 * test_roots_captures.c - every root of a real Xen is found, with its kind, in dumps that do not
 * say where one is; and what they share is what whoever took the dump saw.
 *
 * The .json beside a dump is that account.  Where its labels and the tables disagree, the README
 * beside it says which is right: an L4 of a 32-bit domain is also labelled as a user's.
 */
#include <inttypes.h>
#include <jansson.h>

#include "image_fixture.h"
#include "xenpt/roots.h"
#include "xenpt/share.h"

static uint64_t hex(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? strtoull(text, NULL, 16) : 0;
}

static bool labelled(const json_t *root, const char *label)
{
    const json_t *kinds = json_object_get(root, "kinds");

    for (size_t i = 0; i < json_array_size(kinds); i++)
        if (strstr(json_string_value(json_array_get(kinds, i)), label))
            return true;
    return false;
}

/* What a root's labels say that it is; NULL: they do not. */
static const char *kind_of(const json_t *root)
{
    static const struct {
        const char *label, *kind;
    } rows[] = {
        { "idle_pg_table", "idle" },           { "xpti_root", "xpti" },
        { "PV32 guest_table", "pv32" },        { "PV64 guest_table_user", "pv64-user" },
        { "PV64 guest_table", "pv64-kernel" }, { "HAP monitor_table", "hap" },
        { "shadow monitor_table", "shadow" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (labelled(root, rows[i].label))
            return rows[i].kind;
    return NULL;
}

static const struct xenpt_root *find(const struct xenpt_roots *roots, uint64_t mfn)
{
    const struct xenpt_root *list;
    size_t n = xenpt_roots_list(roots, &list);

    for (size_t i = 0; i < n; i++)
        if (list[i].context.paging.root == mfn << XENPT_PAGE_SHIFT)
            return &list[i];
    return NULL;
}

/* `named`: the account had Xen's symbols, and named each root that is in use. */
static void check_root(const char *capture, const struct xenpt_roots *roots, const json_t *root,
                       bool named)
{
    const char *type = json_string_value(
        json_object_get(json_object_get(root, "page_info"), "type"));
    const struct xenpt_root *found = find(roots, hex(root, "mfn"));
    const char *kind = kind_of(root);

    if (!found)
        fail_msg("%s: root 0x%" PRIx64 " was not found", capture, hex(root, "mfn"));
    /* Up to 4.5 a guest's L4 for its kernel looks like one for its user mode. */
    if (kind && strcmp(kind, found->context.kind) != 0 &&
        !(found->confidence == XENPT_POSSIBLE && strstr(found->why, kind)))
        fail_msg("%s: %s is %s, found as %s: %s", capture, found->context.name, kind,
                 found->context.kind, found->why);
    if (kind && found->stale)
        fail_msg("%s: %s is no stale one: %s", capture, found->context.name, found->why);
    if (!kind && !strcmp(type, "writable") && !found->stale)
        fail_msg("%s: %s is a stale one", capture, found->context.name);
    if (!kind && !strcmp(type, "l4_pt") && found->stale)
        fail_msg("%s: %s is an L4 still: %s", capture, found->context.name, found->why);
    if (!kind && named && !strcmp(type, "none") && !found->stale &&
        found->confidence != XENPT_POSSIBLE)
        fail_msg("%s: %s is called certain", capture, found->context.name);
}

static const char *const second_stages[][2] = { { "ept_roots", "ept" }, { "npt_roots", "npt" } };

/* The kind of a second stage that the account knows by this frame, or NULL. */
static const char *second_stage(const json_t *sidecar, uint64_t mfn)
{
    for (size_t s = 0; s < 2; s++) {
        const json_t *list = json_object_get(sidecar, second_stages[s][0]);

        for (size_t i = 0; i < json_array_size(list); i++)
            if (hex(json_array_get(list, i), "mfn") == mfn)
                return second_stages[s][1];
    }
    return NULL;
}

/* Each second stage that the account knows was found, too, as what it is. */
static void check_second_stages(const char *capture, const struct xenpt_roots *roots,
                                const json_t *sidecar)
{
    for (size_t s = 0; s < 2; s++) {
        const json_t *list = json_object_get(sidecar, second_stages[s][0]);

        for (size_t i = 0; i < json_array_size(list); i++) {
            uint64_t mfn = hex(json_array_get(list, i), "mfn");
            const struct xenpt_root *root = find(roots, mfn);

            if (!root || strcmp(root->context.kind, second_stages[s][1]) != 0)
                fail_msg("%s: 0x%" PRIx64 " was not found as %s", capture, mfn,
                         second_stages[s][1]);
        }
    }
}

/* What was found and is in no list of the account's is a shadow, which it lists elsewhere. */
static void check_no_other(const char *capture, const struct xenpt_roots *roots,
                           const json_t *sidecar)
{
    const json_t *known = json_object_get(sidecar, "roots");
    const struct xenpt_root *list;
    size_t n = xenpt_roots_list(roots, &list);
    char mfn[20];

    for (size_t i = 0; i < n; i++) {
        bool listed = false;

        for (size_t k = 0; k < json_array_size(known); k++)
            listed |= hex(json_array_get(known, k), "mfn") == list[i].context.paging.root >> 12;
        listed |= second_stage(sidecar, list[i].context.paging.root >> 12) != NULL;
        snprintf(mfn, sizeof(mfn), "%" PRIx64, list[i].context.paging.root >> 12);
        if (!listed && !(!strcmp(list[i].context.kind, "hvm-shadow") &&
                         json_object_get(json_object_get(sidecar, "shadow_tables"), mfn)))
            fail_msg("%s: %s is called a root: %s", capture, list[i].context.name, list[i].why);
    }
}

/* Domains are told apart by the L3 of what is theirs. */
static void check_domains(const char *capture, const struct xenpt_roots *roots,
                          const json_t *sidecar)
{
    static const char *const fields[] = { "guest_table", "monitor_table" };
    const json_t *domains = json_object_get(sidecar, "domains");

    for (size_t d = 0; d < json_array_size(domains); d++) {
        const json_t *domain = json_array_get(domains, d),
                     *vcpus = json_object_get(domain, "vcpus");
        char name[XENPT_DOMAIN_MAX];

        snprintf(name, sizeof(name), "0x%" PRIx64, hex(domain, "perdomain_l3_mfn"));
        for (size_t v = 0; v < json_array_size(vcpus); v++) {
            const json_t *vcpu = json_array_get(vcpus, v);
            bool hvm = json_is_true(json_object_get(domain, "hvm"));
            const struct xenpt_root *root = find(roots, hex(vcpu, fields[hvm]));

            if (root && strcmp(root->context.domain, name) != 0)
                fail_msg("%s: %s is of domain %s, not %s", capture, root->context.name, name,
                         root->context.domain);
        }
    }
}

static void check_release(const char *capture, const struct xenpt_roots *roots,
                          const json_t *sidecar)
{
    const char *build = json_string_value(json_object_get(sidecar, "xen_build"));
    struct xenpt_release release;
    char text[32];

    snprintf(text, sizeof(text), "%.*s", (int)strspn(build, "0123456789."), build);
    assert_true(xenpt_release_parse(text, &release));
    if (!xenpt_layout_covers(xenpt_roots_layout(roots), release))
        fail_msg("%s: is %s, taken for %s", capture, text, xenpt_roots_layout(roots)->name);
}

/* --- What they share ----------------------------------------------------------------------- */

struct sharing {
    const char *capture;
    const json_t *groups; /* The account's: slot, entry, roots. */
    const struct xenpt_context *const *contexts;
    size_t checked;
};

/* A and D are the processor's: the account masks them, too. */
static void check_group(const struct sharing *s, unsigned int slot, const json_t *members,
                        const size_t *member, size_t nr)
{
    if (json_array_size(members) != nr)
        fail_msg("%s: slot %u: %zu roots, and %zu by the account", s->capture, slot, nr,
                 json_array_size(members));
    for (size_t i = 0; i < nr; i++) {
        uint64_t mfn = s->contexts[member[i]]->paging.root >> XENPT_PAGE_SHIFT;
        bool listed = false;

        for (size_t k = 0; k < nr; k++)
            listed |= strtoull(json_string_value(json_array_get(members, k)), NULL, 16) == mfn;
        if (!listed)
            fail_msg("%s: slot %u: 0x%" PRIx64 " is not in that group", s->capture, slot, mfn);
    }
}

static bool check_slot(void *ctx, const struct xenpt_share_slot *slot)
{
    struct sharing *s = ctx;
    const json_t *expected;
    size_t nr = 0;
    char key[20];

    snprintf(key, sizeof(key), "%u", slot->slot);
    expected = json_object_get(s->groups, key);
    if (!expected)
        return true;
    for (size_t g = 0; g < slot->nr_groups; g++) {
        const struct xenpt_share_group *group = &slot->groups[g];
        const json_t *members;

        snprintf(key, sizeof(key), "%016" PRIx64, group->entry & ~UINT64_C(0x60));
        members = json_object_get(expected, key);
        check_group(s, slot->slot, members, group->members, group->nr_members);
        nr++;
    }
    if (slot->nr_absent) {
        check_group(s, slot->slot, json_object_get(expected, "absent"), slot->absent,
                    slot->nr_absent);
        nr++;
    }
    if (nr != json_object_size(expected))
        fail_msg("%s: slot %u: %zu groups, and %zu by the account", s->capture, slot->slot, nr,
                 json_object_size(expected));
    s->checked++;
    return true;
}

/* The roots that the account has groups of: all that are in any group of one slot. */
static size_t account_roots(const struct xenpt_roots *roots, const json_t *groups,
                            const struct xenpt_context **ret, size_t max)
{
    const json_t *slot = json_object_iter_value(json_object_iter((json_t *)groups));
    size_t nr = 0;
    const char *key;
    json_t *members;

    json_object_foreach((json_t *)slot, key, members)
    {
        for (size_t i = 0; i < json_array_size(members); i++) {
            const char *mfn = json_string_value(json_array_get(members, i));
            const struct xenpt_root *root = find(roots, strtoull(mfn, NULL, 16));

            assert_true(nr < max);
            assert_non_null(root);
            ret[nr++] = &root->context;
        }
    }
    return nr;
}

static void check_sharing(const char *capture, const struct xenpt_view *view,
                          const struct xenpt_roots *roots, const json_t *sidecar)
{
    const struct xenpt_context *contexts[64];
    struct sharing s = { capture, json_object_get(sidecar, "xen_slot_groups"), contexts, 0 };
    struct xenpt_error err = { 0 };
    size_t nr = account_roots(roots, s.groups, contexts, 64);

    if (xenpt_share(view, contexts, nr, check_slot, &s, &err))
        fail_msg("%s: %s", capture, err.text);
    assert_int_equal(s.checked, json_object_size(s.groups));
}

/* --- All of them --------------------------------------------------------------------------- */

static void check_capture(const char *name)
{
    struct xenpt_image *image = NULL;
    struct xenpt_roots *roots = NULL;
    struct xenpt_error err = { 0 };
    const struct xenpt_root *list;
    const json_t *known;
    json_t *sidecar;
    char path[512];

    snprintf(path, sizeof(path), "%s/%s.json", XENPT_CAPTURES, name);
    sidecar = json_load_file(path, 0, NULL);
    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &image, &err) ||
        xenpt_roots_find(xenpt_image_view(image), NULL, &roots, &err))
        fail_msg("%s: %s", name, err.text);
    if (!sidecar) { /* Linux by itself. */
        assert_int_equal(xenpt_roots_list(roots, &list), 0);
        assert_null(xenpt_roots_layout(roots));
    } else {
        known = json_object_get(sidecar, "roots");
        for (size_t i = 0; i < json_array_size(known); i++)
            check_root(name, roots, json_array_get(known, i),
                       json_array_size(json_object_get(sidecar, "domains")));
        check_no_other(name, roots, sidecar);
        check_second_stages(name, roots, sidecar);
        check_domains(name, roots, sidecar);
        check_release(name, roots, sidecar);
        check_sharing(name, xenpt_image_view(image), roots, sidecar);
    }
    xenpt_roots_free(roots);
    xenpt_image_close(image);
    json_decref(sidecar);
}

static void test_all(void **state)
{
    (void)state;
    assert_int_equal(each_file(XENPT_CAPTURES, ".elf.zst", check_capture), 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
