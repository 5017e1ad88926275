"""``python -m gemini_live`` is the same as the command ``gemini-live``."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
