"""What installs ssj without the internet: which wheels of the lock a platform needs, which fit it,
what the zip holds. Nothing is fetched here.
"""

from __future__ import annotations

import hashlib
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import wheelhouse  # noqa: E402

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SMALL = """\
plain==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:cc
late==2.0 ; python_full_version >= '3.11.5' \\
    --hash=sha256:dd
early==1.0 ; python_full_version < '3.11.5' \\
    --hash=sha256:ee
# a remark
"""


def test_markers_are_those_of_the_platform_not_of_this_machine():
    def names(platform: str, version: str) -> set[str]:
        own = wheelhouse.needed(SMALL, wheelhouse.PLATFORMS[platform], version)
        return {pinned.partition("==")[0] for pinned in own}

    assert names("win-x64", "3.11.0") == {"plain", "colorama", "early"}
    assert names("linux-arm64", "3.11.30") == {"plain", "late"}
    own = wheelhouse.needed(SMALL, wheelhouse.PLATFORMS["linux-x64"], "3.12.0")
    assert own == {"plain==1.0": {"aa", "bb"}, "late==2.0": {"dd"}}


@pytest.mark.parametrize("platform", wheelhouse.PLATFORMS)
def test_every_platform_needs_what_runs_ssj(platform):
    own = wheelhouse.needed(LOCK, wheelhouse.PLATFORMS[platform], "3.12.0")
    names = {pinned.partition("==")[0] for pinned in own}
    assert {"pandas", "pyarrow", "jupyterlab", "setuptools", "vl-convert-python"} <= names
    assert ("pywinpty" in names) == (platform == "win-x64") and all(own.values())


FITS = {
    "pure-1.0-py3-none-any.whl": ("win-x64", "linux-x64", "linux-arm64"),
    "old-1.0-py2.py3-none-any.whl": ("win-x64", "linux-x64", "linux-arm64"),
    "own-1.0-cp312-cp312-win_amd64.whl": ("win-x64",),
    "own-1.0-cp312-cp312-win_arm64.whl": (),
    "own-1.0-cp313-cp313-win_amd64.whl": (),
    "own-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": ("linux-x64",),
    "own-1.0-cp312-cp312-manylinux_2_28_aarch64.whl": ("linux-arm64",),
    "own-1.0-cp312-cp312-manylinux_2_34_x86_64.whl": (),  # Kylin V10 has glibc 2.28
    "own-1.0-cp312-cp312-musllinux_1_2_x86_64.whl": (),
    "own-1.0-cp39-abi3-manylinux_2_17_aarch64.whl": ("linux-arm64",),
    "own-1.0-cp313-abi3-win_amd64.whl": (),
    "own-1.0-py3-none-win_amd64.whl": ("win-x64",),
}


@pytest.mark.parametrize("wheel", FITS)
def test_which_wheels_fit(wheel):
    fitting = [n for n, p in wheelhouse.PLATFORMS.items() if wheelhouse.fits(wheel, p, "3.12")]
    assert tuple(fitting) == FITS[wheel]


def test_a_wheel_of_another_hash_or_platform_is_refused(tmp_path):
    platform = wheelhouse.PLATFORMS["linux-x64"]
    path = tmp_path / "Some_Name-1.0-py3-none-any.whl"
    path.write_bytes(b"wheel")
    sound = {"some-name==1.0": {hashlib.sha256(b"wheel").hexdigest()}}
    assert wheelhouse.check(tmp_path, sound, platform, "3.12") == [path.name]
    for wanted in ({"some-name==1.0": {"0" * 64}}, {"some-name==2.0": sound["some-name==1.0"]}):
        with pytest.raises(wheelhouse.WheelhouseError, match="no wheel that fits"):
            wheelhouse.check(tmp_path, wanted, platform, "3.12")
    path.rename(tmp_path / "some_name-1.0-cp312-cp312-win_amd64.whl")
    with pytest.raises(wheelhouse.WheelhouseError, match="no wheel that fits"):
        wheelhouse.check(tmp_path, sound, platform, "3.12")


def test_the_lock_takes_the_hash_of_what_was_built_here():
    made = wheelhouse.with_built(SMALL, {"plain==1.0": "ff", "late==2.0": "99"})
    platform = wheelhouse.PLATFORMS["linux-x64"]
    own = wheelhouse.needed(made, platform, "3.12.0")
    assert own == {"plain==1.0": {"aa", "bb", "ff"}, "late==2.0": {"dd", "99"}}
    assert wheelhouse.with_built(SMALL, {}) == SMALL


def test_the_zip(tmp_path):
    project = tmp_path / "project"
    (project / "ssj").mkdir(parents=True)
    for name, text in (("start.sh", "#!/bin/sh\n"), ("ssj/a.py", "x"), ("secret.txt", "s")):
        (project / name).write_text(text)
    git = ["git", "-C", str(project)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "start.sh", "ssj"], check=True)
    wheel = tmp_path / "own-1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    target = tmp_path / "out" / "a.zip"
    wheelhouse.pack(project, [wheel], SMALL, "3.12", target)
    with zipfile.ZipFile(target) as zipped:
        data = {i.filename.removeprefix("ssj/"): zipped.read(i) for i in zipped.infolist()}
        modes = {i.filename: stat.S_IMODE(i.external_attr >> 16) for i in zipped.infolist()}
    assert set(data) == {
        "start.sh",
        "ssj/a.py",  # what git doesn't track stays out
        "wheels/own-1.0-py3-none-any.whl",
        "wheels/requirements.lock",
        "install.sh",
        "install.bat",
        "SHA256SUMS",
    }
    assert modes["ssj/install.sh"] == modes["ssj/start.sh"] == 0o755
    sums = dict(reversed(line.split("  ")) for line in data.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(own).hexdigest() for name, own in data.items()}
    for name in ("install.sh", "install.bat"):
        text = data[name].decode()
        assert text.count("--no-index") == 1 and "--require-hashes" in text and "3.12" in text
        assert not re.search(r"https?:|%\(", text)
    assert data["install.bat"].isascii() and b"\r\n" in data["install.bat"]
    assert subprocess.run(["sh", "-n"], input=data["install.sh"], check=False).returncode == 0
