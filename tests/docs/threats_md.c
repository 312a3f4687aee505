/* threats_md.c - prints what docs/threats.md has to be, from the rows of moves. */
#include <stdio.h>

#include "xenpt/encrypt.h"
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

static const char *sight(const struct xenpt_encryption_rule *r)
{
    static const char *const words[] = {
        [XENPT_SIGHT_PLAINTEXT] = "what is there", [XENPT_SIGHT_CIPHERTEXT] = "ciphertext"
    };
    static char buf[32];

    if (r->read != XENPT_SIGHT_REFUSED)
        return words[r->read];
    snprintf(buf, sizeof(buf), r->has_value ? "0x%02x each" : "nothing", r->value);
    return buf;
}

static const char *written(const struct xenpt_encryption_rule *r)
{
    static const char *const words[] = { [XENPT_WRITTEN] = "is written",
                                         [XENPT_WRITTEN_GARBAGE] = "spoils it",
                                         [XENPT_WRITTEN_POISON] = "spoils it: a machine check",
                                         [XENPT_WRITTEN_DROPPED] = "is dropped" };
    static char buf[48];

    if (r->write != XENPT_WRITTEN_FAULT)
        return words[r->write];
    snprintf(buf, sizeof(buf), "#PF, error code 0x%llx besides", (unsigned long long)r->fault);
    return buf;
}

static void encryption(void)
{
    static const char *const who[XENPT_NR_SEERS] = {
        [XENPT_SEER_OWN] = "the guest, the enclave",
        [XENPT_SEER_SHARED] = "the guest, as shared; outside of the enclave",
        [XENPT_SEER_OTHER] = "another guest, dom0",
        [XENPT_SEER_XEN] = "Xen",
        [XENPT_SEER_DEVICE] = "a device",
    };

    puts("\n## What encryption leaves\n"
         "\n"
         "Rights of moves are narrowed by these rows where a guest's memory is encrypted, or an "
         "enclave's: ciphertext is no read, and to spoil is no write. That a guest is\n"
         "not run, or that its memory is taken away, is what none of them keeps anybody from.\n"
         "\n"
         "| encryption | who | a read gives | a write | puts another page there, unnoticed | how "
         "so | "
         "source |\n|---|---|---|---|---|---|---|");
    for (unsigned int e = XENPT_ENCRYPT_SEV; e < XENPT_NR_ENCRYPTIONS; e++)
        for (unsigned int s = 0; s < XENPT_NR_SEERS; s++) {
            const struct xenpt_encryption_rule *r = xenpt_encryption_rule((enum xenpt_encryption)e,
                                                                          (enum xenpt_seer)s);

            printf("| `%s` | %s | %s | %s | %s | %s | %s |\n",
                   xenpt_encryption_row((enum xenpt_encryption)e)->name, who[s], sight(r),
                   written(r), r->remaps ? "yes" : "no", r->text, r->source);
        }
    puts("\n| encryption | what it is | registers, too | how a processor tells "
         "|\n|---|---|---|---|");
    for (unsigned int e = XENPT_ENCRYPT_SEV; e < XENPT_NR_ENCRYPTIONS; e++) {
        const struct xenpt_encryption_row *r = xenpt_encryption_row((enum xenpt_encryption)e);

        printf("| `%s` | %s | %s | %s |\n", r->name, r->text, r->registers ? "yes" : "no", r->told);
    }
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
    encryption();
    return 0;
}
