"""Pictures first, then words among remembered pictures: each tower learns alone, and together they find."""

import numpy as np
import pytest
import torch

from retrieval.training.batches import Sampler
from retrieval.training.captions import facts, full
from retrieval.training.lessons import Pictures, Together, Words, lessons
from retrieval.training.towers import encode_pixels
from retrieval.training.trainer import Trainer
from retrieval.training.truth import truth
from retrieval.training.wording import Wording


@pytest.fixture
def wording(corpus, recipe):
    def wording(**fields):
        asked = recipe(**fields)
        return Wording(corpus, asked, Sampler(corpus, asked))

    return wording


@pytest.mark.parametrize(("batch", "bank", "asked"), [(8, 20, 8), (8, 10_000, 8), (10_000, 5, 170)])
def test_captions_are_asked_among_their_own_pictures_and_others_each_once(wording, batch, bank, asked):
    found = wording(batch=batch, bank=bank).batch(3)
    assert len(found.words) == asked
    assert len(set(found.among.tolist())) == len(found.among) <= min(170, asked + bank)
    assert found.true.shape == (asked, len(found.among))
    assert found.true[:, :asked].diagonal().all()


@pytest.mark.parametrize("dropped", [0.0, 1.0])
def test_what_is_true_of_the_others_is_what_their_facts_say(wording, corpus, dropped):
    asked = wording(batch=40, bank=60, dropped_captions=dropped)
    found = asked.batch(1)
    rng = np.random.default_rng([asked.recipe.seed, 1, 3])
    own = asked.sampler.rows(40, rng)
    rng.choice(len(corpus.train), 60, replace=False)
    captions = [asked._caption(int(row), rng) for row in own]
    assert tuple(caption.words for caption in captions) == found.words
    holds = [corpus.facts[row] for row in corpus.train[found.among]]
    assert (found.true == truth([caption.claims for caption in captions], holds)).all()


def test_nothing_dropped_asks_with_published_captions_alone(wording, corpus):
    known = {full(token, corpus.collections["Shapes"]).words for token in corpus.tokens}
    assert set(wording(dropped_captions=0.0).batch(0).words) <= known
    assert not set(wording(dropped_captions=1.0, batch=100).batch(0).words) <= known


def test_words_are_decided_by_their_step(wording):
    one, again, other = (wording().batch(step) for step in (4, 4, 5))
    assert one.words == again.words
    assert one.words != other.words


@pytest.mark.parametrize(("first", "kinds"), [(0.0, [Together]), (0.5, [Pictures, Words])])
def test_a_recipe_has_its_lessons(corpus, recipe, tmp_path, first, kinds):
    trainer = Trainer(corpus, recipe(pictures_first=first), tmp_path)
    assert [type(lesson) for lesson in lessons(trainer)] == kinds


@pytest.mark.parametrize(("share", "echoes"), [(0.0, 0), (0.25, 4), (1.0, 16)])
def test_echoes_repeat_the_first_pictures_of_a_step(corpus, recipe, tmp_path, share, echoes):
    trainer = Trainer(corpus, recipe(pictures_first=0.5, pictures_batch=16, echoes=share), tmp_path)
    lesson = Pictures(trainer)
    batch, again = (next(lesson.batches(3, 1)) for _ in range(2))
    assert (batch.pixels == again.pixels).all()
    assert len(batch.pixels) == len(batch.rows) + min(echoes, len(batch.rows))
    whole = trainer.sampler.flat(batch.rows[:echoes]).astype(int)
    assert (batch.pixels[: len(whole)] == whole).all()
    repeated = batch.pixels[len(batch.rows) :]
    others = np.roll(whole, 1, axis=0)
    if echoes == 4:
        assert np.abs(repeated - whole).mean() < np.abs(repeated - others).mean()


def test_an_echo_costs_as_much_as_its_vector_is_off(corpus, recipe, tmp_path):
    trainer = Trainer(corpus, recipe(pictures_first=0.5, pictures_batch=16, echoes=0.25), tmp_path)
    lesson, preprocess = Pictures(trainer), trainer.recipe.preprocess_cfg
    batch = next(lesson.batches(0, 1))
    pictures, echoes = batch.pixels[:12], batch.pixels[12:]
    with torch.no_grad():
        for _ in range(50):  # until its batch norms know what pictures are like
            encode_pixels(trainer.model.train(), batch.pixels, preprocess)
        trainer.model.eval()
        alone = lesson.loss(batch._replace(pixels=pictures))
        alike = lesson.loss(batch._replace(pixels=np.concatenate([pictures, pictures[:4]])))
        crops = lesson.loss(batch)
        seen, cut = (encode_pixels(trainer.model, each, preprocess) for each in (pictures[:4], echoes))
    assert float(alike) == pytest.approx(float(alone), abs=1e-4)
    assert float(crops - alone) == pytest.approx(4 * float((1 - (seen * cut).sum(1)).mean()), rel=0.1)
    assert float(crops - alone) > 0.01


def changed(before, tower):
    return any(not torch.equal(before[name], value) for name, value in tower.state_dict().items())


def test_each_tower_learns_in_its_own_lesson_alone(corpus, recipe, silent, tmp_path):
    trainer = Trainer(corpus, recipe(steps=8, pictures_first=0.5, validate_steps=100), tmp_path)
    states = {}

    def watch(stage, done, total):
        towers = (trainer.model.visual, trainer.model.text)
        states[done] = [{k: v.clone() for k, v in tower.state_dict().items()} for tower in towers]

    trainer.fit(tick=watch)
    visual, text = 0, 1
    assert changed(states[1][visual], trainer.model.visual)
    for name, value in states[1][text].items():
        assert torch.equal(value, states[4][text][name]), name
    for name, value in states[5][visual].items():
        assert torch.equal(value, states[8][visual][name]), name
    assert changed(states[5][text], trainer.model.text)


def test_pictures_first_finds_what_can_be_seen(corpus, recipe, silent, tmp_path):
    result = Trainer(corpus, recipe(steps=120, pictures_first=0.5, disturbed=0.3), tmp_path).fit(tick=silent)
    assert result.held_out.r1 >= 0.95
    assert result.held_out.short_ndcg10 >= 0.9


@pytest.mark.parametrize("killed_after", [3, 8])
def test_a_run_that_was_stopped_in_either_lesson_ends_as_one_that_was_not(
    corpus, recipe, silent, tmp_path, killed_after
):
    made = recipe(steps=12, pictures_first=0.5, validate_steps=4, checkpoint_seconds=0)
    whole = Trainer(corpus, made, tmp_path / "whole").fit(tick=silent)

    class Killed(Exception):
        pass

    def kill(stage, done, total):
        if done > killed_after:
            raise Killed

    with pytest.raises(Killed):
        Trainer(corpus, made, tmp_path / "cut").fit(tick=kill)
    again = Trainer(corpus, made, tmp_path / "cut")
    assert again.step >= killed_after
    found = again.fit(tick=silent)
    assert found._replace(seconds=0) == whole._replace(seconds=0)


def test_the_rate_rises_and_falls_in_each_lesson(corpus, recipe, silent, tmp_path):
    made = recipe(steps=40, pictures_first=0.5, warmup=0.1, words_rate=2.0, validate_steps=100)
    trainer = Trainer(corpus, made, tmp_path)
    rates = []
    trainer.fit(tick=lambda *_: rates.append(trainer.optimizer.param_groups[0]["lr"]))
    peaks = [max(rates[:20]), max(rates[20:])]
    assert peaks == pytest.approx([made.peak_rate, 2 * made.peak_rate], rel=0.05)
    assert max(rates[17:20]) < peaks[0] / 10
    assert max(rates[37:]) < peaks[1] / 10


def test_facts_of_a_token_are_those_its_caption_claims_and_more(corpus):
    token = corpus.tokens[0]
    home = corpus.collections[token.collection]
    assert full(token, home).claims < facts(token, home)
