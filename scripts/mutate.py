"""Mutate ``ssj/protocol.py`` and see whether the test vectors notice.

    python scripts/mutate.py [--jobs N] [--only FUNCTION] [--from LINE] [--every K] [--list FILE]
        [--these FILE]

Each mutant has one change: a comparison, a check, a condition, a number, a name of a field, an
entry of a table left out, a statement dropped. It is run, in a process of its own, on the vectors
that come by the changed lines, until one of them comes out otherwise. Survivors are listed with the
change; they are equivalent, or need a vector (``scripts/vector_mutants.py``). Exit code 1 if one
survives that ``scripts/mutants_equivalent.txt`` does not name. ``--list`` writes the survivors'
names, ``--these`` tries those of such a file again.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import resource
import sys
import time
import types
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import vector_inputs

from ssj import protocol
from ssj.draw import disclosure

SOURCE = Path(protocol.__file__)
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
SECONDS = 2.0  # of a processor that a mutant has beyond twice what its vectors take, else it hangs
# what is printed, the example of the docstrings, and what commands wrap around steps (tests have
# it); vectors are about what is decided
NOT_MUTATED = {
    "main",
    "_say",
    "_checked",
    "example",
    "_short",
    "_inside",
    "require",
    "verify_ledger",
}
# words, and names of types
PLAIN = {"_LOOKS", "BANNERS", "Record", "Caps", "Bar", "Group", "Parts", "Point"}
OTHER: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
OTHER_NAME = {
    "min": "max", "max": "min", "all": "any", "any": "all", "sorted": "list", "set": "list"
}  # fmt: skip

Vector = dict[str, Any]
Place = tuple[ast.AST, str, int | None]  # a node, its field, where in it
# function, lines from and to, the change in words, where it is made, what is put there
Mutant = tuple[str, tuple[int, int], str, Place, Any]


# --- the changes ---


def expressions(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            yield ast.Compare(
                node.left, [*node.ops[:n], OTHER[type(op)](), *node.ops[n + 1 :]], node.comparators
            )
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        for n in range(len(node.values)):
            rest = [*node.values[:n], *node.values[n + 1 :]]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        yield ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in OTHER_NAME and node.args:
            name = ast.Name(OTHER_NAME[node.func.id], ast.Load())
            keywords = [] if name.id == "list" else node.keywords
            yield ast.Call(name, node.args[:1] if name.id == "list" else node.args, keywords)
        for n, keyword in enumerate(node.keywords):
            if keyword.arg in ("key", "reverse", "default", "strict", "start"):
                yield ast.Call(node.func, node.args, [*node.keywords[:n], *node.keywords[n + 1 :]])
    elif isinstance(node, ast.Slice):
        if node.lower and node.upper:
            yield ast.Slice(None, node.upper, node.step)
            yield ast.Slice(node.lower, None, node.step)
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        for n in range(len(node.keys)):
            yield ast.Dict(
                [*node.keys[:n], *node.keys[n + 1 :]], [*node.values[:n], *node.values[n + 1 :]]
            )
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) > 1:
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            for n in range(len(node.elts)):
                changed = copy.copy(node)
                changed.elts = [*node.elts[:n], *node.elts[n + 1 :]]
                yield changed
    elif isinstance(node, ast.Constant):
        yield from constants(node.value)


def constants(value: Any) -> Iterator[ast.expr]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        if value > 1:
            yield ast.Constant(value - 1)
    elif isinstance(value, str) and value.isascii() and " " not in value:
        yield ast.Constant(value + "X")
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"X")


def statements(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """What may stand in the place of a statement."""
    if isinstance(node, ast.Raise | ast.Expr | ast.AugAssign | ast.Delete):
        yield [ast.Pass()]
    elif isinstance(node, ast.If | ast.While):
        yield [type(node)(ast.Constant(False), node.body, node.orelse)]
        if isinstance(node, ast.If):
            yield [ast.If(ast.Constant(True), node.body, node.orelse)]
    elif isinstance(node, ast.Return) and node.value is not None:
        yield [ast.Return(ast.Constant(None))]
    elif isinstance(node, ast.Continue):
        yield [ast.Break()]
    elif isinstance(node, ast.Break):
        yield [ast.Pass()]


def left_alone(node: ast.AST) -> bool:
    """Messages, annotations' own grammar, imports, docstrings and what is printed."""
    return (
        isinstance(node, ast.JoinedStr | ast.arguments | ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.FunctionDef) and node.name in NOT_MUTATED)
        or (isinstance(node, ast.If) and "__main__" in ast.dump(node.test))
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in PLAIN)
    )


def choices(node: ast.AST) -> Iterator[Any]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.stmt):
        yield from statements(node)
    elif isinstance(node, ast.comprehension):
        for n in range(len(node.ifs)):
            less = copy.copy(node)
            less.ifs = [*node.ifs[:n], *node.ifs[n + 1 :]]
            yield less
    elif isinstance(node, ast.expr):
        yield from expressions(node)


def mutants(tree: ast.Module, source: list[str]) -> Iterator[Mutant]:
    """All mutants of the module, each as the place in the tree and what is put there."""

    def walk(node: ast.AST, scope: str, lines: tuple[int, int]) -> Iterator[Mutant]:
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            if isinstance(node, ast.Raise) and field == "exc" and isinstance(value, ast.Call):
                continue  # the message is for people
            inner = value if isinstance(value, list) else [value]
            for index, child in enumerate(inner):
                if not isinstance(child, ast.AST) or left_alone(child):
                    continue
                own, spans = scope, lines
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    own = f"{scope}.{child.name}".lstrip(".")
                elif isinstance(child, ast.stmt):
                    spans = span(child)
                for choice in choices(child):
                    place = (node, field, index if isinstance(value, list) else None)
                    line = getattr(child, "lineno", lines[0])
                    after = "; ".join(map(said, choice if isinstance(choice, list) else [choice]))
                    change = f"{said(child)} → {after} | {source[line - 1].strip()}"
                    yield own, spans, change, place, choice
                yield from walk(child, own, spans)

    yield from walk(tree, "", (1, 1))


def span(node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement, of one with a body those of its head."""
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
    return node.lineno, max(node.lineno, last)


def put(place: Place, choice: Any) -> None:
    parent, field, index = place
    if index is None:
        setattr(parent, field, choice)
    else:
        inner = getattr(parent, field)
        inner[index : index + 1] = choice if isinstance(choice, list) else [choice]


def said(node: ast.AST) -> str:
    if isinstance(node, ast.comprehension):
        return "for … " + " ".join(f"if {ast.unparse(i)}" for i in node.ifs)
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


# --- the vectors ---


def vectors() -> list[Vector]:
    files = sorted((ROOT / "tests" / "vectors").glob("*.json"))
    return [c for f in files for c in json.loads(f.read_text(encoding="utf-8"))["cases"]]


def holds(vector: Vector) -> bool:
    given = json.loads(json.dumps(vector["input"]))
    expected = {k: v for k, v in vector.items() if k not in ("name", "function", "input")}
    answer = vector_inputs.run(vector["function"], given)
    return json.dumps(answer, sort_keys=True) == json.dumps(expected, sort_keys=True)


def traced(found: list[Vector]) -> tuple[dict[int, list[int]], list[float]]:
    """The vectors that come by each line of the protocol, and the seconds that each takes without
    being watched.
    """
    by_line: dict[int, list[int]] = defaultdict(list)
    seconds = []
    for number, vector in enumerate(found):
        lines: set[int] = set()

        def trace(frame: Any, _event: str, _: Any, lines: set[int] = lines) -> Any:
            if frame.f_code.co_filename != str(SOURCE):
                return None
            lines.add(frame.f_lineno)
            return trace

        begun = time.process_time()
        good = holds(vector)
        seconds.append(time.process_time() - begun)
        sys.settrace(trace)
        try:
            holds(vector)
        finally:
            sys.settrace(None)
        if not good:
            raise SystemExit(f"the vector {vector['name']} does not hold")
        for line in lines:
            by_line[line].append(number)
    return by_line, seconds


def survives(
    tree: ast.Module, place: Place, choice: Any, tried: list[Vector], seconds: float
) -> bool:
    """Whether all vectors come out as before; in a process of its own, which may hang or crash."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    status = 1
    try:
        allowed = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, allowed))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        put(place, choice)
        module = types.ModuleType("ssj.protocol")
        module.__file__ = str(SOURCE)
        sys.modules["ssj.protocol"] = module
        exec(compile(ast.fix_missing_locations(tree), str(SOURCE), "exec"), module.__dict__)
        for user in (vector_inputs, disclosure):
            for name, value in list(vars(user).items()):
                if value is protocol:
                    setattr(user, name, module)
                elif getattr(value, "__module__", "") == "ssj.protocol" and hasattr(module, name):
                    setattr(user, name, getattr(module, name))
        status = 0 if all(holds(vector) for vector in tried) else 1
    except BaseException:
        status = 1
    os._exit(status)


def name_of(mutant: Mutant) -> str:
    """A mutant's name: it stays as long as its line and function do."""
    return f"{mutant[0] or 'module'}: {mutant[2]}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="")
    parser.add_argument("--from", type=int, default=0, dest="line")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--these", type=Path)
    parser.add_argument("--list", type=Path)
    given = parser.parse_args(arguments)
    found = vectors()
    by_line, seconds = traced(found)
    known = (
        set(EQUIVALENT.read_text(encoding="utf-8").splitlines()) if EQUIVALENT.exists() else set()
    )
    source = SOURCE.read_text(encoding="utf-8")
    tree = ast.parse(source)
    all_mutants = [m for m in mutants(tree, source.splitlines()) if given.only in m[0]]
    chosen = [m for m in all_mutants if m[1][0] >= given.line][:: given.every]
    if given.these:
        names = set(given.these.read_text(encoding="utf-8").splitlines())
        chosen = [m for m in chosen if name_of(m) in names]
    print(f"{len(found)} vectors, {len(chosen)} of {len(all_mutants)} mutants", flush=True)

    def judged(mutant: Mutant) -> tuple[Mutant, bool, int]:
        scope, (first, last), _, place, choice = mutant
        numbers = {n for line in range(first, last + 1) for n in by_line.get(line, ())}
        if not scope or not numbers:  # a table of the module or a class: anything may read it
            numbers = set(range(len(found)))
        order = sorted(numbers, key=lambda n: seconds[n])
        allowed = SECONDS + 2 * sum(seconds[n] for n in order)
        alive = survives(tree, place, choice, [found[n] for n in order], allowed)
        return mutant, alive, len(order)

    survivors, equivalent = 0, 0
    lines = []
    with ThreadPoolExecutor(given.jobs) as pool:
        for mutant, alive, count in pool.map(judged, chosen):
            if not alive:
                continue
            name = name_of(mutant)
            if name in known:
                equivalent += 1
                continue
            survivors += 1
            lines.append(name)
            print(f"{mutant[1][0]}: {name} ({count} vectors)", flush=True)
    if given.list:
        given.list.write_text("\n".join(lines) + "\n", encoding="utf-8")
    killed = len(chosen) - survivors - equivalent
    print(f"{len(chosen)} mutants: {killed} killed, {equivalent} equivalent, {survivors} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
