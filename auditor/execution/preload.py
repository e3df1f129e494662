"""What reading processes import: a module, since it is by a module's name that it is asked for."""

import gc
import signal

# Next to nothing of what is imported is garbage: looking for it takes a quarter of the time.
gc.disable()
# Ctrl-C reaches every process of a terminal, this one among its imports too; the main one tells.
signal.signal(signal.SIGINT, signal.SIG_IGN)

import auditor.language.reading  # noqa: E402, F401
from auditor.language.nlp import import_libraries  # noqa: E402

import_libraries()
# Nor need the processes that are forked look through it, which would give each a copy of its own.
gc.freeze()
gc.enable()
