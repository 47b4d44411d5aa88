"""Which tokens meet, what is said of them, and that nothing is said to be false that is true."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from magpie.splits import is_held_out
from retrieval.training.batches import Sampler, ahead
from retrieval.training.corpus import assemble
from retrieval.training.loss import contrastive_loss


@pytest.fixture
def layered(corpus, halves):
    return replace(corpus, layers=halves)


def sampler(corpus, recipe, **fields):
    return Sampler(corpus, recipe(disturbed=0.0, **fields))


def test_held_out_tokens_never_enter_a_batch(layered, recipe):
    drawn = {int(row) for step in range(100) for row in sampler(layered, recipe).batch(step).rows}
    assert drawn == set(layered.train.tolist())
    assert not any(is_held_out(layered.tokens[row].ref) for row in drawn)


def test_a_batch_is_decided_by_its_step(layered, recipe):
    one, again, other = (Sampler(layered, recipe()).batch(step) for step in (3, 3, 4))
    assert one.captions == again.captions
    assert (one.pixels == again.pixels).all()
    assert one.captions != other.captions


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_made_ahead_are_the_same_in_order(layered, recipe, workers):
    drawn = sampler(layered, recipe)
    made = ahead(drawn.batch, 5, workers)
    assert [b.captions for b in islice(made, 4)] == [drawn.batch(step).captions for step in range(5, 9)]
    made.close()


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (2, 2), (10_000, 170)])
def test_a_batch_is_as_large_as_asked_or_as_can_be(corpus, recipe, asked, given):
    assert len(corpus.train) == 170
    batch = sampler(corpus, recipe, batch=asked).batch(0)
    assert len(batch.rows) == len(set(batch.rows)) == given


def test_a_caption_is_true_of_its_own_picture_and_of_those_that_share_what_it_says(corpus, recipe):
    batch = sampler(corpus, recipe, masking="none").batch(0)
    names = [corpus.tokens[row].caption for row in batch.rows]
    assert batch.captions == tuple(names)
    assert (batch.true == np.array([[one == other for other in names] for one in names])).all()


def test_every_own_caption_is_true_however_samples_are_masked(layered, recipe):
    for step in range(30):
        batch = sampler(layered, recipe, dropped_captions=0.9, covered=0.8, components=0.2).batch(step)
        assert batch.true.diagonal().all()


def test_components_take_their_share_of_a_batch_and_nothing_else_of_the_token(layered, recipe):
    batch = sampler(layered, recipe, batch=40, components=0.25, masking="none").batch(1)
    assert len(batch.rows) == 40
    assert batch.tokens == 30
    for row, facts in zip(batch.rows[30:], batch.holds[30:], strict=True):
        assert {kind for kind, _, _ in facts} <= {"value", "trait"}
        assert facts <= layered.facts[row]


@pytest.mark.parametrize(("captioned", "told"), [(0.0, 0), (0.5, 15), (1.0, 30)])
def test_only_a_share_of_the_tokens_has_captions_and_all_have_choices(layered, recipe, captioned, told):
    fields = {"batch": 40, "components": 0.25, "masking": "captions", "captioned": captioned}
    batch = sampler(layered, recipe, **fields).batch(2)
    assert (batch.tokens, len(batch.captions), len(batch.rows), len(batch.holds)) == (told, told + 10, 40, 40)
    assert batch.true.shape == (40, told + 10)
    assert batch.true.diagonal().all()
    whole = [*range(told), *range(told + 10, 40)]
    assert [batch.holds[at] for at in whole] == [layered.facts[batch.rows[at]] for at in whole]
    assert set(batch.seen.samples.tolist()) == set(range(40))
    assert set(batch.said.samples.tolist()) <= set(range(told + 10))


def test_pictures_without_a_caption_are_negatives_only():
    import torch

    images, texts = torch.eye(3), torch.eye(3)[:2]
    true, scale = torch.eye(3, 2, dtype=torch.bool), torch.tensor(1.0)
    with_stranger = contrastive_loss(images, texts, scale, true)
    alone = contrastive_loss(images[:2], texts, scale, true[:2])
    assert with_stranger > alone
    true[2, :] = True
    assert contrastive_loss(images, texts, scale, true) == pytest.approx(float(alone))


def test_without_layers_there_are_no_components(corpus, recipe):
    batch = sampler(corpus, recipe, components=0.5).batch(0)
    assert batch.tokens == len(batch.rows) == 32


def test_a_covered_picture_no_longer_holds_what_was_covered(layered, recipe):
    background = np.array(recipe().preprocess_cfg["background"], np.uint8)
    seen_covered = 0
    for step in range(10):
        drawn = sampler(layered, recipe, dropped_captions=1.0, covered=1.0, components=0).batch(step)
        for row, picture, held in zip(drawn.rows, drawn.pixels, drawn.holds, strict=True):
            types = {kind for what, kind, _ in held if what == "trait"}
            for half, kind in ((picture[:, :16], "colour"), (picture[:, 16:], "form")):
                covered = bool((half == background).all())
                assert covered == (kind not in types)
                seen_covered += covered
            assert layered.tokens[row].traits
    assert seen_covered > 50


def test_captions_alone_leave_pictures_whole(layered, recipe):
    batch = sampler(layered, recipe, masking="captions", dropped_captions=1.0, components=0).batch(0)
    assert batch.holds == tuple(layered.facts[row] for row in batch.rows)
    assert any(len(caption) < len("A picture of shape, containing Red") for caption in batch.captions)


def test_rehearsed_collections_get_their_share(corpus, recipe):
    renamed = [
        token.model_copy(update={"collection": "Old" if number % 5 else "New"})
        for number, token in enumerate(corpus.tokens)
    ]
    home = corpus.collections["Shapes"]
    two = assemble(renamed, [home.model_copy(update={"name": n}) for n in ("Old", "New")], corpus.pixels)
    drawn = [sampler(two, recipe, batch=20, rehearsed=("Old",), rehearsal=0.3).batch(s) for s in range(150)]
    rows = np.concatenate([batch.rows for batch in drawn])
    share = np.mean([renamed[row].collection == "Old" for row in rows])
    assert 0.2 < share < 0.4


def test_what_is_true_is_not_punished():
    import torch

    vectors = torch.eye(2)
    alike, scale = torch.ones(2, 2, dtype=torch.bool), torch.tensor(10.0)
    assert contrastive_loss(vectors, vectors.flip(0), scale, alike) == 0
    assert contrastive_loss(vectors, vectors.flip(0), scale, torch.eye(2, dtype=torch.bool)) == pytest.approx(
        10, abs=1e-3
    )


@pytest.mark.parametrize(("spread", "met"), [(0, {1}), (1, {1, 2}), (3, {1, 2, 3, 4}), (9, set(range(1, 7)))])
def test_a_batch_meets_only_so_many_collections(corpus, recipe, spread, met):
    names = [f"Home {number}" for number in range(6)]
    renamed = [
        token.model_copy(update={"collection": names[number % 6]})
        for number, token in enumerate(corpus.tokens)
    ]
    home = corpus.collections["Shapes"]
    six = assemble(renamed, [home.model_copy(update={"name": name}) for name in names], corpus.pixels)
    for step in range(20):
        batch = sampler(six, recipe, spread=spread, one_collection=0.25).batch(step)
        assert len({six.tokens[row].collection for row in batch.rows}) in met


def test_questions_ask_for_one_to_three_traits_that_a_picture_of_the_batch_shows(layered, recipe):
    for step in range(10):
        batch = sampler(layered, recipe, questions=30, dropped_captions=0.9, covered=0.9).batch(step)
        assert len(batch.questions) == 30
        assert batch.answers.any(axis=1).all()
        assert batch.answers.shape == (30, len(batch.rows))


def test_without_questions_none_is_asked(corpus, recipe):
    assert sampler(corpus, recipe).batch(0).questions == ()
