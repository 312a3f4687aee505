#!/bin/sh
# model-choices.sh - collects every "Model:" note of the sources; "sh docs/model-choices.sh" at
# the top of the tree prints what docs/model-choices.md has to be.
set -eu
cat <<'TEXT'
# Where xenpt had to choose

Manuals leave some things open, silicon differs from manuals, and a model is less than either. Wherever one of these shows in an
answer, the source has a note that begins with `Model:` and says what xenpt follows, and why. These are all of them, as they stand
in the sources; `docs/model-choices.sh` made this page, and a test holds it up to date.
TEXT
# shellcheck disable=SC2016 # it is awk's
find include lib sim -name '*.[ch]' | LC_ALL=C sort | xargs awk '
    function flush() {
        if (note == "")
            return
        gsub(/@p |@ref |#XENPT_/, "", note)
        gsub(/[ \t]+/, " ", note)
        if (from != last)
            printf "\n## %s\n", from
        last = from
        printf "\n%s%s\n", toupper(substr(note, 1, 1)), substr(note, 2)
        note = ""
    }
    {
        line = $0
        ends = sub(/[ \t]*\*\/.*/, "", line)
        sub(/^[ \t]*\/?\*+[ \t]?/, "", line)
    }
    match(line, /Model: /) {
        flush()
        note = line
        sub(/.*Model: /, "", note)
        from = FILENAME
        if (ends)
            flush()
        next
    }
    note != "" && (line ~ /^[ \t]*$/ || line ~ /^@/) { flush(); next }
    note != "" { note = note " " line }
    note != "" && ends { flush() }
    END { flush() }
' | fold -s -w 128 | sed 's/ *$//'
