"""Sizes stated in a sentence, in millimetres."""

from __future__ import annotations

import re

_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_SIZE = re.compile(
    rf"(?<![\w.])({_NUMBER})(?:\s*(?:cm|mm)?\s*(?:x|×|by|\*)\s*({_NUMBER}))?(?:\s*(?:cm|mm)?\s*(?:x|×|by|\*)\s*({_NUMBER}))?"
    r"[\s-]*(cm|mm|centimet(?:er|re)s?|millimet(?:er|re)s?)\b",
    re.IGNORECASE,
)


def sizes_mm(text: str) -> list[tuple[int, int, float]]:
    """Sizes in a text: (start, end, largest diameter in millimetres), in order.

    `5 x 4.1 x 6 cm` is one size of 60.0. Sizes above one metre are no sizes of a lesion.
    """
    sizes = []
    for match in _SIZE.finditer(text):
        factor = 10.0 if match.group(4).lower().startswith("c") else 1.0
        numbers = [float(part.replace(",", ".")) for part in match.groups()[:3] if part]
        largest = round(max(numbers) * factor, 1)
        if 0 < largest <= 1000:
            sizes.append((match.start(), match.end(), largest))
    return sizes
