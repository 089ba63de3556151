"""The training clips, as a film that is looked up by scene number: rendered once to a file (CPU) or at every look (GPU)."""
from pathlib import Path

import numpy as np
import torch

import world


class Film:
    """`film.clips(picks)` gives uint8 clips [B, F, S, S, 3] of the scenes with those numbers, on `device`."""

    def __init__(self, scenes, size, frames, device="cpu", stored=None, fused=False):
        self.scenes, self.size, self.frames, self.device, self.stored = scenes, size, frames, device, stored
        self.draw = torch.compile(world.paint, dynamic=False if device == "cpu" else None) if fused else world.paint
        self.count = len(scenes["x"])

    def clips(self, picks):
        if self.stored is not None:
            return torch.from_numpy(self.stored[np.asarray(picks.cpu())])
        part = {key: value[picks.to(value.device)].to(self.device) for key, value in self.scenes.items()}
        return self.render(part)

    def render(self, scenes):
        return (world.render(scenes, self.size, self.frames, self.draw) * 255).round().byte()

    def head(self, count):
        """The first `count` clips, on the CPU."""
        return torch.cat([self.clips(torch.arange(i, min(i + 64, count))).cpu() for i in range(0, count, 64)])

    def kept(self, count):
        """A film of the first `count` scenes with all clips in memory, where a stored film would read its file at random."""
        if self.stored is None:
            return self
        scenes = {key: value[:count] for key, value in self.scenes.items()}
        return Film(scenes, self.size, self.frames, stored=np.array(self.stored[:count]))


def draw_scenes(count, seed, lot=64):
    """`count` scenes of combinations that training may show, drawn in lots: a longer film begins with the shorter one."""
    generator = torch.Generator().manual_seed(seed)
    lots = [world.sample_scenes(lot, generator) for _ in range(0, count, lot)]
    return {key: torch.cat([part[key] for part in lots])[:count] for key in lots[0]}


def prepare(folder, preset, device, seed=11, batch=64):
    """The film of a preset. On a CPU its clips are rendered once into `folder`; `.done` marks that they are complete."""
    scenes = draw_scenes(preset["clips"], seed)
    shape = (preset["clips"], preset["frames"], preset["size"], preset["size"], 3)
    if device != "cpu":
        return Film(scenes, *shape[2:0:-1], device=device, fused=True)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file, done = folder / "clips.npy", folder / "clips.done"
    if not done.exists():
        film = Film(scenes, *shape[2:0:-1], fused=preset["clips"] > 2000)
        clips = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
        for start in range(0, shape[0], batch):
            picks = torch.arange(start, start + batch).clamp(max=shape[0] - 1)     # one shape: compiled once
            clips[start:start + batch] = film.clips(picks).numpy()[: shape[0] - start]
        clips.flush()
        done.touch()
    return Film(scenes, *shape[2:0:-1], stored=np.load(file, mmap_mode="r"))
