"""Sockets: ends, roles, names and protocols, from the call that makes them to the last message."""
from scenario import (DATAGRAM, EBADF, ECONNREFUSED, EINPROGRESS, ICMP, INET, INET6, NETLINK, RAW, STREAM, TCP, UDP,
                      UNIX, clone, look, machine, scenario)
from scap_file import Event, Process, connection, listener, socket_address, tuple_of, unix_tuple

ME, PEER, NEAR = "10.0.0.5", "1.2.3.4", "10.0.0.9"
ALL_INTERFACES = (("lo", "127.0.0.1", "255.0.0.0"), ("eth0", ME, "255.255.255.0"),
                  ("lo", "::1", "ffff:ffff:ffff:ffff::"), ("eth0", "fd00::5", "ffff:ffff:ffff:ffff::"))
NO_ROLE = {
    "fd.cip": None, "fd.sip": None, "fd.lip": None, "fd.rip": None, "fd.cport": None, "fd.sport": None,
    "fd.lport": None, "fd.rport": None, "fd.l4proto": "<NA>", "fd.cproto": None, "fd.sproto": None, "fd.lproto": None,
    "fd.rproto": None, "fd.snet": None, "fd.cnet": None, "fd.ip": None, "fd.net": None, "fd.port": None,
    "fd.proto": None
}


def socket(fd, /, domain=INET, kind=STREAM, proto=0, tid=100):
    return Event("socket", tid, fd=fd, domain=domain, type=kind, proto=proto)


def connect(fd, ends=b"", /, tid=100, **more):
    return Event("connect", tid, fd=fd, tuple=tuple_of(*ends) if isinstance(ends, tuple) else ends, **more)


def message(kind, fd, ends=b"", /, tid=100, **more):
    values = {"res": 5, "data": b"hello", **more}
    return Event(kind, tid, fd=fd, tuple=tuple_of(*ends) if isinstance(ends, tuple) else ends, **values)


SENDS = ["send", "sendto", "sendmsg", "sendmmsg"]
RECEIVES = ["recv", "recvfrom", "recvmsg", "recvmmsg"]

scenario(
    "a new socket has no ends and no role", machine(),
    socket(3).shows({
        **NO_ROLE, "fd.num": 3, "fd.type": "ipv4", "fd.typechar": "4", "fd.name": "", "fd.sockfamily": "ip",
        "fd.is_server": False, "fd.connected": False, "fd.name_changed": False, "evt.arg.fd": "<4>",
        "evt.arg.domain": "AF_INET"
    }).matches("fd.ip != 10.0.0.1", "fd.port = 0", "fd.port < 1024", "fd.net != 10.0.0.0/8", "fd.ip = 0.0.0.0",
               "fd.port exists", "not fd.sip = 1.2.3.4").matches_not("fd.sip exists", "fd.sip != 1.2.3.4",
                                                                     "fd.ip = 10.0.0.1", "fd.snet != 10.0.0.0/8"),
    socket(4, INET6).shows({**NO_ROLE, "fd.type": "ipv6", "fd.typechar": "6", "evt.arg.fd": "<6>"}),
    socket(5, UNIX).shows({
        "fd.type": "unix", "fd.typechar": "u", "fd.name": "", "fd.sockfamily": "unix", "fd.l4proto": "<NA>",
        "fd.is_server": False, "evt.arg.domain": "AF_LOCAL|AF_UNIX"
    }),
    socket(6, NETLINK).shows(
        {"fd.type": "netlink", "fd.typechar": "n", "fd.name": "", "evt.arg.domain": "AF_ROUTE|AF_NETLINK"}),
    socket(7, 17).shows({"fd.type": "<NA>", "fd.typechar": "o", "fd.sockfamily": None, "evt.arg.domain": "AF_PACKET"}),
    Event("socket", fd=EBADF, domain=INET).sees(fd__typechar="4", fd__type=None, fd__num=-1, fd__name=""))

for title, kind, proto, after in [("stream", STREAM, 0, "tcp"), ("datagram", DATAGRAM, 0, "udp"),
                                  ("stream with flags", STREAM | 0x80000, 0, "tcp"), ("tcp", STREAM, TCP, "tcp"),
                                  ("udp", DATAGRAM, UDP, "udp"), ("icmp", DATAGRAM, ICMP, "icmp"),
                                  ("icmp raw", RAW, ICMP, "raw"), ("tcp raw", RAW, TCP, "raw"),
                                  ("icmp raw with close-on-exec", RAW | 0x80000, ICMP, "icmp"),
                                  ("raw", RAW, 255, "raw"), ("unknown", STREAM, 132, "<NA>")]:
    scenario(
        f"the protocol of a socket: {title}", machine(), socket(3, INET, kind, proto),
        connect(3, (ME, 4000, PEER, 80)).shows({
            "fd.l4proto": after, "fd.name": {"icmp": f"{ME}->{PEER}", "raw": f"{ME}->{PEER}",
                                             "<NA>": "<unknown>"}.get(after, f"{ME}:4000->{PEER}:80")
        }))
scenario("a raw socket prints its protocol without a role", machine(),
         socket(3, INET, RAW, ICMP).sees(fd__l4proto="raw"))

CONNECTED = {
    "fd.cip": ME, "fd.cport": 4000, "fd.sip": PEER, "fd.sport": 80, "fd.lip": ME, "fd.lport": 4000, "fd.rip": PEER,
    "fd.rport": 80, "fd.l4proto": "tcp", "fd.name": f"{ME}:4000->{PEER}:80", "fd.connected": True,
    "fd.is_server": False, "fd.cproto": "4000", "fd.sproto": "80", "fd.snet": "<IPNET>", "fd.ip": None
}
for title, result in ("done", 0), ("in progress", EINPROGRESS):
    scenario(
        f"connect {title}", machine(), socket(3),
        connect(3, (ME, 4000, PEER, 80), res=result, addr=socket_address(PEER, 80)).shows(CONNECTED).shows({
            "fd.name_changed": True, "evt.arg.addr": f"{PEER}:80", "evt.arg.tuple": f"{ME}:4000->{PEER}:80",
            "evt.arg.fd": f"<4t>{ME}:4000->{PEER}:80", "evt.failed": result != 0
        }).matches("fd.ip = 1.2.3.4", "fd.ip = 10.0.0.5", "fd.ip != 9.9.9.9", "fd.port = 80", "fd.sport = http",
                   "fd.snet = 1.2.0.0/16", "fd.net = 10.0.0.0/8", "fd.cip in (10.0.0.5)", "fd.ip in (9.9.9.9, 1.2.3.4)",
                   "fd.port in (1, 4000)", "fd.proto = http", "fd.lip = 10.0.0.5", "fd.port > 3000",
                   "fd.rnet in (1.0.0.0/8, 2.0.0.0/8)").matches_not("fd.ip != 1.2.3.4", "fd.port != 80", "fd.sip = ::1",
                                                                    "fd.net != 10.0.0.0/8", "fd.ip = ::1"),
        Event("write", fd=3, res=1).shows(CONNECTED).sees(fd__name_changed=False))
scenario(
    "connect refused", machine(), socket(3),
    connect(3, b"", res=ECONNREFUSED,
            addr=socket_address(PEER,
                                80)).shows({**NO_ROLE, "fd.name": "", "fd.connected": False, "evt.arg.tuple": "NULL"}),
    connect(9, b"", res=EBADF).shows({"fd.name": "NULL", "fd.typechar": "o", "fd.type": None}))
scenario(
    "connect of IPv6 and of mapped addresses", machine(interfaces=ALL_INTERFACES), socket(3, INET6), socket(4, INET6),
    connect(3, ("fd00::5", 4000, "2001:db8::1", 443)).shows({
        "fd.type": "ipv6", "fd.name": "fd00::5:4000->2001:db8::1:443", "fd.cip": "fd00::5", "fd.sip": "2001:db8::1",
        "fd.sproto": "443", "fd.l4proto": "tcp", "fd.lip": "fd00::5", "fd.rip": "2001:db8::1", "fd.is_server": False,
        "evt.arg.fd": "<6t>fd00::5:4000->2001:db8::1:443"
    }),
    connect(4, (f"::ffff:{ME}", 4000, f"::ffff:{PEER}", 80)).shows(
        {**CONNECTED, "fd.type": "ipv4", "fd.typechar": "4", "evt.arg.tuple": f"{ME}:4000->{PEER}:80"}))
scenario(
    "connect of a unix socket", machine(), socket(3, UNIX),
    connect(3, unix_tuple(0xab, 0xcd, "/run/x"), addr=socket_address("/run/x")).shows({
        "fd.name": "ab->cd /run/x", "fd.type": "unix", "fd.connected": True, "evt.arg.tuple": "ab->cd /run/x",
        "evt.arg.addr": "/run/x", "fd.sip": None, "fd.cproto": "", "fd.sproto": None, "fd.is_server": False,
        "fd.name_changed": True
    }))

scenario(
    "bind", machine(), socket(3), socket(4, UNIX), socket(5), socket(6, INET6), socket(7, INET6),
    Event("bind", fd=3, addr=socket_address("0.0.0.0", 8080)).shows({
        "fd.name": "0.0.0.0:8080", "fd.type": "ipv4", "fd.sip": "0.0.0.0", "fd.sport": 8080, "fd.is_server": True,
        "fd.cip": None, "fd.cport": None, "fd.lip": None, "fd.rip": None, "fd.lport": None, "fd.rport": None,
        "fd.l4proto": "tcp", "fd.sproto": "", "fd.cproto": "", "fd.lproto": None, "fd.name_changed": True,
        "evt.arg.addr": "0.0.0.0:8080", "evt.arg.fd": "<4t>0.0.0.0:8080"
    }).matches("fd.port = 8080", "fd.ip = 0.0.0.0").matches_not("fd.port = 0"),
    Event("bind", fd=4,
          addr=socket_address("/run/listen")).shows({"fd.name": "/run/listen", "fd.type": "unix", "fd.sport": None}),
    Event("bind", fd=5, addr=socket_address(ME, 0)).shows({**NO_ROLE, "fd.name": f"{ME}:0", "fd.is_server": False}),
    Event("bind", fd=6, addr=socket_address("::", 27011)).shows(
        {"fd.name": ":::27011", "fd.type": "ipv4", "fd.sport": 27011, "fd.sip": "0.0.0.0"}),
    Event("bind", fd=7,
          addr=socket_address("fd00::5", 53)).shows({"fd.name": "fd00::5:53", "fd.type": "ipv6", "fd.sip": "fd00::5"}),
    Event("listen", fd=3).sees(fd__name="0.0.0.0:8080"), socket(8),
    Event("bind", fd=8, res=EBADF, addr=socket_address(ME, 1)).sees(fd__name="", fd__type="ipv4"))

ACCEPTED = {
    "fd.cip": PEER, "fd.cport": 4000, "fd.sip": ME, "fd.sport": 22, "fd.lip": ME, "fd.rip": PEER, "fd.is_server": True,
    "fd.l4proto": "tcp", "fd.name": f"{PEER}:4000->{ME}:22", "fd.connected": True, "fd.name_changed": True,
    "fd.lport": 22, "fd.rport": 4000, "fd.type": "ipv4", "fd.sproto": "22"
}
for kind in "accept", "accept4":
    scenario(
        f"{kind} makes a server's socket", machine(interfaces=ALL_INTERFACES),
        Event(kind, fd=5, tuple=tuple_of(PEER, 4000, ME, 22), queuepct=1, queuelen=2, queuemax=3).shows(ACCEPTED).shows(
            {"fd.num": 5, "evt.arg.fd": f"<4t>{PEER}:4000->{ME}:22", "evt.arg.queuemax": "3"}),
        Event("read", fd=5, res=1).sees(fd__name=f"{PEER}:4000->{ME}:22", fd__is_server=True),
        Event(kind, fd=6, tuple=tuple_of(f"::ffff:{PEER}", 4000, f"::ffff:{ME}", 22)).shows(ACCEPTED),
        Event(kind, fd=7, tuple=tuple_of("2001:db8::1", 4000, "fd00::5", 22)).shows({
            "fd.type": "ipv6", "fd.cip": "2001:db8::1", "fd.sip": "fd00::5", "fd.is_server": True, "fd.lip": "fd00::5",
            "fd.name": "2001:db8::1:4000->fd00::5:22"
        }),
        Event(kind, fd=8, tuple=unix_tuple(1, 0xf, "/run/s")).shows(
            {"fd.name": "1->f /run/s", "fd.type": "unix", "fd.sip": None, "fd.cproto": ""}),
        Event(kind,
              fd=-11).shows({"fd.name": "NULL", "fd.num": -1, "fd.typechar": "4", "fd.type": None,
                             "evt.res": "EAGAIN"}))

scenario(
    "a pair of sockets", machine(),
    Event("socketpair", fd1=3, fd2=4, source=0xaa, peer=0xbb, domain=UNIX, type=STREAM).shows({
        "fd.num": 4, "fd.type": "unix", "fd.name": "", "fd.typechar": "u", "fd.name_changed": False,
        "evt.arg.source": "AA", "evt.arg.peer": "BB"
    }),
    Event("read", fd=3, res=1).sees(fd__type="unix"),
    look().sees(proc__fdopencount=2))

for kind in SENDS:
    scenario(
        f"{kind} on a new udp socket makes a client", machine(), socket(3, INET, DATAGRAM),
        message(kind, 3, (ME, 5000, PEER, 53)).shows({
            "fd.cip": ME, "fd.cport": 5000, "fd.sip": PEER, "fd.sport": 53, "fd.l4proto": "udp",
            "fd.name": f"{ME}:5000->{PEER}:53", "fd.name_changed": True, "fd.connected": True, "evt.buffer": "hello",
            "evt.arg.data": "hello", "fd.sproto": "53"
        }),
        message(kind, 3, (ME, 5000, NEAR, 54)).shows(
            {"fd.name": f"{ME}:5000->{NEAR}:54", "fd.sport": 54, "fd.name_changed": True}),
        message(kind, 3, (NEAR, 54, ME, 5000)).shows({"fd.name": f"{ME}:5000->{NEAR}:54", "fd.name_changed": False}))
for kind in RECEIVES:
    scenario(
        f"{kind} of a client is turned round", machine(), socket(3, INET, DATAGRAM),
        message("sendto", 3, (ME, 5000, PEER, 53)),
        message(kind, 3, (PEER, 53, ME, 5000)).shows(
            {"fd.name": f"{ME}:5000->{PEER}:53", "fd.cip": ME, "fd.name_changed": False}),
        message(kind, 3, (NEAR, 99, ME, 5000)).shows(
            {"fd.name": f"{ME}:5000->{NEAR}:99", "fd.cip": ME, "fd.sip": NEAR, "fd.name_changed": True}))
    scenario(
        f"{kind} on a listening socket makes a server", machine(), socket(3, INET, DATAGRAM),
        Event("bind", fd=3, addr=socket_address("0.0.0.0", 53)),
        message(kind, 3, (PEER, 5000, ME, 53)).shows({
            "fd.name": f"{PEER}:5000->{ME}:53", "fd.cip": PEER, "fd.sip": ME, "fd.is_server": True, "fd.l4proto": "udp",
            "fd.type": "ipv4", "fd.cport": 5000
        }),
        message("sendto", 3,
                (ME, 53, NEAR, 6000)).shows({"fd.name": f"{NEAR}:6000->{ME}:53", "fd.cip": NEAR, "fd.sport": 53}))
scenario("messages of a tcp socket that has a name change nothing", machine(), socket(3),
         connect(3, (ME, 4000, PEER, 80)),
         message("sendto", 3, (ME, 1, NEAR, 2)).shows(CONNECTED))
scenario("failed messages change nothing", machine(), socket(3, INET, DATAGRAM),
         message("sendto", 3, (ME, 5000, PEER, 53), res=-1).shows({**NO_ROLE, "fd.name": "", "fd.connected": False}),
         message("sendto", 3).shows({"fd.name": "", "fd.connected": True}))
for kind in SENDS:
    known = kind != "sendmmsg"
    scenario(
        f"{kind} on an unknown descriptor", machine(),
        message(kind, 9, (ME, 5000, PEER, 53)).shows({
            "fd.name": f"{ME}:5000->{PEER}:53" if known else "", "fd.l4proto": "udp" if known else None,
            "fd.type": "ipv4" if known else None, "fd.cip": ME if known else None
        }),
        message(kind, 8, (ME, 5000, PEER, 53), res=-1).shows({"fd.name": "", "fd.type": None}),
        message(kind, 7, unix_tuple(1, 2, "/s")).shows({"fd.name": "", "fd.type": None}))
scenario("receiving on an unknown descriptor makes none", machine(),
         message("recvfrom", 9, (PEER, 53, ME, 5000)).shows({"fd.name": "", "fd.type": None, "fd.typechar": "o"}))
scenario(
    "unix messages", machine(), socket(3, UNIX, DATAGRAM),
    message("sendto", 3, unix_tuple(0x1f, 0, "/dev/log")).shows({
        "fd.name": "1f->0 /dev/log", "fd.type": "unix", "fd.name_changed": True, "evt.arg.tuple": "1f->0 /dev/log",
        "evt.is_syslog": True
    }))
scenario("the role by ports of the process", machine(Process(100, fds=[(5, listener("0.0.0.0", 53, 3))])),
         socket(3, INET, DATAGRAM),
         message("recvfrom", 3, (PEER, 5000, ME, 53)).shows({"fd.sip": ME, "fd.cip": PEER, "fd.is_server": True}),
         socket(4, INET, DATAGRAM),
         message("recvfrom", 4, (PEER, 5000, ME, 77)).shows({"fd.cip": PEER, "fd.sip": ME}), socket(6, INET, DATAGRAM),
         message("sendto", 6, (ME, 53, PEER, 5000)).shows({"fd.cip": ME, "fd.sip": PEER}))

scenario(
    "wildcard ends are replaced", machine(), *[socket(fd, INET, DATAGRAM) for fd in range(3, 8)],
    message("sendto", 3, ("0.0.0.0", 5000, NEAR, 53)).shows(
        {"fd.cip": ME, "fd.name": f"{ME}:5000->{NEAR}:53", "evt.arg.tuple": f"0.0.0.0:5000->{NEAR}:53"}),
    message("sendto", 4, ("0.0.0.0", 5000, "127.0.0.1", 53)).shows({"fd.cip": "127.0.0.1"}),
    message("sendto", 5, ("0.0.0.0", 5000, "99.9.9.9", 53)).shows({"fd.cip": ME}),
    message("sendto", 6, ("0.0.0.0", 5000, ME, 53)).shows({"fd.cip": ME}),
    message("sendto", 7, ("0.0.0.0", 53, ME, 53)).shows({"fd.cip": "0.0.0.0"}))
scenario(
    "wildcard ends of IPv6", machine(interfaces=ALL_INTERFACES), *[socket(fd, INET6, DATAGRAM) for fd in range(3, 6)],
    message("sendto", 3, ("::", 5000, "fd00::9", 53)).shows(
        {"fd.cip": "fd00::5", "fd.name": "fd00::5:5000->fd00::9:53", "fd.type": "ipv6"}),
    message("sendto", 4, ("::", 5000, "2001:db8::1", 53)).shows({"fd.cip": "fd00::5"}),
    message("sendto", 5, (f"::ffff:{ME}", 5000, f"::ffff:{PEER}", 53)).shows(
        {"fd.cip": ME, "fd.type": "ipv4", "fd.name": f"{ME}:5000->{PEER}:53"}))
scenario(
    "wildcard ends of the list",
    machine(
        Process(100, fds=[(3, connection("0.0.0.0", 68, NEAR, 67, 3)), (4, connection("0.0.0.0", 68, "0.0.0.0", 0,
                                                                                      3))])),
    Event("fstat", fd=3).shows({"fd.name": f"{ME}:68->{NEAR}:67", "fd.cip": ME}),
    Event("fstat", fd=4).shows({"fd.cip": ME}))
scenario(
    "local addresses", machine(interfaces=ALL_INTERFACES), socket(3, INET, DATAGRAM), socket(4, INET6),
    socket(5, INET6),
    message("sendto", 3, (PEER, 1, NEAR, 2)).shows(
        {"fd.lip": NEAR, "fd.rip": PEER, "fd.lport": 2, "fd.rport": 1, "fd.is_server": False}),
    Event("fstat", fd=4).sees(fd__is_server=True),
    connect(5, ("::1", 1, "::1", 2)).shows({"fd.is_server": True, "fd.lip": "::1"}))

scenario(
    "an IPv6 message to a listening socket", machine(interfaces=ALL_INTERFACES), socket(3, INET6, DATAGRAM),
    socket(4, INET6, DATAGRAM), Event("bind", fd=3, addr=socket_address("::", 53)),
    Event("bind", fd=4, addr=socket_address("fd00::5", 53)),
    message("recvfrom", 3, ("::1", 5000, "::1", 53)).shows(
        {"fd.name": "::1:5000->::1:53", "fd.type": "ipv4", "fd.sip": "0.0.0.0",
         "fd.l4proto": "<NA>"}).matches_not("fd.ip != 0.0.0.0"),
    message("recvfrom", 4, ("fd00::9", 5000, "fd00::5", 53)).shows(
        {"fd.name": "fd00::9:5000->fd00::5:53", "fd.type": "ipv6", "fd.sip": "fd00::9"}))
scenario(
    "a listener that connects becomes a client", machine(), socket(3, INET, DATAGRAM),
    Event("bind", fd=3, addr=socket_address("0.0.0.0", 53)),
    connect(3, (ME, 53, PEER, 80)).shows(
        {"fd.cip": ME, "fd.sip": PEER, "fd.type": "ipv4", "fd.name": f"{ME}:53->{PEER}:80"}))
scenario("reads and writes connect", machine(*[Process(100)]), *[socket(fd, INET, DATAGRAM) for fd in range(3, 7)],
         Event("read", fd=3, res=0).sees(fd__connected=True),
         Event("pwritev", fd=4, res=0).sees(fd__connected=True),
         Event("write", fd=5, res=-1).sees(fd__connected=False),
         Event("fstat", fd=6).sees(fd__connected=False))
scenario("sockets are copied by dup and fork", machine(), socket(3), connect(3, (ME, 4000, PEER, 80)),
         Event("dup", res=4, oldfd=3).shows(CONNECTED), clone(100, 200),
         Event("write", 200, fd=4, res=1).shows(CONNECTED))
scenario("the address alone", machine(), socket(3),
         Event("bind", fd=3, addr=b"\x11").shows({"evt.arg.addr": "family 17"}),
         Event("connect", 100, fd=3, addr=socket_address("::1", 5), res=-1).shows({"evt.arg.addr": "::1:5"}))
scenario(
    "getsockopt tells the error of a connect", machine(), socket(3), connect(3, (ME, 4000, PEER, 80), res=EINPROGRESS),
    Event("getsockopt", fd=3, level=1, optname=4, val=b"\x01" + (111).to_bytes(8, "little"),
          optlen=4).shows({"evt.arg.level": "SOL_SOCKET", "fd.connected": True}))

scenario(
    "bind of another family gives only the name", machine(), socket(3, NETLINK),
    Event("bind", fd=3, addr=b"\x10").shows({"fd.name": "family 16", "fd.name_changed": True, "fd.type": "netlink"}))
scenario(
    "connect without ends takes the address seen before", machine(), socket(3),
    Event("SOCKET_CONNECT_E", fd=3, addr=socket_address(PEER, 80)).hidden(),
    connect(3, b"").shows({"fd.name": "", "fd.connected": True,
                           "fd.sip": None}).matches("fd.ip = 1.2.3.4", "fd.port = 80"))
scenario(
    "the address seen before the call wins over the caller's memory", machine(), socket(3), socket(4), socket(5, UNIX),
    Event("SOCKET_CONNECT_E", fd=3, addr=socket_address("9.9.9.9", 99)).hidden(),
    connect(3, (ME, 1, PEER, 80), addr=socket_address(PEER, 80)).shows(
        {"fd.sip": "9.9.9.9", "fd.sport": 99, "fd.name": f"{ME}:1->9.9.9.9:99", "evt.arg.tuple": f"{ME}:1->{PEER}:80"}),
    Event("SOCKET_CONNECT_E", fd=4, addr=socket_address("9.9.9.9", 99)).hidden(),
    connect(4, (ME, 1, PEER, 80), addr=socket_address(PEER, 81)).shows({"fd.sip": PEER, "fd.sport": 80}),
    Event("SOCKET_CONNECT_E", fd=5, addr=socket_address("/one")).hidden(),
    connect(5, unix_tuple(1, 2, "/two"), addr=socket_address("/two")).shows({"fd.name": "1->2 /one"}))
scenario("a unix address on an IPv4 socket", machine(), socket(3, INET, DATAGRAM),
         message("sendto", 3, unix_tuple(1, 2, "/x")).sees(fd__type="unix", fd__name="1->2 /x"))
scenario(
    "listed connections of ports that are listened on",
    machine(
        Process(
            100, fds=[(3, listener("::", 80)), (4, connection("::ffff:" + ME, 80, "::ffff:" + PEER, 999)),
                      (5, connection(ME, 80, PEER, 999)), (6, connection(ME, 81, PEER, 999))])),
    Event("fstat", fd=4).sees(fd__name=f"{PEER}:999->{ME}:80", fd__type="ipv4", fd__sip=ME),
    Event("fstat", fd=5).sees(fd__sport=80, fd__is_server=True),
    Event("fstat", fd=6).sees(fd__sport=999))
scenario("dup of a socket onto itself", machine(), socket(3),
         Event("dup2", res=3, oldfd=3, newfd=3).sees(fd__num=3, fd__type="ipv4"))
scenario("a pair that is none", machine(), Event("socketpair", fd1=-1, fd2=-1, domain=UNIX).shows({"fd.type": None}))
