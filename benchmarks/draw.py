"""Tickets and selection beside other ways to draw n = N/20 of N unequal units; integration and
calibration of 2,000 units.

All in one run, in memory, medians; the last lines are ratios. Rivals hash what the protocol hashes
where they can: DuckDB gets the same ticket texts and keys (as floats), ready but for the seed, as
the kernel does; consistent_sampler knows no sizes, so it draws with equal chances; numpy's
generator is no rival an outsider can verify: nobody recomputes its state from a public text.

    python benchmarks/draw.py [--repeat R] [N …]          10^5 units if none is named

Optional: ``pip install duckdb consistent_sampler numba``; what is not installed is named and left
out.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ssj import protocol
from ssj.draw import chances
from ssj.protocol import M, Unit

OPTIONAL = ("duckdb", "consistent_sampler", "numba")
LANES, THREADS = 32, 2
MASK = 0xFFFFFFFF


class Frame(NamedTuple):
    """N units as a freeze leaves them; ``salts`` are their ticket salts."""

    seed: str
    ids: list[str]
    salts: list[str]
    sizes: list[int]
    n: int


def make_frame(count: int) -> Frame:
    source = random.Random(count)
    ids = [f"91350100M{i:09d}" for i in range(count)]
    salts = [f"{source.getrandbits(256):064x}" for _ in range(count)]
    return Frame(
        protocol.sha256("draw"),
        ids,
        salts,
        [source.choice((10, 15, 30, 60)) for _ in range(count)],
        count // 20,
    )


def line_of(identifier: str, salt: str) -> str:
    """What is hashed after the seed."""
    return f",target,{identifier},{salt}"


# --- ours -----------------------------------------------------------------------------------------


def reference(frame: Frame) -> tuple[list[str], list[str]]:
    """As the protocol has it."""
    units = zip(frame.ids, frame.sizes, frame.salts, strict=True)
    return protocol.select(
        [Unit(i, size, protocol.ticket(frame.seed, "target", i, salt)) for i, size, salt in units],
        frame.n,
    )


def with_hashlib(frame: Frame) -> tuple[list[str], list[str]]:
    """The seed's 64 characters are one block of SHA-256, hashed once; keys in floats, integers for
    what is close.
    """
    start = hashlib.sha256(frame.seed.encode()).copy
    digests = []
    for identifier, salt in zip(frame.ids, frame.salts, strict=True):
        own = start()
        own.update(line_of(identifier, salt).encode())
        digests.append(own.digest())
    numbers = np.frombuffer(b"".join(digests), dtype=">u8")[::4] >> np.uint64(12)
    return select_fast(frame, prepare(frame), numbers)


def with_lanes(frame: Frame) -> Callable[[], tuple[list[str], list[str]]]:
    """The draw by a kernel that hashes 32 tickets at a time on two cores. Lays out what does not
    depend on the seed (not timed).
    """
    kernel, ready = lanes_kernel(), prepare(frame)
    lines = [line_of(i, salt).encode() for i, salt in zip(frame.ids, frame.salts, strict=True)]
    lengths = np.array([len(line) for line in lines], dtype=np.int64)
    blocks = []
    for length in np.unique(lengths).tolist():
        at = np.flatnonzero(lengths == length)
        padded = np.zeros(
            (-(-len(at) // LANES) * LANES, -(-(length + 9) // 64) * 64), dtype=np.uint8
        )
        padded[: len(at), :length] = np.frombuffer(
            b"".join(lines[i] for i in at.tolist()), dtype=np.uint8
        ).reshape(len(at), length)
        padded[:, length] = 0x80
        padded[:, -8:] = np.frombuffer((8 * (64 + length)).to_bytes(8, "big"), dtype=np.uint8)
        words = padded.view(">u4").astype(np.uint32).reshape(-1, LANES, padded.shape[1] // 4)
        blocks.append((at, np.ascontiguousarray(words.transpose(0, 2, 1))))

    def draw() -> tuple[list[str], list[str]]:
        state = np.array(block_state(frame.seed.encode()), dtype=np.uint32)
        numbers = np.empty(len(lines), dtype=np.uint64)
        with ThreadPoolExecutor(THREADS) as pool:
            for at, words in blocks:
                out = np.empty(len(words) * LANES, dtype=np.uint64)
                cuts = [len(words) * k // THREADS for k in range(THREADS + 1)]
                list(
                    pool.map(
                        lambda i, j, words=words, out=out: kernel(
                            words[i:j], state, out[i * LANES : j * LANES]
                        ),
                        cuts[:-1],
                        cuts[1:],
                    )
                )
                numbers[at] = out[: len(at)]
        return select_fast(frame, ready, numbers)

    return draw


class Prepared(NamedTuple):
    """What selection knows before the seed: the certain ones, the others, the n and W left, (W −
    n·w)/(n·w) of the others.
    """

    certain: list[str]
    left: np.ndarray
    n: int
    total: int
    factor: np.ndarray


def prepare(frame: Frame) -> Prepared:
    sizes, n, certain = np.array(frame.sizes, dtype=np.int64), frame.n, []
    if int(sizes.max(initial=0)) * len(sizes) >= 2**62:
        raise ValueError("products beyond 64 bits: protocol.select draws these")
    left, total = np.flatnonzero(sizes), int(sizes.sum())
    while n and (sure := n * sizes[left] >= total).any():
        taken, left = left[sure], left[~sure]
        certain += [frame.ids[i] for i in taken.tolist()]
        n, total = n - len(taken), total - int(sizes[taken].sum())
    n = n if len(left) else 0
    expected = n * sizes[left]
    return Prepared(
        sorted(certain),
        left,
        n,
        total,
        (total - expected) / expected if n else expected.astype(float),
    )


def select_fast(frame: Frame, ready: Prepared, numbers: np.ndarray) -> tuple[list[str], list[str]]:
    """protocol.select given the ticket numbers; float keys are off by less than 10^−15, so a gap of
    10^−12 settles an order.
    """
    certain, left, n, total, factor = ready
    if not n:
        return certain, []
    t = (numbers if len(left) == len(numbers) else numbers[left]).astype(np.float64)
    key = t / (M - t) * factor
    key *= M
    cut = float(np.partition(key, n - 1)[n - 1])
    near = np.flatnonzero(key <= cut + _slack(cut))
    near = near[np.argsort(key[near])]
    ordered, keys = left[near].tolist(), key[near]
    close = np.flatnonzero(np.diff(keys) <= _slack(keys[1:])).tolist()
    while close:  # runs of neighbours that floats can't tell apart: the definition decides
        begin = end = close.pop(0)
        while close and close[0] == end + 1:
            end = close.pop(0)
        run = ordered[begin : end + 2]
        ordered[begin : end + 2] = sorted(
            run, key=lambda i: _order(frame, i, int(numbers[i]), n, total)
        )
    return certain, [frame.ids[i] for i in ordered[:n]]


def _slack(key: Any) -> Any:
    return 1e-12 * key + 1  # the protocol rounds keys down to integers


def _order(frame: Frame, i: int, t: int, n: int, total: int) -> tuple[int, str, str]:
    expected = n * frame.sizes[i]
    ticket = protocol.ticket(frame.seed, "target", frame.ids[i], frame.salts[i])
    return M * t * (total - expected) // (expected * (M - t)), ticket, frame.ids[i]


# --- SHA-256, FIPS 180-4 --------------------------------------------------------------------------


def _root_bits(power: int, count: int) -> list[int]:
    """First 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4, 4.2.2 and
    5.3.3).
    """
    primes = [p for p in range(2, 312) if all(p % q for q in range(2, p))][:count]
    found = []
    for prime in primes:
        low, high = 0, prime << 32
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle**power <= prime << 32 * power else (low, middle)
        found.append(low & MASK)
    return found


K, START = _root_bits(3, 64), _root_bits(2, 8)


def block_state(block: bytes) -> list[int]:
    """Inner state after one block of 64 bytes."""

    def turn(x: int, by: int) -> int:
        return (x >> by | x << 32 - by) & MASK

    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & MASK)
    a, b, c, d, e, f, g, h = START
    for i in range(64):
        t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + K[i] + w[i]
        t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return [(x + y) & MASK for x, y in zip(START, (a, b, c, d, e, f, g, h), strict=True)]


_kernels: list[Callable[..., None]] = []


def lanes_kernel() -> Callable[..., None]:
    """The compiled kernel: messages as (groups, words, lanes) after the seed's block, its state;
    out: ticket numbers.
    """
    if _kernels:
        return _kernels[0]
    numba = importlib.import_module("numba")
    k, u, lanes = np.array(K, dtype=np.uint32), np.uint32, LANES

    @numba.njit(inline="always")
    def step(a, b, c, d, e, f, g, h, w, k):
        for x in range(lanes):
            p, q = a[x], e[x]
            t = (
                h[x]
                + ((q >> u(6) | q << u(26)) ^ (q >> u(11) | q << u(21)) ^ (q >> u(25) | q << u(7)))
                + (g[x] ^ q & (f[x] ^ g[x]))
                + k
                + w[x]
            )
            d[x] += t
            h[x] = (
                t
                + ((p >> u(2) | p << u(30)) ^ (p >> u(13) | p << u(19)) ^ (p >> u(22) | p << u(10)))
                + (p & b[x] | c[x] & (p | b[x]))
            )

    @numba.njit("void(uint32[:, :, ::1], uint32[::1], uint64[::1])", nogil=True)
    def kernel(words, state, out):
        w, s = np.empty((64, lanes), u), np.empty((8, lanes), u)
        a, b, c, d = np.empty(lanes, u), np.empty(lanes, u), np.empty(lanes, u), np.empty(lanes, u)
        e, f, g, h = np.empty(lanes, u), np.empty(lanes, u), np.empty(lanes, u), np.empty(lanes, u)
        for group in range(words.shape[0]):
            for j in range(8):
                for x in range(lanes):
                    s[j, x] = state[j]
            for block in range(0, words.shape[1], 16):
                for i in range(16):
                    for x in range(lanes):
                        w[i, x] = words[group, block + i, x]
                for i in range(16, 64):
                    for x in range(lanes):
                        p, q = w[i - 15, x], w[i - 2, x]
                        w[i, x] = (
                            w[i - 16, x]
                            + ((p >> u(7) | p << u(25)) ^ (p >> u(18) | p << u(14)) ^ p >> u(3))
                            + w[i - 7, x]
                            + ((q >> u(17) | q << u(15)) ^ (q >> u(19) | q << u(13)) ^ q >> u(10))
                        )
                for x in range(lanes):
                    a[x], b[x], c[x], d[x], e[x], f[x], g[x], h[x] = (
                        s[0, x],
                        s[1, x],
                        s[2, x],
                        s[3, x],
                        s[4, x],
                        s[5, x],
                        s[6, x],
                        s[7, x],
                    )
                for i in range(0, 64, 8):  # the letters change roles instead of moving
                    step(a, b, c, d, e, f, g, h, w[i], k[i])
                    step(h, a, b, c, d, e, f, g, w[i + 1], k[i + 1])
                    step(g, h, a, b, c, d, e, f, w[i + 2], k[i + 2])
                    step(f, g, h, a, b, c, d, e, w[i + 3], k[i + 3])
                    step(e, f, g, h, a, b, c, d, w[i + 4], k[i + 4])
                    step(d, e, f, g, h, a, b, c, w[i + 5], k[i + 5])
                    step(c, d, e, f, g, h, a, b, w[i + 6], k[i + 6])
                    step(b, c, d, e, f, g, h, a, w[i + 7], k[i + 7])
                for x in range(lanes):
                    s[0, x], s[1, x], s[2, x], s[3, x] = (
                        s[0, x] + a[x],
                        s[1, x] + b[x],
                        s[2, x] + c[x],
                        s[3, x] + d[x],
                    )
                    s[4, x], s[5, x], s[6, x], s[7, x] = (
                        s[4, x] + e[x],
                        s[5, x] + f[x],
                        s[6, x] + g[x],
                        s[7, x] + h[x],
                    )
            for x in range(lanes):
                out[group * lanes + x] = np.uint64(s[0, x]) << np.uint64(20) | np.uint64(
                    s[1, x]
                ) >> np.uint64(12)

    _kernels.append(kernel)
    return kernel


# --- rivals ---------------------------------------------------------------------------------------


def with_consistent_sampler(frame: Frame) -> list[str]:
    """Equal chances; its ticket texts are its own."""
    sampler = importlib.import_module("consistent_sampler").sampler
    return list(sampler(frame.ids, frame.seed, take=frame.n, output="id"))


def duckdb_draw(frame: Frame) -> Callable[[], list[str]]:
    """Loads what does not depend on the seed (not timed) and returns the draw: the same tickets,
    keys as floats, nobody certain.
    """
    connection = importlib.import_module("duckdb").connect()
    connection.execute("CREATE TABLE frame (id VARCHAR, line VARCHAR, factor DOUBLE)")
    lines = [line_of(i, salt) for i, salt in zip(frame.ids, frame.salts, strict=True)]
    factor = prepare(frame).factor.tolist()
    for begin in range(0, len(lines), 100_000):
        part = [column[begin : begin + 100_000] for column in (frame.ids, lines, factor)]
        connection.execute("INSERT INTO frame SELECT unnest(?), unnest(?), unnest(?)", part)
    query = f"""
        SELECT id FROM (
            SELECT id, factor,
                ('0x' || substr(sha256('{frame.seed}' || line), 1, 13))::BIGINT AS t
            FROM frame)
        ORDER BY t::DOUBLE / ({M} - t) * factor LIMIT {frame.n}"""
    return lambda: [row[0] for row in connection.execute(query).fetchall()]


def numpy_draw(frame: Frame) -> Callable[[], list[int]]:
    """Generator.choice(p, replace=False): chances only near p, and not verifiable."""
    sizes = np.array(frame.sizes, dtype=float)
    p, generator = sizes / sizes.sum(), np.random.default_rng(1)
    return lambda: generator.choice(len(p), frame.n, replace=False, p=p).tolist()


# --- measuring ------------------------------------------------------------------------------------


def seconds(actions: dict[str, Callable[[], Any]], repeat: int) -> dict[str, float]:
    """Median seconds of each; in turn, so that what else the machine does falls on all alike."""
    times: dict[str, list[float]] = {who: [] for who in actions}
    for _ in range(repeat):
        for who, action in actions.items():
            start = time.perf_counter()
            action()
            times[who].append(time.perf_counter() - start)
    return {who: statistics.median(own) for who, own in times.items()}


def draws(
    count: int, repeat: int, installed: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of our ways to draw, and of the rivals that others can verify; prints numpy's too."""
    frame = make_frame(count)
    expected = reference(frame)
    own: dict[str, Callable[[], Any]] = {
        "protocol.select": lambda: reference(frame),
        "hashlib": lambda: with_hashlib(frame),
    }
    if "numba" in installed:
        own["32 lanes (numba)"] = with_lanes(frame)
    rivals: dict[str, Callable[[], Any]] = {}
    if "consistent_sampler" in installed:
        rivals["consistent_sampler"] = lambda: with_consistent_sampler(frame)
    if "duckdb" in installed:
        rivals["DuckDB sha256"] = duckdb_draw(frame)
        if rivals["DuckDB sha256"]() != expected[1]:
            raise SystemExit("DuckDB drew something else")
    for who in list(own)[1:]:
        if own[who]() != expected:
            raise SystemExit(f"{who} drew something else than protocol.select")
    print(f"\nN = {count:,}, n = {frame.n:,}: seconds, median of {repeat}")
    measured = seconds({**own, **rivals, "numpy choice(p) *": numpy_draw(frame)}, repeat)
    for who, taken in measured.items():
        print(f"    {who:24}{taken:10.3f}")
    print("    * 不可复算，仅作参照 (not verifiable)")
    return {who: measured[who] for who in own}, {who: measured[who] for who in rivals}


def calibration(repeat: int) -> None:
    source = random.Random(2_000)
    print(
        f"\n2,000 units, all of different sizes: seconds, median of {repeat}\n    "
        f"{'':10}{'inclusion':>12}{'calibrate':>12}"
    )
    for n, sizes in (
        (100, source.sample(range(1_000, 18_000), 2_000)),
        (400, source.sample(range(1_000, 4_000), 2_000)),
    ):
        told = chances.declared(sizes, n)
        taken = seconds(
            {
                "inclusion": partial(chances.inclusion, sizes, n),
                "calibrate": partial(chances.calibrate, told, n),
            },
            repeat,
        )
        print(f"    n = {n:<6}{taken['inclusion']:12.2f}{taken['calibrate']:12.2f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", nargs="*", type=int, default=[100_000])
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    installed = [name for name in OPTIONAL if importlib.util.find_spec(name)]
    if missing := [name for name in OPTIONAL if name not in installed]:
        print(f"未安装，本次不比较：{'、'.join(missing)}（pip install {' '.join(missing)}）")
    calibration(options.repeat)
    results = {count: draws(count, options.repeat, installed) for count in options.counts}
    if {"duckdb", "consistent_sampler"} & set(installed):
        print("\ntimes as fast: ours against each verifiable rival")
    for count, (own, rivals) in results.items():
        for who, mine in own.items() if rivals else ():
            print(
                f"    N = {count:<10,}{who:20}"
                + "".join(f"{rival} {theirs / mine:.1f}   " for rival, theirs in rivals.items())
            )


if __name__ == "__main__":
    main()
