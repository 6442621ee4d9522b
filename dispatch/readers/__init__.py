"""Readers of public benchmark formats: their files as requests, their known solutions as routes."""

from dispatch.readers.mtvrptwr import FormatError, KnownSolution, read_mtvrptwr, read_mtvrptwr_solution

__all__ = ["FormatError", "KnownSolution", "read_mtvrptwr", "read_mtvrptwr_solution"]
