"""What holds for all tests."""

import os

from hypothesis import settings

# Times say little on a busy machine. And a check that runs unattended tries the same examples each
# time, so that it fails for a change and not by chance; `make explore` looks for new ones.
settings.register_profile("same examples", deadline=None, derandomize=True)
settings.register_profile("new examples", deadline=None)
settings.load_profile("new examples" if os.environ.get("EXPLORE") else "same examples")
