"""The limit of open files, in a process of its own that begins with a low one."""

import resource
import subprocess
import sys

from collector.open_files import WANTED

ASK = """
import resource
from collector.open_files import allow_many
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
allow_many()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_it_is_raised_as_far_as_the_system_allows() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    assert int(subprocess.check_output([sys.executable, "-c", ASK])) == most
