#!/usr/bin/env python3
"""Compares every #include of the tree with the table in docs/architecture.md.

The table's rows are parts: folders, folders in folders, or single files; the longest row that fits a file governs it.
A part may include itself, the parts that its row names, and what those may include in turn. Headers of libraries that
any row names may be included only by the parts whose rows name them; other system headers are free.

usage: check_includes.py SOURCE_ROOT      prints TAP, one test a part
"""

import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
ROW = re.compile(r"^\|\s*`([^`]+)`\s*\|([^|]*)\|([^|]*)\|")
SUFFIXES = {".c", ".h", ".l", ".y", ".def"}
EVERYTHING = "everything"


class Part:
    def __init__(self, name, uses, libraries):
        self.name = name
        self.uses = uses
        self.libraries = libraries


def read_table(document):
    """The rows of the table under the heading 'Who may include whom'."""
    parts, inside = {}, False
    for line in document.splitlines():
        if line.startswith("#"):
            inside = "who may include whom" in line.lower()
        match = ROW.match(line) if inside else None
        if match:
            name, uses, libraries = match.groups()
            uses = [EVERYTHING] if EVERYTHING in uses else re.findall(r"`([^`]+)`", uses)
            parts[name] = Part(name, uses, re.findall(r"`([^`]+)`", libraries))
    return parts


def part_of(path, parts):
    """The longest row that is the path itself or a folder above it."""
    pieces = path.split("/")
    for length in range(len(pieces), 0, -1):
        name = "/".join(pieces[:length])
        if name in parts:
            return parts[name]
    return None


def reachable(part, parts):
    """Names of the parts that `part` may include: itself, what it names, what those name."""
    seen, waiting = set(), [part.name]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in parts:
            waiting += parts[name].uses
    return seen


def is_library(header, libraries):
    return any(header == name or (name.endswith("/") and header.startswith(name)) for name in libraries)


def faults_of(root, path, part, parts):
    """Sentences about the includes of one file."""
    allowed = reachable(part, parts)
    all_libraries = {name for row in parts.values() for name in row.libraries}
    # A folder in a folder has what the folder has, too.
    own_libraries = [name for row in parts.values() for name in row.libraries
                     if part.name == row.name or part.name.startswith(row.name + "/")]
    lines = (root / path).read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, system = match.groups()
        header = quoted or system
        if EVERYTHING in part.uses:
            continue
        if quoted and "/" not in quoted:
            # Generated headers have no folder; everything that is written by hand has one.
            if (root / path).parent.joinpath(quoted).exists():
                yield f'{path}:{number}: "{quoted}" must be included with its folder'
        elif quoted:
            target = part_of(quoted, parts)
            if target is None:
                yield f'{path}:{number}: "{quoted}" belongs to no part of docs/architecture.md'
            elif target.name not in allowed and not target.name.startswith(part.name + "/"):
                yield f'{path}:{number}: {part.name} must not include "{quoted}" ({target.name})'
        elif is_library(header, all_libraries) and not is_library(header, own_libraries):
            yield f"{path}:{number}: {part.name} must not include <{header}>"
        elif part_of(header, parts) and (root / header).exists():
            yield f'{path}:{number}: <{header}> is ours: include it with quotes'


def sources(root):
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        if folder.name.startswith((".", "build")):
            continue
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(root)
            # include/NAME is a link back to the folder itself: the include directory that makes "NAME/x.h" work.
            if path.suffix in SUFFIXES and path.is_file() and "include" not in relative.parts[1:2]:
                yield str(relative)


def check(root):
    """(part name, [faults]) for each part, and for files that belong to none."""
    parts = read_table((root / "docs/architecture.md").read_text(encoding="utf-8"))
    faults = {name: [] for name in parts}
    if not parts:
        faults["the table"] = ["docs/architecture.md has no rows under 'Who may include whom'"]
    for part in parts.values():
        for used in part.uses:
            if used != EVERYTHING and used not in parts:
                faults[part.name].append(f"docs/architecture.md: {part.name} uses {used}, which has no row")
    for path in sources(root):
        part = part_of(path, parts)
        if part is None:
            faults.setdefault("no part", []).append(f"{path} belongs to no part of docs/architecture.md")
        else:
            faults[part.name] += faults_of(root, path, part, parts)
    return faults


def faults_of_an_example(path, text):
    """What is said about one file in a small tree of three parts."""
    table = ("# Who may include whom\n| `low` | | `zlib.h` |\n| `low/net` | `low` | `nng/` |\n"
             "| `middle` | `low` | |\n| `high` | `middle` | |\n| `high/test.c` | `high`, `side` | |\n| `side` | | |\n")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = {"docs/architecture.md": table, "low/a.h": "", "low/net/n.h": "", "middle/b.h": "", "side/s.h": "",
                 path: text}
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        return sum(check(root).values(), [])


EXAMPLES = [
    ("high/x.c", '#include "low/a.h"\n#include <stdio.h>\n', 0),
    ("low/x.c", '#include "middle/b.h"\n', 1),
    ("middle/x.c", '#include <zlib.h>\n', 1),
    ("low/x.c", '#include <zlib.h>\n', 0),
    ("low/x.c", '  # include <nng/nng.h>\n', 1),
    ("low/net/x.c", '#include <nng/nng.h>\n#include <zlib.h>\n#include "low/a.h"\n', 0),
    ("middle/x.c", '#include "low/net/n.h"\n', 1),
    ("low/x.c", '#include "a.h"\n', 1),
    ("low/x.c", '#include "generated.h"\n', 0),
    ("low/x.c", '#include <low/a.h>\n', 1),
    ("middle/x.c", '#include "nowhere/a.h"\n', 1),
    ("high/x.c", '#include "side/s.h"\n', 1),
    ("high/test.c", '#include "side/s.h"\n#include "low/a.h"\n', 0),
    ("other/x.c", "", 1),
]


def main():
    results = check(pathlib.Path(sys.argv[1]))
    number = 0
    failed = False
    for path, text, expected in EXAMPLES:
        number += 1
        found = faults_of_an_example(path, text)
        good = len(found) == expected
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - the check itself: {path} {text.strip()!r}")
    for name, faults in results.items():
        number += 1
        failed |= bool(faults)
        print(f"{'not ok' if faults else 'ok'} {number} - {name}")
        for fault in faults:
            print(f"# {fault}")
            print(fault, file=sys.stderr)
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
