#!/usr/bin/env python3
"""Synthetic events through the real programs: alerts, errors, hostile files, and the page that describes them (TAP).

    check_synthetic.py TERCELC TERCEL_AGENT SOURCE_ROOT [--update]

synthetic/quickstart.yaml runs with rules/quickstart.yaml and is compared with quickstart.expected; errors.yaml gives
errors.expected. stable_rules.yaml runs with the published rules, where they are: every event must match the rule that its
comment names. --update writes the expectations anew.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

import yaml


def run(command, given=None, **more):
    environment = dict(os.environ, TZ="UTC", FALCO_HOSTNAME="test")
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=120, **more)


class Checks:
    def __init__(self, arguments):
        self.compiler, self.agent = (os.path.abspath(program) for program in arguments[:2])
        self.root = arguments[2]
        self.update = "--update" in arguments[3:]
        self.folder = os.path.join(self.root, "tests", "integration", "synthetic")
        self.count = self.failed = 0

    def report(self, name, problems):
        self.count += 1
        self.failed += bool(problems)
        for line in problems:
            print("#", line.rstrip("\n"))
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}", flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def golden(self, name, actual):
        path = os.path.join(self.folder, name)
        if self.update:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(actual)
        with open(path, encoding="utf-8") as stream:
            expected = stream.read()
        self.report(name, list(difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual",
                                                    lineterm="", n=0)))

    def build(self, bundle, *rules):
        built = run([self.compiler, "build", "-o", bundle, *rules])
        if built.returncode != 0:
            raise SystemExit(built.stderr.decode())

    def replay(self, *arguments, given=None):
        result = run([self.agent, "replay", *arguments], given, cwd=self.folder)
        return result.returncode, result.stdout.decode(), result.stderr.decode()


def check_quickstart(checks, work):
    bundle = os.path.join(work, "quickstart.tcb")
    checks.build(bundle, os.path.join(checks.root, "rules", "quickstart.yaml"))
    arguments = ["--bundle", bundle, "--format", "json", "--append-field", "evt.num", "--events"]
    status, alerts, errors = checks.replay(*arguments, "quickstart.yaml")
    checks.report("quickstart runs", [] if (status, errors) == (0, "") else [f"exit {status}", errors])
    checks.golden("quickstart.expected", alerts)
    with open(os.path.join(checks.folder, "quickstart.yaml"), "rb") as stream:
        again = checks.replay(*arguments, "-", given=stream.read())
    checks.report("from standard input", [] if again == (status, alerts, errors) else [again[1], again[2]])


def check_stable(checks, work):
    """The comment before an event names the rules that it must match, a bar between them."""
    folder = os.environ.get("TERCEL_UPSTREAM_RULES") or os.path.join(checks.root, "..", "shared", "upstream-rules")
    rules = os.path.join(folder, "falco_rules.yaml")
    if not os.path.exists(rules):
        checks.skip("published stable rules", f"no {rules}")
        return
    bundle = os.path.join(work, "stable.tcb")
    checks.build(bundle, rules)
    path = os.path.join(checks.folder, "stable_rules.yaml")
    with open(path, encoding="utf-8") as stream:
        wanted = re.findall(r"^# (.*)\n- type:", stream.read(), re.MULTILINE)
    status, alerts, errors = checks.replay("--bundle", bundle, "--rule-matching", "all", "--format", "json",
                                           "--append-field", "evt.num", "--events", path)
    lines = [yaml.safe_load(line) for line in alerts.splitlines()]
    found = {(alert["output_fields"]["evt.num"], alert["rule"]) for alert in lines}
    problems = [f"exit {status}: {errors}"] if status else []
    wanted = {(number, rule) for number, rules in enumerate(wanted, 1) for rule in rules.split(" | ")}
    problems += [f"event {number} does not match: {rule}" for number, rule in sorted(wanted - found)]
    problems += [f"event {number} matches, too: {rule}" for number, rule in sorted(found - wanted)]
    checks.report(f"published stable rules: {len(wanted)}", problems)


def check_errors(checks):
    status, alerts, errors = checks.replay("--events", "errors.yaml")
    checks.golden("errors.expected", errors + f"exit status {status}\n")
    checks.report("errors end before the first event", [alerts] if alerts else [])


HOSTILE = {
    "an alias": ("- &a {type: getpid}\n- *a\n", "aliases are not used here"),
    "an alias bomb": ("- &a [x, x]\n- &b [*a, *a]\n- [*b, *b]\n", "aliases are not used here"),
    "an alias to itself": ("- type: openat\n  proc: &p {parent: *p}\n", "aliases are not used here"),
    "a tag": ("- !!python/object:os.system {type: getpid}\n", "tags are not used here"),
    "10,000 levels": ("[" * 10000, "nested deeper than"),
    "10,000 parents": ("- type: getpid\n  proc: " + "{parent: " * 10000 + "x" + "}" * 10000 + "\n",
                       "nested deeper than"),
    "two million values": ("- [" + "x," * 2000000 + "x]\n", "too large"),
    "no UTF-8": (b"- type: \xff\xfe\n", "no YAML"),
    "a NUL": ("- type: openat\n  proc: {name: \"a\\0b\"}\n", "cannot hold a NUL"),
    "a control character": ("- type: \x07\n", "no YAML"),
    "a key twice": ("- type: getpid\n  type: getppid\n", "is there twice"),
    "a list as key": ("- [a]: b\n", "a key must be a word"),
    "an open quote": ("- type: \"getpid\n", "no YAML"),
    "escape sequences": ("- type: \"\\e[31mred\"\n", "there is no event '?[31mred'"),
    "a path beyond the limit": ("- type: openat\n  args: {name: " + "x" * 5000 + "}\n", "too long"),
    "arguments beyond the limit": ("- type: execve\n  proc: {name: x, args: [" + "y" * 5000 + "]}\n", "too long"),
    "a number beyond its type": ("- type: openat\n  args: {dev: 0x100000000}\n", "must be between"),
    "a number without end": ("- type: openat\n  args: {ino: " + "9" * 1000 + "}\n", "a number is wanted"),
    "no list": ("type: getpid\n", "a list of events is wanted"),
    "a thousand mistakes": ("- type: nonsense\n" * 1000, "and 950 errors more"),
}


def check_hostile(checks):
    for name, (given, wanted) in HOSTILE.items():
        given = given if isinstance(given, bytes) else given.encode()
        status, alerts, errors = checks.replay("--events", "-", given=given)
        checks.report(name, [] if status == 1 and not alerts and wanted in errors and "\x1b" not in errors
                      else [f"exit {status}", errors[:2000]])
    status, _, errors = checks.replay("--events", "-", given=b"#" * (17 << 20))
    checks.report("17 MiB", [] if status == 3 and "too large" in errors else [f"exit {status}", errors])
    status, alerts, errors = checks.replay("--events", "-", given=b"")
    checks.report("nothing", [] if (status, alerts, errors) == (0, "", "") else [f"exit {status}", errors])
    status, _, errors = checks.replay("--events", "no such file")
    checks.report("no file", [] if status == 3 and "No such file" in errors else [f"exit {status}", errors])


def keys_of_definition(root):
    """{"event": {"type": "meaning"}}: the rows of keys.def."""
    with open(os.path.join(root, "event", "synthetic", "keys.def"), encoding="utf-8") as stream:
        text = stream.read()
    rows = re.findall(r'^([A-Z]+)_KEY\(\w+, "([^"]+)", \w+, \w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text, re.MULTILINE)
    tables = {}
    for kind, key, meaning in rows:
        tables.setdefault(kind.lower(), {})[key] = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', meaning))
    return tables


def check_page(checks):
    path = os.path.join(checks.root, "docs", "synthetic-events.md")
    with open(path, encoding="utf-8") as stream:
        page = stream.read()
    for kind, keys in keys_of_definition(checks.root).items():
        table = "| key | meaning |\n| --- | --- |\n" + "".join(f"| `{key}` | {meaning} |\n" for key, meaning in
                                                                  keys.items())
        marks = f"<!-- keys of {kind} -->\n", "<!-- end -->"
        start = page.index(marks[0]) + len(marks[0])
        end = page.index(marks[1], start)
        if checks.update:
            page = page[:start] + table + page[end:]
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(page)
            end = start + len(table)
        checks.report(f"page: keys of {kind}", [] if page[start:end] == table else ["differs from keys.def"])
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    for number, example in enumerate(examples, 1):
        status, _, errors = checks.replay("--events", "-", given=example.encode())
        checks.report(f"page: example {number}", [] if status == 0 else [errors])


def main():
    checks = Checks(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="tercel-synthetic-") as work:
        check_quickstart(checks, work)
        check_stable(checks, work)
    check_errors(checks)
    check_hostile(checks)
    check_page(checks)
    print(f"1..{checks.count}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
