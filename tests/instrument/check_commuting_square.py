#!/usr/bin/env python3
"""The commuting square over generated templates: what deployment makes of an instrumented template is what instrumenting
makes of the deployed one, for every value of the conditions. And: a second run changes nothing, remove gives the file back
byte for byte, only insertions, and `check` finds nothing that it did not find before.

usage: check_commuting_square.py TRANSFORM_SERVER [STYLE/SEED]      prints TAP

TERCEL_GENERATED_TEMPLATES is how many in each style; with STYLE/SEED, that one is shown.
"""

import difflib
import itertools
import json
import os
import random
import re
import subprocess
import sys

try:
    import yaml  # noqa: F401
except ImportError:
    print("1..0 # SKIP python3-yaml is not there")
    sys.exit(0)
from cloudformation_oracle import LENIENT, MORE_STYLES, read, resolve, write
from effective import effective
from generated_templates import CAREFUL, IMAGES, PARAMETERS, Generator, conditions_of
from support import Tap, is_subsequence

PTRACE, SECRET, SECRET_EXPRESSION, VOLUMES_FROM, EMBEDDED = 1, 2, 4, 8, 16


class Server:
    def __init__(self, path):
        self.process = subprocess.Popen([path, json.dumps(IMAGES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, action, options, text):
        """(whether it was done, the result or the report)"""
        content = text if isinstance(text, bytes) else text.encode()
        self.process.stdin.write(b"%s%c%08x" % (action.encode(), ord("@") + options, len(content)) + content)
        self.process.stdin.flush()
        head = self.process.stdout.read(9)
        if len(head) < 9:
            raise RuntimeError("the server is gone")
        return head[:1] == b"1", self.process.stdout.read(int(head[1:], 16))


def tasks_of(template):
    found = {}
    for name, resource in template["Resources"].items():
        for key, inner in resource[2].items() if name.startswith("Fn::ForEach") else [(name, resource)]:
            if inner["Type"] == "AWS::ECS::TaskDefinition":
                found[key] = comparable(inner["Properties"])
    return found


def comparable(task):
    """Where no container is wrapped after all, the init container may be there; which of the workload's logs it writes to
    may be that of a container that is not deployed."""
    task = effective(task)
    if not any("/tercel/tercel-agent" in (container.get("EntryPoint") or []) for container in task["ContainerDefinitions"]):
        task["ContainerDefinitions"] = [container for container in task["ContainerDefinitions"] if container.get("Name") != "tercel-init"]
        task["Volumes"] = [volume for volume in task.get("Volumes") or [] if volume != {"Name": "tercel"}]
    if not task.get("Volumes"):
        task.pop("Volumes", None)
    for container in task["ContainerDefinitions"]:
        if container.get("Name") == "tercel-init":
            container.pop("LogConfiguration", None)
    return task


def findings(report):
    """Errors of `check`, without their places."""
    return {re.sub(r"^template:\d+:\d+: ", "", line) for line in report.decode().splitlines() if ": error: " in line}


def difference(left, right):
    lines = [repr(side)[2:-1].split("\\n") for side in (left, right)]
    return "\n".join(difflib.unified_diff(*lines, lineterm="", n=3))


class Square:
    def __init__(self, path):
        self.server = Server(path)

    def check(self, seed, style):
        """(what is wrong, or None; why it was refused, or None)"""
        source = random.Random(f"{style}/{seed}")
        template = Generator(source).template()
        options = source.choice([PTRACE | SECRET, PTRACE | SECRET, SECRET, PTRACE, SECRET_EXPRESSION, SECRET | VOLUMES_FROM | PTRACE, SECRET | EMBEDDED])
        text = write(template, style, seed)
        before = read(text)
        done, output = self.server.ask("i", options, text)
        used = sorted(conditions_of(before))
        refused_deployed, seen = 0, {}
        for values in itertools.product([False, True], repeat=len(used)):
            assigned = dict(zip(used, values))
            deployed = json.dumps({**resolve(before, assigned, PARAMETERS, LENIENT), **{name: before[name] for name in ("Parameters", "Mappings")}})
            if deployed in seen:
                plain_done, plain = seen[deployed]
            else:
                plain_done, plain = seen[deployed] = self.server.ask("i", options, deployed)
            refused_deployed += not plain_done
            if not done:
                continue
            if not plain_done:
                return f"the deployed template is refused: {plain.decode()}\n{assigned}", None
            left = tasks_of(resolve(read(output), assigned, PARAMETERS, LENIENT))
            right = tasks_of(resolve(json.loads(plain), assigned, PARAMETERS, LENIENT))
            if left != right:
                return f"it does not commute: {assigned}\n" + difference(*(json.dumps(side, indent=1).encode() for side in (left, right))), None
        if not done:
            reason = output.decode()
            errors = [line for line in reason.splitlines() if ": error: " in line]
            if not refused_deployed and not all(any(careful in line for careful in CAREFUL) for line in errors):
                return f"refused, though no value of the conditions is: {reason}", None
            return None, errors[0] if errors else f"no reason: {reason}"
        return self.check_text(text.encode(), output, options), None

    def check_text(self, text, output, options):
        if self.server.ask("i", options, output)[1] != output:
            return "a second run changes something\n" + output.decode()
        done, removed = self.server.ask("r", options, output)
        if not done or removed != text:
            return "remove does not give the file back\n" + difference(text, removed)
        new = findings(self.server.ask("c", 0, output)[1]) - findings(self.server.ask("c", 0, text)[1])
        if new:
            return f"check finds what was not there before: {new}\n{output.decode()}"
        nothing = re.compile(rb"null|~|\[ *\]|\{ *\}|NoValue|: *[\r\n]")
        if not nothing.search(text) and not is_subsequence(text, output):
            return "not only insertions\n" + output.decode()
        return None


def main():
    square, tap = Square(sys.argv[1]), Tap()
    if len(sys.argv) > 2:
        style, seed = sys.argv[2].rsplit("/", 1)
        print(write(Generator(random.Random(f"{style}/{seed}")).template(), style, int(seed)))
        print(*square.check(int(seed), style), sep="\n")
        return
    count = int(os.environ.get("TERCEL_GENERATED_TEMPLATES", "100"))
    begin = int(os.environ.get("TERCEL_GENERATED_BEGIN", "0"))
    for style in MORE_STYLES:
        problem, problems, refused = None, 0, 0
        for seed in range(begin, begin + count):
            found, reason = square.check(seed, style)
            refused += reason is not None
            problems += found is not None
            problem = problem or (found and f"{style}/{seed}: {found}")
        tap.check(f"{style}: {count} generated templates commute with deployment ({refused} refused)",
                  problem is None and refused < count / 2, f"{problems} of {count}\n{problem}")
    tap.finish()


if __name__ == "__main__":
    main()
