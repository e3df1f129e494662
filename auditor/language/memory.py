"""What is found in a stretch of text is kept: reports repeat each other's sentences.

In a public collection of 3,851 chest reports 65 % of the sentences, and 22 % of those that hold a
word such as is sought, stand more than once; templates and macros make it more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

Asked = ParamSpec("Asked")
Kept = TypeVar("Kept")

# Texts whose finds are kept: some ten megabytes in each process.
TEXTS = 8_192


def remembered(find: Callable[Asked, Kept], texts: int = TEXTS) -> Callable[Asked, Kept]:
    """The function, which is asked seldom for the same twice.

    What it finds is shared, so it must not be changed.

    Args:
        find: Finds the same in the same, whenever it is asked.
        texts: Of so many, those asked for last, the finds are kept; 0: of none.
    """
    return cast("Callable[Asked, Kept]", lru_cache(maxsize=texts)(find))
