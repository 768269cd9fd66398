#!/usr/bin/env python3
"""Captures written by `replay --write`: whole ones and pieces of them replay to the same alerts as the original there,
and written again they are the same bytes (TAP).

    check_written_captures.py TERCELC TERCEL_AGENT SOURCE_ROOT

The small captures beside this file always; those of TERCEL_CAPTURES, else ../shared/captures beside the source, where
they are there. What may differ is what scap_write.h says: fields that count events or time from the first one.
"""
import collections
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

PIECES = 3  # of each capture: from its start, from a third of it ...
COUNTING = ["evt.num", "evt.reltime", "evt.deltatime", "evt.reltime.s", "evt.reltime.ns", "evt.deltatime.s",
            "evt.deltatime.ns", "util.cnt", "thread.exectime", "thread.totexectime"]


def run(*command):
    environment = dict(os.environ, TZ="UTC", FALCO_HOSTNAME="test")
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


class Checks:
    def __init__(self, compiler, agent, work):
        self.compiler, self.agent, self.work = compiler, agent, work
        self.count = 0

    def report(self, name, differences):
        self.count += 1
        for line in differences:
            print("#", str(line)[:400])
        print(f"{'not ok' if differences else 'ok'} {self.count} - {name}")
        sys.stdout.flush()

    def path(self, name):
        return os.path.join(self.work, name)

    def build(self, name, rules):
        """A bundle of the rules, in which conditions that ask for the number of an event ask for something else."""
        sources = []
        for number, path in enumerate(rules):
            with open(path, encoding="utf-8", newline="") as file:
                text = re.sub(r"\bevt\.num\b", "evt.cpu", file.read())
            sources.append(self.path(f"{name}.{number}.yaml"))
            with open(sources[-1], "w", encoding="utf-8", newline="") as file:
                file.write(text)
        bundle = self.path(name + ".tcb")
        built = run(self.compiler, "build", "-o", bundle, *sources)
        self.report(f"build {name}", [] if built.returncode == 0 else built.stderr.decode().splitlines()[:5])
        return bundle

    def alerts(self, bundle, capture, *options):
        done = run(self.agent, "replay", "--bundle", bundle, "--rule-matching", "all", "--enable-all", "--format", "json",
                   "--append-field", "evt.num", *options, capture)
        if done.returncode != 0:
            raise RuntimeError(f"{capture}: {done.stderr.decode()[-300:]}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def write(self, capture, out, *options):
        done = run(self.agent, "replay", "--write", out, *options, capture)
        return [] if done.returncode == 0 else [f"exit status {done.returncode}", done.stderr.decode()]

    def event_count(self, capture):
        return json.loads(run(self.agent, "replay", "--summary", "--format", "json", capture).stderr)["events"]

    def capture(self, bundle, path):
        name = os.path.basename(path)
        whole = self.alerts(bundle, path)
        count = self.event_count(path)
        for piece in range(PIECES):
            start = count * piece // PIECES + 1
            out, again = self.path("out.scap"), self.path("again.scap")
            differences = self.write(path, out, "--from", str(start)) or self.write(out, again)
            if not differences:
                wanted = [alert for alert in whole if alert["output_fields"]["evt.num"] >= start]
                differences = compare(wanted, self.alerts(bundle, out), start == 1)
                if read(out) != read(again):
                    differences.append("written again it is another file")
            self.report(f"{name} from event {start}: {os.path.getsize(out)} bytes", differences)
        self.selection(bundle, path, whole)

    def selection(self, bundle, path, whole):
        """Only the events that gave alerts, and what the others do to the state."""
        out = self.path("alerts.scap.gz")
        done = run(self.agent, "replay", "--bundle", bundle, "--rule-matching", "all", "--enable-all", "--write", out,
                   "--write-events", "alerts", path)
        differences = [] if done.returncode == 0 else [done.stderr.decode()]
        if not differences:
            differences = compare(whole, self.alerts(bundle, out), False)
            if read(out)[:2] != b"\x1f\x8b":
                differences.append("not compressed")
        self.report(f"{os.path.basename(path)}: events with alerts", differences)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def comparable(alert, is_whole):
    """Texts are left out where counting fields stand in them: their other fields are among the output_fields."""
    fields = {key: value for key, value in alert["output_fields"].items() if is_whole or key not in COUNTING}
    text = alert["output"] if is_whole or len(fields) == len(alert["output_fields"]) - 1 else ""
    return json.dumps([alert["rule"], alert["time"], alert["priority"], text, fields], sort_keys=True)


def compare(wanted, actual, is_whole):
    left = collections.Counter(comparable(alert, is_whole) for alert in wanted)
    right = collections.Counter(comparable(alert, is_whole) for alert in actual)
    lines = [f"missing: {line}" for line in (left - right).elements()]
    return (lines + [f"extra: {line}" for line in (right - left).elements()])[:6]


def main():
    compiler, agent, source_root = sys.argv[1:4]
    here = os.path.dirname(os.path.abspath(__file__))
    corpus = os.environ.get("TERCEL_CAPTURES", os.path.join(source_root, "..", "shared", "captures"))
    with tempfile.TemporaryDirectory(prefix="tercel-written-") as work:
        checks = Checks(compiler, agent, work)
        bundle = checks.build("small", [os.path.join(here, "captures/rules.yaml")])
        for path in sorted(glob.glob(os.path.join(here, "captures/*.scap"))):
            checks.capture(bundle, path)
        # Two captures, one behind the other.
        appended = os.path.join(work, "appended.scap")
        with open(appended, "wb") as file:
            for name in ("files", "sockets_all"):
                file.write(gzip.decompress(read(os.path.join(here, f"captures/{name}.scap"))))
        checks.capture(bundle, appended)
        rules = [os.path.join(corpus, "rules", name) for name in ("fields.yaml", "outputs.yaml")]
        captures = sorted(glob.glob(os.path.join(corpus, "*.scap")) + glob.glob(os.path.join(corpus, "*/*.scap")))
        if captures and all(map(os.path.exists, rules)):
            bundle = checks.build("corpus", rules)
            for path in captures:
                checks.capture(bundle, path)
        else:
            checks.count += 1
            print(f"ok {checks.count} - corpus # SKIP no captures at {corpus} (TERCEL_CAPTURES)")
        print(f"1..{checks.count}")


main()
