"""
The driver around the raw client; ``raw_driver.py DEFECT`` makes it one that is broken.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
