"""What a wrong configuration is answered with: every problem at once, each with its place, and nothing sent."""

from __future__ import annotations

from typing import Any

from gemini_live import ConfigError, Session


def main() -> None:
    """Make several mistakes and print what the library says of them."""
    options: dict[str, Any] = {
        "model": "gemini-3.8-live",
        "api_key": "any-key-will-do",
        "generation_config": {
            "temprature": 0.5,
            "top_p": 3,
            "thinking_config": {"thinking_budget": 100},
        },
        "session_resumption": {"transparent": True},
        "labels": {"Team": "voice"},
    }
    try:
        Session.start_link(**options)
    except ConfigError as error:
        for problem in error.problems:
            print(problem)


if __name__ == "__main__":
    main()
