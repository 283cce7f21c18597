# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Passes the package indexes that a site has configured for pip to uv, which does not read pip's configuration."""

import configparser
import os
from typing import Dict, List

_UV_OWN = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE", "UV_FIND_LINKS")
_OPTIONS = ("index-url", "extra-index-url", "find-links", "trusted-host", "cert", "no-index")
_TRUE = ("1", "true", "yes", "on", "y", "t")


def for_uv(own_index: bool, directory: str) -> Dict[str, str]:
    """Returns the variables to set for uv; none if uv has its own configuration.

    own_index  whether the requirements name their index, which then takes precedence as it does with pip
    directory  a directory for a settings file, which must exist while uv runs
    """
    if any(os.environ.get(name) for name in _UV_OWN) or any(os.path.exists(name) for name in _uv_files()):
        return {}
    settings = _pip_settings()
    variables = {}
    if settings.get("index-url") and not own_index:
        variables["UV_DEFAULT_INDEX"] = settings["index-url"][-1]
    if settings.get("extra-index-url"):
        variables["UV_INDEX"] = " ".join(settings["extra-index-url"])
    if settings.get("find-links"):
        variables["UV_FIND_LINKS"] = ",".join(settings["find-links"])
    if settings.get("trusted-host"):
        variables["UV_INSECURE_HOST"] = " ".join(settings["trusted-host"])
    if settings.get("cert") and not os.environ.get("SSL_CERT_FILE"):
        variables["SSL_CERT_FILE"] = settings["cert"][-1]
    if settings.get("no-index", [""])[-1].lower() in _TRUE and not own_index:
        # The only one of these settings for which uv has no variable.
        variables["UV_CONFIG_FILE"] = os.path.join(directory, "uv.toml")
        with open(variables["UV_CONFIG_FILE"], "w", encoding="utf-8") as stream:
            stream.write("no-index = true\n")
    return variables


def _home(*parts: str) -> str:
    return os.path.join(os.path.expanduser("~"), *parts)


def _configuration(*parts: str) -> str:
    return os.path.join(os.environ.get("XDG_CONFIG_HOME") or _home(".config"), *parts)


def _uv_files() -> List[str]:
    return [_configuration("uv", "uv.toml"), "/etc/uv/uv.toml"]


def _pip_files() -> List[str]:
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    files = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf", _home(".pip", "pip.conf"), _configuration("pip", "pip.conf")]
    return files + ([named] if named else [])


def _pip_settings() -> Dict[str, List[str]]:
    """Returns {option: values}; a later file takes precedence, and the environment over all files."""
    settings = {}
    for name in _pip_files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(name, encoding="utf-8")
        except (configparser.Error, OSError, ValueError):
            continue
        for section in ("global", "install"):
            for option in _OPTIONS:
                if parser.has_option(section, option):
                    settings[option] = parser.get(section, option).split()
    for option in _OPTIONS:
        value = os.environ.get("PIP_" + option.upper().replace("-", "_"))
        if value:
            settings[option] = value.split()
    return settings
