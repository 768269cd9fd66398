"""AWS as tercel-instrument sees it, played on the loopback interface: ECR's API and registries, the security token
service, and metadata services. Signatures are verified here by the published algorithm, not by the program's library.
"""

import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
import urllib.parse


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


# ---- signature version 4 ----

def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def canonical_request(method, path, headers, signed, body):
    path, _, query = path.partition("?")
    lines = [method, urllib.parse.quote(path or "/", safe="/-_.~"),
             "&".join(sorted(query.split("&"))) if query else ""]
    lines += [f"{name}:{' '.join(headers[name].split())}" for name in signed]
    return "\n".join(lines + ["", ";".join(signed), hashlib.sha256(body).hexdigest()])


class Refusal(Exception):
    def __init__(self, status, kind, message):
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


def verify(keys, region, method, path, headers, body):
    """Whose key it is; raises what AWS would answer. `headers`: lower-case names; `keys`: id -> (secret, session token)."""
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/ ]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                         r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})", headers.get("authorization", ""))
    if not match:
        raise Refusal(400, "IncompleteSignatureException", "no signature")
    key_id, date, scope_region, service, signed, signature = match.groups()
    signed = signed.split(";")
    needed = {"host", "x-amz-date", "x-amz-target"} | ({"x-amz-security-token"} & set(headers))
    if not needed <= set(signed) or signed != sorted(signed) or not set(signed) <= set(headers):
        raise Refusal(400, "IncompleteSignatureException", f"signed headers: {signed}")
    if key_id not in keys:
        raise Refusal(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    secret, session_token = keys[key_id]
    if headers.get("x-amz-security-token") != session_token:
        raise Refusal(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    when = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    skew = abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds())
    if (scope_region, service) != (region, "ecr") or date != headers["x-amz-date"][:8] or skew > 300:
        raise Refusal(403, "InvalidSignatureException", f"Credential should be scoped to {region}/ecr")
    canonical = canonical_request(method, path, headers, signed, body)
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], f"{date}/{region}/ecr/aws4_request",
                         hashlib.sha256(canonical.encode()).hexdigest()])
    if signature != hmac.new(signing_key(secret, date, region, "ecr"), to_sign.encode(), hashlib.sha256).hexdigest():
        # Several of AWS's services repeat the request, with the session token in it.
        raise Refusal(403, "InvalidSignatureException", "The request signature we calculated does not match the signature "
                      "you provided. Check your AWS Secret Access Key and signing method.\n\nThe Canonical String for this "
                      f"request should have been\n'{canonical}'")
    return key_id


# ---- the services ----

class Request:
    def __init__(self, host, method, path, headers, body):
        self.host, self.method, self.path, self.headers, self.body = host, method, path, headers, body

    def __repr__(self):
        return f"{self.method} {self.host}{self.path}"


class World:
    """What is asked is recorded in `requests`; tests change the rest."""

    PASSWORD = base64.b64encode(b"AWS:password-of-ecr").decode()

    def __init__(self):
        self.requests = []
        self.keys = {"AKIAEXAMPLE": ("secret/of+the-key", None), "ASIAEXAMPLE": ("other-secret", "session+token/==")}
        self.images = {}        # path of the registry -> bytes
        self.token = self.PASSWORD
        self.api_answers = []   # (status, bytes, headers) that come first
        self.accepted = {}      # registry -> the Authorization that it wants, where it is another
        self.roles = {"/role": {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "other-secret", "Token": "session+token/==",
                                "Expiration": "2999-01-01T00:00:00Z"}}
        self.container_token = self.web_token = None
        config = json.dumps({"rootfs": {}, "config": {"Entrypoint": ["/e"], "Cmd": ["c"]}}).encode()
        manifest = json.dumps({"schemaVersion": 2, "config": {"digest": digest_of(config)}}).encode()
        self.blob = config
        self.images = {"/v2/team/app/manifests/1": manifest, "/v2/team/other/manifests/1": manifest}

    def asked(self, part):
        return [request for request in self.requests if part in request.host]

    def answer(self, request):
        self.requests.append(request)
        host = request.host
        if request.headers.get("x-amz-target"):
            return self.api(request)
        if host.startswith("sts.") or b"AssumeRoleWithWebIdentity" in request.body:
            return self.security_token_service(request)
        if request.path.startswith("/v2/"):
            return self.registry(request)
        if host == "layers.s3.amazonaws.com":
            return 200, self.blob, {}
        return self.metadata(request)

    def api(self, request):
        if self.api_answers:
            return self.api_answers.pop(0)
        match = re.search(r"[a-z]+(-[a-z]+)+-\d", request.host)
        try:
            if request.method != "POST" or request.headers["x-amz-target"] != \
                    "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" or json.loads(request.body) != {}:
                raise Refusal(400, "UnknownOperationException", "")
            verify(self.keys, match.group() if match else "eu-west-1", request.method, request.path, request.headers,
                   request.body)
        except Refusal as refusal:
            return refusal.status, json.dumps({"__type": f"com.amazon.coral.service#{refusal.kind}",
                                               "message": refusal.message}).encode(), {}
        return 200, json.dumps({"authorizationData": [{"authorizationToken": self.token, "expiresAt": 2e9,
                                                       "proxyEndpoint": "https://x"}]}).encode(), {}

    def registry(self, request):
        wanted = self.accepted.get(request.host, "Basic " + self.token)
        if wanted and request.headers.get("authorization") != wanted:
            return 401, b"", {"WWW-Authenticate": f'Basic realm="https://{request.host}/",service="ecr.amazonaws.com"'}
        if "/blobs/" in request.path:
            return 307, b"", {"Location": "https://layers.s3.amazonaws.com/x?X-Amz-Signature=1"}
        if request.path in self.images:
            return 200, self.images[request.path], {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
        return 404, b"", {}

    def security_token_service(self, request):
        form = urllib.parse.parse_qs(request.body.decode())
        if "authorization" in request.headers or form.get("WebIdentityToken") != [self.web_token] or \
                form.get("RoleArn") != ["arn:aws:iam::123456789012:role/ci"] or form.get("Version") != ["2011-06-15"]:
            return 400, b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>", {}
        secret, token = self.keys["ASIAEXAMPLE"]
        return 200, f"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
            <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
            <SessionToken>{token}</SessionToken></Credentials></AssumeRoleWithWebIdentityResult>
            </AssumeRoleWithWebIdentityResponse>""".encode(), {}

    def metadata(self, request):
        path, headers = request.path, request.headers
        if path == "/latest/api/token":
            good = request.method == "PUT" and headers.get("x-aws-ec2-metadata-token-ttl-seconds")
            return (200, b"instance-token", {}) if good else (403, b"", {})
        if path.startswith("/latest/meta-data/iam/security-credentials/"):
            if headers.get("x-aws-ec2-metadata-token") != "instance-token":
                return 401, b"", {}
            name = path.rsplit("/", 1)[1]
            return (200, json.dumps(self.roles["/role"]).encode(), {}) if name else (200, b"role of ec2\n", {})
        if path in self.roles and headers.get("authorization") == self.container_token:
            return 200, json.dumps(self.roles[path]).encode(), {}
        return 404, b"", {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host = None

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        status, content, more = self.server.world.answer(Request(self.host or headers["host"], self.command, self.path,
                                                                 headers, body))
        self.send_response(status)
        for name, value in {**more, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            pass  # more than the client wants

    do_POST = do_PUT = do_GET

    def do_CONNECT(self):
        """A proxy behind which every host is played, with TLS."""
        host, _, port = self.path.rpartition(":")
        self.send_response(200)
        self.end_headers()
        try:
            secure = self.server.tls.wrap_socket(self.connection, server_side=True)
            Inner = type("Inner", (Handler,), {"host": host if port == "443" else self.path})
            Inner(secure, self.client_address, self.server)
            secure.close()
        except (OSError, ssl.SSLError):
            pass
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls = None

    def __init__(self, world, address=("127.0.0.1", 0)):
        super().__init__(address, Handler)
        self.world = world
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass  # clients that go away


def certificate(directory, names):
    """A file with a certificate for these names, and its key."""
    path = os.path.join(directory, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", path + ".key", "-out", path, "-days", "2", "-subj", "/CN=played",
                    "-addext", "subjectAltName=" + ",".join("DNS:" + name for name in names)],
                   check=True, capture_output=True)
    return path


def tls_context(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, path + ".key")
    return context
