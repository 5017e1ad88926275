"""Turns over a connection."""

from __future__ import annotations

import base64
import math
import time

import pytest

from gemini_live.audio import chunks, duration_ms, resample, rms
from gemini_live.emulator import Emulator


def test_setup_is_answered(server, dial):
    """The first message is answered by setupComplete, as text or binary, in either spelling."""
    for setup in ('{"setup": {"model": "models/gemini-live"}}', b'{"setup": {"model": "models/gemini-live"}}'):
        client = dial(server)
        client.send(setup)
        assert client.receive() == {"setupComplete": {}}
    client = dial(server)
    assert client.setup(generation_config={"response_modalities": ["AUDIO"]}) == {"setupComplete": {}}


def test_a_text_turn_has_the_services_shape(client, wire):
    """Thought, transcription, sound, generationComplete alone, turnComplete with usage, and nothing else."""
    messages = client.ask("Say a short greeting.")
    kinds = [wire.kind(message) for message in messages]
    assert kinds[:2] == ["thought", "outputTranscription"]
    assert kinds[-2:] == ["generationComplete", "turnComplete"]
    assert set(kinds[2:-2]) == {"audio"}
    assert set(messages[-1]) == {"serverContent", "usageMetadata"}
    assert messages[-2] == {"serverContent": {"generationComplete": True}}
    assert wire.words(messages) == "Hello there."
    audio = next(message for message in messages if wire.kind(message) == "audio")
    assert set(audio["serverContent"]) == {"modelTurn"}
    assert set(audio["serverContent"]["modelTurn"]) == {"parts"}
    assert audio["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["mimeType"] == "audio/pcm;rate=24000"


def test_the_answers_sound_is_heard_and_paid_for(client, wire):
    """It is as long as its text, no silence, and 25 tokens a second."""
    messages = client.ask("Say a short greeting.")
    pcm, usage = wire.audio(messages), messages[-1]["usageMetadata"]
    assert duration_ms(pcm) == pytest.approx(12 * 1000 / 14, rel=0.01)
    assert rms(pcm) > 500
    assert usage["responseTokenCount"] == math.ceil(duration_ms(pcm) / 40)
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["responseTokenCount"]


def test_the_prompt_grows_with_the_conversation(client):
    """Every turn bills all of the context again."""
    counts = [client.ask("Say yes.")[-1]["usageMetadata"]["promptTokenCount"] for _ in range(3)]
    assert counts == sorted(set(counts))


def test_the_conversation_is_remembered(client, wire):
    """Facts of earlier turns answer later questions."""
    client.ask("My name is Alice and my favorite color is teal.")
    client.ask("Remember the number 42.")
    assert wire.words(client.ask("What is my name and favorite color?")) == (
        "Your name is Alice and your favorite color is teal."
    )
    assert wire.words(client.ask("What number did I tell you?")) == "The number is 42."


def test_unfinished_turns_are_only_context(client, wire):
    """turnComplete false brings no answer, the next true one does."""
    client.say("My name is Alice.", complete=False)
    client.say("Hi Alice!", complete=False, role="model")
    assert wire.words(client.ask("What is my name?")) == "Your name is Alice."


def test_realtime_text_is_answered(client, wire):
    """realtimeInput.text is a turn."""
    client.send({"realtime_input": {"text": "Say yes."}})
    assert wire.words(client.turn()) == "Yes."


def test_without_transcription_only_sound_is_sent(server, dial, wire):
    """A bare setup brings no transcriptions."""
    client = dial(server)
    client.setup()
    assert {wire.kind(message) for message in client.ask("Say yes.")} == {
        "thought",
        "audio",
        "generationComplete",
        "turnComplete",
    }


def test_an_audio_turn_comes_back(client, wire, speech, silence):
    """Speech and silence make a turn: input transcription first, then the same speech at 24 kHz."""
    for chunk in chunks(speech + silence):
        client.speak(chunk)
    messages = client.turn()
    kinds = [wire.kind(message) for message in messages]
    assert kinds[:5] == ["inputTranscription"] * 4 + ["thought"]
    assert wire.words(messages, "inputTranscription") == " (3.2 seconds of speech)"
    assert wire.words(messages) == "I heard 3.2 seconds of speech. Here it is again."
    heard = wire.audio(messages)
    assert 3200 <= duration_ms(heard) < 3500
    assert heard[:96_000] == resample(speech, 16_000, 24_000)[:96_000]
    modalities = [detail["modality"] for detail in messages[-1]["usageMetadata"]["promptTokensDetails"]]
    assert modalities == ["TEXT", "AUDIO"]


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_speech_at_other_rates_is_understood(client, wire, speech, rate):
    """The rate in the mime type is honoured; the end of the stream ends the turn."""
    client.speak(resample(speech[:64_000], 16_000, rate), mime_type=f"audio/pcm;rate={rate}")
    client.send({"realtimeInput": {"audioStreamEnd": True}})
    assert wire.words(client.turn(), "inputTranscription") in (" (1.9 seconds of speech)", " (2.0 seconds of speech)")


def test_the_clients_own_marks_make_a_turn(server, dial, wire, speech):
    """With detection disabled, activityStart and activityEnd do."""
    client = dial(server)
    client.setup(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}}, inputAudioTranscription={})
    client.send({"realtimeInput": {"activityStart": {}}})
    client.speak(speech)
    client.send({"realtimeInput": {"activityEnd": {}}})
    assert wire.words(client.turn(), "inputTranscription") == " (3.5 seconds of speech)"


def test_two_audio_turns_in_one_stream(client, wire, speech, silence):
    """The stream goes on; every utterance is a turn."""
    for _ in range(2):
        client.speak(speech + silence)
        assert "I heard" in wire.words(client.turn())


def test_the_same_seed_speaks_in_the_same_pieces(dial):
    """Two servers with one seed send the same frames; another seed cuts otherwise."""
    frames = []
    for seed in (1, 1, 2):
        with Emulator(tls=False, output_speed=math.inf, seed=seed) as server:
            client = dial(server)
            client.setup()
            frames.append(client.ask("Say something that is a little longer than the rest."))
    assert frames[0] == frames[1] != frames[2]


def test_pieces_keep_to_given_lengths(dial, wire):
    """chunk_ms bounds the pieces."""
    with Emulator(tls=False, output_speed=math.inf, chunk_ms=(100, 100)) as server:
        client = dial(server)
        client.setup()
        messages = client.ask("Say one two three four five.")
    lengths = [duration_ms(wire.audio([message])) for message in messages if wire.kind(message) == "audio"]
    assert set(lengths[:-1]) == {100.0}


def test_answers_take_their_time(dial):
    """At a finite speed the turn ends no sooner than its playback does."""
    with Emulator(tls=False, output_speed=10) as server:
        client = dial(server)
        client.setup()
        start = time.monotonic()
        client.ask("Say one two three four five six.")
        assert time.monotonic() - start > 2.0 / 10


def test_handles_resume_the_conversation(server, dial, wire):
    """A handle comes after the setup and after every turn; a later connection goes on with it."""
    first = dial(server)
    first.setup(sessionResumption={})
    assert first.receive()["sessionResumptionUpdate"]["resumable"] is True
    first.ask("My name is Alice.")
    update = first.receive()["sessionResumptionUpdate"]
    first.websocket.close()
    server.sessions[0].wait_closed()
    second = dial(server)
    assert second.setup(sessionResumption={"handle": update["newHandle"]}, outputAudioTranscription={}) == {
        "setupComplete": {}
    }
    assert second.receive()["sessionResumptionUpdate"]["newHandle"] != update["newHandle"]
    assert wire.words(second.ask("What is my name?")) == "Your name is Alice."


def test_pings_are_answered(client):
    """The server answers pings."""
    assert client.websocket.ping().wait(5)


def test_large_messages_are_taken(client, wire):
    """Several megabytes in one frame are fine."""
    picture = base64.b64encode(bytes(4_000_000)).decode()
    client.send({"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": picture}}})
    assert wire.words(client.ask("Say yes.")) == "Yes."


def test_it_all_works_over_tls(dial, wire, speech, silence):
    """Text and speech are answered over TLS as they are without."""
    with Emulator(output_speed=math.inf) as server:
        client = dial(server)
        client.setup(outputAudioTranscription={})
        assert wire.words(client.ask("Say yes.")) == "Yes."
        client.speak(speech + silence)
        assert wire.words(client.turn()).startswith("I heard 3.2 seconds")
