"""Train the video autoencoder on crops of the rendered clips, mostly around their heroes."""
import math

import torch
import torch.nn.functional as F

from latents import to_video
from loop import Run
from muon import optimisers
from wan_vae import WanVAE
from world import trajectory

MEMORY = 4096              # clips held in memory while training
KL_WEIGHT = 3e-5           # per latent element; the decoder's assumed error is then about 0.03 in -1..1
PICTURES = 600             # first steps on single frames: cheap, and the model starts with all its weight on the present frame
FRAMES = 9                 # of a crop afterwards; one step in six sees a whole clip


def crops(film, path, count, edge, frames, generator):
    """`count` random windows [count, 3, frames, edge, edge] in -1..1; three of four hold the hero. `path`: its x, y [N, F]."""
    n, start, wild, u, v = torch.rand(5, count, generator=generator)
    picks, start = (n * film.count).long(), (start * (film.frames - frames + 1)).long()
    middle = start + frames // 2
    hero = [p[picks, middle] * film.size - edge / 2 + (r - 0.5) * edge * 0.6 for p, r in zip(path, (u, v))]
    free = [r * (film.size - edge) for r in (u, v)]
    left, top = (torch.where(wild < 0.75, h, f).clamp(0, film.size - edge).long().tolist() for h, f in zip(hero, free))
    windows = [clip[s:s + frames, y:y + edge, x:x + edge]
               for clip, s, y, x in zip(film.clips(picks), start.tolist(), top, left)]
    return torch.stack(windows).permute(0, 4, 1, 2, 3).float() / 127.5 - 1          # channels last, which convolutions like best


def loss_of(model, x, frozen):
    """Reconstruction (error, edges, change over time) plus the divergence of the latents from N(0, 1).

    Absolute error alone would give up small dark things (eyes, stars): their pixels are few. The square keeps them.
    With a `frozen` encoder only the decoder learns, from latents with the noise their posterior has.
    """
    with torch.set_grad_enabled(not frozen):
        mean, logvar = (t.float() for t in model.encode(x))
    logvar = logvar.clamp(-12, 4)
    y = model.decode(mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)).float()

    def near(a, b):
        square = (a - b) ** 2
        return ((square + 0.02 ** 2).sqrt() - 0.02 + 2 * square).mean()

    loss = near(x, y) + 0.5 * (near(x.diff(dim=-1), y.diff(dim=-1)) + near(x.diff(dim=-2), y.diff(dim=-2)))
    if x.shape[2] > 1:
        loss = loss + 0.25 * near(x.diff(dim=2), y.diff(dim=2))
    return loss + KL_WEIGHT * 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()


@torch.no_grad()
def psnr(model, clips):
    """Round trip of uint8 clips [N, F, S, S, 3] in dB: over all pixels, and over first frames only."""
    x = to_video(clips.to(next(model.parameters()).device))
    wrong = ((model.decode(model.encode(x)[0]).clamp(-1, 1) - x) / 2) ** 2
    return [round(-10 * math.log10(float(e.mean())), 2) for e in (wrong, wrong[:, :, :1])]


def train_vae(folder, film, preset, device="cpu", deadline=None, start=None):
    """Train until decayed; the decay begins after `preset['seconds']` or when asked for. True when finished.

    `start`: weights to begin with, whose encoder stays as it is, so that latents made before remain valid.
    """
    torch.manual_seed(5)
    model = WanVAE(**preset["model"]).to(device)
    if start is not None:
        model.load_state_dict(start)
        model.encoder.requires_grad_(False)
        model.quant_conv.requires_grad_(False)
    run = Run(folder, model, optimisers(model, preset["lr"], plain=("conv_in.", "conv_out.")), preset["lr"], 100, 0.998, deadline)
    generator = torch.Generator().manual_seed(77 + run.step)
    held, film = film.head(16), film.kept(MEMORY)
    path = trajectory(film.scenes, film.frames)[:2]
    step_loss = torch.compile(loss_of, dynamic=False) if preset["compile"] else loss_of
    while not run.finished:
        if run.decay_from is None and run.elapsed() > preset["seconds"]:
            run.begin_decay(preset["decay"])
        run.rate()
        early, whole = run.step < PICTURES, run.step % 6 == 5
        shape = (4 * preset["batch"], film.size // 2, 1) if early else (preset["batch"] // 8, film.size, film.frames) if whole \
            else (preset["batch"], film.size // 2, min(FRAMES, film.frames))
        with torch.autocast(device, torch.bfloat16, enabled=preset["half"]):
            loss = (loss_of if early else step_loss)(model, crops(film, path, *shape, generator).to(device), frozen=start is not None)
        loss.backward()
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        run.after_step(loss)
        if run.step % 500 == 0:
            run.log(psnr=psnr(run.ema, held))
        if not run.keep_safe(every=120):
            return False
    run.finish(config=preset["model"])
    run.log(psnr=psnr(run.ema, held))
    return True
