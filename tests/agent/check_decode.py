#!/usr/bin/env python3
"""What the agent makes of calls with known arguments (workloads/known_calls.c): the arguments of their events as text.

usage: check_decode.py TERCEL_AGENT TERCELC WORKLOADS_DIRECTORY [--print]       prints TAP

known_calls.txt holds one line an event, in order; <n> stands for a number that differs from run to run, <dir> for the
folder of the run, <parent> for the one above it. Numbers that stand for the same thing throughout (ports, inodes) are not compared with each other.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# All that known_calls itself does, from its own first call on.
RULES = """
- rule: Known
  desc: every call of the program
  condition: proc.name = known_calls and evt.type != read
  output: "%evt.type %evt.args"
  priority: NOTICE
"""

VARYING = [
    (r"\bdev=[0-9A-F]+", "dev=<n>"),
    (r"\bino=\d+", "ino=<n>"),
    (r"(?<=127\.0\.0\.1:)(?!53\b|0\b)\d+", "<n>"),
    (r"(?<=::1:)(?!53\b)\d+", "<n>"),
    (r"\b(pid|tid|ptid|vpgid|pgid|exe_ino|exe_ino_ctime|exe_ino_mtime)=-?\d+", r"\1=<n>"),
    (r"\b(fdlimit|pgft_maj|pgft_min|vm_size|vm_rss|vm_swap|loginuid|tty|cap_\w+|uid|gid)=(-?[\dA-F]+)(?=.* comm=)", r"\1=<n>"),
    (r"\bcgroups=.*? env=", "cgroups=<n> env="),
    (r"(?<=flags=)1\(EXE_WRITABLE\) .*", "<n>"),
    (r"(?<=data=)[0-9A-F]{9,}", "<n>"),
    # What the kernel of the day says to calls that are only to be seen.
    (r"^(bpf fd|init_module res|io_uring_setup res)=-\d+\(\w+\)", r"\1=<n>"),
]


def normalise(text, folder):
    text = text.replace(folder, "<dir>").replace(os.path.dirname(folder), "<parent>")
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text


def run(agent, tercelc, workloads, folder):
    key, bundle, alerts = (str(folder / name) for name in ("key", "rules.tcb", "alerts.jsonl"))
    (folder / "rules.yaml").write_text(RULES)
    (folder / "below").mkdir()
    subprocess.run([tercelc, "keygen", "-o", key], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([tercelc, "build", "--key", key + ".key", "-o", bundle, str(folder / "rules.yaml")], check=True,
                   stderr=subprocess.DEVNULL)
    subprocess.run([agent, "run", "--trust", key + ".pub", "--bundle", bundle, "--alerts", alerts, "--",
                    str(pathlib.Path(workloads) / "known_calls"), str(folder / "below")], check=True, timeout=300)
    raised = [json.loads(line) for line in open(alerts, encoding="utf-8")]
    lines = [alert["output"].split(" ", 2)[2] for alert in raised if alert["rule"] == "Known"]
    below = str(folder / "below")
    begin = next(i for i, line in enumerate(lines) if line.startswith("chdir") and below in line)
    return [normalise(line, below) for line in lines[begin:]]


def main():
    expected = (pathlib.Path(__file__).with_name("known_calls.txt")).read_text().splitlines()
    agent, tercelc, workloads = (os.path.abspath(word) for word in sys.argv[1:4])
    if os.geteuid() != 0:
        print("1..0 # SKIP some calls succeed for root alone")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        got = run(agent, tercelc, workloads, pathlib.Path(folder))
    if "--print" in sys.argv:
        print(*got, sep="\n")
        return 0
    print(f"1..{len(expected) + 1}")
    failed = 0
    for number, line in enumerate(expected, 1):
        is_same = number <= len(got) and got[number - 1] == line
        failed += not is_same
        print(f"{'ok' if is_same else 'not ok'} {number} - {line.split()[0]}")
        if not is_same:
            print(f"# expected {line}\n# got      {got[number - 1] if number <= len(got) else 'nothing'}")
    is_same = len(got) == len(expected)
    print(f"{'ok' if is_same else 'not ok'} {len(expected) + 1} - as many events")
    return 1 if failed or not is_same else 0


if __name__ == "__main__":
    sys.exit(main())
