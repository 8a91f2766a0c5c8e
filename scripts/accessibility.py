"""axe-core on every page of a website, light and dark, desk and phone: ``python
scripts/accessibility.py axe.min.js outputs/site`` (the file comes with the npm package axe-core).

Prints what is wrong, with the page; exit code 1 if anything is. Of the pages of firms, which are
alike, the first three are looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

import chromium

SCREENS = ((1280, "light"), (1280, "dark"), (390, "light"), (320, "dark"))
RUN = """
    const done = arguments[0];
    for (const one of document.querySelectorAll("details")) one.open = true;
    axe.run({resultTypes: ["violations"]}).then(all => done(all.violations.map(
        v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)])))"""


def main() -> int:
    """Look at every page; how it went."""
    script, site = Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2]).resolve()
    firms = sorted((site / "firm").glob("[0-9a-f]??.html"))
    pages = [p for p in sorted(site.rglob("*.html")) if p not in firms[3:]]
    browser, wrong = chromium.headless(), 0
    try:
        for width, scheme in SCREENS:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
            media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            for page in pages:
                browser.get(page.as_uri())
                browser.execute_script(script)
                for found in browser.execute_async_script(RUN):
                    wrong += 1
                    print(width, scheme, page.relative_to(site), *found)
    finally:
        browser.quit()
    print(f"{len(pages)} pages, {len(SCREENS)} screens, {wrong} faults")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
