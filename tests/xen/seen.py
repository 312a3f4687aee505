"""The file of what a Xen has answered: its banner, the answers, and of other command lines what
differs."""
# Each command line of Xen, and how its d1 is crashed in the end.
LAST = {"": "iret-frame", "pv-linear-pt=no": "iret-user-table"}
HEAD = "# What a real Xen answered to each case.  Written by `ask.py --record`.\n"


def key(line):
    return line.split(": ")[0]


def write(path, banner, answers):
    first = answers[""]
    text = HEAD + "xen: %s\n" % banner
    for options, lines in answers.items():
        text += "options: %s\n" % options
        text += "".join(line + "\n" for line in lines if not options or line not in first)
    path.write_text(text)


def read(path):
    banner, ret, lines = "", {}, []
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("xen: "):
            banner = line[len("xen: "):]
        elif line.startswith("options:"):
            lines = ret[line[len("options:"):].strip()] = []
        else:
            lines.append(line)
    first = ret.get("", [])
    for options in ret:
        if options:
            others = {key(line): line for line in ret[options]}
            # What domains do at last is another thing with each command line.
            last = [line for line in ret[options] if line.endswith(": crash")]
            ret[options] = [last.pop(0) if line.endswith(": crash") and last
                            else others.get(key(line), line) for line in first]
    return banner, ret
