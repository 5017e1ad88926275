"""A session outlives its connections: what the program hears when one is lost, and when the server says goodbye."""

from __future__ import annotations

import threading

from gemini_live import Reconnected, Reconnecting, ReconnectPolicy, Session
from gemini_live.emulator import Emulator


def main() -> None:
    """Lose a connection in the middle of a conversation, leave another one in time, and go on each time.

    An emulator plays the server here, because Google's does not hang up on demand.
    """
    back = threading.Semaphore(0)

    def trying(news: Reconnecting) -> None:
        print(f"-- attempt {news.attempt} in {news.delay:.1f} s, because {news.cause}")

    def goes_on(news: Reconnected) -> None:
        print(f"-- on again; the server remembers: {news.resumed}; sent again: {news.replayed}, lost: {len(news.lost)}")
        back.release()

    with (
        Emulator() as server,
        Session.open(
            model="gemini-2.5-flash-native-audio-preview-12-2025",
            api_key="any-key-will-do",
            base_url=server.base_url,
            ssl_context=server.ssl_context,
            output_audio_transcription={},
            reconnect=ReconnectPolicy(budget=300.0),
            on_reconnecting=trying,
            on_reconnected=goes_on,
        ) as session,
    ):
        print(session.ask("My name is Alice.", timeout=60).output_transcript)

        print("the network fails")
        server.drop_all()
        print(session.ask("What is my name?", timeout=60).output_transcript)
        back.acquire(timeout=30)

        print("the server will end the connection in half a minute")
        server.go_away(30)
        back.acquire(timeout=30)
        print(session.ask("What is my name?", timeout=60).output_transcript)
        print("connections:", session.snapshot().connection)


if __name__ == "__main__":
    main()
