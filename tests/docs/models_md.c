/* models_md.c - prints docs/models.md: how a model is written, from the rows that read one. */
#include <stdio.h>

#include "scenario/keys.h"

static void record(const struct record *r)
{
    printf("\n## %s\n\n%s\n\n| key | value | meaning |\n|---|---|---|\n", r->name, r->text);
    for (size_t i = 0; i < r->nr; i++) {
        const struct row *row = &r->rows[i];
        bool words = row->type == ROW_ONE;

        printf("| `%s`%s | ", row->key, row->required ? " (needed)" : "");
        for (size_t w = 0; words && w < row->words->nr; w++)
            printf("%s`%s`", w ? ", " : "", row->words->rows[w].name);
        printf("%s | %s |\n",
               words                   ? ""
               : row->type == ROW_KIND ? row->kind->words
               : row->type == ROW_TREE ? "see there"
                                       : row_type_words[row->type],
               row->text);
    }
}

static void words(void)
{
    puts("\n### Types of domain\n\n| word | meaning |\n|---|---|");
    for (int i = 0; i < XENPT_NR_DOMAIN_TYPES; i++)
        printf("| `%s` | %s |\n", xenpt_domain_type_word((enum xenpt_domain_type)i)->name,
               xenpt_domain_type_word((enum xenpt_domain_type)i)->text);
    puts("\n### Modes of an HVM or PVH guest\n\n| word | meaning |\n|---|---|");
    for (int i = 0; i < XENPT_NR_GUEST_MODES; i++)
        printf("| `%s` | %s |\n", xenpt_guest_mode_word((enum xenpt_guest_mode)i)->name,
               xenpt_guest_mode_word((enum xenpt_guest_mode)i)->text);
}

static void processors(void)
{
    const struct xenpt_cpu_model *models;
    size_t n = xenpt_cpu_models(&models);

    puts("\n## Processors\n\n| word | which | address bits | Meltdown | L1TF | multihit "
         "|\n|---|---|---|---|---|---|");
    for (size_t i = 0; i < n; i++)
        printf("| `%s` | %s | %u | %s | %s | %s |\n", models[i].name, models[i].text,
               models[i].cpu.maxphyaddr, models[i].meltdown ? "yes" : "no",
               models[i].l1tf ? "yes" : "no", models[i].multihit ? "yes" : "no");
}

static void options(void)
{
    const struct xenpt_xen_option *o;

    puts("\n## Words of Xen's command line\n\nOther words are refused. A word is `NAME`, `no-NAME` "
         "or "
         "`NAME=VALUE[,VALUE...]`.\n\n| word | value | what it changes |\n|---|---|---|");
    for (size_t i = 0; (o = xenpt_xen_option(i)); i++)
        printf("| `%s` | %s | %s |\n", o->name, o->values, o->text);
}

int main(void)
{
    fputs(
        "# Models\n\n"
        "<!-- Made by tests/docs/models_md.c from the rows of lib/scenario/keys.c and lib/xen; a "
        "test holds this file to it. -->\n\n"
        "A model describes a machine: a host, Xen on it, its domains. Every command takes one, a "
        "file that ends in `.yaml`, where it takes an image: `xenpt map model.yaml`. The machine "
        "has every page table that Xen and the guests would have, and `xenpt walk` says why each "
        "entry is there.\n\n"
        "```yaml\n"
        "host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
        "xen: { release: \"4.17\", pv32: yes, options: [xpti=dom0] }\n"
        "domains:\n"
        "  d0: { type: pv64, memory: 1G, vcpus: 2, privileged: yes }\n"
        "  d1: { type: pv32, memory: 256M, vcpus: 2 }\n"
        "  d2: { type: pvh, memory: 1G }\n"
        "running: { cpu0: d0.v0.user, cpu1: d2.v0.guest }\n"
        "```\n\n"
        "Contexts are `idle`, `cpu0.xpti`, and of each vCPU `d0.v0.kernel`, `d0.v0.user`, "
        "`d0.v0.xen` (Xen, entered from the kernel) and `d0.v0.xen-user`; of HVM and PVH "
        "`d2.v0.guest`, `d2.v0.xen`, `d2.p2m` and, of a view of its memory, `d2.view0`; and "
        "`cpu0`, "
        "what a CPU runs on. A context that "
        "`--context` names is run first, so that an XPTI root has what it has while that runs.\n\n"
        "A domain's memory can be where the file has it, and a guest can have page tables of its "
        "own, "
        "over those that its builder makes or in their place. Tables that are made in the tree "
        "have "
        "frames of the domain's memory that nothing is in, or those that are said, and names, so "
        "that "
        "others can lead to them:\n\n"
        "```yaml\n"
        "  d1:\n"
        "    type: pv64\n"
        "    memory: [{ mfn: 0x40000, size: 64M }]\n"
        "    frames: { secret: 5 }\n"
        "    tables:\n"
        "      kernel:\n"
        "        slots:\n"
        "          5:\n"
        "            name: l3a\n"
        "            slots:\n"
        "              0: { slots: { 0: { slots: { 0..3: { to: d1.gfn(0x300) }, 4: { to: secret, "
        "flags: "
        "[P, US, NX] } } } } }\n"
        "          6: l3a # the same table\n"
        "          255: { to: self, flags: [P, US] } # a linear page table\n"
        "```\n\n"
        "What is true of one build or one boot alone can be stated, as for a comparison with a "
        "real "
        "machine: sections of the image, places of stacks. Captures have such models in "
        "`tests/captures`.\n",
        stdout);
    for (size_t i = 0; model_records[i]; i++)
        record(model_records[i]);
    words();
    processors();
    options();
    return 0;
}
