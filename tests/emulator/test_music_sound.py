"""What the music sounds like, by its PCM."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.emulator.music_band import Band
from gemini_live.emulator.music_score import DRUMS, KEYS, RATE, Note, Part, Score
from gemini_live.emulator.music_styles import PLAIN, blend_of, style_of
from gemini_live.emulator.music_synth import TIMBRES
from gemini_live.types import MusicGenerationMode, Scale, WeightedPrompt

from . import music_ears as ears

ONLY_DRUMS = frozenset(Part) - DRUMS
ONLY_TUNE = frozenset(Part) - {Part.MELODY}


def prompts(**weights):
    return [WeightedPrompt(text=text, weight=weight) for text, weight in weights.items()]


SCORE = Score(
    blend=blend_of(prompts(techno=1.0)), bpm=120, scale=Scale.C_MAJOR_A_MINOR, seed=3, density=0.6, brightness=0.6,
    temperature=1.1, top_k=40, guidance=4.0, mode=MusicGenerationMode.QUALITY,
)  # fmt: skip


def played(seconds=4, **changes):
    """Return so much music of a score."""
    score, band, pcm = attrs.evolve(SCORE, **changes), Band(), b""
    while len(pcm) < seconds * RATE * 4:
        pcm += band.play(score)
    return pcm[: seconds * RATE * 4]


def notes(part=None, bars=8, **changes):
    """Return the notes of some bars, by step, of one part or all."""
    score = attrs.evolve(SCORE, **changes)
    return [[note for note in score.notes(step) if part in (None, note.part)] for step in range(16 * bars)]


@pytest.mark.parametrize("bpm", [60, 90, 120, 174, 200])
def test_tempo_follows_bpm(bpm):
    """Measured by the distance of onsets, to within one in a hundred."""
    assert ears.tempo_of(played(8, bpm=bpm, silent=ONLY_DRUMS)) == pytest.approx(bpm, rel=0.01)


def test_tempo_is_heard_with_all_that_is_played():
    """Chords and tune don't hide it."""
    assert ears.tempo_of(played(8, bpm=105)) == pytest.approx(105, rel=0.02)


@pytest.mark.parametrize("silent", [frozenset(), DRUMS], ids=["all", "without drums"])
def test_brightness_is_the_mean_frequency(silent):
    """The brighter, the higher it is, from a dull sound to one of twice its frequencies."""
    heard = [ears.centroid_of(played(brightness=degree / 4, silent=silent)) for degree in range(5)]
    assert heard == sorted(heard)
    assert heard[-1] > 1.5 * heard[0]


@pytest.mark.parametrize("scale", KEYS)
def test_the_key_follows_the_scale(scale):
    """Of all twelve keys it is the one whose notes are heard most, and hardly any others are."""
    heard = ears.pitch_classes(played(scale=scale, silent=DRUMS))
    major = [sum(heard[(key + step) % 12] for step in (0, 2, 4, 5, 7, 9, 11)) / sum(heard) for key in range(12)]
    assert major.index(max(major)) == KEYS.index(scale)
    assert max(major) > 0.85


def test_density_is_the_number_of_notes():
    """From few to many."""
    heard = [sum(map(len, notes(Part.MELODY, density=degree / 4))) for degree in range(5)]
    assert heard == sorted(heard)
    assert heard[0] == 0 and heard[-1] > 60


def test_who_is_muted_is_not_heard():
    """Without the bass nothing is low; without drums little is sudden; bass and drums alone have no tune."""
    tuned = played(silent=DRUMS)
    assert ears.below(played(silent=DRUMS | {Part.BASS})) < ears.below(tuned) / 10
    assert max(ears.onsets(tuned)) < max(ears.onsets(played())) / 2
    alone = ears.pitch_classes(played(silent=frozenset({Part.CHORD, Part.MELODY, *DRUMS})), lowest=66)
    assert sum(alone) < sum(ears.pitch_classes(tuned, lowest=66)) / 5


def test_words_choose_instrument_and_rhythm():
    """The first that is known for each; a prompt without any has both by chance that is always the same."""
    assert [style_of(text).timbre for text in ("Soft PIANO", "techno", "bells, ambient")] == ["piano", "synth", "bells"]
    assert style_of("techno with piano").rhythm is style_of("disco").rhythm
    assert style_of("drums").rhythm.kick != style_of("ambient").rhythm.kick
    assert style_of("piano and techno").timbre == "piano"
    unknown = [style_of(f"zorp {number}") for number in range(50)]
    assert unknown == [style_of(f"ZORP {number}") for number in range(50)]
    assert len({style.timbre for style in unknown}) > 4 and len({style.rhythm.kick for style in unknown}) > 2
    assert {style.timbre for style in unknown} < set(TIMBRES)


def test_weights_are_shares():
    """The heaviest comes first and has the rhythm; what weighs less than nothing is not heard."""
    blend = blend_of(prompts(piano=1.0, techno=3.0, flute=-2.0))
    assert [(style.timbre, share) for style, share in blend] == [("synth", 0.75), ("piano", 0.25)]
    assert blend_of(prompts(piano=-1.0)) == blend_of([]) == ((PLAIN, 1.0),)
    timbres = [note.timbre for step in notes(Part.MELODY, bars=40, blend=blend, density=1.0) for note in step]
    assert timbres.count("synth") / len(timbres) == pytest.approx(0.75, abs=0.1)
    assert set(timbres) == {"synth", "piano"}


def test_guidance_is_how_closely_prompts_are_followed():
    """None is followed without it, all are with much."""

    def timbres(guidance):
        return {note.timbre for step in notes(Part.MELODY, guidance=guidance) for note in step}

    assert timbres(0.0) == {PLAIN.timbre}
    assert timbres(2.0) == {PLAIN.timbre, "synth"}
    assert timbres(6.0) == {"synth"}


def test_temperature_leaves_the_phrase():
    """Without it two bars are repeated for ever, over other chords."""

    def rhythm(temperature):
        return [bool(step) for step in notes(Part.MELODY, temperature=temperature, bars=8)]

    assert rhythm(0.0) == rhythm(0.0)[:32] * 4
    assert rhythm(3.0) != rhythm(3.0)[:32] * 4


def test_few_candidates_are_few_pitches():
    """One stays on the chord's own degree."""

    def pitches(top_k):
        return {note.pitch for step in notes(Part.MELODY, top_k=top_k) for note in step}

    assert len(pitches(1)) == 4 < len(pitches(40))


def test_the_mode_is_heard():
    """Diversity leaps by octaves, vocalization sings."""

    def melody(mode):
        return [note for step in notes(Part.MELODY, mode=mode) for note in step]

    def span(mode):
        pitches = [note.pitch for note in melody(mode)]
        return max(pitches) - min(pitches)

    assert span(MusicGenerationMode.DIVERSITY) > span(MusicGenerationMode.QUALITY)
    assert {note.timbre for note in melody(MusicGenerationMode.VOCALIZATION)} == {"voice"}


def test_the_same_score_is_the_same_music():
    """Another seed is another."""
    assert played(1) == played(1) != played(1, seed=4)


def test_it_is_stereo():
    """Both sides differ, and neither is cut off with everything at its most."""
    loud = played(8, blend=blend_of(prompts(rock=1.0)), density=1.0, brightness=1.0)
    left, right = ears.channels_of(loud)
    assert left != right
    assert 5_000 < max(map(abs, left)) < 32_767 and max(map(abs, right)) < 32_767
    assert ears.loudness(loud) > 500


def test_it_is_never_too_loud():
    """What is louder than can be is as loud as can be."""

    class Crowd(Score):
        def notes(self, step):
            return [Note(Part.KICK)] * 20

    left, right = ears.channels_of(Band().play(Crowd(**attrs.asdict(SCORE, recurse=False))))
    assert left == right
    assert (max(left), min(left)) == (32_767, -32_767)


@pytest.mark.parametrize("bpm", [60, 97, 200])
def test_steps_add_up(bpm):
    """Rounded to frames, four bars last as long as they should."""
    score, band = attrs.evolve(SCORE, bpm=bpm), Band()
    frames = sum(len(band.play(score)) for _ in range(64)) / 4
    assert frames == round(16 * 60 / bpm * RATE)


def test_every_instrument_sounds():
    """At every brightness, the whole range of the melody."""
    for timbre in TIMBRES:
        style = attrs.evolve(PLAIN, timbre=timbre)
        for brightness in (0.0, 1.0):
            assert ears.loudness(played(1, blend=((style, 1.0),), brightness=brightness, silent=ONLY_TUNE)) > 30
