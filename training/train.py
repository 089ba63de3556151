"""Gosling from nothing: render, train the autoencoder, train text encoder and transformer, ready for export.py.

    python train.py --preset cpu --out RUN

The same command goes on where a killed run stopped. `echo 4000 > RUN/dit/decay` ends a run well, at any time.
"""
import argparse
from pathlib import Path

import torch
from tokenizers import Tokenizer

from contact import sheet
from evaluate import make_clips, prompts, score
from latents import encode_all, statistics
from prepare import prepare
from presets import PRESETS
from tokenizer import save_tokenizer
from train_dit import train_dit
from train_vae import train_vae
from wan_vae import WanVAE


def preview_colours(vae, stats, latents, clips):
    """Linear map of normalised latents to RGB in 0..1: weight [C, 3], bias [3], by least squares on pictures at 1/8 size."""
    z = latents.float()
    pixels = torch.nn.functional.avg_pool2d(torch.as_tensor(clips).float().flatten(0, 1).permute(0, 3, 1, 2) / 255, 8)
    pixels = pixels.unflatten(0, (len(clips), -1))
    firsts = torch.cat([pixels[:, :1], pixels[:, 1:].unflatten(1, (-1, 4)).mean(2)], dim=1)      # one per latent frame
    x = z.permute(0, 2, 3, 4, 1).flatten(0, 3)
    y = firsts.permute(0, 1, 3, 4, 2).flatten(0, 3)
    solved = torch.linalg.lstsq(torch.cat([x, torch.ones(len(x), 1)], dim=1), y).solution
    return solved[:-1], solved[-1]


def finished_vae(run, preset, clips, scenes):
    """The trained autoencoder and its statistics, made now if they are missing."""
    if not (run / "vae/final.pt").exists():
        train_vae(run / "vae", clips, scenes, preset["vae"])
    vae = WanVAE(**preset["vae"]["model"]).eval()
    vae.load_state_dict(torch.load(run / "vae/final.pt")["model"])
    if not (run / "stats.pt").exists():
        stats = statistics(vae, clips[:512])
        latents = encode_all(run / "preview.pt", vae, stats, clips[:128])[0]
        torch.save(dict(stats=stats, rgb=preview_colours(vae, stats, latents, clips[:128])), run / "stats.pt")
    return vae, torch.load(run / "stats.pt")["stats"]


def watcher(run, vae, stats, tokenizer_file, shift, count=64):
    """Every so often: read samples of fixed held-out prompts, and leave a contact sheet to look at."""
    names, texts = prompts(count)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))

    def watch(state, model):
        clips = make_clips(model, vae, stats, tokenizer, texts, shift=shift, steps=16)
        state.log(**score(clips, names)[0])
        sheet(clips[:16], run / f"samples-{state.step:06}.png", zoom=2)
    return watch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--out", required=True, help="folder of the run: data, checkpoints, log")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    run, preset = Path(options.out), PRESETS[options.preset]
    clips, scenes = prepare(run / "data", preset["clips"], preset["size"], preset["frames"], seed=11)
    save_tokenizer(run / "tokenizer")
    vae, stats = finished_vae(run, preset, clips, scenes)
    latents = encode_all(run / "latents.pt", vae, stats, clips)
    tokenizer_file = run / "tokenizer/tokenizer.json"
    watch = watcher(run, vae, stats, tokenizer_file, preset["dit"]["shift"])
    train_dit(run / "dit", latents, scenes, tokenizer_file, preset["dit"], watch)


if __name__ == "__main__":
    main()
