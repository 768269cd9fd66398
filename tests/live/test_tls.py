#!/usr/bin/env python3
"""Agents and operators behind TLS that a load balancer ends: they speak only to the name that the certificate is for."""
import os
import shutil
import socket
import ssl
import subprocess
import sys

from chain import Proxy, main, read_bytes, wait_until

RULES = """
- rule: Marked link
  desc: a symbolic link with a mark in its target
  condition: evt.type in (symlink, symlinkat) and evt.arg.target startswith "marked-"
  output: "link target=%evt.arg.target"
  priority: WARNING
"""


class Terminator(Proxy):
    """Ends TLS with this certificate and key, and passes on what was in it. Counts handshakes that succeeded and failed."""

    def __init__(self, to_port, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate + ".pem", certificate + ".key")
        self.handshakes = self.failures = 0
        super().__init__(to_port)

    def serve(self, near):
        try:
            near = self.context.wrap_socket(near, server_side=True)
        except OSError:
            self.failures += 1
            return
        self.handshakes += 1
        super().serve(near)


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_authority(chain, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-keyout", chain.path(name + ".key"), "-out", chain.path(name + ".pem"))


def make_certificate(chain, name, host, authority):
    with open(chain.path("extensions"), "w") as file:
        file.write(f"subjectAltName=DNS:{host}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={host}", "-keyout",
            chain.path(name + ".key"), "-out", chain.path(name + ".csr"))
    openssl("x509", "-req", "-in", chain.path(name + ".csr"), "-CA", chain.path(authority + ".pem"), "-CAkey",
            chain.path(authority + ".key"), "-CAcreateserial", "-days", "1", "-extfile", chain.path("extensions"), "-out",
            chain.path(name + ".pem"))
    return chain.path(name)


def start(chain):
    """An orchestrator with a bundle; a certificate for "localhost" that "authority" has signed."""
    make_authority(chain, "authority")
    chain.start_orchestrator()
    chain.publish(chain.build("rules", RULES))
    return make_certificate(chain, "server", "localhost", "authority")


def link(chain):
    path = chain.path("link")
    if os.path.islink(path):
        os.unlink(path)
    return ["/bin/sh", "-c", 'ln -s marked-one "$0"; env', path]


def alerts_arrive_through_tls(chain):
    terminator = Terminator(chain.port, start(chain))
    try:
        url = f"tls+tcp://localhost:{terminator.port}"
        certificates = read_bytes(chain.path("authority.pem")).decode()
        result = chain.run(*chain.agent_command(link(chain), "--ca-env", "TERCEL_CA", url=url),
                           env={**os.environ, "TERCEL_CA": certificates, "OTHER": "1"}, stdin=subprocess.DEVNULL)
        assert "OTHER=1" in result.stdout and "TERCEL_CA=" not in result.stdout, result
        result = chain.run_agent(link(chain), "--ca-file", chain.path("authority.pem"), url=url, agent_id="by-file")
        assert (result.returncode, result.stderr) == (0, ""), result
        assert terminator.handshakes >= 2 and terminator.failures == 0, (terminator.handshakes, terminator.failures)
        wait_until(lambda: len(chain.printed()) == 2, "both alerts")
        # Operators come the same way.
        shown = chain.run(chain.orchestrator_program, "alerts", "--to", url, "--ca-file", chain.path("authority.pem"), "--format",
                          "json")
        assert len(shown.stdout.splitlines()) == 2, shown
    finally:
        terminator.close()


def nobody_is_spoken_to_without_the_right_certificate(chain):
    good = start(chain)
    make_authority(chain, "foreign")
    for name, certificate, authority in (
            ("another name", make_certificate(chain, "other-host", "other.example", "authority"), "authority"),
            ("an authority that is not trusted", good, "foreign"),
            ("a certificate of its own", make_certificate(chain, "self", "localhost", "foreign"), "authority")):
        terminator = Terminator(chain.port, certificate)
        try:
            result = chain.run_agent(link(chain), "--ca-file", chain.path(authority + ".pem"), "--without-bundle", "wait=2",
                                     url=f"tls+tcp://localhost:{terminator.port}")
            assert result.returncode == 0 and "without rules" in result.stderr, (name, result)
            assert terminator.failures > 0, name
        finally:
            terminator.close()
    assert not chain.printed() and not chain.status()["agents"], chain.status()


def mistakes_are_said_before_anything_starts(chain):
    make_authority(chain, "authority")
    with open(chain.path("empty"), "w") as file:
        file.write("no certificate\n")
    pem, url = chain.path("authority.pem"), "tls+tcp://localhost:1"
    for options, where, status, said in (
            ((), url, 2, "needs --ca-file or --ca-env"), (("--ca-file", pem), "tcp://localhost:1", 2, "for a URL that begins with"),
            (("--ca-file", pem, "--ca-env", "HOME"), url, 2, "which of them"), (("--ca-env", "NOT_SET"), url, 3, "not set"),
            (("--ca-file", chain.path("empty")), url, 3, "no certificate in it"), ((), "https://localhost", 2, "no URL of the form"),
            (("--ca-file", chain.path("missing")), url, 3, "missing")):
        result = chain.run_agent(["/bin/echo", "ran"], *options, url=where)
        assert (result.returncode, result.stdout) == (status, "") and said in result.stderr, (options, result)
    for options, status, said in ((("--to", url), 2, "needs --ca-file"), (("--to", "tcp://localhost:1", "--ca-file", pem), 2, "begins"),
                                  (("--to", url, "--ca-file", chain.path("missing")), 3, "missing"), (("--to", "x"), 2, "no URL")):
        result = chain.run(chain.orchestrator_program, "status", *options, check=False)
        assert result.returncode == status and said in result.stderr, (options, result)


def a_handshake_without_an_answer_blocks_nobody_for_ever(chain):
    """nng waits for the peer's part of the handshake for ever: the process that waits is replaced."""
    start(chain)
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        agent = chain.start_agent(["/bin/cat"], "--ca-file", chain.path("authority.pem"), "--without-bundle", "start",
                                  url=f"tls+tcp://localhost:{silent.getsockname()[1]}", stdin=subprocess.PIPE)
        first = wait_until(lambda: chain.uplink_pid(agent), "the uplink")
        wait_until(lambda: chain.uplink_pid(agent) not in (None, first), "another uplink", 120)
        agent.communicate(b"", timeout=30)
    finally:
        silent.close()


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl is not installed")
        sys.exit(0)
    sys.exit(main([alerts_arrive_through_tls, nobody_is_spoken_to_without_the_right_certificate,
                   mistakes_are_said_before_anything_starts, a_handshake_without_an_answer_blocks_nobody_for_ever]))
