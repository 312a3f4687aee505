# Lists the functions that public headers declare, from what the preprocessor made of them.
#
# A function that is not marked XENPT_API is not part of the library: it may be static inline,
# or it was forgotten, which ends this with an error.
/^#/ { next }
{ text = text " " $0 }
END {
    gsub(/extern "C" *\{/, " ", text)
    # Function bodies, structs and enums go, from the innermost outwards: only
    # declarations of functions have parentheses after that.
    while (gsub(/\{[^{}]*\}/, ";", text))
        ;
    n = split(text, statement, ";")
    for (i = 1; i <= n; i++) {
        s = statement[i]
        marked = s ~ /visibility *\( *"default" *\)/
        while (sub(/__attribute__ *\(\([^()]*(\([^()]*\))?[^()]*\)\)/, " ", s))
            ;
        if (s !~ /xenpt_[a-z0-9_]+ *\(/ || s ~ /typedef/ || s ~ /^ *static/)
            continue
        match(s, /xenpt_[a-z0-9_]+ *\(/)
        name = substr(s, RSTART, RLENGTH - 1)
        gsub(/ /, "", name)
        if (!marked) {
            print name ": declared without XENPT_API" > "/dev/stderr"
            failed = 1
        }
        print name
    }
    exit failed
}
