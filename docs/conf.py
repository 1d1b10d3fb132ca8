"""
Sphinx settings; `make docs` builds the pages. The examples in them run in `make test`.
"""

from __future__ import annotations

project = "pytest-codex-harness"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["**/.pytest_cache"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
