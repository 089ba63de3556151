"""Contact sheets: one row per clip, every fourth frame, enlarged, so that a person can look before training."""
import argparse

import torch
from PIL import Image

from world import render, sample_scenes


def sheet(clips, path, zoom=3, every=4):
    """Save clips [B, F, H, W, 3] in 0..1 as one PNG, two clips per row."""
    clips = clips[:, ::every]
    if len(clips) % 2:
        clips = torch.cat([clips, torch.ones_like(clips[:1])])
    count, frames, height, width, _ = clips.shape
    clips = torch.nn.functional.pad(clips, (0, 0, 1, 1, 1, 1), value=1.0)
    rows = clips.view(count // 2, 2 * frames, height + 2, width + 2, 3).permute(0, 2, 1, 3, 4)
    picture = (rows.reshape(-1, 2 * frames * (width + 2), 3).clamp(0, 1) * 255).round().byte().cpu().numpy()
    image = Image.fromarray(picture)
    image.resize((image.width * zoom, image.height * zoom), Image.BICUBIC).save(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path")
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sheet(render(sample_scenes(options.count, torch.Generator().manual_seed(options.seed))), options.path, zoom=2)
