"""Find out which models there are, let the library choose one, and talk to it."""

from __future__ import annotations

from endpoint import endpoint

from gemini_live import Models, Session


def main() -> None:
    """List, choose, ask.  A second choice within five minutes asks nobody."""
    with endpoint() as where:
        where.pop("model")
        for model in Models.live(**where):
            print(f"{model.name}: {model.display_name}, {model.input_token_limit} tokens of context")
        chosen = Models.resolve("audio", **where)
        print(f"chosen: {chosen}")
        with Session.open(model=chosen, **where, output_audio_transcription={}) as session:
            print(session.ask("Say hello.", timeout=60).output_transcript)


if __name__ == "__main__":
    main()
