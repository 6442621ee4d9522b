"""The text of an API key: ``sl_<id>_<secret>``.

The secret is 32 random bytes, so there is nothing to guess and SHA-256 is hash enough. Slow password hashes make up
for secrets that people choose: NIST SP 800-63B asks for them there (section 5.1.1.2), and for an approved one-way hash
where a secret has 112 bits or more (section 5.1.2.2).
"""

import hashlib
import hmac
import re
import secrets
import string
from typing import NamedTuple

SECRET_BYTES = 32
ID_LENGTH = 12
ALPHABET = string.ascii_lowercase + string.digits

TEXT = re.compile(r"sl_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
"""The whole of a key; also what logs are searched for."""


class Secret(NamedTuple):
    """A key apart: ``id`` is public, ``secret`` is known to its holder alone."""

    id: str
    secret: str

    @property
    def text(self) -> str:
        """The key as its holder sends it."""
        return f"sl_{self.id}_{self.secret}"

    @property
    def hash(self) -> str:
        """SHA-256 of the secret in hexadecimal: what is stored."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def fits(self, stored: str | None) -> bool:
        """Whether ``stored`` is this secret's hash, in the same time whatever differs; None never is."""
        return hmac.compare_digest(self.hash, stored or "0" * 64) and stored is not None


def new_secret() -> Secret:
    """A new key from the operating system's randomness."""
    return Secret("".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH)), secrets.token_urlsafe(SECRET_BYTES))


def read_secret(text: str) -> Secret | None:
    """The parts of a key, or None if ``text`` is none."""
    found = TEXT.fullmatch(text.strip())
    return Secret(*found.groups()) if found else None
