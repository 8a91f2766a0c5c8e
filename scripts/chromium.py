"""The machine's Chromium without a window, driven by selenium."""

from __future__ import annotations

import shutil
from typing import Any


def headless() -> Any:
    """A browser; whoever asks for it ends it with ``quit``."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    for flag in ("--headless", "--no-sandbox", "--disable-gpu"):
        options.add_argument(flag)
    return webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))
    )
