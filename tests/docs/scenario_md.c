/* scenario_md.c - prints docs/scenario.md: the language of scenarios, from the rows that read it.
 */
#include <stdio.h>

#include "scenario/invariant.h"
#include "scenario/threat_blocks.h"
#include "xenpt/pv.h"
#include "xenpt/scenario.h"

static const char intro[] =
    "# Scenarios\n\n"
    "<!-- Made by tests/docs/scenario_md.c from the rows of lib/scenario; a test holds this file "
    "to "
    "it. -->\n\n"
    "A scenario is a file that says which machine there is, what happens on it, and what must "
    "hold. "
    "`xenpt run scenario.yaml` says whether it does: exit code 0 if all of it does, 1 if something "
    "does not, 2 if it could not be told. The same file gives the same bytes, on any machine.\n\n"
    "```yaml\n"
    "about: What a guest's user mode has of Xen under XPTI.\n"
    "host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
    "xen: { release: \"4.17\", options: [xpti=domu] }\n"
    "domains:\n"
    "  d0: { type: pv64, memory: 512M, vcpus: 2, privileged: yes }\n"
    "  d1: { type: pv64, memory: 256M, vcpus: 2 }\n"
    "names:\n"
    "  secret: d0.gfn(5)\n"
    "expect:\n"
    "  - mapped: xen.directmap(secret)\n"
    "    in: every xen context\n"
    "    rights: rw--\n"
    "steps:\n"
    "  - run: d1.v0.user\n"
    "    on: cpu1\n"
    "    expect:\n"
    "      - unmapped: xen.directmap(secret)\n"
    "        in: d1.v0.user\n"
    "        because: an XPTI root has next to nothing of the directmap\n"
    "      - unreachable: d0\n"
    "        from: every guest context of d1\n"
    "```\n\n"
    "`xenpt help scenario` has the same in short, `xenpt help mapped` one word of it. Editors "
    "complete "
    "a scenario by [schemas/scenario.json](schemas/scenario.json). All mistakes of a file are told "
    "in "
    "one run, each with its line and column, what was expected and what was probably meant.\n\n"
    "## The file\n\n"
    "| key | meaning |\n|---|---|\n"
    "| `name`, `about` | what it is called in reports, and what it is about |\n"
    "| `host`, `xen`, `domains`, `running` | the machine, as in [models.md](models.md) |\n"
    "| `names` | a map of names to expressions |\n"
    "| `expect` | a list of expectations: what must hold before any step |\n"
    "| `steps` | a list of steps; each may have a `name`, and an `expect` of what must hold after "
    "it "
    "|\n"
    "| `parameters` | a map of names to lists of values: see below |\n"
    "| `except` | combinations of them that are left out |\n"
    "| `tlb` | what CPUs remember of page tables: `modelled` (all that the manuals let them), "
    "`skylake`, "
    "`icelake`, `zen2`, `zen3` (what these have room for), or `none`. Accesses are then answered "
    "by "
    "that, and a missing flush shows: see `flush`, and [tlb.md](tlb.md) |\n"
    "| `invariants` | which invariants are checked, and when: see there |\n"
    "| `threat` | who is compromised, and what must stay out of their reach: see there |\n"
    "| `caches` | `modelled`: what data caches have where memory has something else, which a guest "
    "can have "
    "by a write-combining mapping; see `evict`, and the invariant `cache-coherent` |\n"
    "| `policy` | `unpause: refuse-while-foreign-mapped`: no domain is unpaused while another has "
    "memory of its mapped by other means than a grant, which no Xen asks; see `unpause` and "
    "`foreign-maps` |\n"
    "| `include` | a file, or a list of files, that this one is laid over: maps are joined key by "
    "key, "
    "other values replaced; their steps and expectations come first |\n\n"
    "A model without steps is a scenario in which nothing is expected, and a scenario is a model "
    "to "
    "every other command. In a folder that `xenpt run` is given, files that begin with `_` are "
    "left "
    "out: they are there to be included. Anchors and aliases of YAML can be used, tags cannot. A "
    "file can hold "
    "several documents, with --- between: each is a scenario of its own, by its `name` or its "
    "number.\n\n"
    "A step, and an expectation, is a flat map: one key is the verb, with its main argument, and "
    "other arguments stand beside it. A step that cannot be done, or an expectation that cannot be "
    "told, is an error and not a failure. A scenario ends with the first step after which "
    "something "
    "does not hold; `--keep-going` goes on.\n\n"
    "## Who is meant\n\n"
    "Contexts are `idle`, `cpu0.xpti`, `cpu0` (what a CPU runs on), and of each vCPU "
    "`d1.v0.kernel`, "
    "`d1.v0.user`, `d1.v0.xen` (Xen, entered from the kernel) and `d1.v0.xen-user`; of HVM and PVH "
    "`d2.v0.guest`, `d2.v0.xen` and `d2.p2m`, the guest's physical memory; `d1.device`, what "
    "devices of a domain reach, if it has some; with `quarantine` of "
    "the host, `quarantine`, which is what a "
    "device there reaches. A context is looked at "
    "as "
    "it is while it runs: under XPTI a CPU's root then has what is copied on the way there. "
    "Looking "
    "changes nothing.\n\n"
    "Where more than one can be meant:\n\n"
    "| written | meant |\n|---|---|\n"
    "| `d1.v0.user` | this one |\n"
    "| `[d1.v0.user, every xen context of d2]` | each of these |\n"
    "| `every pv64 user context of d1` | each one that is so, and there must be one |\n"
    "| `any context but idle` | at least one |\n"
    "| `no context but xen` | none that is not so |\n"
    "| `every vcpu`, `every pvh domain but d2` | after `for: v in` |\n\n"
    "`guest contexts` of a PV domain are its user mode and its kernel. `d2.p2m` has other "
    "addresses "
    "than a processor's, and `cpu0` is another context over again: neither is among `every "
    "context` "
    "(but `every p2m context` can be asked for, and `every device context`).\n\n"
    "Words between the quantifier and what it is of:\n\n";

static const char expressions[] =
    "\n## Expressions\n\n"
    "Numbers are decimal, or hexadecimal after 0x, and may have K, M, G, T, P or E behind them, "
    "which "
    "are binary units. `| & << >> + - * /` and parentheses are C's. In names `-` is a letter, so "
    "that "
    "as an operator it has blanks around it.\n\n"
    "Values have types. A number stands for an address, a machine address, or a frame (mfn) where "
    "one "
    "is wanted, but none of these for another: what leads from one to the other is said, as in "
    "`maddr(d1.gfn(5)) + 8`. An area of Xen's address space is its first address where one address "
    "is "
    "wanted, and all of it where a range can be: `xen.directmap`, `l4.slot(258)`, "
    "`0x1000..0x1fff`. "
    "Names are looked up when they are needed: `d1.v0.root` is the root of that moment. Tables and "
    "frames that the model gives a domain are its members by their names: `d1.l3a`.\n\n";

static const char parameters[] =
    "\n## Parameters\n\n"
    "```yaml\n"
    "parameters:\n"
    "  release: [\"4.12\", \"4.17\", \"4.20\"]\n"
    "  xpti: [\"yes\", \"no\"]\n"
    "except:\n"
    "  - { release: \"4.20\", xpti: \"yes\" }\n"
    "xen: { release: $release, options: \"xpti=$xpti\" }\n"
    "```\n\n"
    "The file is run with each combination of the values, but for those of `except`; it is read "
    "with "
    "the value in place of `$name`, or `${name}`, in any text that is no key. A value that stands "
    "alone may be a list or a map; `$$` is a dollar. `--set release=4.17` fixes one, and `--only` "
    "picks combinations by name: `release=4.17 xpti=no`. Other commands take the first one.\n\n";

/* Whether a list of words was told already, with what they mean. */
static bool is_told(const char *first)
{
    static const char *told[64];
    static size_t nr;

    for (size_t i = 0; i < nr; i++)
        if (told[i] == first)
            return true;
    if (nr < sizeof(told) / sizeof(told[0]))
        told[nr++] = first;
    return false;
}

static void one_of(enum xenpt_scenario_part part, size_t i, size_t k,
                   const struct xenpt_scenario_key *key)
{
    bool bare = false;
    struct xenpt_word word;

    if (key->several && xenpt_scenario_choice(part, i, k, 0, &word))
        bare = is_told(word.name);
    if (key->several)
        fputs("one or more of: ", stdout);
    for (size_t w = 0; xenpt_scenario_choice(part, i, k, w, &word); w++) {
        printf("%s`%s`", w ? ", " : "", word.name);
        if (!bare)
            printf(" (%s)", word.text);
    }
    if (!key->nr_words)
        fputs(key->values, stdout);
}

static void verb(enum xenpt_scenario_part part, size_t i, const struct xenpt_scenario_word *word)
{
    struct xenpt_scenario_key key;

    printf("\n### %s\n\n%s\n\n```yaml\n- %s\n```\n\n| key | value | meaning |\n|---|---|---|\n",
           word->name, word->text, word->form);
    for (size_t k = 0; k < word->nr_keys && xenpt_scenario_key(part, i, k, &key); k++) {
        printf("| `%s`%s | ", key.name, key.required ? " (needed)" : "");
        one_of(part, i, k, &key);
        printf(" | %s |\n", key.text);
    }
}

static void verbs(enum xenpt_scenario_part part, const char *heading)
{
    struct xenpt_scenario_word word;
    struct xenpt_scenario_key key;

    puts(heading);
    xenpt_scenario_word(part, 0, &word);
    puts("| key | meaning |\n|---|---|");
    for (size_t k = word.nr_keys; xenpt_scenario_key(part, 0, k, &key); k++)
        printf("| `%s` | %s |\n", key.name, key.text);
    for (size_t i = 0; xenpt_scenario_word(part, i, &word); i++)
        verb(part, i, &word);
}

static void words(enum xenpt_scenario_part part)
{
    struct xenpt_scenario_word word;

    puts("| word | meaning |\n|---|---|");
    for (size_t i = 0; xenpt_scenario_word(part, i, &word); i++)
        printf("| `%s` | %s |\n", word.form, word.text);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static const char checked[] =
    "\n"
    "### When they are checked\n\n"
    "All of them are, when the last step is done, by default: `counts` and `m2p` of the machine, "
    "the others in every context of guests and of Xen: `tables-read-only`, `own-memory` and "
    "`descriptors` in those of guests, as Xen "
    "has all of memory mapped; `walks` and `shadows` in HVM and PVH guests' own; `legal-entries` "
    "in guest-physical memory as well, and not in HVM "
    "guests' contexts; `device-types`, `device-memory` and, with `tlb`, `device-flushed` in those "
    "of devices; `flushed` with "
    "`tlb`, `cache-coherent` with `caches`. One that does not "
    "hold is told as an expectation of "
    "that step which failed. After steps that changed nothing but which vCPUs run, those are "
    "checked that this can break. `xenpt run --check-invariants` checks all after every step, "
    "the first of them before any, and tells the first step after which one is broken. The key "
    "`invariants` says otherwise, for one scenario:\n\n"
    "```yaml\ninvariants: every-step -own-memory -counts\n```\n\n"
    "| word | all of them are checked |\n|---|---|\n";

static const char declared[] =
    "| NAME | of them these alone |\n| -NAME | of them all but these |\n\n"
    "A scenario in which something is broken on purpose says so where it is: an expectation "
    "`{ invariant: NAME, in: no context }`, or with `broken: yes`, which holds, has the run tell "
    "of "
    "that invariant no more. What `poke` and `poke-entry` write is against all rules: after them "
    "invariants are checked only if the scenario, or the command, asks for it.\n";

/* What words alone do not tell. */
static void list_invariants(void)
{
    puts("\n## Invariants\n\nWhat each of them is of, and advisories in which Xen, or a guest by "
         "its "
         "leave, broke it:\n\n| | invariant | exactly | see |\n|---|---|---|---|");
    for (const struct invariant *i = invariants; i->word; i++)
        printf("| %s | `%s` | %c%s. %s | %s |\n", i->number ? i->number : "", i->word->name,
               upper(i->word->text[0]), i->word->text + 1, i->exactly, i->advisories);
    fputs(checked, stdout);
    for (const struct xenpt_word *m = invariants_moments; m->name; m++)
        printf("| `%s` | %s |\n", m->name, m->text);
    fputs(declared, stdout);
}

/* What stays out of reach. */
static void list_threats(void)
{
    puts("\n## Threats\n\nThe key `threat` is a map of names to threats: who is compromised, and "
         "what he must not reach, by all that he may do next ([threats.md](threats.md)), before "
         "any step and after each:\n\n"
         "```yaml\n"
         "threat:\n"
         "  guests-apart:\n"
         "    compromised: [d1, d1.user]\n"
         "    unreachable: [d2, xen, image]\n"
         "    unwritable: d1 tables\n"
         "    becomes-not: xen\n"
         "    except: granted\n"
         "  a-weak-dom0:\n"
         "    compromised: dom0\n"
         "    iommu: strict\n"
         "    unwritable: [d1 tables, xen]\n"
         "    after: [built, handed over]\n"
         "```\n\n"
         "What is not to be reached is a frame, a range of them or a domain: without more, its "
         "memory and its tables; what they are can stand behind that, or alone: `d1 tables`, "
         "`xen`. Those words come first: a file's own name `xen` cannot be meant.\n\n"
         "| word | what they must not have |\n|---|---|");
    for (size_t i = 0; i < NR_THREAT_CLAIMS; i++)
        printf("| `%s` | %s |\n", threat_claim_words[i].name, threat_claim_words[i].text);
    puts("\nWhat does not hold is told once, as an expectation of the step after which it was "
         "first so that failed, with the shortest way; what holds, with the last step. A party, or "
         "a domain, that is not there at a step does and is nothing then; but of what never was "
         "any, it is told. Threats are not asked about inside of `repeat`, and not after steps "
         "that change nothing of the machine. An expectation `threat` may name a threat of the "
         "file in place of who is compromised: `{ threat: guests-apart, can: read, to: d1 }`; "
         "what that takes for granted, such as `iommu`, is then taken here, unless it says "
         "otherwise. `xenpt threat` works them out for a step (`--at`).");
}

/* What hypercalls of two vCPUs are told by. */
static void list_points(void)
{
    puts("\n## Two vCPUs at once\n\nA hypercall is done in one go, unless the file says otherwise: "
         "by `preempt` it stops where Xen itself looks whether "
         "something else is to be done, between entries of an L2 or L3 and between requests, and "
         "the "
         "step `continue` goes on with it; what Xen has then "
         "is there to be looked at, such as a table of which a part is validated (`type`, with "
         "`partial`). By `meanwhile` other vCPUs make steps inside "
         "of it, on CPUs of their own, at one of these points:\n\n| point | when |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_PV_NR_POINTS; i++) {
        const struct xenpt_word *word = xenpt_pv_point_word((enum xenpt_pv_point)i);

        printf("| `%s` | %s |\n", word->name, word->text);
    }
    puts(
        "\n```yaml\n"
        "- mmu-update: d1.v0\n"
        "  table: l2\n"
        "  slot: 9\n"
        "  value: maddr(page) | 0x67\n"
        "  meanwhile: { at: type-flush, of: page, steps: [ { access: write, in: d1.v1.kernel, at: "
        "0x7000 } ] }\n"
        "```\n\n"
        "Work is counted in entries and requests that were looked at, empty ones as well: an L1 is "
        "512 of them, and is never left in the middle. Who has to wait for what another vCPU is at "
        "work with is pre-empted, as Xen's vCPU is when the next interrupt comes; where Xen waits "
        "without "
        "looking, the step cannot be done, and says so. A hypercall that is refused changes "
        "nothing; but where others were at work inside of it, or it was pre-empted before, it is "
        "put back as Xen does, and what Xen has made of entries stays. Invariants are of moments "
        "at which nobody is at work: not of steps inside. `examples/advisories` has XSA-299 and "
        "310 by the one, 242 and 401 by the other.");
}

int main(void)
{
    fputs(intro, stdout);
    words(XENPT_SCENARIO_WHO);
    fputs(expressions, stdout);
    words(XENPT_SCENARIO_FUNCTION);
    fputs(parameters, stdout);
    verbs(XENPT_SCENARIO_STEP, "## Steps\n\nBeside their own, all of them have these keys:\n");
    verbs(XENPT_SCENARIO_EXPECTATION,
          "\n## Expectations\n\nBeside their own, all of them have these keys:\n");
    list_invariants();
    list_threats();
    list_points();
    return 0;
}
