#!/usr/bin/env python3
"""The live agent: workloads without it, with its filter alone, with it, and under strace with the same calls, rounds
interleaved, wall time as ratios to the plain run; alerts per second through the whole chain; latency from the call to the
orchestrator's standard output.

    tests/bench/live.py BUILD [workloads] [chain] [--rounds N]

BUILD is a release build. Rules: the published stable ones (TERCEL_UPSTREAM_RULES or ../shared/upstream-rules), else
rules/quickstart.yaml."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/live"))
from chain import Chain, wait_until  # noqa: E402

MARKED = """
- rule: Marked link
  desc: a symbolic link with a mark in its target
  condition: evt.type in (symlink, symlinkat) and evt.arg.target startswith "marked-"
  output: "link target=%evt.arg.target process=%proc.name"
  priority: WARNING
"""

# The calls that the filter for the stable rules traps.
STRACE_CALLS = ("execve,execveat,chdir,fchdir,chroot,setuid,setgid,setreuid,setregid,setresuid,setresgid,setsid,capset,"
                "unshare,setns,connect,bind,dup,dup2,dup3,socket,listen,ptrace,symlink,symlinkat,link,linkat,rename,renameat,"
                "renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,chown,lchown,fchown,"
                "fchownat,mount,umount2,memfd_create,bpf,userfaultfd,init_module,finit_module,delete_module,open,openat,"
                "openat2,sendto,sendmsg")


def wall_seconds(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.monotonic() - begin


def workloads(build, chain, rounds):
    upstream = os.path.join(os.environ.get("TERCEL_UPSTREAM_RULES", os.path.join(ROOT, "../shared/upstream-rules")),
                            "falco_rules.yaml")
    rules = upstream if os.path.exists(upstream) else os.path.join(ROOT, "rules/quickstart.yaml")
    bundle = chain.path("bench.tcb")
    chain.run(chain.tercelc, "build", "--key", chain.path("key.key"), "-o", bundle, rules)
    source = chain.path("a.c")
    with open(source, "w") as file:
        file.write("#include <stdio.h>\nint main(void) { return printf(\"%d\", 1) > 5; }\n")
    loops = os.path.join(build, "tests/bench/loops")
    work = {
        "open+close x 20000": [loops, "open", "20000"],
        "UDP socket+connect+close x 5000": [loops, "connect", "5000"],
        "fork+wait x 500": [loops, "fork", "500"],
        "sh -c 200 programs": ["sh", "-c", "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done"],
        "python start x 10": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do python3 -c pass; done"],
        "gcc x 5": ["sh", "-c", f"for i in 1 2 3 4 5; do gcc -c -o {source}.o {source}; done"],
        "find + stat": ["find", "/usr/share", "-maxdepth", "4", "-size", "+1000k"],
    }
    variants = {
        "filter": [os.path.join(build, "tests/bench/filter_only"), bundle],
        "agent": chain.agent_command([], "--bundle", bundle, orchestrator=False),
        "strace": ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=" + STRACE_CALLS],
    }
    print(f"workloads with {os.path.basename(rules)}: wall time, ratio to the plain run (medians of {rounds})")
    for name, command in work.items():
        times = {variant: [] for variant in ["plain", *variants]}
        for number in range(rounds + 1):
            for variant in times:
                seconds = wall_seconds(variants.get(variant, []) + command)
                if number > 0:
                    times[variant].append(seconds)
        median = {variant: statistics.median(values) for variant, values in times.items()}
        ratios = "  ".join(f"{variant} {median[variant] / median['plain']:.2f}" for variant in variants)
        added = (median["agent"] - median["plain"]) / max(median["strace"] - median["plain"], 1e-9)
        print(f"  {name:32} {median['plain'] * 1e3:8.1f} ms  {ratios}  added time of strace's: {added:.2f}")


def whole_chain(chain):
    chain.start_orchestrator()
    chain.publish(chain.build("marked", MARKED))
    count = 20000
    script = ("import os, sys\nfor i in range(int(sys.argv[2])):\n os.symlink('marked-%d' % i, sys.argv[1])\n"
              " os.unlink(sys.argv[1])\n")
    begin = time.monotonic()
    result = chain.run_agent([sys.executable, "-c", script, chain.path("link"), str(count)])
    assert result.returncode == 0, result
    made = time.monotonic() - begin
    wait_until(lambda: len(chain.printed()) == count, "all alerts on standard output")
    print(f"alerts through the chain: {count / (time.monotonic() - begin):.0f} per second (workload and start included;"
          f" agent ended after {made:.2f} s)")

    # One every few milliseconds: the time stands in the link's target.
    seen = len(chain.printed())
    script = ("import os, sys, time\nfor i in range(500):\n os.symlink('marked-%d' % time.time_ns(), sys.argv[1])\n"
              " os.unlink(sys.argv[1])\n time.sleep(0.004)\n")
    reader = subprocess.Popen(["tail", "-c", "+%d" % (os.path.getsize(chain.alerts_path) + 1), "-f", chain.alerts_path],
                              stdout=subprocess.PIPE)
    agent = chain.start_agent([sys.executable, "-c", script, chain.path("link")])
    latencies = []
    for line in reader.stdout:
        now = time.time_ns()
        latencies.append(now - int(line.split(b'"evt.arg.target":"marked-')[1].split(b'"')[0]))
        if len(latencies) == 500:
            break
    reader.kill()
    agent.wait()
    assert len(chain.printed()) == seen + 500
    latencies.sort()
    print(f"latency from the call to standard output: p50 {latencies[250] / 1e6:.1f} ms, p99 {latencies[494] / 1e6:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    chain = Chain(os.path.abspath(arguments.build))
    parts = arguments.parts or ["workloads", "chain"]
    try:
        if "workloads" in parts and shutil.which("strace"):
            workloads(os.path.abspath(arguments.build), chain, arguments.rounds)
        if "chain" in parts:
            whole_chain(chain)
    finally:
        chain.close()


if __name__ == "__main__":
    main()
