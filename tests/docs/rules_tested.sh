#!/bin/sh
# rules_tested.sh - each rule of docs/rules.md that refuses nothing, and by which Xen acts, is switched off by some test, or by a release
# without it.  Those that refuse are reached and switched off by tests/unit/test_pv_rules.c, which fails without a case of one.
#
# A rule is found by its name where a test or an example switches it (-NAME, "NAME"), by its advisory's example, which has both releases,
# or in rules_tested.txt, which names the test that tells releases apart, by a text that stands in it.
set -eu
cd "$1"
list=tests/docs/rules_tested.txt
acting=$(grep '^| `' docs/rules.md | awk -F'|' '$4 ~ /^ *$/ { gsub(/[` ]/, "", $2); gsub(/ /, "", $6); print $2 ":" $6 }')
test -n "$acting"
wrong=0
for row in $acting; do
    rule=${row%%:*} advisory=$(echo "${row#*:}" | sed -E 's/XSA-([0-9]{2})$/XSA-0\1/' | tr '[:upper:]' '[:lower:]')
    if grep -rqE "\"$rule\"|[ \[]-$rule([] ,\"\\\\]|\$)" tests/unit tests/property examples; then
        continue
    fi
    test -n "$advisory" && test -f "examples/advisories/$advisory.yaml" && continue
    line=$(grep "^$rule: " $list || true)
    file=$(echo "$line" | awk '{ print $2 }') text=$(echo "$line" | cut -d' ' -f3-)
    if test -n "$line" && test -n "$text" && grep -qF -e "$text" "$file"; then
        continue
    fi
    echo "$rule: no test is without it: a case that switches it off is missing, or a line of $list"
    wrong=1
done
# A line that nobody needs any more says something that is not so.
while read -r rule file text; do
    case $rule in '#'* | '') continue ;; esac
    echo "$acting" | grep -q "^${rule%:}:" || { echo "$list: ${rule%:} is no rule that acts"; wrong=1; }
done < $list
exit $wrong
