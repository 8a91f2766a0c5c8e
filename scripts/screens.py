"""The first screens of the website as pictures in ``docs/screens``: ``python scripts/screens.py
[outputs]``. Without an archive the small sample round is run in a folder of its own.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import chromium

from ssj import cli
from ssj.casebook import archive
from ssj.site import firms, publishing

ROOT = Path(__file__).resolve().parents[1]
SCREENS = ROOT / "docs" / "screens"
SAMPLE = "sample60"
DESK, PHONE = (1280, 860), (390, 844)


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as place:
        outputs = Path(sys.argv[1]) if len(sys.argv) > 1 else sample(Path(place))
        book = archive.reading(outputs)
        made = publishing.publish(book, outputs.parent / "params", Path(place) / "site", date.max)
        browser = chromium.headless()
        try:
            SCREENS.mkdir(exist_ok=True)
            for name, (path, size, scheme) in pages(made.site).items():
                shot(browser, (made.folder / path.partition("?")[0]).as_uri(), path, size, scheme)
                picture = browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"]
                (SCREENS / f"{name}.png").write_bytes(base64.b64decode(picture))
        finally:
            browser.quit()


def sample(place: Path) -> Path:
    """The outputs of a project in which the sample round was drawn and its results published."""
    shutil.copytree(ROOT / "demo" / "params" / SAMPLE, place / "params" / SAMPLE)
    where = ["--params", str(place / "params"), "--outputs", str(place / "outputs")]
    for command in (["run", SAMPLE], ["results", SAMPLE, "--sample", "--yes"]):
        if cli.main([*command, *where]):
            raise SystemExit(f"ssj {' '.join(command)} failed")
    return place / "outputs"


def pages(site: Any) -> dict[str, tuple[str, tuple[int, int], str]]:
    """Name → page, size of the screen, light or dark."""
    its = site.rounds[-1]
    home, firm = f"rounds/{its.id}", firms.firms(site)[0]
    return {
        "01-home": ("index.html", DESK, "light"),
        "02-round": (f"{home}/index.html", DESK, "light"),
        "03-round-phone": (f"{home}/index.html", PHONE, "dark"),
        "04-notice": (f"{home}/{its.now.number}/notice.html", DESK, "light"),
        "05-draw-phone": (f"{home}/{its.now.number}/draw.html", PHONE, "light"),
        "06-results": (f"{home}/{its.now.number}/results.html", DESK, "light"),
        "07-firm": (f"firm/index.html?q={firm.name[2:]}", DESK, "light"),
        "08-check": ("check/index.html", DESK, "light"),
        "09-attempts": (f"{home}/attempts.html", DESK, "light"),
        "10-data": ("data/index.html", DESK, "light"),
    }


def shot(browser: Any, address: str, path: str, size: tuple[int, int], scheme: str) -> None:
    """Show a page as a screen does."""
    width, height = size
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    browser.get(address + (f"?{path.partition('?')[2]}" if "?" in path else ""))
    browser.execute_async_script("setTimeout(arguments[0], 300)")


if __name__ == "__main__":
    main()
