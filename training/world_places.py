"""The five places: soft skies, hills, sea, each in two views. Static but for swell, twinkling stars and a drifting cloud."""
import functools
import math

import torch

VIEWS = 2


def _mix(a, b, t):
    a, b = (torch.as_tensor(c, dtype=torch.float32) for c in (a, b))
    return a + (b - a) * t[..., None]


def _sky(v, top, low, horizon=0.62):
    return _mix(top, low, (v / horizon).clamp(0, 1) ** 1.2)


def _lay(canvas, paint, alpha):
    return canvas + (torch.as_tensor(paint, dtype=torch.float32) - canvas) * alpha[..., None]


def _soft(d, width):
    return (0.5 - d / width).clamp(0, 1)


def _hill(canvas, u, v, line, near, far, px):
    """Fill below `line` (height per column), lighter along its crest."""
    depth = ((v - line) / (1 - line.min())).clamp(0, 1)
    return canvas + (_mix(near, far, depth ** 0.7) - canvas) * _soft(line - v, px)[..., None]


def _wave(u, base, height, cycles, shift):
    return base - height * torch.sin(2 * math.pi * cycles * u + shift)


def _disc(canvas, u, v, x, y, r, colour, glow, px):
    d = torch.hypot(u - x, v - y)
    canvas = _lay(canvas, colour, glow * torch.exp(-((d / (2.4 * r)) ** 2)))
    return _lay(canvas, colour, _soft(d - r, px))


def _cloud(canvas, u, v, x, y, s, px, alpha=0.85):
    d = torch.full_like(u, 9.0)
    for dx, dy, r in ((-0.11, 0.01, 0.05), (-0.03, -0.02, 0.07), (0.06, 0.0, 0.06), (0.13, 0.02, 0.035)):
        d = torch.minimum(d, torch.hypot(u - x - dx * s, (v - y - dy * s) * 1.25) - r * s)
    return _lay(canvas, (1.0, 1.0, 1.0), alpha * _soft(d, 2 * px))


def _meadow(u, v, t, view, px):
    c = _sky(v, (0.45, 0.75, 0.96), (0.93, 0.97, 0.93))
    c = _disc(c, u, v, (0.82, 0.17)[view], 0.17, 0.085, (1.0, 0.94, 0.62), 0.6, px)
    c = _cloud(c, u, v, (0.27, 0.70)[view] + 0.015 * torch.sin(t), 0.20, 1.0, px)
    c = _hill(c, u, v, _wave(u, 0.60, 0.05, 0.9, (0.3, 2.6)[view]), (0.66, 0.83, 0.62), (0.58, 0.78, 0.52), px)
    return _hill(c, u, v, _wave(u, 0.70, 0.035, 0.7, (2.9, 0.4)[view]), (0.72, 0.87, 0.47), (0.54, 0.76, 0.36), px)


def _sea(u, v, t, view, px):
    c = _sky(v, (0.62, 0.85, 0.97), (1.0, 0.95, 0.84), 0.56)
    c = _disc(c, u, v, (0.24, 0.77)[view], 0.24, 0.09, (1.0, 0.98, 0.86), 0.7, px)
    c = _cloud(c, u, v, (0.68, 0.30)[view] + 0.015 * torch.sin(t), 0.17, 0.9, px)
    for k, (base, near) in enumerate((((0.56), (0.50, 0.81, 0.84)), (0.67, (0.38, 0.73, 0.79)), (0.80, (0.27, 0.63, 0.73)))):
        line = _wave(u, base, 0.008 + 0.006 * k, 1.5 - 0.25 * k, (1.0 - 2 * (k % 2)) * t + 1.3 * k + 2 * view)
        far = tuple(x * 0.93 for x in near)
        c = _hill(c, u, v, line, near, far, px)
        c = _lay(c, (0.93, 0.99, 0.97), 0.5 * _soft((v - line - 0.008).abs() - 0.007, px))
    return c


def _night(u, v, t, view, px):
    c = _sky(v, (0.07, 0.09, 0.25), (0.30, 0.25, 0.50), 0.66)
    x, y = (0.78, 0.22)[view], 0.19
    moon = torch.maximum(torch.hypot(u - x, v - y) - 0.095, 0.085 - torch.hypot(u - x + 0.045, v - y + 0.02))
    c = _lay(c, (0.85, 0.80, 0.75), 0.30 * torch.exp(-((torch.hypot(u - x, v - y) / 0.2) ** 2)))
    for k in range(11):
        sx, sy = (k * 0.381 + 0.07 + 0.5 * view) % 1, 0.06 + (k * 0.237) % 0.46
        shine = 0.60 + 0.30 * torch.sin(t + 2.4 * k)
        c = _lay(c, (1.0, 0.97, 0.85), shine * torch.exp(-((torch.hypot(u - sx, v - sy) / (0.010 + 0.004 * (k % 3))) ** 2)))
    c = _lay(c, (1.0, 0.95, 0.78), _soft(moon, px))
    c = _hill(c, u, v, _wave(u, 0.62, 0.05, 0.8, (2.2, 0.1)[view]), (0.19, 0.21, 0.40), (0.15, 0.18, 0.35), px)
    return _hill(c, u, v, _wave(u, 0.72, 0.03, 0.7, (0.0, 2.4)[view]), (0.14, 0.22, 0.33), (0.09, 0.15, 0.25), px)


def _desert(u, v, t, view, px):
    c = _sky(v, (0.95, 0.52, 0.42), (1.0, 0.86, 0.60), 0.60)
    c = _disc(c, u, v, (0.70, 0.30)[view], 0.45, 0.13, (1.0, 0.93, 0.70), 0.6, px)
    c = _hill(c, u, v, _wave(u, 0.60, 0.045, 0.9, (1.0, 3.0)[view]), (0.86, 0.60, 0.46), (0.83, 0.57, 0.44), px)
    c = _hill(c, u, v, _wave(u, 0.68, 0.035, 0.7, (3.6, 1.0)[view]), (0.95, 0.77, 0.55), (0.86, 0.63, 0.42), px)
    return c


def _snow(u, v, t, view, px):
    c = _sky(v, (0.66, 0.77, 0.92), (0.93, 0.94, 0.99))
    c = _cloud(c, u, v, (0.70, 0.25)[view] + 0.015 * torch.sin(t), 0.16, 1.0, px, 0.7)
    c = _hill(c, u, v, _wave(u, 0.58, 0.05, 0.9, (0.2, 2.8)[view]), (0.86, 0.90, 0.97), (0.80, 0.86, 0.95), px)
    for k, (x, s) in enumerate(((0.10, 1.0), (0.23, 0.75), (0.90, 0.9), (0.79, 0.65))):
        x = x if view == 0 else 1 - x
        for tier in range(3):
            top = 0.68 - 0.20 * s + 0.055 * s * tier
            low = top + 0.085 * s
            d = torch.maximum((u - x).abs() - (v - top) * 0.62, v - low)
            c = _lay(c, (0.38, 0.55, 0.55), _soft(torch.maximum(d, top - v), px))
    return _hill(c, u, v, _wave(u, 0.69, 0.03, 0.7, (3.2, 0.8)[view]), (0.99, 0.99, 1.0), (0.88, 0.92, 0.98), px)


PLACES = {"meadow": _meadow, "sea": _sea, "night": _night, "desert": _desert, "snow": _snow}
STEPS = 48                                     # moments of the swell that are drawn once and then looked up


def raster(height, width, device="cpu"):
    """Rows v and columns u [height, width] of the pixels in frame heights: v in 0..1, u about 0.5."""
    rows = (torch.arange(height, device=device) + 0.5) / height
    columns = (torch.arange(width, device=device) + 0.5 + (height - width) / 2) / height
    return torch.meshgrid(rows, columns, indexing="ij")


@functools.lru_cache(maxsize=4)
def _atlas(size, device):
    """All places, views and moments [places, VIEWS, STEPS, height, width, 3], drawn once; `size` is both, or (height, width)."""
    height, width = (size, size) if isinstance(size, int) else size
    v, u = raster(height, width)
    t = torch.arange(STEPS)[:, None, None] * (2 * math.pi / STEPS)
    u, v, px = u.expand(STEPS, -1, -1), v.expand(STEPS, -1, -1), 1 / height
    return torch.stack([torch.stack([draw(u, v, t, view, px).clamp(0, 1) for view in range(VIEWS)])
                        for draw in PLACES.values()]).to(device)


def backgrounds(scenes, size, frames):
    """Background of every frame [B, frames, height, width, 3]; the swell takes 2 s at 8 frames per second (16 frames)."""
    step = STEPS // 16
    start = ((scenes["phase"] / (2 * math.pi) + 0.5) * STEPS).long()
    moment = (start[:, None] + step * torch.arange(frames, device=start.device)) % STEPS
    return _atlas(size, str(start.device))[scenes["place"][:, None], scenes["view"][:, None], moment]
