"""What diffusers makes of a latent with the VAE of `ltx/older` in tiles of 64 pixels, one every 32: into ltx/tiles.safetensors.

    PYTHONPATH=<diffusers>/src python make-ltx-tiles.py

The latent [8, 2, 3, 2] is sin(0.11 i). Of the film [3, 9, 96, 64], cut off at -1 and 1, every seventh number is kept, in half precision.
"""
from pathlib import Path

import torch
from diffusers import AutoencoderKLLTXVideo
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent / "ltx"
vae = AutoencoderKLLTXVideo.from_pretrained(HERE / "older" / "vae", torch_dtype=torch.float32).eval()
vae.enable_tiling(64, 64, tile_sample_stride_height=32, tile_sample_stride_width=32)
vae.use_framewise_decoding = False
shape = (1, 8, 2, 3, 2)
latent = (torch.arange(96, dtype=torch.float64) * 0.11).sin().float().reshape(shape)
with torch.inference_mode():
    film = vae.decode(latent, return_dict=False)[0].clamp(-1, 1)
assert film.shape == (1, 3, 9, 96, 64), film.shape
save_file({"every_seventh": film.flatten()[::7].half().contiguous()}, HERE / "tiles.safetensors")
