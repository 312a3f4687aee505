#!/bin/sh
# gallery.sh XENPT FOLDER: the pictures of docs/gallery.md, and the page itself, into FOLDER.
# Each row is a picture's name, what it is asked by, and what to see in it.
set -eu
xenpt=$1
folder=$2
captures=tests/captures

picture() { # name, what to see, arguments...
    name=$1
    text=$2
    shift 2
    "$xenpt" render --quiet "$@" -o "$folder/gallery/$name.svg"
    # shellcheck disable=SC2016 # Backquotes are Markdown's.
    printf '\n%s\n\n```sh\nxenpt render %s\n```\n\n![%s](gallery/%s.svg)\n' "$text" "$*" "$name" "$name"
}

mkdir -p "$folder/gallery"
{
    cat <<'HEAD'
# Gallery

What `xenpt render` draws of real machines, whose images are in [tests/captures](../tests/captures/README.md), and of [examples](../examples/README.md). Each picture is on one
page, whatever the machine; a line at its foot says what was folded. All of them can be read in print, without colours.

This page and its pictures are made by `cmake --build build/gcc --target gallery`.

## Slots
HEAD
    picture slots-xpti "A PV guest under XPTI, while one CPU is in a hypercall and the other runs the guest's user code: in column 2, \
an XPTI root, Xen is 28 KiB of image and stubs, 40 KiB of directmap, and the M2P that guests read." \
        $captures/deb-pv64-intel-hc-xen.elf.zst --view slots
    picture slots-pv32 "A 32-bit PV guest: what the processor runs on are Xen's own tables, with the guest's four gigabytes in slot 0." \
        $captures/rel-pv32-amd-guest.elf.zst --view slots
    picture slots-hvm "HVM guests: the host's tables, those that a guest made, and second stages." \
        examples/03-hvm-host-tables.yaml --view slots
    printf '\n## Trees\n'
    picture tree-xpti "The same guest under XPTI, table by table; what was shown before is not shown again." \
        $captures/deb-pv64-intel-hc-xen.elf.zst --view tree --context cpu0 --context cpu1
    printf '\n## Walks\n'
    picture walk-directmap "The first page of memory by the directmap: four roots lead there by the same tables, XPTI's do not." \
        $captures/deb-pv64-intel-hc-xen.elf.zst ffff830000000000 --view walk
    picture walk-24 "An address of a guest under EPT: 24 references to memory for one." \
        examples/03-hvm-host-tables.yaml 1000 --view walk --context d1.v0.guest
    printf '\n## Sharing\n'
    picture sharing-xpti "Who leads to which tables: both XPTI roots have one small table of Xen's image in slot 261, and each a directmap of its own." \
        $captures/deb-pv64-intel-hc-xen.elf.zst --view sharing
    picture sharing-domains "Two guests: what converges is Xen's." examples/04-converging-tables.yaml --view sharing
    printf '\n## Exposure\n'
    picture exposure-xpti "What Meltdown reads of whose memory under XPTI: of Xen what an XPTI root keeps, and all of it from the roots that have everything mapped." \
        $captures/deb-pv64-intel-hc-xen.elf.zst --view exposure --threat meltdown
    picture exposure-encrypted "A compromised Xen, and guests whose memory is encrypted: it reads ciphertext." \
        examples/19-compromised-xen.yaml --view exposure --threat compromised-xen
    printf '\n## Timelines\n'
    picture timeline-direct-paging "How a PV guest makes page tables." examples/13-direct-paging.yaml --view timeline
    picture timeline-xpti "What a switch of vCPUs does to an XPTI root." examples/05-xpti.yaml --view timeline
    cat <<'TAIL'

## A page to look around in

```sh
xenpt render tests/captures/deb-pv64-intel-hc-xen.elf.zst --format html -o xen.html
```

One file that needs no network: choose a context, type an address and see the walk, type a frame and see who reaches it, search all tables.
TAIL
} >"$folder/gallery.md"
