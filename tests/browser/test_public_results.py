"""The public page of results on a phone, a desk and A4: nothing overflows or runs; on a phone
entries stand below each other.
"""

from __future__ import annotations

import base64
import io
from unicodedata import normalize

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ssj.casebook import show
from ssj.casebook.render import render

pytestmark = pytest.mark.browser

LONG = "样例<script>document.title='坏'</script>城乡天然气输配充装供应服务有限责任公司第二分公司"
ENTRIES = [
    {
        "name": LONG if n else "样例短名公司",
        "ids": f"2021Q4-{n:03}　91140521MA{n:08d}",
        "date": "2021-12-10",
        "lines": [
            (
                "工程质量责任主体行为及实体质量监督检查",
                "发现问题待后续处理；违反其他规定",
                "移送办案机构",
            ),
            ("事项二", "未发现问题", ""),
        ],
        "notes": [],
    }
    for n in range(40)
]
ENTRIES += [
    {
        "name": "样例撤下公司",
        "ids": "2021Q4-041　S1",
        "date": "",
        "lines": [],
        "notes": ["依法撤下：2022-01-10，公示期满"],
    }
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    shown = show.entries(ENTRIES, "检查结果")
    cells = [
        new_markdown_cell("# 检查结果公示", metadata={"tags": ["public"]}),
        new_code_cell(
            "x",
            execution_count=1,
            metadata={"tags": ["public"]},
            outputs=[
                new_output("execute_result", data=shown._repr_mimebundle_(), execution_count=1)
            ],
        ),
    ]
    file = tmp_path_factory.mktemp("results") / "page.html"
    file.write_text(
        render(new_notebook(cells=cells), "public", "检查结果公示"), encoding="utf-8", newline="\n"
    )
    return file


def visit(browser, path, width):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(path.as_uri())
    return browser.execute_script


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_nothing_overflows(browser, path, width):
    run = visit(browser, path, width)
    assert (
        run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        <= 0
    )
    assert (
        run(
            "return [...document.querySelectorAll('main *')].filter(one => "
            "one.getBoundingClientRect().right > innerWidth + 1).length"
        )
        == 0
    )


@pytest.mark.parametrize(("width", "below"), [(390, True), (1200, False)])
def test_entries_stand_below_each_other_on_a_phone_only(browser, path, width, below):
    run = visit(browser, path, width)
    tops = run(
        "return [...document.querySelector('.entries tbody tr').children].map(one => "
        "one.getBoundingClientRect().top)"
    )
    assert (tops[0] < tops[1] < tops[2]) == below
    assert run("return getComputedStyle(document.querySelector('.entries thead')).display") == (
        "none" if below else "table-header-group"
    )
    caption = run(
        "const box = document.querySelector('.entries caption').getBoundingClientRect(); "
        "return [box.width, box.height]"
    )
    assert caption[0] > 100 and caption[1] < 60, "not one character a line"


def test_no_script_runs(browser, path):
    browser.get_log("browser")
    run = visit(browser, path, 390)
    assert (
        browser.get_log("browser") == []
        and browser.title == "检查结果公示"
        and run("return document.scripts.length") == 0
    )


def test_printed_on_a4_with_heads_and_whole_entries(browser, path):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    browser.get(path.as_uri())
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = pypdf.PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages
    texts = ["".join(normalize("NFKC", page.extract_text()).split()) for page in pages]
    assert len(pages) > 1 and [round(float(size)) for size in pages[0].mediabox[2:]] == [595, 842]
    assert all("检查事项和结果" in text for text in texts), "the head on each page"
    assert all(text.count("移送办案机构") == text.count("事项二") for text in texts), (
        "no entry is torn apart"
    )
