"""开始.ipynb and the settings with which JupyterLab opens it."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from conftest import entered, new_project

from ssj.base import formats
from ssj.desk import lab, startpage

NOW = datetime(2026, 11, 30, 9, tzinfo=formats.BEIJING)


def page(project: Path) -> str:
    return startpage.page(project / "params", project / "outputs", NOW)


def test_where_each_round_stands_and_what_comes_next(tmp_path):
    project = entered(tmp_path, "rosters", "freeze", demonstration=True)
    (project / "params" / "broken").mkdir()
    (project / "params" / "broken" / "round.toml").write_text("[", encoding="utf-8")
    text = page(project)
    assert text.startswith("# 双随机、一公开：各批次\n\n2026-11-30 09:00 的情形。\n")
    assert "| [sample60](#sample60)（演示批次） | 六十户小样例双随机抽查 | 封库 | " in text
    assert "| [broken](#broken) | 参数有问题 | 尚未封库 | ssj check broken |" in text
    assert re.findall("^## (.*)$", text, re.MULTILINE) == ["sample60", "broken"]
    (step,) = re.findall(r"^\| (\d+) \| \*\*(.*)\*\* \|", text, re.MULTILINE)
    assert step == ("6", "现场抽取")


def test_links_lead_to_the_files(tmp_path):
    project = entered(tmp_path, "rosters", "freeze", demonstration=True)
    files = project / "outputs" / "sample60" / "files"
    files.mkdir(parents=True)
    names = ("封库公告.html", "早期预警.xlsx", "交存单 [甲](乙)&.docx", "封库公告.json")
    for name in names:
        (files / name).write_bytes(b"")
    found = re.findall(r"\[((?:\\.|[^\]])*)\]\((outputs/[^)]*)\)", page(project))
    assert sorted((project / unquote(link)).name for _, link in found) == sorted(names[:3])
    assert all((project / unquote(link)).is_file() for _, link in found)
    assert r"交存单 \[甲\](乙)\&" in [title for title, _ in found]


def test_an_empty_folder(tmp_path):
    (tmp_path / "params").mkdir()
    assert "还没有批次。新建：`ssj new 2026Q4`；先看样例：`ssj run sample60 --demo`。" in page(
        tmp_path
    )


def test_the_notebook_shows_the_page_and_writes_it_anew(tmp_path, monkeypatch):
    project = new_project(tmp_path, "sample60")
    monkeypatch.chdir(project)
    path = startpage.write(Path("params"), Path("outputs"))
    assert path == Path(startpage.NAME)
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    about, code = book.cells
    assert "Shift+Enter" in about.source and code.metadata["jupyter"]["source_hidden"]
    (shown,) = code.outputs
    names: dict = {}
    source = code.source.replace("startpage.show", "found = startpage.show")
    exec(source, names)
    hour = re.compile(r"\d{2}:\d{2} 的情形")
    assert hour.sub("", names["found"].data) == hour.sub("", shown["data"]["text/markdown"])
    assert "sample60" in names["found"].data


# --- JupyterLab ---


def test_settings_are_written_once(tmp_path):
    made = lab.prepare(tmp_path)
    place = tmp_path / lab.FOLDER
    locale = place / "settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"
    assert json.loads(locale.read_text()) == {"locale": "zh_CN"}
    assert set(made) == {"JUPYTERLAB_SETTINGS_DIR", "JUPYTER_CONFIG_DIR"}
    assert all(Path(folder).is_dir() for folder in made.values())
    locale.write_text("{}")
    css = place / "config/custom/custom.css"
    css.write_text("")
    lab.prepare(tmp_path)
    assert locale.read_text() == "{}" and "border-collapse" in css.read_text()


def test_how_it_is_started(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(
        lab.subprocess, "call", lambda *args, **more: called.append((args, more)) or 0
    )
    assert lab.start(tmp_path, tmp_path / startpage.NAME) == 0
    ((command,), more) = called[0]
    assert command[:3] == [sys.executable, "-m", "jupyterlab"] and command[-1] == startpage.NAME
    assert more["cwd"] == tmp_path and more["env"].items() >= lab.prepare(tmp_path).items()


@pytest.mark.parametrize("name", ["translation-extension", "apputils-extension"])
def test_every_setting_is_one_that_jupyterlab_has(name):
    """The schemas that JupyterLab ships know the settings that are written for it."""
    from jupyterlab.commands import get_app_dir

    for own, content in lab.SETTINGS.items():
        if f"/{name}/" in own:
            plugin = own.split("/")[-1].removesuffix(".jupyterlab-settings")
            schema = Path(get_app_dir()) / f"schemas/@jupyterlab/{name}/{plugin}.json"
            known = json.loads(schema.read_text(encoding="utf-8"))["properties"]
            for key, value in content.items():
                if "enum" in known[key]:
                    assert value in known[key]["enum"]
                else:
                    kinds = {"string": str, "boolean": bool}
                    assert isinstance(value, kinds[known[key]["type"]])
