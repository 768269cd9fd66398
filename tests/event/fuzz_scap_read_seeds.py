#!/usr/bin/env python3
"""Writes small captures into a folder, as seeds for fuzz_scap_read: pieces of the recorded ones, and one that has every
type of block, plain and compressed, cut short, and with another appended.

    fuzz_scap_read_seeds.py FOLDER [CAPTURE...]      more captures to take pieces of"""
import glob
import gzip
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import scap_blocks as scap  # noqa: E402

EVENTS_PER_PIECE = 12
PIECES = 25
SYSCALL_CLOSE_E, SYSCALL_CLOSE_X, NOTIFICATION_E, ASYNCEVENT_E = 4, 5, 280, 402


def process(version):
    entry = struct.pack("<QQQ", 42, 42, 1)
    if version >= 6:
        entry += struct.pack("<Q", 42)
    if version >= 8:
        entry += struct.pack("<Q", 42)
    entry += scap.text(b"cat") + scap.text(b"/bin/cat")
    if version >= 7:
        entry += scap.text(b"/usr/bin/cat")
    entry += scap.text(b"-n\0x\0") + scap.text(b"/tmp/") + struct.pack("<QIII", 1024, 0, 0, 0)
    if version >= 2:
        entry += struct.pack("<IIIQQ", 1, 2, 3, 4, 5)
    if version >= 3:
        entry += scap.text(b"HOME=/root\0")
    if version >= 4:
        entry += struct.pack("<qq", 42, 42) + scap.text(b"cpu=/docker/" + b"0123456789abcdef" * 4 + b"\0")
    if version >= 5:
        entry += scap.text(b"/")
    if version >= 9:
        entry += struct.pack("<QIIBQQQBQQQBBq", 7, 34816, 1000, 1, 1, 2, 3, 0, 12345, 8, 9, 0, 1, 42)
        entry = struct.pack("<I", len(entry) + 4) + entry
    return entry


def descriptors(version):
    parts = {3: bytes(13), 4: bytes(37), 5: bytes(7), 6: bytes(19), 8: bytes(16) + scap.text(b"/run/socket"),
             16: struct.pack("<I", 1) + scap.text(b"/tmp/file") + (struct.pack("<I", 5) if version >= 2 else b"")}
    content = struct.pack("<Q", 42)
    for kind in range(22 if version == 1 else 24):
        entry = struct.pack("<qQB", kind, 100 + kind, kind) + parts.get(kind, scap.text(b"/name"))
        content += (struct.pack("<I", len(entry) + 4) if version >= 2 else b"") + entry
    return content


def interfaces(version):
    content = b""
    for kind, size in ((1, 20), (2, 56), (3, 12), (4, 48)):
        entry = struct.pack("<HH", kind, 3) + bytes(range(1, size + 1)) + b"eth"
        content += (struct.pack("<I", len(entry)) if version >= 2 else b"") + entry
    return content


def users(version):
    content = b""
    for entry in (struct.pack("<BII", 0, 0, 0) + scap.text(b"root") + scap.text(b"/root") + scap.text(b"/bin/sh"),
                  struct.pack("<BI", 1, 0) + scap.text(b"root")):
        content += (struct.pack("<I", len(entry) + 4) if version >= 2 else b"") + entry
    return content


def details(more=()):
    """Our own block: what lists cannot hold (event/sources/scap_details.h), and what stands in events alone."""
    thread = struct.pack("<qBBQQQB", 42, 4, 1, 1000, 2000, 3000, 0x7f)
    thread += b"".join(scap.text(t) for t in (b"cat", b"/bin/cat", b"/usr/bin/cat", b"/", b"cpu=/a\0", b"cat -n", b"0123456789ab"))
    thread += struct.pack("<HqI", 306, -100, 1) + scap.text(b"/tmp/pending")
    placeholder = struct.pack("<qBBQQQBH", 43, 3, 0, 0, 0, 0, 0, 0)
    entries = [*more, b"\1" + thread, b"\1" + placeholder, b"\3" + struct.pack("<qqQ", 50, 42, 900), b"\x09later"]
    for kind in range(21):
        head = struct.pack("<qqBBBBIIQ", 42, 100 + kind, kind, 2, kind % 3, kind % 16, 1, 2, 3)
        entries.append(b"\2" + head + scap.text(b"name") + scap.text(b"./name") + bytes(36))
    return struct.pack("<HH", 1, 0) + b"".join(struct.pack("<I", len(e) + 4) + e for e in entries)


def lists():
    """Every block before the events, in both forms of its id where there are two."""
    yield 0x201, struct.pack("<IQQ", 2, 1 << 30, 32768) + b"host".ljust(128, b"\0") + bytes(32)
    yield 0x7777, b"of a later version"
    for kind, former, body in ((0x205, 0x8011ABCD, interfaces(1)), (0x206, 0x8012ABCD, users(1)),
                               (0x202, 0x8000ABCD, process(1)), (0x207, 0x8013ABCD, process(2)),
                               (0x209, 0x8014ABCD, process(3)), (0x203, 0x8001ABCD, descriptors(1))):
        yield kind, body
        yield former, body
    yield 0x219, interfaces(2)
    yield 0x220, users(2)
    for kind, version in zip(range(0x210, 0x216), range(4, 10)):
        yield kind, process(version) * 2
    yield 0x218, descriptors(2)
    yield 0x4C435254, details()


def events():
    close, closed = [struct.pack("<q", 3)], [struct.pack("<q", 0), struct.pack("<q", 3)]
    for kind in (0x204, 0x8010ABCD, 0x208):
        form = 0x204 if kind > 0x1000 else kind
        yield kind, scap.event_body(form, SYSCALL_CLOSE_E, 1000, 42, close)
        yield kind, scap.event_body(form, SYSCALL_CLOSE_X, 1001, 42, closed[:1])
    notification = bytearray(scap.event_body(0x204, NOTIFICATION_E, 1002, 42, [b"id\0", b"text\0"]))
    struct.pack_into("<I", notification, 18, struct.unpack_from("<I", notification, 18)[0] + 3)
    yield 0x204, bytes(notification) + bytes(3)
    for kind in (0x216, 0x217, 0x221, 0x222):
        yield kind, scap.event_body(kind, SYSCALL_CLOSE_X, 1003, 42, closed, flags=1)
        yield kind, scap.event_body(kind, 500, 1003, 42, closed)  # of a later schema
    yield 0x221, scap.event_body(0x221, ASYNCEVENT_E, 1004, -1, [struct.pack("<I", 0), b"note\0", b"data" * 20],
                                 long_lengths=True)
    found = details([b"\5" + scap.text(b"fedcba987654"), b"\4" + process(9)[4:]])
    yield 0x222, scap.event_body(0x222, ASYNCEVENT_E, 1005, -1, [struct.pack("<I", 0), b"tercel_details\0", found],
                                 long_lengths=True, flags=1)
    yield 0x216, scap.event_body(0x216, SYSCALL_CLOSE_X, 1006, 42, closed)


def everything():
    return (scap.section_header() + b"".join(scap.block(*b) for b in lists()) +
            b"".join(scap.block(*b) for b in events()))


def pieces(path):
    """Short captures: the header, one list of each kind, some events from everywhere."""
    parts = list(scap.blocks(scap.read(path)))
    head, seen = b"", {}
    for kind, _, content in parts:
        if kind not in scap.EVENTS and len(content) < 3000 and seen.get(kind, 0) < 2:
            head += content
            seen[kind] = seen.get(kind, 0) + 1
    happenings = [content for kind, _, content in parts if kind in scap.EVENTS and len(content) < 2000]
    step = max(len(happenings) // PIECES, 1)
    for at in range(0, len(happenings), step):
        yield head + b"".join(happenings[at:at + EVENTS_PER_PIECE])


def main():
    folder, more = sys.argv[1], sys.argv[2:]
    captures = glob.glob(os.path.join(HERE, "../integration/captures/*.scap")) + more
    seeds = {"everything": everything(), "everything.gz": gzip.compress(everything(), mtime=0),
             "appended": everything() + everything(), "cut": everything()[:-5],
             "cut.gz": gzip.compress(everything(), mtime=0)[:-200]}
    for path in sorted(captures):
        for number, piece in enumerate(pieces(path)):
            seeds["%s.%d" % (os.path.basename(path), number)] = piece
    for name, content in seeds.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


main()
