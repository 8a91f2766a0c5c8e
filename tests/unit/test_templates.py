"""The Word templates of all papers: what each says, as ``tests/templates/*.txt`` has it, so that an
edit shows in a diff; and no name in them that the code does not fill.

After an edit that is meant: ``PYTHONPATH=tests python tests/unit/test_templates.py``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from jinja2 import Environment, nodes
from lxml import etree
from unit.test_files import record  # noqa: F401 (a fixture)
from unit.test_reports import attempt, contexts  # noqa: F401 (fixtures)

from ssj.casebook import archive
from ssj.papers import confirmation, observers, paper_names, paperfiles, slips, wordforms
from ssj.results import scans

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "tests" / "templates"
PAPERS = sorted(
    [
        *(p.name for p in scans.PAPERS if p.name != paper_names.DISPATCH and p.printed),
        *paper_names.REPORTS,
        Path(slips.TEMPLATE).stem,
        observers.NAME,
    ]
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def said(node: Any) -> Iterator[str]:
    """A line for each paragraph and each row of a table, whose cells stand between bars."""
    for child in node:
        if child.tag == f"{W}p":
            yield "".join(
                {f"{W}t": run.text or "", f"{W}tab": "\t", f"{W}br": "\n"}.get(run.tag, "")
                for run in child.iter()
            )
        elif child.tag == f"{W}tr":
            yield " | ".join(" / ".join(said(cell)) for cell in child.iter(f"{W}tc"))
        else:
            yield from said(child)


def text_of(path: Path) -> str:
    """All that a template says, headers and footers too."""
    with zipfile.ZipFile(path) as parts:
        return "".join(
            f"== {name}\n" + "".join(f"{line}\n" for line in said(etree.fromstring(data)))
            for name in sorted(parts.namelist())
            if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes)\.xml", name)
            for data in [parts.read(name)]
        )


def test_there_is_one_for_each_paper():
    shipped = sorted(path.stem for path in wordforms.TEMPLATES.iterdir())
    assert shipped == sorted(path.stem for path in TEXTS.iterdir()) == PAPERS


@pytest.mark.parametrize("name", PAPERS)
def test_the_text_of_a_template(name):
    kept = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
    assert text_of(wordforms.TEMPLATES / f"{name}.docx") == kept


@pytest.mark.parametrize("name", PAPERS)
def test_a_template_is_plain_a4_without_pictures(name):
    path = wordforms.TEMPLATES / f"{name}.docx"
    (section,) = docx.Document(path).sections
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    with zipfile.ZipFile(path) as parts:
        assert not [part for part in parts.namelist() if "media" in part or "thumbnail" in part]
        fonts = set(re.findall(r'w:eastAsia="([^"]+)"', parts.read("word/document.xml").decode()))
        assert (
            fonts <= {"宋体", "黑体", "仿宋"}
            and 'w:val="FF0000"' not in parts.read("word/document.xml").decode()
        )


# --- names ---


class Names:
    """The names of a template that a context does not fill, and the loops over nothing."""

    def __init__(self, form: wordforms.Form, context: dict[str, Any]) -> None:
        self.unfilled: set[str] = set()
        self.empty: set[str] = set()
        tree = Environment().parse("\n".join(form.tags))
        self._body(tree.body, {name: [value] for name, value in context.items()})

    def _body(self, body: list[nodes.Node], scope: dict[str, list[Any]]) -> None:
        for node in body:
            if isinstance(node, nodes.For):
                loops = self._values(node.iter, scope)
                found = [one for values in loops for one in values]
                if not found and loops:
                    self.empty.add(self._told(node.iter))
                elif found:
                    self._body(node.body, scope | {node.target.name: found, "loop": [{"index": 1}]})
            elif isinstance(node, nodes.If):
                self._values(node.test, scope)
                for part in (node.body, node.elif_, node.else_):
                    self._body(part, scope)
            else:
                for child in node.iter_child_nodes():
                    self._values(child, scope)

    def _values(self, node: nodes.Node, scope: dict[str, list[Any]]) -> list[Any]:
        """What an expression may be: one value for each that its loops run over."""
        if isinstance(node, nodes.Name):
            if node.name not in scope:
                self.unfilled.add(node.name)
            return scope.get(node.name, [])
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            key = node.attr if isinstance(node, nodes.Getattr) else node.arg.as_const()
            values = []
            for holder in self._values(node.node, scope):
                try:
                    values.append(holder[key])
                except (KeyError, IndexError, TypeError):
                    self.unfilled.add(self._told(node))
            return values
        for child in node.iter_child_nodes():
            self._values(child, scope)
        return []

    def _told(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            key = node.attr if isinstance(node, nodes.Getattr) else node.arg.as_const()
            return f"{self._told(node.node)}.{key}"
        return getattr(node, "name", type(node).__name__)


@pytest.fixture
def filled(record, contexts, tmp_path, monkeypatch) -> dict[str, list[dict]]:  # noqa: F811
    """What each template is filled with: all papers of a drawn round."""
    found: dict[str, list[dict]] = {name: [own] for name, own in contexts.items()}

    def fill(form: wordforms.Form, context: dict, _shown: object = None) -> bytes:
        found.setdefault(form.path.stem, []).append(context)
        return b""

    monkeypatch.setattr(wordforms.Form, "fill", fill)
    party = {"name": "样例方", "sha256": "0" * 64}
    with_party = {**record, "event": {**record["event"], "parties": [party]}}
    draft = paperfiles.current(archive.Archive(tmp_path, []), ROOT / "demo" / "params" / "sample60")
    for own in (record, with_party, draft):
        paperfiles.write(own, tmp_path / paper_names.FOLDER, None, lambda text: None)
    confirmation.write_files(record, tmp_path)
    for own in (record, with_party):
        observers.write(own, tmp_path / observers.NAME, tmp_path, {})
    entry = {"n": 2, "hash": "0" * 64, "time": record["event"]["time"], "attempt": 1}
    found["交存单"] = [slips.slip(record, entry, "样例保管人")]
    return found


def test_every_name_is_one_that_is_filled(filled):
    assert sorted(filled) == PAPERS
    for name, own in filled.items():
        form = wordforms.Form(wordforms.TEMPLATES / f"{name}.docx")
        looks = [Names(form, context) for context in own]
        assert set().union(*(look.unfilled for look in looks)) == set(), name
        assert set.intersection(*(look.empty for look in looks)) == set(), f"{name}: not looked at"


def test_a_name_that_nothing_fills_is_found(tmp_path):
    document = docx.Document()
    for text in (
        "{{ target.nam }} {{ bureau }}",
        "{%p for i in items %}",
        "{{ i.a or i.b }}",
        "{%p endfor %}",
        "{% if none_such %}{% endif %}{{ tasks|join(x) }}",
    ):
        document.add_paragraph(text)
    document.save(tmp_path / "a.docx")
    form = wordforms.Form(tmp_path / "a.docx")
    context = {"target": {"name": "样例"}, "bureau": "", "items": [{"a": 1}], "tasks": []}
    look = Names(form, context)
    assert look.unfilled == {"target.nam", "i.b", "none_such", "x"} and look.empty == set()
    assert Names(form, context | {"items": []}).empty == {"items"}


if __name__ == "__main__":
    TEXTS.mkdir(exist_ok=True)
    for template in wordforms.TEMPLATES.glob("*.docx"):
        (TEXTS / f"{template.stem}.txt").write_text(
            text_of(template), encoding="utf-8", newline="\n"
        )
