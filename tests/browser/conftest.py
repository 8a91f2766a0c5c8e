"""One headless Chromium for all tests of a module; two where two people sit at theirs."""

from __future__ import annotations

import shutil

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def started(profile):
    """A Chromium with a profile of its own; whoever asks for it ends it with ``quit``."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip(f"needs Chromium and chromedriver on the path (found {chromium}, {driver})")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = started(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()


@pytest.fixture(scope="module")
def two_browsers(tmp_path_factory):
    """Two at once, with profiles that share nothing."""
    found = []
    try:
        for name in ("one", "two"):
            found.append(started(tmp_path_factory.mktemp(name)))
        yield found
    finally:
        for browser in found:
            browser.quit()
