#!/usr/bin/env python3
"""tercel-instrument cloudformation --macro and --lambda (group I): events in, responses out; Lambda's runtime API is played
here.

usage: check_macro.py TERCEL_INSTRUMENT      prints TAP
"""

import http.server
import json
import os
import queue
import subprocess
import sys
import threading
import time

from support import AGENT, BASE, W, Program, Tap

SECRET = "hunter2-not-for-logs"
CONTAINER = {"Name": "app", "Image": "example.com/app@sha256:" + "b" * 64, "EntryPoint": ["/entry.sh", {"Ref": "Mode"}]}
PROPERTIES = {"RequiresCompatibilities": ["FARGATE"], "NetworkMode": "awsvpc", "ContainerDefinitions": [CONTAINER]}
RESOURCE = {"Type": "AWS::ECS::TaskDefinition", "Properties": PROPERTIES}
TEMPLATE = {"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"Mode": {"Type": "String"}, "Password": {
    "Type": "String", "NoEcho": True}}, "Resources": {"Task": RESOURCE, "Bucket": {"Type": "AWS::S3::Bucket"}}}


def event_of(fragment, request_id="8d7b7a5e-1", **more):
    return {"region": "eu-west-1", "accountId": "123456789012", "fragment": fragment, "transformId": "123456789012::Tercel",
            "params": {}, "requestId": request_id, "templateParameterValues": {"Mode": "serve", "Password": SECRET}, **more}


def replaced(value, **more):
    return json.loads(json.dumps({**value, **more}))


class Runtime(http.server.ThreadingHTTPServer):
    """Lambda's runtime API: gives out events, takes answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events, self.answers = queue.Queue(), queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if self.path != "/2018-06-01/runtime/invocation/next":
            self.reply(404)
            return
        item = self.server.events.get()
        if item is None:
            self.reply(500)
        else:
            self.reply(200, item[1], Lambda_Runtime_Aws_Request_Id=item[0], Lambda_Runtime_Deadline_Ms="1")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put((self.path, body, self.headers.get("Lambda-Runtime-Function-Error-Type")))
        self.reply(202, b'{"status":"OK"}')


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)

    def macro(self, event, *options):
        text = event if isinstance(event, bytes) else json.dumps(event).encode()
        status, output, errors = self.program.run("cloudformation", "--macro", *BASE, "--offline", *options, stdin=text)
        return status, json.loads(output) if output else None, errors

    def succeeds(self, name, fragment, container_of, *options, **more):
        event = event_of(fragment, **more)
        status, response, errors = self.macro(event, *options)
        good = status == 0 and response["requestId"] == event["requestId"] and response["status"] == "success"
        container = container_of(response["fragment"]) if good else {}
        self.tap.check(name, good and container.get("EntryPoint") == W + CONTAINER["EntryPoint"] and "errorMessage" not in response,
                       f"{status} {errors} {response}")
        return response

    def fails(self, name, fragment, message, *options, **more):
        event = event_of(fragment, **more)
        status, response, errors = self.macro(event, *options)
        self.tap.check(name, status == 1 and response["status"] == "failure" and response["requestId"] == event["requestId"]
                       and message in response["errorMessage"] and response["fragment"] == fragment, f"{status} {errors} {response}")
        return response, errors

    def fragments(self):
        first = lambda task: task["ContainerDefinitions"][0]
        response = self.succeeds("a whole template", TEMPLATE, lambda t: first(t["Resources"]["Task"]["Properties"]))
        # What the macro gives is what the command gives for the same template.
        status, output, errors = self.program.run("cloudformation", *BASE, "--offline", self.program.file("t.json", json.dumps(TEMPLATE)))
        self.tap.check("the fragment is what `cloudformation FILE` writes", response["fragment"] == json.loads(output), errors)
        self.succeeds("requestId is kept as it is", TEMPLATE, lambda t: first(t["Resources"]["Task"]["Properties"]), request_id="é\"\\/ 1")
        self.succeeds("one resource", RESOURCE, lambda r: first(r["Properties"]))
        self.succeeds("resources", TEMPLATE["Resources"], lambda r: first(r["Task"]["Properties"]))
        response = self.succeeds("a task definition's properties", PROPERTIES, first)
        self.tap.check("its init container and volume are in it", response["fragment"]["Volumes"] == [{"Name": "tercel"}] and
                       response["fragment"]["ContainerDefinitions"][-1]["Image"] == AGENT)
        self.succeeds("one container, embedded", CONTAINER, lambda c: c, "--delivery", "embedded")
        self.fails("one container has no place for a volume", CONTAINER, "outside of the fragment")
        self.fails("something else", {"Description": "x"}, "no template, no resource")
        self.fails("a parameter of the macro", TEMPLATE, "the parameter Exclude is not known", params={"Exclude": "app"})
        self.fails("a list", [CONTAINER], "no template, no resource")
        nothing = replaced(TEMPLATE, Resources={"Bucket": {"Type": "AWS::S3::Bucket"}})
        status, response, errors = self.macro(event_of(nothing))
        self.tap.check("nothing to do is a success", status == 0 and response["fragment"] == nothing, errors)
        self.fails("nothing to do, but --require", nothing, "1 are required", "--require", "1")

    def refusals(self):
        by_parameter = replaced(TEMPLATE)
        by_parameter["Resources"]["Task"]["Properties"]["ContainerDefinitions"] = [{"Name": "app", "Image": {"Ref": "Password"}}]
        response, errors = self.fails("a failure names the resource", by_parameter, "Task: container \"app\"")
        good = SECRET not in errors and SECRET not in response["errorMessage"]
        # A registry that is not there, and a name that is none: both messages would show the image's name.
        for password in (f"127.0.0.1:1/{SECRET}:1", f"{SECRET}:1:2:3"):
            event = event_of(by_parameter, templateParameterValues={"Password": password})
            done = self.program.run("cloudformation", "--macro", *BASE, stdin=json.dumps(event).encode())
            response = json.loads(done[1])
            good = good and done[0] == 1 and SECRET not in done[2] and SECRET not in response["errorMessage"]
            self.tap.check("a NoEcho value is in no message", good and "its expression" in response["errorMessage"], done[2])
            event = event_of(by_parameter["Resources"]["Task"], templateParameterValues={"Password": password})
            done = self.program.run("cloudformation", "--macro", *BASE, stdin=json.dumps(event).encode())
            response = json.loads(done[1])
            self.tap.check("nor where the fragment does not say what is NoEcho", SECRET not in done[2] and SECRET not in
                           response["errorMessage"] and "its expression" in response["errorMessage"], done[2])
        clear = replaced(TEMPLATE)
        clear["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Command"] = ["--log-me", "not"]
        _, _, errors = self.macro(event_of(clear))
        self.tap.check("the log does not hold the template's words", "--log-me" not in errors and "Task/app: instrumented" in errors, errors)
        half = replaced(TEMPLATE)
        half["Resources"]["Second"] = {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "NetworkMode": "awsvpc", "ContainerDefinitions": [{"Name": "b", "Image": {"Fn::GetAtt": ["R", "Uri"]}}]}}
        self.fails("never a part of it", half, "Second: container \"b\"")
        file = self.program.file("image.json", '{"entrypoint": ["/found"]}')
        template = replaced(TEMPLATE)
        template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0] = {
            "Name": "app", "Image": {"Fn::Sub": "${AWS::AccountId}/${AWS::Region}/${AWS::Partition}/${Mode}"}}
        status, response, errors = self.macro(event_of(template), "--image-config", f"123456789012/eu-west-1/aws/serve={file}")
        self.tap.check("the event's parameters, region and account", status == 0 and "/found" in json.dumps(response), errors)

    def bad_events(self):
        for name, event in [("no JSON", b"{"), ("empty", b""), ("a list", b"[]"), ("no requestId", b'{"fragment": {}}'),
                            ("a number as requestId", b'{"requestId": 1}')]:
            status, response, errors = self.macro(event)
            self.tap.check(f"no event: {name}", status == 1 and response is None and errors.count(": error: ") == 1, errors)
        status, response, errors = self.macro(b'{"requestId": "1"}')
        self.tap.check("no fragment", status == 1 and response["status"] == "failure", errors)
        status, _, errors = self.program.run("cloudformation", "--macro", "--lambda", *BASE)
        self.tap.check("--macro and --lambda", status == 2, errors)
        status, _, errors = self.program.run("cloudformation", "--macro", *BASE, "file")
        self.tap.check("--macro with a file", status == 2, errors)
        status, _, errors = self.program.run("cloudformation", *BASE)
        self.tap.check("no file", status == 2 and "FILE" in errors, errors)

    def large(self):
        """About 1 MB of template, of which the macro changes one task."""
        template = replaced(TEMPLATE)
        for i in range(480):
            template["Resources"][f"Bucket{i}"] = {"Type": "AWS::S3::Bucket", "Metadata": {"Text": "é" * 950}}
        size = len(json.dumps(template, ensure_ascii=False).encode())
        event = json.dumps(event_of(template), ensure_ascii=False).encode()
        begin = time.monotonic()
        status, response, errors = self.macro(event)
        self.tap.check(f"a template of {size} bytes (took {1000 * (time.monotonic() - begin):.0f} ms here)",
                       status == 0 and len(response["fragment"]["Resources"]) == 482, errors)

    def served(self):
        runtime = Runtime()
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.server_port}", "http_proxy": "http://127.0.0.1:1"}
        with open(self.program.file("log", ""), "w") as log:
            process = subprocess.Popen([self.program.path, "cloudformation", "--lambda", *BASE, "--offline"], env=environment, stderr=log)
        try:
            runtime.events.put(("id-1", json.dumps(event_of(TEMPLATE)).encode()))
            path, body, kind = runtime.answers.get(timeout=60)
            response = json.loads(body)
            self.tap.check("--lambda: a response", path == "/2018-06-01/runtime/invocation/id-1/response" and kind is None and
                           response["status"] == "success" and response["fragment"]["Resources"]["Task"]["Properties"]
                           ["ContainerDefinitions"][0]["EntryPoint"][:5] == W, (path, body))
            runtime.events.put(("id-2", json.dumps(event_of({"x": 1})).encode()))
            path, body, kind = runtime.answers.get(timeout=60)
            self.tap.check("--lambda: a refusal is a response, too", path.endswith("/id-2/response") and
                           json.loads(body)["status"] == "failure", (path, body))
            runtime.events.put(("id-3", b"nonsense"))
            path, body, kind = runtime.answers.get(timeout=60)
            self.tap.check("--lambda: what is no event is an error", path.endswith("/id-3/error") and kind and
                           "errorMessage" in json.loads(body), (path, body))
            large = replaced(TEMPLATE, Metadata={"Text": "x" * 1000000})
            runtime.events.put(("id-4", json.dumps(event_of(large)).encode()))
            path, body, kind = runtime.answers.get(timeout=60)
            self.tap.check("--lambda: a large event", path.endswith("/id-4/response") and len(body) > 1000000, path)
            runtime.events.put(("../../x", b"{}"))
            status = process.wait(timeout=60)
            self.tap.check("--lambda: ends when the runtime API makes no sense", status == 3 and runtime.answers.empty(), status)
        finally:
            process.kill()
            process.wait()
        log = open(os.path.join(self.program.directory.name, "log")).read()
        self.tap.check("--lambda: no NoEcho value in the log", SECRET not in log and "Task/app: instrumented" in log, log)
        status, _, errors = self.program.run("cloudformation", "--lambda", *BASE, env={"AWS_LAMBDA_RUNTIME_API": ""})
        self.tap.check("--lambda: outside of Lambda", status == 2 and "AWS_LAMBDA_RUNTIME_API" in errors, errors)
        status, _, errors = self.program.run("cloudformation", "--lambda", *BASE, env={"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"})
        self.tap.check("--lambda: nobody there", status == 3, errors)


def main():
    tests = Tests(sys.argv[1])
    tests.fragments()
    tests.refusals()
    tests.bad_events()
    tests.large()
    tests.served()
    print(f"# group I: {tests.tap.count} cases")
    tests.tap.finish()


if __name__ == "__main__":
    main()
