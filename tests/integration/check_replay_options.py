#!/usr/bin/env python3
"""Options of `tercel-agent replay`: ranges, priorities, summary, what is written and what cannot be (TAP).

    check_replay_options.py TERCELC TERCEL_AGENT"""
import datetime
import gzip
import json
import os
import pty
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURE = os.path.join(HERE, "captures/files.scap")
RULES = """
- rule: Directory
  desc: d
  condition: evt.type = mkdir
  output: "%fd.name %proc.name"
  priority: WARNING
- rule: Mode
  desc: d
  condition: evt.type in (mkdir, chmod, fchmod)
  output: "%evt.type"
  priority: NOTICE
- rule: Disabled
  desc: d
  condition: evt.type = rename
  output: "%evt.type"
  priority: ERROR
  enabled: false
"""


class Checks:
    def __init__(self, agent, bundle):
        self.agent, self.bundle, self.count = agent, bundle, 0

    def report(self, name, passed, note=""):
        self.count += 1
        if not passed:
            print("#", str(note)[:600])
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")

    def run(self, *options, capture=CAPTURE, **more):
        environment = dict(os.environ, TZ="UTC", FALCO_HOSTNAME="test")
        return subprocess.run([self.agent, "replay", *options, *([capture] if capture else [])], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=environment, **more)

    def alerts(self, *options, **more):
        done = self.run("--bundle", self.bundle, "--rule-matching", "all", "--format", "json", "--append-field", "evt.num",
                        *options, **more)
        if done.returncode != 0:
            return [done.stderr]
        return [json.loads(line) for line in done.stdout.splitlines()]


def ranges(checks):
    every = checks.alerts()
    checks.report("there are alerts", len(every) > 20, every)
    numbers = [alert["output_fields"]["evt.num"] for alert in every]
    times = [alert["output_fields"]["evt.time"] for alert in every]
    first, last = len(every) // 3, 2 * len(every) // 3
    clock = datetime.datetime.fromtimestamp(times[first] // 10**9, datetime.timezone.utc).strftime("%H:%M:%S")
    start = json.loads(checks.run("--summary", "--format", "json").stderr)["first_time_ns"]
    for name, begin, end in (
            ("numbers", str(numbers[first]), str(numbers[last])),
            ("ns since the epoch", str(times[first]), str(times[last])),
            ("evt.time", f"{clock}.{times[first] % 10**9:09}", str(times[last])),
            ("the time of alerts", every[first]["time"], every[last]["time"].replace("Z", "+0000")),
            ("offsets", None, None)):
        if begin is None:
            # From the first event with a time of its own, which is not the first one: evt.reltime tells.
            relative = [alert["output_fields"]["evt.reltime"] for alert in checks.alerts("--append-field", "evt.reltime")]
            begin, end = f"+{relative[first]}ns", f"+{relative[last]}ns"
        found = checks.alerts("--from", begin, "--to", end)
        wanted = [alert for alert in every if times[first] <= alert["output_fields"]["evt.time"] <= times[last]]
        checks.report(f"from {begin} to {end}: {name}", found == wanted, (len(found), len(wanted), found[:1]))
    checks.report("the capture begins before its alerts", start < times[0], start)
    for text in ("yesterday", "5x", "+5", "25:00:00"):
        done = checks.run("--from", text)
        checks.report(f"--from {text} is refused", done.returncode == 2 and text.encode() in done.stderr, done.stderr)


def priorities(checks):
    every = checks.alerts("--enable-all")
    checks.report("--enable-all", {alert["rule"] for alert in every} == {"Directory", "Mode", "Disabled"}, every[:2])
    for least, rules in (("notice", {"Directory", "Mode", "Disabled"}), ("warning", {"Directory", "Disabled"}),
                         ("error", {"Disabled"}), ("critical", set())):
        found = checks.alerts("--enable-all", "--min-priority", least)
        checks.report(f"--min-priority {least}", found == [a for a in every if a["rule"] in rules], found[:2])
    first = checks.alerts("--rule-matching", "first", "--min-priority", "warning")
    checks.report("what is not urgent enough takes no part in `first`", {a["rule"] for a in first} == {"Directory"}, first[:2])


def summary(checks):
    done = checks.run("--bundle", checks.bundle, "--rule-matching", "all", "--format", "json", "--summary")
    told = json.loads(done.stderr)
    alerts = [json.loads(line)["rule"] for line in done.stdout.splitlines()]
    checks.report("JSON summary: alerts by rule", told["alerts"] == len(alerts) and
                  told["alerts_by_rule"] == {rule: alerts.count(rule) for rule in set(alerts)}, told)
    checks.report("JSON summary: events by type", sum(told["events_by_type"].values()) == told["events"], told)
    text = checks.run("--bundle", checks.bundle, "--rule-matching", "all", "--summary").stderr.decode()
    checks.report("text summary", all(part in text for part in (f"{told['events']} events", "alerts by rule:", "openat")), text)


def written(checks, work):
    out = os.path.join(work, "out.scap")
    done = checks.run("--write", out)
    checks.report("--write", done.returncode == 0 and open(out, "rb").read(4) == b"\x0a\x0d\x0d\x0a", done.stderr)
    checks.report("only its owner reads what it wrote", stat.S_IMODE(os.stat(out).st_mode) == 0o600)
    plain = open(out, "rb").read()
    for options, path in ((["--compress"], out), ([], out + ".gz")):
        checks.run("--write", path, *options)
        checks.report(f"compressed: {options or os.path.basename(path)[-3:]}",
                      gzip.decompress(open(path, "rb").read()) == plain)
    done = checks.run("--write", out, capture=out)
    checks.report("a capture written over itself", done.returncode == 0 and open(out, "rb").read() == plain, done.stderr)
    for options, status, word in ((["--write", "-"], 2, "name a file"),
                                  (["--write", os.path.join(work, "none/out.scap")], 3, "No such file"),
                                  (["--write", "/dev/full"], 3, "No space left"),
                                  (["--write", os.path.join(work, "empty"), "--from", "900000"], 1, "no event")):
        done = checks.run(*options)
        checks.report(f"{os.path.basename(options[1])}: exit {status}",
                      done.returncode == status and word in done.stderr.decode(), (done.returncode, done.stderr))
    checks.report("nothing is left of what failed", sorted(os.listdir(work)) == ["out.scap", "out.scap.gz", "r.tcb", "r.yaml"],
                  os.listdir(work))
    cut = os.path.join(work, "cut.scap")
    with open(cut, "wb") as file:
        file.write(plain[:300000])
    done = checks.run("--write", out, capture=cut)
    checks.report("what was before the damage is written, exit 3", done.returncode == 3 and b"offset" in done.stderr and
                  plain.startswith(open(out, "rb").read()) and os.path.getsize(out) > 290000,
                  (done.returncode, done.stderr))
    checks.report("and is a capture", checks.run(capture=out).returncode == 0)


def streams(checks):
    with open(CAPTURE, "rb") as file:
        content = file.read()
    for name, given in (("gzip", content), ("plain", gzip.decompress(content))):
        found = checks.alerts(capture="-", input=given)
        checks.report(f"standard input, {name}", found == checks.alerts() and len(found) > 20, found[:1])
    # Standard error is a terminal, but the work takes no second: nothing may be there.
    master, slave = pty.openpty()
    done = subprocess.run([checks.agent, "replay", CAPTURE], stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    try:
        shown = os.read(master, 1000)
    except OSError:
        shown = b""
    os.close(master)
    checks.report("no progress for what is quick", done.returncode == 0 and (shown == b"" or b"events" in shown), shown)


def main():
    compiler, agent = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="tercel-replay-") as work:
        source, bundle = os.path.join(work, "r.yaml"), os.path.join(work, "r.tcb")
        with open(source, "w", encoding="utf-8") as file:
            file.write(RULES)
        subprocess.run([compiler, "build", "-o", bundle, source], check=True, stderr=subprocess.DEVNULL)
        checks = Checks(agent, bundle)
        ranges(checks)
        priorities(checks)
        summary(checks)
        written(checks, work)
        streams(checks)
        print(f"1..{checks.count}")


main()
