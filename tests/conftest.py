"""What holds for all tests."""

import os

from hypothesis import settings

# Times say little on a busy machine; and a check that runs unattended tries the same examples
# each time, so that it fails for a change and not by chance.
settings.register_profile("auditor", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("auditor")
