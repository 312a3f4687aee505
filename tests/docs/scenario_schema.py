#!/usr/bin/env python3
"""Holds docs/schemas/scenario.json to scenarios, by a validator that is not ours.

    scenario_schema.py SOURCE-FOLDER

Every scenario here has to be valid by it: examples, models, tests, and the examples that the
language's own rows have.  Each of the latter with a key too much, or with its main argument gone,
has not.
"""
import copy
import glob
import json
import os
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """As YAML 1.2 and libyaml's events have it: `on` and `yes` are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:bool"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), "tf")

failures = 0


def fail(where, text):
    global failures
    failures += 1
    print("%s: %s" % (where, text))


def errors(validator, document):
    return [e.message[:200] for e in validator.iter_errors(document)]


def check_files(validator, folder):
    files = sorted(
        glob.glob(os.path.join(folder, "examples", "**", "*.yaml"), recursive=True)
        + glob.glob(os.path.join(folder, "tests", "scenario", "**", "*.yaml"), recursive=True)
        + glob.glob(os.path.join(folder, "tests", "captures", "*.yaml")))
    for path in files:
        if os.sep + "bad" + os.sep in path or os.path.basename(path).startswith(("_", "mistakes")):
            continue
        with open(path, encoding="utf-8") as f:
            for document in yaml.load_all(f, Loader):
                for message in errors(validator, document):
                    fail(path, message)
    return len(files)


def check_rows(schema, name, page):
    """The examples in the page, which are those of the rows."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/$defs/" + name, "$defs": schema["$defs"]})
    verbs = {row["required"][0] for row in schema["$defs"][name]["items"]["oneOf"]}
    found = set()
    for line in re.findall(r"^- (\{.*\})$", page, re.M):
        item = yaml.load(line, Loader)
        verb = next(iter(item))
        if verb not in verbs:
            continue
        found.add(verb)
        for message in errors(validator, [item]):
            fail(line, message)
        more = copy.deepcopy(item)
        more["nonsense"] = 1
        if not errors(validator, [more]):
            fail(line, "a key that there is not is taken")
        less = copy.deepcopy(item)
        del less[verb]
        if not errors(validator, [less]):
            fail(line, "it is taken without its verb")
    for verb in sorted(verbs - found):
        fail(verb, "has no example in docs/scenario.md that begins with it")


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "docs/schemas/scenario.json"), encoding="utf-8") as f:
        schema = json.load(f)
    with open(os.path.join(folder, "docs/scenario.md"), encoding="utf-8") as f:
        page = f.read()
    jsonschema.Draft202012Validator.check_schema(schema)
    n = check_files(jsonschema.Draft202012Validator(schema), folder)
    if not n:
        fail(folder, "there is no scenario here")
    check_rows(schema, "steps", page)
    check_rows(schema, "expectations", page)
    for block in re.findall(r"^```yaml\n(about:.*?)^```", page, re.M | re.S):
        for message in errors(jsonschema.Draft202012Validator(schema), yaml.load(block, Loader)):
            fail("docs/scenario.md", message)
    sys.exit(1 if failures else 0)


main()
