"""What reading processes import: a module, since it is by a module's name that it is asked for."""

import auditor.language.reading  # noqa: F401
from auditor.language.nlp import import_libraries

import_libraries()
