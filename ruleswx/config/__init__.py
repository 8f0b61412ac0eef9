"""The configuration: config.yaml -> Config (frozen), with the same diagnostics as rule files."""

from __future__ import annotations

from ruleswx.config.load import Config, load_config, read_user_file, shown
from ruleswx.config.shape import config_schema, is_loopback

__all__ = ["Config", "config_schema", "is_loopback", "load_config", "read_user_file", "shown"]
