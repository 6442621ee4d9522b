"""How the kernels are compiled: cached, without the interpreter lock, and without counting references.

numba counts the references to an array each time a record of it is touched, atomically, which took more than half of
the search's time. The kernels own no array: all are passed in and outlive the call. So the counting is switched off,
and a kernel that made an array would not compile.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
HOW: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def compiled(kernel: Kernel) -> Kernel:
    """Decorate a kernel."""
    return cast("Kernel", njit(**HOW)(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Decorate a kernel that is put in the place of each of its calls."""
    return cast("Kernel", njit(**HOW, forceinline=True)(kernel))
