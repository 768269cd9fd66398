"""Capture files as lists of blocks, for tests that take them apart or put them together."""
import gzip
import struct

SECTION_HEADER = 0x0A0D0D0A
LARGE_EVENTS = (0x221, 0x222)
FLAG_EVENTS = (0x208, 0x217, 0x222)
V1_EVENTS = (0x204, 0x208)
EVENTS = (0x204, 0x208, 0x216, 0x217, 0x221, 0x222)


def read(path):
    """The bytes of a capture, uncompressed."""
    with open(path, "rb") as file:
        content = file.read()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def blocks(content):
    """(type, body) of each block, without padding being told from the body; and the block's bytes."""
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from("<II", content, at)
        yield kind, content[at + 8:at + length - 4], content[at:at + length]
        at += length


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def section_header():
    return block(SECTION_HEADER, struct.pack("<IHHQ", 0x1A2B3C4D, 1, 2, 2**64 - 1))


def text(content):
    return struct.pack("<H", len(content)) + content


def event_body(kind, event_type, time_ns, thread, parameters, long_lengths=False, flags=0, cpu=0):
    """The body of an event block of type `kind`."""
    lengths = b"".join(struct.pack("<I" if long_lengths else "<H", len(p)) for p in parameters)
    data = b"".join(parameters)
    header_bytes = 22 if kind in V1_EVENTS else 26
    body = struct.pack("<H", cpu)
    if kind in FLAG_EVENTS:
        body += struct.pack("<I", flags)
    body += struct.pack("<QqIH", time_ns, thread, header_bytes + len(lengths) + len(data), event_type)
    if kind not in V1_EVENTS:
        body += struct.pack("<I", len(parameters))
    return body + lengths + data


def parse_event(kind, body, long_lengths=False):
    """(time, thread, type, parameters) of a version 2 event block; `long_lengths`: the type has lengths of four bytes."""
    at = 6 if kind in FLAG_EVENTS else 2
    time_ns, thread, _, event_type, count = struct.unpack_from("<QqIHI", body, at)
    at += 26
    size = 4 if long_lengths or kind in LARGE_EVENTS else 2
    lengths = struct.unpack_from("<%d%s" % (count, "I" if size == 4 else "H"), body, at)
    at += count * size
    parameters = []
    for length in lengths:
        parameters.append(body[at:at + length])
        at += length
    return time_ns, thread, event_type, parameters
