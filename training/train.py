"""Gosling from nothing: render, train the autoencoder, train text encoder and transformer, ready for export.py.

    python train.py --preset cpu --out RUN

The same command goes on where a stopped run was; `--start ../models/gosling` goes on from exported weights. `echo 4000 > RUN/dit/decay` ends a run well, at any time; afterwards the
same command continues from the state before that decay.
"""
import argparse
import copy
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

from contact import sheet
from evaluate import make_clips, prompts, score
from latents import encode, encode_all, statistics, to_video
from export import take_folder
from prepare import prepare
from presets import PRESETS
from tokenizer import save_tokenizer
from train_dit import train_dit
from train_vae import train_vae
from wan_vae import WanVAE


def preview_colours(latents, clips):
    """Linear map of normalised latents [N, z, T, h, w] to RGB in 0..1: weight [z, 3], bias [3], by least squares."""
    edge = clips.shape[2] // latents.shape[3]
    pixels = torch.nn.functional.avg_pool2d(clips.float().flatten(0, 1).permute(0, 3, 1, 2) / 255, edge)
    pixels = pixels.unflatten(0, (len(clips), -1))
    by_latent = torch.cat([pixels[:, :1], pixels[:, 1:].unflatten(1, (-1, 4)).mean(2)], dim=1)   # frame 0, then fours
    x, y = latents.float().permute(0, 2, 3, 4, 1).flatten(0, 3), by_latent.permute(0, 1, 3, 4, 2).flatten(0, 3)
    solved = torch.linalg.lstsq(torch.cat([x, torch.ones(len(x), 1)], dim=1), y).solution
    return solved[:-1], solved[-1]


def finished_vae(run, preset, film, device):
    """The trained autoencoder and its statistics (mean, std), both made now if they are missing."""
    vae = WanVAE(**preset["vae"]["model"])
    vae.load_state_dict(torch.load(run / "vae/final.pt", map_location="cpu")["model"])
    vae = vae.to(device).eval()
    if not (run / "stats.pt").exists():
        stats, clips = statistics(vae, film, device, min(512, film.count)), film.head(min(96, film.count))
        latents = encode(vae, [s.to(device) for s in stats], to_video(clips.to(device))).cpu()
        torch.save(dict(stats=stats, rgb=preview_colours(latents, clips)), run / "stats.pt")
    return vae, torch.load(run / "stats.pt")["stats"]


def watcher(run, vae, stats, tokenizer_file, preset):
    """Every so often: read samples of fixed held-out prompts, and leave a contact sheet to look at. Runs on the CPU."""
    names, texts = prompts(preset["prompts"])
    tokenizer, vae = Tokenizer.from_file(str(tokenizer_file)), copy.deepcopy(vae).cpu()
    shape = dict(frames=(preset["frames"] - 1) // 4 + 1, edge=preset["size"] // 8)

    def watch(state):
        model = copy.deepcopy(state.ema).cpu()
        clips = make_clips(model, vae, stats, tokenizer, texts, shift=preset["dit"]["shift"], steps=16, **shape)
        state.log(**score(clips, names)[0])
        sheet(clips[:16], run / f"samples-{state.step:06}.png", zoom=2)
    return watch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--out", required=True, help="folder of the run: data, checkpoints, log")
    parser.add_argument("--start", help="an exported folder to begin with, such as ../models/gosling, where the run itself is lost")
    parser.add_argument("--minutes", type=float, help="stop after so long, leaving a checkpoint")
    parser.add_argument("--eager", action="store_true", help="skip torch.compile, where compiling costs more than it saves")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    deadline = time.time() + 60 * options.minutes if options.minutes else None
    run, preset = Path(options.out), PRESETS[options.preset]
    device = preset["device"]
    film = prepare(run / "data", preset, device)
    save_tokenizer(run / "tokenizer")
    start = take_folder(options.start, run) if options.start else None
    if not (run / "vae/final.pt").exists() and not train_vae(run / "vae", film, preset["vae"], device, deadline):
        return
    vae, stats = finished_vae(run, preset, film, device)
    count = preset["latents"]
    latents = encode_all(run / f"latents-{count}.pt", vae, stats, film, count, device, half=preset["dit"]["half"])
    tokenizer_file = run / "tokenizer/tokenizer.json"
    watch = watcher(run, vae, stats, tokenizer_file, preset)
    preset["dit"]["compile"] &= not options.eager
    train_dit(run / "dit", latents, film.scenes, tokenizer_file, preset["dit"], device, watch, deadline, start)


if __name__ == "__main__":
    main()
