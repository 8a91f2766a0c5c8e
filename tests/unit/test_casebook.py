"""Certifying, normalising and identifying stages, without a kernel (tests/reference and tests/round
run them).
"""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ssj.base.errors import SsjError
from ssj.casebook import archive, runner, show
from ssj.stages.registry import kinds


def output(shown: show.Shown, count: int = 1):
    return new_output("execute_result", data=dict(shown.data), execution_count=count)


def printed(*texts: str, name: str = "stdout") -> list:
    return [new_output("stream", name=name, text=text) for text in texts]


def executed(kind: str = "draw") -> nbformat.NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# 抽取"),
            new_code_cell("a = 1", execution_count=1),
            new_code_cell(
                f"show.complete({kind!r})",
                execution_count=2,
                outputs=[output(show.complete(kind), 2)],
            ),
        ]
    )


def out(folder, *names: str):
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


# --- certify ---

NOT_RUN = "过程记录没有完整运行，没有留下任何阶段\n请再运行一次；仍不成功时用 ssj lab 逐格查看。"


def error():
    return new_output("error", ename="ValueError", evalue="x", traceback=[])


# name → what is wrong with the executed notebook
INCOMPLETE = {
    "a cell without execution count": lambda nb: nb.cells[1].update(execution_count=None),
    "the last cell without execution count": lambda nb: nb.cells[2].update(execution_count=None),
    "an error output": lambda nb: nb.cells[1].outputs.append(error()),
    "an error after the sentinel": lambda nb: nb.cells[2].outputs.append(error()),
    "no sentinel": lambda nb: nb.cells[2].update(outputs=[]),
    "sentinel of another stage": lambda nb: nb.cells[2].update(
        outputs=[output(show.complete("freeze"))]
    ),
    "sentinel in an earlier cell": lambda nb: nb.cells.append(
        new_code_cell("b", execution_count=3)
    ),
    "sentinel in the source only": lambda nb: nb.cells[2].update(
        source="'SSJ-COMPLETE:draw'", outputs=[]
    ),
    "no code at all": lambda nb: nb.update(cells=nb.cells[:1]),
}


@pytest.mark.parametrize("spoil", INCOMPLETE.values(), ids=list(INCOMPLETE))
def test_certify_refuses_an_incomplete_run(spoil, tmp_path):
    notebook = executed()
    spoil(notebook)
    with pytest.raises(SsjError) as caught:
        runner.certify(
            notebook, "draw", {"draw.json", "public.json"}, out(tmp_path / "out", "draw.json")
        )
    assert str(caught.value) == NOT_RUN


# kind, files in out/, what is said
OUT = {
    "nothing": ("draw", [], "过程记录应写出 draw.json、public.json，实际为 无"),
    "one missing": (
        "freeze",
        ["freeze.json", "round.toml"],
        (
            "过程记录应写出 chances.json、freeze.json、notice.json、round.toml，实际为 "
            "freeze.json、round.toml"
        ),
    ),
    "one too many": (
        "draw",
        ["draw.json", "public.json", "x.txt"],
        "过程记录应写出 draw.json、public.json，实际为 draw.json、public.json、x.txt",
    ),
}


@pytest.mark.parametrize(("kind", "names", "message"), OUT.values(), ids=list(OUT))
def test_certify_refuses_another_out(kind, names, message, tmp_path):
    with pytest.raises(SsjError) as caught:
        runner.certify(executed(kind), kind, kinds()[kind].outputs, out(tmp_path / "out", *names))
    assert str(caught.value) == f"{message}\n没有留下任何阶段。请用 ssj lab 逐格查看。"


@pytest.mark.parametrize("kind", kinds())
def test_certify_passes_a_complete_run(kind, tmp_path):
    outputs = kinds()[kind].outputs
    runner.certify(executed(kind), kind, outputs, out(tmp_path / "out", *outputs))


# --- normalise ---


def run(number: int) -> nbformat.NotebookNode:
    """One notebook as two runs leave it: times, random ids, paths, another Python, printed text cut
    elsewhere.
    """
    texts = (["甲\n乙\n"], ["甲\n", "乙", "\n"])[number]
    injected = new_code_cell(
        "# Parameters\nround_id = 'R'",
        execution_count=1,
        id=f"{number}a2b3c4d",
        metadata={"tags": ["injected-parameters"], "papermill": {"duration": number}},
    )
    act = new_code_cell(
        "print('甲')",
        execution_count=2,
        id="act",
        outputs=printed(*texts),
        metadata={
            "papermill": {"start_time": f"2021-11-2{number}"},
            "tags": [],
            "execution": {"iopub.status.busy": str(number)},
        },
    )
    public = new_code_cell(
        "show",
        execution_count=3,
        id="show",
        metadata={"tags": ["public"]},
        outputs=[
            *printed("a", name="stderr"),
            *printed("b"),
            output(show.facts({"批次": "R"}, "程序"), 3),
            *printed("c"),
        ],
    )
    return new_notebook(
        cells=[
            new_markdown_cell("# 标题", id="title", metadata={"collapsed": bool(number)}),
            injected,
            act,
            public,
        ],
        metadata={
            "papermill": {"output_path": f"/tmp/{number}", "start_time": "x"},
            "kernelspec": {"name": f"env{number}", "display_name": "x"},
            "language_info": {"name": "python", "version": f"3.1{number}.0"},
        },
    )


def test_two_runs_are_byte_equal_once_normalised():
    first, second = (runner.notebook_bytes(run(number)) for number in (0, 1))
    assert first != second
    first, second = (runner.notebook_bytes(runner.normalise(run(number))) for number in (0, 1))
    assert first == second and first.endswith(b"}\n") and b"\r" not in first


def test_normalising_keeps_what_counts():
    notebook = runner.normalise(run(1))
    assert [c.id for c in notebook.cells] == ["title", "injected-parameters", "act", "show"]
    assert [dict(c.metadata) for c in notebook.cells] == [
        {},
        {"tags": ["injected-parameters"]},
        {},
        {"tags": ["public"]},
    ]
    assert [c.get("execution_count") for c in notebook.cells] == [None, 1, 2, 3]
    assert notebook.cells[2].outputs[0].text == "甲\n乙\n"
    assert [o.get("text") for o in notebook.cells[3].outputs] == ["a", "b", None, "c"], (
        "order kept, other streams apart"
    )
    assert dict(notebook.metadata) == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb.cells[2].outputs[0].update(text="丙\n"),
        lambda nb: nb.cells[2].update(source="1"),
        lambda nb: nb.cells[2].update(execution_count=9),
        lambda nb: nb.cells.pop(),
    ],
)
def test_normalising_hides_no_other_difference(change):
    changed = run(0)
    change(changed)
    assert runner.notebook_bytes(runner.normalise(changed)) != runner.notebook_bytes(
        runner.normalise(run(0))
    )


def test_normalising_twice_changes_nothing():
    once = runner.normalise(run(0))
    assert runner.notebook_bytes(once) == runner.notebook_bytes(
        runner.normalise(nbformat.from_dict(json.loads(json.dumps(once))))
    )


# --- small parts ---


def test_kinds_and_records_belong_together():
    assert all(its.record in its.outputs for its in kinds().values())
    assert all((runner.ROOT / "notebooks" / its.notebook).exists() for its in kinds().values())
    assert archive.kind_of("02-draw") == "draw"


def test_only_plain_values_are_injected():
    assert runner.parameters_of(
        {"round_id": "2021Q4", "attempt": 2, "salt": "5a", "time": "t"}
    ) == {"round_id": "2021Q4", "attempt": 2}


def test_json_for_people(tmp_path):
    runner.write_json(tmp_path / "a.json", {"b": 1, "a": "甲"})
    assert (tmp_path / "a.json").read_bytes() == '{\n "a": "甲",\n "b": 1\n}\n'.encode()


def test_versions_name_the_packages_that_matter():
    assert runner.versions().keys() == {"python", *runner.PACKAGES}
