"""Go on training the decoder alone, while the encoder, and so every latent and the transformer, stay as they are.

    python refine.py --preset cpu --out RUN        # continues from RUN/vae/final.pt; `export.py` prefers its result
"""
import argparse
import time
from pathlib import Path

import torch

from prepare import prepare
from presets import PRESETS
from train_vae import train_vae

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--out", required=True, help="folder of the run")
    parser.add_argument("--minutes", type=float, help="stop after so long, leaving a checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    run, preset = Path(options.out), PRESETS[options.preset]
    start = torch.load(run / "vae/final.pt", map_location="cpu")["model"]
    deadline = time.time() + 60 * options.minutes if options.minutes else None
    train_vae(run / "decoder", prepare(run / "data", preset, preset["device"]), preset["vae"], preset["device"], deadline, start)
