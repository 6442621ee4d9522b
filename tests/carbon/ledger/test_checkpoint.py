import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import carbon
from carbon import Checkpoint
from carbon.ledger.checkpoint import key_id


def test_the_signature_is_ed25519_over_rfc_8785() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    point = Checkpoint.signed(3, "ab" * 32, key)
    unsigned = {name: value for name, value in point.model_dump().items() if name != "signature"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()
    key.public_key().verify(bytes.fromhex(point.signature), text)
    assert point.key_id == hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    assert point.fault() is None
    assert point.fault(key.public_key()) is None


def test_everything_in_it_is_signed() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    point = Checkpoint.signed(3, "ab" * 32, key)
    changed: dict[str, object] = {
        "count": 2, "head": "cd" * 32, "at": "2020-01-01T00:00:00Z", "key_id": "0" * 16, "signature": "0" * 128,
        "public_key": other.public_key().public_bytes_raw().hex(),
    }  # fmt: skip
    for field, value in changed.items():
        assert point.model_copy(update={field: value}).fault(), field
    assert f"not by the key given, {key_id(other.public_key())}" in str(point.fault(other.public_key()))
    resigned = Checkpoint.signed(2, "cd" * 32, other)
    assert resigned.fault() is None
    assert resigned.fault(key.public_key()) is not None
    odd = Checkpoint.model_validate(point.model_dump() | {"key_id": "0" * 16, "signature": "0" * 128})
    odd = odd.model_copy(update={"signature": key.sign(odd.signed_bytes).hex()})
    assert f"its key is {point.key_id}" in str(odd.fault())


def test_keys_go_to_files_and_come_back(tmp_path: Path) -> None:
    private = tmp_path / "key.pem"
    public = carbon.new_key(private)
    assert private.stat().st_mode & 0o777 == 0o600
    assert public == tmp_path / "key.pem.pub"
    key = carbon.read_private_key(private)
    assert key.public_key() == carbon.read_public_key(public)
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(carbon.CheckpointError, match="File exists"):
        carbon.new_key(private)
    assert (private.read_bytes(), public.read_bytes()) == before
    public.unlink()
    with pytest.raises(carbon.CheckpointError, match="File exists"):
        carbon.new_key(private)
    assert not public.exists()
    private.chmod(0o640)
    with pytest.raises(carbon.CheckpointError, match="mode 0640"):
        carbon.read_private_key(private)


def test_files_that_are_no_keys(tmp_path: Path) -> None:
    curve, pem = generate_private_key(SECP256R1()), serialization.Encoding.PEM
    pkcs8, no = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    locked = Ed25519PrivateKey.generate().private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"secret"))
    public = curve.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    for content, why in (
        (b"", "no unencrypted PEM key"),
        (locked, "no unencrypted PEM key"),
        (curve.private_bytes(pem, pkcs8, no), "not Ed25519"),
    ):
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(carbon.CheckpointError, match=why):
            carbon.read_private_key(path)
    for content, why in ((b"", "no PEM public key"), (public, "not Ed25519")):
        path.write_bytes(content)
        with pytest.raises(carbon.CheckpointError, match=why):
            carbon.read_public_key(path)
    for read in (carbon.read_private_key, carbon.read_public_key, Checkpoint.read):
        with pytest.raises(carbon.CheckpointError, match="cannot be read"):
            read(tmp_path / "absent")


def test_files_that_are_no_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "point.json"
    good = Checkpoint.signed(3, "ab" * 32, Ed25519PrivateKey.generate())
    path.write_text(good.model_dump_json(indent=2))
    assert Checkpoint.read(path) == good
    for content, field in (
        ("", "document"),
        ("{}", "count"),
        (good.model_dump_json().replace('"count":3', '"count":-1'), "count"),
        (good.model_dump_json().replace("checkpoint 1", "checkpoint 2"), "type"),
        (good.model_dump_json().replace("abab", "ABAB"), "head"),
    ):
        path.write_text(content)
        with pytest.raises(carbon.CheckpointError, match=f"point.json: {field}: "):
            Checkpoint.read(path)
