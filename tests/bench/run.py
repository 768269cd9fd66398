#!/usr/bin/env python3
"""Benchmarks. Each compares two things side by side in one run, rounds interleaved, and prints the ratio of the medians:
the machines are noisy. Instruction counts (callgrind) are repeatable and stand beside the times.

    tests/bench/run.py BUILD [replay] [long] [rules] [load] [compile] [--rounds N] [--bytes N]

BUILD is a release build. `long` (only when it is named) replays a capture of --bytes (2 GB) made by repeating one. Captures: ../shared/captures or TERCEL_CAPTURES, else those in tests/captures. Upstream rules:
../shared/upstream-rules or TERCEL_UPSTREAM_RULES; without them rules/quickstart.yaml alone."""
import argparse
import glob
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate_rules  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG = ["nginx.scap", "gcc.scap", "redis_all.scap", "attack_host.scap"]
UPSTREAM = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def cpu_seconds(command):
    """CPU time, user and system, of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(command, function=None):
    """Instructions of a run, or of one function and what it calls."""
    with tempfile.NamedTemporaryFile() as out:
        options = ["--callgrind-out-file=" + out.name]
        if function:
            options += ["--collect-atstart=no", "--toggle-collect=" + function]
        result = subprocess.run(["valgrind", "--tool=callgrind", *options, *command], check=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(re.search(rb"Collected : (\d+)", result.stderr).group(1))


def interleaved(commands, rounds):
    """Median CPU time of each command; one warm-up round."""
    times = [[] for _ in commands]
    for round_number in range(rounds + 1):
        for index, command in enumerate(commands):
            seconds = cpu_seconds(command)
            if round_number > 0:
                times[index].append(seconds)
    return [statistics.median(t) for t in times]


class Bench:
    def __init__(self, build, rounds):
        self.build, self.rounds = build, rounds
        self.agent = os.path.join(build, "agent/tercel-agent")
        self.tercelc = os.path.join(build, "compiler/tercelc")
        shared = os.environ.get("TERCEL_CAPTURES", os.path.join(ROOT, "../shared/captures"))
        self.captures = sorted(glob.glob(os.path.join(shared, "*.scap")) or
                               glob.glob(os.path.join(ROOT, "tests/captures/*.scap")))
        upstream = os.environ.get("TERCEL_UPSTREAM_RULES", os.path.join(ROOT, "../shared/upstream-rules"))
        self.upstream = [os.path.join(upstream, name) for name in UPSTREAM]
        if not all(map(os.path.exists, self.upstream)):
            self.upstream = None
        self.folder = tempfile.TemporaryDirectory()

    def program(self, name):
        return os.path.join(self.build, "tests/bench", name)

    def peak_kb(self, command):
        done = subprocess.run([self.program("peak_memory"), *command], check=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        return int(done.stderr.split()[-1])

    def bundle(self, name, rules, *options):
        path = os.path.join(self.folder.name, name + ".tcb")
        if not os.path.exists(path):
            subprocess.run([self.tercelc, "build", *options, "-o", path, *rules], check=True, stderr=subprocess.DEVNULL)
        return path

    def rule_sets(self):
        if not self.upstream:
            return [("quickstart", [os.path.join(ROOT, "rules/quickstart.yaml")])]
        return [("25 rules", self.upstream[:1]), ("93 rules", self.upstream)]

    def long(self, total_bytes):
        """CPU per event and peak memory of a long capture against those of the one that it repeats."""
        print(f"replay without rules of {total_bytes / 1e9:.1f} GB, made by repeating a capture (standard input, plain)")
        for capture in self.captures:
            if os.path.basename(capture) not in LONG:
                continue
            figures = []
            for size in (1, 20 * 2**20, total_bytes):
                maker = subprocess.Popen([self.program("repeat_capture"), capture, str(size)], stdout=subprocess.PIPE)
                command = [self.program("peak_memory"), self.agent, "replay", "--summary", "--format", "json", "-"]
                process = subprocess.Popen(command, stdin=maker.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                maker.stdout.close()
                summary, peak = process.stderr.read().splitlines()
                _, status, usage = os.wait4(process.pid, 0)
                assert status == 0 and maker.wait() == 0
                figures.append((json.loads(summary)["events"], usage.ru_utime + usage.ru_stime, int(peak)))
            _, (events, seconds, _), (long_events, long_seconds, _) = figures
            print(f"  {os.path.basename(capture):20} {long_events:9} events, {long_seconds:5.1f} s CPU,"
                  f" {total_bytes / long_seconds / 1e6:.0f} MB/s, {long_seconds / long_events * 1e9:.0f} ns/event;"
                  f" of 20 MB {seconds / events * 1e9:.0f} ns/event; peak"
                  f" {' / '.join(str(peak // 1024) for _, _, peak in figures)} MB (once, 20 MB, all)")

    def replay(self):
        print("replay without rules against zlib decompressing the same file (CPU, process start included)")
        ratios, peaks = [], []
        for capture in self.captures:
            commands = [[self.program("zlib_only"), capture], [self.agent, "replay", capture]]
            zlib, replay = interleaved(commands, self.rounds)
            events = int(output([self.program("rules_only"), self.bundle(*self.rule_sets()[0]), capture, "0"]).split()[0])
            ratios.append(replay / zlib)
            peaks.append(self.peak_kb(commands[1]))
            print(f"  {os.path.basename(capture):20} {zlib * 1e3:6.1f} ms {replay * 1e3:6.1f} ms  ratio {replay / zlib:.2f}"
                  f"  {instructions(commands[1]) // max(events, 1):6} instructions/event"
                  f" (zlib {instructions(commands[0]) // max(events, 1)})  peak {peaks[-1] / 1024:.1f} MB")
        print(f"  worst ratio {max(ratios):.2f} (limit 2, wanted 1.5), median {statistics.median(ratios):.2f};"
              f" worst peak {max(peaks) / 1024:.1f} MB (limit 20)")

    def rules(self):
        print("rules alone, each event evaluated 20 times (first matching rule)")
        for name, rules in self.rule_sets():
            bundle = self.bundle(name, rules)
            for capture in self.captures:
                command = [self.program("rules_only"), bundle, capture]
                events, _, ns, _ = output(command + ["20"]).split()
                count = instructions(command + ["1"], "ruleset_run")
                print(f"  {name:10} {os.path.basename(capture):20} {float(ns):7.1f} ns"
                      f" {count // max(int(events), 1):6} instructions for each event")

    def load(self):
        print("bundles: size, opening and verifying; compiling (CPU)")
        for name, rules in self.rule_sets():
            plain, stripped = self.bundle(name, rules), self.bundle(name + " stripped", rules, "--no-debug")
            size, us = output([self.program("load_only"), stripped, "200"]).split()
            compile_command = [self.tercelc, "build", "-o", os.path.join(self.folder.name, "x.tcb"), *rules]
            seconds = statistics.median(cpu_seconds(compile_command) for _ in range(self.rounds))
            print(f"  {name:10} {int(size) / 1024:.1f} KB without debug, {os.path.getsize(plain) / 1024:.1f} KB with;"
                  f" open and verify {float(us):.0f} us; compile {seconds * 1e3:.0f} ms")


    def compile(self):
        """The compiler alone: read, check, emit. Growth from one size to the next stands beside: 2.0 is linear."""
        print("compiling (CPU, process start included; peak of resident memory)")
        if self.upstream:
            self.compile_one("upstream, 93 rules", self.upstream)
        before = None
        for count in (1000, 2000, 4000, 8000, 10000, 16000):
            path = os.path.join(self.folder.name, f"{count}.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(generate_rules.generate(count))
            seconds = self.compile_one(f"generated, {count} rules", [path], before if count != 10000 else None)
            if count != 10000:
                before = seconds

    def compile_one(self, name, rules, before=None):
        command = [self.tercelc, "build", "-o", os.path.join(self.folder.name, "compiled.tcb"), *rules]
        seconds = statistics.median(cpu_seconds(command) for _ in range(self.rounds))
        growth = f"  {seconds / before:.2f}x of half" if before else ""
        print(f"  {name:24} {seconds * 1e3:7.0f} ms {self.peak_kb(command) // 1024:5} MB{growth}")
        sys.stdout.flush()
        return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--bytes", type=int, default=2 * 10**9)
    arguments = parser.parse_args()
    bench = Bench(arguments.build, arguments.rounds)
    for part in arguments.parts or ["replay", "rules", "load", "compile"]:
        if part == "long":
            bench.long(arguments.bytes)
        else:
            getattr(bench, part)()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
