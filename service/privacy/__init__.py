"""What is known of persons: told, masked, sealed, erased."""

from service.privacy.masking import MaskingFilter, mask, mask_event
from service.privacy.person import Person
from service.privacy.sealing import Sealer

__all__ = ["MaskingFilter", "Person", "Sealer", "mask", "mask_event"]
