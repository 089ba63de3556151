"""What the world, the grammar and the reader promise."""
import random

import torch

import world
from captions import caption, plain, vocabulary
from evaluate import prompts
from knowledge import knowledge
from prepare import draw_scenes
from reader import read
from tokenizer import pieces, save_tokenizer


def combination(names):
    return names["colour"], names["shape"], names["motion"]


def test_training_never_shows_what_the_evaluation_asks():
    scenes = draw_scenes(6000, seed=11)
    shown = {combination(world.describe(scenes, i)) for i in range(6000)}
    asked = {combination(n) for n in prompts(200)[0]}
    assert not shown & asked
    assert len(asked) > 25 and len(shown) > 200


def test_every_single_word_of_the_evaluation_is_trained():
    scenes = draw_scenes(6000, seed=11)
    for key in ("colour", "shape", "motion", "place"):
        shown = {world.describe(scenes, i)[key] for i in range(500)}
        assert {n[key] for n in prompts(200)[0]} <= shown


def test_a_longer_film_begins_with_the_shorter_one():
    short, long = draw_scenes(100, 3), draw_scenes(300, 3)
    assert all(torch.equal(short[k], long[k][:100]) for k in short)


def test_reader_reads_the_world_itself():
    """At least 99 % of every property on clips as they are drawn, held-out combinations included."""
    right, count = dict(place=0, colour=0, shape=0, motion=0), 0
    for held in (False, True):
        scenes = world.sample_scenes(100, torch.Generator().manual_seed(5), held)
        for start in range(0, 100, 25):
            part = {k: v[start:start + 25] for k, v in scenes.items()}
            for i, clip in enumerate(world.render(part).numpy()):
                seen, names = read(clip, knowledge(64)), world.describe(part, i)
                count += 1
                for key in right:
                    right[key] += seen[key] == names[key]
    assert min(right.values()) >= 0.99 * count, right


def test_a_clip_that_shows_nothing_is_read_without_failing():
    seen = read(torch.full((17, 64, 64, 3), 0.5).numpy(), knowledge(64))
    assert seen["motion"] in world.MOTIONS


def test_same_scene_same_picture_at_any_size():
    scenes = draw_scenes(4, 1)
    small = torch.nn.functional.avg_pool2d(world.render(scenes, 128, 5).flatten(0, 1).permute(0, 3, 1, 2), 2)
    assert (small - world.render(scenes, 64, 5).flatten(0, 1).permute(0, 3, 1, 2)).abs().mean() < 0.02


def test_captions_stay_within_the_vocabulary(tmp_path):
    from tokenizers import Tokenizer
    save_tokenizer(tmp_path)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    scenes, dice = draw_scenes(300, 2), random.Random(1)
    unknown = 0
    for i in range(300):
        names = world.describe(scenes, i)
        ids = tokenizer.encode(caption(names, dice)).ids
        assert ids[-1] == 1 and len(ids) <= 28
        unknown += 2 in ids
        assert 2 not in tokenizer.encode(plain(names)).ids
    assert 2 < unknown < 45                       # the strange words, about six in a hundred captions
    assert tokenizer.encode("A RED Ball!").tokens == ["▁a", "▁red", "▁ball", "!", "</s>"]
    assert len(pieces()) == tokenizer.get_vocab_size() and len(vocabulary()) > 100
