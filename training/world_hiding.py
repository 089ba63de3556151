"""Something to pass behind: a hero goes out of sight behind the thing of its place, and comes back on the other side.

The world can draw this; the shipped model was not trained on it. Scenes are those of `world.py` with three keys more: `travel`, `radius`,
`thing_x` [B]. Truth is exact: `out_of_sight` says from the scene alone in which frames nothing of the hero is to be seen.
"""
import math

import torch

import world
from captions import WORDS
from world_places import VIEWS, backgrounds, raster
from world_things import THINGS, WIDTH, thing

RADIUS, TRAVEL = 0.105, 0.78
MOTIONS = ("right", "left")


def sample_scenes(count, generator, held=False):
    """Draw `count` scenes; `held` picks only combinations of colour, shape and motion that training never shows (`world.held_out`)."""
    def pick(n):
        return torch.randint(n, (count,), generator=generator)

    def spread(width):
        return (torch.rand(count, generator=generator) * 2 - 1) * width

    scenes = dict(place=pick(len(THINGS)), view=pick(VIEWS), size=torch.zeros(count, dtype=torch.long),
                  speed=torch.ones(count, dtype=torch.long), x=spread(0.2), ground=spread(0.035), phase=spread(math.pi),
                  travel=torch.full((count,), TRAVEL), radius=torch.full((count,), RADIUS), thing_x=0.5 + spread(0.02))
    choices = dict(colour=len(world.COLOURS), shape=len(world.SHAPES), motion=len(MOTIONS))
    scenes |= {key: pick(n) for key, n in choices.items()}
    while True:
        wrong = world.held_out(scenes["colour"], scenes["shape"], scenes["motion"]) != held
        if not wrong.any():
            return scenes
        for key, n in choices.items():
            scenes[key] = torch.where(wrong, pick(n), scenes[key])


def render(scenes, size=64, frames=17):
    """Scenes to clips [B, frames, height, width, 3] in 0..1: the place, the hero, and before it the thing."""
    canvas = world.paint(scenes, backgrounds(scenes, size, frames))
    u_v = raster(*canvas.shape[2:4], canvas.device)
    paint, cover = thing(scenes, u_v[1], u_v[0])
    return world.over(canvas, paint[:, None], cover[:, None])


def out_of_sight(scenes, frames=17):
    """True for the frames [B, frames] in which the hero is behind the thing for certain, its shadow too."""
    x, _, radius, _, _ = world.trajectory(scenes, frames)
    return (x - scenes["thing_x"][:, None]).abs() + 1.04 * radius < 0.84 * WIDTH


def describe(scenes, index):
    """The words behind scene `index`: those of `world.describe`, and the thing."""
    names = world.describe(scenes, index)
    return dict(names, thing=THINGS[names["place"]])


SAYS = {"bush": ["a bush", "a hedge"], "lighthouse": ["a lighthouse", "a rock"], "house": ["a house", "a cottage"],
        "rock": ["a rock", "a boulder"], "igloo": ["an igloo", "a snow house"]}


def caption(names, dice=None):
    """A caption; the plain one without `dice` (a random.Random), else one of many."""
    def choose(options):
        return dice.choice(options) if dice else options[0]

    said = {key: choose(WORDS[key][names[key]]) for key in ("colour", "shape", "place", "motion", "speed", "size")}
    behind = choose(("behind", "past the back of", "and hides behind")) + " " + choose(SAYS[names["thing"]])
    return f"a {said['size']} {said['colour']} {said['shape']} {said['motion']} {said['speed']} {behind} {said['place']}"
