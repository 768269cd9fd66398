#!/usr/bin/env python3
"""Images in ECR's private registries: their token, and where the credentials for AWS come from. Everything is played by
aws_played.py behind a proxy, under the real names; where moto is installed its ECR gives the token too.

usage: check_ecr.py TERCEL_INSTRUMENT      prints TAP
"""

import base64
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys

from aws_played import Server, World, certificate, tls_context
from support import BASE, W, Program, Tap, dumps, start_moto

ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
HOSTS = {  # registry -> where its API is
    REGISTRY: "api.ecr.eu-west-1.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com": "api.ecr.us-gov-west-1.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com": "ecr-fips.us-east-1.amazonaws.com",
    f"{ACCOUNT}.dkr-ecr.eu-central-1.on.aws": "ecr.eu-central-1.api.aws",
    f"{ACCOUNT}.dkr-ecr-fips.us-west-2.on.aws": "ecr-fips.us-west-2.api.aws",
    f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn": "api.ecr.cn-north-1.amazonaws.com.cn",
    f"{ACCOUNT}.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn": "ecr.cn-northwest-1.api.amazonwebservices.com.cn",
}
OTHERS = [  # names that only look like it
    f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.example.org",
    f"{ACCOUNT}.dkr.ecr.eu-west-1.example.org",
    f"{ACCOUNT}.dkr.ecr.evil.example.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.-eu-west-1.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.EU-WEST-1.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.eu-west-1.on.aws",
    "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
    f"x.{REGISTRY}",
    "public.ecr.aws",
]
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/of+the-key"}
SESSION = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "other-secret", "AWS_SESSION_TOKEN": "session+token/=="}
SECRETS = ["secret/of+the-key", "other-secret", "session+token", "wrong-secret", "password-of-ecr", World.PASSWORD,
           "web-token", "container-token"]
IMAGE = REGISTRY + "/team/app:1"


class Tests:
    def __init__(self, path):
        self.tap = Tap()
        self.program = Program(path)
        self.home = os.path.join(self.program.directory.name, "home")
        os.makedirs(self.home + "/.aws")
        names = list(HOSTS) + list(HOSTS.values()) + OTHERS + [
            "sts.eu-west-1.amazonaws.com", "layers.s3.amazonaws.com", "elsewhere.example.org", "registry-1.docker.io",
            "private.example.org"]
        self.certificate = certificate(self.program.directory.name, names)
        self.restart()
        for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
            del os.environ[name]
        os.environ.pop("REGISTRY_TOKEN", None)

    def restart(self):
        """A new world, in which nothing was asked yet."""
        self.world = World()
        self.server = Server(self.world)
        self.server.tls = tls_context(self.certificate)
        self.environment = {"HOME": self.home, "https_proxy": self.server.url, "no_proxy": "127.0.0.1",
                            "SSL_CERT_FILE": self.certificate, "AWS_EC2_METADATA_DISABLED": "true"}

    def shared_file(self, name, text):
        path = f"{self.home}/.aws/{name}"
        if text is None:
            if os.path.exists(path):
                os.remove(path)
            return
        with open(path, "w") as file:
            file.write(text)

    def run(self, env, images):
        task = {"family": "f", "networkMode": "awsvpc", "containerDefinitions":
                [{"name": f"app{i}", "image": image} for i, image in enumerate(images)]}
        path = self.program.file("task.json", dumps(task))
        self.world.requests.clear()
        return self.program.run("task-definition", *BASE, path, env={**self.environment, **env})

    def secret_of(self, errors):
        return [secret for secret in SECRETS if secret in errors]

    def finds(self, name, env, *images):
        status, output, errors = self.run(env, images or [IMAGE])
        containers = json.loads(output)["containerDefinitions"] if status == 0 else []
        good = containers and all(c.get("entryPoint") == W + ["/e"] for c in containers if c["name"].startswith("app"))
        self.tap.check(name, good and not self.secret_of(errors), f"{status} {errors} {self.world.requests}")

    def fails(self, name, env, message, image=IMAGE):
        status, output, errors = self.run(env, [image])
        self.tap.check(name, status == 3 and output == b"" and message in errors and not self.secret_of(errors) and
                       errors.count(": error: ") == 1, f"{status} {errors} {self.world.requests}")

    # ---- names and the token ----

    def names(self):
        for registry, api in HOSTS.items():
            self.finds(f"name: {registry}", KEYS, registry + "/team/app:1")
            self.tap.check(f"name: its API is {api}", [r.host for r in self.world.requests if "x-amz-target" in r.headers] == [api],
                           self.world.requests)
        for registry in OTHERS:
            self.fails(f"name: not {registry}", KEYS, "" if "EU-" in registry else "wants credentials", registry + "/team/app:1")
            self.tap.check("name: and AWS was not asked", not self.world.asked("api."), self.world.requests)

    def token(self):
        world = self.world
        self.finds("token: access key", KEYS)
        self.tap.check("token: asked for once, after the registry wanted one", len(world.asked("api.ecr")) == 1 and
                       world.requests[0].host == REGISTRY, world.requests)
        self.tap.check("token: the registry got it", "Basic " + World.PASSWORD in
                       [r.headers.get("authorization") for r in world.asked(REGISTRY)])
        self.tap.check("token: the redirect's host did not", world.asked("layers.s3") and
                       all("authorization" not in r.headers for r in world.asked("layers.s3")), world.requests)
        self.finds("token: session", SESSION)
        self.tap.check("token: with the session's header", world.asked("api.ecr")[0].headers.get("x-amz-security-token") ==
                       SESSION["AWS_SESSION_TOKEN"])
        self.finds("token: two images of one registry", KEYS, IMAGE, REGISTRY + "/team/other:1")
        self.tap.check("token: asked for once in a run", len(world.asked("api.ecr")) == 1, world.requests)
        self.fails("token: a repository that is not there", KEYS, "HTTP status 404", REGISTRY + "/team/none:1")
        world.accepted[REGISTRY] = "Basic other"
        self.fails("token: the registry does not take it", KEYS, "refuses the credentials")
        world.accepted.clear()
        self.hostile_answers()

    def hostile_answers(self):
        def data(token):
            return json.dumps({"authorizationData": [{"authorizationToken": token}]}).encode()

        answers = {"no JSON": b"<html>", "no data": b"{}", "empty list": b'{"authorizationData": []}',
                   "no base64": data("####"), "not AWS's": data(base64.b64encode(b"EVIL:password").decode()),
                   "no password": data(base64.b64encode(b"AWS:").decode()), "a line's end": data("QVdT\r\nX: y"),
                   "a number": data(7)}
        for name, answer in answers.items():
            self.world.api_answers = [(200, answer, {})]
            self.fails(f"token: hostile answer: {name}", KEYS, "GetAuthorizationToken gave no token")
        self.world.api_answers = [(200, data("A" * 70000), {})]
        self.fails("token: hostile answer: large", KEYS, "more than 65536 bytes")
        self.world.api_answers = [(400, json.dumps({"__type": "x\x1b[2J", "message": "y\x1b[2J" + "z" * 9999}).encode(), {})]
        self.fails("token: hostile answer: control characters", KEYS, "HTTP status 400 (AWS credentials from the environment)")
        self.world.api_answers = [(307, b"", {"Location": "https://elsewhere.example.org/"})]
        self.fails("token: a redirect is not followed", SESSION, "HTTP status 307")
        self.tap.check("token: nor is its host asked", not self.world.asked("elsewhere"), self.world.requests)
        self.world.api_answers = [(500, b"", {}), (429, b"", {})]
        self.finds("token: 500 and 429, then an answer", KEYS)

    def refusals(self):
        self.fails("refused: wrong secret", {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong-secret"},
                   "HTTP status 403, InvalidSignatureException: The request signature we calculated does not match")
        self.fails("refused: wrong secret of a session", {**SESSION, "AWS_SECRET_ACCESS_KEY": "wrong-secret"},
                   "HTTP status 403, InvalidSignatureException")
        self.fails("refused: unknown key", {**KEYS, "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"},
                   "UnrecognizedClientException: The security token included in the request is invalid. "
                   "(AWS credentials from the environment)")
        self.world.api_answers = [(400, b'{"__type": "ExpiredTokenException", "message": "The security token included in the '
                                   b'request is expired"}', {})]
        self.fails("refused: expired session", SESSION, "ExpiredTokenException: The security token included in the request is expired")
        self.world.api_answers = [(400, b'{"__type": "AccessDeniedException", "Message": "no ecr:GetAuthorizationToken"}', {})]
        self.fails("refused: no permission", KEYS, "AccessDeniedException: no ecr:GetAuthorizationToken")

    def order(self):
        docker = os.path.join(self.home, ".docker")
        os.makedirs(docker, exist_ok=True)
        logged_in = "Basic " + base64.b64encode(b"AWS:of-docker").decode()

        def docker_config(value):
            with open(docker + "/config.json", "w") as file:
                json.dump(value, file)

        self.world.accepted[REGISTRY] = logged_in
        docker_config({"auths": {REGISTRY: {"auth": logged_in[6:]}}})
        self.finds("order: docker login comes first", KEYS)
        self.tap.check("order: then ECR's token is not asked for", not self.world.asked("api."), self.world.requests)
        helper = self.program.file("docker-credential-played", '#!/bin/sh\necho \'{"Username": "AWS", "Secret": "of-docker"}\'\n')
        os.chmod(helper, 0o755)
        docker_config({"credHelpers": {REGISTRY: "played"}})
        self.finds("order: so does a credential helper", {"PATH": os.path.dirname(helper) + ":" + os.environ["PATH"]})
        self.world.accepted.clear()
        docker_config({"auths": {"other.example.org": {"auth": "eDp5"}}})
        self.finds("order: ECR's token where Docker has none, before REGISTRY_TOKEN", {**KEYS, "REGISTRY_TOKEN": "mine"})
        self.tap.check("order: REGISTRY_TOKEN does not go to ECR", not [r for r in self.world.requests if "mine" in
                       r.headers.get("authorization", "")])
        os.remove(docker + "/config.json")
        self.world.accepted["private.example.org"] = "Bearer mine"
        self.finds("order: REGISTRY_TOKEN elsewhere", {"REGISTRY_TOKEN": "mine"}, "private.example.org/team/app:1")
        self.world.accepted["registry-1.docker.io"] = "Basic x"
        for name in ("team/app:1", "public.ecr.aws/team/app:1"):
            self.fails(f"order: {name} is asked anonymously", {"REGISTRY_TOKEN": "mine"}, "wants credentials", name)
        self.fails("order: REGISTRY_TOKEN that is none", {"REGISTRY_TOKEN": "a\nb: c"}, "what no token can", "private.example.org/team/app:1")

    def endpoints(self):
        plain = self.server.url
        for name in ("AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL"):
            self.finds(f"endpoint: {name}", {**KEYS, name: plain})
            self.tap.check("endpoint: asked there", [r.host for r in self.world.requests if "x-amz-target" in r.headers] ==
                           [plain[7:]], self.world.requests)
        self.finds("endpoint: that of the service first", {**KEYS, "AWS_ENDPOINT_URL_ECR": plain + "/",
                                                           "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        self.finds("endpoint: ignored", {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
                                         "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})
        self.fails("endpoint: none", {**KEYS, "AWS_ENDPOINT_URL_ECR": "ftp://x"}, "is no URL of HTTPS or HTTP")

    # ---- where credentials come from ----

    def environment_variables(self):
        self.fails("environment: half a key", {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}, "AWS_SECRET_ACCESS_KEY is not")
        self.fails("environment: the other half", {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "AWS_ACCESS_KEY_ID is not")
        self.fails("environment: a line's end in it", {**KEYS, "AWS_SESSION_TOKEN": "a\nX-Other: b"}, "is not there")
        self.fails("environment: nothing anywhere", {"AWS_ACCESS_KEY_ID": ""}, "there are no AWS credentials; looked for: AWS_ACCESS")
        self.shared_file("credentials", "[default]\naws_access_key_id=AKIAUNKNOWN\naws_secret_access_key=wrong-secret\n")
        self.finds("environment: before the profile", KEYS)
        self.shared_file("credentials", None)

    def profiles(self):
        key = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key=secret/of+the-key\n"
        session = ("aws_access_key_id=ASIAEXAMPLE\nAWS_Secret_Access_Key = other-secret # with a comment\n"
                   "aws_session_token = session+token/==\n")
        self.shared_file("credentials", f"# mine\n[default]\n{key}\n[ci]\r\n{session}")
        self.finds("profile: default", {})
        self.finds("profile: AWS_PROFILE", {"AWS_PROFILE": "ci"})
        self.finds("profile: AWS_DEFAULT_PROFILE", {"AWS_DEFAULT_PROFILE": "ci"})
        self.fails("profile: one that is not there", {"AWS_PROFILE": "none"}, 'AWS_PROFILE names "none"')
        self.shared_file("credentials", None)
        self.shared_file("config", f"[profile 'a b']\nregion = x\n{session}[default]\ns3 =\n  aws_access_key_id = nested\n{key}"
                         f"[ci]\n{key}[profile half]\naws_access_key_id = AKIAEXAMPLE\n")
        self.finds("profile: in the config file, with settings in a setting", {})
        self.finds("profile: with a blank in its name", {"AWS_PROFILE": "a b"})
        self.fails("profile: in the config file it needs its word", {"AWS_PROFILE": "ci"}, "neither of AWS's shared files")
        self.fails("profile: half a key", {"AWS_PROFILE": "half"}, 'AWS credentials from profile "half"')
        self.shared_file("credentials", "[half]\naws_secret_access_key = secret/of+the-key\n")
        self.finds("profile: two halves in two files", {"AWS_PROFILE": "half"})
        elsewhere = self.program.file("elsewhere", f"[default]\n{session}")
        self.finds("profile: AWS_SHARED_CREDENTIALS_FILE", {"AWS_SHARED_CREDENTIALS_FILE": elsewhere, "AWS_CONFIG_FILE": "/nonexistent"})
        self.fails("profile: a file that cannot be read", {"AWS_SHARED_CREDENTIALS_FILE": self.home}, "cannot read")
        huge = self.program.file("huge", "#" * (2 << 20))
        self.fails("profile: a file that is too large", {"AWS_SHARED_CREDENTIALS_FILE": huge}, "cannot read")
        self.unsupported_profiles()
        self.processes()
        self.shared_file("credentials", None)
        self.shared_file("config", None)

    def unsupported_profiles(self):
        way_out = 'aws configure export-credentials --profile p --format env'
        for name, text in {"sso": "sso_session = s", "old sso": "sso_start_url = https://x", "login": "login_session = x",
                           "role": "role_arn = arn:x\nsource_profile = default",
                           "role of the instance": "role_arn = arn:x\ncredential_source = Ec2InstanceMetadata"}.items():
            self.shared_file("config", f"[profile p]\n{text}\n")
            self.fails(f"profile: {name} is not done here, with a way out", {"AWS_PROFILE": "p"}, way_out)

    def processes(self):
        def process(name, command, message=None):
            self.shared_file("config", f"[profile p]\ncredential_process = {command}\n")
            if message is None:
                self.finds(f"credential_process: {name}", {"AWS_PROFILE": "p"})
            else:
                self.fails(f"credential_process: {name}", {"AWS_PROFILE": "p"}, message)

        def answer(**more):
            return self.program.file("answer of it", json.dumps({"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey":
                                     "other-secret", "SessionToken": "session+token/==", **more}))

        process("with quotes", f'cat "{answer()}"')
        process("not expired", f'cat "{answer(Expiration="2999-01-01T00:00:00Z")}"')
        process("expired", f'cat "{answer(Expiration="2020-01-01T00:00:00Z")}"', "they expired at 2020-01-01T00:00:00Z")
        process("fails", "false", "its credential_process failed")
        process("missing", "/nonexistent/program", "its credential_process failed")
        process("no JSON", "echo x", "the answer is no JSON")
        process("another object", "echo {}", "is not there")
        process("writes without end", "yes", "its credential_process failed")

    def containers(self):
        plain, world = self.server.url, self.world
        full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": plain + "/role"}
        self.finds("container: full address", {**full, "http_proxy": "http://127.0.0.1:1"})
        world.container_token = "container-token"
        self.finds("container: with a token", {**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"})
        path = self.program.file("token", "container-token\n")
        self.finds("container: with a token in a file, which comes first",
                   {**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other"})
        self.fails("container: without the token", full, "/role: HTTP status 404")
        self.fails("container: a token's file that is missing",
                   {**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nonexistent"}, "cannot read /nonexistent")
        self.fails("container: a token that is none", {**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nb"}, "what no token can")
        world.container_token = None
        for url in ("http://elsewhere.example.org/role", "http://127.0.0.1@elsewhere.example.org/", "ftp://127.0.0.1/",
                    "http://127.evil.example.org/", "http://[fd00::1]/role", "role"):
            self.fails(f"container: not to {url}", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}, "neither of HTTPS nor of this machine")
        self.fails("container: a relative address that is none",
                   {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@elsewhere.example.org/"}, "does not begin with")
        world.roles["/role"]["Expiration"] = "2020-01-01T00:00:00Z"
        self.fails("container: expired", full, "they expired at 2020")
        world.roles["/role"]["Expiration"] = "2999-01-01T00:00:00Z"
        self.fails("container: nobody there", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}, "127.0.0.1:1")

    def instances(self):
        enabled = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.server.url + "/"}
        self.finds("instance: its role", enabled)
        self.tap.check("instance: by version 2 of the service", [r.method for r in self.world.asked("127.0.0.1:")] ==
                       ["PUT", "GET", "GET"], self.world.requests)
        self.fails("instance: none", {**enabled, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"},
                   "there are no AWS credentials")

    def web_identities(self):
        self.world.web_token = "web-token"
        path = self.program.file("web", "web-token\n")
        role = "arn:aws:iam::123456789012:role/ci"
        variables = {"AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": role}
        self.finds("web identity", variables)
        self.tap.check("web identity: at the region's service", len(self.world.asked("sts.eu-west-1.amazonaws.com")) == 1 and
                       b"RoleSessionName=tercel-instrument" in self.world.asked("sts.")[0].body, self.world.requests)
        self.finds("web identity: AWS_ENDPOINT_URL_STS", {**variables, "AWS_ENDPOINT_URL_STS": self.server.url})
        self.shared_file("config", f"[default]\nrole_arn={role}\nweb_identity_token_file={path}\nrole_session_name=me\n")
        self.finds("web identity: of a profile", {})
        self.tap.check("web identity: with its session's name", b"RoleSessionName=me" in self.world.asked("sts.")[0].body)
        self.shared_file("config", None)
        self.fails("web identity: without a role", {"AWS_WEB_IDENTITY_TOKEN_FILE": path}, "AWS_ROLE_ARN is not")
        self.fails("web identity: refused", {**variables, "AWS_ROLE_ARN": "arn:x"}, "HTTP status 400 InvalidIdentityToken")
        self.fails("web identity: no file", {**variables, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent"}, "cannot read")

    # ---- addresses that only a network of its own can have ----

    def link_local(self):
        """The cases themselves; runs in a network namespace."""
        self.finds("container: relative address", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"})
        self.tap.check("container: asked at ECS's address", [r.path for r in self.world.asked("169.254.170.2")] == ["/role"])
        self.finds("instance: at its own address", {"AWS_EC2_METADATA_DISABLED": ""})

    def in_namespace(self):
        command = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
            self.tap.check("link-local addresses # SKIP no network namespace can be made here", True)
            return
        done = subprocess.run([*command, sys.executable, os.path.abspath(__file__), self.program.path, "--link-local"],
                              capture_output=True, text=True, timeout=120)
        lines = [line for line in done.stdout.splitlines() if line.startswith(("ok", "not ok"))]
        self.tap.check("link-local addresses: in a network of their own", len(lines) == 3, done.stdout + done.stderr)
        for line in lines:
            self.tap.check(line.split(" - ", 1)[1], line.startswith("ok"), done.stdout)

    # ---- moto ----

    def moto(self):
        if not shutil.which("moto_server"):
            self.tap.check("moto # SKIP moto_server is not installed", True)
            return
        server, port = start_moto()
        try:
            # The token that moto is known to give; the played registry takes no other.
            self.world.token = base64.b64encode(f"AWS:{ACCOUNT}-auth-token".encode()).decode()
            self.finds("moto: its ECR's token", {**KEYS, "AWS_ENDPOINT_URL_ECR": f"http://127.0.0.1:{port}"})
            self.tap.check("moto: nobody else was asked", not self.world.asked("api."), self.world.requests)
        finally:
            server.terminate()
            server.wait()
            self.world.token = World.PASSWORD


def add_addresses(addresses):
    """To the loopback interface of this network namespace, with its start."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for i, address in enumerate(["127.0.0.1"] + addresses):
            name = b"lo" if i == 0 else b"lo:%d" % i
            fcntl.ioctl(control, 0x8916, struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(address)))
            fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", name, 0x41))  # up and running


def main():
    if "--link-local" in sys.argv:
        add_addresses(["169.254.170.2", "169.254.169.254"])
        tests = Tests(sys.argv[1])
        for address in ("169.254.170.2", "169.254.169.254"):
            Server(tests.world, (address, 80))
        tests.link_local()
        tests.tap.finish()
    tests = Tests(sys.argv[1])
    for group in (tests.names, tests.token, tests.refusals, tests.order, tests.endpoints, tests.environment_variables,
                  tests.profiles, tests.containers, tests.instances, tests.web_identities, tests.in_namespace, tests.moto):
        tests.restart()
        group()
    tests.tap.finish()


if __name__ == "__main__":
    main()
