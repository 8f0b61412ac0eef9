"""The verbs of the command line, one module each; every verb imports its own world and nothing of its siblings."""

from __future__ import annotations
