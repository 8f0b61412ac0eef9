"""A private certificate authority, made on the spot with the `openssl` command.

For clients that insist on https and on the service's own host names: they are
given this authority and the proxy, and nothing about them has to be changed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError

import trio

from .errors import SandboxError

__all__ = ["HOSTS", "Certificates", "make_certificates"]

_BASES = ("wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com")
_ROLES = ("", "login.", "file.", "webpush.")
HOSTS = (
    *(role + base for base in _BASES for role in _ROLES),
    "login.weixin.qq.com",
    "webpush.weixin.qq.com",
)
"""Every host name of the service."""

_DAYS = "30"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM: the authority clients must trust, and the server's own."""

    authority: Path
    certfile: Path
    keyfile: Path


async def make_certificates(folder: Path) -> Certificates:
    """Write an authority and a certificate for all host names; raises SandboxError without openssl."""
    if shutil.which("openssl") is None:
        raise SandboxError("the `openssl` command is needed to make certificates; please install it.")
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority_key, request, extensions = folder / "ca.key", folder / "server.csr", folder / "server.ext"
    names = ",".join([*(f"DNS:{host}" for host in HOSTS), "DNS:localhost", "IP:127.0.0.1"])
    extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={names}\n")
    authority_extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
    added = [word for extension in authority_extensions for word in ("-addext", extension)]
    subject = ("-subj", "/CN=sandbox authority")
    await _openssl("req", "-x509", *_KEY, "-keyout", authority_key, "-out", made.authority, *subject, *added)
    await _openssl("req", *_KEY, "-keyout", made.keyfile, "-out", request, "-subj", "/CN=wx.qq.com")
    signer = ("-CA", made.authority, "-CAkey", authority_key, "-CAcreateserial")
    await _openssl("x509", "-req", "-in", request, *signer, "-out", made.certfile, "-extfile", extensions)
    return made


async def _openssl(command: str, *words: str | Path) -> None:
    days = ("-days", _DAYS) if command == "x509" or "-x509" in words else ()
    try:
        await trio.run_process(["openssl", command, *words, *days], capture_stdout=True, capture_stderr=True)
    except CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip()
        raise SandboxError(f"openssl {command} failed: {said[-300:]}") from None
