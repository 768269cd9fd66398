#!/usr/bin/env python3
"""tercel-instrument cloudformation: fixtures, expressions, refusals, the literal table in CloudFormation's forms.

usage: check_cloudformation.py TERCEL_INSTRUMENT      prints TAP
"""

import json
import os
import subprocess
import sys

try:
    import yaml  # noqa: F401
except ImportError:
    print("1..0 # SKIP python3-yaml is not there")
    sys.exit(0)
from cloudformation_oracle import STYLES, read, write
from support import BASE, W, Program, Tap, is_subsequence

FIXTURE = """\
---
# A service. { not: [code
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Tag: {Type: String, Default: "1"}
Conditions:
  HasSide: !Equals [!Ref Tag, "1"]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      ExecutionRoleArn: !GetAtt Role.Arn
      Cpu: 256   # small
      Memory: 512
      ContainerDefinitions:
      - Name: app   # the first

        Image: !Sub "example.com/app:${Tag}"
        EntryPoint: [ "/entry.sh", !Ref Tag ]
        Environment:
          - {Name: é, Value: '{"a": "b"}'}
      - !If
        - HasSide
        - Name: side
          Image: example.com/side:1
          Command: ["sh", "-c", "a # b"]
        - !Ref AWS::NoValue
  Other:
    Type: AWS::S3::Bucket
    Properties:
      Note: >
        folded
        text
"""


def with_role(template):
    return template.replace("      ContainerDefinitions:", "      ExecutionRoleArn: role\n      ContainerDefinitions:")


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)

    def run(self, text, *options, command="cloudformation"):
        path = self.program.file("template", text)
        more = [*BASE, "--offline"] if command == "cloudformation" else []
        return self.program.run(command, *more, *options, path)

    def image(self, name, entry_point, command):
        path = self.program.file(f"image-{name}.json", json.dumps({"config": {"Entrypoint": entry_point, "Cmd": command}}))
        return ["--image-config", f"{name}={path}"]

    def round_trip(self, name, text, *options, only_insertions=True):
        status, output, errors = self.run(text, *options)
        again = self.run(output, *options)
        removed = self.run(output, command="remove")
        source = text.encode() if isinstance(text, str) else text
        self.tap.check(f"{name}: second run, remove", status == 0 and again[1] == output and removed[1] == source,
                       errors + again[2] + removed[2] + output.decode() + removed[1].decode())
        self.tap.check(f"{name}: only insertions", not only_insertions or is_subsequence(source, output) and len(output) > len(source))
        return output

    def fixtures(self):
        options = self.image("side", ["/side"], ["c"])
        for name, text in [("fixture", FIXTURE), ("CRLF", FIXTURE.replace("\n", "\r\n")), ("byte order mark", "\ufeff" + FIXTURE[4:]),
                           ("no final newline", FIXTURE.rstrip("\n"))]:
            output = self.round_trip(name, text, *options)
            task = read(output.decode("utf-8-sig"))["Resources"]["Task"]["Properties"]
            first, second, init = task["ContainerDefinitions"]
            side = second["Fn::If"][1]
            self.tap.check(f"{name}: words", first["EntryPoint"] == W + ["/entry.sh", {"Ref": "Tag"}] and side["EntryPoint"] == W + ["/side"]
                           and side["Command"] == ["sh", "-c", "a # b"] and init["Name"] == "tercel-init", task)
            self.tap.check(f"{name}: one kind of newline", "\r" not in text or output.count(b"\n") == output.count(b"\r\n"))
        # A block scalar that ends the file without a newline must not get one.
        last = FIXTURE.split("  Other:")[0].rstrip("\n")
        last = last.split("      - !If")[0] + "      - Name: last\n        Image: x\n        EntryPoint:\n          - sh\n          - |\n            echo"
        output = self.round_trip("block scalar that ends the file", last)
        names = [c["Name"] for c in read(output)["Resources"]["Task"]["Properties"]["ContainerDefinitions"]]
        self.tap.check("block scalar that ends the file: untouched", names == ["app", "tercel-init", "last"] and output.endswith(b"echo"), names)
        output = self.round_trip("a block scalar before the next resource", FIXTURE.replace(
            "      - !If\n", "      - Name: third\n        Image: x\n        EntryPoint: [x]\n        Command:\n        - |\n          text\n\n").split(
            "        - HasSide")[0] + "  Other:\n    Type: AWS::S3::Bucket\n")
        self.tap.check("a block scalar before the next resource: last", b"tercel-init" in output)
        self.round_trip("--ptrace, secret", FIXTURE, "--ptrace", "--token-secret", "!Ref TokenSecret", *options)
        status, output, errors = self.run(FIXTURE, "--token-secret", "!Ref TokenSecret", *options)
        self.tap.check("secret by reference", b"!Ref TokenSecret" in output, errors)

    def resolving(self):
        def template(image, **more):
            return json.dumps({"Parameters": {"P": {"Type": "String"}, "D": {"Type": "String", "Default": "d"},
                                              "S": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"}},
                               "Mappings": {"M": {"a": {"b": "mapped"}}}, "Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
                "ContainerDefinitions": [{"Name": "app", "Image": image}]}}}, **more}, indent=1)

        file = self.program.file("image.json", '{"entrypoint": ["/found"]}')
        for image, name, options in [
            ({"Ref": "P"}, "given", ["--parameter", "P=given"]),
            ({"Ref": "D"}, "d", []),
            ({"Ref": "D"}, "other", ["--parameter", "D=other"]),
            ({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.x/${D}:${!D}"}, "123.dkr.ecr.eu-west-1.x/d:${D}", ["--region", "eu-west-1", "--account", "123"]),
            ({"Fn::Sub": ["${A}-${D}", {"A": {"Ref": "D"}}]}, "d-d", []),
            ({"Fn::Join": ["/", ["a", {"Ref": "D"}, "c"]]}, "a/d/c", []),
            ({"Fn::Select": [1, {"Fn::Split": ["-", "x-y-z"]}]}, "y", []),
            ({"Fn::FindInMap": ["M", "a", "b"]}, "mapped", []),
            ({"Fn::If": ["C", "same", "same"]}, "same", []),
            ({"Fn::FindInMap": ["M", "none", "b", {"DefaultValue": {"Ref": "D"}}]}, "d", []),
            ({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": "not"}]}, "mapped", []),
            ({"Fn::Select": [{"Fn::Length": ["x"]}, {"Fn::Split": ["-", "x-y-z"]}]}, "y", []),
            ({"Fn::Sub": ["n${L}", {"L": {"Fn::Length": {"Fn::Split": [",", "a,b,c"]}}}]}, "n3", []),
        ]:
            status, output, errors = self.run(template(image), *options, "--image-config", f"{name}={file}")
            self.tap.check(f"evaluates {json.dumps(image)}", status == 0 and b'"/found"' in output, errors)
        for image, message, options in [
            ({"Ref": "P"}, "give --parameter P=VALUE", []),
            ({"Ref": "S"}, "give --parameter S=VALUE", []),
            ({"Ref": "Nobody"}, '"Nobody" is no parameter', []),
            ({"Ref": "AWS::Region"}, "give --region", []),
            ({"Fn::GetAtt": ["Repository", "Uri"]}, "Fn::GetAtt is not known before deployment", []),
            ({"Fn::ImportValue": "x"}, "Fn::ImportValue is not known before deployment", []),
            ({"Fn::If": ["C", "a", "b"]}, "Fn::If is not known before deployment", []),
            ({"Fn::Select": [5, ["a"]]}, "no arguments of Fn::Select", []),
            ({"Fn::Sub": "${D"}, "no arguments of Fn::Sub", []),
            ({"Fn::FindInMap": ["M", "none", "b"]}, "no arguments of Fn::FindInMap", []),
            ({"Fn::ToJsonString": {"a": "b"}}, "Fn::ToJsonString is not known before deployment", []),
            ({"Fn::Sub": ["${L}", {"L": {"Fn::Length": [{"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}]}}]}, "Fn::Length is not known before deployment", []),
        ]:
            self.refusal(f"evaluates {json.dumps(image)}", template(image), message, *options)

    def taken(self):
        """What is not to be touched does not hinder."""
        task = "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: awsvpc\n"
        for name, text in [
            ("an alias elsewhere", task + "      ContainerDefinitions:\n      - {Name: a, Image: x, EntryPoint: [x], Command: &c [c], Environment: &e [{Name: é, Value: v}]}\n"
             "      - {Name: b, Image: x, EntryPoint: [y], Command: *c, Environment: *e}\n"),
            ("a merge elsewhere", "Mappings: {M: {a: &m {x: 1}, b: {<<: *m}}}\n" + task + "      ContainerDefinitions: [{Name: a, Image: x, EntryPoint: [x]}]\n"),
            ("YAML in braces", "{Resources: {T: {Type: AWS::ECS::TaskDefinition, # why\n  Properties: {NetworkMode: awsvpc, ContainerDefinitions: ["
             "{Name: a, Image: !Sub x, EntryPoint: ['x']}]}}}}\n"),
            ("a comment in JSON", '{"Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", # why\n "Properties": {"NetworkMode": "awsvpc", "ContainerDefinitions": '
             '[{"Name": "a", "Image": "x", "EntryPoint": ["x"]}]}}}}'),
            ("an anchor at an empty list", task + "      ContainerDefinitions: [{Name: a, Image: x, EntryPoint: [x], MountPoints: &m [], Secrets: !If [A, &n [], [ ]]}]\n"),
            ("a block scalar at the end of a function", task + "      ContainerDefinitions:\n      - EntryPoint: !Split\n        - ' '\n\n        - |-\n          a b\n        Name: a\n        Image: x\n"),
            ("a comment behind the last dash, an anchor at the list", task + "      ContainerDefinitions: &c\n      - # why\n\n        Name: a\n        Image: x\n        EntryPoint: [x]\n"),
            ("an empty word in its own quotes", task + "      ContainerDefinitions: [{Name: a, Image: x, EntryPoint: [''], Command: [c]}]\n"),
        ]:
            output = self.round_trip(name, text, only_insertions="''" not in text and "Split" not in text)
            self.tap.check(f"{name}: wrapped", b"--" in output and b"tercel-init" in output)
        by_name = task + "      ProxyConfiguration: {ContainerName: !Ref P}\n      Tags: [{Key: tercel-ignore-containers, Value: b1}]\n" \
            "      ContainerDefinitions: [{Name: !Ref P, Image: x, EntryPoint: [x]}, {Name: !Sub 'b${N}', Image: x, EntryPoint: [y]}]\n" \
            "Parameters: {P: {Type: String}, N: {Type: String, Default: '1'}}\n"
        status, output, errors = self.run(by_name)
        self.tap.check("names that are expressions: the proxy, a tag", status == 0 and "T/!Ref P: skipped, it is the mesh's proxy" in errors
                       and "T/!Sub 'b${N}': skipped, a tag says so" in errors, errors)

    def refusal(self, name, text, message, *options, place=None):
        path = self.program.file("refused", text)
        status, output, errors = self.program.run("cloudformation", *BASE, "--offline", *options, "--in-place", path)
        lines = [line for line in errors.splitlines() if ": error: " in line]
        same = open(path, "rb").read() == (text.encode() if isinstance(text, str) else text)
        self.tap.check(f"refused: {name}", status == 1 and output == b"" and same and len(lines) == 1 and message in lines[0]
                       and (place is None or f":{place}: error:" in lines[0]), errors)

    def refusals(self):
        task = "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: awsvpc\n"
        app = "      ContainerDefinitions:\n      - Name: app\n        Image: x\n        EntryPoint: [x]\n"
        for name, text, message, place in [
            ("key twice", "a: 1\nb:\n  c: 1\n  c: 2\n", "stands here twice; first at 3:3", "4:3"),
            ("alias of what is wrapped", task + app.replace("[x]", "&x [x]") + "      - {Name: b, Image: x, EntryPoint: *x}\n", "this needs a change, and its alias at 10:41", "9:21"),
            ("a container that is an alias", "C: &c {Name: a, Image: x, EntryPoint: [x]}\n" + task + "      ContainerDefinitions: [*c]\n", "an alias of the anchor at 1:4 would need a change", "7:30"),
            ("an anchor in an alias", task + app + "        Environment: &e [*e]\n", "an alias in what it stands for", "10:26"),
            ("an alias without an anchor", task + app + "        User: *u\n", "", "10:15"),
            ("aliases of aliases", "".join(f"A{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9 if i else ["x"]) + "]\n" for i in range(9)) + task + app, "is too large", None),
            ("Go template", "Resources:\n{{- if .X }}\n  A: 1\n{{- end }}\n", "unrendered template", None),
            ("Jinja", "Resources:\n{% for x in y %}\n  A: 1\n", "unrendered template", "2:2"),
            ("a merge", "x: &x {A: 1}\nResources:\n  <<: *x\n", "is not known here", "3:3"),
            ("a resource by a merge", "X: &x {Type: AWS::ECS::TaskDefinition}\nResources:\n  T:\n    <<: *x\n", "write the resource out", "4:5"),
            ("a container by a merge", "X: &x {User: a}\n" + task + app + "        <<: *x\n", "<< brings in is not known here", "11:9"),
            ("a label by condition", task + app + "        DockerLabels: !If [A, {tercel.instrument: 'false'}, {a: b}]\n", "only under some values", "10:9"),
            ("a label by a resource's attribute", task + app + "        DockerLabels: {tercel.instrument: !GetAtt A.B}\n", "only under some values", "10:9"),
            ("a tag by condition", task + "      Tags: [!If [A, {Key: tercel-ignore, Value: x}, !Ref AWS::NoValue]]\n" + app, "only under some values", "6:22"),
            ("nothing may be left of a list", task + app.replace("[x]", "[!If [A, x, !Ref AWS::NoValue]]"), "may be left out", "9:9"),
            ("a mistake in JSON is JSON's", '{"Resources": {"A": 1,}}', "a key in double quotes", "1:23"),
            ("a comment of JavaScript's", '{"Resources": // {}\n{}}', "a value", "1:15"),
            ("YAML in braces", "{Resources: {A: [}}", "", "1:18"),
            ("unrendered template", "a: {{ x }}\n", "unrendered template", "1:5"),
            ("tab", "a:\n\tb: 1\n", "cannot start any token", "2:1"),
            ("two documents", "a: 1\n---\nb: 1\n", "a second document", "2:1"),
            ("empty", "", "empty", "1:1"),
            ("no resources", "a: 1\n", "a mapping of resources", "1:1"),
            ("containers from a function", task + "      ContainerDefinitions: !Ref X\n", "a list of container definitions", "6:7"),
            ("a container without braces", task + "      ContainerDefinitions: [EntryPoint: [x]]\n", "needs braces", "6:30"),
            ("a container from a function", task + "      ContainerDefinitions: [!Ref X]\n", "other than Fn::If", "6:30"),
            ("wrong case", task + "      ContainerDefinitions:\n      - name: app\n", "is spelled Name", "7:9"),
            ("string for a list", task + app.replace("[x]", "sh -c x"), '["sh", "-c", "x"]', "9:9"),
            ("MountPoints from a function", task + app + "        MountPoints: !Ref X\n", "no list that is written out", "10:9"),
            ("Metadata from a function", task.replace("    Prop", "    Metadata: !Ref X\n    Prop") + app + "        DockerLabels: !Ref X\n",
             "no mapping that is written out", "4:5"),
            ("what a container includes", task + app + "        Fn::Transform: {Name: AWS::Include}\n", "is not known here", "10:9"),
            ("what a task includes", task + app + "      Fn::Transform: {Name: AWS::Include}\n", "is not known here", "10:7"),
            ("include", "Resources:\n  Fn::Transform: {Name: AWS::Include}\n", "is not known here", "2:3"),
        ]:
            self.refusal(name, text, message, place=place)
        self.refusal("LinuxParameters from a function", task + app + "        LinuxParameters: !Ref X\n", "no mapping", "--ptrace", place="10:9")
        self.refusal("not UTF-8", b"a: \xff\n", "")
        self.refusal("a secret without a role", task + app, "an \"executionRoleArn\"", "--token-secret", "!Ref X", place="6:7")
        self.refusal("a secret with a role at times", task + app + "      ExecutionRoleArn: !If [A, r, !Ref AWS::NoValue]\n", "under some values", "--ca-secret", "!Ref X",
                     "--orchestrator", "tls+tcp://o.example:1", place="10:7")
        self.refusal("nesting", "[" * 500, "")
        status, output, errors = self.run(task + app.replace("[x]", "[x]\n        FirelensConfiguration: {Type: fluentbit}"))
        self.tap.check("skips log routers", status == 0 and "firelens" in errors and b"tercel-init" not in output, errors)
        status, output, errors = self.run(task + "      RequiresCompatibilities: [EC2]\n" + app)
        self.tap.check("skips what is for EC2", status == 0 and "not for Fargate" in errors and b"tercel" not in output, errors)
        loop = "Resources:\n  Fn::ForEach::Tasks:\n  - X\n  - [A, B]\n  - T${X}:\n      Type: AWS::ECS::TaskDefinition\n      Properties:\n" \
               "        NetworkMode: awsvpc\n        ContainerDefinitions: [{Name: app, Image: x, EntryPoint: [x]}]\n"
        output = self.round_trip("Fn::ForEach", loop)
        self.tap.check("Fn::ForEach: inside", b"tercel-init" in output)

    # ---- group A: the literal table, in each form ----

    def table(self):
        E, C, e, c = ["/entry.sh", "-x"], ["serve", "--port=1"], ["/my", "entry"], ["my", "command"]
        unset = object()
        rows = [  # number, entry point, command, the image's two, results (None: refused)
            ("1", unset, unset, E, C, W + E, C), ("2", unset, unset, E, None, W + E, unset), ("3", unset, unset, None, C, W, C),
            ("4", unset, unset, None, None, None, None), ("5", e, unset, E, C, W + e, unset), ("6", unset, c, E, C, W + E, c),
            ("7", unset, c, None, C, W, c), ("8", e, c, E, C, W + e, c), ("9", [], [], E, C, W + E, C), ("9b", None, None, E, C, W + E, C),
            ("10", [], c, E, C, W + E, c), ("11", e, [], E, C, W + e, []), ("12", [""], c, E, C, W, c), ("13", [""], unset, E, C, None, None),
            ("14", unset, unset, ["/bin/sh", "-c", "node app.js"], ["x"], W + ["/bin/sh", "-c", "node app.js"], ["x"]),
            ("15", "sh -c foo", unset, E, C, None, None), ("16", ["tini", "--", "app"], c, E, C, W + ["tini", "--", "app"], c),
            ("17", unset, ["sleep 3600"], None, C, W, ["sleep 3600"]), ("18", ["./run.sh"], unset, E, C, W + ["./run.sh"], unset),
            ("22", ["/opt/draios/bin/instrument"], c, E, C, None, None)]
        count = self.tap.count
        for form in STYLES:
            for number, entry_point, command, E_, C_, expected_entry_point, expected_command in rows:
                container = {"Name": "app", "Image": "example.com/app@sha256:" + "b" * 64}
                for key, value in (("EntryPoint", entry_point), ("Command", command)):
                    if value is not unset:
                        container[key] = value
                self.row(f"row {number}, {form}", container, form, self.image("app", E_, C_), expected_entry_point,
                         unset if expected_command is unset else expected_command, unset)
            self.upgrade_rows(form, e, c, E)
        print(f"# group A in CloudFormation's forms: {self.tap.count - count} cases")

    def template_of(self, container, form, **more):
        return write({"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"], "ContainerDefinitions": [container], **more}}}}, form, 1)

    def row(self, name, container, form, options, entry_point, command, unset):
        text = self.template_of(container, form)
        status, output, errors = self.run(text, *options)
        if entry_point is None:
            self.tap.check(f"{name}: refused", status == 1 and output == b"" and errors.count(": error: ") == 1, errors)
            return
        got = read(output)["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0] if status == 0 else {}
        again, removed = self.run(output, *options), self.run(output, command="remove")
        self.tap.check(name, got.get("EntryPoint") == entry_point and got.get("Command", unset) == command and again[1] == output
                       and removed[1].decode() == text, f"{errors}{got}{removed[1].decode()}\n{text}")

    def upgrade_rows(self, form, e, c, E):
        text = self.template_of({"Name": "app", "Image": "x", "EntryPoint": e, "Command": c}, form)
        old, fresh = self.run(text, "--label", "a=b", "--ptrace")[1], self.run(text)[1]
        self.tap.check(f"row 19, {form}", self.run(old)[1] == fresh and old != fresh)
        text = self.template_of({"Name": "app", "Image": "x"}, form)
        old = self.run(text, *self.image("app", E, c))[1]
        new = self.image("app", ["/new"], None)
        self.tap.check(f"row 20, {form}", self.run(old, *new)[1] == self.run(text, *new)[1])
        windows = self.template_of({"Name": "app", "Image": "x", "EntryPoint": e}, form,
                                   RuntimePlatform={"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})
        status, output, errors = self.run(windows)
        self.tap.check(f"row 24, {form}", status == 0 and output.decode() == windows and "Windows" in errors, errors)

    # ---- what is left alone, and options ----

    def options(self):
        task = "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: awsvpc\n      ContainerDefinitions:\n"
        app = task + "      - Name: !Ref N\n        Image: x\n        EntryPoint: [x]\n"
        two = app + "      - {Name: b, Image: y, EntryPoint: [y]}\n"
        for kind, reason in [("AWS::Batch::JobDefinition", "AWS Batch has no entry point"), ("AWS::ECS::DaemonTaskDefinition", "not for Fargate"),
                             ("AWS::CloudFormation::Stack", "its template is another file")]:
            text = f"Resources:\n  R:\n    Type: {kind}\n"
            status, output, errors = self.run(text)
            self.tap.check(f"left alone, and said: {kind}", status == 0 and output.decode() == text and reason in errors, errors)
        for option, wrapped in [("#1", ["!Ref N"]), ("!Ref N", ["!Ref N"]), ("b", ["b"]), ("#2", ["b"])]:
            status, output, errors = self.run(two, "--exclude", option, "--require", "1")
            self.tap.check(f"--exclude {option}", status == 0 and f"T/{wrapped[0]}: skipped" in errors, errors)
        status, output, errors = self.run(task + "      - {Name: a, Image: x, EntryPoint: [x], DockerLabels: {tercel.instrument: false}}\n")
        self.tap.check("a label that is a boolean", status == 0 and "its label says so" in errors, errors)
        for image in ["!Sub '${R}/aws-xray-daemon'", "!Join ['/', [!Ref R, datadoghq/agent]]"]:
            status, output, errors = self.run(task + f"      - {{Name: a, Image: {image}, EntryPoint: [x]}}\n")
            self.tap.check(f"a helper by a part of its image: {image}", status == 0 and "known as a helper" in errors, errors)
        for value, expected in [("!ImportValue t", b"!ImportValue t"), ("!GetAtt A.Arn", b"!GetAtt A.Arn"), ("{Ref: T}", b"!Ref T"),
                                ("!Sub '${A}:x'", b"!Sub \"${A}:x\"")]:
            status, output, errors = self.run(with_role(app), "--token-secret", value)
            self.tap.check(f"--token-secret {value}", status == 0 and b"ValueFrom: " + expected in output, errors + output.decode())
        status, output, errors = self.run(json.dumps({"Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "NetworkMode": "awsvpc", "ExecutionRoleArn": "r", "ContainerDefinitions": [{"Name": "a", "Image": "x", "EntryPoint": ["x"]}]}}}}), "--token-secret", "!GetAtt A.Arn")
        self.tap.check("--token-secret in JSON", status == 0 and b'{"Fn::GetAtt": ["A", "Arn"]}' in output.replace(b'","', b'", "'), errors)
        self.refusal("--token-secret that is no expression", app, "no expression of CloudFormation", "--token-secret", "!Ref [")
        many = task + "".join(f"      - !If [A, {{Name: c{i}, Image: x, EntryPoint: [x]}}, {{Name: c{i}, Image: y, EntryPoint: [y]}}]\n" for i in range(9))
        output = self.round_trip("nine containers, each in two forms", many)
        status, found, errors = self.run(output, command="check")
        self.tap.check("nine containers, each in two forms: check", b"second container" not in found and b"containers; ECS" not in found, found)
        self.refusal("ten containers, each in two forms", many + "      - {Name: x, Image: x, EntryPoint: [x]}\n", "10 containers already")
        status, found, errors = self.program.run("plan", *BASE, "--offline", self.program.file("plan.yaml", two))
        self.tap.check("plan", status == 0 and b"T/b: instrumented" in found, errors)
        status, _, errors = self.run(two, "--diff", "--in-place")
        self.tap.check("--diff and --in-place", status == 2, errors)

    # ---- writing ----

    def writing(self):
        path, link = self.program.file("written.yaml", FIXTURE), os.path.join(self.program.directory.name, "link.yaml")
        os.symlink(path, link)
        options = [*BASE, "--offline", *self.image("side", ["/s"], None), "--in-place"]
        status, _, errors = self.program.run("cloudformation", *options, link)
        self.tap.check("--in-place writes what a link leads to", status == 0 and os.path.islink(link) and
                       b"tercel-init" in open(path, "rb").read(), errors)
        path = self.program.file("written.yaml", FIXTURE)
        limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@" 2>/dev/null', "sh", self.program.path, "cloudformation", *options, path]
        done = subprocess.run(limited, capture_output=True)
        left = [name for name in os.listdir(self.program.directory.name) if name.startswith(("written", ".written"))]
        self.tap.check("a file that cannot be written stays as it is", done.returncode == 3 and open(path).read() == FIXTURE
                       and left == ["written.yaml"], f"{done.returncode} {left}")


def main():
    tests = Tests(sys.argv[1])
    tests.fixtures()
    tests.resolving()
    tests.taken()
    tests.refusals()
    tests.table()
    tests.options()
    tests.writing()
    tests.tap.finish()


if __name__ == "__main__":
    main()
