"""
``python -m fake_server``; also runs as a file, ``python -I -S .../fake_server/__main__.py``.

Run as a file it needs no site-packages and starts about as fast as Python itself.
"""

import gc
import os
import sys

# The process is short and makes no cycles: looking for garbage would only cost its start.
gc.disable()

if not __package__:
    # Started by path: the package's parent takes the place of the package's own folder.
    sys.path[0] = __file__.rpartition("/fake_server/")[0] or ".."

from fake_server.serve import main  # noqa: E402 (the path above has to be right first)

if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Winding the interpreter up would cost the waiting client a fifth of the whole replay.
    os._exit(status)
