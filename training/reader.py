"""Reads a clip back: place, colour, shape, motion, by classical means and plain arrays only, so that it ports line by line.

Clips are float arrays [F, H, W, 3] in 0..1. What the reader knows (`Knowledge`) is arrays too: the empty places, reference
colours, and the outlines of the shapes. It never sees prompts, latents or networks.
"""
import numpy as np

GRID = 28                       # outlines are compared on a GRID x GRID raster of +-1.25 square roots of the area
REACH = 1.25
DIFFERENT, SHADE = 0.17, 0.07   # a pixel differs from the empty place; a shadow is the place, darker, within this
GROWS, TRAVELS, HOPS = 0.30, 0.10, 0.035     # log size ratio; frame heights covered; frame heights of spread about the line


class Knowledge:
    """Arrays the reader compares with: places [P, V, H, W, 3], paints [C, K, 3], outlines [S, GRID, GRID], and names."""

    def __init__(self, places, paints, outlines, names):
        self.places, self.paints, self.outlines, self.names = places, paints, outlines, names


def line_fit(values):
    """Least-squares rise over the whole clip, and the values' spread about the line."""
    n = len(values)
    t = np.arange(n) - (n - 1) / 2
    slope = (t * values).sum() / max((t * t).sum(), 1e-9)
    rest = values - values.mean() - slope * t
    return slope * (n - 1), np.sqrt((rest ** 2).mean())


def find_place(clip, places):
    """Place and view whose picture lies nearest, judged by the median pixel of the time-averaged clip."""
    mean = clip[:: max(1, len(clip) // 4)].mean(axis=0)
    wrong = np.abs(places - mean).max(axis=-1)
    flat = wrong.reshape(places.shape[0] * places.shape[1], -1)
    score = np.sort(flat, axis=1)[:, : flat.shape[1] * 7 // 10].mean(axis=1)
    return divmod(int(score.argmin()), places.shape[1])


def foreground(clip, place):
    """Mask [F, H, W] of what is neither the empty place nor a shadow on it."""
    differs = np.abs(clip - place).max(axis=-1) > DIFFERENT
    shade = (clip * place).sum(axis=-1) / np.maximum((place * place).sum(axis=-1), 1e-6)
    off = np.abs(clip - shade[..., None] * place).max(axis=-1)
    return differs & ~((shade < 1) & (shade > 0.4) & (off < SHADE))


def neighbours(mask):
    """How many of the 3 x 3 pixels around each pixel are set."""
    padded = np.pad(mask.astype(np.int16), ((0, 0), (1, 1), (1, 1)))
    height, width = mask.shape[1:]
    return sum(padded[:, dy:dy + height, dx:dx + width] for dy in range(3) for dx in range(3))


def label_parts(mask):
    """Labels [F, H, W] of the 4-connected parts of each frame after a majority vote has filled holes; 0 is none of them."""
    mask = neighbours(mask) >= 5
    frames, height, width = mask.shape
    label = np.where(mask, np.arange(1, height * width + 1).reshape(1, height, width), 0)
    while True:
        grown = label.copy()
        np.maximum(grown[:, 1:], label[:, :-1], out=grown[:, 1:])
        np.maximum(grown[:, :-1], label[:, 1:], out=grown[:, :-1])
        np.maximum(grown[:, :, 1:], label[:, :, :-1], out=grown[:, :, 1:])
        np.maximum(grown[:, :, :-1], label[:, :, 1:], out=grown[:, :, :-1])
        grown = np.where(mask, grown, 0)
        if (grown == label).all():
            return label
        label = grown


def largest_parts(mask, most):
    """The `most` largest parts of each frame as masks [most, F, H, W], largest first; of two equal ones the one that ends first."""
    label = label_parts(mask)
    out = np.zeros((most, *mask.shape), dtype=bool)
    for f in range(len(mask)):
        found, counts = np.unique(label[f][label[f] > 0], return_counts=True)
        for k, index in enumerate(np.argsort(-counts, kind="stable")[:most]):
            out[k, f] = label[f] == found[index]
    return out


def largest_part(mask):
    """Only the largest part of each frame [F, H, W]."""
    return largest_parts(mask, 1)[0]


def outline(mask):
    """One mask [H, W] moved to its centroid and scaled to unit area, on the common raster."""
    ys, xs = np.nonzero(mask)
    scale = np.sqrt(len(ys))
    axis = (np.arange(GRID) + 0.5) / GRID * 2 * REACH - REACH
    rows = np.round(ys.mean() + axis * scale).astype(int)
    columns = np.round(xs.mean() + axis * scale).astype(int)
    inside = ((rows >= 0) & (rows < mask.shape[0]))[:, None] & ((columns >= 0) & (columns < mask.shape[1]))[None]
    return mask[rows.clip(0, mask.shape[0] - 1)][:, columns.clip(0, mask.shape[1] - 1)] & inside


def find_shape(mask, outlines):
    """Shape whose outline overlaps best (intersection over union), summed over frames."""
    score = np.zeros(len(outlines))
    for frame in mask:
        if frame.sum() >= 12:
            seen = outline(frame)[None]
            score += np.minimum(seen, outlines).sum(axis=(1, 2)) / np.maximum(seen, outlines).sum(axis=(1, 2))
    return int(score.argmax())


def find_colour(pixels, paints):
    """Colour most of the object's pixels [n, 3] come near to; dark lines and glints vote for nobody."""
    apart = np.abs(pixels[:, None, None] - paints).sum(axis=-1).min(axis=-1)
    votes = np.where(apart.min(axis=1) < 0.35, apart.argmin(axis=1), -1)
    return int(np.bincount(votes[votes >= 0], minlength=len(paints)).argmax())


def find_motion(mask):
    """Motion word and its measures: travel right and down in frame heights, log growth, spread of the height."""
    seen = [f for f in range(len(mask)) if mask[f].sum() >= 12]
    if len(seen) < 3:
        return "still", dict(right=0.0, down=0.0, growth=0.0, spread=0.0)
    size = mask.shape[1]
    centres = np.array([[c.mean() for c in np.nonzero(mask[f])] for f in seen]) / size
    (down, spread), (right, _) = line_fit(centres[:, 0]), line_fit(centres[:, 1])
    growth, _ = line_fit(np.log(np.sqrt([mask[f].sum() for f in seen])))
    measures = dict(right=float(right), down=float(down), growth=float(growth), spread=float(spread))
    if abs(growth) > GROWS:
        return ("grow" if growth > 0 else "shrink"), measures
    if spread > HOPS:
        return "bounce", measures
    if max(abs(right), abs(down)) < TRAVELS:
        return "still", measures
    if abs(right) > abs(down):
        return ("right" if right > 0 else "left"), measures
    return ("down" if down > 0 else "up"), measures


def read(clip, know):
    """What a clip [F, H, W, 3] in 0..1 shows: words, and the measures behind them."""
    place, view = find_place(clip, know.places)
    mask = largest_part(foreground(clip, know.places[place, view]))
    motion, measures = find_motion(mask)
    present = (mask.sum(axis=(1, 2)) >= 12).mean()
    return dict(place=know.names["place"][place], view=view, motion=motion,
                colour=know.names["colour"][find_colour(clip[mask], know.paints)],
                shape=know.names["shape"][find_shape(mask, know.outlines)], present=float(present), **measures)
