"""``python -m gemini_live`` is the same as the command ``gemini-live``."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from .cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while everything was still being imported
        sys.exit(130)
