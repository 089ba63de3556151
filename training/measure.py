"""The figures of the card, for a finished run: text, shuffled text, image-to-video, loop and extension seams, round trip.

    python measure.py --preset cpu --run RUN --prompts 200 --seeds 2 --out figures.json
"""
import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

import world
from contact import sheet
from evaluate import make_clips, prompts, psnr, score, token_ids
from export import SAMPLING, collect
from latents import decode, encode, to_clips, to_video
from presets import PRESETS
from sample import generate
from train_dit import Gosling
from wan_vae import WanVAE


def seam(clip, joint):
    """Change across `joint` and `joint` + 1 over the mean change between neighbours (1 = no seam), [F, H, W, 3]."""
    steps = (clip[1:] - clip[:-1]).square().mean(dim=(1, 2, 3)).sqrt()
    return float(steps[joint] / steps.mean().clamp(min=1e-4))


class Finished:
    """The parts of a finished run, ready to generate."""

    def __init__(self, run, name):
        parts, preset = collect(run, name), PRESETS[name]
        self.tokenizer = Tokenizer.from_file(str(Path(run) / "tokenizer/tokenizer.json"))
        self.model = Gosling(parts["vocabulary"], preset["dit"]["transformer"], preset["dit"]["text"]).eval()
        self.model.text_encoder.load_state_dict(parts["text_encoder"])
        self.model.transformer.load_state_dict(parts["transformer"])
        self.vae, self.stats = WanVAE(**preset["vae"]["model"]).eval(), parts["stats"]
        self.vae.load_state_dict(parts["vae"])
        self.shape = dict(frames=(preset["frames"] - 1) // 4 + 1, edge=preset["size"] // 8)
        self.settings = {k: SAMPLING[k] for k in ("steps", "guidance", "shift")}
        self.size, self.length = preset["size"], preset["frames"]

    def clips(self, texts, seed=0, **settings):
        return make_clips(self.model, self.vae, self.stats, self.tokenizer, texts, seed, **self.shape, **{**self.settings, **settings})

    def conditioned(self, texts, known, clean, seed=0):
        """Clips of which latent frames `known` [T] are given by `clean` [B, C, T, h, w]."""
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
        latents = generate(self.model, token_ids(self.tokenizer, texts), noise, known=known, clean=clean,
                           empty=token_ids(self.tokenizer, [""]), **self.settings)
        return to_clips(decode(self.vae, self.stats, latents))


def conditioned_figures(done, count):
    """Image-to-video, loops and extension on held-out scenes."""
    scenes = world.sample_scenes(count, torch.Generator().manual_seed(99), held=True)
    names, texts = prompts(count, seed=99)
    real = world.render(scenes, done.size, done.length)
    z = encode(done.vae, done.stats, to_video((real * 255).round().byte()))
    still = encode(done.vae, done.stats, to_video((real[:, :1] * 255).round().byte()).expand(-1, -1, 5, -1, -1))
    frames = torch.arange(z.shape[2])
    first = done.conditioned(texts, frames == 0, z)
    ends = z.clone()
    ends[:, :, -1] = still[:, :, 1]
    loop = done.conditioned(texts, (frames == 0) | (frames == frames[-1]), ends)
    longer = done.conditioned(texts, frames < 3, z)
    scores, _ = score(first, names)
    return dict(image_frame0_psnr=round(psnr(first[:, 0], real[:, 0]), 2), image_scores=scores,
                loop_seam=round(sum(seam(torch.cat([c[:-1], c[:1]]), len(c) - 2) for c in loop) / count, 2),
                extension_seam=round(sum(seam(c, 8) for c in longer) / count, 2))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True)
    parser.add_argument("--preset", default="cpu", choices=PRESETS)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", required=True, help="JSON file; a contact sheet is put beside it")
    options = parser.parse_args()
    done = Finished(options.run, options.preset)
    names, texts = prompts(options.prompts)
    clips = torch.cat([done.clips(texts, seed) for seed in range(options.seeds)])
    figures, seen = score(clips, names * options.seeds)
    shuffled, _ = score(clips, (names[7:] + names[:7]) * options.seeds)
    by_word = {key: {word: round(sum(s[key] == word for s, n in zip(seen, names * options.seeds) if n[key] == word)
                                 / max(1, sum(n[key] == word for n in names * options.seeds)), 2)
                     for word in sorted({n[key] for n in names})} for key in ("place", "colour", "shape", "motion")}
    result = dict(prompts=options.prompts, seeds=options.seeds, text=figures, shuffled=shuffled, by_word=by_word,
                  **conditioned_figures(done, min(32, options.prompts)))
    Path(options.out).write_text(json.dumps(result, indent=1) + "\n")
    sheet(clips[:16], Path(options.out).with_suffix(".png"), zoom=2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
