"""Time-stamp tokens of an authority that the test makes with openssl: those that fit, and altered,
foreign and swapped ones, each with its reason.
"""

from __future__ import annotations

import builtins
import shutil
import subprocess
from pathlib import Path

import pytest
from unit.test_outside import BOOK, FIRST, ROUND, SECOND, freeze, notice

from ssj import protocol
from ssj.audit import outside, timestamps
from ssj.audit.outside import Values

OPENSSL = shutil.which("openssl")
NEVER, LONG_AGO = "2999-01-01T10:00:00+08:00", "2021-11-26T10:00:00+08:00"
CONFIGURATION = """
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[authority]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = authority.pem
certs = root.pem
signer_key = authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """A time-stamp authority under a root of its own; ``openssl`` runs in its folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "c.cnf").write_text(CONFIGURATION, encoding="ascii")
        (folder / "serial").write_text("01\n", encoding="ascii")
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config c.cnf"
        self.run(f"req -x509 {key} -keyout root.key -out root.pem -days 9", f"/CN={name} root")
        self.run(f"req {key} -keyout authority.key -out authority.csr", f"/CN={name}")
        sign = "x509 -req -in authority.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9"
        self.run(f"{sign} -out authority.pem -extfile c.cnf -extensions authority")

    def run(self, words: str, subject: str = "") -> None:
        more = ["-subj", subject] if subject else []
        if "-x509 " in words:
            more += ["-extensions", "root"]
        answer = subprocess.run(
            [OPENSSL, *words.split(), *more], cwd=self.folder, capture_output=True, check=False
        )
        assert answer.returncode == 0, answer.stderr

    def stamp(self, digest: str, name: str = "a.tsr", more: str = "-cert", kind: str = "sha256"):
        self.run(f"ts -query -digest {digest} -{kind} {more} -out q.tsq")
        self.run(f"ts -reply -config c.cnf -queryfile q.tsq -out {name}")
        return self.folder / name

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    for name in ("rfc3161_client", "cryptography"):
        pytest.importorskip(name, reason="rfc3161-client (extra audit) is not installed")
    if not OPENSSL:
        pytest.skip("needs openssl on the path")
    return Authority(tmp_path_factory.mktemp("tsa") / "one", "Sample")


@pytest.fixture(scope="module")
def stranger(authority, tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "two", "Stranger")


def held(*tokens: Path, roots=(), event_time: str = NEVER) -> outside.Held:
    sound = [freeze("02-freeze", 1, FIRST), freeze("04-freeze", 2, SECOND)]
    for stage in sound:
        stage.record["event"] = {"time": event_time}
    (found,) = outside.held(Values(timestamps=tokens, roots=roots), BOOK, ROUND, sound)
    return found


@pytest.mark.parametrize(
    ("digest", "line"),
    [
        (FIRST, 3),
        (SECOND, 5),
        (protocol.sha256(protocol.canonical(notice(SECOND))), 5),
        (BOOK.head(3), 3),
        (BOOK.head(6), 6),
    ],
    ids=["first", "second", "notice as a file", "head of a freeze", "last head"],
)
def test_a_token_that_fits(authority, digest, line):
    found = held(authority.stamp(digest), roots=[authority.root])
    assert (found.holds, found.line) == (True, line), found.detail
    assert "签名相符" in found.detail and "早于公告的公开随机数产生时间" in found.detail
    missing = outside.unproven([found], BOOK, ROUND)
    assert missing == "" if line >= 5 else "只到登记簿第 3 行" in missing


def test_a_token_alone_and_certificates_in_any_order(authority):
    path = authority.stamp(SECOND)
    authority.run("ts -reply -in a.tsr -token_out -out a.tst")
    assert held(authority.folder / "a.tst", roots=[authority.root]).holds is True
    data = timestamps.response_of(path.read_bytes())
    assert timestamps.response_of(data) == data and len(data) == path.stat().st_size


def test_an_authority_that_is_not_named_in_the_token(authority):
    path = authority.stamp(SECOND, "bare.tsr", more="")
    assert (
        held(path, roots=[authority.root]).holds,
        held(path, roots=[authority.root]).detail,
    ) == (
        False,
        timestamps.UNSIGNED,
    )
    both = authority.folder / "both.pem"
    own = authority.folder / "authority.pem"
    both.write_bytes(authority.root.read_bytes() + own.read_bytes())
    assert held(path, roots=[both]).holds is True
    assert held(path, roots=[authority.root, own]).holds is True


def test_a_token_after_the_event_proves_nothing_of_the_event(authority):
    for digest, holds in ((SECOND, None), (BOOK.head(6), True)):
        found = held(authority.stamp(digest), roots=[authority.root], event_time=LONG_AGO)
        assert (found.holds, found.line) == (holds, 0)
        assert "时间戳晚于公告的时间" in found.detail
        assert outside.unproven([found], BOOK, ROUND)


def test_without_a_root_the_signature_is_not_checked(authority):
    found = held(authority.stamp(SECOND))
    assert (found.holds, found.line) == (None, 0) and timestamps.NO_ROOT in found.detail
    assert held(authority.stamp("0" * 64)).holds is False


def test_a_swapped_token(authority):
    found = held(authority.stamp("0" * 64), roots=[authority.root])
    assert (found.holds, found.line) == (False, 0) and "有没有拿错文件" in found.detail


def test_a_foreign_token(authority, stranger):
    found = held(stranger.stamp(SECOND), roots=[authority.root])
    assert (found.holds, found.detail) == (False, timestamps.FOREIGN)
    assert held(stranger.stamp(SECOND), roots=[authority.root, stranger.root]).holds is True


def test_every_altered_byte_of_what_is_signed(authority, tmp_path):
    data = bytearray(authority.stamp(SECOND).read_bytes())
    start = data.index(bytes.fromhex(SECOND))
    year = data.index(b"\x18\x0f20")  # the time: GeneralizedTime, 20…
    places = [
        *range(start, start + 32),
        *range(year + 2, year + 17),
        *range(len(data) - 64, len(data)),
    ]
    path = tmp_path / "altered.tsr"
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1
        path.write_bytes(changed)
        found = held(path, roots=[authority.root])
        assert found.holds is not True, place
        assert found.line == 0
    changed = bytearray(data)
    changed[start] ^= 1  # another commitment
    path.write_bytes(changed)
    found = held(path, roots=[authority.root])
    assert found.holds is False and "令牌被改动过" in found.detail


def test_an_authority_whose_certificate_had_ended(authority, tmp_path):
    """Valid at the token's time, whenever it is looked at."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    old = Authority(tmp_path / "old", "Old")
    now = datetime.now(UTC)
    own = x509.load_pem_x509_certificate((old.folder / "authority.pem").read_bytes())
    key = serialization.load_pem_private_key((old.folder / "root.key").read_bytes(), None)
    builder = x509.CertificateBuilder(
        own.issuer,
        own.subject,
        own.public_key(),
        own.serial_number,
        extensions=list(own.extensions),
    )
    builder = builder.not_valid_before(now - timedelta(days=9))
    ended = builder.not_valid_after(now - timedelta(days=1)).sign(key, hashes.SHA256())
    pem = ended.public_bytes(serialization.Encoding.PEM)
    (old.folder / "authority.pem").write_bytes(pem)
    found = held(old.stamp(SECOND), roots=[old.root])
    assert (found.holds, found.detail) == (False, timestamps.FOREIGN)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是时间戳文件"),
        (b"\x30", "不是时间戳文件"),
        (b"\x30\x80\x00\x00", "不是时间戳文件"),
        (b"\x30\x84\xff\xff\xff\xff", "不是时间戳文件"),
        (b"{}", "不是时间戳文件"),
        (b"0" * 2_000_000, "文件太大"),
        (None, "找不到文件"),
    ],
)
def test_what_is_no_token(authority, tmp_path, content, said):
    if content is not None:
        (tmp_path / "x.tsr").write_bytes(content)
    found = held(tmp_path / "x.tsr", roots=[authority.root])
    assert found.holds is None and said in found.detail


def test_what_is_no_certificate(authority, tmp_path):
    path = authority.stamp(SECOND)
    (tmp_path / "x.pem").write_text("证书", encoding="utf-8")
    for name, said in (("x.pem", "不是证书文件"), ("y.pem", "找不到文件")):
        found = held(path, roots=[tmp_path / name])
        assert found.holds is None and said in found.detail


def test_another_digest_is_not_compared(authority):
    found = held(authority.stamp("0" * 128, kind="sha512"), roots=[authority.root])
    assert found.holds is None and "不是 SHA-256" in found.detail


def test_without_the_library_it_is_not_checked(monkeypatch, tmp_path):
    usual = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("rfc3161_client"):
            raise ImportError(name)
        return usual(name, *rest, **more)

    (tmp_path / "x.tsr").write_bytes(b"\x30\x00")
    monkeypatch.setattr(builtins, "__import__", without)
    found = held(tmp_path / "x.tsr")
    assert found.holds is None and "没有安装 rfc3161-client" in found.detail
