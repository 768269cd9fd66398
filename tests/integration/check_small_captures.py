#!/usr/bin/env python3
"""Compile captures/rules.yaml, replay the captures beside it, compare with captures/expected_*.jsonl (TAP).

    check_small_captures.py TERCELC TERCEL_AGENT [--update]

The expected files are what this software gave when it gave Falco's alerts on the whole corpus (check_corpus.py).
After a wanted change: run with --update, and look at the difference before it is committed.
"""
import difflib
import json
import os
import subprocess
import sys
import tempfile

CASES = [
    ("files", "first", []),
    ("files", "all", ["--enable-all", "--append-field", "evt.num"]),
    ("sockets_all", "first", ["--append-field", "evt.num", "--append-field", "proc.aname[2]"]),
    ("sockets_all", "all", ["--enable-all"]),
]


def run(command, **more):
    environment = dict(os.environ, TZ="UTC", FALCO_HOSTNAME="test")
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **more)


class Checks:
    def __init__(self):
        self.count = 0

    def report(self, name, differences):
        self.count += 1
        for line in differences:
            print("#", line.rstrip("\n"))
        print(f"{'not ok' if differences else 'ok'} {self.count} - {name}")


def compare(expected_path, actual, update):
    if update:
        with open(expected_path, "wb") as stream:
            stream.write(actual)
    with open(expected_path, "rb") as stream:
        expected = stream.read()
    if actual == expected:
        return []
    lines = [part.decode("utf-8", "replace").splitlines() for part in (expected, actual)]
    return list(difflib.unified_diff(*lines, "expected", "actual", lineterm="", n=0))[:20] or ["bytes differ"]


def main():
    compiler, agent = sys.argv[1:3]
    update = "--update" in sys.argv[3:]
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="tercel-captures-") as work:
        bundle = os.path.join(work, "rules.tcb")
        built = run([compiler, "build", "-o", bundle, os.path.join(folder, "rules.yaml")])
        checks.report("build", [] if built.returncode == 0 else built.stderr.decode().splitlines() or ["failed"])
        for capture, matching, options in CASES:
            path = os.path.join(folder, capture + ".scap")
            base = [agent, "replay", "--bundle", bundle, "--rule-matching", matching, "--format"]
            done = run(base + ["json"] + options + [path])
            errors = done.stderr.decode().splitlines()
            expected = os.path.join(folder, f"expected_{capture}_{matching}.jsonl")
            checks.report(f"{capture}, {matching}", errors or compare(expected, done.stdout, update))
            with open(path, "rb") as stream:
                piped = run(base + ["json"] + options + ["-"], stdin=stream)
            checks.report(f"{capture}, {matching}, from a pipe", [] if piped.stdout == done.stdout else ["other alerts"])
            text = run(base + ["text"] + options + [path])
            checks.report(f"{capture}, {matching}, as text", same_output(done.stdout, text.stdout))
        signatures(checks, compiler, agent, bundle, os.path.join(folder, "files.scap"), work)
        damaged(checks, agent, bundle, os.path.join(folder, "files.scap"), work)
        usage(checks, agent, bundle, folder)
    print(f"1..{checks.count}")


def same_output(as_json, as_text):
    """Lines of text are the members `output`, escaped as JSON strings are."""
    outputs = [json.loads(line)["output"] for line in as_json.splitlines()]
    lines = [json.loads(b'"' + line + b'"') for line in as_text.splitlines()]
    return [] if outputs and outputs == lines else ["other texts"]


def signatures(checks, compiler, agent, bundle, capture, work):
    """Unsigned bundles are taken, unless keys are named; then one of them must have signed."""
    keys = [os.path.join(work, name) for name in ("mine", "other")]
    signed = os.path.join(work, "signed.tcb")
    changed = os.path.join(work, "changed.tcb")
    for key in keys:
        run([compiler, "keygen", "-o", key])
    with open(bundle, "rb") as stream:
        contents = stream.read()
    with open(signed, "wb") as stream:
        stream.write(contents)
    run([compiler, "sign", "--key", keys[0] + ".key", signed])
    with open(signed, "rb") as stream:
        contents = bytearray(stream.read())
    contents[len(contents) // 2] ^= 1
    with open(changed, "wb") as stream:
        stream.write(contents)
    for name, arguments, status in [
        ("signed", ["--bundle", signed], 0),
        ("signed by a trusted key", ["--bundle", signed, "--trust", keys[1] + ".pub", "--trust", keys[0] + ".pub"], 0),
        ("signed by another key", ["--bundle", signed, "--trust", keys[1] + ".pub"], 1),
        ("unsigned, with a key", ["--bundle", bundle, "--trust", keys[0] + ".pub"], 1),
        ("changed after it was signed", ["--bundle", changed, "--trust", keys[0] + ".pub"], 1),
        ("changed, nobody trusted", ["--bundle", changed], 1),
        ("a key that is none", ["--bundle", signed, "--trust", signed], 3),
    ]:
        done = run([agent, "replay"] + arguments + [capture])
        problems = [] if done.returncode == status else [f"exit status {done.returncode}, not {status}"]
        if bool(done.stdout) != (status == 0):
            problems.append("alerts or none")
        checks.report(f"bundle {name}", problems + (done.stderr.decode().splitlines() if problems else []))


def damaged(checks, agent, bundle, path, work):
    """A capture that is cut off gives the alerts before the cut, a message, and exit status 3."""
    whole = run([agent, "replay", "--bundle", bundle, path]).stdout
    with open(path, "rb") as stream:
        contents = stream.read()
    cut = os.path.join(work, "cut.scap")
    with open(cut, "wb") as stream:
        stream.write(contents[:len(contents) * 3 // 4])
    done = run([agent, "replay", "--bundle", bundle, cut])
    problems = []
    if done.returncode != 3:
        problems.append(f"exit status {done.returncode}")
    if not done.stdout or not whole.startswith(done.stdout) or done.stdout == whole:
        problems.append("not the alerts before the cut")
    if b"the file ends inside the compressed data" not in done.stderr:
        problems.append(done.stderr.decode())
    checks.report("a capture that is cut off", problems)


def usage(checks, agent, bundle, folder):
    files = os.path.join(folder, "files.scap")
    not_a_bundle = os.path.join(folder, "rules.yaml")
    for name, arguments, status, message in [
        ("no such capture", ["--bundle", bundle, "/nonexistent.scap"], 3, b"No such file"),
        ("no such bundle", ["--bundle", "/nonexistent.tcb", files], 3, b"No such file"),
        ("not a bundle", ["--bundle", not_a_bundle, files], 1, b"refused"),
        ("not a capture", ["--bundle", bundle, bundle], 3, b"not a capture"),
        ("an empty file", ["--bundle", bundle, "/dev/null"], 3, b"the file is empty"),
        ("no such field", ["--bundle", bundle, "--append-field", "no.field", files], 2, b"no.field"),
        ("no capture named", ["--bundle", bundle], 2, b""),
    ]:
        done = run([agent, "replay"] + arguments)
        problems = []
        if done.returncode != status:
            problems.append(f"exit status {done.returncode}, not {status}")
        if message not in done.stderr:
            problems.append(done.stderr.decode())
        if done.stdout:
            problems.append("something on standard output")
        checks.report(name, problems)
    numbers = run([agent, "replay", "--bundle", bundle, "--format", "json", "--append-field", "evt.num", "--from", "3000",
                   "--to", "4000", files]).stdout.decode()
    seen = [json.loads(line)["output_fields"]["evt.num"] for line in numbers.splitlines()]
    checks.report("a range of events", [] if seen and min(seen) >= 3000 and max(seen) <= 4000 else [f"{seen}"])


if __name__ == "__main__":
    main()
