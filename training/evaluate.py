"""Measure a model by the reader: fixed prompts whose combinations training never saw, and the same with prompts shuffled."""
import math

import torch

import world
from captions import plain
from knowledge import knowledge
from latents import decode, to_clips
from reader import read
from sample import generate
from train_dit import TEXT_LENGTH

ASKED = ("place", "colour", "shape", "motion")
DIRECTIONS = ("right", "left", "up", "down")


def prompts(count, seed=2024):
    """The first `count` of 200 fixed scenes of held-out combinations: (names, caption) each. The product is judged by the same."""
    scenes = world.sample_scenes(200, torch.Generator().manual_seed(seed), held=True)
    names = [world.describe(scenes, i) for i in range(count)]
    return names, [plain(n) for n in names]


def token_ids(tokenizer, texts):
    tokenizer.enable_padding(pad_id=0, length=TEXT_LENGTH)
    tokenizer.enable_truncation(TEXT_LENGTH)
    return torch.tensor([e.ids for e in tokenizer.encode_batch(texts)])


def make_clips(model, vae, stats, tokenizer, texts, seed=0, batch=16, frames=5, edge=8, **settings):
    """Clips [N, F, H, W, 3] in 0..1 for `texts`; clip i always gets the same noise for the same seed."""
    empty, ids, out = token_ids(tokenizer, [""]), token_ids(tokenizer, texts), []
    noise = torch.randn(len(texts), model.transformer.channels, frames, edge, edge, generator=torch.Generator().manual_seed(seed))
    for i in range(0, len(texts), batch):
        latents = generate(model, ids[i:i + batch], noise[i:i + batch], empty=empty, **settings)
        out.append(to_clips(decode(vae, stats, latents)))
    return torch.cat(out)


def score(clips, names):
    """Share of clips [N, F, H, W, 3] in which the reader finds what `names` ask for; and how still the background is."""
    size = clips.shape[2]
    seen = [read(clip.numpy(), knowledge(size)) for clip in clips]
    pairs = list(zip(seen, names))
    result = {key: sum(s[key] == n[key] for s, n in pairs) / len(pairs) for key in ASKED}
    moving = [(s, n) for s, n in pairs if n["motion"] in DIRECTIONS]
    result["direction"] = sum(s["motion"] == n["motion"] for s, n in moving) / max(1, len(moving))
    result["all"] = sum(all(s[k] == n[k] for k in ASKED) for s, n in pairs) / len(pairs)
    result["present"] = sum(s["present"] for s in seen) / len(seen)
    result["flicker"] = 1 - float((clips[:, 1:] - clips[:, :-1]).abs().mean())
    return {k: round(v, 3) for k, v in result.items()}, seen


def psnr(a, b):
    """dB between two tensors in 0..1."""
    return -10 * math.log10(float((a - b).square().mean()) + 1e-12)
