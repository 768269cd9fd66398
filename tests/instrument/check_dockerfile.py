#!/usr/bin/env python3
"""tercel-instrument dockerfile, and remove and check of Dockerfiles.

usage: check_dockerfile.py TERCEL_INSTRUMENT      prints TAP
"""

import json
import random
import re
import sys

from support import AGENT, Program, Tap

KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
W = ["/tercel/tercel-agent", "run", "--trust", KEY, "--orchestrator", "tcp://o:7000", "--"]
BASE = ["--agent-image", AGENT, "--orchestrator", "tcp://o:7000", "--trust", KEY, "--offline"]
BEGIN = "# tercel-instrument: begin; `tercel-instrument remove` takes this block out again"
E, C = ["/entry.sh", "-x"], ["serve"]
SH = ["/bin/sh", "-c"]
IMAGE = {"config": {"Entrypoint": E, "Cmd": C}}
ONLY_CMD = {"config": {"Entrypoint": None, "Cmd": C}}
BASH = {"config": {"Entrypoint": E, "Cmd": C, "Shell": ["/bin/bash", "-c"]}}
NOTHING = {"config": {}}

# Name, file, image configurations, entry point behind W, command (None: no line).
CASES = [
    ("both in the image", "FROM a\nRUN true\n", {"a": IMAGE}, E, C),
    ("only a command in the image", "FROM a\n", {"a": ONLY_CMD}, [], C),
    ("entry point of the file: the image's command is gone", 'FROM a\nENTRYPOINT ["/e"]\n', {}, ["/e"], None),
    ("both in the file", 'FROM a\nCMD ["c"]\nENTRYPOINT ["/e"]\n', {}, ["/e"], ["c"]),
    ("command of the file, entry point of the image", 'FROM a\nCMD ["c"]\n', {"a": IMAGE}, E, ["c"]),
    ("an empty entry point takes the image's away", 'FROM a\nENTRYPOINT []\nCMD ["c"]\n', {}, [], ["c"]),
    ("an empty command takes the image's away", "FROM a\nCMD []\n", {"a": IMAGE}, E, None),
    ("the last ones count", 'FROM a\nENTRYPOINT ["/1"]\nCMD ["1"]\nENTRYPOINT ["/2"]\nCMD ["2"]\n', {}, ["/2"], ["2"]),
    ("small letters", 'from a\nentrypoint ["/e"]\ncmd ["c"]\n', {}, ["/e"], ["c"]),
    ("shell form", "FROM a\nENTRYPOINT exec /e  --x $Y\n", {}, [*SH, "exec /e  --x $Y"], None),
    ("shell form of the command", 'FROM a\nENTRYPOINT ["/e"]\nCMD c d\n', {}, ["/e"], [*SH, "c d"]),
    ("SHELL", 'FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nENTRYPOINT /e\n', {}, ["/bin/bash", "-o", "pipefail", "-c", "/e"], None),
    ("a SHELL behind it does not count", 'FROM a\nSHELL ["/1"]\nENTRYPOINT /e\nSHELL ["/2"]\n', {}, ["/1", "/e"], None),
    ("SHELL of a stage below", 'FROM a AS b\nSHELL ["/1"]\nSHELL ["/2"]\nFROM b\nENTRYPOINT /e\n', {}, ["/2", "/e"], None),
    ("SHELL of the image", "FROM a\nENTRYPOINT /e\n", {"a": BASH}, ["/bin/bash", "-c", "/e"], None),
    ("SHELL of the image, for the command", "FROM a AS x\nFROM x\nCMD c d\n", {"a": BASH}, E, ["/bin/bash", "-c", "c d"]),
    ("SHELL of the file beats the image's", 'FROM a\nSHELL ["/1"]\nENTRYPOINT /e\n', {"a": BASH}, ["/1", "/e"], None),
    ("an image without a SHELL", "FROM a\nENTRYPOINT /e\n", {"a": IMAGE}, [*SH, "/e"], None),
    ("continued lines", 'FROM a\nENTRYPOINT ["/e", \\\n  # a comment\n\n  "x", \\   \n  "y"]\n', {}, ["/e", "x", "y"], None),
    ("a continued text for the shell", "FROM a\nENTRYPOINT /e \\\n    --x\\\n--y\n", {}, [*SH, "/e     --x--y"], None),
    ("an escaped escape continues nothing", "FROM a\nRUN echo a\\\\\nENTRYPOINT [\"/e\"]\n", {}, ["/e"], None),
    ("another escape", '# escape=`\nFROM a\nENTRYPOINT ["/e", `\n"x"]\nCMD c:\\\n', {}, ["/e", "x"], [*SH, "c:\\"]),
    ("directives", "# syntax=docker/dockerfile:1\n#Escape = `\n# check=skip=all\nFROM a\nENTRYPOINT [`\n\"/e\"]\n", {}, ["/e"], None),
    ("behind a comment it is no directive", '# a comment\n# escape=`\nFROM a\nENTRYPOINT ["/e", \\\n"x"]\n', {}, ["/e", "x"], None),
    ("heredocs", 'FROM a\nRUN <<EOF\nENTRYPOINT ["no"]\nEOF\nCOPY <<-"A" <<\'B\' /x/\n\tCMD no\n\tA\nFROM no\nB\nRUN 3<<E cat && true\nE \nE\nENTRYPOINT ["/e"]\n', {}, ["/e"], None),
    ("no heredocs", 'FROM a\nRUN cat <<<EOF "<<EOF" x<<EOF\nLABEL a="<<EOF" b=<<EOF\nENTRYPOINT ["/e"]\n', {}, ["/e"], None),
    ("ONBUILD is left", 'FROM a\nENTRYPOINT ["/e"]\nONBUILD ENTRYPOINT ["no"]\nONBUILD RUN <<EOF\nCMD no\nEOF\nONBUILD CMD no\n', {}, ["/e"], None),
    ("HEALTHCHECK CMD is no CMD", 'FROM a\nENTRYPOINT ["/e"]\nHEALTHCHECK CMD ["no"]\n', {}, ["/e"], None),
    ("only the last stage", 'FROM a AS build\nENTRYPOINT ["no"]\nCMD ["no"]\nFROM b\nCOPY --from=build /x /x\n', {"b": IMAGE}, E, C),
    ("built on an earlier stage", 'FROM a AS Base\nENTRYPOINT ["/e"]\nCMD ["c"]\nFROM other\nFROM base as last\n', {}, ["/e"], ["c"]),
    ("built on an earlier stage, with an entry point", 'FROM a AS base\nCMD ["c"]\nFROM base\nENTRYPOINT ["/e"]\n', {}, ["/e"], None),
    ("stage on stage on image", 'FROM a AS x\nFROM x AS y\nCMD ["c"]\nFROM y\nUSER 1000\n', {"a": IMAGE}, E, ["c"]),
    ("a stage by the name of the image", 'FROM a AS a\nENTRYPOINT ["/e"]\nFROM a\n', {}, ["/e"], None),
    ("scratch", 'FROM scratch\nCMD ["/c"]\n', {}, [], ["/c"]),
    ("ARG before FROM", "ARG V=1\nARG I=img:$V\nFROM ${I}-x\n", {"img:1-x": IMAGE}, E, C),
    ("ARG with quotes and more than one", "ARG A=\"p\" B='q'\nFROM $A/${B}\n", {"p/q": IMAGE}, E, C),
    ("ARG with defaults", "ARG A\nFROM ${A:-${B-i}}${C:+no}${A-}\n", {"i": IMAGE}, E, C),
    ("an ARG of a stage is none of FROM's", "ARG A=i\nFROM x\nARG A=no\nFROM $A\n", {"i": IMAGE}, E, C),
    ("platform", "FROM --platform=linux/arm64 a\n", {"a": IMAGE}, E, C),
    ("target platform", "FROM a-$TARGETARCH\n", {"a-amd64": IMAGE}, E, C),
    ("image configuration by the name of the stage", "FROM $UNKNOWN AS app\n", {"app": IMAGE}, E, C),
    ("letters that JSON escapes", 'FROM a\nENTRYPOINT ["/e", "a\\"b\\\\c", "\\u00e9\\ud83d\\ude00", "<&>"]\n', {}, ["/e", 'a"b\\c', "\u00e9\U0001f600", "<&>"], None),
    ("a list in single quotes is for the shell", "FROM a\nENTRYPOINT ['/e']\n", {}, [*SH, "['/e']"], None),
    ("a list of other things is for the shell", "FROM a\nENTRYPOINT [1]\n", {}, [*SH, "[1]"], None),
    ("no newline at the end", 'FROM a\nENTRYPOINT ["/e"]', {}, ["/e"], None),
    ("no newline at the end, CRLF", 'FROM a\r\nENTRYPOINT ["/e"]', {}, ["/e"], None),
    ("CRLF", 'FROM a\r\nRUN <<EOF\r\nx\r\nEOF\r\nENTRYPOINT ["/e", \\\r\n"x"]\r\n', {}, ["/e", "x"], None),
    ("byte order mark", '\ufeffFROM a\nENTRYPOINT ["/e"]\n', {}, ["/e"], None),
    ("comments and blank lines at the end", 'FROM a\nENTRYPOINT ["/e"]\n\n# the end\n\n\n', {}, ["/e"], None),
    ("a comment without a newline", 'FROM a\nENTRYPOINT ["/e"]\n# the end', {}, ["/e"], None),
    ("tabs and blanks", '  FROM\ta\n\tENTRYPOINT\t["/e"]  \n', {}, ["/e"], None),
    ("no blank before the list", 'FROM a\nENTRYPOINT ["/e","x"]\nCMD["no"]\n'.replace('CMD["no"]', "USER 1"), {}, ["/e", "x"], None),
]

# Name, file, place of the one error ("": none is said), message.
BAD = [
    ("empty", "", "1:1", "no FROM"),
    ("only comments", "# x\n", "2:1", "no FROM"),
    ("unknown instruction", "FROM a\n  FORM b\n", "2:3", 'no instruction "FORM"'),
    ("instruction before FROM", "RUN x\nFROM a\n", "1:1", "only ARG may stand before"),
    ("template", "FROM a\n{{ .Run }}\n", "2:1", "unrendered template"),
    ("heredoc without an end", "FROM a\nRUN <<EOF\nx\n EOF\n", "2:1", "<<EOF does not end"),
    ("FROM without an image", "FROM\n", "1:1", "FROM needs arguments"),
    ("FROM with words too many", "FROM a b\n", "1:1", "FROM takes an image"),
    ("FROM AS without a name", "FROM a AS\n", "1:1", "FROM takes an image"),
    ("FROM with flags only", "FROM --platform=x\n", "1:1", "FROM takes an image"),
    ("ENTRYPOINT alone", "FROM a\nENTRYPOINT\n", "2:1", "ENTRYPOINT needs arguments"),
    ("bad escape", "# escape=x\nFROM a\n", "1:1", "escape directive"),
    ("two escapes", "# escape=`\n# escape=`\nFROM a\n", "2:1", "second escape"),
    ("SHELL as a text", "FROM a\nSHELL /bin/sh -c\nENTRYPOINT x\n", "2:1", "SHELL takes a list"),
    ("continued at the end", "FROM a\nENTRYPOINT [\"/e\"]\nRUN x \\\n", "3:1", "is continued, but there is none"),
    ("continued at the end, with comments", "FROM a\nENTRYPOINT [\"/e\"]\nRUN x \\\n# y\n", "3:1", "is continued, but there is none"),
    ("NUL", "FROM a\nRUN \0\n", "2:5", "NUL"),
    ("no UTF-8", b"FROM a\nRUN \xff\n", "2:5", "not UTF-8"),
    ("nothing to run", "FROM scratch\n", "1:1", "nothing to run"),
    ("nothing to run, reset", 'FROM a\nENTRYPOINT []\n', "2:1", "nothing to run"),
    ("unknown image", "FROM somewhere\n", "1:1", "not known"),
    ("unknown argument", "FROM $X\n", "1:1", "--build-arg X=VALUE"),
    ("an argument that never ends", "FROM ${X\n", "1:1", "without an end"),
    ("an image's name that grows", "ARG A=aaaaaaaaaa\n" + "".join(f"ARG {chr(ord(x) + 1)}=${x}${x}${x}${x}\n" for x in "ABCDEFGH") + "FROM $I\n", "10:1", "not known"),
    ("vendor", 'FROM a\nENTRYPOINT ["/opt/draios/bin/instrument"]\n', "2:1", "already wrapped by Sysdig"),
    ("process 1", 'FROM a\nENTRYPOINT ["/init"]\n', "2:1", "only as process 1"),
    ("wrapped by hand", 'FROM a\nENTRYPOINT ["/tercel/tercel-agent", "run", "--", "x"]\n', "2:1", "not by a block of ours"),
    ("block without an end", f'FROM a\n{BEGIN}\nCMD ["x"]\n', "2:1", "does not end"),
    ("end without a block", 'FROM a\nCMD ["x"]\n# tercel-instrument: end\n', "3:1", "does not begin"),
    ("other things in the block", f'FROM a\n{BEGIN}\nRUN x\n# tercel-instrument: end\n', "3:1", "was not written by"),
    ("too large", "FROM a\n" + "#" * (1 << 20), "", "larger than 1 MiB"),
]


class Tests:
    def __init__(self, path):
        self.tap, self.program = Tap(), Program(path)

    def configs(self, images):
        return [f"--image-config={name}=" + self.program.file(f"image{index}.json", json.dumps(config))
                for index, (name, config) in enumerate(images.items())]

    def wrap(self, text, images, *options):
        return self.program.run("dockerfile", *BASE, *self.configs(images), *options, self.program.file("Dockerfile", text))

    def case(self, name, text, images, entry_point, command):
        source = text.encode()
        status, output, errors = self.wrap(text, images)
        newline = "\r\n" if "\r\n" in text else "\n"
        added = "" if text.endswith("\n") else ", and the newline before it"
        lines = [BEGIN + added, f"COPY --from={AGENT} /tercel-agent /tercel/tercel-agent", f"COPY --from={AGENT} /tercel /*.pub /*.tcb /tercel/",
                 "ENTRYPOINT " + json.dumps(W + entry_point, ensure_ascii=False)] + (["CMD " + json.dumps(command, ensure_ascii=False)] if command else [])
        expected = text + (newline if added else "") + "".join(line + newline for line in [*lines, "# tercel-instrument: end"])
        self.tap.check(f"{name}: the block", status == 0 and output.decode() == expected, f"{status}\n{errors}\n{output.decode()}\n{expected}")
        if status != 0:
            return
        again = self.program.run("dockerfile", *BASE, *self.configs(images), self.program.file("wrapped", output))
        removed = self.program.run("remove", self.program.file("wrapped", output))
        self.tap.check(f"{name}: a second run changes nothing, remove gives the file back", again[1] == output and removed[1] == source,
                       f"{again}\n{removed}")
        newer = self.wrap(output.decode(), images, "--label", "a=b")
        fresh = self.wrap(text, images, "--label", "a=b")
        self.tap.check(f"{name}: an upgrade changes our words only", newer[0] == 0 and newer[1] == fresh[1] != output, newer)
        status, report, errors = self.program.run("check", self.program.file("wrapped", output))
        self.tap.check(f"{name}: check sees it", status == 0 and b": instrumented" in report, report.decode() + errors)

    def refusal(self, name, text, place, message):
        path = self.program.file("Dockerfile", text)
        for command in (["dockerfile", *BASE, "--in-place"],):
            before = open(path, "rb").read()
            status, output, errors = self.program.run(*command, path)
            lines = [line for line in errors.splitlines() if "error: " in line or "larger than" in line]
            good = status == 1 and output == b"" and open(path, "rb").read() == before and len(lines) == 1 and message in lines[0]
            self.tap.check(f"refused: {name}", good and (not place or f":{place}: error: " in lines[0]), f"{status}\n{errors}")

    def more(self):
        check, text = self.tap.check, 'FROM a\nENTRYPOINT ["/e"]\n'
        _, wrapped, _ = self.wrap(text, {})
        changed = wrapped.decode() + 'CMD ["mine"]\n'
        status, output, errors = self.wrap(changed, {})
        check("what was written behind the block stays, and counts", status == 0 and output.decode().startswith(text + 'CMD ["mine"]\n# tercel')
              and '\nCMD ["mine"]\n# tercel-instrument: end\n' in output.decode(), output.decode() + errors)
        status, output, errors = self.program.run("check", self.program.file("d", wrapped.decode() + 'ENTRYPOINT ["mine"]\n'))
        check("check: an ENTRYPOINT behind the block", status == 1 and b"takes the agent out" in output, output.decode() + errors)
        status, output, errors = self.program.run("check", self.program.file("d", wrapped.decode() + "FROM b\n"))
        check("check: a stage behind the block", status == 1 and b"takes the agent out" in output, output.decode() + errors)
        status, output, errors = self.program.run("check", self.program.file("d", text))
        check("check: no block", status == 0 and b"skipped, it has no block of ours" in output, output.decode() + errors)
        status, output, errors = self.program.run("check", self.program.file("d", "FROM a\nFORM b\n"))
        check("check: what is wrong", status == 1 and b":2:1: error:" in output, output.decode() + errors)
        status, output, errors = self.wrap("ARG I\nFROM $I\n", {"x": IMAGE}, "--build-arg", "I=x")
        check("--build-arg", status == 0 and b"/entry.sh" in output, errors)
        status, output, errors = self.wrap("ARG I=y\nFROM $I\n", {"x": IMAGE}, "--build-arg", "I=x")
        check("--build-arg beats the default", status == 0 and b"/entry.sh" in output, errors)
        status, output, errors = self.program.run("dockerfile", *BASE, *self.configs({"x:1": IMAGE}), "--from", "x:1")
        check("--from writes a new file", status == 0 and output.decode().startswith("FROM x:1\n# tercel-instrument: begin")
              and json.dumps(W + E) in output.decode() and 'CMD ["serve"]' in output.decode(), output.decode() + errors)
        status, output, errors = self.program.run("plan", *BASE, *self.configs({"x": IMAGE}), "--build-arg", "I=x", self.program.file("d", "ARG I\nFROM $I AS app\n"))
        check("plan", status == 0 and b"app: instrumented, entry point of the image" in output and b'before: ["/entry.sh", "-x"] ["serve"]' in output
              and b"after:  " in output, output.decode() + errors)
        status, output, errors = self.program.run("plan", *BASE, self.program.file("d", "FROM a\n"))
        check("plan: a refusal", status == 1 and b":1:1: error:" in output, output.decode() + errors)
        check("--from and a file", self.program.run("dockerfile", *BASE, "--from", "x", "y")[0] == 2)
        check("neither", self.program.run("dockerfile", *BASE)[0] == 2)
        status, output, errors = self.program.run("dockerfile", *BASE, "-", stdin=text.encode())
        check("standard input", status == 0 and output == wrapped, errors)
        status, output, errors = self.wrap(text, {}, "--token-env")
        check("--token-env", b'"--token-env", "TERCEL_TOKEN", "--"' in output, output.decode())
        status, output, errors = self.wrap("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nENTRYPOINT x\n", {})
        check("Windows is left alone", status == 0 and b"tercel" not in output and "skipped, Windows" in errors, errors)
        status, output, errors = self.wrap("FROM --platform=windows/amd64 x\nENTRYPOINT x\n", {}, "--require", "1")
        check("Windows is left alone, not in silence with --require", status == 1 and output == b"", errors)
        status, output, errors = self.program.run("dockerfile", "--offline", self.program.file("d", text))
        check("without an agent image", status == 1 and "--agent-image is needed" in errors, errors)
        status, output, errors = self.program.run("dockerfile", "--offline", "--agent-image", "a b", self.program.file("d", text))
        check("an agent image that is none", status == 1 and "no name of an image" in errors, errors)
        status, output, errors = self.program.run("dockerfile", "--offline", "--agent-image", "a@sha256:" + "0" * 64, self.program.file("d", text))
        check("without a key: a warning", status == 0 and "warning: no --trust" in errors, errors)
        status, output, errors = self.wrap('FROM a\nENTRYPOINT ["/init"]\n', {}, "--force-pid1")
        check("--force-pid1", status == 0 and b'"/init"' in output, errors)
        status, output, errors = self.wrap("FROM a\nENTRYPOINT x\n", {})
        check("a SHELL that is not known: a warning", status == 0 and ":2:1: warning: /bin/sh -c is taken for what runs this text" in errors, errors)
        status, output, errors = self.wrap("FROM scratch\nENTRYPOINT x\n", {})
        check("scratch has no SHELL: no warning", status == 0 and "warning" not in errors, errors)
        status, output, errors = self.wrap("FROM a\nENTRYPOINT x\n", {"a": {"config": {"Shell": "x", "Cmd": None}}})
        check("a SHELL that is no list", status == 0 and "no list of strings" in errors, errors)
        status, output, errors = self.wrap("FROM a\nENTRYPOINT ['x']\n", {})
        check("a list that is none: a warning", status == 0 and ":2:1: warning: this is no list of strings in JSON" in errors, errors)
        path = self.program.file("Dockerfile", text)
        status, _, errors = self.program.run("dockerfile", *BASE, "--in-place", "--backup", path)
        check("--in-place --backup", status == 0 and open(path, "rb").read() == wrapped and open(path + ".orig").read() == text, errors)
        status, output, errors = self.program.run("remove", "--in-place", path)
        check("remove --in-place", status == 0 and open(path).read() == text and ": restored" in errors, errors)

    def generated(self, count):
        """Random files, and what their images run by an oracle of a few lines."""
        generator, bad = random.Random(11), ""
        choice = generator.choice
        for number in range(count):
            lines, stages, names = [], [], []
            for index in range(generator.randint(1, 4)):
                base = choice(["image", "scratch", *names])
                name = choice([None, f"s{index}"])
                lines.append(f"FROM {base}" + (f" {choice(['AS', 'as'])} {name}" if name else ""))
                inherited = next((stage for stage in reversed(stages) if stage["name"] == base), None)
                if inherited is None:
                    inherited = {"e": E if base == "image" else [], "c": C if base == "image" else [], "shell": SH}
                stage = {"name": name, "e": None, "c": None, "shell": inherited["shell"]}
                for _ in range(generator.randint(0, 7)):
                    kind = choice(["ENTRYPOINT", "CMD", "SHELL", "RUN", "comment", "COPY"])
                    if kind == "SHELL":
                        stage["shell"] = choice([["/bin/bash", "-c"], ["/bin/ash", "-eo", "pipefail", "-c"]])
                        lines.append("SHELL " + json.dumps(stage["shell"]))
                    elif kind == "RUN":
                        lines += choice([["RUN <<A <<-'B'", "ENTRYPOINT no", "A", "\tCMD no", "\tB"], ["RUN a \\", "  # comment", "  CMD no"], ["RUN x"]])
                    elif kind == "comment":
                        lines += choice([[""], ["# ENTRYPOINT no"], ["\t"]])
                    elif kind == "COPY":
                        lines.append("COPY a b")
                    else:
                        words = choice([[], ["/p"], ["/p", "a b", "\""], ["x\\y"]])
                        text = json.dumps(words)
                        if words and choice([True, False]):
                            text, words = "run $it now", [*stage["shell"], "run $it now"]
                        elif len(words) > 1 and choice([True, False]):
                            text = text.replace(", ", ", \\\n ", 1)
                        lines.append(f"{kind} {text}")
                        stage["e" if kind == "ENTRYPOINT" else "c"] = words
                if stage["e"] is None:
                    stage["e"] = inherited["e"]
                    stage["c"] = inherited["c"] if stage["c"] is None else stage["c"]
                stage["c"] = stage["c"] or []
                stages.append(stage)
                names += [name] if name else []
            text = "\n".join(lines) + choice(["\n", "", "\n\n"])
            last = stages[-1]
            status, output, errors = self.wrap(text, {"image": IMAGE})
            if not last["e"] and not last["c"]:
                good = status == 1 and "nothing to run" in errors
            else:
                found = output.decode()[len(text):]
                entry = re.search(r"^ENTRYPOINT (.*)$", found, re.M)
                command = re.search(r"^CMD (.*)$", found, re.M)
                good = status == 0 and json.loads(entry[1]) == W + last["e"] and (json.loads(command[1]) if command else []) == last["c"]
                good = good and self.program.run("remove", self.program.file("w", output))[1] == text.encode()
                good = good and self.wrap(output.decode(), {"image": IMAGE})[1] == output
            if not good and not bad:
                bad = f"number {number}\n{text}\n----\n{output.decode()}\n{errors}\n{last}"
        self.tap.check(f"{count} random files: words, second run, remove", not bad, bad)


def main():
    tests = Tests(sys.argv[1])
    for case in CASES:
        tests.case(*case)
    for case in BAD:
        tests.refusal(*case)
    tests.more()
    tests.generated(200)
    tests.tap.finish()


if __name__ == "__main__":
    main()
