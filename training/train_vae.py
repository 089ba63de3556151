"""Train the video autoencoder on crops of the rendered clips, mostly around their heroes."""
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

from loop import Run
from muon import optimisers
from wan_vae import WanVAE
from world import trajectory

MEMORY = 4096              # clips held in memory while training
KL_WEIGHT = 3e-5           # per latent element; the decoder's assumed error is then about 0.03 in -1..1
# (first step, clip lengths, batch multiple): single frames are 17 times cheaper and teach space first; the model starts
# with all its weight on the present frame, so time is learned on top.
STAGES = ((0, (1,), 4), (1500, (5, 5, 5, 1), 2), (2200, (17, 17, 17, 9, 5, 1), 1))


def crops(clips, path, count, edge, frames, generator):
    """`count` random windows [count, 3, frames, edge, edge] in -1..1; three of four hold the hero. `path`: its x, y [N, F]."""
    total, length, size = clips.shape[:3]
    out = torch.empty(count, frames, edge, edge, 3, dtype=torch.uint8)
    for i in range(count):
        n, start, wild, u, v = (torch.rand(5, generator=generator)).tolist()
        n, start = int(n * total), int(start * (length - frames + 1))
        middle = start + frames // 2
        if wild < 0.75:
            corner = [float(path[a][n, middle]) * size - edge / 2 + (r - 0.5) * edge * 0.6 for a, r in ((1, v), (0, u))]
        else:
            corner = [v * (size - edge), u * (size - edge)]
        top, left = (min(max(int(c), 0), size - edge) for c in corner)
        out[i] = torch.from_numpy(clips[n, start:start + frames, top:top + edge, left:left + edge])
    return out.permute(0, 4, 1, 2, 3).float() / 127.5 - 1


def loss_of(model, x):
    """Reconstruction (smooth L1, edges, change over time) plus the divergence of the latents from N(0, 1)."""
    mean, logvar = model.encode(x)
    logvar = logvar.clamp(-12, 4)
    y = model.decode(mean + torch.exp(0.5 * logvar) * torch.randn_like(mean))

    def near(a, b):
        return (((a - b) ** 2 + 0.02 ** 2).sqrt() - 0.02).mean()

    loss = near(x, y) + 0.5 * (near(x.diff(dim=-1), y.diff(dim=-1)) + near(x.diff(dim=-2), y.diff(dim=-2)))
    if x.shape[2] > 1:
        loss = loss + 0.25 * near(x.diff(dim=2), y.diff(dim=2))
    divergence = 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()
    return loss + KL_WEIGHT * divergence


@torch.no_grad()
def psnr(model, clips):
    """Round trip of uint8 clips [N, F, S, S, 3] in dB: over all pixels, and over first frames only."""
    x = torch.from_numpy(clips).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    wrong = ((model.decode(model.encode(x)[0]).clamp(-1, 1) - x) / 2) ** 2
    return [round(-10 * math.log10(float(e.mean())), 2) for e in (wrong, wrong[:, :, :1])]


def train_vae(folder, clips, scenes, preset):
    """Train until decayed; the decay begins after `preset['seconds']` or when asked for. Returns the averaged model."""
    torch.manual_seed(5)
    model = WanVAE(**preset["model"])
    run = Run(folder, model, optimisers(model, preset["lr"], plain=("conv_in.", "conv_out.")), preset["lr"], 100, 0.998)
    generator = torch.Generator().manual_seed(77 + run.step)
    clips = np.array(clips[:MEMORY])                       # random reads of a large file would cost more than the network
    path, held, saved = [p[:MEMORY] for p in trajectory(scenes, clips.shape[1])[:2]], clips[:32], time.time()
    while not run.finished:
        if run.decay_from is None and run.elapsed() > preset["seconds"]:
            (run.folder / "decay").write_text(str(preset["decay"]))
        run.rate()
        _, lengths, multiple = [s for s in STAGES if s[0] <= run.step][-1]
        whole = float(torch.rand(1, generator=generator)) < 0.2
        count = preset["batch"] * multiple
        edge, count = (clips.shape[2], count // 4) if whole else (clips.shape[2] // 2, count)
        frames = lengths[int(torch.randint(len(lengths), (1,), generator=generator))]
        loss = loss_of(model, crops(clips[32:], [p[32:] for p in path], count, edge, frames, generator))
        loss.backward()
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        run.after_step(loss)
        if run.step % 200 == 0:
            run.log(psnr=psnr(run.ema, held))
        if time.time() - saved > 120:
            run.save()
            saved = time.time()
    run.finish(config=preset["model"])
    run.log(psnr=psnr(run.ema, held))
    return run.ema
