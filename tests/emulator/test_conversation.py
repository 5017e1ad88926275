"""What a client's messages mean, without a connection."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.emulator.brains import UserTurn
from gemini_live.emulator.context import Entry
from gemini_live.emulator.conversation import Conversation, Interrupt, Respond
from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.refusals import RefusedError
from gemini_live.emulator.settings import read_settings
from gemini_live.emulator.state import State
from gemini_live.emulator.vad import FRAME_BYTES, Segmenter
from gemini_live.emulator.wire_check import read_message
from gemini_live.types import Setup, decode

PROFILE = PROFILES["gemini-2.5"]
VOICED, QUIET = "AQEB" * 213 + "AQ==", "AAAA" * 213 + "AA=="
MANUAL = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
PATIENT = {"realtimeInputConfig": {"activityHandling": "NO_INTERRUPTION"}}


class Talk:
    """A conversation that takes JSON."""

    def __init__(self, profile=PROFILE, **setup):
        self.profile = profile
        settings = read_settings(decode(Setup, {"model": "models/gemini-live", **setup}), profile)
        self.conversation = Conversation(settings, profile, State(), self.segmenter)
        self.context = self.conversation.context

    @staticmethod
    def segmenter(settings):
        return Segmenter(lambda frame: frame == b"\x01" * FRAME_BYTES, start_ms=20, silence_ms=40)

    def realtime(self, **fields):
        return self.conversation.handle(read_message({"realtimeInput": fields}, self.profile))

    def content(self, *turns, complete=True):
        turns = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
        message = {"clientContent": {"turns": turns, "turnComplete": complete}}
        return self.conversation.handle(read_message(message, self.profile))

    def audio(self, *frames, mime_type="audio/pcm"):
        return [effect for data in frames for effect in self.realtime(audio={"data": data, "mimeType": mime_type})]


def refused(function, *args, **kwargs):
    with pytest.raises(RefusedError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_a_finished_turn_is_answered_and_interrupts():
    """turnComplete asks for an answer to what the user wrote since the last one."""
    talk = Talk()
    assert talk.content(("user", "a"), complete=False) == []
    assert talk.content(("user", "b")) == [Respond(UserTurn(text="a b"), interrupts=True)]
    assert talk.content(("user", "c")) == [Respond(UserTurn(text="c"), interrupts=True)]


def test_buffered_turns_are_answered_by_a_bare_turn_complete():
    """Turns may come first and turnComplete alone after them."""
    talk = Talk()
    talk.content(("user", "a"), complete=False)
    assert talk.content() == [Respond(UserTurn(text="a"), interrupts=True)]
    assert talk.content() == [Respond(UserTurn(), interrupts=True)]


def test_history_before_the_models_words_needs_no_answer():
    """Only what stands after the model's last turn is answered; all of it is context."""
    talk = Talk()
    talk.content(("user", "My name is Al."), ("model", "Hi Al."), complete=False)
    assert talk.content(("user", "And?")) == [Respond(UserTurn(text="And?"), interrupts=True)]
    assert [entry.role for entry in talk.context.entries] == ["user", "model", "user"]


def test_nothing_at_all_can_not_be_answered():
    """turnComplete on an empty conversation is an invalid argument."""
    assert refused(Talk().content).startswith("1007")


def test_announced_history_is_not_answered():
    """With initialHistoryInClientContent the first turnComplete only ends the history."""
    talk = Talk(historyConfig={"initialHistoryInClientContent": True})
    assert talk.content(("user", "a"), complete=False) == []
    assert talk.content(("model", "b")) == []
    assert talk.content(("user", "c")) == [Respond(UserTurn(text="c"), interrupts=True)]


def test_a_second_setup_is_refused():
    """A setup comes once."""
    message = read_message({"setup": {"model": "models/gemini-live"}}, PROFILE)
    assert refused(Talk().conversation.handle, message) == "1007 Request contains an invalid argument."


def test_speech_interrupts_and_is_answered():
    """The start of speech cuts the answer, its end asks for another."""
    talk = Talk()
    assert talk.audio(QUIET, VOICED) == [Interrupt()]
    (respond,) = talk.audio(VOICED, QUIET, QUIET)
    assert respond.interrupts and respond.turn.speech_ms == 40
    assert talk.context.entries == [Entry(role="user", audio_ms=40)]


def test_without_interruptions_speech_waits_its_turn():
    """With NO_INTERRUPTION speech and realtime text are answered after what is being said; client content is not."""
    talk = Talk(**PATIENT)
    effects = talk.audio(VOICED, QUIET, QUIET)
    assert [effect.interrupts for effect in effects + talk.realtime(text="a")] == [False, False]
    assert talk.content(("user", "b"))[0].interrupts


def test_the_end_of_the_stream_ends_the_speech():
    """audioStreamEnd flushes; what follows is another stream."""
    talk = Talk()
    talk.audio(VOICED, VOICED)
    (respond,) = talk.realtime(audioStreamEnd=True)
    assert respond.turn.speech_ms == 40
    assert talk.realtime(audioStreamEnd=True) == []
    assert talk.audio(VOICED) == [Interrupt()]


def test_the_client_may_mark_its_activity():
    """With detection disabled everything between the marks is the turn, and nothing outside them."""
    talk = Talk(**MANUAL)
    assert talk.audio(VOICED) == []
    assert talk.realtime(activityStart={}) == [Interrupt()]
    assert talk.realtime(activityStart={}) == [Interrupt()]
    assert talk.audio(VOICED, QUIET) == []
    (respond,) = talk.realtime(activityEnd={})
    assert (respond.turn.speech_ms, respond.turn.text) == (40, "")


def test_text_within_an_activity_belongs_to_it():
    """Realtime text between the marks is answered at the end."""
    talk = Talk(**MANUAL)
    talk.realtime(activityStart={})
    assert talk.realtime(text="Say yes.") == []
    assert talk.realtime(activityEnd={}) == [Respond(UserTurn(text="Say yes."), interrupts=True)]


@pytest.mark.parametrize(
    ("setup", "field"),
    [
        ({}, {"activityStart": {}}),
        ({}, {"activityEnd": {}}),
        (MANUAL, {"audioStreamEnd": True}),
        (MANUAL, {"activityEnd": {}}),
        ({}, {"audio": {"mimeType": "image/png", "data": ""}}),
        ({}, {"audio": {"mimeType": "audio/opus", "data": ""}}),
        ({}, {"audio": {"data": ""}}),
        ({}, {"video": {"mimeType": "audio/pcm", "data": ""}}),
        ({}, {"mediaChunks": [{"mimeType": "text/plain", "data": ""}]}),
    ],
)
def test_input_against_the_rules_is_an_invalid_argument(setup, field):
    """Marks with detection on, a stream end with it off, an end without a start, and wrong types close with 1007."""
    assert refused(Talk(**setup).realtime, **field) == "1007 Request contains an invalid argument."


def test_media_chunks_may_be_sound_or_pictures():
    """The deprecated mediaChunks are read by their type, unless the profile has them no more."""
    chunks = [{"mimeType": "audio/pcm;rate=16000", "data": VOICED}, {"mimeType": "image/jpeg", "data": "AA=="}]
    talk = Talk()
    assert talk.realtime(mediaChunks=chunks) == [Interrupt()]
    assert talk.context.entries == [Entry(role="user", images=1)]
    newer = Talk(profile=attrs.evolve(PROFILE, media_chunks=False))
    assert "realtime_input.media_chunks is deprecated" in refused(newer.realtime, mediaChunks=chunks)


def test_video_is_looked_at_and_not_answered():
    """A frame becomes context."""
    talk = Talk()
    assert talk.realtime(video={"mimeType": "image/jpeg", "data": "AA=="}) == []
    assert talk.context.entries[0].images == 1


def test_other_rates_are_resampled():
    """The rate in the mime type counts: 640 bytes at 8 kHz are 40 ms."""
    talk = Talk(**MANUAL)
    talk.realtime(activityStart={})
    talk.audio(VOICED, QUIET, mime_type="audio/pcm;rate=8000")
    talk.audio(QUIET, mime_type="audio/L16;rate=16000")
    (respond,) = talk.realtime(activityEnd={})
    assert 85 < respond.turn.speech_ms <= 100


def test_tool_responses_need_an_id():
    """An answer to a call names the call; a context update is taken."""
    handle = Talk().conversation.handle
    answer = {"name": "f", "response": {}}
    assert handle(read_message({"toolResponse": {"functionResponses": [{**answer, "id": "1"}]}}, PROFILE)) == []
    assert refused(handle, read_message({"toolResponse": {"functionResponses": [answer]}}, PROFILE)).startswith("1007")
    assert handle(read_message({"contextUpdate": {}}, PROFILE)) == []
