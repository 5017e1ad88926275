"""Music that changes while it plays: weighted prompts, a configuration, a transition, a pause, and a WAV file of it.

python examples/music.py [MUSIC.wav]
"""

from __future__ import annotations

import sys

from endpoint import endpoint

from gemini_live import FilteredPrompt, MusicChunk, MusicSession
from gemini_live.audio import write_wav


def main(path: str = "music.wav") -> None:
    """Play some five seconds.  A player would take each piece as it comes; here they go into a file."""
    pieces: list[MusicChunk] = []

    def left_out(prompt: FilteredPrompt) -> None:
        print(f"not played: {prompt.text} ({prompt.filtered_reason})")

    with endpoint(output_speed=1.0, music_chunk_seconds=0.5, music_burst_seconds=1.0) as where:
        where.pop("model")
        with MusicSession.open(**where, on_audio=pieces.append, on_filtered_prompt=left_out) as music:
            music.set_weighted_prompts({"minimal techno": 1.0, "piano": 0.5})
            music.set_music_generation_config(bpm=120, scale="D_MAJOR_B_MINOR")
            music.play()
            music.wait(1.0)  # let it play for a second

            print("the piano takes over")
            music.transition({"piano": 1.0, "strings": 0.2}, seconds=1.5, wait=True)

            print("slower, which is heard once the music forgets what it was; the key stays as it is")
            music.update_config(bpm=80, reset="auto")
            music.wait(1.0)

            music.pause()
            print(f"paused; a player would have {music.snapshot().ahead_ms / 1000:.1f} s left")
            music.wait(0.5)
            music.play()
            music.wait(1.0)
            music.stop()

    for piece in pieces:
        config, weights = piece.music_generation_config, {p.text: p.weight for p in piece.weighted_prompts}
        print(f"{piece.duration_ms / 1000:.1f} s at {config and config.bpm} beats a minute of {weights}")
    write_wav(path, b"".join(piece.data for piece in pieces), rate=pieces[0].rate, channels=pieces[0].channels)
    print(f"saved {sum(piece.duration_ms for piece in pieces) / 1000:.1f} s of music as {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
