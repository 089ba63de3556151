"""Writes what `npm run quality` takes from the training code: prompts, the reader's knowledge, and clips whose truth is known.

    python bench/quality/from-training.py

Run it again when `training/world*.py`, `captions.py` or `reader*.py` change. Needs torch, numpy and pillow.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "training"))

import world  # noqa: E402
import world_hiding  # noqa: E402
import world_pairs  # noqa: E402
from captions import plain  # noqa: E402
from evaluate import prompts  # noqa: E402
from knowledge import knowledge  # noqa: E402
from reader import read  # noqa: E402
from reader_hiding import keeps, read_hiding  # noqa: E402
from reader_pairs import read_pair  # noqa: E402

SIZE, FRAMES, FPS = 64, 17, 8
CLIPS, COLUMNS = 60, 10
SIZES = ((96, 64), (64, 96), (128, 128))       # width, height: what the model was not trained for


def save(name, content):
    (HERE / name).write_text(json.dumps(content) + "\n")


def bytes_of(pictures):
    return np.asarray((pictures * 255).round(), dtype=np.uint8)


def dice(seed):
    return torch.Generator().manual_seed(seed)


def write_prompts():
    names, texts = prompts(200)
    save("prompts.json", [dict(prompt=text, **name) for name, text in zip(names, texts)])


def write_pair_prompts():
    """Twenty pairs that training never shows, each left of the other and right of it: forty prompts, the mirrored one next."""
    scenes = world_pairs.sample_scenes(20, dice(2024), held=True)
    names = [dict(world_pairs.describe(scenes, i), motion="still", relation=relation) for i in range(20) for relation in world_pairs.RELATIONS]
    save("pair-prompts.json", [dict(prompt=world_pairs.caption(n), **n) for n in names])


def write_hiding_prompts():
    """Twenty heroes of combinations that training never shows, all different, passing behind the thing of their place."""
    scenes = world_hiding.sample_scenes(200, dice(2024), held=True)
    names = {world_hiding.caption(n): n for n in (world_hiding.describe(scenes, i) for i in range(200))}
    save("hiding-prompts.json", [dict(prompt=prompt, **n) for prompt, n in list(names.items())[:20]])


def write_places(size, name):
    """The empty places [places * views] as one picture, side by side; `size` is (width, height)."""
    places = bytes_of(knowledge(size[::-1]).places)
    strip = places.reshape(-1, *places.shape[2:]).transpose(1, 0, 2, 3).reshape(size[1], -1, 3)
    Image.fromarray(strip).save(HERE / name, optimize=True)


def write_knowledge():
    """Names, paints and outlines as JSON, and the empty places, of every size that is read."""
    know = knowledge(SIZE)
    write_places((SIZE, SIZE), "places.png")
    for width, height in SIZES:
        write_places((width, height), f"places-{width}x{height}.png")
    save("knowledge.json", dict(
        names=dict(know.names, motion=list(world.MOTIONS)), size=SIZE, views=know.places.shape[1], paints=know.paints.round(6).tolist(),
        outlines=[["".join(".#"[int(x)] for x in row) for row in shape] for shape in know.outlines]))


def rounded(reading):
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in reading.items()}


def write_film(name, clips, about, columns=COLUMNS):
    """Clips [N, F, H, W, 3] (bytes), N full rows of `columns`, as one lossless film of tiles, and what is known of each."""
    count, frames, height, width, _ = clips.shape
    rows = count // columns
    film = clips.reshape(rows, columns, frames, height, width, 3).transpose(2, 0, 3, 1, 4, 5).reshape(frames, rows * height, columns * width, 3)
    pages = [Image.fromarray(page) for page in film]
    pages[0].save(HERE / f"{name}.webp", save_all=True, append_images=pages[1:], lossless=True, quality=100, method=6, duration=1000 // FPS)
    side = dict(size=width) if width == height else dict(width=width, height=height)
    save(f"{name}.json", dict(**side, frames=frames, fps=FPS, columns=columns, clips=about))


def write_truth():
    """Clips of held-out combinations, with the truth and what the Python reader says."""
    scenes = world.sample_scenes(CLIPS, dice(99), held=True)
    clips = bytes_of(world.render(scenes, SIZE, FRAMES).numpy())
    names = [world.describe(scenes, i) for i in range(CLIPS)]
    write_film("truth", clips, [dict(prompt=plain(n), **n, reading=rounded(read(clip.astype(np.float32) / 255, knowledge(SIZE))))
                                for n, clip in zip(names, clips)])


def write_wide_truth():
    """The same of pairs (five frames), of heroes that hide, and of one hero at other sizes (three frames)."""
    scenes = world_pairs.sample_scenes(40, dice(98), held=True)
    clips = bytes_of(world_pairs.render(scenes, SIZE, 5).numpy())
    write_film("truth-pairs", clips, [dict(**world_pairs.describe(scenes, i), reading=rounded(read_pair(clip.astype(np.float32) / 255, knowledge(SIZE))))
                                      for i, clip in enumerate(clips)])
    scenes = world_hiding.sample_scenes(30, dice(97), held=True)
    clips = bytes_of(world_hiding.render(scenes, SIZE, FRAMES).numpy())
    readings = [read_hiding(clip.astype(np.float32) / 255, knowledge(SIZE)) for clip in clips]
    write_film("truth-hiding", clips, [dict(**world_hiding.describe(scenes, i), reading=dict(rounded(r), kept=bool(keeps(r))))
                                       for i, r in enumerate(readings)])
    for width, height in SIZES:
        scenes = world.sample_scenes(6, dice(96), held=True)
        clips = bytes_of(world.render(scenes, (height, width), 3).numpy())
        write_film(f"truth-{width}x{height}", clips, [
            dict(**world.describe(scenes, i), reading=rounded(read(clip.astype(np.float32) / 255, knowledge((height, width)))))
            for i, clip in enumerate(clips)], columns=6)


if __name__ == "__main__":
    write_prompts()
    write_pair_prompts()
    write_hiding_prompts()
    write_knowledge()
    write_truth()
    write_wide_truth()
