"""A small program built on a session, and its tests: with a network in memory, and with a recording."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from gemini_live import Session
from gemini_live.testing import FakeConnection, FakeTransport, Player, Recorder

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"


class Waiter:
    """The program: takes orders, and knows what was ordered."""

    def __init__(self, **options: Any) -> None:
        """Start; the options are those of a session, so that a test can say ``transport=``."""
        self.orders: list[str] = []
        self.session = Session.open(model=MODEL, tools=[self.order], output_audio_transcription={}, **options)

    def order(self, dish: str) -> str:
        """Note an order."""
        self.orders.append(dish)
        return f"{dish}, coming up"

    def hear(self, words: str) -> str:
        """Tell the model what the guest has said; return its answer."""
        return self.session.ask(words, timeout=10).output_transcript


def play_the_model(connection: FakeConnection, message: Any) -> None:
    """Order soup, whatever is asked, and be glad of it."""
    if "clientContent" in message:
        connection.call("order", {"dish": "soup"})
    if "toolResponse" in message:
        connection.answer("Your soup is on its way.")


def test_an_order_is_noted() -> None:
    """The model calls the function, the program notes the order, the model hears of it."""
    fake = FakeTransport(respond=play_the_model)
    waiter = Waiter(api_key="any", transport=fake)
    with waiter.session:
        assert waiter.hear("I'd like some soup.") == "Your soup is on its way."
    assert waiter.orders == ["soup"]
    (answer,) = fake.sent[-1]["toolResponse"]["functionResponses"]
    assert answer["response"] == {"output": "soup, coming up"}


def test_a_recording_is_a_test(folder: Path) -> None:
    """What one session went through, another goes through again; in production the recorder is the same."""
    with Recorder(folder / "call.jsonl", connector=FakeTransport(respond=play_the_model)) as recorder:
        first = Waiter(api_key="any", transport=recorder)
        with first.session:
            first.hear("I'd like some soup.")

    player = Player(recorder.path, check=True)
    again = Waiter(api_key="any", transport=player)
    with again.session:
        assert again.hear("The soup, please.") == "Your soup is on its way."
        player.wait_played()
    assert again.orders == first.orders


def main() -> None:
    """Run both; pytest would find them by their names, and give the second one its tmp_path."""
    test_an_order_is_noted()
    print("an order is noted")
    with tempfile.TemporaryDirectory() as folder:
        test_a_recording_is_a_test(Path(folder))
    print("a recording is a test")


if __name__ == "__main__":
    main()
