"""Reads two heroes side by side: what stands left, what stands right. Classical and plain arrays, as in `reader.py`."""
import numpy as np

from reader import find_colour, find_place, find_shape, foreground, largest_parts

LEAST = 12                      # pixels: smaller things are dirt
SECOND = 0.15                   # of the largest part: what is smaller is no hero
APART = 0.10                    # frame heights between the middles, to count as side by side


def read_pair(clip, know):
    """What a clip [F, H, W, 3] in 0..1 shows of two heroes.

    `left` and `right` are (colour, shape), None where there are not two in most frames; `two` is the share of frames that show two,
    `apart` the mean distance of their middles in frame heights, measured across.
    """
    place, view = find_place(clip, know.places)
    parts = largest_parts(foreground(clip, know.places[place, view]), 2)
    areas = parts.sum(axis=(2, 3))
    both = (areas[1] >= LEAST) & (areas[1] >= SECOND * areas[0])
    result = dict(place=know.names["place"][place], two=float(both.mean()), left=None, right=None, apart=0.0)
    if both.mean() <= 0.5:
        return result
    parts, shown = parts[:, both], clip[both]
    columns = np.array([[np.nonzero(frame)[1].mean() for frame in part] for part in parts])
    first_is_left = columns[0] <= columns[1]
    sides = [np.where(first_is_left[:, None, None], parts[k], parts[1 - k]) for k in (0, 1)]
    apart = float(np.abs(columns[1] - columns[0]).mean() / clip.shape[1])
    if apart < APART:
        return dict(result, apart=apart)
    left, right = ((know.names["colour"][find_colour(shown[side], know.paints)], know.names["shape"][find_shape(side, know.outlines)])
                   for side in sides)
    return dict(result, left=left, right=right, apart=apart)
