"""What is known of persons: told, masked, sealed, erased."""

from service.privacy.sealing import Sealer

__all__ = ["Sealer"]
