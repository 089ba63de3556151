"""Writes what `npm run quality` takes from the training code: prompts, the reader's knowledge, and clips whose truth is known.

    python bench/quality/from-training.py

Run it again when `training/world*.py`, `captions.py` or `reader.py` change. Needs torch, numpy and pillow.
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
from captions import plain  # noqa: E402
from evaluate import prompts  # noqa: E402
from knowledge import knowledge  # noqa: E402
from reader import read  # noqa: E402

SIZE, FRAMES, FPS = 64, 17, 8
CLIPS, COLUMNS = 60, 10


def save(name, content):
    (HERE / name).write_text(json.dumps(content) + "\n")


def bytes_of(pictures):
    return np.asarray((pictures * 255).round(), dtype=np.uint8)


def write_prompts():
    names, texts = prompts(200)
    save("prompts.json", [dict(prompt=text, **name) for name, text in zip(names, texts)])


def write_knowledge():
    """Names, paints and outlines as JSON; the empty places [places * views] as one picture, side by side."""
    know = knowledge(SIZE)
    places = bytes_of(know.places)
    strip = places.reshape(-1, SIZE, SIZE, 3).transpose(1, 0, 2, 3).reshape(SIZE, -1, 3)
    Image.fromarray(strip).save(HERE / "places.png", optimize=True)
    save("knowledge.json", dict(
        names=dict(know.names, motion=list(world.MOTIONS)), size=SIZE, views=places.shape[1], paints=know.paints.round(6).tolist(),
        outlines=[["".join(".#"[int(x)] for x in row) for row in shape] for shape in know.outlines]))


def write_truth():
    """Clips of held-out combinations, all in one lossless film of tiles, with the truth and what the Python reader says."""
    scenes = world.sample_scenes(CLIPS, torch.Generator().manual_seed(99), held=True)
    clips = bytes_of(world.render(scenes, SIZE, FRAMES).numpy())
    rows = CLIPS // COLUMNS
    film = clips.reshape(rows, COLUMNS, FRAMES, SIZE, SIZE, 3).transpose(2, 0, 3, 1, 4, 5).reshape(FRAMES, rows * SIZE, COLUMNS * SIZE, 3)
    pages = [Image.fromarray(page) for page in film]
    pages[0].save(HERE / "truth.webp", save_all=True, append_images=pages[1:], lossless=True, quality=100, method=6, duration=1000 // FPS)
    know = knowledge(SIZE)
    names = [world.describe(scenes, i) for i in range(CLIPS)]
    readings = [read(clip.astype(np.float32) / 255, know) for clip in clips]
    save("truth.json", dict(size=SIZE, frames=FRAMES, fps=FPS, columns=COLUMNS, clips=[
        dict(prompt=plain(n), **n, reading={k: round(v, 6) if isinstance(v, float) else v for k, v in r.items()})
        for n, r in zip(names, readings)]))


if __name__ == "__main__":
    write_prompts()
    write_knowledge()
    write_truth()
