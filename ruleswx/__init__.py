"""ruleswx: a bot for personal WeChat that people program by editing YAML files."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
