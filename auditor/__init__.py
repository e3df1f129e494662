"""Radiology pathway auditor: finds cases in reports and audits what happened next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "audit"]

if TYPE_CHECKING:
    from auditor.api import audit


def __getattr__(name: str) -> Any:
    """Load the API on first use, so that `import auditor` stays quick."""
    if name == "audit":
        from auditor.api import audit

        return audit
    raise AttributeError(f"module 'auditor' has no attribute '{name}'")
