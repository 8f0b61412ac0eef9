"""Packages of the npm registry for tests that need a client or an editor nobody here wrote."""

from __future__ import annotations

import subprocess
from pathlib import Path


def install(package: str, folder: Path) -> Path:
    """Install a package under `folder`; returns its node_modules. Raises AssertionError with what npm said.

    With a cache of its own: two installs at once into one cold cache get in each other's way.
    """
    # Not by --prefix: npm would look for the machine's own settings there too, such as the authorities to trust.
    (folder / "package.json").write_text("{}", "utf-8")
    flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--cache", str(folder / "cache")]
    command = ["npm", "install", *flags, package]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "node_modules"
