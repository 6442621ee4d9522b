"""Signed checkpoints: how many entries a ledger had, and what the last one was, in a file that is kept elsewhere.

A chain of hashes shows a changed entry, but whoever can write the whole file can also shorten it, or compute every hash
anew. A checkpoint that they cannot reach shows both. Entries after the last checkpoint have no such guard, so take
checkpoints as often as that matters. Signatures are Ed25519 (RFC 8032).
"""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from carbon.errors import CheckpointError
from carbon.ledger.canonical import canonical
from carbon.values import Record

KEY_ID_DIGITS = 16
OTHERS = 0o077
"""Permissions that a private key's file may not give."""


class Checkpoint(Record):
    """What a ledger was at one moment, signed.

    Attributes:
        type: what this document is; part of what is signed, so that no other signature passes for one.
        count: how many entries the ledger had.
        head: SHA-256 of the last of them, zeros if there was none.
        at: when it was signed, UTC, ISO 8601.
        key_id: first 16 hexadecimal digits of the SHA-256 of the public key.
        public_key: the 32 bytes of the signer's public key in hexadecimal. It says who claims to have signed; trust in
            it comes from a copy of the key that you hold yourself.
        signature: Ed25519 over the RFC 8785 form of all the above, in hexadecimal.
    """

    type: Literal["swiftleaf ledger checkpoint 1"] = "swiftleaf ledger checkpoint 1"
    count: Annotated[int, Field(ge=0, strict=True)]
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: str
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @classmethod
    def signed(cls, count: int, head: str, key: Ed25519PrivateKey) -> Self:
        """Sign that a ledger has ``count`` entries, the last with the hash ``head``; whoever signs has verified it."""
        public = key.public_key()
        unsigned = cls(
            count=count,
            head=head,
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            key_id=key_id(public),
            public_key=public.public_bytes_raw().hex(),
            signature="0" * 128,
        )
        return unsigned.model_copy(update={"signature": key.sign(unsigned.signed_bytes).hex()})

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a checkpoint's file.

        Raises:
            CheckpointError: if it cannot be read or is no checkpoint.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except OSError as error:
            raise CheckpointError(f"checkpoint {path} cannot be read: {error.strerror}; check the path") from error
        except ValidationError as error:
            fault = error.errors()[0]
            raise CheckpointError(
                f"checkpoint {path}: {'.'.join(map(str, fault['loc'])) or 'document'}: {fault['msg']}; "
                "give a file that swiftleaf ledger checkpoint wrote"
            ) from error

    @property
    def signed_bytes(self) -> bytes:
        """The bytes under the signature."""
        return canonical(self.model_dump(exclude={"signature"}))

    def fault(self, trusted: Ed25519PublicKey | None = None) -> str | None:
        """Say what is wrong with the signature, or None.

        Args:
            trusted: the signer's key as you hold it; without it, this finds damage, not forgery.
        """
        if trusted is not None and trusted.public_bytes_raw().hex() != self.public_key:
            return f"is signed by key {self.key_id}, not by the key given, {key_id(trusted)}"
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            public.verify(bytes.fromhex(self.signature), self.signed_bytes)
        except (InvalidSignature, ValueError):
            return f"does not have a signature of key {self.key_id}"
        return None if key_id(public) == self.key_id else f"names key {self.key_id}, but its key is {key_id(public)}"


def key_id(public: Ed25519PublicKey) -> str:
    """Return the short name of a public key: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:KEY_ID_DIGITS]


def new_key(path: Path | str) -> Path:
    """Make a signing key: PEM in ``path``, readable to its owner alone, and the public half in ``path`` + ``.pub``.

    Returns:
        Where the public half is.

    Raises:
        CheckpointError: if either file exists, which is never overwritten, or cannot be written.
    """
    private, public = Path(path), Path(f"{path}.pub")
    key = Ed25519PrivateKey.generate()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    _write_new(public, key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo), 0o644)
    try:
        _write_new(private, key.private_bytes(pem, pkcs8, serialization.NoEncryption()), 0o600)
    except CheckpointError:
        public.unlink()
        raise
    return public


def read_private_key(path: Path | str) -> Ed25519PrivateKey:
    """Read a signing key.

    Raises:
        CheckpointError: if it cannot be read, is no such key, or others than its owner may read it.
    """
    pem = _read(path)
    if os.name == "posix" and (mode := Path(path).stat().st_mode & 0o777) & OTHERS:
        raise CheckpointError(f"key {path} has mode {mode:04o}, so others can sign with it; chmod 600 it")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CheckpointError(f"key {path} is no unencrypted PEM key; make one with swiftleaf ledger key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CheckpointError(f"key {path} is not Ed25519; make one with swiftleaf ledger key")
    return key


def read_public_key(path: Path | str) -> Ed25519PublicKey:
    """Read the public half of a signing key.

    Raises:
        CheckpointError: if it cannot be read or is no such key.
    """
    try:
        key = serialization.load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CheckpointError(f"public key {path} is no PEM public key; give the .pub file beside the key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise CheckpointError(f"public key {path} is not Ed25519; give the .pub file beside the key")
    return key


def _read(path: Path | str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"key {path} cannot be read: {error.strerror}; check the path") from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet, with its permissions from the first moment on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be made: {error.strerror}; give a new path") from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
