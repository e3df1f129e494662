"""All that a night needs to know, handed to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from auditor.config.nightly import Nightly
from auditor.config.pipeline import Pipeline
from auditor.nightly.outputs import Outputs
from auditor.request import Progress


@dataclass(frozen=True)
class Plan:
    """All that a night needs to know.

    Attributes:
        nightly: The site's settings of a night.
        base: Folder that relative paths start from: the site file's.
        site: The site's name.
        rules: Reads the pipeline.
        started: When the night starts, in the machine's own time, with its offset.
        ledger: Ledger URL or path; taken from the settings or the environment.
        environment: Variables with servers and secrets.
        accept: Names of checks that only warn tonight, whatever the settings say.
        rehearse: Read and judge, and write nothing.
        sleep: Waits for some seconds.
        progress: Told of rows as they are read.
    """

    nightly: Nightly
    base: Path
    site: str
    rules: Callable[[], Pipeline]
    started: datetime
    ledger: str
    environment: Mapping[str, str] = field(default_factory=dict)
    accept: frozenset[str] = frozenset()
    rehearse: bool = False
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = lambda stage, done: None

    @property
    def inbox(self) -> Path:
        """The inbox."""
        return self.base / self.nightly.inbox

    @property
    def outputs(self) -> Outputs:
        """The output folder."""
        return Outputs(self.base / self.nightly.outputs)

    @property
    def date(self) -> str:
        """The night, an ISO date."""
        return self.started.date().isoformat()

    @property
    def moment(self) -> str:
        """When the night starts, as it is recorded."""
        return self.started.isoformat(timespec="seconds")
