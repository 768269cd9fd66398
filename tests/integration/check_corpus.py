#!/usr/bin/env python3
"""Replay recorded captures and compare with the alerts that Falco gives for them (TAP).

    check_corpus.py TERCELC TERCEL_AGENT SOURCE_ROOT PATTERN

The corpus is the folder TERCEL_CAPTURES, else ../shared/captures beside the source; without it the test is skipped.
PATTERN picks expected files, e.g. '*.falco_first.jsonl'.
"""
import os
import subprocess
import sys
import tempfile


def main():
    compiler, agent, source_root, pattern = sys.argv[1:5]
    folder = os.environ.get("TERCEL_CAPTURES", os.path.join(source_root, "..", "shared", "captures"))
    script = os.path.join(folder, "check_corpus.py")
    print("1..1")
    if not os.path.exists(script):
        print(f"ok 1 - {pattern} # SKIP no corpus at {folder} (TERCEL_CAPTURES)")
        return 0
    with tempfile.TemporaryDirectory(prefix="tercel-corpus-") as keep:
        done = subprocess.run([sys.executable, script, "--compiler", compiler, "--agent", f"{agent} replay",
                               "--only", pattern, "--jobs", "1", "--keep", keep],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in done.stdout.splitlines():
        print("#", line)
    print(f"{'ok' if done.returncode == 0 else 'not ok'} 1 - {pattern}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
