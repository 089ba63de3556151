"""Two heroes side by side: the first is left or right of the second, in every frame.

The world can draw this; the shipped model was not trained on it. Scenes are those of `world.py` with four keys more, of the second hero:
`other_colour`, `other_shape`, `other_size`, `other_x` [B]. The first does something in its place, the second waits.
"""
import torch

import world
from captions import WORDS
from world_places import backgrounds

RELATIONS = ("left", "right")
MOTIONS = ("still", "bounce", "up", "down")
GAP = (0.05, 0.13)                             # between the two, in frame heights
_STEP = 0.16                                   # what one unit of `x` is in `world.trajectory`


def held_out(colour, shape, other_colour, other_shape):
    """True for the pairs (indices or tensors) that training never shows: one in eight, whichever of the two is named first."""
    return (3 * (colour + other_colour) + 5 * (shape + other_shape) + colour * other_colour + shape * other_shape) % 8 == 3


def sample_scenes(count, generator, held=False):
    """Draw `count` scenes of two heroes of different colours; `held` picks only pairs that training never shows."""
    def pick(n):
        return torch.randint(n, (count,), generator=generator)

    scenes = world.sample_scenes(count, generator)
    scenes |= dict(motion=torch.tensor([world.MOTIONS.index(m) for m in MOTIONS])[pick(len(MOTIONS))], other_size=pick(len(world.SIZES)))
    choices = dict(colour=len(world.COLOURS), shape=len(world.SHAPES), other_colour=len(world.COLOURS), other_shape=len(world.SHAPES))
    scenes |= {key: pick(n) for key, n in choices.items()}
    while True:
        wrong = (held_out(*(scenes[key] for key in choices)) != held) | (scenes["colour"] == scenes["other_colour"])
        if not wrong.any():
            break
        for key, n in choices.items():
            scenes[key] = torch.where(wrong, pick(n), scenes[key])
    return placed(scenes, pick(2), torch.rand(count, generator=generator))


def placed(scenes, side, room):
    """The scenes with their heroes put side by side: `side` [B] 0 puts the first left, 1 right; `room` [B] in 0..1 how far apart."""
    sizes = torch.tensor(list(world.SIZES.values()))
    apart = sizes[scenes["size"]] + sizes[scenes["other_size"]] + GAP[0] + (GAP[1] - GAP[0]) * room
    first = (2 * side - 1) * apart / 2
    return dict(scenes, x=first / _STEP, other_x=-first / _STEP)


def other(scenes):
    """The second heroes as scenes of their own, waiting."""
    alike = {key: scenes[key] for key in ("place", "view", "speed", "ground", "phase")}
    still = torch.full_like(scenes["motion"], world.MOTIONS.index("still"))
    return dict(alike, motion=still, **{key: scenes["other_" + key] for key in ("colour", "shape", "size", "x")})


def render(scenes, size=64, frames=17):
    """Scenes to clips [B, frames, height, width, 3] in 0..1."""
    return world.paint(scenes, world.paint(other(scenes), backgrounds(scenes, size, frames)))


def describe(scenes, index):
    """The words behind scene `index`: place, motion and relation of the first hero, and what both are."""
    first, second = world.describe(scenes, index), world.describe(other(scenes), index)
    relation = RELATIONS[int(scenes["x"][index] > scenes["other_x"][index])]
    return dict(place=first["place"], motion=first["motion"], relation=relation,
                **{key: first[key] for key in ("colour", "shape", "size")},
                **{"other_" + key: second[key] for key in ("colour", "shape", "size")})


def caption(names, dice=None):
    """A caption; the plain one without `dice` (a random.Random), else one of many."""
    def choose(options):
        return dice.choice(options) if dice else options[0]

    def hero(prefix):
        return " ".join(["a"] + [choose(WORDS[key][names[prefix + key]]) for key in ("size", "colour", "shape")])

    doing = "" if names["motion"] == "still" else choose(WORDS["motion"][names["motion"]]) + " "
    relation = choose(("{} of", "to the {} of", "on the {} of")).format(names["relation"])
    return f"{hero('')} {doing}{relation} {hero('other_')} {choose(WORDS['place'][names['place']])}"
