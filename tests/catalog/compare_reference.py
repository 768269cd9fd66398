#!/usr/bin/env python3
"""Compares the catalogue, as `tercelc list --format json` prints it, with the tables of the reference that it came from.

Looks for events.tsv, fields.tsv, flags.tsv and syscalls.tsv in $TERCEL_REFERENCE, else in ../shared/reference beside the
source folder; skipped without them.

usage: compare_reference.py TERCELC SOURCE_ROOT      prints TAP, one test a table
"""
import csv
import json
import os
import pathlib
import subprocess
import sys

FORMATS = {"NA": "none", "DEC": "decimal", "HEX": "hexadecimal", "OCT": "octal", "10_PADDED_DEC": "padded decimal",
           "ID": "id", "DIR": "direction"}
PRODUCTIONS = {
    "internal (start-up scan iterator)": "iterator",
    "internal/meta": "internal",
    "live": "live",
    "live (pre-execution copy, not shown to rules)": "pre-execution copy",
    "live (tracepoint)": "tracepoint",
    "live on 32-bit/other arch only": "other architectures",
    "never (placeholder id)": "never",
    "old captures only": "old captures",
    "plugin": "plugin",
    "synthetic (user space)": "synthetic",
}
ARGUMENTS = {
    "none": "none", "index": "index", "name": "name", "index or name": "index or name", "key": "key",
    "index or key": "index or key", "event name": "event name", "name or index": "parameter name or index",
    "timestamp": "timestamp", "src or dst (may be left out)": "src or dst", "subsystem": "subsystem",
    "fd number": "descriptor",
}
OWN_FIELD_FLAGS = {"ANY_ANCESTOR", "EITHER_END", "STATEFUL"}


def listing(tercelc, kind):
    return json.loads(subprocess.run([tercelc, "list", kind, "--format", "json"], stdout=subprocess.PIPE, check=True).stdout)[kind]


def table(folder, name):
    with open(folder / f"{name}.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def number(text):
    return None if text == "-" else int(text)


def flags(text, separator):
    return set() if text == "-" else set(text.split(separator))


def compare(name, ours, theirs, differences):
    for key in theirs:
        if ours[key] != theirs[key]:
            differences.append(f"{name} {key}: {ours[key]!r}, reference {theirs[key]!r}")


def compare_fields(tercelc, folder):
    differences = []
    ours = {row["name"]: row for row in listing(tercelc, "fields")}
    theirs = table(folder, "fields")
    if set(ours) != {row["name"] for row in theirs} or len(theirs) != len(ours):
        differences.append("other names")
    for row in theirs:
        field = dict(ours.get(row["name"], {}))
        kind = row["argument"].split(": ", 1)[-1]
        if row["name"] == "evt.rawarg":
            argument = "parameter name"
        else:
            argument = ARGUMENTS[kind]
        field["flags"] = set(field["flags"]) - OWN_FIELD_FLAGS
        compare(row["name"], field, {
            "type": row["type"], "format": FORMATS[row["format"]], "list": row["is_list"] == "yes",
            "argument": argument, "flags": flags(row["flags"], ","), "meaning": row["meaning"],
        }, differences)
    return differences


def compare_events(tercelc, folder):
    differences = []
    ours = {row["id"]: row for row in listing(tercelc, "events")}
    theirs = table(folder, "events")
    if sorted(ours) != sorted(int(row["id"]) for row in theirs):
        differences.append("other ids")
    for row in theirs:
        event = dict(ours[int(row["id"])])
        event["flags"] = set(event["flags"])
        parameters = []
        for parameter in event["parameters"]:
            text = ":".join([parameter["name"], parameter["type"], parameter["format"]])
            if parameter["type"] == "DYN":
                text += ":" + parameter["table"]
            elif parameter["table"]:
                text += ":" + parameter["table"]
            if parameter["directory_parameter"] is not None:
                text += f":dirfd={parameter['directory_parameter']}"
            parameters.append(text)
        event["parameters"] = parameters
        expected = []
        for parameter in [] if row["params"] == "-" else row["params"].split(" "):
            parts = parameter.split(":")
            parts[2] = FORMATS[parts[2]]
            expected.append(":".join(parts).split("[")[0])
        compare(row["id"], event, {
            "name": row["evt_type"], "constant": row["constant"].removeprefix("PPME_"), "direction": row["direction"],
            "class": "none" if row["source"] == "-" else row["source"].lower(), "flags": flags(row["flags"], "|"),
            "produced": PRODUCTIONS[row["produced"]], "parameters": expected,
        }, differences)
        if event["category"].replace(" ", "_").upper() != row["category"]:
            differences.append(f"{row['id']} category: {event['category']}, reference {row['category']}")
    return differences


def compare_flags(tercelc, folder):
    differences = []
    ours = {row["table"]: row for row in listing(tercelc, "flags")}
    theirs = {}
    for row in table(folder, "flags"):
        theirs.setdefault(row["table"], []).append(row)
    if set(ours) != set(theirs):
        differences.append("other tables")
    for name, rows in theirs.items():
        rows.sort(key=lambda row: int(row["order"]))
        if ours[name]["style"] != rows[0]["style"]:
            differences.append(f"{name}: style {ours[name]['style']}")
        if len(rows) != len(ours[name]["rows"]):
            differences.append(f"{name}: other number of rows")
        for mine, row in zip(ours[name]["rows"], rows):
            expected = {"name": row["name"], "value": int(row["value"])}
            if row["style"] == "variant":
                expected["name"], form = row["name"].split(":")[:2]
                expected["format"] = FORMATS[form]
            else:
                expected["kernel_x86_64"] = number(row["kernel_value_x86_64"])
                expected["kernel_aarch64"] = number(row["kernel_value_aarch64"])
            compare(f"{name} {row['name']}", mine, expected, differences)
    return differences


def compare_syscalls(tercelc, folder):
    differences = []
    ours = {row["code"]: row for row in listing(tercelc, "syscalls")}
    theirs = [row for row in table(folder, "syscalls") if row["sc_code"] != "-"]
    if sorted(ours) != sorted(int(row["sc_code"]) for row in theirs):
        differences.append("other codes")
    for row in theirs:
        compare(row["syscall"], ours[int(row["sc_code"])], {
            "name": row["syscall"], "x86_64": number(row["nr_x86_64"]), "aarch64": number(row["nr_aarch64"]),
            "event_name": row["evt_type"], "kind": row["kind"], "exit_event": number(row["exit_id"]),
            "enter_event": number(row["enter_id"]), "has_pre_execution_copy": row["preexec_event"] == "yes",
            "keeps_state": row["state_set"] == "yes", "ignored_by_default": row["ignored_by_default"] == "yes",
        }, differences)
    return differences


def main():
    tercelc, root = sys.argv[1], pathlib.Path(sys.argv[2])
    folder = pathlib.Path(os.environ.get("TERCEL_REFERENCE", root / ".." / "shared" / "reference"))
    if not (folder / "events.tsv").is_file():
        print(f"1..0 # SKIP no reference tables in {folder} ($TERCEL_REFERENCE)")
        return 0
    failed = 0
    tests = {"fields": compare_fields, "events": compare_events, "flags": compare_flags, "syscalls": compare_syscalls}
    print(f"1..{len(tests)}")
    for place, (name, test) in enumerate(tests.items(), 1):
        differences = test(tercelc, folder)
        failed += bool(differences)
        for difference in differences[:20]:
            print(f"# {difference}")
        print(f"{'not ok' if differences else 'ok'} {place} - {name}: {len(differences)} differences")
    return failed != 0


sys.exit(main())
