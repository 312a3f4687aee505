"""What `xenpt` says of a dump: by compare and by map."""
import json
import subprocess

import xen


def compare(xenpt, *words):
    done = subprocess.run([xenpt, "compare", *map(str, words), "--format", "json", "--quiet"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise xen.Failed("%r: %s" % (words, done.stderr.decode()))
    return json.loads(done.stdout)


def listed(xenpt, dump, *words):
    """What `xenpt map` lists, of one context."""
    done = subprocess.run([xenpt, "map", dump, "--format", "json", "--quiet", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise xen.Failed("%r: %s" % (words, done.stderr.decode()))
    return json.loads(done.stdout)["contexts"][0]["ranges"]


def inferred(document, what):
    return " ".join(i["value"] for i in document["inferred"] if i["what"] == what)


def image_root(document, kind):
    return [p["image"].split(":")[1] + "000" for p in document["pairs"] if p["kind"] == kind]
