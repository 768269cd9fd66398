#!/usr/bin/env python3
"""Agents whose way to the orchestrator is an HTTP proxy; whoever else connects to their relay is turned away."""
import base64
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys

from chain import Proxy, main, wait_until
from test_tls import RULES, Terminator, link, make_authority, make_certificate


class HttpProxy(Proxy):
    """Opens tunnels to every name, all of which are this machine; asks for `credentials`, if given."""

    def __init__(self, credentials=None):
        self.credentials = credentials
        self.targets, self.refused = [], 0
        super().__init__(0)

    def serve(self, near):
        request = b""
        while b"\r\n\r\n" not in request:
            got = near.recv(4096)
            if not got:
                return near.close()
            request += got
        host, port = re.match(rb"CONNECT ([^: ]+):(\d+) HTTP/1.1\r\nHost: \1:\2\r\n", request).groups()
        wanted = self.credentials and b"Proxy-Authorization: Basic " + base64.b64encode(self.credentials.encode()) + b"\r\n"
        if wanted and wanted not in request:
            self.refused += 1
            near.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return near.close()
        try:
            far = socket.create_connection(("127.0.0.1", int(port)))
        except ConnectionRefusedError:
            near.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return near.close()
        self.targets.append((host.decode(), int(port)))
        near.sendall(b"HTTP/1.1 200 Connection established\r\nVia: a test\r\n\r\n")
        self.join(near, far)


def start(chain):
    chain.start_orchestrator()
    chain.publish(chain.build("rules", RULES))


def alerts_arrive_through_a_proxy(chain):
    start(chain)
    proxy = HttpProxy()
    try:
        # A name that only the proxy knows.
        result = chain.run_agent(link(chain), "--proxy", f"http://127.0.0.1:{proxy.port}", url=f"tcp://only.proxy.example:{chain.port}")
        assert (result.returncode, result.stderr) == (0, ""), result
        wait_until(lambda: len(chain.printed()) == 1, "the alert")
        assert set(proxy.targets) == {("only.proxy.example", chain.port)}, proxy.targets
    finally:
        proxy.close()


def with_tls_the_proxy_reads_nothing(chain):
    start(chain)
    make_authority(chain, "authority")
    terminator = Terminator(chain.port, make_certificate(chain, "server", "only.proxy.example", "authority"))
    proxy = HttpProxy("user:pass word".replace(" ", "-"))
    try:
        url = f"tls+tcp://only.proxy.example:{terminator.port}"
        for credentials, status in (("user:wrong@", "without rules"), ("", "without rules"), ("user:pass-word@", "")):
            result = chain.run_agent(link(chain), "--proxy", f"http://{credentials}localhost:{proxy.port}/", "--ca-file",
                                     chain.path("authority.pem"), "--without-bundle", "wait=2" if status else "wait", url=url)
            assert result.returncode == 0 and (status in result.stderr if status else not result.stderr), (credentials, result)
        assert terminator.handshakes > 0 and terminator.failures == 0 and proxy.refused > 0
        wait_until(lambda: len(chain.printed()) == 1, "the alert of the last one")
    finally:
        proxy.close()
        terminator.close()


def listening_ports(pid):
    """Ports on which the process listens."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return [int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]


def the_relay_is_for_the_agent_only(chain):
    start(chain)
    proxy = HttpProxy()
    agent = None
    try:
        agent = chain.start_agent(["/bin/cat"], "--proxy", f"http://127.0.0.1:{proxy.port}", stdin=subprocess.PIPE)
        wait_until(lambda: chain.agent_status("agent"), "the agent is registered")
        port, = listening_ports(chain.uplink_pid(agent))
        before = len(proxy.targets)
        strangers = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for stranger in strangers:
            stranger.settimeout(20)
            try:
                stranger.sendall(b"hello")
                assert stranger.recv(1) == b""
            except ConnectionError:
                pass
            stranger.close()
        assert len(proxy.targets) == before, proxy.targets
        # And when the connection breaks, a new one is made.
        proxy.cut()
        wait_until(lambda: len(proxy.targets) > before, "another tunnel")
        agent.communicate(b"")
        assert agent.returncode == 0 and chain.agent_status("agent")["has_ended"]
    finally:
        proxy.close()


def wrong_urls_are_said(chain):
    for url in ("https://p:1", "http://p", "http://p:0", "http://p:65536", "http://:80", "http://@p:1", "p:80", "http://a b:1",
                "http://" + "x" * 300 + ":1"):
        result = chain.run_agent(["/bin/echo", "ran"], "--proxy", url)
        assert result.returncode == 2 and not result.stdout and "--proxy" in result.stderr, (url, result)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl is not installed")
        sys.exit(0)
    sys.exit(main([alerts_arrive_through_a_proxy, with_tls_the_proxy_reads_nothing, the_relay_is_for_the_agent_only,
                   wrong_urls_are_said]))
