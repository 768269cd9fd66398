"""What the tests of tercel-instrument share: TAP, running the program, and an oracle of what it is to do."""

import copy
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

AGENT = "registry.example/agent@sha256:" + "a" * 64
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"
W = ["/tercel/tercel-agent", "run", "--orchestrator", "tcp://o.example:4400", "--"]
BASE = ["--agent-image", AGENT, "--orchestrator", "tcp://o.example:4400"]


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, name, good, detail=""):
        self.count += 1
        if not good:
            self.failures += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good and detail:
            for line in str(detail).splitlines()[:40]:
                print("# " + line)
        sys.stdout.flush()

    def finish(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failures else 0)


class Program:
    def __init__(self, path):
        self.path = path
        self.directory = tempfile.TemporaryDirectory(prefix="tercel-instrument-")

    def file(self, name, content):
        path = os.path.join(self.directory.name, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, *arguments, stdin=b"", env=None):
        """(exit status, standard output, standard error as text)"""
        done = subprocess.run([self.path, *arguments], input=stdin, capture_output=True, timeout=120,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def start_moto():
    """AWS's services as moto plays them: (process, port on the loopback interface)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError("moto_server does not listen")


def moto_provider(port, services):
    """Terraform's provider of AWS, with moto for these services."""
    endpoints = "".join(f'    {name} = "http://127.0.0.1:{port}"\n' for name in services)
    return f"""
provider "aws" {{
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {{
{endpoints}  }}
}}
"""


def words(value):
    """A list of words, or None when it counts as unset."""
    return value if value else None


def expected_words(container, wrapper, entry_point, command):
    """Entry point and command after wrapping, by the table; None: refused. The image's are `entry_point`, `command`."""
    e, c = words(container.get("entryPoint")), words(container.get("command"))
    if e == [""]:
        return None if c is None else (wrapper, c)
    if e is not None:
        return wrapper + e, container.get("command")
    if not entry_point and c is None and not command:
        return None
    return wrapper + (entry_point or []), c if c is not None else (command or container.get("command"))


def expected_task(task, images, ptrace=False, secret=None):
    """The task definition after wrapping every container; `images`: name -> (entry point, command)."""
    task = copy.deepcopy(task)
    log = None
    wrapper = W[:-1] + (["--token-env", "TERCEL_TOKEN"] if secret else []) + W[-1:]
    for position, container in enumerate(task["containerDefinitions"]):
        result = expected_words(container, wrapper, *images[container["name"]])
        if result is None:
            return None
        container["entryPoint"], command = result
        if command is not None:
            container["command"] = command
        if position == 0 and (container.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            log = container["logConfiguration"]

        def first(name, item):
            container[name] = [item] + (container.get(name) or [])

        first("mountPoints", {"sourceVolume": "tercel", "containerPath": "/tercel", "readOnly": True})
        first("dependsOn", {"containerName": "tercel-init", "condition": "SUCCESS"})
        if secret:
            first("secrets", {"name": "TERCEL_TOKEN", "valueFrom": secret})
        if ptrace:
            parameters = container["linuxParameters"] = container.get("linuxParameters") or {}
            capabilities = parameters["capabilities"] = parameters.get("capabilities") or {}
            capabilities["add"] = capabilities.get("add") or []
            if "SYS_PTRACE" not in capabilities["add"]:
                capabilities["add"].insert(0, "SYS_PTRACE")
    task["volumes"] = [{"name": "tercel"}] + (task.get("volumes") or [])
    init = {"name": "tercel-init", "image": AGENT, "essential": False, "user": "0", "command": ["install", "/tercel"],
            "mountPoints": [{"sourceVolume": "tercel", "containerPath": "/tercel", "readOnly": False}],
            "readonlyRootFilesystem": True}
    if log:
        init["logConfiguration"] = log
    task["containerDefinitions"].append(init)
    return task


def without_labels(task):
    """Without our label, whose text the oracle does not make."""
    task = copy.deepcopy(task)
    for container in task["containerDefinitions"]:
        labels = container.get("dockerLabels")
        if labels and "tercel.instrumented" in labels:
            del labels["tercel.instrumented"]
            if not labels:
                del container["dockerLabels"]
    return task


def drop_empty_labels(task):
    task = copy.deepcopy(task)
    for container in task["containerDefinitions"]:
        if "dockerLabels" in container and not container["dockerLabels"]:
            del container["dockerLabels"]
    return task


def is_subsequence(short, long):
    at = 0
    for byte in short:
        at = long.find(byte, at)
        if at < 0:
            return False
        at += 1
    return True


def dumps(value):
    return json.dumps(value, indent=2)
