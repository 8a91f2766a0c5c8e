"""ssj.render: who sees which cell, markup that stays text, and pages that load and run nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lxml import html as lxml_html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from ssj.casebook import render as render_module
from ssj.casebook import show
from ssj.casebook.render import render

BANNERS = ["演示批次：样例数据，不作执法依据", "唯一性未证实"]
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
EVIL = "样例<script>alert(1)</script><img src=x onerror=alert(2)>公司"
PUBLIC = {"tags": ["public"]}


def cell(source, *outputs, public=False, count=1):
    made = [
        output
        if isinstance(output, nbformat.NotebookNode)
        else new_output("execute_result", data=output._repr_mimebundle_(), execution_count=count)
        for output in outputs
    ]
    return new_code_cell(
        source, outputs=made, execution_count=count, metadata=PUBLIC if public else {}
    )


def html_output(markup, mime="text/html"):
    return new_output("display_data", data={mime: markup, "text/plain": "x"})


@pytest.fixture
def notebook():
    rows = [{"id": f"T{n:03d}", "name": EVIL, "n": n} for n in range(40)]
    return new_notebook(
        metadata={"papermill": {"parameters": {"stage": "/secret/papermill"}}},
        cells=[
            new_markdown_cell(
                f"# 抽取：2021Q4\n\n{EVIL}\n\n| 参数 | 值 |\n| --- | --- |\n| 批次 | 2021Q4 |",
                metadata=PUBLIC,
            ),
            cell("# injected\nround_id = '2021Q4'", count=1),
            new_markdown_cell("# 内部说明\n\n信用风险分类 D"),
            cell(
                "show.table(internal)",
                show.table([{"id": "T1", "class": "D 类", "ticket": "ab" * 32}], "内部表"),
                count=2,
            ),
            cell(
                "SECRET_CODE = show.table(rows)",
                new_output("stream", name="stdout", text="printed \x1b[31msecret\x1b[0m\n"),
                show.table(rows, "抽中的检查对象"),
                public=True,
                count=3,
            ),
            new_markdown_cell(
                "# 图\n\n[外](https://example.org/) [内](draw.json) ![图](//example.org/a.png) "
                "[坏](javascript:alert(1)) <http://example.org/>",
                metadata=PUBLIC,
            ),
            cell("chart", show.bars([{"n": 3, "y": EVIL}], "n", "y", "户数"), public=True, count=4),
            cell("chart", show.bars([{"n": 3, "y": EVIL}], "n", "y", "户数"), public=True, count=5),
            cell(
                "6 * 7",
                new_output("execute_result", data={"text/plain": "<42>"}, execution_count=6),
                public=True,
                count=6,
            ),
            new_raw_cell("raw text"),
            cell("show.complete('draw')", show.complete("draw"), count=7),
        ],
    )


@pytest.fixture(params=["auditor", "public"])
def page(request, notebook):
    return lxml_html.document_fromstring(render(notebook, request.param, "抽取", BANNERS))


def test_page_basics(page):
    assert page.get("lang") == "zh-CN"
    assert page.xpath("//meta/@charset") == ["utf-8"]
    assert page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [CSP]
    assert page.xpath("//meta[@name='viewport']/@content") == [
        "width=device-width, initial-scale=1"
    ]
    assert page.xpath("//title/text()") == ["抽取"]
    assert page.xpath("//h1//text()") == ["抽取：2021Q4"], "cell 0's heading is the only h1"
    assert len(page.xpath("//main")) == 1
    assert [text.text_content() for text in page.xpath("//header//p[@class='banner']")] == BANNERS
    assert [text.text_content() for text in page.xpath("//footer//p[@class='banner']")] == BANNERS
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_nothing_runs_and_nothing_loads(page):
    assert not page.xpath(
        "//script | //iframe | //object | //embed | //link | //base | //form | //img | "
        "//foreignobject"
    )
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            if name in ("href", "src", "xlink:href"):
                assert value == "draw.json", (element.tag, value)
            if not name.startswith("xmlns"):
                assert "http:" not in value and "https:" not in value and "url(" not in value
    style = page.xpath("string(//style)")
    assert "url(" not in style and "@import" not in style and "://" not in style


def test_markup_from_rosters_shows_as_text(page):
    assert [
        name.text_content() for name in page.xpath("//table[caption='抽中的检查对象']//td[1]")
    ] == [EVIL] * 40
    assert EVIL in page.xpath("string(//main)").split("图")[0], "in prose too"


def test_tables_have_caption_and_scope(page):
    assert page.xpath("//main//div[@role='region']/table[caption]")
    assert not page.xpath("//th[not(@scope)]")


def test_svg_is_inline_and_labelled(page):
    charts = page.xpath("//figure/*[local-name()='svg']")
    assert len(charts) == 2 and all(
        chart.get("aria-label").startswith("户数：") for chart in charts
    )


def test_public_page_keeps_only_public_cells(notebook):
    html = render(notebook, "public", "抽取", BANNERS)
    page = lxml_html.document_fromstring(html)
    for hidden in (
        "内部说明",
        "信用风险",
        "内部表",
        "D 类",
        "ab" * 4,
        "SECRET_CODE",
        "printed",
        "secret",
        "papermill",
        "round_id",
        "raw text",
        "SSJ-COMPLETE",
        "<details",
        "<code",
        "复核用",
    ):
        assert hidden not in html.split("</style>")[1], hidden
    assert "复核用" not in html and "papermill" not in html
    assert page.xpath("//pre/text()") == ["<42>"]


def test_auditor_page_shows_all(notebook):
    html = render(notebook, "auditor", "抽取", BANNERS)
    page = lxml_html.document_fromstring(html)
    assert page.xpath("//details/summary/text()") == ["代码"] * 7
    assert not page.xpath("//details/@open")
    assert page.xpath("//p[@class='count']/text()") == [f"[{n}]" for n in range(1, 8)]
    assert "SECRET_CODE = show.table(rows)" in page.xpath("//details//code/text()")
    assert "printed secret" in page.xpath("//pre/text()"), "without the terminal's colours"
    for shown in (
        "内部表",
        "D 类",
        "raw text",
        "SSJ-COMPLETE:draw",
        "复核用：含内部信息，不得对外公开",
    ):
        assert shown in html.split("</style>")[1], shown
    assert "/secret/papermill" not in html


def test_title_is_the_heading_where_no_cell_has_one(notebook):
    notebook.cells[0].metadata = {}
    page = lxml_html.document_fromstring(render(notebook, "public", "题目<b>", []))
    assert page.xpath("//h1//text()") == page.xpath("//title/text()") == ["题目<b>"]
    assert not page.xpath("//*[contains(@class, 'banner')]")
    assert lxml_html.document_fromstring(render(new_notebook(), "public", "空", [])).xpath(
        "//h1/text()"
    ) == ["空"]


def test_only_the_first_cells_first_heading_is_h1():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# 一\n\n# 二\n\n三\n===", metadata=PUBLIC),
            new_markdown_cell("# 四", metadata=PUBLIC),
        ]
    )
    page = lxml_html.document_fromstring(render(notebook, "public", "题", []))
    assert page.xpath("//h1/text()") == ["一"] and page.xpath("//h2/text()") == ["二", "三", "四"]


def test_an_error_output_is_refused_for_both(notebook):
    notebook.cells[1].outputs = [new_output("error", ename="ValueError", evalue="x", traceback=[])]
    for audience in ("auditor", "public"):
        with pytest.raises(ValueError, match="cell 2 .*error"):
            render(notebook, audience, "抽取", [])


FORBIDDEN = {
    "script": "<p><script>alert(1)</script></p>",
    "capitals": "<SCRIPT SRC=x></SCRIPT>",
    "handler": '<p onclick="x">x</p>',
    "image from outside": '<img src="https://example.org/x.png">',
    "image beside the page": '<img src="x.png">',
    "link outside": '<a href="https://example.org">x</a>',
    "script link": '<a href="javascript:alert(1)">x</a>',
    "style sheet": "<style>p {}</style>",
    "style with address": '<p style="background: url(//example.org/x)">x</p>',
    "meta": '<meta http-equiv="refresh" content="0">',
    "frame": "<iframe></iframe>",
    "second h1": "<h1>x</h1>",
    "id": '<p id="x">x</p>',
}


@pytest.mark.parametrize("markup", FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_output_that_would_run_or_load_is_refused(markup):
    with pytest.raises(ValueError, match="ssj.show|not for outputs"):
        render(
            new_notebook(cells=[cell("x", html_output(markup), public=True)]), "public", "题", []
        )


def test_svg_is_guarded_too():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><image xlink:href="http://example.org/x.png"/></svg>'
    with pytest.raises(ValueError):
        render(
            new_notebook(cells=[cell("x", html_output(svg, "image/svg+xml"), public=True)]),
            "public",
            "题",
            [],
        )


def test_unknown_audience_is_refused(notebook):
    with pytest.raises(ValueError, match="press"):
        render(notebook, "press", "题", [])


def test_banner_cannot_leave_the_style_sheet(notebook):
    evil = '"} </style><script>alert(1)</script> \\ \n*/'
    page = lxml_html.document_fromstring(render(notebook, "public", "题", [evil]))
    assert not page.xpath("//script") and page.xpath("//header//p/text()") == [evil]


def test_same_bytes_from_node_and_path_anywhere_and_node_unchanged(notebook, tmp_path, monkeypatch):
    before = nbformat.writes(notebook)
    first = render(notebook, "auditor", "抽取", BANNERS)
    assert nbformat.writes(notebook) == before
    path = tmp_path / "过程记录.ipynb"
    path.write_text(before, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.html.j2").write_text("mine", encoding="utf-8")
    (tmp_path / "conf.json").write_text(
        '{"preprocessors": {"1": {"type": "no.such"}}}', encoding="utf-8"
    )
    render_module._exporter.cache_clear()
    assert (
        render(path, "auditor", "抽取", BANNERS)
        == first
        == render(str(path), "auditor", "抽取", BANNERS)
    )
    code = (
        "import sys; from ssj.casebook.render import render; "
        "sys.stdout.buffer.write(render(sys.argv[1], 'auditor', '抽取', sys.argv[2:]).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), *BANNERS],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(show.__file__).parents[2]),
            "PYTHONHASHSEED": "7",
        },
    )
    assert done.stdout.decode() == first
