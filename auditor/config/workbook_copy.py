"""The `[shareable]` table of a site file: the copy of the workbook that may be handed around."""

from __future__ import annotations

from pydantic import Field, StrictBool

from auditor.config.base import Settings


class Shareable(Settings):
    """A copy without ids, texts and small counts.

    Attributes:
        write: Each run writes the copy beside the workbook.
        hide_up_to: The largest count that is hidden.
    """

    write: StrictBool = False
    hide_up_to: int = Field(default=10, ge=1, le=100)
