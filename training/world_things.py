"""What a hero can pass behind: a bush, a lighthouse on its rock, a house with a light in the window, a rock, an igloo; one for each place.

Each is a pile of layers (signed distance, paint), drawn in its own units: x in half widths from its middle, y in half widths
from its foot, upwards. All cover |x| < 0.84 below y = 1.35, so that a hero of radius 0.105 is hidden entirely.
"""
import torch

from world_places import PLACES

WIDTH = 0.18                                   # half a width, in frame heights
THINGS = {"meadow": "bush", "sea": "lighthouse", "night": "house", "desert": "rock", "snow": "igloo"}


def _disc(x, y, cx, cy, r):
    return torch.hypot(x - cx, y - cy) - r


def _block(x, y, cx, cy, w, h, r=0.0):
    """A box of half sizes w, h with corners of radius r."""
    qx, qy = (x - cx).abs() - (w - r), (y - cy).abs() - (h - r)
    return torch.hypot(qx.clamp(min=0), qy.clamp(min=0)) + torch.maximum(qx, qy).clamp(max=0) - r


def _all(*parts):
    return torch.stack(parts).amin(dim=0)


def _bush(x, y):
    crown = _all(_disc(x, y, -0.42, 0.50, 0.62), _disc(x, y, 0.42, 0.50, 0.62), _disc(x, y, -0.42, 1.25, 0.55),
                 _disc(x, y, 0.42, 1.25, 0.55), _disc(x, y, 0.0, 1.45, 0.62), _block(x, y, 0, 0.68, 0.92, 0.74, 0.35))
    light = _all(_disc(x, y, -0.45, 1.42, 0.30), _disc(x, y, 0.05, 1.72, 0.28), _disc(x, y, -0.55, 0.66, 0.28), _disc(x, y, 0.38, 0.95, 0.26))
    berries = _all(*(_disc(x, y, cx, cy, 0.10) for cx, cy in ((-0.2, 1.05), (0.55, 1.35), (0.62, 0.42), (-0.62, 0.25), (0.12, 0.42), (-0.05, 1.78))))
    return (crown - 0.03, (0.13, 0.33, 0.16)), (crown + 0.08, (0.24, 0.52, 0.24)), (light, (0.36, 0.64, 0.30)), (berries, (0.96, 0.86, 0.90))


def _lighthouse(x, y):
    rock = _all(_block(x, y, 0.0, 0.70, 0.98, 0.85, 0.45), _disc(x, y, -0.35, 1.25, 0.50), _disc(x, y, 0.40, 1.15, 0.50), _block(x, y, 0, 0.72, 0.92, 0.78, 0.2))
    shine = _all(_disc(x, y, -0.40, 1.35, 0.26), _disc(x, y, 0.35, 0.70, 0.22))
    side = x.abs() - (0.50 - 0.10 * y.clamp(0, 4))
    tower = torch.maximum(side, torch.maximum(1.5 - y, y - 2.75))
    stripes = torch.maximum(tower, torch.minimum((y - 1.95).abs() - 0.14, (y - 2.5).abs() - 0.14))
    lamp, roof = _block(x, y, 0, 2.9, 0.17, 0.18, 0.05), torch.maximum(x.abs() * 1.1 + y - 3.42, 3.04 - y)
    foam = _all(*(_disc(x, y * 1.8, cx, 0.0, 0.26) for cx in (-0.8, -0.4, 0.0, 0.4, 0.8)))
    return ((rock - 0.03, (0.25, 0.24, 0.33)), (rock + 0.06, (0.45, 0.44, 0.53)), (shine, (0.58, 0.57, 0.65)), (tower - 0.04, (0.45, 0.30, 0.33)),
            (tower + 0.03, (0.98, 0.96, 0.93)), (stripes + 0.02, (0.86, 0.27, 0.26)), (lamp, (1.0, 0.88, 0.45)), (roof, (0.62, 0.18, 0.22)), (foam, (0.94, 0.99, 0.98)))


def _house(x, y):
    wall = _block(x, y, 0, 0.82, 0.92, 0.86, 0.05)
    roof = torch.maximum(x.abs() * 0.85 + y - 2.62, 1.52 - y) * 0.75
    chimney = _block(x, y, 0.55, 2.2, 0.13, 0.38)
    door = _all(_block(x, y, -0.42, 0.30, 0.22, 0.36), _disc(x, y, -0.42, 0.66, 0.22))
    window, bars = _block(x, y, 0.38, 0.85, 0.28, 0.28, 0.04), torch.minimum((x - 0.38).abs(), (y - 0.85).abs()) - 0.035
    attic = _disc(x, y, 0.0, 1.95, 0.16)
    return ((chimney, (0.40, 0.26, 0.32)), (wall - 0.04, (0.22, 0.15, 0.25)), (wall + 0.05, (0.56, 0.42, 0.50)), (roof - 0.04, (0.22, 0.12, 0.22)),
            (roof + 0.05, (0.50, 0.24, 0.34)), (door, (0.30, 0.18, 0.24)), (window - 0.05, (0.30, 0.18, 0.24)), (window, (1.0, 0.86, 0.46)),
            (torch.maximum(bars, window), (0.45, 0.28, 0.28)), (attic, (1.0, 0.80, 0.42)))


def _rock(x, y):
    side = x.abs() - (1.06 - 0.14 * y.clamp(0, 3))
    rock = torch.maximum(torch.maximum(side, y - 1.85 - 0.06 * torch.sin(5 * x)), -0.06 - y)
    bands = torch.maximum(rock + 0.06, torch.minimum((y - 0.55 - 0.08 * x).abs() - 0.10, (y - 1.30 + 0.10 * x).abs() - 0.08))
    stem = _all(_block(x, y, 0.25, 2.2, 0.10, 0.55, 0.1), _block(x, y, 0.48, 2.35, 0.07, 0.25, 0.07), _block(x, y, 0.36, 2.18, 0.16, 0.07, 0.07),
                _block(x, y, 0.04, 2.5, 0.07, 0.18, 0.07), _block(x, y, 0.12, 2.38, 0.14, 0.07, 0.07))
    return ((stem - 0.04, (0.16, 0.34, 0.22)), (stem + 0.02, (0.36, 0.62, 0.36)), (rock - 0.03, (0.36, 0.18, 0.17)), (rock + 0.06, (0.66, 0.37, 0.29)),
            (bands, (0.78, 0.49, 0.36)))


def _igloo(x, y):
    dome = (torch.hypot(x / 1.08, y / 2.1) - 1) * 1.08
    dome = torch.maximum(dome, -0.06 - y)
    rows = ((y - 0.5).abs()).minimum((y - 1.0).abs()).minimum((y - 1.5).abs()) - 0.03
    seams = torch.where((y > 0.5) & (y < 1.0) | (y > 1.5), (x - 0.5).abs().minimum((x + 0.5).abs()), (x.abs()).minimum((x.abs() - 0.9).abs())) - 0.03
    lines = torch.maximum(torch.minimum(rows, seams), dome + 0.06)
    door = _all(_block(x, y, 0, 0.2, 0.34, 0.26), _disc(x, y, 0, 0.45, 0.34))
    return ((dome - 0.03, (0.33, 0.47, 0.70)), (dome + 0.05, (0.63, 0.79, 0.95)), (_disc(x, y, -0.35, 1.35, 0.32), (0.74, 0.87, 0.98)), (lines, (0.45, 0.62, 0.84)),
            (door - 0.09, (0.80, 0.90, 0.99)), (door, (0.17, 0.24, 0.42)))


_DRAWN = {"bush": _bush, "lighthouse": _lighthouse, "house": _house, "rock": _rock, "igloo": _igloo}


def thing(scenes, u, v):
    """Paint [B, H, W, 3] and coverage [B, H, W] of each scene's thing at the pixels u, v [H, W]; `thing_x` [B] is its middle."""
    height = v.shape[0]
    x = (u - scenes["thing_x"][:, None, None]) / WIDTH
    y = (0.85 + scenes["ground"][:, None, None] - v) / WIDTH
    paint, cover = torch.zeros(*x.shape, 3, device=x.device), torch.zeros_like(x)
    for index, place in enumerate(PLACES):
        own = (scenes["place"] == index)[:, None, None]
        for distance, colour in _DRAWN[THINGS[place]](x, y):
            alpha = (0.5 - distance * WIDTH * height).clamp(0, 1) * own
            # Premultiplied "over": what lies above takes its share, the rest stays.
            paint = paint * (1 - alpha[..., None]) + torch.tensor(colour, device=x.device) * alpha[..., None]
            cover = cover + (1 - cover) * alpha
    return paint / cover.clamp(min=1e-6)[..., None], cover
