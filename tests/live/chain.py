"""What tests of the live chain share: real orchestrators and agents on loopback, waiting with deadlines, TAP."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

DEADLINE_S = float(os.environ.get("TERCEL_TEST_DEADLINE_S", "60"))


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """The first true value of condition(), asked again and again until the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.005)  # between two looks; the condition decides, not the time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Chain:
    """A folder with keys, rules and bundles; an orchestrator; agents. Everything that was started is ended by close()."""

    def __init__(self, build):
        self.folder = tempfile.mkdtemp(prefix="tercel-live-")
        self.tercelc = os.path.join(build, "compiler/tercelc")
        self.agent_program = os.path.join(build, "agent/tercel-agent")
        self.orchestrator_program = os.path.join(build, "orchestrator/tercel-orchestrator")
        self.orchestrator = None
        self.port = free_port()
        self.alerts_path = self.path("alerts.jsonl")
        self.processes = []
        self.keygen("key")

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def url(self):
        return f"tcp://127.0.0.1:{self.port}"

    def run(self, *command, check=True, **options):
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S,
                                **options)
        if check and result.returncode != 0:
            raise AssertionError(f"{command}: exit {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    # ---- bundles

    def keygen(self, name):
        self.run(self.tercelc, "keygen", "-o", self.path(name))

    def build(self, name, rules, *options, key="key"):
        """Compiles the text of a rule file; signed by `key`, or not at all."""
        with open(self.path(name + ".yaml"), "w") as file:
            file.write(rules)
        bundle = self.path(name + ".tcb")
        signing = ["--key", self.path(key + ".key")] if key else []
        self.run(self.tercelc, "build", *signing, *options, "-o", bundle, self.path(name + ".yaml"))
        return bundle

    # ---- the orchestrator

    def start_orchestrator(self, *options, trust=("key",), stdout=None):
        """Alerts go to a file of the chain's, unless `stdout` says otherwise."""
        trusted = [word for name in trust for word in ("--trust", self.path(name + ".pub"))]
        out = open(self.alerts_path, "ab")
        self.orchestrator = subprocess.Popen(
            [self.orchestrator_program, "serve", "--state", self.path("state"), "--listen", self.url, *trusted, *options],
            stdout=stdout or out, stderr=open(self.path("orchestrator.log"), "ab"))
        out.close()
        self.processes.append(self.orchestrator)
        wait_until(self.answers, "the orchestrator answers")

    def answers(self):
        if self.orchestrator.poll() is not None:
            raise AssertionError("the orchestrator ended: " + open(self.path("orchestrator.log")).read())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill_orchestrator(self):
        self.orchestrator.send_signal(signal.SIGKILL)
        self.orchestrator.wait()

    def ask(self, *command, check=True):
        return self.run(self.orchestrator_program, command[0], "--to", self.url, *command[1:], check=check)

    def publish(self, bundle, *options, check=True):
        return self.ask("publish", *options, bundle, check=check)

    def status(self, *options):
        return json.loads(self.ask("status", "--format", "json", *options).stdout)

    def agent_status(self, agent_id):
        for agent in self.status()["agents"]:
            if agent["agent_id"] == agent_id:
                return agent
        return None

    def printed(self):
        """The complete lines that the orchestrator has written to standard output, as objects."""
        with open(self.alerts_path, "rb") as file:
            text = file.read()
        return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]

    def stored(self):
        return [json.loads(line) for line in self.ask("alerts", "--format", "json").stdout.splitlines()]

    # ---- agents

    def agent_command(self, command, *options, agent_id="agent", url=None, trust=("key",), orchestrator=True):
        trusted = [word for name in trust for word in ("--trust", self.path(name + ".pub"))]
        where = ["--orchestrator", url or self.url] if orchestrator else []
        return [self.agent_program, "run", *trusted, *where, "--agent-id", agent_id, "--container-id", "host", *options, "--",
                *command]

    def start_agent(self, command, *options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **settings):
        process = subprocess.Popen(self.agent_command(command, *options, **settings), stdin=stdin, stdout=stdout,
                                   stderr=open(self.path("agent.log"), "ab"))
        self.processes.append(process)
        return process

    def run_agent(self, command, *options, **settings):
        return self.run(*self.agent_command(command, *options, **settings), check=False, stdin=subprocess.DEVNULL)

    def uplink_pid(self, agent):
        """Of the uplink process of an agent that runs."""
        for child in children(agent.pid):
            if b"\0uplink\0" in read_bytes(f"/proc/{child}/cmdline"):
                return child
        return None

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)


def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def children(pid):
    return [int(word) for word in read_bytes(f"/proc/{pid}/task/{pid}/children").split()]


class Proxy:
    """Passes TCP through, and cuts all connections on request."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        self.accepted = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.to_port))
        except OSError:
            return near.close()
        self.accepted += 1
        self.join(near, far)

    def join(self, near, far):
        """Passes on what either end says, until both have ended."""
        self.sockets += [near, far]
        threading.Thread(target=self.copy, args=(near, far), daemon=True).start()
        self.copy(far, near)

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.sockets.clear()

    def close(self):
        self.listener.close()
        self.cut()


def main(tests):
    """Runs the functions, each with a chain of its own; TAP on standard output."""
    build = sys.argv[1]
    chosen = [test for test in tests if not sys.argv[2:] or test.__name__ in sys.argv[2:]]
    print(f"1..{len(chosen)}")
    failed = False
    for number, test in enumerate(chosen, 1):
        chain = Chain(build)
        try:
            test(chain)
            print(f"ok {number} - {test.__name__}")
        except Exception:
            failed = True
            print(f"not ok {number} - {test.__name__}")
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            for log in ("agent.log", "orchestrator.log"):
                for line in read_bytes(chain.path(log)).decode(errors="replace").splitlines()[-20:]:
                    print(f"# {log}: {line}")
        finally:
            chain.close()
        sys.stdout.flush()
    return 1 if failed else 0
