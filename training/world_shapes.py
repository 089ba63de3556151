"""Signed distances of the shapes, in units of their radius, y pointing down. Positive outside."""
import math

import torch


def _ball(x, y):
    return torch.hypot(x, y) - 0.92


def _box(x, y):
    qx, qy = x.abs() - 0.62, y.abs() - 0.62
    return torch.hypot(qx.clamp(min=0), qy.clamp(min=0)) + torch.maximum(qx, qy).clamp(max=0) - 0.2


def _triangle(x, y):
    k, r = math.sqrt(3), 0.86
    x, y = x.abs() - r, -(y - 0.22) + r / k
    flip = x + k * y > 0
    x, y = torch.where(flip, (x - k * y) / 2, x), torch.where(flip, (-k * x - y) / 2, y)
    x = x - x.clamp(-2 * r, 0)
    return -torch.hypot(x, y) * torch.sign(y) - 0.17


def _star(x, y):
    kx, ky, r, inner = 0.809016994, -0.587785252, 0.94, 0.56
    x, y = x.abs(), -(y - 0.04)
    for sx in (kx, -kx):
        fold = 2 * (sx * x + ky * y).clamp(min=0)
        x, y = x - fold * sx, y - fold * ky
    x, y = x.abs(), y - r
    bx, by = inner * -ky, inner * kx - 1
    along = ((x * bx + y * by) / (bx * bx + by * by)).clamp(0, r)
    return torch.hypot(x - bx * along, y - by * along) * torch.sign(y * bx - x * by) - 0.1


def _heart(x, y):
    s = 1.62
    x, y = x.abs() / s, -(y - 0.86) / s
    lobe = torch.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    along = 0.5 * (x + y).clamp(min=0)
    tip = torch.minimum(x * x + (y - 1) ** 2, (x - along) ** 2 + (y - along) ** 2).sqrt() * torch.sign(x - y)
    return torch.where(x + y > 1, lobe, tip) * s - 0.05


SHAPES = {"ball": _ball, "box": _box, "triangle": _triangle, "star": _star, "heart": _heart}
_BOTTOM = (0.92, 0.82, 0.89, 0.83, 0.92)      # how far a shape reaches below its centre


def bottom(shape):
    """Lowest point of each shape [B] (indices) below its centre, in radii."""
    return torch.tensor(_BOTTOM, device=shape.device)[shape]


def distance(shape, x, y):
    """Distance [B, ...] of points (x, y) [B, ...] to each scene's own shape (indices [B]).

    All shapes are evaluated and one is kept: branch-free, so that torch.compile fuses the whole picture into one loop.
    """
    own = shape.view(-1, *[1] * (x.dim() - 1))
    out = torch.zeros_like(x)
    for index, sdf in enumerate(SHAPES.values()):
        out = torch.where(own == index, sdf(x, y), out)
    return out
