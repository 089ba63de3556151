"""Reads whether a hero that goes out of sight behind something comes back as itself. Classical and plain arrays, as in `reader.py`.

What moves is told from what stands by the median over time, so things need not be known beforehand.
"""
import numpy as np

from reader import DIFFERENT, find_colour, find_place, find_shape, foreground, largest_part, neighbours

LEAST = 12                      # pixels: smaller things are dirt
WHOLE, GONE = 0.70, 0.35        # share of the hero's whole size from which it is seen, below which it is gone
OFF = 0.15                      # models.md 6.8: position within 15 % of the linear prediction
CLEAR = 0.93                    # share of its largest size on one side: what shows less is half hidden, and a ball then looks like a box


def finer(pictures):
    """Twice as many pixels along both axes, bilinear [..., 2H, 2W, 3]: rims then lie between pixels."""
    for axis in (-3, -2):
        first, last = (np.take(pictures, [k], axis=axis) for k in (0, -1))
        count = pictures.shape[axis]
        wide = np.concatenate([first, pictures, last], axis=axis)
        here, before, after = (np.take(wide, range(k, k + count), axis=axis) for k in (1, 0, 2))
        pair = np.stack([0.75 * here + 0.25 * before, 0.75 * here + 0.25 * after], axis=axis)      # [..., H, 2, ...]
        shape = list(pictures.shape)
        shape[axis] *= 2
        pictures = pair.reshape(shape)
    return pictures


def looks(clip, standing, mask, know):
    """(colour, shape) of the hero `mask` [F, H, W] before what is `standing` still [H, W, 3].

    A hero this small is mostly rim: its colour is taken from within, its shape from a finer picture.
    """
    within = mask & (neighbours(mask) == 9)
    shape = largest_part(foreground(finer(clip), finer(standing)))
    return (know.names["colour"][find_colour(clip[within if within.any() else mask], know.paints)],
            know.names["shape"][find_shape(shape, know.outlines)])


def read_hiding(clip, know):
    """What a clip [F, H, W, 3] in 0..1 shows of a hero that passes behind something.

    `before` and `after` are (colour, shape), None where the hero is not seen as a whole in two frames; `gone` counts the frames without it
    in between; `behind` is the share of its body that, going on as it went, would then be in front of the empty place's own
    picture's changes: 1 when something stands there; `off` is how far it comes back from where it was to be expected, in parts of
    the way it went unseen; `way` is right or left.
    """
    place, view = find_place(clip, know.places)
    empty, standing = know.places[place, view], np.median(clip, axis=0)
    mask = largest_part(foreground(clip, standing))
    areas = mask.sum(axis=(1, 2))
    result = dict(place=know.names["place"][place], before=None, after=None, gone=0, behind=0.0, off=1.0, way=None)
    whole = np.sort(areas)[-4:].mean()
    seen = areas >= max(LEAST, WHOLE * whole)
    missing = np.nonzero(areas < max(LEAST, GONE * whole))[0]
    if whole < LEAST or not seen.any():
        return result

    def clear(frames):
        return frames[areas[frames] >= CLEAR * areas[frames].max()]

    def seen_in(frames):
        return looks(clip[clear(frames)], standing, mask[clear(frames)], know)

    # The longest gap between two frames that show the hero as a whole.
    at = np.nonzero(seen)[0]
    inside = [((missing > a) & (missing < b)).sum() for a, b in zip(at[:-1], at[1:])]
    if not inside or max(inside) == 0:
        return dict(result, before=seen_in(at) if len(at) >= 2 else None)
    last = at[int(np.argmax(inside))]
    early, late = at[at <= last], at[at > last]
    hidden = missing[(missing > last) & (missing < late[0])]
    result["gone"] = len(hidden)
    if len(early) < 2:
        return result
    centres = np.array([[axis.mean() for axis in np.nonzero(frame)] if frame.any() else (0, 0) for frame in mask])
    known = clear(early) if len(clear(early)) >= 2 else early
    slope, start = np.polyfit(known, centres[known, 1], 1)
    row = centres[known, 0].mean()

    result["before"], result["way"] = seen_in(early), "right" if slope > 0 else "left"
    things = np.abs(standing - empty).max(axis=-1) > DIFFERENT
    y, x = np.mgrid[: clip.shape[1], : clip.shape[2]]
    radius = np.sqrt(whole / np.pi)
    bodies = [np.hypot(x - (start + slope * f), y - row) < radius for f in hidden]
    result["behind"] = float(np.mean([things[body].mean() if body.any() else 0.0 for body in bodies]))
    if len(late) >= 2:
        result["after"] = seen_in(late)
        back = clear(late)
        gap = max(abs(slope) * (back.mean() - known.mean()), 1e-6)
        result["off"] = float(abs((centres[back, 1] - start - slope * back).mean()) / gap)
    return result


def keeps(reading):
    """True when the hero goes out of sight behind something and comes back where it was to be expected, in its colour and shape."""
    return (reading["gone"] > 0 and reading["behind"] >= 0.5 and reading["after"] is not None and reading["after"] == reading["before"]
            and reading["off"] <= OFF)
