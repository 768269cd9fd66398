#!/usr/bin/env python3
"""Writes inputs of fuzz_fields into a folder: a few events each, of the recorded captures. fuzz_fields.c says how they look.

    fuzz_fields_seeds.py FOLDER [CAPTURE...]      more captures to take events of"""
import glob
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import scap_blocks as scap  # noqa: E402

EVENTS_PER_INPUT = 8
PARAMETER_BYTES = 600


def record(event, number):
    _, thread, event_type, parameters = event
    content = struct.pack("<HiBB", event_type | (0x8000 if number % 3 == 0 else 0), max(thread, -1) & 0x7fffffff if thread >= 0
                          else -1, number * 7 % 256, len(parameters))
    for parameter in parameters:
        parameter = parameter[:PARAMETER_BYTES]
        content += bytes([len(parameter)]) if len(parameter) < 255 else b"\xff" + struct.pack("<H", len(parameter))
        content += parameter
    return content


def main():
    folder, more = sys.argv[1], sys.argv[2:]
    seen = {}
    records = []
    for path in sorted(glob.glob(os.path.join(HERE, "../integration/captures/*.scap")) + more):
        for kind, body, _ in scap.blocks(scap.read(path)):
            if kind not in (0x216, 0x217, 0x221, 0x222):
                continue
            event = scap.parse_event(kind, body)
            seen[event[2]] = seen.get(event[2], 0) + 1
            if seen[event[2]] <= 25:  # enough of each type
                records.append(record(event, len(records)))
    for at in range(0, len(records), EVENTS_PER_INPUT):
        options = at // EVENTS_PER_INPUT % 16
        with open(os.path.join(folder, "events.%d" % at), "wb") as file:
            file.write(bytes([options]) + b"".join(records[at:at + EVENTS_PER_INPUT]))


main()
