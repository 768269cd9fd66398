#!/usr/bin/env python3
"""Builds and tests everything, in all configurations: what scripts/test does after it has installed what is missing.

The last line sums up the results of all configurations: "N passed, N failed", and ", N skipped" when some were.
Exits with 1 when something failed or could not be built.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

# name: (compiler, meson options, whether its tests run)
CONFIGURATIONS = {
    "sanitize": ("gcc", ["-Dbuildtype=debug", "-Doptimization=1", "-Db_sanitize=address,undefined"], True),
    "clang": ("clang", ["-Dbuildtype=debug"], False),
    "release": ("gcc", ["-Dbuildtype=release", "-Db_ndebug=true"], True),
}

ENVIRONMENT = {
    # Sanitizers must end the program, or a test would pass over the fault.
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    # Check's limit is 4 s a test; a busy machine under sanitizers is not a fault.
    "CK_TIMEOUT_MULTIPLIER": "15",
}


class Totals:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def run(arguments, environment, **options):
    return subprocess.run(arguments, env=environment, text=True, errors="replace", **options)


def is_result(line):
    return line.startswith("ok ") or line == "ok" or line.startswith("not ok")


def count_test(test):
    """What one meson test counts for: each line of its TAP, or one."""
    totals, reasons = Totals(), []
    for line in test.get("stdout", "").splitlines():
        if not is_result(line):
            continue
        directive = line.partition(" # ")[2].strip()
        if line.startswith("not ok") and not directive.upper().startswith("TODO"):
            totals.failed += 1
        elif directive.upper().startswith("SKIP"):
            totals.skipped += 1
            reasons.append(directive)
        else:
            totals.passed += 1
    counted = totals.passed + totals.failed + totals.skipped
    if test["result"] == "SKIP" and not counted:
        totals.skipped = 1
        reasons += (test.get("stdout", "") + test.get("stderr", "")).splitlines()[-1:] or ["(no reason given)"]
    elif test["result"] in ("OK", "EXPECTEDFAIL") and not counted:
        totals.passed = 1
    elif test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and not totals.failed:
        totals.failed = 1  # crashed, ran too long, or its TAP is broken
    return totals, reasons


def count_tests(build, name):
    """Reads meson's log of the last run; None when there is none, which is a failure of its own."""
    log = build / "meson-logs" / "testlog.json"
    if not log.exists():
        return None
    totals = Totals()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        test = json.loads(line)
        one, reasons = count_test(test)
        totals.add(one)
        for reason in reasons:
            print(f"[{name}] skipped: {test['name']}: {reason}")
        if one.failed:
            print(f"[{name}] FAILED: {test['name']} ({test['result']})")
            print(test.get("stdout", ""), test.get("stderr", ""), sep="\n")
    return totals


def configure(build, compiler, options, environment):
    command = ["meson", "setup", str(build), str(ROOT), "-Dwerror=true", *options]
    if (build / "build.ninja").exists():
        command.insert(2, "--reconfigure")
    elif build.exists():
        command.insert(2, "--wipe")
    return run(command, environment | {"CC": compiler}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build_and_test(name, build, jobs):
    """The totals of one configuration; a build that fails counts as one failure."""
    compiler, options, is_tested = CONFIGURATIONS[name]
    environment = os.environ | ENVIRONMENT
    failure = Totals()
    failure.failed = 1
    started = time.monotonic()

    configured = configure(build, compiler, options, environment)
    if configured.returncode:
        print(configured.stdout, f"[{name}] FAILED: cannot be configured", sep="\n")
        return failure
    built = run(["ninja", "-j", str(jobs), "-C", str(build)], environment, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
    if built.returncode:
        print(built.stdout, f"[{name}] FAILED: cannot be built", sep="\n")
        return failure
    warnings = [line for line in built.stdout.splitlines() if "warning:" in line]
    if warnings:
        print(*warnings, f"[{name}] FAILED: builds with warnings", sep="\n")
        return failure
    print(f"[{name}] built in {time.monotonic() - started:.0f} s", flush=True)

    totals = Totals()
    totals.passed = 1  # the build without warnings
    if not is_tested:
        return totals
    started = time.monotonic()
    (build / "meson-logs" / "testlog.json").unlink(missing_ok=True)
    tested = run(["meson", "test", "-C", str(build), "--no-rebuild", "--num-processes", str(jobs),
                  "--timeout-multiplier", "6", "--no-suite", "bench"], environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    counted = count_tests(build, name)
    if counted is None or (tested.returncode and not counted.failed):
        print(tested.stdout, f"[{name}] FAILED: the tests did not run", sep="\n")
        return failure
    print(f"[{name}] {counted} in {time.monotonic() - started:.0f} s", flush=True)
    totals.add(counted)
    return totals


def main():
    parser = argparse.ArgumentParser(prog="scripts/test", description="Builds and tests everything, in all configurations.")
    parser.add_argument("--build-root", type=pathlib.Path, default=ROOT / "build-test", metavar="FOLDER",
                        help="where the build folders go (default: build-test)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="default: one a processor")
    parser.add_argument("configurations", nargs="*", metavar="CONFIGURATION",
                        help="some of: " + ", ".join(CONFIGURATIONS))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.configurations if name not in CONFIGURATIONS]
    if unknown:
        parser.error(f"unknown configuration {unknown[0]}")

    totals = Totals()
    for name in arguments.configurations or CONFIGURATIONS:
        totals.add(build_and_test(name, arguments.build_root.resolve() / name, arguments.jobs))
    print(totals)
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
