"""Enter the program in ``ssj/releases.json``, as the release that its version names.

The list is append-only: later programs run an archived one only if it is on it, so an entry is a
promise that never changes. While a version ends in ``.dev0`` it is not released, and not entered::

    python scripts/release.py            # enter this version; then commit and tag
    python scripts/release.py FOLDER     # write the program as <program hash>.zip into a folder
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import ssj
from ssj import protocol
from ssj.casebook import archive, program
from ssj.stages.registry import kinds


def entry() -> program.Release:
    """The program as it stands here, as an entry of the list."""
    return program.Release(
        version=ssj.__version__,
        program=program.running()["hash"],
        code={k.notebook: program.code_identity(k.notebook)["hash"] for k in kinds().values()},
        format=archive.FORMAT,
        protocol=protocol.PROTOCOL,
    )


def entered(known: list[dict[str, object]], committed: list[dict[str, object]]) -> str:
    """The list with this program at its end; ``SystemExit`` if that would not be append-only."""
    new = entry()
    if "dev" in new.version:
        sys.exit(f"{new.version} is a version in development: set the version first")
    if new.version in {old["version"] for old in known}:
        sys.exit(f"{new.version} is entered already: a release never changes")
    if known != committed:
        sys.exit(f"{program.RELEASES} is not as committed: entries never change")
    return json.dumps([*known, new._asdict()], ensure_ascii=False, indent=1) + "\n"


def committed() -> list[dict[str, object]]:
    """The list as it was committed last."""
    said = subprocess.run(
        ["git", "show", f"HEAD:{program.RELEASES}"], cwd=ROOT, capture_output=True, check=True
    )
    return json.loads(said.stdout)


def main(arguments: list[str]) -> None:
    if arguments:
        path = Path(arguments[0]) / f"{program.running()['hash']}.zip"
        path.write_bytes(program.packed(program.files()))
        print(path)
        return
    path = ROOT / program.RELEASES
    path.write_text(
        entered(json.loads(path.read_text(encoding="utf-8")), committed()), encoding="utf-8"
    )
    print(f"{ssj.__version__} entered: commit {program.RELEASES}, then tag v{ssj.__version__}")


if __name__ == "__main__":
    main(sys.argv[1:])
