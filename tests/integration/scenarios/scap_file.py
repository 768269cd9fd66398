"""Capture files byte by byte, written after the description of the format, without our C code.

The parameters of events come from catalog/events.def; how their values are laid out stands here.

    file = ScapFile(catalog)
    file.processes([Process(100, name="bash")])
    file.event(Event("openat", 100, fd=3, name="/etc/passwd"))
    data = file.bytes()
"""
import ipaddress
import os
import re
import struct

NO_ID = 0xFFFFFFFF
START = 1_700_000_000_000_000_000
MILLISECOND = 1_000_000

SECTION_HEADER = 0x0A0D0D0A
MACHINE = 0x201
INTERFACES = {1: 0x205, 2: 0x219}
USERS = {1: 0x206, 2: 0x220}
PROCESSES = {1: 0x202, 2: 0x207, 3: 0x209, 4: 0x210, 5: 0x211, 6: 0x212, 7: 0x213, 8: 0x214, 9: 0x215}
DESCRIPTORS = {1: 0x203, 2: 0x218}
# By version of the block, with flags, and for large payloads.
EVENTS = {(1, False, False): 0x204, (1, True, False): 0x208, (2, False, False): 0x216, (2, True, False): 0x217,
          (2, False, True): 0x221, (2, True, True): 0x222}

FIXED_FORMATS = {
    "b": "INT8", "B": "UINT8 FLAGS8 ENUMFLAGS8 SIGTYPE L4PROTO SOCKFAMILY", "h": "INT16",
    "H": "UINT16 FLAGS16 ENUMFLAGS16 SYSCALLID PORT", "i": "INT32 FD32 PID32",
    "I": "UINT32 FLAGS32 ENUMFLAGS32 UID GID MODE SIGSET BOOL", "q": "INT64 ERRNO FD PID",
    "Q": "UINT64 RELTIME ABSTIME", "d": "DOUBLE",
}
FORMAT_OF_TYPE = {name: letter for letter, names in FIXED_FORMATS.items() for name in names.split()}
STRINGS = ("CHARBUF", "FSPATH", "FSRELPATH")


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def counted(text):
    text = as_bytes(text)
    return struct.pack("<H", len(text)) + text


def strings(items):
    """Texts that each end in a NUL, as in args, env and cgroups."""
    return b"".join(as_bytes(item) + b"\0" for item in items)


def address(text):
    return ipaddress.ip_address(text).packed


# ---- values of parameters that are neither numbers nor texts ----

def socket_address(text_or_ip, port=None):
    if port is None:
        return b"\x01" + as_bytes(text_or_ip) + b"\0"
    packed = address(text_or_ip)
    return bytes([2 if len(packed) == 4 else 10]) + packed + struct.pack("<H", port)


def tuple_of(source, source_port, destination, destination_port):
    source, destination = address(source), address(destination)
    return (bytes([2 if len(source) == 4 else 10]) + source + struct.pack("<H", source_port) + destination +
            struct.pack("<H", destination_port))


def unix_tuple(source, destination, path):
    return b"\x01" + struct.pack("<QQ", source, destination) + as_bytes(path) + b"\0"


def poll_set(*items):
    return struct.pack("<H", len(items)) + b"".join(struct.pack("<qh", fd, events) for fd, events in items)


def variant(number, layout, *values):
    return bytes([number]) + struct.pack("<" + layout, *values)


# ---- the catalogue ----

class Catalog:
    """Event types by constant, and the current one of each name."""

    def __init__(self, root):
        with open(os.path.join(root, "catalog", "events.def"), encoding="utf-8") as stream:
            text = re.sub(r"/\*.*?\*/", "", stream.read(), flags=re.DOTALL)
        self.by_constant, self.by_name = {}, {}
        for macro, inside in re.findall(r'(EVENT|PARAMETER)\(((?:[^()"]|"[^"]*"|\([^)]*\))*)\)', text):
            values = re.findall(r'(?:[^,()"]|"[^"]*"|\([^)]*\))+', " ".join(inside.split()))
            values = [value.strip() for value in values]
            if macro == "PARAMETER":
                self.by_constant[values[0]].parameters.append((values[1], values[2]))
                continue
            row = EventType(int(values[0]), values[1], "LARGE_PAYLOAD" in values[6])
            self.by_constant[row.constant] = row
            if "OLD_VERSION" not in values[6] and "PRE_EXECUTION" not in values[7]:
                self.by_name[values[2].strip('"')] = row

    def find(self, kind):
        return self.by_constant.get(kind) or self.by_name[kind]


class EventType:
    def __init__(self, number, constant, large):
        self.number, self.constant, self.large, self.parameters = number, constant, large, []


def encode(kind, value):
    """None: the empty parameter. Without a value numbers are zero, texts and bytes of length 0."""
    if value is None:
        return b""
    if kind in FORMAT_OF_TYPE:
        letter = FORMAT_OF_TYPE[kind]
        if isinstance(value, int) and letter.isupper():
            value &= (1 << 8 * struct.calcsize(letter)) - 1
        return struct.pack("<" + letter, value)
    if kind in STRINGS:
        return as_bytes(value) + b"\0"
    return strings(value) if isinstance(value, (list, tuple)) else as_bytes(value)


def default(kind):
    return 0 if kind in FORMAT_OF_TYPE else "" if kind in STRINGS else b""


class Event:
    """`kind`: the name of a current event or the constant of any. `_count`: only so many of its parameters. `_at`: ns
    after the start. `_flags`: of a flag block. `_surplus`: more parameters, as bytes. `expected`, `matching` and
    `printed` are for check_scenarios.py."""

    def __init__(self, kind, tid=100, /, *, _at=None, _count=None, _block=2, _flags=0, _cpu=0, _surplus=(),
                 **parameters):
        self.kind, self.tid, self.at, self.count, self.block = kind, tid, _at, _count, _block
        self.flags, self.cpu, self.surplus, self.parameters = _flags, _cpu, list(_surplus), parameters
        self.expected, self.matching, self.printed = {}, {}, {}
        self.shown = self.numbered = True

    def sees(self, **fields):
        """Fields by name, `__` for a dot; see `shows` for names with brackets."""
        return self.shows({name.replace("__", "."): value for name, value in fields.items()})

    def shows(self, fields):
        self.expected.update(fields)
        return self

    def matches(self, *conditions):
        self.matching.update((condition, True) for condition in conditions)
        return self

    def matches_not(self, *conditions):
        self.matching.update((condition, False) for condition in conditions)
        return self

    def prints(self, formats):
        self.printed.update(formats)
        return self

    def hidden(self):
        self.shown = False
        return self

    def swallowed(self):
        """Used up by a conversion, or of the state at the start of an appended capture: it has no number."""
        self.numbered = False
        return self.hidden()


class Process:
    """An entry of the process list; `last`: the field after which the entry ends."""
    # Name, layout (s: a counted text), first version of the list that has it.
    FIELDS = [("tid", "Q", 1), ("pid", "Q", 1), ("ptid", "Q", 1), ("sid", "q", 6), ("vpgid", "q", 8),
              ("name", "s", 1), ("exe", "s", 1), ("exepath", "s", 7), ("args", "s", 1), ("cwd", "s", 1),
              ("fdlimit", "q", 1), ("flags", "I", 1), ("uid", "I", 1), ("gid", "I", 1), ("vmsize", "I", 2),
              ("vmrss", "I", 2), ("vmswap", "I", 2), ("pfmajor", "Q", 2), ("pfminor", "Q", 2), ("env", "s", 3),
              ("vtid", "q", 4), ("vpid", "q", 4), ("cgroups", "s", 4), ("root", "s", 5), ("pidns_start", "Q", 9),
              ("tty", "I", 9), ("loginuid", "I", 9), ("exe_writable", "B", 9), ("cap_inheritable", "Q", 9),
              ("cap_permitted", "Q", 9), ("cap_effective", "Q", 9), ("exe_upper_layer", "B", 9), ("exe_ino", "Q", 9),
              ("exe_ino_ctime", "Q", 9), ("exe_ino_mtime", "Q", 9), ("exe_from_memfd", "B", 9),
              ("exe_lower_layer", "B", 9), ("pgid", "q", 9)]

    def __init__(self, tid, *, fds=(), last=None, **values):
        self.fds, self.last = fds, last
        name = values.get("name", "shell")
        self.values = {"tid": tid, "pid": tid, "ptid": 1, "sid": tid, "vpgid": 0, "name": name, "exe": name,
                       "exepath": "/bin/" + as_bytes(name).decode("utf-8", "replace"), "args": [], "cwd": "/work",
                       "fdlimit": 1024, "env": [], "vtid": tid, "vpid": values.get("pid", tid), "cgroups": [],
                       "root": "/", "loginuid": NO_ID, "pgid": tid}
        unknown = set(values) - {name for name, _, _ in self.FIELDS}
        if unknown:
            raise ValueError(f"no such field: {unknown}")
        self.values.update(values)

    def encode(self, version):
        data = b""
        for name, layout, first in self.FIELDS:
            if version < first:
                continue
            value = self.values.get(name, b"" if layout == "s" else 0)
            if layout == "s":
                data += counted(strings(value) if isinstance(value, (list, tuple)) else value)
            else:
                data += struct.pack("<" + layout, value & (1 << 64) - 1 if layout == "Q" else value)
            if name == self.last:
                break
        return data if version < 9 else struct.pack("<I", len(data) + 4) + data


# ---- entries of descriptor lists: type and what follows it ----

def plain(kind, name=""):
    return bytes([kind]) + counted(name)


def file(name, flags=1, device=0):
    return b"\x10" + struct.pack("<I", flags) + counted(name) + struct.pack("<I", device)


def directory(name):
    return plain(2, name)


def connection(source, source_port, destination, destination_port, l4=2):
    data = address(source), address(destination)
    return (bytes([3 if len(data[0]) == 4 else 4]) + data[0] + data[1] +
            struct.pack("<HHB", source_port, destination_port, l4))


def listener(ip, port, l4=2):
    packed = address(ip)
    return bytes([5 if len(packed) == 4 else 6]) + packed + struct.pack("<HB", port, l4)


def unix_socket(path, source=0, destination=0):
    return b"\x08" + struct.pack("<QQ", source, destination) + counted(path)


class ScapFile:
    def __init__(self, catalog):
        self.catalog, self.data, self.time = catalog, b"", START
        self.section()

    def section(self, hostname="machine", boot_time=0, version=(1, 2), options=b""):
        self.block(SECTION_HEADER, struct.pack("<IHHQ", 0x1A2B3C4D, *version, (1 << 64) - 1) + options)
        self.block(MACHINE, struct.pack("<IQQ128sQQQQ", 2, 1 << 30, 32768, as_bytes(hostname), boot_time, 0, 0, 0))

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        length = struct.pack("<I", len(body) + 12)
        self.data += struct.pack("<I", kind) + length + body + length

    def interfaces(self, entries, version=2):
        """Entries: (name, address, netmask)."""
        body = b""
        for name, ip, mask in entries:
            ip, mask, name = address(ip), address(mask), as_bytes(name)
            entry = (struct.pack("<HH", 1 if len(ip) == 4 else 2, len(name)) + ip + mask + b"\xff" * len(ip) +
                     struct.pack("<Q", 1000) + name)
            body += (struct.pack("<I", len(entry)) if version == 2 else b"") + entry
        self.block(INTERFACES[version], body)

    def users(self, users=(), groups=(), version=2):
        """Users: (uid, gid, name, home, shell); groups: (gid, name)."""
        entries = [b"\0" + struct.pack("<II", uid, gid) + b"".join(map(counted, texts)) for uid, gid, *texts in users]
        entries += [b"\1" + struct.pack("<I", gid) + counted(name) for gid, name in groups]
        self.block(USERS[version],
                   b"".join((struct.pack("<I", len(entry) + 4) if version == 2 else b"") + entry for entry in entries))

    def processes(self, processes, version=9, descriptors=2):
        self.block(PROCESSES[version], b"".join(process.encode(version) for process in processes))
        for process in processes:
            self.descriptors(process.values["tid"], process.fds, descriptors)

    def descriptors(self, tid, entries, version=2):
        """Entries: (fd, encoded type and rest) or (fd, the same, inode)."""
        body = struct.pack("<Q", tid)
        for fd, encoded, *inode in entries:
            entry = struct.pack("<qQ", fd, inode[0] if inode else 0) + encoded
            body += (struct.pack("<I", len(entry) + 4) if version == 2 else b"") + entry
        self.block(DESCRIPTORS[version], body)

    def event(self, event):
        kind = self.catalog.find(event.kind)
        names = {name for name, _ in kind.parameters}
        if set(event.parameters) - names:
            raise ValueError(f"{event.kind} has no {set(event.parameters) - names}")
        self.time += MILLISECOND
        at = self.time if event.at is None else START + event.at
        values = [encode(type_name, event.parameters.get(name, default(type_name)))
                  for name, type_name in kind.parameters[:event.count]] + event.surplus
        lengths = b"".join(struct.pack("<I" if kind.large else "<H", len(value)) for value in values)
        rest = lengths + b"".join(values)
        header_bytes = 26 if event.block == 2 else 22
        header = struct.pack("<QQIH", at, event.tid & (1 << 64) - 1, header_bytes + len(rest), kind.number)
        if event.block == 2:
            header += struct.pack("<I", len(values))
        flags = struct.pack("<I", event.flags) if event.flags else b""
        self.block(EVENTS[event.block, event.flags != 0, kind.large],
                   struct.pack("<H", event.cpu) + flags + header + rest)

    def bytes(self):
        return self.data
