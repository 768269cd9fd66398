#!/usr/bin/env python3
"""What rules see of a workload that becomes another user, with and without CAP_SYS_PTRACE; of layers of an overlay; of ways
around the filter.

usage: check_rights.py TERCEL_AGENT TERCELC WORKLOADS_DIRECTORY       prints TAP
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

RULES = """
- rule: Seen
  desc: one line for each call
  condition: evt.type in (mkdir, connect, dup2, execve) and evt.rawres != -13
  output: "%evt.type path=%evt.arg.path fd=%fd.name type=%fd.type proto=%fd.l4proto name=%proc.name exe=%proc.exepath args=%proc.args env=%proc.env[MARK] user=%user.uid upper=%proc.is_exe_upper_layer lower=%proc.is_exe_lower_layer"
  priority: NOTICE
"""


class Agent:
    def __init__(self, agent, tercelc, workloads, folder):
        self.agent, self.workloads, self.folder = agent, pathlib.Path(workloads), pathlib.Path(folder)
        rules = self.folder / "rules.yaml"
        rules.write_text(RULES)
        subprocess.run([tercelc, "keygen", "-o", str(self.folder / "key")], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([tercelc, "build", "--key", str(self.folder / "key.key"), "-o", str(self.folder / "rules.tcb"),
                        str(rules)], check=True)

    def alerts(self, words, prefix=()):
        """What is seen of a command: the output fields of the alerts."""
        return [alert["output_fields"] for alert in self.all_alerts(words, prefix) if alert["rule"] == "Seen"]

    def all_alerts(self, words, prefix=()):
        file = self.folder / "alerts.jsonl"
        file.unlink(missing_ok=True)
        subprocess.run([*prefix, self.agent, "run", "--trust", str(self.folder / "key.pub"), "--bundle",
                        str(self.folder / "rules.tcb"), "--alerts", str(file), "--", *words], check=True, timeout=300,
                       env={"PATH": os.environ["PATH"], "MARK": "a mark"}, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in file.read_text().splitlines()]


# A container's root has no such capabilities.
WITHOUT_PTRACE = ["setpriv", "--bounding-set", "-sys_ptrace,-sys_admin,-sys_resource,-dac_read_search",
                  "--inh-caps=-all"]


def user_is_dropped(prefix):
    def case(agent):
        script = agent.folder / "script"
        script.write_text("#! /bin/sh -e\nmkdir /nonexistent/in-script || :\n")
        script.chmod(0o755)
        agent.folder.chmod(0o755)
        alerts = agent.alerts([str(agent.workloads / "drop_user"), str(script)], prefix)
        seen = [(a["evt.type"], a["proc.name"], a["user.uid"]) for a in alerts]
        expected = [("execve", "drop_user", 0), ("mkdir", "drop_user", 0), ("mkdir", "drop_user", 65534),
                    ("connect", "drop_user", 65534), ("dup2", "drop_user", 65534), ("execve", "script", 65534),
                    ("execve", "mkdir", 65534), ("mkdir", "mkdir", 65534), ("execve", "true", 65534)]
        assert seen == expected, seen
        paths = [a["evt.arg.path"] for a in alerts if a["evt.type"] == "mkdir"]
        assert paths == ["/nonexistent/before", "/nonexistent/after", "/nonexistent/in-script"], paths
        sockets = [(a["fd.name"].split("->")[1], a["fd.type"], a["fd.l4proto"]) for a in alerts
                   if a["evt.type"] in ("connect", "dup2")]
        assert sockets == [("127.0.0.1:9", "ipv4", "udp")] * 2, sockets
        programs = [(a["proc.exepath"], a["proc.args"], a["proc.env[MARK]"]) for a in alerts if a["evt.type"] == "execve"]
        assert programs == [
            (os.path.realpath(agent.workloads / "drop_user"), str(script), "a mark"),
            (os.path.realpath("/bin/sh"), f"-e {script} argument", "a mark"),
            (os.path.realpath(shutil.which("mkdir")), "/nonexistent/in-script", "a mark"),
            (os.path.realpath("/bin/true"), "last", "a mark"),
        ], programs

    return case


OVERLAY = """
set -e
cd {folder}
mount -t tmpfs tmpfs overlay
mkdir overlay/lower overlay/upper overlay/work overlay/merged
cp /bin/true overlay/lower/untouched
cp /bin/true overlay/lower/changed
mount -t overlay overlay -o lowerdir=overlay/lower,upperdir=overlay/upper,workdir=overlay/work overlay/merged
cp /bin/true overlay/merged/earlier
# Until the clock of files has moved on, so that all of this is older than the agent.
until touch overlay/now; [ overlay/now -nt overlay/merged/earlier ]; do :; done
exec "$@"
"""
IN_OVERLAY = """
set -e
cd {folder}/overlay/merged
./untouched
chmod 700 changed; ./changed
cp untouched new; ./new
./earlier
/bin/true
"""


def layers(agent):
    (agent.folder / "overlay").mkdir(exist_ok=True)
    prefix = ["unshare", "--mount", "sh", "-c", OVERLAY.format(folder=agent.folder), "sh"]
    alerts = agent.alerts(["sh", "-c", IN_OVERLAY.format(folder=agent.folder)], prefix)
    seen = {a["proc.name"]: (a["proc.is_exe_upper_layer"], a["proc.is_exe_lower_layer"]) for a in alerts
            if a["evt.type"] == "execve"}
    expected = {"untouched": (False, True), "changed": (True, False), "new": (True, False), "true": (False, False)}
    for name, layer in expected.items():
        assert seen[name] == layer, (name, seen)
    # Written before the agent began: only new kernels tell.
    if tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 7):
        assert seen["earlier"] == (True, False), seen


def bypasses(agent):
    outputs = [alert["output"] for alert in agent.all_alerts([str(agent.workloads / "own_seccomp")])
               if alert["rule"] == "Tercel rules bypassed"]
    assert len(outputs) == 1 and "listener of its own" in outputs[0] and "process=own_seccomp" in outputs[0], outputs
    # It may be refused, by whoever; that it was tried is told.
    (agent.folder / "calls").mkdir()
    words = [str(agent.workloads / "known_calls"), str(agent.folder / "calls")]
    outputs = [alert["output"] for alert in agent.all_alerts(words)
               if alert["rule"] == "Tercel rules bypassed"]
    assert len(outputs) == 1 and "io_uring" in outputs[0] and "process=known_calls" in outputs[0], outputs


CASES = [("a user that is dropped, with CAP_SYS_PTRACE", user_is_dropped([])),
         ("a user that is dropped, without CAP_SYS_PTRACE", user_is_dropped(WITHOUT_PTRACE)),
         ("layers of an overlay", layers),
         ("ways around the filter", bypasses)]


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP users are changed and file systems mounted by root alone")
        return 0
    print(f"1..{len(CASES)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(*(os.path.abspath(word) for word in sys.argv[1:]), folder)
        for number, (name, case) in enumerate(CASES, 1):
            try:
                case(agent)
                print(f"ok {number} - {name}", flush=True)
            except (AssertionError, subprocess.SubprocessError, OSError, KeyError) as fault:
                failed += 1
                print(f"not ok {number} - {name}\n# {str(fault)[:2000]!r}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
