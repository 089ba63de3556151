"""Render the training clips once: `clips.npy` uint8 [N, F, S, S, 3] and `scenes.pt`, so that no training step renders."""
from pathlib import Path

import numpy as np
import torch

import world


def compiled_paint(fast):
    """The fused painter (5x faster on a CPU), or the plain one where compiling is not worth its minute."""
    return torch.compile(world.paint, dynamic=False) if fast else world.paint


def prepare(out, count, size, frames, seed, batch=64):
    """Write `count` clips below `out` unless they are there already; returns (clips memmap, scenes)."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    clips_file, scenes_file = folder / "clips.npy", folder / "scenes.pt"
    if not scenes_file.exists():
        generator = torch.Generator().manual_seed(seed)
        clips = np.lib.format.open_memmap(clips_file, "w+", np.uint8, (count, frames, size, size, 3))
        draw, parts = compiled_paint(count > 2000), []
        for start in range(0, count, batch):
            scenes = world.sample_scenes(batch, generator)
            pixels = (world.render(scenes, size, frames, draw) * 255).round().byte().numpy()
            clips[start:start + batch] = pixels[: count - start]
            parts.append(scenes)
        clips.flush()
        torch.save({key: torch.cat([p[key] for p in parts])[:count] for key in parts[0]}, scenes_file)
    return np.load(clips_file, mmap_mode="r"), torch.load(scenes_file)
