"""A certificate for 127.0.0.1 and the authority that signs it, made anew for a test by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in a folder."""

    folder: Path

    @property
    def ca(self) -> Path:
        """What clients are told to trust."""
        return self.folder / "ca.pem"

    def flags(self, port: int) -> tuple[str, ...]:
        """Return what makes a redis-server speak TLS alone; its clients show no certificate."""
        return (
            *("--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"),
            *("--tls-cert-file", str(self.folder / "server.pem")),
            *("--tls-key-file", str(self.folder / "server.key")),
            *("--tls-ca-cert-file", str(self.ca)),
        )


def make_certificates(folder: Path) -> Certificates:
    """Return new ones in `folder`, for a day."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    for arguments in (
        ["req", "-x509", *KEY, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", *KEY, "-subj", "/CN=redis", "-keyout", "server.key", "-out", "server.csr"],
        [
            *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-extfile", "names", "-days", "1", "-out", "server.pem"),
        ],
    ):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return Certificates(folder)
