"""What can go wrong with a map.

MapError
├── MapFileError
└── PointError
"""


class MapError(Exception):
    """Base of every error this package raises on purpose; catch it to catch them all."""


class MapFileError(MapError):
    """Raised when a map or people file is missing, empty, cut off, of another kind, or holds no streets.

    The message names the file and says what to do about it.
    """


class PointError(MapError):
    """Raised when coordinates are not a place on Earth, or when a place that must touch a street does not."""
