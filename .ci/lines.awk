# lines.awk - which lines of lib/ were reached, from what "llvm-cov gcov -t" prints.
#
#   awk -v least=85 -v list=FILE -f lines.awk
#
# A line counts once, however many objects it is in: a header's in each that includes it.  The
# list has a line for each file, with the lines not reached; the sum is printed, and less than
# `least` percent is a failure.
/:Source:/ {
    file = substr($0, index($0, ":Source:") + 8)
    # A module sees headers through its folder of links: see lib/CMakeLists.txt.
    sub(/^allowed\/[^\/]*\/xenpt\//, "include/xenpt/", file)
    sub(/^allowed\/[^\/]*\//, "lib/", file)
    sub(/^.*\/lib\//, "lib/", file)
    next
}
file !~ /^lib\// || !match($0, /^ *[^:]+: *[0-9]+:/) { next }
{
    split($0, part, ":")
    count = part[1]
    line = part[2] + 0
    gsub(/ /, "", count)
    if (count == "-" || !line)
        next
    if (!((file, line) in seen)) {
        seen[file, line] = 1
        lines[file]++
        if (line > last[file])
            last[file] = line
    }
    if (count !~ /^[#=]/ && !((file, line) in hit)) {
        hit[file, line] = 1
        hits[file]++
    }
}
END {
    for (file in lines) {
        missing = ""
        for (line = 1; line <= last[file]; line++)
            if ((file, line) in seen && !((file, line) in hit))
                missing = missing " " line
        printf "%5.1f%% %5d of %5d %s:%s\n", 100 * hits[file] / lines[file], hits[file],
            lines[file], file, missing | "sort -k 5 >" list
        all += lines[file]
        reached += hits[file]
    }
    printf "lines: %.1f%% (%d out of %d)\n", all ? 100 * reached / all : 0, reached, all
    exit !all || 100 * reached < least * all
}
