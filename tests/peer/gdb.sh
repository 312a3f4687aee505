#!/usr/bin/env bash
# gdb.sh XENPT GDB: a core that xenpt writes is one to gdb, with a thread for each CPU and the
# registers that a CPU in user mode has.
set -euo pipefail
xenpt=$1 gdb=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/model.yaml" <<'END'
host: { ram: 1G, cpus: 3 }
xen: { release: "4.17" }
domains:
  d0: { type: pv64, memory: 64M, privileged: yes }
running: { cpu0: d0.v0.user }
END
"$xenpt" export "$folder/model.yaml" -o "$folder/core" > "$folder/told"
"$gdb" -nx -batch -c "$folder/core" -ex 'info threads' -ex 'info registers cs ss rip eflags' \
    -ex 'thread 2' -ex 'info registers cs' > "$folder/gdb" 2> "$folder/errors"

expect() {
    grep -Eq "$1" "$folder/gdb" && return
    echo "gdb does not say: $1"
    cat "$folder/gdb" "$folder/errors"
    exit 1
}
expect '^[* ]+1 +(LWP|Thread) '
expect '^[* ]+3 +(LWP|Thread) '
expect '^cs +0x3 '
expect '^ss +0x3 '
expect '^rip +0x0 '
expect '^eflags +0x2 '
expect '^cs +0x0 ' # The second CPU is idle, in Xen.
[ "$(grep -Ec '^[* ]+[0-9]+ +(LWP|Thread) ' "$folder/gdb")" = 3 ]
