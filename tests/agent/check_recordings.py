#!/usr/bin/env python3
"""What `run --write` records replays to the alerts that were raised live (TAP).

usage: check_recordings.py TERCEL_AGENT TERCELC WORKLOADS_DIRECTORY [--only WORD]

One rule prints every field of every event, so everything that is not the same shows; others look at few calls, so that
the state comes from what a recording holds for it. Left out are fields that count events or time, and what replay cannot
know: alerts of the agent itself, and those of calls that never came to an end (docs/captures.md).
"""
import gzip
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 120 * int(os.environ.get("CK_TIMEOUT_MULTIPLIER", "1"))
COUNTING = {"evt.num", "evt.reltime", "evt.deltatime", "evt.reltime.s", "evt.reltime.ns", "evt.deltatime.s",
            "evt.deltatime.ns", "util.cnt", "thread.exectime", "thread.totexectime"}
ARGUMENTS = {"required_index": ["[1]", "[2]", "[3]"], "index": ["", "[1]", "[2]"]}
SOME = """
- rule: Some calls
  desc: such as rules look at
  condition: >
    evt.type in (execve, execveat, open, openat, openat2, creat, connect, accept, accept4, sendto, sendmsg, recvmsg, unlink,
    unlinkat, mkdir, mkdirat, chmod, fchmod, fchmodat, setuid, setgid, setresuid, setreuid, ptrace, listen, bind, kill,
    symlinkat, rename, renameat2, dup, dup2, dup3, memfd_create, read, write, chdir, fchdir)
  output: "%evt.type %evt.res %evt.args"
  priority: NOTICE
"""
FEW = """
- rule: Few calls
  desc: of which most are only there for the state
  condition: >
    evt.type in (execve, mkdirat, mkdir, fchmod, unlink, unlinkat, listen, procexit)
    or (evt.type in (open, openat) and evt.rawres < 0)
  output: "%evt.type %evt.res %evt.args"
  priority: NOTICE
"""


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


class Bench:
    def __init__(self, agent, tercelc, workloads, folder):
        self.agent, self.tercelc = agent, tercelc
        self.workloads, self.folder = pathlib.Path(workloads), pathlib.Path(folder)
        self.key = str(self.folder / "key")
        subprocess.run([tercelc, "keygen", "-o", self.key], check=True, stdout=subprocess.DEVNULL)
        template = " ".join("%" + field for field in self.fields())
        self.bundles = {"every": self.build("every", f"""
- rule: Every event
  desc: with all of its fields
  condition: evt.type exists
  output: "{template}"
  priority: DEBUG
""")}
        for name, rules in (("some", SOME), ("few", FEW)):
            self.bundles[name] = self.build(name, rules.replace('%evt.args"', '%evt.args ' + template + '"'))

    def build(self, name, rules):
        source, bundle = self.folder / (name + ".yaml"), self.folder / (name + ".tcb")
        source.write_text(rules, encoding="utf-8")
        subprocess.run([self.tercelc, "build", "--key", self.key + ".key", "-o", str(bundle), str(source)], check=True,
                       stderr=subprocess.DEVNULL)
        return str(bundle)

    def fields(self):
        listed = subprocess.run([self.tercelc, "list", "fields", "--format", "json"], check=True, stdout=subprocess.PIPE)
        for field in json.loads(listed.stdout)["fields"]:
            if field["name"] in COUNTING or field["status"] != "implemented" or "filter-only" in field["flags"]:
                continue
            if field["argument"] == "none":
                yield field["name"]
            elif field["argument"] == "index":
                yield from (f"{field['name']}[{n}]" for n in (1, 2, 3))
        yield from ("proc.env[HOME]", "evt.arg[0]", "evt.arg[1]", "evt.arg[2]", "evt.arg.path", "evt.arg.res")

    def command(self, words):
        return [str(self.workloads / word[1:]) if word.startswith("@") else word for word in words]

    def agent_command(self, rules, out, words, *options):
        return [self.agent, "run", "--trust", self.key + ".pub", "--bundle", self.bundles[rules], "--rule-matching", "all",
                "--alerts", str(self.folder / "live.jsonl"), "--write", str(out), *options, "--", *self.command(words)]

    def live_alerts(self):
        path = self.folder / "live.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def replayed(self, rules, out):
        done = subprocess.run([self.agent, "replay", "--bundle", self.bundles[rules], "--rule-matching", "all", "--format",
                               "json", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                              check=False)
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr.decode()


def comparable(alert):
    """As a text. The own fields of the agent are left out."""
    fields = {name: value for name, value in alert["output_fields"].items()
              if not name.startswith("tercel.") and name not in COUNTING}
    return json.dumps([alert["time"], alert["output"], alert["hostname"], alert["rule"], alert["priority"], alert["source"], alert["tags"], fields],
                      sort_keys=True)


def difference(live, replayed):
    """The first alerts that differ, and in what."""
    for one, other in zip(live, replayed):
        if comparable(one) != comparable(other):
            left, right = one["output_fields"], other["output_fields"]
            return {name: (left.get(name), right.get(name)) for name in {*left, *right, "time"}
                    if not name.startswith("tercel.") and name not in COUNTING and left.get(name) != right.get(name)
                    } | {"evt.type": left.get("evt.type"), "times": (one["time"], other["time"])}
    return f"live {len(live)}, replayed {len(replayed)}"


def compare(bench, rules, out):
    live = [alert for alert in bench.live_alerts()
            if alert["source"] != "internal" and not alert["output_fields"].get("tercel.unconfirmed")]
    replayed, status, errors = bench.replayed(rules, out)
    expect(status == 0, f"replay ended with {status}: {errors}")
    expect(live, "no alerts at all")
    expect(list(map(comparable, live)) == list(map(comparable, replayed)), difference(live, replayed))
    return len(live)


def record(bench, rules, out, words, *options):
    bench.live_alerts()  # of a run before, which failed
    done = subprocess.run(bench.agent_command(rules, out, words, *options), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


# Each set of rules, and how the run is recorded.
WAYS = [("every", []), ("some", ["--compress"]), ("some", ["--write-events", "alerts"]), ("few", []),
        ("few", ["--write-events", "alerts"])]


def written_again(bench, rules, out):
    again = bench.folder / "again.scap"
    subprocess.run([bench.agent, "replay", "--write", str(again), str(out)], check=True, timeout=TIMEOUT)
    first, second = bench.replayed(rules, out), bench.replayed(rules, again)
    expect(list(map(comparable, first[0])) == list(map(comparable, second[0])),
           f"written again: {difference(first[0], second[0])}")


def same_alerts(*words, ways=tuple(WAYS), wanted_status=0):
    """Recorded in each way, and a capture that is made of the recording."""

    def case(bench):
        counts = []
        for rules, options in ways:
            out = bench.folder / "out.scap"
            command = [word if word != "FOLDER" else tempfile.mkdtemp(dir=bench.folder) for word in words]
            status, _, errors = record(bench, rules, out, command, *options)
            expect(status == wanted_status and "recording" not in errors, f"status {status}: {errors}")
            try:
                counts.append(compare(bench, rules, out))
                expect((out.read_bytes()[:2] == b"\x1f\x8b") == ("--compress" in options), "compressed, or not")
                if not options:
                    written_again(bench, rules, out)
            except Failure as failure:
                raise Failure(f"rules {rules}, {options}: {failure}") from None
        return f"alerts: {counts}"

    return case


def passed_descriptors(bench):
    """What came in a message has its name, live and in the replay, though nobody saw it opened under that number."""
    out = bench.folder / "out.scap"
    folder = tempfile.mkdtemp(dir=bench.folder)
    expect(record(bench, "few", out, [sys.executable, str(HERE / "socket_workload.py"), folder])[0] == 0, "it failed")
    for alerts in (bench.live_alerts(), bench.replayed("few", out)[0]):
        names = [alert["output_fields"]["fd.name"] for alert in alerts if alert["output_fields"]["evt.type"] == "fchmod"]
        expect(folder + "/passed" in names, names)


def whole_prefix(bench, out, live):
    """The recording is a capture without a fault, and replays to the first of the alerts."""
    replayed, status, errors = bench.replayed("some", out)
    expect(status == 0, f"replay ended with {status}: {errors}")
    expect(replayed, "no alerts")
    expect(list(map(comparable, live[:len(replayed)])) == list(map(comparable, replayed)), difference(live, replayed))
    return len(replayed)


def follow(bench, out, *options):
    """Starts a workload that goes on and on, and waits until some of it is in the file."""
    agent = subprocess.Popen(bench.agent_command("some", out, ["/bin/sh", "-c", "while :; do /bin/true; done"], *options),
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + TIMEOUT
    while not (out.exists() and out.stat().st_size > 100000):
        expect(time.monotonic() < deadline and agent.poll() is None, "nothing is recorded")
        time.sleep(0.05)
    return agent


def children_of(process):
    return [int(pid) for pid in pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def killed(options, which, signal_number):
    """`which`: of the agent's processes, init first."""

    def case(bench):
        out = bench.folder / "out.scap"
        out.unlink(missing_ok=True)
        agent = follow(bench, out, *options)
        os.kill([agent.pid, *children_of(agent.pid)][which], signal_number)
        agent.communicate(timeout=TIMEOUT)
        return f"{whole_prefix(bench, out, bench.live_alerts())} alerts"

    return case


def limited(bench):
    """Its file comes to its limit, which is told; the workload goes on, and so do the alerts."""
    for options in ([], ["--compress"]):
        out, limit = bench.folder / "out.scap", 50000 if options else 200000
        status, output, errors = record(bench, "some", out, ["/bin/sh", "-c", "for i in $(seq 200); do /bin/true; done; "
                                        "/bin/chmod 600 /nonexistent; echo done; exit 7"], "--write-limit", str(limit), *options)
        live = bench.live_alerts()
        expect((status, output) == (7, b"done\n"), (status, output, errors))
        expect(errors.count("the recording ends here: it has come to its limit") == 1, errors)
        expect(0 < out.stat().st_size <= limit, out.stat().st_size)
        expect(whole_prefix(bench, out, live) < len(live) and "/nonexistent" in live[-2]["output"], "the alerts ended as well")


def full_disk(bench):
    with tempfile.TemporaryDirectory(dir=bench.folder) as mounted:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", mounted], stderr=subprocess.PIPE,
                          check=False).returncode != 0:
            raise Skip("no file system can be mounted")
        try:
            out = pathlib.Path(mounted) / "out.scap"
            status, output, errors = record(bench, "some", out, ["/bin/sh", "-c", "for i in $(seq 200); do /bin/true; done; "
                                                                 "echo done; exit 7"])
            expect((status, output) == (7, b"done\n"), (status, output, errors))
            expect(errors.count("the recording ends here, it cannot be written: No space left on device") == 1, errors)
            whole_prefix(bench, out, bench.live_alerts())
        finally:
            subprocess.run(["umount", mounted], check=True)


def nothing_to_record(bench):
    """A command that is not there leaves no file; a place where none can be is told before it starts."""
    out = bench.folder / "nothing.scap"
    status, _, _ = record(bench, "some", out, ["/nonexistent/program"])
    expect(status == 127 and not out.exists(), status)
    fifo = bench.folder / "fifo"
    os.mkfifo(fifo)
    for place, wanted in ((bench.folder / "no" / "folder.scap", 3), (bench.folder, 3), (fifo, 3), ("-", 2)):
        status, output, errors = record(bench, "some", place, ["/bin/echo", "started"])
        expect(status == wanted and not output, (place, status, output, errors))
    bench.live_alerts()


def without_rules(bench):
    """Neither a bundle nor a key is needed; rules come with the replay."""
    out = bench.folder / "out.scap"
    done = subprocess.run([bench.agent, "run", "--write", str(out), "--", "/bin/sh", "-c", "/bin/mkdir $0/made; exit 5",
                           tempfile.mkdtemp(dir=bench.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                          check=False)
    expect((done.returncode, done.stderr) == (5, b""), done)
    replayed, status, errors = bench.replayed("few", out)
    expect(status == 0, errors)
    types = [alert["output_fields"]["evt.type"] for alert in replayed]
    expect(types.count("execve") == 2 and types.count("mkdir") == 1 and types.count("procexit") == 2, types)


CASES = [
    ("commands of a shell", same_alerts("/bin/sh", "-c", """
        cd /; cat /etc/hostname | tr a b | sort >$0/sorted; (cd $0 && ls >/dev/null; mkdir below)
        exec 3<$0/sorted; read line <&3; exec 3<&-; cat /nonexistent 2>/dev/null; echo $$ >$0/pid; rm -r $0/below
        for i in 1 2 3; do /bin/true & done; wait; nosuchcommand 2>/dev/null; exec /bin/chmod 600 $0/sorted""", "FOLDER")),
    ("sockets, messages, copies", same_alerts(sys.executable, str(HERE / "socket_workload.py"), "FOLDER")),
    ("known calls", same_alerts("@known_calls", "FOLDER")),
    ("another user", same_alerts("@drop_user", str(HERE))),
    *[(name, same_alerts("@" + name)) for name in ("spawn", "daemon", "odd_programs", "wait_statuses", "untraced_clone",
                                                   "own_seccomp", "foreign_abi", "wild_pointers")],
    *[(name, same_alerts("@" + name, ways=WAYS[3:])) for name in ("pipeline", "threads", "stop_threads")],
    *[(f"exec by {who}", same_alerts("@threaded_exec", who, wanted_status=17)) for who in ("leader", "other", "orphan")],
    ("orphans", same_alerts("@orphans", "10")),
    ("a deep tree", same_alerts("@deep_tree", "10")),
    ("names of descriptors that came in messages", passed_descriptors),
    ("capture killed", killed([], 1, signal.SIGKILL)),
    ("init killed", killed([], 0, signal.SIGKILL)),
    ("capture killed, compressed", killed(["--compress"], 1, signal.SIGKILL)),
    ("ended by a signal", killed([], 0, signal.SIGTERM)),
    ("a limit", limited),
    ("a full disk", full_disk),
    ("nothing to record", nothing_to_record),
    ("without rules", without_rules),
]


def main():
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    agent, tercelc, workloads = (os.path.abspath(word) for word in sys.argv[1:4])
    os.environ.update(TZ="UTC", FALCO_HOSTNAME=os.uname().nodename)
    cases = [case for case in CASES if only in case[0]]
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tercel-recorded-") as folder:
        bench = Bench(agent, tercelc, workloads, folder)
        for number, (name, case) in enumerate(cases, 1):
            started = time.monotonic()
            try:
                result = f"ok {number} - {name}\n# {case(bench)}; {time.monotonic() - started:.1f} s"
            except Skip as reason:
                result = f"ok {number} - {name} # SKIP {reason}"
            except (Failure, subprocess.SubprocessError, OSError, ValueError) as fault:
                failed += 1
                result = f"not ok {number} - {name}\n# {str(fault)[:3000]}"
            print(result, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
