#!/usr/bin/env python3
"""Where tercel-instrument learns what an image runs: files, layouts, archives, and a registry that is played here.

usage: check_image_lookup.py TERCEL_INSTRUMENT      prints TAP
"""

import base64
import hashlib
import http.server
import io
import json
import os
import sys
import tarfile
import threading

from support import BASE, W, Program, Tap, dumps

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker.distribution.manifest."


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Registry(http.server.ThreadingHTTPServer):
    """Blobs and manifests by path; what is asked for is recorded."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {}   # path -> (type, bytes)
        self.requests = []  # (path, Authorization or None)
        self.failures = {}  # path -> statuses that come first
        self.token = self.basic = self.token_basic = self.redirect = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def name(self):
        return f"127.0.0.1:{self.server_port}"

    def add(self, repository, kind, content, tag=None, content_type=OCI + "manifest.v1+json", digest=None):
        digest = digest or digest_of(content)
        for name in [digest] + ([tag] if tag else []):
            self.answers[f"/v2/{repository}/{kind}/{name}"] = (content_type, content)
        return digest

    def add_image(self, repository, tag, entry_point, command, content_type=OCI + "manifest.v1+json", architecture="amd64"):
        config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": {}, "config":
                             {"Entrypoint": entry_point, "Cmd": command}}).encode()
        digest = self.add(repository, "blobs", config, content_type="application/octet-stream")
        manifest = json.dumps({"schemaVersion": 2, "mediaType": content_type, "config": {"digest": digest}}).encode()
        return self.add(repository, "manifests", manifest, tag, content_type)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer was too large for the client

    def do_GET(self):
        server, authorization = self.server, self.headers.get("Authorization")
        path = self.path.split("?")[0]
        server.requests.append((self.path, authorization))
        failures = server.failures.get(path)
        if failures:
            self.answer(failures.pop(0))
        elif path == "/token":
            if server.token_basic and authorization != server.token_basic:
                self.answer(401)
            else:
                self.answer(200, json.dumps({"token": server.token}).encode())
        elif server.token and authorization != f"Bearer {server.token}":
            challenge = f'Bearer realm="http://{server.name}/token",service="reg service",scope="repository:x:pull"'
            self.answer(401, WWW_Authenticate=challenge)
        elif server.basic and authorization != server.basic:
            self.answer(401, WWW_Authenticate='Basic realm="x"')
        elif server.redirect and "/blobs/" in path:
            self.answer(307, Location=server.redirect + path)
        elif path in server.answers:
            content_type, content = server.answers[path]
            self.answer(200, content, Content_Type=content_type)
        else:
            self.answer(404)


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)
        self.environment = {"DOCKER_CONFIG": self.program.directory.name, "REGISTRY_TOKEN": "", "no_proxy": "*"}
        self.environment = {key: value for key, value in self.environment.items() if value}
        os.environ.pop("REGISTRY_TOKEN", None)

    def run(self, image, *options, architecture=None, env=None, others=()):
        task = {"family": "f", "networkMode": "awsvpc", "containerDefinitions": [{"name": "app", "image": image}] +
                [{"name": f"app{i}", "image": other} for i, other in enumerate(others)]}
        if architecture:
            task["runtimePlatform"] = {"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"}
        path = self.program.file("task.json", dumps(task))
        return self.program.run("task-definition", *BASE, *options, path, env={**self.environment, **(env or {})})

    def finds(self, name, image, entry_point, command, *options, **more):
        status, output, errors = self.run(image, *options, **more)
        container = json.loads(output)["containerDefinitions"][0] if status == 0 else {}
        self.tap.check(name, container.get("entryPoint") == W + (entry_point or []) and container.get("command") == command,
                       f"{status} {errors} {container}")

    def fails(self, name, image, message, *options, status=3, **more):
        got, output, errors = self.run(image, *options, **more)
        self.tap.check(name, got == status and output == b"" and message in errors and errors.count(": error: ") == 1,
                       f"{got} {errors}")

    # ---- files ----

    def files(self):
        words = {"Entrypoint": ["/e"], "Cmd": ["c"]}
        forms = {"docker inspect": [{"Id": "x", "Config": words}], "OCI": {"config": words, "rootfs": {}},
                 "plain": {"entrypoint": ["/e"], "cmd": ["c"]}}
        for name, content in forms.items():
            path = self.program.file("config.json", json.dumps(content))
            self.finds(f"file: {name}", "x:1", ["/e"], ["c"], "--offline", "--image-config", f"app={path}")
        self.finds("file: by the image's name", "x:1", ["/e"], ["c"], "--offline", "--image-config", f"x:1={path}")
        path = self.program.file("config.json", json.dumps({"config": {"Entrypoint": None, "Cmd": ["c"]}}))
        self.finds("file: null for the entry point", "x:1", None, ["c"], "--image-config", f"app={path}")
        self.fails("--offline", "x:1", "give --image-config", "--offline", status=1)
        status, output, errors = self.run("x:1", "--image-config", path)
        self.tap.check("file: without a name", status == 2 and output == b"" and "whose configuration" in errors, errors)

    def write_layout(self, images, name="layout", key="org.opencontainers.image.ref.name"):
        """images: (reference name or None, architecture, entry point, command)"""
        directory = os.path.join(self.program.directory.name, name)
        os.makedirs(directory + "/blobs/sha256", exist_ok=True)

        def blob(value):
            content = json.dumps(value).encode()
            with open(f"{directory}/blobs/sha256/{hashlib.sha256(content).hexdigest()}", "wb") as file:
                file.write(content)
            return digest_of(content)

        manifests = []
        for reference, architecture, entry_point, command in images:
            config = blob({"config": {"Entrypoint": entry_point, "Cmd": command}, "rootfs": {}})
            manifest = blob({"schemaVersion": 2, "config": {"digest": config}})
            manifests.append({"digest": manifest, "annotations": {key: reference} if reference else {},
                              "platform": {"architecture": architecture, "os": "linux"}})
        with open(directory + "/index.json", "w") as file:
            json.dump({"schemaVersion": 2, "manifests": manifests}, file)
        return directory, manifests

    def layouts(self):
        directory, manifests = self.write_layout([("1", "amd64", ["/one"], ["c"]), ("1", "arm64", ["/arm"], None),
                                                  ("2", "amd64", ["/two"], None)])
        self.finds("layout: by tag", "example.com/x:2", ["/two"], None, "--oci-layout", f"app={directory}")
        self.finds("layout: by tag and platform", "example.com/x:1", ["/arm"], None, "--oci-layout", f"app={directory}",
                   architecture="ARM64")
        self.fails("layout: not clear which", "example.com/x:3", "which image is meant", "--oci-layout", f"app={directory}")
        with open(f"{directory}/blobs/sha256/{manifests[2]['digest'][7:]}", "a") as file:
            file.write(" ")
        self.fails("layout: a digest that does not match", "example.com/x:2", "another digest", "--oci-layout", f"app={directory}")
        self.fails("layout: none", "x:1", "cannot read", "--oci-layout", "app=/nonexistent")

    def unnamed_layouts(self):
        """--oci-layout DIR: for the images that it has."""
        def layout(*images, **more):
            return "--oci-layout", self.write_layout(images, **more)[0]

        def warns(name, image, entry_point, warning, *options):
            errors = self.run(image, "--offline", *options)[2]
            self.finds(name, image, entry_point, None, "--offline", *options)
            self.tap.check(f"{name}: {'with' if warning else 'without'} a warning", ("although its name" in errors) == warning, errors)

        nameless = layout((None, "amd64", ["/one"], None), name="nameless")
        warns("unnamed layout: the only image", "r.example/team/x:7", ["/one"], False, *nameless)
        warns("unnamed layout: its tag fits", "r.example/x:7", ["/one"], False, *layout(("7", "amd64", ["/one"], None), name="a"))
        warns("unnamed layout: the only one, of another name", "r.example/x:8", ["/one"], True, *layout(("7", "amd64", ["/one"], None), name="a"))
        several = layout(("x:7", "amd64", ["/x7"], None), ("docker.io/library/y:7", "amd64", ["/y7"], None),
                         ("r.example/z:latest", "amd64", ["/z"], None), name="b", key="io.containerd.image.name")
        for image, entry_point in {"docker.io/library/x:7": "/x7", "y:7": "/y7", "r.example/z": "/z", "r.example/team/x:7": "/x7"}.items():
            warns(f"unnamed layout: {image} by its name", image, [entry_point], False, *several)
        self.fails("unnamed layout: it has not this one", "x:8", "give --image-config", "--offline", *several, status=1)
        directory, manifests = self.write_layout([("7", "amd64", ["/one"], None)], name="c")
        digest = manifests[0]["digest"]
        self.finds("unnamed layout: by digest", f"q@{digest}", ["/one"], None, "--offline", "--oci-layout", directory)
        self.fails("unnamed layout: another digest", f"q@sha256:{'a' * 64}", "give --image-config", "--offline",
                   "--oci-layout", directory, status=1)
        self.finds("unnamed layout: two that fit to two", "r.example/x:7", ["/one"], None, "--offline", *layout(("7", "amd64", ["/one"], None), name="d"),
                   *layout(("8", "amd64", ["/two"], None), name="e"), others=["r.example/y:8"])
        self.fails("unnamed layout: one image for two", "x:7", "may be meant for x:7 as well", "--offline", *nameless, others=["y:7"])
        self.finds("unnamed layout: one image twice", "x:7", ["/one"], None, "--offline", *nameless, others=["x:7"])
        self.fails("unnamed layout: two for one image", "x:7", "may have it", "--offline", *nameless, *layout((None, "amd64", ["/two"], None), name="f"))
        self.fails("unnamed layout: none", "x:1", "cannot read", "--oci-layout", "/nonexistent")
        path = self.program.file("Dockerfile", "FROM r.example/team/x:7\n")
        status, output, errors = self.program.run("dockerfile", "--agent-image", "a", "--offline", *several, path)
        self.tap.check("unnamed layout: for a Dockerfile", status == 0 and b'"/x7"' in output, errors)

    def write_archive(self, name, configs, manifest):
        path = os.path.join(self.program.directory.name, name)
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for member, value in [("layer/layer.tar", "x" * 1000), *configs.items(), ("manifest.json", manifest)]:
                content = json.dumps(value).encode()
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return path

    def archives(self):
        first, second = {"config": {"Entrypoint": ["/a"], "Cmd": None}}, {"config": {"Entrypoint": ["/b"], "Cmd": ["c"]}}
        path = self.write_archive("saved.tar", {"a.json": first, "b.json": second},
                                  [{"Config": "a.json", "RepoTags": ["x:1"]}, {"Config": "b.json", "RepoTags": ["x:2"]}])
        self.finds("unnamed archive: by name", "docker.io/library/x:2", ["/b"], ["c"], "--offline", "--docker-archive", path)
        self.finds("unnamed archive: by the last part of the name", "r.example/team/x:1", ["/a"], None, "--offline", "--docker-archive", path)
        self.fails("unnamed archive: it has not this one", "x:3", "give --image-config", "--offline", "--docker-archive", path, status=1)
        one = self.write_archive("one.tar", {"a.json": first}, [{"Config": "a.json", "RepoTags": None}])
        self.finds("unnamed archive: the only image", "y:1", ["/a"], None, "--offline", "--docker-archive", one)
        self.finds("archive", "x:2", ["/b"], ["c"], "--docker-archive", f"app={path}")
        self.fails("archive: another image", "x:3", "which image is meant", "--docker-archive", f"app={path}")
        whole = open(path, "rb").read()
        cut = self.program.file("cut.tar", whole[:2048])
        self.fails("archive: cut off", "x:2", "it has no manifest.json", "--docker-archive", f"app={cut}")
        noise = self.program.file("noise.tar", b"x" * 2048)
        self.fails("archive: none", "x:2", "no tar archive", "--docker-archive", f"app={noise}")

    # ---- registries ----

    def registries(self):
        registry = Registry()
        registry.add_image("team/app", "1", ["/e"], ["c"])
        name = f"{registry.name}/team/app:1"
        self.finds("registry: OCI manifest by tag", name, ["/e"], ["c"])
        digest = registry.add_image("team/app", "docker", ["/d"], None, DOCKER + "v2+json")
        self.finds("registry: Docker's schema 2", f"{registry.name}/team/app:docker", ["/d"], None)
        self.finds("registry: tag and digest", f"{registry.name}/team/app:1@{digest}", ["/d"], None)
        registry.add_image("team/app", "null", None, ["c"])
        self.finds("registry: no entry point", f"{registry.name}/team/app:null", None, ["c"])
        registry.add_image("team/app", "latest", ["/latest"], None)
        self.finds("registry: no tag", f"{registry.name}/team/app", ["/latest"], None)
        self.indexes(registry)
        self.pins(registry)
        self.faults(registry)
        self.retries(registry, name)
        self.cache(registry, digest)
        self.tokens(registry, name)

    def indexes(self, registry):
        for tag, content_type in [("oci", OCI + "index.v1+json"), ("list", DOCKER + "list.v2+json")]:
            manifests = []
            for architecture in ("arm64", "amd64", "s390x"):
                digest = registry.add_image("team/app", None, [f"/{tag}-{architecture}"], None, architecture=architecture)
                manifests.append({"digest": digest, "platform": {"os": "linux", "architecture": architecture}})
            index = json.dumps({"schemaVersion": 2, "mediaType": content_type, "manifests": manifests}).encode()
            registry.add("team/app", "manifests", index, tag, content_type)
            image = f"{registry.name}/team/app:{tag}"
            self.finds(f"index {tag}: amd64 unless something else is said", image, [f"/{tag}-amd64"], None)
            self.finds(f"index {tag}: ARM64", image, [f"/{tag}-arm64"], None, architecture="ARM64")
            self.finds(f"index {tag}: --arch", image, [f"/{tag}-arm64"], None, "--arch", "arm64")
        only = json.dumps({"schemaVersion": 2, "manifests": [{"digest": digest, "platform": {"os": "linux", "architecture": "x"}}]})
        registry.add("team/app", "manifests", only.encode(), "other")
        self.fails("index without the platform", f"{registry.name}/team/app:other", "no variant for linux/amd64")
        loop = json.dumps({"manifests": [{"digest": digest_of(b"loop")}]}).encode()
        registry.add("team/app", "manifests", loop, "loop", digest=digest_of(b"loop"))
        self.fails("index: of another digest", f"{registry.name}/team/app:loop", "another digest")

    def pins(self, registry):
        """--pin: the digest of what the name stands for, and the tag again after removal."""
        text = {"networkMode": "awsvpc", "containerDefinitions": [{"name": "app", "image": f"{registry.name}/team/app:oci"},
                                                                  {"name": "b", "image": f"{registry.name}/team/app"},
                                                                  {"name": "c", "image": "x:1", "entryPoint": ["/c"]}]}
        path = self.program.file("pin.json", json.dumps(text, indent=3).replace('": ', '" :  '))
        status, output, errors = self.program.run("task-definition", *BASE, "--pin", path, env=self.environment)
        index = digest_of(registry.answers["/v2/team/app/manifests/oci"][1])
        latest = digest_of(registry.answers["/v2/team/app/manifests/latest"][1])
        images = [c["image"] for c in json.loads(output)["containerDefinitions"]] if status == 0 else []
        self.tap.check("pin: the index's digest in place of the tag, where an image was read", images[:3] ==
                       [f"{registry.name}/team/app@{index}", f"{registry.name}/team/app@{latest}", "x:1"], f"{images} {errors}")
        self.tap.check("pin: no warning about a tag that can move", "a tag can move" not in errors, errors)
        pinned = self.program.file("pinned.json", output)
        removed = self.program.run("remove", pinned)
        self.tap.check("pin: remove writes the tag again", removed[1] == open(path, "rb").read(), removed[2])
        again = self.program.run("task-definition", *BASE, "--pin", pinned, env=self.environment)
        self.tap.check("pin: a second run changes nothing", again[1] == output, again[2])
        file = self.program.file("image.json", '{"entrypoint": ["/e"]}')
        self.fails("pin: from a file", "x:1", "does not say its digest", "--pin", "--image-config", f"app={file}", status=1)

    def faults(self, registry):
        image = f"{registry.name}/team/app"
        self.fails("registry: 404", f"{image}:none", "HTTP status 404")
        registry.add("team/app", "manifests", b'{"schemaVersion": 1}', "schema1")
        self.fails("registry: schema 1", f"{image}:schema1", "none of OCI's")
        registry.add("team/app", "manifests", b"<html>", "html")
        self.fails("registry: no JSON", f"{image}:html", "none of OCI's")
        config = registry.add("team/app", "blobs", b'{"config": {}}', digest=digest_of(b"other"))
        registry.add("team/app", "manifests", json.dumps({"config": {"digest": config}}).encode(), "wrong")
        self.fails("registry: a configuration with another digest", f"{image}:wrong", "another digest")
        config = registry.add("team/app", "blobs", b'{"config": {"Cmd": ["' + b"x" * (5 << 20) + b'"]}}')
        registry.add("team/app", "manifests", json.dumps({"config": {"digest": config}}).encode(), "large")
        self.fails("registry: a configuration of 5 MB", f"{image}:large", "more than 1048576 bytes")
        registry.add("team/app", "manifests", json.dumps({"config": {"digest": "sha256:../../x"}}).encode(), "path")
        self.fails("registry: a digest that is none", f"{image}:path", "no SHA-256 digest")
        for bad in ("UPPER/x:1", "x:1@sha256:12", "../x", "a b", "x:" + "t" * 200):
            self.fails(f"no name of an image: {bad[:20]}", bad, "no name of an image")
        self.fails("registry: nobody there", "127.0.0.1:1/x:1", "image 127.0.0.1:1/x:1: ")

    def retries(self, registry, name):
        registry.failures["/v2/team/app/manifests/1"] = [429, 503]
        self.finds("registry: 429 and 503, then an answer", name, ["/e"], ["c"])
        registry.failures["/v2/team/app/manifests/1"] = [500, 500, 500]
        self.fails("registry: 500 three times", name, "HTTP status 500")
        self.tap.check("registry: not a fourth time", registry.failures["/v2/team/app/manifests/1"] == [])
        registry.failures["/v2/team/app/manifests/1"] = [404]
        self.fails("registry: 404 is not tried again", name, "HTTP status 404")

    def cache(self, registry, digest):
        directory = os.path.join(self.program.directory.name, "cache")
        os.makedirs(directory)
        image = f"{registry.name}/team/app@{digest}"
        self.finds("cache: filled", image, ["/d"], None, "--cache", directory)
        count = len(registry.requests)
        self.finds("cache: used offline", image, ["/d"], None, "--cache", directory, "--offline")
        self.finds("cache: used before the registry", image, ["/d"], None, "--cache", directory)
        self.tap.check("cache: the registry was not asked again", len(registry.requests) == count)
        for name in os.listdir(directory):
            with open(os.path.join(directory, name), "a") as file:
                file.write(" ")
        self.fails("cache: changed files are not believed", image, "give --image-config", "--cache", directory, "--offline", status=1)

    def tokens(self, registry, name):
        registry.token = "s3cret"
        registry.requests.clear()
        self.finds("token: anonymous", name, ["/e"], ["c"])
        asked = [path for path, _ in registry.requests if path.startswith("/token")]
        self.tap.check("token: asked for once, with service and scope", asked ==
                       ["/token?service=reg%20service&scope=repository%3Ax%3Apull"], asked)
        self.finds("token: REGISTRY_TOKEN", name, ["/e"], ["c"], env={"REGISTRY_TOKEN": "s3cret"})
        self.fails("token: a wrong one", name, "refuses the credentials", env={"REGISTRY_TOKEN": "wrong"})
        basic = "Basic " + base64.b64encode(b"user:pass").decode()
        registry.token_basic = basic
        self.fails("token: without credentials", name, "HTTP status 401")
        self.docker_config({"auths": {registry.name: {"auth": basic[6:]}}})
        self.finds("token: credentials of docker login", name, ["/e"], ["c"])
        self.helper(registry, name)
        self.redirects(registry, name)
        registry.token, registry.basic = None, basic
        self.finds("basic authentication", name, ["/e"], ["c"])
        registry.basic = "Basic other"
        self.fails("basic authentication: wrong", name, "refuses the credentials")
        self.docker_config({})
        self.fails("basic authentication: none", name, "wants credentials")
        self.program.file("config.json", "{")
        self.fails("Docker's configuration is broken", name, "cannot read")

    def docker_config(self, value):
        self.program.file("config.json", json.dumps(value))

    def helper(self, registry, name):
        script = self.program.file("docker-credential-played", "#!/bin/sh\nread server\ntest \"$1 $server\" = \"get "
                                   + registry.name + "\" || exit 1\necho '{\"Username\": \"user\", \"Secret\": \"pass\"}'\n")
        os.chmod(script, 0o755)
        path = {"PATH": self.program.directory.name + ":" + os.environ["PATH"]}
        self.docker_config({"credHelpers": {registry.name: "played"}})
        self.finds("credential helper", name, ["/e"], ["c"], env=path)
        self.docker_config({"credHelpers": {registry.name: "missing"}})
        self.fails("credential helper that is missing", name, "gave no credentials", env=path)
        self.docker_config({"credHelpers": {registry.name: "../x"}})
        self.fails("credential helper that is none", name, "cannot be one", env=path)
        self.docker_config({"auths": {registry.name: {"auth": base64.b64encode(b"user:pass").decode()}}})

    def redirects(self, registry, name):
        other = Registry()
        other.answers = registry.answers
        registry.redirect = f"http://{other.name}"
        self.finds("redirect to another host", name, ["/e"], ["c"])
        self.tap.check("redirect: no credentials for the other host", other.requests and
                       all(authorization is None for _, authorization in other.requests), other.requests)
        other.redirect = f"http://{other.name}"
        self.fails("redirects without end", name, "redirects")
        registry.redirect = "file:///etc"
        self.fails("redirect to a file", name, "")
        registry.redirect = None


def main():
    tests = Tests(sys.argv[1])
    tests.files()
    tests.layouts()
    tests.unnamed_layouts()
    tests.archives()
    tests.registries()
    print(f"# group F: {tests.tap.count} cases")
    tests.tap.finish()


if __name__ == "__main__":
    main()
