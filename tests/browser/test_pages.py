"""Rendered pages in headless Chromium: nothing overflows, nothing is blocked, markup stays text,
print works.
"""

from __future__ import annotations

import base64
import io
from datetime import date
from unicodedata import normalize

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ssj.base.errors import Problem
from ssj.casebook import show
from ssj.casebook.render import render

pytestmark = pytest.mark.browser

EVIL = (
    "样例<script>document.title='坏'</script><img src=x "
    "onerror=\"document.title='坏'\">城乡天然气输配充装供应服务有限责任公司第二分公司"
)
BANNERS = ["演示批次：样例数据，不作执法依据", "唯一性未证实"]


@pytest.fixture(scope="module", params=["auditor", "public"])
def path(request, tmp_path_factory):
    rows = [
        {
            "id": f"91140521MA{n:08d}",
            "name": EVIL,
            "items": ("F01", "F02", "F03"),
            "on": date(2021, 12, 6),
            "n": n,
            "hash": f"{n:064x}",
        }
        for n in range(60)
    ]
    shown = [
        show.banners(BANNERS),
        show.facts({"抽取随机数": "0f" * 32, "很长的一项" * 4: EVIL * 3}, "参数"),
        show.commitment("0f" * 32),
        show.table(rows, "抽中的检查对象"),
        show.table([], "空表", {"id": "编号"}),
        show.bars([{"n": n, "y": EVIL} for n in range(6)], "n", "y", "各类户数", "户次", "类别"),
        show.stacked([{"a": 3, "b": 4, "y": "样例县住建局"}], ("a", "b"), "y", "合并检查"),
        show.histogram([1, 2, 3], [0, 2, 4], "分布"),
        show.problems([Problem("T1", EVIL, EVIL, "targets.xlsx", "名录", 7)], "各张表的问题"),
        show.complete("draw"),
    ]
    cells = [
        new_markdown_cell(
            f"# 抽取：2021年第四季度\n\n{EVIL}\n\n`{'x' * 200}`\n\n{'y' * 200}",
            metadata={"tags": ["public"]},
        )
    ]
    cells += [
        new_code_cell(
            f"show.{'very_long_name_' * 20}()",
            execution_count=n,
            metadata={"tags": ["public"]},
            outputs=[
                new_output("stream", name="stdout", text="z" * 300),
                new_output("execute_result", data=one._repr_mimebundle_(), execution_count=n),
            ],
        )
        for n, one in enumerate(shown, 1)
    ]
    file = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    file.write_text(
        render(new_notebook(cells=cells), request.param, "抽取", BANNERS),
        encoding="utf-8",
        newline="\n",
    )
    return file


def visit(browser, path, width):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(path.as_uri())
    browser.execute_script(
        "for (const one of document.querySelectorAll('details')) one.open = true"
    )
    return browser.execute_script


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_page_fits_its_width(browser, path, width):
    run = visit(browser, path, width)
    assert run("return innerWidth") == width
    assert (
        run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        <= 0
    )
    outside = run("""
        return [...document.querySelectorAll('main *')]
            .filter(one => !one.closest('.scroll, pre'))
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .map(one => one.outerHTML.slice(0, 80))""")
    assert outside == []


def test_wide_table_scrolls_by_itself(browser, path):
    run = visit(browser, path, 390)
    assert run(
        "const box = document.querySelector('[role=region]'); return box.scrollWidth > "
        "box.clientWidth"
    )
    assert run(
        "const box = document.querySelector('[role=region]'); box.focus(); return "
        "document.activeElement === box"
    )


def test_nothing_is_blocked_or_run(browser, path):
    browser.get_log("browser")
    run = visit(browser, path, 1280)
    assert browser.get_log("browser") == []
    assert browser.title == "抽取"
    assert run("return document.scripts.length + document.images.length") == 0
    assert run("return performance.getEntriesByType('resource').length") == 0
    assert run(
        "return [...document.querySelectorAll('tbody td')].some(one => "
        "one.textContent.includes('<script>'))"
    )


def test_language_heading_and_style(browser, path):
    run = visit(browser, path, 1280)
    assert run("return document.documentElement.lang") == "zh-CN"
    assert run("return [...document.querySelectorAll('h1')].map(one => one.textContent)") == [
        "抽取：2021年第四季度"
    ]
    assert run("return document.characterSet") == "UTF-8"
    assert (
        run("return getComputedStyle(document.querySelector('.banner')).backgroundColor")
        == "rgb(255, 243, 209)"
    ), "the style sheet works under the page's own policy"


def test_contrast_is_aa(browser, path):
    """Text against the nearest painted background, by WCAG's formula."""
    run = visit(browser, path, 1280)
    low = run("""
        const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const under = one => {
            if (!one) return [255, 255, 255];
            const [r, g, b, a = 1] = numbers(getComputedStyle(one).backgroundColor);
            if (a === 0) return under(one.parentElement);
            const below = a < 1 ? under(one.parentElement) : [0, 0, 0];
            return [r, g, b].map((v, i) => v * a + below[i] * (1 - a));
        };
        const texts = [...document.querySelectorAll('body *')]
            .filter(one => !one.closest('svg') && one.textContent.trim());
        return texts.map(one => {
            const colours = [numbers(getComputedStyle(one).color), under(one)];
            const [x, y] = colours.map(light).sort((a, b) => b - a);
            return [(x + .05) / (y + .05), one.tagName + '.' + one.className];
        }).filter(([ratio]) => ratio < 4.5)""")
    assert low == []


def test_print_repeats_heads_and_banners(browser, path):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    browser.get(path.as_uri())
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = pypdf.PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages
    assert len(pages) > 2
    assert [round(float(size)) for size in pages[0].mediabox[2:]] == [595, 842], "A4"
    texts = ["".join(normalize("NFKC", page.extract_text()).split()) for page in pages]
    assert all("唯一性未证实" in text for text in texts), "a banner on every printed page"
    of_table = [text for text in texts if text.count("91140521MA") > 1]
    assert len(of_table) > 1 and all("items" in text for text in of_table), (
        "the table's head on each of its pages"
    )
