/* threats_md.c - prints what docs/threats.md has to be, from the rows of moves. */
#include <stdio.h>

#include "xenpt/threat.h"

static void row(const struct xenpt_move *m)
{
    printf("| `%s` | %s | %s | %s | ", m->name, m->who, m->needs, m->gives);
    for (size_t i = 0; i < sizeof(m->rules) / sizeof(m->rules[0]) && m->rules[i]; i++)
        printf("%s`%s`", i ? ", " : "", m->rules[i]);
    printf(" | %s | %s |\n", m->by ? m->by : "", m->source);
}

static void word(const struct xenpt_word *w)
{
    printf("| `%s` | %s |\n", w->name, w->text);
}

int main(void)
{
    puts("# Threats: what somebody who is compromised may do next\n"
         "\n"
         "`xenpt threat`, the expectation `threat` of a scenario and `xenpt/threat.h` answer from "
         "these rows: parties make moves, moves give rights to frames or make\n"
         "their party another one as well, and reach is the least set that is closed under them, "
         "with the shortest way to each right to each frame. Rules are\n"
         "those of [rules.md](rules.md): a move asks whether they are in force. Where a row says "
         "by what it is done in a model, tests do it, and see the access\n"
         "succeed; where it says nothing, no model does it, and the row is believed as its source "
         "has it.\n"
         "\n"
         "Not moves: system calls of user code to a kernel that is not compromised; reading what "
         "one may not, as Meltdown and L1TF let one do; asking another guest\n"
         "for a grant that it has not given.\n"
         "\n"
         "This page is made from the library's rows.\n"
         "\n"
         "| move | who may | what it needs | what comes of it | rules | done by | source |\n"
         "|---|---|---|---|---|---|---|");
    for (size_t i = 0; xenpt_move(i); i++)
        row(xenpt_move(i));
    puts("\n## Parties\n\n| party | who it is |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_PARTY_KINDS; i++)
        word(xenpt_party_kind_word((enum xenpt_party_kind)i));
    puts("\n## Rights\n\n| right | to do what |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_THREAT_RIGHTS; i++)
        word(xenpt_threat_right_word((enum xenpt_threat_right)i));
    puts("\n## Frames\n\n| frames | what they are |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_THREAT_WHATS; i++)
        word(xenpt_threat_what_word((enum xenpt_threat_what)i));
    puts("\n## What is taken for granted\n\n| IOMMU | what devices reach |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_THREAT_IOMMU; i++)
        word(xenpt_threat_iommu_word((enum xenpt_threat_iommu)i));
    puts("\n| device model | what it is |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_THREAT_QEMU; i++)
        word(xenpt_threat_qemu_word((enum xenpt_threat_qemu)i));
    return 0;
}
