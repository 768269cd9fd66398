#!/usr/bin/env python3
"""What each statement of the event model asks for: captures written by hand, fields and conditions compared (TAP).

    check_scenarios.py TERCELC TERCEL_AGENT SOURCE_ROOT [-k WORD]

The scenarios stand in tables, one file for each part of the model. All fields that they ask for are printed by a few
rules, every condition is a rule of its own, so one bundle serves all of them.
"""
import importlib
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scap_file import Catalog  # noqa: E402
from scenario import FIELDS_OF_RULE, SCENARIOS  # noqa: E402

TABLES = ["processes", "ancestry", "descriptors", "sockets", "paths", "parameters", "containers", "events", "output",
          "old_formats"]


def run(command, given=None):
    environment = dict(os.environ, TZ="UTC", FALCO_HOSTNAME="test")
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=120, check=False)


class Rules:
    """Names of the rules by what they print and by their conditions."""

    def __init__(self, scenarios):
        events = [event for scenario in scenarios for event in scenario.events]
        fields = sorted({field for event in events for field in event.expected})
        self.lines, self.fields, self.conditions, self.formats = [], [], {}, {}
        for start in range(0, len(fields), FIELDS_OF_RULE):
            part = fields[start:start + FIELDS_OF_RULE]
            self.fields.append(self.add("evt.num > 0", " ".join("%" + field for field in part)))
        for event in events:
            for condition in event.matching:
                self.conditions.setdefault(condition, None)
            for text in event.printed:
                self.formats.setdefault(text, None)
        for condition in self.conditions:
            self.conditions[condition] = self.add(condition, "matches")
        for text in self.formats:
            self.formats[text] = self.add("evt.num > 0", text)

    def add(self, condition, output):
        name = f"rule {len(self.lines)}"
        self.lines.append(json.dumps({"rule": name, "desc": "d", "condition": condition, "output": output,
                                      "priority": "DEBUG", "warn_evttypes": False}))
        return name

    def text(self):
        return "[" + ",\n".join(self.lines) + "]\n"


def same(expected, actual):
    if isinstance(expected, float) and isinstance(actual, (int, float)) and not isinstance(actual, bool):
        return abs(expected - actual) <= 1e-6 * max(1, abs(expected))
    return type(expected) is type(actual) and expected == actual


def differences(scenario, rules, alerts):
    found = {}
    for alert in alerts:
        found.setdefault(alert["output_fields"]["evt.num"], {})[alert["rule"]] = alert
    problems = []
    shown = [number for number, event in zip(scenario.numbers, scenario.events) if event.shown and number]
    if sorted(found) != shown and shown != sorted(found):
        problems.append(f"events {sorted(found)} are shown, not {shown}")
    for number, event in zip(scenario.numbers, scenario.events):
        seen = found.get(number, {})
        fields = {}
        for rule in rules.fields:
            fields.update(seen[rule]["output_fields"] if rule in seen else {})
        place = f"event {number} ({event.kind})"
        for name, expected in event.expected.items() if event.shown else ():
            actual = fields.get(name, "no such member")
            if not same(expected, actual):
                problems.append(f"{place}: {name} is {json.dumps(actual)}, not {json.dumps(expected)}")
        for condition, wanted in event.matching.items():
            if (rules.conditions[condition] in seen) != wanted:
                problems.append(f"{place}: {condition} is {str(not wanted).lower()}")
        for text, expected in event.printed.items():
            alert = seen.get(rules.formats[text])
            actual = alert and alert["output"].split(": Debug ", 1)[1]
            if actual != expected:
                problems.append(f"{place}: {text} prints {actual!r}, not {expected!r}")
    return problems


def check(scenario, rules, agent, bundle, catalog):
    done = run([agent, "replay", "--bundle", bundle, "--rule-matching", "all", "--format", "json", "--append-field",
                "evt.num", "-"], scenario.capture(catalog))
    errors = done.stderr.decode("utf-8", "replace")
    problems = [] if done.returncode == scenario.status and scenario.message in errors else \
        [f"exit {done.returncode}, not {scenario.status}", *errors.splitlines()[:20]]
    if scenario.status == 0 and errors:
        problems += errors.splitlines()[:20]
    alerts = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    return problems + differences(scenario, rules, alerts)


def main():
    compiler, agent, root = sys.argv[1:4]
    word = sys.argv[5] if "-k" in sys.argv[4:5] else ""
    for table in TABLES:
        importlib.import_module("scenarios_" + table)
    scenarios = [scenario for scenario in SCENARIOS if word in scenario.name]
    rules, catalog = Rules(scenarios), Catalog(root)
    print(f"1..{len(scenarios)}")
    with tempfile.TemporaryDirectory(prefix="tercel-scenarios-") as work:
        path, bundle = os.path.join(work, "rules.yaml"), os.path.join(work, "rules.tcb")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(rules.text())
        built = run([compiler, "build", "-o", bundle, path])
        if built.returncode != 0:
            raise SystemExit("Bail out! " + built.stderr.decode()[-4000:])
        for number, scenario in enumerate(scenarios, 1):
            problems = check(scenario, rules, agent, bundle, catalog)
            for line in problems:
                print("#", line)
            print(f"{'not ok' if problems else 'ok'} {number} - {scenario.name}", flush=True)


if __name__ == "__main__":
    main()
