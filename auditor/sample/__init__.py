"""INVENTED EXPORTS WITH KNOWN TRUTH: seeded, of any size, from a pipeline's `sample/` folder."""

from auditor.sample.generate import SampleFiles, write_sample

__all__ = ["SampleFiles", "write_sample"]
