"""Time-stamp tokens (时间戳, RFC 3161): the digest that an authority signed, and when.

A commitment and the hash of a ledger line are SHA-256 digests, so a token is asked for over them as
they are. The token is checked offline, where ``rfc3161-client`` is installed: its signature, and
the chain of certificates to those that the auditor gives, valid at the token's own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ssj.base import files

LIBRARY = "rfc3161-client"
SHA256 = "2.16.840.1.101.3.4.2.1"
LONGEST = 1_000_000  # bytes of a token or of certificates; those that are met have some 5,000
CERTIFICATES, SEQUENCE = 0xA0, 0x30  # tags
GRANTED = b"\x30\x03\x02\x01\x00"  # the status of a response
NO_ROOT = "没有给出时间戳机构的根证书（--timestamp-root），签名没有核对"
ALTERED = "签名与内容不符，令牌被改动过"
FOREIGN = "签发机构的证书不在给出的根证书之下，或者当时已经失效"
UNSIGNED = "令牌里没有签发机构的证书：请在根证书文件中附上该机构的证书"


class Token(NamedTuple):
    """What a token says: the digest in hexadecimal (empty if it isn't SHA-256) and the time;
    whether its signature holds (None: not checked), and what is wrong or missing.
    """

    digest: str
    time: datetime
    holds: bool | None
    said: str


def read(path: Path, roots: Sequence[Path]) -> Token:
    """A token from a file: a response (.tsr) or the token alone (.tst), checked against the
    certificates in the files ``roots`` (PEM or DER). ``ValueError`` says in words why a file is no
    token, or can't be read.
    """
    data = _content(path)
    try:
        import rfc3161_client
    except ImportError:
        raise ValueError(
            f"没有安装 {LIBRARY}，时间戳不能核对（python -m pip install {LIBRARY}）"
        ) from None
    try:
        response = rfc3161_client.decode_timestamp_response(response_of(data))
        info = response.tst_info
        imprint = info.message_imprint
        known = imprint.hash_algorithm.dotted_string == SHA256
        digest, time = imprint.message.hex() if known else "", info.gen_time
    except (ValueError, IndexError):
        raise ValueError("不是时间戳文件（RFC 3161 的 .tsr 或 .tst）") from None
    if not roots:
        return Token(digest, time, None, NO_ROOT)
    wrong = _wrong(response, [c for root in roots for c in _certificates(root)])
    return Token(digest, time, not wrong, wrong)


def _content(path: Path) -> bytes:
    if why := files.irregular(path):
        raise ValueError(f"不能读：{why}")
    try:
        if path.stat().st_size > LONGEST:
            raise ValueError("文件太大，不是时间戳或证书文件")
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"找不到文件 {path.name}") from None
    except OSError:
        raise ValueError(f"文件 {path.name} 读不出") from None


def _certificates(path: Path) -> list[Any]:
    from cryptography import x509

    data = _content(path)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        raise ValueError(f"{path.name} 不是证书文件（PEM 或 DER）") from None


def _wrong(response: Any, certificates: list[Any]) -> str:
    """Why a token is not one of an authority under the given certificates; empty if it is."""
    from rfc3161_client import VerificationError, VerifierBuilder

    authority = None
    if not response.signed_data.certificates:
        authority = next(filter(_is_authority, certificates), None)
        if authority is None:
            return UNSIGNED
    verifier = VerifierBuilder(roots=certificates, tsa_certificate=authority).build()
    try:
        verifier.verify(response, response.tst_info.message_imprint.message)
    except VerificationError as error:
        return FOREIGN if "certificate verify error" in str(error) else f"{ALTERED}，或者不合规定"
    except ValueError:  # of a certificate in it
        return f"{ALTERED}，或者不合规定"
    return ""


def _is_authority(certificate: Any) -> bool:
    from cryptography import x509

    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.ExtendedKeyUsageOID.TIME_STAMPING in uses


# --- DER, as far as needed


def response_of(data: bytes) -> bytes:
    """A response of a response or of a token alone, the certificates beside the signature in DER's
    order: many authorities leave them as they come, which the library refuses. ``ValueError`` or
    ``IndexError`` if it is neither.
    """
    parts = _parts(data, *_whole(data))
    if data[parts[0][0]] != SEQUENCE:  # an object identifier: a token alone
        data = _sequence(GRANTED + data)
        parts = _parts(data, *_whole(data))
    _, token = parts
    _, explicit = _parts(data, *token[1:])
    (signed,) = _parts(data, *explicit[1:])
    for begin, start, end in _parts(data, *signed[1:]):
        if data[begin] == CERTIFICATES:
            own = sorted(data[b:e] for b, _, e in _parts(data, start, end))
            return data[:start] + b"".join(own) + data[end:]
    return data


def _sequence(body: bytes) -> bytes:
    length = len(body).to_bytes(4).lstrip(b"\0")
    head = length if len(body) < 0x80 else bytes([0x80 | len(length)]) + length
    return bytes([SEQUENCE]) + head + body


def _whole(data: bytes) -> tuple[int, int]:
    _, start, end = _value(data, 0, len(data))
    if end != len(data):
        raise ValueError("something follows")
    return start, end


def _parts(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """Where each value in a constructed one begins, where its content starts, where it ends."""
    found = []
    while start < end:
        found.append(_value(data, start, end))
        start = found[-1][2]
    return found


def _value(data: bytes, at: int, most: int) -> tuple[int, int, int]:
    length, start = data[at + 1], at + 2
    if length > 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[at + 2 : start])
    elif length == 0x80:
        raise ValueError("no definite length")
    if start + length > most:
        raise ValueError("too short")
    return at, start, start + length
