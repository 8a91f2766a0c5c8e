"""The website as a citizen walks it: from disk, over HTTP in a folder of a site with a strict
policy, without scripts, on a phone; to the verifier, which says verified.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sites import ODD, renamed, site_of
from warm import tell

from ssj.site import pages

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
ROUND = "rounds/sample60/index.html"


@pytest.fixture(scope="module")
def site(published_sample60, tmp_path_factory) -> Path:
    """The site in a folder of another site."""
    place = tmp_path_factory.mktemp("portal") / "zwgk" / "ssj"
    place.parent.mkdir()
    assert tell(published_sample60, "publish", "--site", str(place))[0] == 0
    return place


class Handler(SimpleHTTPRequestHandler):
    """A portal that sends its policy with every page but those that need scripts."""

    def end_headers(self) -> None:
        if not self.path.partition("?")[0].endswith(("/firm/index.html", "verifier.html", ".js")):
            self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(site.parents[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/zwgk/ssj"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["disk", "served"])
def base(request, site, address) -> str:
    return site.as_uri() if request.param == "disk" else address


@pytest.fixture(autouse=True)
def plain(browser):
    screen(browser, 1280)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def screen(browser, width: int, scheme: str = "light") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )


def click(browser, text: str) -> None:
    browser.find_element("partial link text", text).click()


def wait(browser, selector: str):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20).until(lambda b: b.find_elements("css selector", selector))


def test_the_walk(browser, base, site):
    """Home → round → list → firm → check → verifier, which says that all agrees."""
    browser.get(f"{base}/index.html")
    assert "随机抽出" in browser.find_element("tag name", "h1").text
    click(browser, "看这一批次")
    assert browser.find_elements("css selector", "svg.dice .die")
    click(browser, "逐户结果")
    first = browser.find_element("css selector", "a.name")
    name = first.text
    first.click()
    shown = [e.text for e in browser.find_elements("css selector", ".firm h2")]
    assert name in shown
    click(browser, "自己核对")
    click(browser, "打开核验页")
    files = browser.find_element("id", "files")
    browser.execute_script("arguments[0].hidden = false", files)
    data = site / "data" / "sample60" / "1"
    files.send_keys("\n".join(str(data / name) for name in ("notice.json", "public.json")))
    assert "相符" in wait(browser, "#results > *")[0].text
    said = browser.find_element("id", "results").text
    assert "不符" not in said.replace("未发现不符", "")


@pytest.mark.parametrize("by", ["name", "code", "number"])
def test_one_firm_is_found(browser, base, published_sample60, by):
    visit = site_of(published_sample60).rounds[0].now.visits[-1]
    typed = {"name": visit.name[2:], "code": visit.id, "number": visit.number}[by]
    browser.get(f"{base}/index.html")
    box = browser.find_element("id", "q")
    box.send_keys(typed)
    box.submit()
    link = wait(browser, "#found a")[0]
    assert link.text == visit.name
    link.click()
    entry = browser.find_element("css selector", ":target")
    assert visit.name in entry.text and visit.number in entry.text


def test_nobody_is_found(browser, base):
    browser.get(f"{base}/firm/index.html?q=没有这一户")
    assert "没有找到" in wait(browser, "#found p")[0].text
    browser.get(f"{base}/firm/index.html?q=公")
    assert "至少写两个字" in wait(browser, "#found p")[0].text


def test_without_scripts_there_is_the_list(browser, base, published_sample60):
    visit = site_of(published_sample60).rounds[0].now.visits[0]
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{base}/index.html")
    click(browser, "查一户")
    click(browser, "第 1 页")
    click(browser, visit.name)
    assert visit.number in browser.find_element("css selector", ":target").text


def test_nothing_is_blocked_or_fetched(browser, base, site):
    browser.get_log("browser")
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        if name.startswith("firm/") and name != "firm/index.html":
            continue
        browser.get(f"{base}/{name}")
        assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert [e["message"] for e in browser.get_log("browser") if "favicon" not in e["message"]] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_overflows(browser, site, width):
    screen(browser, width)
    for page in sorted(site.rglob("*.html")):
        if page.parent.name == "firm" and page.name not in ("index.html", "list-1.html"):
            continue
        browser.get(page.as_uri())
        over = browser.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = true;"
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, (page.relative_to(site), width)


CONTRAST = """
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const under = one => {
        const [r, g, b, a = 1] = numbers(getComputedStyle(one).backgroundColor);
        return a === 0 ? under(one.parentElement) : [r, g, b];
    };
    return [...document.querySelectorAll('body *')]
        .filter(one => !one.closest('svg') && [...one.childNodes].some(
            node => node.nodeType === 3 && node.textContent.trim()))
        .map(one => {
            const pair = [numbers(getComputedStyle(one).color), under(one)].map(light);
            const [y, x] = pair.sort((a, b) => a - b);
            return [(x + .05) / (y + .05), one.outerHTML.slice(0, 90)];
        }).filter(([ratio]) => ratio < 4.5)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_aa(browser, site, scheme):
    screen(browser, 1280, scheme)
    for name in ("index.html", ROUND, "rounds/sample60/1/results.html", "check/index.html"):
        browser.get((site / name).as_uri())
        assert browser.execute_script(CONTRAST) == [], name


def test_the_keyboard_goes_to_the_text_first(browser, site):
    from selenium.webdriver.common.keys import Keys

    browser.get((site / ROUND).as_uri())
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    assert browser.execute_script("return document.activeElement.textContent") == "跳到正文"


def test_odd_names_are_text_on_a_phone(browser, published_sample60, tmp_path):
    site = renamed(site_of(published_sample60), list(ODD.values()))
    for name, content in pages.pages(site, published_sample60 / "outputs").items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    screen(browser, 390)
    for name in ("rounds/sample60/1/draw.html", "rounds/sample60/1/results.html"):
        browser.get((tmp_path / name).as_uri())
        shown = [
            e.get_property("textContent") for e in browser.find_elements("css selector", "a.name")
        ]
        assert ODD["markup"] in shown and ODD["end of script"] in shown
        assert "坏" not in browser.title
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    browser.get((tmp_path / "firm/index.html").as_uri() + "?q=双引号")
    assert wait(browser, "#found a")[0].text == " ".join(ODD["quotes"].split())
