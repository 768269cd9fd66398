#!/usr/bin/env python3
"""Orchestrator, agents and workloads together: bundles reach agents and are refused for a reason, alerts arrive."""
import contextlib
import fcntl
import hashlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

from chain import DEADLINE_S, main, read_bytes, wait_until

RULES = """
- rule: Marked link
  desc: a symbolic link with a mark in its target
  condition: evt.type in (symlink, symlinkat) and evt.arg.target startswith "marked-"
  output: "link bundle=%s target=%%evt.arg.target process=%%proc.name"
  priority: WARNING
"""

# Makes links marked-0, marked-1 ... until its standard input ends or there are as many as its argument says; prints how many.
# Without a limit at most a thousand a second: more than that for minutes fills the ring of a machine with other work.
LINKER = """
import os, select, sys
limit = int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
count = 0
while count < limit and not (limit == 10**9 and select.select([0], [], [], 0.001)[0]):
    path = os.path.join(sys.argv[1], "link")
    os.symlink("marked-%d" % count, path)
    os.unlink(path)
    count += 1
print(count)
"""


def linker(chain, count=None):
    return [sys.executable, "-c", LINKER, chain.folder] + ([str(count)] if count is not None else [])


def fields(alerts, name):
    return [alert["output_fields"][name] for alert in alerts]


def alerts_arrive(chain):
    chain.start_orchestrator()
    chain.publish(chain.build("one", RULES % "one"))
    result = chain.run_agent(linker(chain, 3))
    assert (result.returncode, result.stdout) == (0, "3\n"), result
    # The agent ended at once after its last alert: it was delivered all the same.
    alerts = chain.stored()
    assert fields(alerts, "evt.arg.target") == ["marked-0", "marked-1", "marked-2"], alerts
    assert alerts == wait_until(lambda: len(chain.printed()) == 3 and chain.printed(), "alerts on standard output")
    assert fields(alerts, "tercel.sequence") == [1, 2, 3]
    assert alerts[0]["rule"] == "Marked link" and alerts[0]["priority"] == "Warning"
    assert alerts[0]["output"].endswith("link bundle=one target=marked-0 process=python3"), alerts[0]["output"]
    agent = chain.agent_status("agent")
    assert agent["has_ended"] and agent["alerts_stored"] == 3 and agent["last_sequence"] == 3, agent
    assert agent["running"]["name"] == "one" and agent["counters"]["stops_enter"] >= 3, agent


def second_bundle_takes_over_within_two_seconds(chain):
    chain.start_orchestrator()
    chain.publish(chain.build("rules", RULES % "one", "--bundle-version", "1"))
    second = chain.build("rules", RULES % "two", "--bundle-version", "2")
    agent = chain.start_agent(linker(chain), stdin=subprocess.PIPE)
    wait_until(lambda: len(chain.printed()) > 100, "alerts of the first bundle")
    published = time.monotonic()
    chain.publish(second)
    wait_until(lambda: any("bundle=two" in alert["output"] for alert in chain.printed()[-50:]), "alerts of the second bundle")
    took = time.monotonic() - published
    out, _ = agent.communicate(b"x", timeout=DEADLINE_S)
    count = int(out)
    alerts = chain.stored()
    # On a machine with nothing else to do; a crowded one proves nothing about the time.
    limit_s = 2 if os.getloadavg()[0] <= 2 * os.cpu_count() else DEADLINE_S
    assert took <= limit_s, f"{took} s"
    # Every link gave one alert, in order: none was lost or doubled when the rules changed.
    assert fields(alerts, "evt.arg.target") == ["marked-%d" % i for i in range(count)], (count, len(alerts))
    bundles = ["bundle=two" in alert["output"] for alert in alerts]
    assert bundles == sorted(bundles) and bundles[-1] and not bundles[0]
    assert chain.agent_status("agent")["running"]["version"] == 2
    assert chain.status()["counters"]["requests_malformed"] == 0


def refused_publications_say_why(chain):
    chain.start_orchestrator()
    good = chain.build("rules", RULES % "one", "--bundle-version", "5")
    chain.publish(good)
    with open(good, "rb") as file:
        damaged = bytearray(file.read())
    damaged[len(damaged) // 2] ^= 1
    with open(chain.path("tampered.tcb"), "wb") as file:
        file.write(damaged)
    with open(chain.path("truncated.tcb"), "wb") as file:
        file.write(damaged[:-10])
    chain.keygen("other")
    expired = chain.run("env", "SOURCE_DATE_EPOCH=1000000000", chain.tercelc, "build", "--key", chain.path("key.key"),
                        "--expires", "1d", "--bundle-version", "9", "-o", chain.path("expired.tcb"), chain.path("rules.yaml"))
    assert expired.returncode == 0
    for bundle, code in ((chain.path("tampered.tcb"), "wrong_program"), (chain.path("truncated.tcb"), "truncated"),
                         (chain.build("unsigned", RULES % "x", key=None), "unsigned"),
                         (chain.build("foreign", RULES % "x", key="other"), "unknown_key"),
                         (chain.path("expired.tcb"), "expired"),
                         (chain.build("rules", RULES % "old", "--bundle-version", "4"), "older")):
        result = chain.publish(bundle, check=False)
        assert result.returncode == 1 and f"({code})" in result.stderr, (code, result)
        refusal = chain.status()["last_refusal"]
        assert refusal["code"] == code and refusal["message"], refusal
    bundles = chain.status()["bundles"]
    assert [bundle["bundle"]["version"] for bundle in bundles] == [5], bundles


def agent_refuses_what_it_does_not_trust(chain):
    chain.keygen("other")
    chain.start_orchestrator(trust=("key", "other"))
    chain.publish(chain.build("rules", RULES % "good", "--bundle-version", "1"))
    agent = chain.start_agent(linker(chain), stdin=subprocess.PIPE)
    wait_until(lambda: len(chain.printed()) > 10, "alerts of the good bundle")
    chain.publish(chain.build("rules", RULES % "bad", "--bundle-version", "2", key="other"))
    refusal = wait_until(lambda: chain.agent_status("agent")["last_refusal"], "the agent's refusal in status")
    assert refusal["code"] == "unknown_key", refusal
    seen = len(chain.printed())
    wait_until(lambda: len(chain.printed()) > seen + 50, "alerts after the refusal")
    out, _ = agent.communicate(b"x", timeout=DEADLINE_S)
    assert all("bundle=good" in alert["output"] for alert in chain.stored())
    assert len(chain.stored()) == int(out)
    status = chain.agent_status("agent")
    assert status["running"]["version"] == 1 and status["counters"]["bundles_refused"] == 1, status


def start_policies_without_an_orchestrator(chain):
    hello = ["echo", "hello"]
    begin = time.monotonic()
    result = chain.run_agent(hello, "--without-bundle=start")
    assert (result.returncode, result.stdout) == (0, "hello\n"), result
    assert "without rules" in result.stderr
    result = chain.run_agent(hello, "--without-bundle=wait=1")
    assert (result.returncode, result.stdout) == (0, "hello\n"), result
    waited = time.monotonic() - begin
    assert waited >= 1, waited
    result = chain.run_agent(hello, "--without-bundle=refuse")
    assert (result.returncode, result.stdout) == (1, ""), result
    # A bundle that was baked in needs nobody.
    bundle = chain.build("rules", RULES % "baked")
    result = chain.run_agent(linker(chain, 2), "--bundle", bundle, "--alerts", chain.path("baked.jsonl"), orchestrator=False)
    assert result.returncode == 0, result
    with open(chain.path("baked.jsonl")) as file:
        assert fields([json.loads(line) for line in file], "evt.arg.target") == ["marked-0", "marked-1"]
    # An unsigned one is not run, nor one that was changed.
    result = chain.run_agent(hello, "--bundle", chain.build("plain", RULES % "x", key=None), orchestrator=False)
    assert result.returncode == 1 and "no signature" in result.stderr, result


def waiting_ends_with_the_first_bundle(chain):
    chain.start_orchestrator()
    agent = chain.start_agent(linker(chain, 1), "--without-bundle=wait=50")
    wait_until(lambda: chain.agent_status("agent"), "the agent registers")
    assert agent.poll() is None
    chain.publish(chain.build("one", RULES % "one"))
    out, _ = agent.communicate(timeout=20)
    assert out == b"1\n"
    assert len(chain.stored()) == 1


def hostile_peers_harm_nobody(chain):
    with open(chain.path("token"), "w") as file:
        file.write("secret\n")
    with_token = ("--token-file", chain.path("token"))
    chain.start_orchestrator(*with_token)
    chain.publish(chain.build("one", RULES % "one"), *with_token)
    agent = chain.start_agent(linker(chain), *with_token, stdin=subprocess.PIPE)
    wait_until(lambda: len(chain.printed()) > 10, "alerts before the attack")
    header = bytes([0, ord("S"), ord("P"), 0, 0, 0x30, 0, 0])  # a REQ peer of SP over TCP

    def connect(data):
        peer = socket.create_connection(("127.0.0.1", chain.port))
        peer.sendall(data)
        return peer

    request_id = struct.pack(">I", 0x80000001)
    peers = [connect(b"GET / HTTP/1.0\r\n\r\n"), connect(b""), connect(os.urandom(1000)),
             connect(header),  # says nothing after the handshake
             connect(header + struct.pack(">Q", 1 << 40)),  # an oversized message
             connect(header + struct.pack(">Q", 100) + b"short"),  # one that never ends
             connect(header + struct.pack(">Q", 40) + request_id + os.urandom(36)),  # garbage in a message
             connect(header + struct.pack(">Q", 4) + request_id)]  # an empty message: no token
    wrong = chain.path("wrong")
    with open(wrong, "w") as file:
        file.write("guess")
    for options in ((), ("--token-file", wrong)):
        result = chain.ask("status", *options, check=False)
        assert result.returncode == 1 and "token" in result.stderr, result

    def is_counted():
        counters = chain.status(*with_token)["counters"]
        return (counters["connections_rejected"] >= 2 and counters["requests_malformed"] >= 1 and
                counters["requests_unauthorized"] >= 2)

    wait_until(is_counted, "refusals are counted")
    seen = len(chain.printed())
    wait_until(lambda: len(chain.printed()) > seen + 50, "alerts during the attack")
    for peer in peers:
        peer.close()
    out, _ = agent.communicate(b"x", timeout=DEADLINE_S)
    stored = chain.ask("alerts", "--format", "json", *with_token).stdout.splitlines()
    assert len(stored) == int(out), (len(stored), out)


def a_slow_reader_of_alerts_stops_nobody(chain):
    chain.start_orchestrator(stdout=subprocess.PIPE)
    chain.publish(chain.build("one", RULES % ("one" + "x" * 500)))
    result = chain.run_agent(linker(chain, 1000))
    assert result.returncode == 0, result
    assert len(chain.stored()) == 1000  # though the pipe is full and nobody has read from it
    lines = [chain.orchestrator.stdout.readline() for _ in range(1000)]
    assert fields([json.loads(line) for line in lines], "evt.arg.target") == ["marked-%d" % i for i in range(1000)]


def a_lost_disk_loses_no_alert_that_was_not_passed_on(chain):
    """With --ack=sink an agent keeps its alerts until they are out, though they are on the orchestrator's disk."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, b" " * 4096):
            pass
    os.set_blocking(writer, True)
    chain.start_orchestrator("--ack", "sink", stdout=writer)
    chain.publish(chain.build("one", RULES % "one"))
    agent = chain.start_agent([sys.executable, "-c", LINKER + "sys.stdout.flush()\nsys.stdin.read()", chain.folder, "3"], stdin=subprocess.PIPE)
    assert agent.stdout.readline() == b"3\n"
    wait_until(lambda: len(chain.stored()) == 3, "alerts on the orchestrator's disk")
    chain.kill_orchestrator()
    shutil.rmtree(chain.path("state"))
    os.close(reader)
    os.close(writer)
    chain.start_orchestrator("--ack", "sink")
    alerts = wait_until(lambda: len(chain.printed()) == 3 and chain.printed(), "the same alerts from the next orchestrator")
    assert fields(alerts, "evt.arg.target") == ["marked-0", "marked-1", "marked-2"], alerts
    agent.stdin.close()
    assert agent.wait(timeout=DEADLINE_S) == 0
    assert len(chain.printed()) == 3  # they were acknowledged: the last heartbeat came behind them


def a_killed_attempt_is_an_unconfirmed_alert(chain):
    """The rule needs the result of an open that blocks for ever; the process is killed in it."""
    os.mkfifo(chain.path("blocking"))
    rules = """
- rule: Opened
  desc: needs the result
  condition: evt.type in (open, openat) and fd.name endswith /blocking and fd.num >= 0
  output: "opened file=%fd.name"
  priority: NOTICE
"""
    alerts = chain.path("alerts")
    agent = chain.start_agent([sys.executable, "-c", "import os, sys\nprint(os.getpid(), flush=True)\nopen(sys.argv[1])",
                               chain.path("blocking")],
                              "--bundle", chain.build("opened", rules), "--alerts", alerts, orchestrator=False)
    pid = int(agent.stdout.readline())
    wait_until(lambda: b"partner" in read_bytes(f"/proc/{pid}/wchan") or b"fifo" in read_bytes(f"/proc/{pid}/stack"),
               "the process waits in its open for somebody at the other end")
    os.kill(pid, signal.SIGKILL)
    assert agent.wait(timeout=20) == 128 + signal.SIGKILL
    with open(alerts) as file:
        found = [json.loads(line) for line in file]
    assert [alert["output_fields"]["tercel.unconfirmed"] for alert in found] == [True], found
    assert found[0]["output_fields"]["fd.name"] == chain.path("blocking"), found


def a_bundle_that_expires_runs_on_and_says_so(chain):
    chain.start_orchestrator()
    bundle = chain.build("one", RULES % "one", "--expires", "3s", "--bundle-version", "7")
    agent = chain.start_agent(linker(chain), "--bundle", bundle, stdin=subprocess.PIPE)
    idle = chain.start_agent(["cat"], "--bundle", bundle, agent_id="idle", stdin=subprocess.PIPE)
    running = wait_until(lambda: (chain.agent_status("idle") or {}).get("running"), "the agent says what it runs")
    assert running["digest"] == hashlib.sha256(read_bytes(bundle)).hexdigest(), running

    def told(agent_id):
        return [alert for alert in chain.stored() if alert["rule"] == "Tercel bundle expired"
                and alert["output_fields"]["tercel.agent"] == agent_id]

    for agent_id in ("agent", "idle"):
        alerts = wait_until(lambda: told(agent_id), "an alert about the end of " + agent_id + "'s bundle")
        assert len(alerts) == 1 and "bundle=one channel=stable version=7" in alerts[0]["output"], alerts
    before = chain.agent_status("agent")["alerts_stored"]
    wait_until(lambda: chain.agent_status("agent")["alerts_stored"] > before + 10, "its rules still raise alerts")
    assert len(told("agent")) == 1
    for process in (agent, idle):
        process.communicate(timeout=DEADLINE_S)


def alerts_to_a_descriptor_that_does_not_block(chain):
    """Somebody else made the pipe non-blocking, and its reader is slow: nothing is lost."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    agent = chain.start_agent(["sh", "-c", 'exec "$0" "$@" >&2', *linker(chain, 1500)], "--bundle", chain.build("one", RULES % ("one" + "x" * 500)), "--alerts",
                              "-", stdout=write_end, orchestrator=False)
    os.close(write_end)
    wait_until(lambda: select.select([read_end], [], [], 0)[0] and
               struct.unpack("i", fcntl.ioctl(read_end, termios.FIONREAD, b"    "))[0] > 40000, "the pipe is full")
    with os.fdopen(read_end, "rb") as lines:
        alerts = [json.loads(line) for line in lines if line.startswith(b"{")]
    assert agent.wait(timeout=DEADLINE_S) == 0
    assert fields(alerts, "evt.arg.target") == ["marked-%d" % i for i in range(1500)]


def a_full_disk_is_waited_out(chain):
    """What cannot be stored is not acknowledged; the orchestrator says so, and goes on when there is room again."""
    chain.start_orchestrator()
    chain.publish(chain.build("one", RULES % ("one" + "x" * 1000)))
    chain.run_agent(linker(chain, 3))
    pid = chain.orchestrator.pid
    # A limit on the size of files acts as a full disk does.
    largest = max(os.path.getsize(chain.path("state/" + name)) for name in os.listdir(chain.path("state")))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 100000, resource.RLIM_INFINITY))
    agent = chain.start_agent(linker(chain), agent_id="second", stdin=subprocess.PIPE)
    problem = wait_until(lambda: chain.status()["database_problem"], "the status tells of the full disk")
    assert problem["message"], problem
    assert "nothing can be stored since" in chain.ask("status").stdout
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: (chain.agent_status("second") or {}).get("alerts_stored", 0) > 10, "alerts are stored again")
    made = int(agent.communicate(timeout=DEADLINE_S)[0])
    assert made > 10
    wait_until(lambda: (chain.agent_status("second") or {}).get("alerts_stored") == made, "all alerts of the second agent")
    assert chain.status()["database_problem"] is None
    wait_until(lambda: len(chain.printed()) >= made + 3, "and all are printed")
    assert chain.orchestrator.pid == pid and chain.orchestrator.poll() is None


def old_alerts_go(chain):
    chain.start_orchestrator("--keep-alerts", "100")
    chain.publish(chain.build("one", RULES % "one"))
    chain.run_agent(linker(chain, 1000))
    wait_until(lambda: chain.status()["alerts_stored"] == 100, "the oldest alerts are removed")
    status = chain.agent_status("agent")
    assert status["alerts_stored"] == 1000, status
    assert fields(chain.printed(), "evt.arg.target") == ["marked-%d" % i for i in range(1000)]
    assert fields(chain.stored(), "evt.arg.target") == ["marked-%d" % i for i in range(900, 1000)]
    for wrong in ("", "0", "-1", "many", "5 d"):
        result = chain.run(chain.orchestrator_program, "serve", "--state", chain.path("other"), "--trust",
                           chain.path("key.pub"), "--listen", "tcp://127.0.0.1:1", "--keep-alerts", wrong, check=False)
        assert result.returncode == 2 and "--keep-alerts takes" in result.stderr, result


if __name__ == "__main__":
    sys.exit(main([alerts_arrive, second_bundle_takes_over_within_two_seconds, refused_publications_say_why,
                   agent_refuses_what_it_does_not_trust, start_policies_without_an_orchestrator,
                   waiting_ends_with_the_first_bundle, hostile_peers_harm_nobody, a_slow_reader_of_alerts_stops_nobody,
                   a_lost_disk_loses_no_alert_that_was_not_passed_on, a_killed_attempt_is_an_unconfirmed_alert,
                   a_bundle_that_expires_runs_on_and_says_so, alerts_to_a_descriptor_that_does_not_block,
                   a_full_disk_is_waited_out, old_alerts_go]))
