"""Tampered and odd files, singly and in sets, shown to three verifiers: ``ssj/protocol.py``, the
verifier page's JavaScript in headless Chromium, and ``verifiers/go``. What they are, which banners
they get, the steps up to the first that fails, and what comparing them gives must be the same.

    python scripts/odd_files.py [COUNT] [--first N] [--only WORD] [--keep FOLDER] [--no-browser]

makes COUNT sets (1,000 if it is not given) of the kinds of ``odd_kinds.py`` in turn, always the
same, and lists the kinds, what came of them, and each difference. ``--keep`` writes the sets that
differ. Needs Go; the JavaScript needs selenium, Chromium and chromedriver. Exit code 1 if the
verifiers differ or a set is not what its kind says.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from chromium import headless
from odd_kinds import Files, kinds

from ssj import protocol

Answer = dict[str, Any]
Judge = Callable[[Files], Answer]

# --- what each verifier says of a set ---


def upto_failing(steps: list[Any]) -> list[Any]:
    """Steps up to the first that fails: what later ones say is not specified (§10.1)."""
    failing = next((n for n, (_, holds) in enumerate(steps, 1) if holds is False), None)
    return steps[:failing]


def in_python(files: Files) -> Answer:
    def plain(steps: list[protocol.Step]) -> list[Any]:
        return upto_failing([[s.number, s.holds] for s in steps])

    read: list[Any] = []
    for data in files.values():
        try:
            read.append(protocol.read_file(data))
        except protocol.ProtocolError:
            read.append(None)
    said = [
        one
        and plain(
            protocol.verify_ledger(one[1]) if one[0] == "ledger" else protocol.examine(one[1])
        )
        for one in read
    ]
    sound = [r for r, s in zip(read, said, strict=True) if r and all(h is not False for _, h in s)]
    ledgers = [text for kind, text in sound if kind == "ledger"]
    answers = [
        one
        and {
            "kind": one[0],
            "banners": [] if one[0] == "ledger" else list(protocol.banners(one[1], ledgers)),
            "steps": steps,
        }
        for one, steps in zip(read, said, strict=True)
    ]
    documents = [d for kind, d in sound if kind != "ledger"]
    together = plain(protocol.compare(documents, ledgers)) if len(sound) > 1 else None
    return {"files": answers, "together": together}


JAVASCRIPT = """
const upTo = (steps) => {
  const plain = steps.map((one) => [one.number, one.holds]);
  const first = plain.findIndex((one) => one[1] === false);
  return first < 0 ? plain : plain.slice(0, first + 1);
};
return JSON.parse(arguments[0]).map((files) => {
  try {
    const read = files.map((text) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      try { return ssj.readFile(bytes); } catch (error) {
        if (error instanceof ssj.ProtocolError) return null;
        throw error;
      }
    });
    const said = read.map((one) => one &&
      upTo(one.kind === "ledger" ? ssj.verifyLedger(one.text) : ssj.examine(one.document)));
    const sound = read.filter((one, i) => one && said[i].every((step) => step[1] !== false));
    const ledgers = sound.filter((one) => one.kind === "ledger").map((one) => one.text);
    const documents = sound.filter((one) => one.kind !== "ledger").map((one) => one.document);
    return {
      files: read.map((one, i) => one && { kind: one.kind, steps: said[i],
        banners: one.kind === "ledger" ? [] : ssj.banners(one.document, ledgers) }),
      together: sound.length > 1 ? upTo(ssj.compare(documents, ledgers)) : null,
    };
  } catch (error) { return { crash: String(error && error.stack || error) }; }
});"""


@contextlib.contextmanager
def in_chromium() -> Iterator[Judge]:
    """The verifier page's functions in a browser."""
    from ssj.casebook.render import verifier_page

    browser = headless()
    try:
        with tempfile.TemporaryDirectory() as place:
            page = Path(place) / "verify.html"
            page.write_text(verifier_page(), encoding="utf-8", newline="\n")
            browser.set_script_timeout(120)
            browser.get(page.as_uri())

            def judge(files: Files) -> Answer:
                sent = json.dumps([[base64.b64encode(d).decode() for d in files.values()]])
                return browser.execute_script(JAVASCRIPT, sent)[0]

            yield judge
    finally:
        browser.quit()


@contextlib.contextmanager
def in_go() -> Iterator[Judge]:
    """The command of ``verifiers/go``, built for it."""
    with tempfile.TemporaryDirectory() as place:
        program = Path(place) / "ssj-verify"
        source = ROOT / "verifiers" / "go"
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=source, check=True)

        def judge(files: Files) -> Answer:
            with tempfile.TemporaryDirectory(dir=place) as folder:
                paths = [Path(folder) / name for name in files]
                for path, data in zip(paths, files.values(), strict=True):
                    path.write_bytes(data)
                done = subprocess.run(
                    [program, "--json", *paths], capture_output=True, encoding="utf-8", check=False
                )
            if not done.stdout:
                return {"crash": done.stderr}
            said = json.loads(done.stdout)
            answers = [
                None
                if one["refused"]
                else {
                    "kind": one["kind"],
                    "banners": one["banners"],
                    "steps": upto_failing(one["steps"]),
                }
                for one in said["files"]
            ]
            together = said["compared"]
            return {"files": answers, "together": together and upto_failing(together)}

        yield judge


def guarded(judge: Judge, files: Files) -> Answer:
    """What a verifier says, or that it crashed."""
    try:
        return judge(files)
    except Exception as error:
        return {"crash": f"{type(error).__name__}: {error}"}


# --- what a kind promises ---


def outcome(answer: Answer) -> str:
    """The worst that is said of a set: refused, the first failing step, or that nothing fails."""
    if "crash" in answer:
        return "crash"
    steps = [s for one in answer["files"] if one for s in one["steps"]]
    failing = [number for number, holds in steps if holds is False]
    if failing:
        return f"V{failing[0]}"
    if answer["together"] and answer["together"][-1][1] is False:
        return f"together V{answer['together'][-1][0]}"
    return "refused" if None in answer["files"] else "holds"


def promised(kind: str, answer: Answer) -> bool:
    said = outcome(answer)
    return {
        "sound": said == "holds",
        "refused": said == "refused",
        "false": said.startswith("together"),
        "open": said != "crash",
    }[kind.split(" ", maxsplit=1)[0]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args(arguments)
    all_kinds = {name: kind for name, kind in kinds().items() if given.only in name}
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    differing = broken = shown = 0
    with contextlib.ExitStack() as stack:
        judges: dict[str, Judge] = {"Python": in_python, "Go": stack.enter_context(in_go())}
        if not given.no_browser:
            judges["JavaScript"] = stack.enter_context(in_chromium())
        for number in range(given.first, given.first + given.count):
            name = list(all_kinds)[number % len(all_kinds)]
            files = all_kinds[name](Random(number))
            answers = {j: guarded(judge, files) for j, judge in judges.items()}
            shown += len(files)
            outcomes[name][outcome(answers["Python"])] += 1
            if any(answer != answers["Python"] for answer in answers.values()):
                differing += 1
                print(f"{number} {name}: the verifiers differ; {', '.join(files)}")
                for judge, answer in answers.items():
                    print(f"    {judge:10} {json.dumps(answer, ensure_ascii=False)[:1500]}")
            elif not promised(name, answers["Python"]):
                broken += 1
                print(f"{number} {name}: {outcome(answers['Python'])}; {', '.join(files)}")
                print(f"    {json.dumps(answers['Python'], ensure_ascii=False)[:1500]}")
            else:
                continue
            if given.keep:
                folder = given.keep / str(number)
                folder.mkdir(parents=True, exist_ok=True)
                for file, data in files.items():
                    (folder / file).write_bytes(data)
    for name, counted in outcomes.items():
        print(f"{name:60} " + ", ".join(f"{k} {n}" for k, n in sorted(counted.items())))
    print(
        f"{given.count} sets of {len(all_kinds)} kinds, {shown} files, {len(judges)} verifiers: "
        f"{differing} differ, {broken} are not what their kind says"
    )
    return 1 if differing or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
