"""Train the text encoder and the diffusion transformer together on cached latents (models.md 6.2)."""
import random
import time

import torch
from tokenizers import Tokenizer
from torch import nn

import world
from captions import caption
from loop import Run
from muon import optimisers
from umt5 import UMT5, encode_padded
from wan_dit import WanDiT

TEXT_LENGTH = 28
MODES = ("none", "first", "prefix", "suffix", "ends", "gap", "some")
SHARES = (0.52, 0.16, 0.10, 0.04, 0.10, 0.04, 0.04)


class Gosling(nn.Module):
    """Text encoder and transformer as one trainable module."""

    def __init__(self, vocabulary, transformer, text):
        super().__init__()
        self.text_encoder = UMT5(vocabulary, **text)
        self.transformer = WanDiT(text_dim=text["dim"], **transformer)

    def forward(self, latents, t, ids):
        """Velocity of latents [B, C, T, h, w] at t [B, T] in 0..1 for token ids [B, S] (0 = pad)."""
        states, bias = encode_padded(self.text_encoder, ids)
        return self.transformer(latents, t * 1000, states, bias)


def known_frames(count, frames, generator):
    """Which latent frames are given [count, frames] (bool), drawn from the mixture of modes."""
    mode = torch.multinomial(torch.tensor(SHARES), count, replacement=True, generator=generator)
    first, second = (torch.randint(1, frames - 1, (2, count), generator=generator)).sort(dim=0).values
    at, last = torch.arange(frames)[None], frames - 1
    first, second = first[:, None], second[:, None]
    some = torch.rand(count, frames, generator=generator) < 0.4
    choices = torch.stack([at < 0 * first, (at == 0) + 0 * first > 0, at < first + 1, at > first,
                           ((at == 0) | (at == last)) & (first > 0), (at < first) | (at > second), some & (at != first)])
    return choices[mode, torch.arange(count)]


def noise_levels(count, frames, shift, generator):
    """t [count, frames] in 0..1: logit-normal, shifted; one level per clip, and for one clip in ten rising over time."""
    t = torch.sigmoid(torch.randn(count, frames, generator=generator))
    t = shift * t / (1 + (shift - 1) * t)
    rising = torch.rand(count, 1, generator=generator) < 0.1
    return torch.where(rising, t.sort(dim=1).values, t[:, :1])


class Batches:
    """Endless training batches: (noisy latents, t, ids, target, weight)."""

    def __init__(self, moving, still, scenes, tokenizer, shift, seed):
        self.moving, self.still, self.shift = moving, still, shift
        self.names = [world.describe(scenes, i) for i in range(len(moving))]
        self.tokenizer, self.dice = tokenizer, random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        tokenizer.enable_padding(pad_id=0, length=TEXT_LENGTH)
        tokenizer.enable_truncation(TEXT_LENGTH)

    def ids(self, picks):
        texts = ["" if self.dice.random() < 0.1 else caption(self.names[i], self.dice) for i in picks]
        return torch.tensor([e.ids for e in self.tokenizer.encode_batch(texts)])

    def clip(self, count):
        g = self.generator
        picks = torch.randint(len(self.moving), (count,), generator=g)
        x, still = self.moving[picks].float(), self.still[picks].float()
        frames = x.shape[2]
        known, t = known_frames(count, frames, g), noise_levels(count, frames, self.shift, g)
        held = known[:, -1] & (torch.rand(count, generator=g) < 0.5)
        x[:, :, -1] = torch.where(held.view(-1, 1, 1, 1), still[:, :, 1], x[:, :, -1])
        touched = torch.rand(count, 1, generator=g) < 0.5
        small = torch.rand(count, 1, generator=g) * 0.08
        return self.noised(x, torch.where(known, torch.where(touched, small, 0.0), t), ~known, self.ids(picks.tolist()))

    def picture(self, count):
        g = self.generator
        picks = torch.randint(len(self.moving), (count,), generator=g)
        x = torch.where(torch.rand(count, 1, 1, 1, 1, generator=g) < 0.5, self.moving[picks, :, :1], self.still[picks, :, :1])
        t = noise_levels(count, 1, self.shift, g)
        return self.noised(x.float(), t, torch.ones(count, 1, dtype=torch.bool), self.ids(picks.tolist()))

    def noised(self, x, t, unknown, ids):
        noise = torch.randn(x.shape, generator=self.generator)
        level = t[:, None, :, None, None]
        weight = unknown.float() / unknown.float().mean()
        return x + (noise - x) * level, t, ids, noise - x, weight


def loss_of(model, noisy, t, ids, target, weight):
    """Mean squared error of the velocity over the frames that are not given."""
    wrong = (model(noisy, t, ids).float() - target).square().mean(dim=(1, 3, 4))
    return (wrong * weight).mean()


def train_dit(folder, latents, scenes, tokenizer_file, preset, watch=None):
    """Train until decayed. `watch(run, model)` is called every `preset['watch']` steps with the averaged model."""
    torch.manual_seed(7)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    model = Gosling(tokenizer.get_vocab_size(), preset["transformer"], preset["text"])
    run = Run(folder, model, optimisers(model, preset["lr"], plain=("shared", "patch_embedding", "proj_out", "time_embedder", "table", "bias")),
              preset["lr"], preset["warmup"])
    batches = Batches(*latents, scenes, tokenizer, preset["shift"], seed=31 + run.step)
    step_loss = torch.compile(loss_of, dynamic=False) if preset["compile"] else loss_of
    saved, count = time.time(), preset["batch"]
    while not run.finished:
        if run.decay_from is None and run.step >= preset["steps"]:
            (run.folder / "decay").write_text(str(preset["decay"]))
        run.rate()
        batch = batches.picture(count) if run.step % 20 == 19 else batches.clip(count)
        loss = step_loss(model, *batch)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=False)
        run.after_step(loss)
        if watch and run.step % preset["watch"] == 0:
            watch(run, run.ema)
        if time.time() - saved > 180:
            run.save()
            saved = time.time()
    run.finish(preset={k: preset[k] for k in ("transformer", "text", "shift")})
    if watch:
        watch(run, run.ema)
    return run.ema
