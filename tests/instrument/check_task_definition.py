#!/usr/bin/env python3
"""tercel-instrument task-definition and remove.

usage: check_task_definition.py TERCEL_INSTRUMENT      prints TAP
"""

import json
import random
import sys

from support import (AGENT, BASE, SECRET, W, Program, Tap, drop_empty_labels, dumps, expected_task, is_subsequence,
                     without_labels)

UNSET = object()


def task_of(*containers, **more):
    return {"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
            "executionRoleArn": "arn:aws:iam::123456789012:role/x", "containerDefinitions": list(containers), **more}


def container_of(e=UNSET, c=UNSET, **more):
    container = {"name": "app", "image": "example.com/app@sha256:" + "b" * 64}
    if e is not UNSET:
        container["entryPoint"] = e
    if c is not UNSET:
        container["command"] = c
    return {**container, **more}


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)

    def image(self, name, entry_point, command):
        path = self.program.file(f"image-{name}.json", json.dumps({"config": {"Entrypoint": entry_point, "Cmd": command}}))
        return ["--image-config", f"{name}={path}"]

    def instrument(self, text, *options):
        path = self.program.file("task.json", text)
        return self.program.run("task-definition", *BASE, "--offline", *options, path)

    def remove(self, text):
        return self.program.run("remove", self.program.file("wrapped.json", text))

    def round_trip(self, name, text, *options):
        """Wraps, wraps again, removes; returns what wrapping gave."""
        status, wrapped, errors = self.instrument(text, *options)
        source = text if isinstance(text, bytes) else text.encode()
        again_status, again, _ = self.instrument(wrapped, *options)
        removed_status, removed, remove_errors = self.remove(wrapped)
        good = status == 0 and again_status == 0 and again == wrapped and removed_status == 0 and removed == source
        self.tap.check(f"{name}: a second run changes nothing, remove gives the file back", good,
                       f"{status} {again_status} {removed_status}\n{errors}{remove_errors}\n{wrapped.decode()}\n{removed.decode()}")
        return wrapped if status == 0 else None

    def counted(self, group, run):
        before = self.tap.count
        run()
        print(f"# group {group}: {self.tap.count - before} cases")

    # ---- section 9.1 ----

    def row(self, number, e, c, E, C, entry_point, command, label):
        task = task_of(container_of(e, c))
        options = self.image("app", E, C) if E is not None or C is not None else []
        name = f"row {number}"
        wrapped = self.round_trip(name, dumps(task), *options)
        if wrapped is None:
            return
        container = json.loads(wrapped)["containerDefinitions"][0]
        text = container.get("dockerLabels", {}).get("tercel.instrumented", "")
        self.tap.check(f"{name}: entry point, command and label",
                       container.get("entryPoint", UNSET) == entry_point and container.get("command", UNSET) == command
                       and text.startswith(f"1 {label} n={len(W)} "), dumps(container))
        self.tap.check(f"{name}: nothing else in the environment", "environment" not in container)

    def refusal(self, name, text, message, *options, status=1, place=None):
        path = self.program.file("refused.json", text)
        before = open(path, "rb").read()
        got, output, errors = self.program.run("task-definition", *BASE, "--offline", *options, "--in-place", path)
        lines = [line for line in errors.splitlines() if ": error: " in line]
        good = got == status and output == b"" and open(path, "rb").read() == before and len(lines) == 1
        good = good and message in lines[0] and (place is None or f":{place}: error:" in lines[0])
        self.tap.check(f"refused: {name}", good, f"{got}\n{errors}")

    def table(self):
        E, C = ["/entry.sh", "-x"], ["serve", "--port=1"]
        e, c = ["/my", "entry"], ["my", "command"]
        self.row(1, UNSET, UNSET, E, C, W + E, C, "ep=image cmd=image")
        self.row(2, UNSET, UNSET, E, None, W + E, UNSET, "ep=image cmd=none")
        self.row(3, UNSET, UNSET, None, C, W, C, "ep=none cmd=image")
        self.refusal("row 4: nothing to run", dumps(task_of(container_of())), "nothing to run", *self.image("app", None, []))
        self.row(5, e, UNSET, None, None, W + e, UNSET, "ep=task cmd=none")
        self.row(6, UNSET, c, E, C, W + E, c, "ep=image cmd=task")
        self.row(7, UNSET, c, None, C, W, c, "ep=none cmd=task")
        self.row(8, e, c, None, None, W + e, c, "ep=task cmd=task")
        for empty in ([], None):
            for other in ([], None):
                self.row(f"9 {empty} {other}", empty, other, E, C, W + E, C, "ep=image cmd=image")
            self.row(f"10 {empty}", empty, c, E, C, W + E, c, "ep=image cmd=task")
            self.row(f"11 {empty}", e, empty, E, C, W + e, empty, "ep=task cmd=none")
        self.row(12, [""], c, E, C, W, c, "ep=task-reset cmd=task")
        self.refusal("row 13: [\"\"] without command", dumps(task_of(container_of([""]))), "nothing to run")
        self.row(14, UNSET, UNSET, ["/bin/sh", "-c", "node app.js"], ["x"], W + ["/bin/sh", "-c", "node app.js"], ["x"],
                 "ep=image cmd=image")
        self.refusal("row 15: a string", dumps(task_of(container_of("sh -c foo"))), '["sh", "-c", "foo"]', place="14:7")
        self.row(16, ["tini", "--", "app"], c, None, None, W + ["tini", "--", "app"], c, "ep=task cmd=task")
        self.row(17, UNSET, ["sleep 3600"], None, C, W, ["sleep 3600"], "ep=none cmd=task")
        _, _, errors = self.instrument(dumps(task_of(container_of(UNSET, ["sleep 3600"]))), *self.image("app", None, C))
        self.tap.check("row 17: a warning", "warning: the name of the program has a blank" in errors, errors)
        self.row(18, ["./run.sh"], UNSET, None, None, W + ["./run.sh"], UNSET, "ep=task cmd=none")
        self.upgrades(e, c, E, C)
        self.refusal("row 22: wrapped by Sysdig", dumps(task_of(container_of(["/opt/draios/bin/instrument"], c))),
                     "already wrapped by Sysdig")
        windows = task_of(container_of(e), runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})
        self.skipped("row 24: Windows", windows, "Windows")

    def upgrades(self, e, c, E, C):
        text = dumps(task_of(container_of(e, c)))
        _, old, _ = self.instrument(text, "--label", "a=b", "--ptrace")
        _, upgraded, _ = self.instrument(old)
        _, fresh, _ = self.instrument(text)
        self.tap.check("row 19: an upgrade leaves only the new words", upgraded == fresh, upgraded.decode())
        self.tap.check("row 19: the old words were others", b'"--label"' in old and b"SYS_PTRACE" in old)
        text = dumps(task_of(container_of()))
        _, old, _ = self.instrument(text, *self.image("app", E, C))
        _, upgraded, _ = self.instrument(old, *self.image("app", ["/new"], ["other"]))
        container = json.loads(upgraded)["containerDefinitions"][0]
        self.tap.check("row 20: an upgrade reads the image again",
                       container["entryPoint"] == W + ["/new"] and container["command"] == ["other"], dumps(container))

    # ---- what is left alone ----

    def skipped(self, name, task, reason, *options):
        text = dumps(task)
        status, output, errors = self.instrument(text, *options)
        self.tap.check(f"skipped: {name}", status == 0 and output.decode() == text and reason in errors, errors)
        status, output, errors = self.instrument(text, *options, "--require", "1")
        self.tap.check(f"skipped: {name}: not in silence with --require", status == 1 and output == b"", errors)

    def skips(self):
        e = ["/e"]
        self.skipped("log router", task_of(container_of(e, firelensConfiguration={"type": "fluentbit"})), "firelens")
        self.skipped("log router, --include does not help", task_of(container_of(e, firelensConfiguration={"type": "fluentd"})),
                     "firelens", "--include", "app")
        self.skipped("mesh proxy", task_of(container_of(e), proxyConfiguration={"type": "APPMESH", "containerName": "app"}),
                     "proxyConfiguration")
        for image in ("public.ecr.aws/aws-observability/aws-otel-collector:v1", "amazon/aws-xray-daemon",
                      "840364872350.dkr.ecr.us-west-2.amazonaws.com/aws-appmesh-envoy:v1", "datadog/agent:latest"):
            task = task_of({**container_of(e), "image": image})
            self.skipped(image, task, "known as a helper")
            status, output, errors = self.instrument(dumps(task), "--include", "app", "--require", "1")
            self.tap.check(f"{image}: --include", status == 0 and b"tercel-init" in output, errors)
        ec2 = task_of(container_of(e))
        ec2["requiresCompatibilities"] = ["EC2"]
        self.skipped("EC2 only", ec2, "not for Fargate")
        both = task_of(container_of(e))
        both["requiresCompatibilities"] = ["EC2", "FARGATE"]
        self.round_trip("EC2 and Fargate", dumps(both), "--require", "1")
        self.skipped("--exclude", task_of(container_of(e)), "--exclude", "--exclude", "app")
        self.skipped("opt-out label", task_of(container_of(e, dockerLabels={"tercel.instrument": "false"})), "its label")

    def hints(self):
        def tags(**values):
            return [{"key": key.replace("_", "-"), "value": value} for key, value in values.items()]

        two = [container_of(["/e"]), {**container_of(["/e"]), "name": "side"}]
        cases = [
            ({}, [], "app side"),
            ({"tercel_ignore": ""}, [], ""),
            ({"tercel_ignore_containers": "side"}, [], "app"),
            ({"tercel_ignore_containers": "app:side"}, [], ""),
            ({"tercel_ignore_containers": "other"}, [], "app side"),
            ({"kilt_ignore": ""}, [], "app side"),
            ({"kilt_ignore": ""}, ["--peer-hints"], ""),
            ({"kilt_ignore_containers": "app"}, ["--peer-hints"], "side"),
            ({}, ["--only-tagged"], ""),
            ({"tercel_include": "x"}, ["--only-tagged"], "app side"),
            ({"tercel_include_containers": "side"}, ["--only-tagged"], "side"),
            ({"tercel_include": "", "tercel_ignore_containers": "app"}, ["--only-tagged"], "side"),
            ({"tercel_include_containers": "app:side", "tercel_ignore": ""}, ["--only-tagged"], ""),
            ({"kilt_include_containers": "app"}, ["--only-tagged", "--peer-hints"], "app"),
            ({"tercel_ignore": ""}, ["--include", "app"], "app"),
            ({"tercel_include": ""}, ["--only-tagged", "--exclude", "app"], "side"),
        ]
        for values, options, expected in cases:
            task = task_of(*two, **({"tags": tags(**values)} if values else {}))
            status, output, errors = self.instrument(dumps(task), *options)
            wrapped = [c["name"] for c in json.loads(output)["containerDefinitions"] if "dockerLabels" in c]
            self.tap.check(f"hints {values} {options}", status == 0 and " ".join(wrapped) == expected, errors)
        self.refusal("a hint that is no string", dumps(task_of(*two, tags=[{"key": "tercel-ignore-containers", "value": 1}])),
                     "this tag's value")
        self.refusal("--include of nothing", dumps(task_of(*two)), "no container of that name", "--include", "nobody")

    # ---- bad input ----

    def bad_input(self):
        e = ["/e"]
        for name, text, message, place in [
            ("missing comma", '{"family": "x"\n "cpu": "1"}', "a ',' or '}' is expected", "2:2"),
            ("trailing comma", '{"family": "x",\n}', "a key in double quotes", "2:1"),
            ("ellipsis", '{"family": "x",\n  ...\n}', "a key in double quotes", "2:3"),
            ("unrendered template", '{{ .Values }}', "unrendered template", "1:2"),
            ("key twice", '{"family": "x",\n "family": "y"}', "stands here twice; first at 1:2", "2:2"),
            ("control character", '{"family": "a\tb"}', "control character", "1:14"),
            ("half a surrogate", '{"é": "\\ud83d"}', "half a surrogate", "1:8"),
            ("string that does not end", '{"family": "x', "does not end", "1:12"),
            ("empty", "", "ends where a value is expected", "1:1"),
            ("something behind", "{} x", "behind the end", "1:4"),
            ("number", '{"cpu": 01}', "no number of JSON", "1:9"),
            ("nesting", "[" * 300, "nested too deeply", "1:201"),
            ("a string", '"x"', "is expected", "1:1"),
            ("no containers", '{"family": "x", "networkMode": "awsvpc"}', "needs a list of container definitions", "1:1"),
            ("a container that is none", dumps(task_of("x")), "a container definition is expected", "11:5"),
            ("wrong case", dumps(task_of({"name": "app", "image": "x", "entrypoint": e})), 'is spelled entryPoint', "14:7"),
            ("wrong case of the task", '{"Family": "x"}', "is spelled family", "1:2"),
        ]:
            self.refusal(name, text, message, place=place)
        self.refusal("not UTF-8", b'{"family": "\xff"}', "not UTF-8", place="1:13")
        self.refusal("a NUL", b'{"family": "x"}\0', "behind the end", place="1:16")
        path = self.program.file("huge.json", b" " * (2 << 20))
        status, output, errors = self.program.run("task-definition", *BASE, path)
        self.tap.check("refused: more than 1 MiB", status == 1 and output == b"" and "1 MiB" in errors, errors)
        status, output, errors = self.program.run("task-definition", *BASE, "/nonexistent")
        self.tap.check("a file that is not there", status == 3 and output == b"", errors)
        self.refusal("volume name taken", dumps(task_of(container_of(e), volumes=[{"name": "tercel"}])), "is taken")
        self.refusal("container name taken", dumps(task_of(container_of(e), {**container_of(e), "name": "tercel-init"})), "is taken")
        self.refusal("something is mounted at /tercel", dumps(task_of(container_of(e, mountPoints=[
            {"sourceVolume": "v", "containerPath": "/tercel"}]), volumes=[{"name": "v"}])), '"/tercel" already', place="18:9")
        self.refusal("dependsOn has the init container", dumps(task_of(container_of(e, dependsOn=[
            {"containerName": "tercel-init", "condition": "START"}]))), "give --name-prefix")
        many = [{**container_of(e), "name": f"c{i}"} for i in range(10)]
        self.refusal("ten containers", dumps(task_of(*many)), "10 containers already")
        self.refusal("a secret without a role", dumps({**task_of(container_of(e)), "executionRoleArn": None}), "an \"executionRoleArn\" that may read", "--token-secret", SECRET)
        self.refusal("an expression in task JSON", dumps(task_of(container_of(e))), "by CloudFormation only", "--token-secret", "!Ref X")
        self.refusal("a label of ours that is no text", dumps(task_of(container_of(e, dockerLabels={"tercel.instrumented": {}}))),
                     "this label is ours")
        self.refusal("bare list", dumps([container_of(e)]), "no place for the volume")
        self.refusal("unknown image", dumps(task_of(container_of())), "--image-config")
        self.refusal("process 1", dumps(task_of(container_of(["/init"]))), "only as process 1")
        self.refusal("process 1 of the image", dumps(task_of(container_of())), "only as process 1", *self.image("app", ["/init"], None))
        self.refusal("wrapped by hand", dumps(task_of(container_of(W + e))), "no label")
        self.refusal("variable taken", dumps(task_of(container_of(e, environment=[{"name": "TERCEL_TOKEN", "value": "x"}]))),
                     "is set here already", "--token-secret", SECRET)
        self.refusal("mountPoints is no list", dumps(task_of(container_of(e, mountPoints={}))), "no list")
        self.refusal("words that are no strings", dumps(task_of(container_of([1]))), "list of strings")
        self.refusal("image configuration that is missing", dumps(task_of(container_of())), "cannot read",
                     "--image-config", "app=/nonexistent", status=3)
        for name, content in [("no JSON", "x"), ("no configuration", "{}"), ("no words", '{"config": {"Cmd": "x"}}'),
                              ("a NUL", '{"config": {"Cmd": ["a\\u0000b"]}}')]:
            self.refusal(f"image configuration: {name}", dumps(task_of(container_of())), "configuration", "--image-config",
                         "app=" + self.program.file("bad.json", content), status=3)
        text = dumps(task_of(container_of()))
        status, output, _ = self.instrument(text, "--unknown-image", "skip")
        self.tap.check("--unknown-image skip", status == 0 and output.decode() == text)

    def broken_labels(self):
        _, wrapped, _ = self.instrument(dumps(task_of(container_of(["/e"]))))
        for name, old, new in [("not ours", "1 ep=task", "2 ep=task"), ("n too large", "n=5", "n=50"), ("n zero", "n=5", "n=0"),
                               ("unknown field", "ep=task", "zz=task"), ("branches", "ep=task", "ep=(task,task)")]:
            changed = wrapped.decode().replace(old, new)
            status, output, errors = self.remove(changed)
            self.tap.check(f"label: {name}", changed != wrapped.decode() and status == 1 and output == b"", errors)

    # ---- deliveries and forms of file ----

    def deliveries(self):
        task = task_of(container_of(["/e"]), volumes=[])
        wrapped = json.loads(self.round_trip("embedded", dumps(task), "--delivery", "embedded"))
        self.tap.check("embedded: nothing but words and label", set(wrapped["containerDefinitions"][0]) ==
                       {"name", "image", "entryPoint", "dockerLabels"} and wrapped["volumes"] == []
                       and len(wrapped["containerDefinitions"]) == 1, dumps(wrapped))
        wrapped = json.loads(self.round_trip("volumes-from", dumps(task), "--delivery", "volumes-from"))
        container, init = wrapped["containerDefinitions"]
        self.tap.check("volumes-from", container["volumesFrom"] == [{"sourceContainer": "tercel-init", "readOnly": True}]
                       and "mountPoints" not in init and wrapped["volumes"] == [], dumps(wrapped))
        self.round_trip("a bare list", dumps([container_of(["/e"])]), "--delivery", "volumes-from")
        wrapped = json.loads(self.round_trip("prefix and pid mode", dumps(task), "--name-prefix", "sec", "--pid-mode", "task"))
        self.tap.check("prefix and pid mode: names", wrapped["pidMode"] == "task" and wrapped["volumes"] == [{"name": "sec"}]
                       and wrapped["containerDefinitions"][1]["name"] == "sec-init", dumps(wrapped))
        described = {"taskDefinition": {**task_of(container_of(["/e"])), "taskDefinitionArn": "arn", "revision": 3,
                                        "status": "ACTIVE", "registeredAt": "x"}, "tags": [{"key": "k", "value": "v"}]}
        status, output, errors = self.instrument(dumps(described))
        result = json.loads(output) if status == 0 else {}
        self.tap.check("describe's answer", not {"taskDefinition", "taskDefinitionArn", "revision", "status", "registeredAt"} & set(result)
                       and result.get("tags") == [{"key": "k", "value": "v"}] and result["family"] == "f", errors)
        self.refusal("describe's answer: the place in the file", dumps({"taskDefinition": task_of(container_of("x y"))}),
                     "list of strings", place="15:9")
        for name, text in [("of a definition", dumps(task_of(container_of(["/e"]), tags=[]))),
                           ("of a definition described", dumps({"taskDefinition": {**task_of(container_of(["/e"])), "tags": []}, "tags": [{"key": "k", "value": "v"}]})),
                           ("described", dumps({"taskDefinition": task_of(container_of(["/e"])), "tags": []}))]:
            status, output, errors = self.instrument(text)
            self.tap.check(f"empty tags {name}, which ECS refuses: taken out", status == 0 and json.loads(output).get("tags") in (None, [{"key": "k", "value": "v"}])
                           and b'"tags": []' not in output, errors + output.decode())

    def ways_to_the_orchestrator(self):
        """What the agent would refuse when the workload starts is refused before it is deployed."""
        text, secure = dumps(task_of(container_of(["/e"]))), ["--orchestrator", "tls+tcp://o.example:4443"]
        for options, said in ((["--orchestrator", "https://o.example"], "the agent takes tcp://"),
                              (["--orchestrator", "o.example:4400"], "the agent takes tcp://"),
                              (secure, "needs --ca-secret"), (["--ca-secret", SECRET], "begins with tls+tcp://")):
            status, output, errors = self.instrument(text, *options)
            self.tap.check(f"refused: {' '.join(options)}", (status, output) == (2, b"") and said in errors, errors)
        for options in ([*secure, "--ca-secret", SECRET], [*secure, "--agent-option=--ca-file", "--agent-option=/ca.pem"]):
            status, output, errors = self.instrument(text, *options)
            self.tap.check(f"taken: {' '.join(options)}", status == 0 and b"tls+tcp" in output, errors)

    def forms(self):
        task = task_of(container_of(["/e"], ["c"], environment=[{"name": "E", "value": "é"}]),
                       {**container_of(["/f"]), "name": "side", "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
                        "linuxParameters": {"capabilities": {"drop": ["ALL"]}}, "dockerLabels": {"a": "b"}},
                       volumes=[{"name": "v"}])
        forms = {
            "one space": json.dumps(task, indent=1),
            "tabs": json.dumps(task, indent="\t"),
            "one line": json.dumps(task),
            "compact": json.dumps(task, separators=(",", ":")),
            "final newline": json.dumps(task, indent=3) + "\n",
            "CRLF": json.dumps(task, indent=2).replace("\n", "\r\n"),
            "trailing blanks": json.dumps(task, indent=3).replace(",\n", ", \n"),
            "byte order mark": "\ufeff" + json.dumps(task, indent=2),
            "not ASCII": json.dumps(task, indent=2, ensure_ascii=False),
            "surrogates": json.dumps({**task, "family": "\U0001f600"}, indent=2),
            "brackets side by side": json.dumps(task, indent=2).replace("[\n    {", "[{").replace("}\n  ]", "}]"),
            "spaces before colons": json.dumps(task, indent=2, separators=(",", " : ")),
        }
        for name, text in forms.items():
            wrapped = self.round_trip(name, text, "--ptrace", "--token-secret", SECRET)
            if wrapped:
                self.tap.check(f"{name}: only insertions", is_subsequence(text.encode(), wrapped))
                self.tap.check(f"{name}: CRLF stays", "\r\n" not in text or wrapped.count(b"\n") == wrapped.count(b"\r\n"))
                expected = expected_task(json.loads(text.lstrip("\ufeff")), {"app": ([], []), "side": ([], [])}, True, SECRET)
                self.tap.check(f"{name}: meaning", without_labels(json.loads(wrapped.decode("utf-8-sig"))) == expected)
        status, output, errors = self.program.run("task-definition", *BASE, "-", stdin=forms["tabs"].encode())
        self.tap.check("standard input", status == 0 and b"tercel-init" in output, errors)
        path = self.program.file("place.json", forms["tabs"])
        status, output, errors = self.program.run("task-definition", *BASE, "--in-place", "--backup", path)
        self.tap.check("--in-place --backup", status == 0 and output == b"" and b"tercel-init" in open(path, "rb").read()
                       and open(path + ".orig").read() == forms["tabs"], errors)
        status, _, errors = self.program.run("task-definition", *BASE, "--format", "json", path)
        self.tap.check("--format json", status == 0 and json.loads(errors)["containers"][0]["outcome"] == "instrumented", errors)

    # ---- random documents ----

    def generated(self, count):
        random.seed(7)
        choose = random.choice

        def list_or_nothing(*values):
            return choose([UNSET, None, [], *values])

        bad = ""
        for number in range(count):
            containers, images, options = [], {}, []
            for i in range(random.randint(1, 3)):
                c = {"name": f"c{i}", "image": "x@sha256:1"}
                members = {
                    "entryPoint": list_or_nothing(["/e"], ["/e", "--", "ü"], [""]),
                    "command": list_or_nothing(["c"], ["c", "d e"]),
                    "mountPoints": list_or_nothing([{"sourceVolume": "v", "containerPath": "/v"}]),
                    "dependsOn": list_or_nothing([{"containerName": "z", "condition": "START"}]),
                    "secrets": list_or_nothing([{"name": "S", "valueFrom": "arn"}]),
                    "dockerLabels": choose([UNSET, None, {}, {"a": "b"}]),
                    "linuxParameters": choose([UNSET, None, {}, {"capabilities": None}, {"capabilities": {}},
                                               {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}},
                                               {"capabilities": {"add": ["SYS_PTRACE"]}}]),
                    "logConfiguration": choose([UNSET, {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}]),
                    "essential": choose([UNSET, True, False]),
                }
                names = list(members)
                random.shuffle(names)
                c.update({name: members[name] for name in names if members[name] is not UNSET})
                items = list(c.items())
                random.shuffle(items)
                containers.append(dict(items))
                images[f"c{i}"] = (choose([None, ["/E"]]), choose([None, ["C", "D"]]))
                options += self.image(f"c{i}", *images[f"c{i}"])
            task = task_of(*containers)
            volumes = list_or_nothing([{"name": "v"}])
            if volumes is not UNSET:
                task["volumes"] = volumes
            items = list(task.items())
            random.shuffle(items)
            task = dict(items)
            text = json.dumps(task, indent=choose([None, 1, 2, "\t"]), ensure_ascii=choose([True, False]))
            expected = expected_task(task, images, True, SECRET)
            options += ["--ptrace", "--token-secret", SECRET]
            status, wrapped, errors = self.instrument(text, *options)
            if expected is None:
                good = status == 1 and wrapped == b"" and "nothing to run" in errors
            else:
                good = status == 0 and drop_empty_labels(without_labels(json.loads(wrapped))) == drop_empty_labels(expected)
                good = good and self.instrument(wrapped, *options)[1] == wrapped
                good = good and self.remove(wrapped)[1] == text.encode()
            if not good and not bad:
                bad = f"number {number}, status {status}\n{errors}\n{text}\n{wrapped.decode()}"
        self.tap.check(f"{count} random task definitions: meaning, second run, remove", not bad, bad)


def main():
    tests = Tests(sys.argv[1])
    tests.counted("A, task JSON", tests.table)
    tests.counted("E", tests.skips)
    tests.counted("D", tests.hints)
    tests.counted("bad input", tests.bad_input)
    tests.broken_labels()
    tests.deliveries()
    tests.ways_to_the_orchestrator()
    tests.forms()
    tests.generated(150)
    tests.tap.finish()


if __name__ == "__main__":
    main()
