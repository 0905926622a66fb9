"""A real nginx with the shipped configuration, before servers of a test."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
ROOT = Path(__file__).parents[2]


def write_config(folder: Path, tls_port: int, plain_port: int, upstream_ports: Sequence[int]) -> Path:
    """Write the shipped file with a test's addresses and paths, and nothing else changed."""
    text = (ROOT / "gateway" / "nginx.conf").read_text()
    upstreams = "\n".join(f"server 127.0.0.1:{port} max_fails=0;" for port in upstream_ports)
    for shipped, here in (
        ("server gateway:8000 max_fails=0;", upstreams),
        ("listen 8443 ssl;", f"listen 127.0.0.1:{tls_port} ssl;"),
        ("listen 8080;", f"listen 127.0.0.1:{plain_port};"),
        ("/tmp/", f"{folder}/"),
        ("/etc/nginx/tls/", f"{folder}/"),
        ("/dev/stdout", f"{folder}/access.log"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    if os.geteuid() == 0:
        text = "user root;\n" + text  # the test's folder is this user's own
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def nginx_command(folder: Path, config: Path) -> list[str]:
    """Make a certificate, ask nginx for its opinion of the file, and return the command that starts it."""
    certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=bots.example", "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*certificate, "-days", "1", *names], check=True, capture_output=True)
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", str(config)]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    return command


async def wait_for_port(port: int) -> None:
    """Wait until something listens on a port of this machine."""
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise AssertionError(f"nothing listens on {port}")
