#!/usr/bin/env python3
"""Compares the pages of docs/reference/ with what tercelc prints, and the links between them with what they lead to.

usage: check_reference_pages.py TERCELC SOURCE_ROOT      prints TAP, one test a page
"""
import pathlib
import re
import subprocess
import sys

KINDS = ["fields", "events", "operators", "transformers", "syscalls", "flags", "diagnostics"]


def main():
    tercelc, root = sys.argv[1], pathlib.Path(sys.argv[2])
    pages = root / "docs" / "reference"
    failed = 0
    print(f"1..{len(KINDS) + 2}")
    for number, kind in enumerate(KINDS, 1):
        printed = subprocess.run([tercelc, "list", kind, "--format", "markdown"], stdout=subprocess.PIPE, check=True).stdout
        path = pages / f"{kind}.md"
        same = path.is_file() and path.read_bytes() == printed
        failed += not same
        print(f"{'ok' if same else 'not ok'} {number} - {kind}.md" + ("" if same else ": run scripts/update_reference"))

    broken = []
    for path in sorted(pages.glob("*.md")):
        for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", path.read_text()):
            page = pages / target if target else path
            if not page.is_file():
                broken.append(f"{path.name}: {target}")
            elif anchor and not re.search(rf"^#+ {re.escape(anchor)}$", page.read_text(), re.M):
                broken.append(f"{path.name}: {target}#{anchor}")
    failed += bool(broken)
    print(f"{'not ok' if broken else 'ok'} {len(KINDS) + 1} - links " + " ".join(broken[:5]))

    unknown = {path.stem for path in pages.glob("*.md")} - set(KINDS)
    failed += bool(unknown)
    print(f"{'not ok' if unknown else 'ok'} {len(KINDS) + 2} - no other pages " + " ".join(sorted(unknown)))
    return failed != 0


sys.exit(main())
