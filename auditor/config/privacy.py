"""What a site does about identifiers that are left in its texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from auditor.config.base import Settings


class Privacy(Settings):
    """What is done where a text that is said to be de-identified holds an identifier.

    Attributes:
        residual_identifiers: `report` counts and lists where they stand; `redact` also masks them
            in all that is kept or written; `stop` ends the run before anything is written.
        sample_percent: Of the texts of which nothing is kept, how many in a hundred are looked
            through as well.
    """

    residual_identifiers: Literal["report", "redact", "stop"] = "report"
    sample_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 1
