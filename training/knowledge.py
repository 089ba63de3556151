"""What the reader compares with, taken from the world itself."""
import functools

import numpy as np
import torch

import world
from reader import GRID, REACH, Knowledge
from world_places import PLACES, _atlas
from world_shapes import SHAPES, distance


def outlines(fine=200):
    """Each shape at unit area about its centroid [S, GRID, GRID]."""
    axis = (torch.arange(fine) + 0.5) / fine * 2.6 - 1.3
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    out = []
    for index in range(len(SHAPES)):
        inside = distance(torch.tensor([index]), x[None], y[None])[0] < 0.02
        area = inside.float().mean() * 2.6 ** 2
        cy, cx = float(y[inside].mean()), float(x[inside].mean())
        raster = ((torch.arange(GRID) + 0.5) / GRID * 2 - 1) * REACH * float(area) ** 0.5
        v, u = torch.meshgrid(raster + cy, raster + cx, indexing="ij")
        out.append((distance(torch.tensor([index]), u[None], v[None])[0] < 0.02).numpy())
    return np.stack(out)


def paints():
    """Seven colours, each under nine lights [C, 9, 3]."""
    base = np.array(list(world.COLOURS.values()))[:, None]
    light = [(w, s) for w in (0.0, 0.15, 0.3) for s in (0.78, 0.9, 1.0)]
    w, s = (np.array(v)[None, :, None] for v in zip(*light))
    return (base + (1 - base) * w) * s


@functools.lru_cache(maxsize=4)
def knowledge(size=64):
    """The reader's knowledge for clips of `size` pixels: both sides, or (height, width)."""
    names = dict(place=list(PLACES), colour=list(world.COLOURS), shape=list(SHAPES))
    return Knowledge(_atlas(size, "cpu").mean(dim=2).numpy(), paints(), outlines(), names)
