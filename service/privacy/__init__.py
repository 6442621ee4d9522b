"""What is known of persons: told, sealed, erased."""

from service.privacy.person import Person
from service.privacy.sealing import Sealer

__all__ = ["Person", "Sealer"]
