"""Writes an image of one layer: as an OCI image layout, and as an archive that `docker load` and skopeo read as well.

The bytes depend on nothing but the content: entries are sorted, owners have no names, every time is SOURCE_DATE_EPOCH,
or 0. Formats: OCI image specification 1.0 (layout, index, manifest, config), and `manifest.json` of `docker save`.
"""
import datetime
import hashlib
import io
import json
import os
import struct
import tarfile
import zlib

TIME_S = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def to_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def gzip(content):
    """With a header that says nothing of time, name and machine, whichever version of Python writes it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return (b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + deflate.compress(content) + deflate.flush() +
            struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF))


def tar_entry(path, mode, owner=0, directory=False, size=0):
    entry = tarfile.TarInfo(path.lstrip("/") + ("/" if directory else ""))
    entry.type = tarfile.DIRTYPE if directory else tarfile.REGTYPE
    entry.mode, entry.uid, entry.gid, entry.size, entry.mtime = mode, owner, owner, size, TIME_S
    return entry


def tar(entries):
    """The bytes of an archive of (entry, content), in order of their names: a directory comes before what is in it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for entry, content in sorted(entries, key=lambda pair: pair[0].name):
            out.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


class Image:
    def __init__(self, architecture):
        self.architecture = architecture
        self.entries = {}

    def add_directory(self, path, mode=0o755, owner=0):
        if path != "/":
            self.add_directory_of(path)
            self.entries[path] = (tar_entry(path, mode, owner, directory=True), b"")

    def add_directory_of(self, path):
        if os.path.dirname(path) not in self.entries:
            self.add_directory(os.path.dirname(path))

    def add_file(self, path, content, mode):
        self.add_directory_of(path)
        self.entries[path] = (tar_entry(path, mode, size=len(content)), content)

    def blobs(self, config):
        """(manifest, config, layer): their bytes."""
        layer = tar(self.entries.values())
        created = datetime.datetime.fromtimestamp(TIME_S, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        config = to_json({"architecture": self.architecture, "os": "linux", "created": created, "config": config,
                          "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
                          "history": [{"created": created, "created_by": "scripts/build_images"}]})
        packed = gzip(layer)
        manifest = to_json({"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                            "config": {"mediaType": CONFIG_TYPE, "digest": digest(config), "size": len(config)},
                            "layers": [{"mediaType": LAYER_TYPE, "digest": digest(packed), "size": len(packed)}]})
        return manifest, config, packed

    def files(self, config, name, tag):
        """The files of the layout: path -> content."""
        blobs = self.blobs(config)
        manifest, config, layer = blobs
        paths = ["blobs/" + digest(blob).replace(":", "/") for blob in blobs]
        descriptor = {"mediaType": MANIFEST_TYPE, "digest": digest(manifest), "size": len(manifest),
                      "platform": {"architecture": self.architecture, "os": "linux"},
                      "annotations": {"org.opencontainers.image.ref.name": tag, "io.containerd.image.name": f"{name}:{tag}"}}
        docker = [{"Config": paths[1], "RepoTags": [f"{name}:{tag}"], "Layers": [paths[2]]}]
        return {"oci-layout": to_json({"imageLayoutVersion": "1.0.0"}),
                "index.json": to_json({"schemaVersion": 2, "manifests": [descriptor]}),
                "manifest.json": to_json(docker), **dict(zip(paths, blobs))}


def write_archive(path, files):
    entries = [(tar_entry(name, 0o644, size=len(content)), content) for name, content in files.items()]
    entries += [(tar_entry(name, 0o755, directory=True), b"") for name in ("blobs", "blobs/sha256")]
    with open(path, "wb") as file:
        file.write(tar(entries))


def write_layout(folder, files):
    for name, content in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
