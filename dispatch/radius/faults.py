"""What can go wrong with a study."""

from dispatch.faults import DispatchError


class StudyError(DispatchError):
    """Raised when a study cannot be made or kept as asked; the sentence says why, and the way out."""


class RunsFailedError(StudyError):
    """Raised when runs came to no result. All others of their round are finished and kept."""
