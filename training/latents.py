"""Clips to normalised latents, once, for all training steps."""
from pathlib import Path

import torch


def to_video(clips):
    """uint8 [B, F, H, W, 3] (array or tensor) -> float [B, 3, F, H, W] in -1..1."""
    return torch.as_tensor(clips).permute(0, 4, 1, 2, 3).float() / 127.5 - 1


def to_clips(video):
    """[B, 3, F, H, W] in -1..1 -> [B, F, H, W, 3] in 0..1."""
    return (video.permute(0, 2, 3, 4, 1) / 2 + 0.5).clamp(0, 1)


@torch.no_grad()
def encode(vae, stats, video):
    """Normalised latents [B, z, T, h, w]; `stats` = (mean, std), each [z]."""
    mean, std = (s.view(1, -1, 1, 1, 1) for s in stats)
    return (vae.encode(video)[0] - mean) / std


@torch.no_grad()
def decode(vae, stats, latents):
    """Normalised latents to video, unclamped."""
    mean, std = (s.view(1, -1, 1, 1, 1) for s in stats)
    return vae.decode(latents * std + mean)


@torch.no_grad()
def statistics(vae, film, device="cpu", count=512, batch=32):
    """Mean and standard deviation [z] of every latent channel over the first clips, on the CPU."""
    z = [vae.encode(to_video(film.clips(torch.arange(i, i + batch)).to(device)))[0].float().cpu() for i in range(0, count, batch)]
    z = torch.cat(z)
    return z.mean(dim=(0, 2, 3, 4)), z.std(dim=(0, 2, 3, 4))


@torch.no_grad()
def encode_all(path, vae, stats, film, count, device="cpu", batch=32, half=False):
    """Half-precision latents of the first `count` clips [N, z, T, h, w] and of each last frame held still [N, z, 2, h, w]; cached in `path`.

    A still picture in the middle or at the end of a clip has no latent of its own (later latents hold four frames), so it is
    taken from a clip of that frame repeated five times; its first latent also serves as a single-picture sample.
    """
    path, stats = Path(path), tuple(s.to(device) for s in stats)
    if not path.exists():
        moving, still = [], []
        for i in range(0, count, batch):
            video = to_video(film.clips(torch.arange(i, min(i + batch, count))).to(device))
            with torch.autocast(device, torch.bfloat16, enabled=half):
                moving.append(encode(vae, stats, video).half().cpu())
                still.append(encode(vae, stats, video[:, :, -1:].expand(-1, -1, 5, -1, -1)).half().cpu())
        torch.save((torch.cat(moving), torch.cat(still)), path)
    return torch.load(path)
