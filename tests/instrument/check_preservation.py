#!/usr/bin/env python3
"""tercel-instrument on files of many styles (group C): only insertions, remove gives the file back byte for byte, a second
run changes nothing, the difference that is shown is the difference, the meaning is what it has to be, and what passed
`check` passes it still (group G).

usage: check_preservation.py TERCEL_INSTRUMENT      prints TAP

Files are tests/instrument/templates/*: CloudFormation's, and task_*.json for task definitions. Containers called app, web and
worker have images that are known; what others run is not known, and they are left alone.
"""

import difflib
import glob
import itertools
import json
import os
import re
import sys

try:
    import yaml  # noqa: F401
except ImportError:
    print("1..0 # SKIP python3-yaml is not there")
    sys.exit(0)
from cloudformation_oracle import LENIENT, read, resolve
from effective import effective
from support import BASE, SECRET, W, Program, Tap, is_subsequence

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
IMAGES = {"app": (["/image-entry"], ["image-command"]), "web": (None, ["only-command"]), "worker": (["/only-entry", "x"], None)}


def patched(text, difference):
    """The text after a unified difference, of which every line is checked."""
    lines, out, at = text.split(b"\n"), [], 0
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    hunks = re.split(rb"(?m)^(?=@@ )", difference)[1:]
    for hunk in hunks:
        head, *body = hunk.split(b"\n")
        start = int(re.match(rb"@@ -(\d+)(?:,(\d+))? ", head).group(1))
        count = re.match(rb"@@ -(\d+)(?:,(\d+))? ", head).group(2)
        begin = start if count == b"0" else start - 1
        out += lines[at:begin]
        at = begin
        rows = [row + b"\n" for row in body[:-1]]
        for i, row in enumerate(rows):
            if row.startswith(b"\\"):
                continue
            line = row[1:]
            if i + 1 < len(rows) and rows[i + 1].startswith(b"\\"):
                line = line[:-1]
            if row[:1] in b" -":
                if lines[at] != line:
                    return None
                at += 1
            if row[:1] in b" +":
                out.append(line)
    return b"".join(out + lines[at:])


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)
        self.options = []
        for name, (entry_point, command) in IMAGES.items():
            file = self.program.file(f"image-{name}.json", json.dumps({"config": {"Entrypoint": entry_point, "Cmd": command}}))
            self.options += ["--image-config", f"{name}={file}"]
        self.options += ["--offline", "--unknown-image=skip", "--ptrace"]
        self.without_role = set()  # files that cannot have a secret

    def run(self, name, content, *options):
        command = "task-definition" if name.startswith("task_") else "cloudformation"
        secret = [] if name in self.without_role else ["--token-secret", SECRET]
        return self.program.run(command, *BASE, *self.options, *secret, *options, self.program.file(name, content))

    def bytes_of(self, name, source):
        status, output, errors = self.run(name, source, "--require", "1")
        if status == 1 and "executionRoleArn" in errors:
            self.without_role |= {name, "deployed.json"}
            status, output, errors = self.run(name, source, "--require", "1")
        else:
            self.without_role.discard("deployed.json")
        if status != 0:
            self.tap.check(f"{name}: is instrumented", False, errors)
            return None
        again = self.run(name, output)
        self.tap.check(f"{name}: a second run changes nothing", again[1] == output, again[2] + again[1].decode("utf-8", "replace"))
        removed = self.program.run("remove", self.program.file(name, output))
        self.tap.check(f"{name}: remove gives the file back", removed[1] == source, removed[2] + removed[1].decode("utf-8", "replace"))
        replaced = any(word in source for word in (b"null", b"[]", b"[ ]", b"NoValue", b"{}", b"~")) or name.startswith("empty")
        self.tap.check(f"{name}: only insertions", replaced or is_subsequence(source, output), output.decode("utf-8", "replace"))
        _, difference, _ = self.run(name, source, "--diff")
        self.tap.check(f"{name}: --diff", patched(source, difference) == output, difference.decode("utf-8", "replace"))
        self.lines(name, source, difference)
        if b"\r\n" in source:
            self.tap.check(f"{name}: one kind of newline", output.count(b"\n") == output.count(b"\r\n"))
        return output

    def lines(self, name, source, difference):
        """Every line that the difference takes away is in one that it adds, with words of ours."""
        if source.count(b"\n") < 3:
            return
        rows = difference.split(b"\n")[2:]
        taken = [row[1:].strip() for row in rows if row.startswith(b"-")]
        added = [row[1:] for row in rows if row.startswith(b"+")]
        lost = [row for row in taken if not row.endswith(b'"AWS::NoValue"') and not any(is_subsequence(row.replace(b"null", b"").replace(b"~", b"").replace(
            b"[]", b"").replace(b"[ ]", b"").replace(b"{}", b"").replace(b"!Ref AWS::NoValue", b"").replace(
            b'!Ref "AWS::NoValue"', b"").replace(b'{Ref: "AWS::NoValue"}', b"").replace(b"Ref: AWS::NoValue", b""), line) for line in added)]
        self.tap.check(f"{name}: no line of the file is lost", not lost, lost)

    def meaning_of_template(self, name, source, output):
        before, after = read(source.decode("utf-8-sig")), read(output.decode("utf-8-sig"))
        conditions = list(before.get("Conditions", {}))
        parameters = {key: value_of(value) for key, value in before.get("Parameters", {}).items()}
        problem = None
        for values in itertools.product([False, True], repeat=len(conditions)):
            assigned = dict(zip(conditions, values))
            deployed = resolve(before, assigned, parameters, LENIENT)
            deployed["Parameters"], plain_name = before.get("Parameters", {}), self.program.file("deployed.json", "")
            status, plain, errors = self.run("deployed.json", json.dumps(deployed, default=str).encode())
            if status != 0:
                problem = errors
                continue
            left = tasks_of(resolve(after, assigned, parameters, LENIENT))
            right = tasks_of(json.loads(plain))
            if left != right:
                problem = f"{assigned}\n" + difference_of(left, right)
        self.tap.check(f"{name}: deployed and instrumented, or instrumented and deployed: the same", problem is None, problem)
        strip = lambda tree: {key: value for key, value in tree["Resources"].items() if not is_task(value) and "ForEach" not in key}
        self.tap.check(f"{name}: other resources are untouched", strip(before) == strip(after))

    def meaning_of_task(self, name, source, output):
        before, after = json.loads(source), json.loads(output)
        wrapped = [c for c in after["containerDefinitions"] if "tercel.instrumented" in (c.get("dockerLabels") or {})]
        wrapper = W[:-1] + ([] if name in self.without_role else ["--token-env", "TERCEL_TOKEN"]) + W[-1:]
        self.tap.check(f"{name}: the wrapper comes first", all(c["entryPoint"][:len(wrapper)] == wrapper for c in wrapped) and wrapped)
        others = lambda task: {key: value for key, value in task.items() if key not in ("containerDefinitions", "volumes")}
        self.tap.check(f"{name}: the rest of the task is untouched", others(before) == others(after))

    def rules(self, name, source, output):
        passes = self.program.run("check", self.program.file(name, source))[0]
        status, found, errors = self.program.run("check", self.program.file(name, output))
        lines = [line for line in (found.decode() + errors).splitlines() if ": error: " in line]
        self.tap.check(f"{name}: passes check as before", passes != 0 or not lines, lines)

    def all(self):
        files = sorted(glob.glob(FOLDER + "/*"))
        for path in files:
            name = os.path.basename(path)
            with open(path, "rb") as file:
                source = file.read()
            output = self.bytes_of(name, source)
            if output is None:
                continue
            if name.startswith("task_"):
                self.meaning_of_task(name, source, output)
            else:
                self.meaning_of_template(name, source, output)
            self.rules(name, source, output)
        print(f"# groups C and G: {len(files)} files, {len(files) - len(self.without_role - {'deployed.json'})} of them with a secret, {self.tap.count} cases")


def difference_of(left, right):
    lines = [json.dumps(value, indent=1, default=str, sort_keys=True).splitlines() for value in (left, right)]
    return "\n".join(difflib.unified_diff(*lines, lineterm="", n=2))


def value_of(parameter):
    value = parameter.get("Default", "x")
    return value.split(",") if parameter.get("Type") == "CommaDelimitedList" else value


def is_task(resource):
    return isinstance(resource, dict) and resource.get("Type") == "AWS::ECS::TaskDefinition"


def tasks_of(template):
    found = {}
    for name, resource in template["Resources"].items():
        if name.startswith("Fn::ForEach"):
            for key, inner in resource[2].items():
                found[key] = effective(inner["Properties"]) if is_task(inner) else None
        elif is_task(resource):
            found[name] = effective(resource["Properties"])
    return found


def main():
    tests = Tests(sys.argv[1])
    tests.all()
    tests.tap.finish()


if __name__ == "__main__":
    main()
