"""A server makes a token that is good for one short session of one kind; a kiosk that never saw the key uses it."""

from __future__ import annotations

from typing import Any

from endpoint import endpoint

from gemini_live import AuthTokens, Session


def make_token(key: str | None, model: str, where: dict[str, Any]) -> str:
    """On the server, which has the key: hold sessions to one model and one instruction, and leave the rest open."""
    token = AuthTokens.create(
        api_key=key,
        expire_minutes=10,
        live_connect_constraints={"model": model, "config": {"system_instruction": "You sell train tickets."}},
        lock_additional_fields=[],
        **where,
    )
    print(f"made {token}")
    assert token.name is not None
    return token.name


def main() -> None:
    """Play both sides."""
    with endpoint() as options:
        model, key = options.pop("model"), options.pop("api_key", None)
        name = make_token(key, model, options)
        with Session.open(model=model, token=name, output_audio_transcription={}, **options) as session:
            print("the kiosk hears:", session.ask("Hello!", timeout=60).output_transcript)


if __name__ == "__main__":
    main()
