"""The picture-book world: what can happen in it, and how it is drawn.

A batch of scenes is a dict of tensors with first axis B (see `sample_scenes`). Lengths are in frame heights, times in
clip lengths (0 at the first frame, 1 at the last). `render` draws a whole batch at once with signed distance functions
(formulas: Inigo Quilez, https://iquilezles.org/articles/distfunctions2d/) and one pixel of analytic anti-aliasing;
nothing loops over frames, so the same code runs on a CPU and on a GPU.
"""
import math

import torch

from world_places import PLACES, VIEWS, backgrounds, raster
from world_shapes import SHAPES, bottom, distance

COLOURS = {
    "red": (0.90, 0.20, 0.20), "orange": (0.98, 0.54, 0.10), "yellow": (1.00, 0.84, 0.16), "green": (0.18, 0.62, 0.28),
    "blue": (0.17, 0.40, 0.90), "purple": (0.55, 0.27, 0.78), "pink": (0.97, 0.45, 0.69),
}
MOTIONS = ("right", "left", "up", "down", "bounce", "grow", "shrink", "still")
SIZES = {"small": 0.125, "big": 0.19}      # radius
SPEEDS = ("slow", "quick")
TRAVEL_X, TRAVEL_Y = (0.30, 0.54), (0.24, 0.40)   # distance within one clip, by speed
HOPS, HOP_HEIGHT = (2, 3), (0.20, 0.24)
GROWTH = (0.095, 0.205)                    # radius of a growing thing at its smallest and largest


def held_out(colour, shape, motion):
    """True for the combinations (indices, ints or tensors) that training never shows: one in eight."""
    return (colour * 3 + shape * 5 + motion * 7 + colour * shape) % 8 == 3


def sample_scenes(count, generator, held=False):
    """Draw `count` random scenes; `held` picks only held-out combinations, otherwise only the others."""
    def pick(n):
        return torch.randint(n, (count,), generator=generator)

    def spread(width):
        return (torch.rand(count, generator=generator) * 2 - 1) * width

    scenes = dict(place=pick(len(PLACES)), view=pick(VIEWS), size=pick(len(SIZES)), speed=pick(len(SPEEDS)),
                  x=spread(1.0), ground=spread(0.035), phase=spread(math.pi),
                  colour=pick(len(COLOURS)), shape=pick(len(SHAPES)), motion=pick(len(MOTIONS)))
    while True:
        wrong = held_out(scenes["colour"], scenes["shape"], scenes["motion"]) != held
        if not wrong.any():
            return scenes
        for key, n in (("colour", COLOURS), ("shape", SHAPES), ("motion", MOTIONS)):
            scenes[key] = torch.where(wrong, pick(len(n)), scenes[key])


def trajectory(scenes, frames, aspect=1.0):
    """Centre x, y, radius, ground line and squash (height / width), each [B, frames].

    In frames narrower than high (`aspect` = width / height) heroes go less far. Scenes may name a `travel` and a `radius`
    [B] of their own; the training data has neither.
    """
    device = scenes["x"].device
    time = torch.linspace(0, 1, frames, device=device)[None] if frames > 1 else torch.full((1, 1), 0.5, device=device)
    motion, speed = scenes["motion"][:, None], scenes["speed"][:, None]

    def doing(name):
        return motion == MOTIONS.index(name)

    def by_speed(pair):
        return torch.where(speed == 0, pair[0], pair[1])

    sizes = torch.tensor(list(SIZES.values()), device=device)
    radius = scenes.get("radius", sizes[scenes["size"]])[:, None].expand(-1, frames)
    span = GROWTH[1] - GROWTH[0]
    radius = torch.where(doing("grow"), GROWTH[0] + span * time, radius)
    radius = torch.where(doing("shrink"), GROWTH[1] - span * time, radius)
    sideways = doing("right").float() - doing("left").float()
    travel = scenes["travel"][:, None] if "travel" in scenes else by_speed(TRAVEL_X)
    room = min(1.0, aspect)
    x = 0.5 + scenes["x"][:, None] * torch.where(sideways != 0, 0.05, 0.16) * room + sideways * travel * (time - 0.5) * room
    hop = torch.sin(math.pi * by_speed(HOPS) * time).abs()
    lift = doing("up") * by_speed(TRAVEL_Y) * time + doing("down") * by_speed(TRAVEL_Y) * (1 - time)
    lift = lift + doing("bounce") * by_speed(HOP_HEIGHT) * hop
    squash = 1 - 0.16 * doing("bounce") * (1 - hop / 0.35).clamp(0, 1)
    ground = (0.815 + scenes["ground"])[:, None].expand(-1, frames)
    y = ground - bottom(scenes["shape"])[:, None] * radius * squash - lift
    return x, y, radius, ground, squash


def over(canvas, paint, alpha):
    """Lay `paint` [.., 3] over `canvas` [.., 3] with coverage `alpha` [..]."""
    return canvas + (paint - canvas) * alpha[..., None]


def render(scenes, size=64, frames=17, draw=None):
    """Scenes to clips [B, frames, height, width, 3] in 0..1; `size` is both, or (height, width). `draw` may be a compiled `paint`."""
    return (draw or paint)(scenes, backgrounds(scenes, size, frames))


def paint(scenes, canvas):
    """The hero of each scene, with its shadow and face, on backgrounds [B, frames, height, width, 3]."""
    frames, height, width = canvas.shape[1:4]
    device = scenes["x"].device
    x, y, radius, ground, squash = (v[..., None, None] for v in trajectory(scenes, frames, width / height))
    v, u = raster(height, width, device)

    def cover(d):                                  # distance in frame heights -> coverage of a pixel
        return (0.5 - d * height).clamp(0, 1)

    above = (ground - y - radius * squash).clamp(min=0)
    reach = torch.hypot((u - x) / (radius * (1.05 - above)), (v - ground - 0.01) / (radius * 0.22))
    canvas = over(canvas, canvas * 0.45, (1.15 - reach).clamp(0, 0.6) * (0.75 - above).clamp(0.2, 0.7))

    px, py = (u - x) / radius * squash, (v - y) / (radius * squash)
    d = distance(scenes["shape"], px, py) * radius * squash
    colour = torch.tensor(list(COLOURS.values()), device=device)[scenes["colour"]][:, None, None, None]
    light = (0.55 - torch.hypot(px + 0.4, py + 0.45)).clamp(-1.2, 0.55)
    body = (colour + (1 - colour) * (light.clamp(min=0) * 0.55)[..., None]) * (1 + 0.20 * light.clamp(max=0))[..., None]
    canvas = over(canvas, colour * 0.42, cover(d - 0.004))
    canvas = over(canvas, body, cover(d + 0.016))
    return face(canvas, px, py, radius, cover).clamp(0, 1)


def face(canvas, px, py, radius, cover):
    """Two eyes with a glint, and a smile, in the object's own coordinates."""
    ink = torch.tensor((0.10, 0.07, 0.13), device=canvas.device)
    eye = (torch.hypot((px.abs() - 0.29) / 0.125, (py + 0.06) / 0.19) - 1) * 0.14 * radius
    mouth = (torch.hypot(px, py - 0.12) - 0.23).abs() - 0.045
    mouth = torch.maximum(mouth, 0.22 - py) * radius
    glint = (torch.hypot(px.abs() - 0.25, py + 0.13) - 0.06) * radius
    canvas = over(canvas, ink, cover(torch.minimum(eye, mouth)))
    return over(canvas, torch.ones_like(ink), cover(glint))


def describe(scenes, index):
    """The words behind scene `index`: place, colour, shape, motion, size, speed."""
    names = dict(place=list(PLACES), colour=list(COLOURS), shape=list(SHAPES), motion=MOTIONS,
                 size=list(SIZES), speed=SPEEDS)
    return {key: options[int(scenes[key][index])] for key, options in names.items()}
