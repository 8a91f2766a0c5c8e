"""JupyterLab as an analyst's desk: in Chinese, without news and extensions to install, tables as on
the pages, code folded in.

Its settings lie in ``.lab`` beside ``params``; what a person changes there stays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ssj.base import files, templates

FOLDER = ".lab"
SETTINGS: dict[str, dict[str, Any]] = {  # written once; a person may change them in JupyterLab
    "settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings": {"locale": "zh_CN"},
    "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "config/labconfig/page_config.json": {
        "disabledExtensions": {"@jupyterlab/extensionmanager-extension": True}
    },
}


def prepare(base: Path) -> dict[str, str]:
    """Write what is missing of the settings below ``base``; the environment that uses them.
    ``SsjError`` where they can't be written.
    """
    place = base.resolve() / FOLDER
    for name, content in SETTINGS.items():
        if not (place / name).exists():
            files.write_whole(json.dumps(content, indent=2).encode(), place / name)
    css = (templates.FOLDER / "lab.css").read_bytes()
    files.write_whole(css, place / "config/custom/custom.css")
    return {
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTER_CONFIG_DIR": str(place / "config"),
    }


def command(*more: str) -> list[str]:
    """What starts JupyterLab."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--LabApp.custom_css=True",
        "--LabApp.extension_manager=readonly",
        *more,
    ]


def start(base: Path, notebook: Path) -> int:
    """Open a notebook in JupyterLab, whose files are those of the notebook's folder; the exit code
    when it is closed.
    """
    environment = {**os.environ, **prepare(base)}
    return subprocess.call(command(notebook.name), cwd=notebook.parent, env=environment)
