"""Train the text encoder and the diffusion transformer together on cached latents (models.md 6.2)."""
import random

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
    device = generator.device
    mode = torch.multinomial(torch.tensor(SHARES, device=device), count, replacement=True, generator=generator)
    first, second = torch.randint(1, frames - 1, (2, count, 1), generator=generator, device=device).sort(dim=0).values
    at = torch.arange(frames, device=device).expand(count, -1)
    some = torch.rand(count, frames, generator=generator, device=device) < 0.4
    choices = torch.stack([at < 0, at == 0, at <= first, at > first, (at == 0) | (at == frames - 1),
                           (at < first) | (at > second), some & (at != first)])
    return choices[mode, torch.arange(count, device=device)]


def noise_levels(count, frames, shift, generator):
    """t [count, frames] in 0..1: logit-normal, shifted; one level per clip, and for one clip in ten rising over time.

    One in seven is drawn evenly from the last tenth: there the text alone decides about day or night.
    """
    def rand(n):
        return torch.rand(count, n, generator=generator, device=generator.device)

    t = torch.sigmoid(torch.randn(count, frames, generator=generator, device=generator.device))
    t = shift * t / (1 + (shift - 1) * t)
    t = torch.where(rand(1) < 0.15, 0.9 + 0.1 * rand(frames), t)
    rising = rand(1) < 0.1
    return torch.where(rising, t.sort(dim=1).values, t[:, :1])


def hero_cover(scenes, frames, edge):
    """Latent cells that the hero touches [N, T, edge, edge] (bool): a quarter more than its radius, over all frames of a latent one."""
    x, y, radius = (v[..., None, None] for v in world.trajectory(scenes, frames)[:3])
    axis = (torch.arange(edge, device=x.device) + 0.5) / edge
    touched = torch.hypot(axis[None, :] - x, axis[:, None] - y) < 1.25 * radius + 0.7 / edge
    return torch.cat([touched[:, :1], touched[:, 1:].unflatten(1, (-1, 4)).any(dim=2)], dim=1)


def caption_ids(scenes, count, tokenizer, seed):
    """Token ids [count, each, TEXT_LENGTH] of several captions per scene, and of the empty prompt [TEXT_LENGTH]."""
    dice, each = random.Random(seed), max(2, min(8, 200_000 // count))
    texts = [caption(world.describe(scenes, i), dice) for i in range(count) for _ in range(each)]
    ids = torch.tensor([e.ids for e in tokenizer.encode_batch(["", *texts])], dtype=torch.int16)
    return ids[1:].view(count, each, -1), ids[0]


class Batches:
    """Endless training batches on one device: (noisy latents, t, ids, target, weight).

    Errors count `hero` times where the hero is (`cover`, see hero_cover): it fills a tenth of a frame and carries most of the prompt.
    """

    def __init__(self, latents, cover, captions, shift, hero, seed, device="cpu"):
        self.moving, self.still, self.cover, self.captions, self.empty = (x.to(device) for x in (*latents, cover, *captions))
        self.shift, self.hero, self.device = shift, hero, device
        self.generator = torch.Generator(device).manual_seed(seed)

    def rand(self, *shape):
        return torch.rand(shape, generator=self.generator, device=self.device)

    def pick(self, limit, count):
        return torch.randint(limit, (count,), generator=self.generator, device=self.device)

    def ids(self, picks):
        ids = self.captions[picks, self.pick(self.captions.shape[1], len(picks))]
        return torch.where(self.rand(len(picks), 1) < 0.1, self.empty, ids).long()

    def clip(self, count):
        """Whole clips, some of whose latent frames are given (t = 0, or up to 0.08 with that much noise)."""
        picks = self.pick(len(self.moving), count)
        x, still = self.moving[picks].float(), self.still[picks].float()
        known = known_frames(count, x.shape[2], self.generator)
        held = known[:, -1] & (self.rand(count) < 0.5)
        x[:, :, -1] = torch.where(held.view(-1, 1, 1, 1), still[:, :, 1], x[:, :, -1])
        given = torch.where(self.rand(count, 1) < 0.5, self.rand(count, 1) * 0.08, 0.0)
        t = torch.where(known, given, noise_levels(count, x.shape[2], self.shift, self.generator))
        return self.noised(x, t, ~known, self.cover[picks], self.ids(picks))

    def picture(self, count):
        """Single frames: the first or the last of a clip."""
        picks = self.pick(len(self.moving), count)
        first = self.rand(count, 1, 1, 1, 1) < 0.5
        x = torch.where(first, self.moving[picks, :, :1], self.still[picks, :, :1]).float()
        cover = torch.where(first[:, 0], self.cover[picks, :1], self.cover[picks, -1:])
        t = noise_levels(count, 1, self.shift, self.generator)
        return self.noised(x, t, torch.ones_like(t, dtype=torch.bool), cover, self.ids(picks))

    def noised(self, x, t, unknown, cover, ids):
        noise = torch.randn(x.shape, generator=self.generator, device=self.device)
        weight = unknown[:, :, None, None] * (1 + (self.hero - 1) * cover.float())
        weight = weight / weight.mean()
        return x + (noise - x) * t[:, None, :, None, None], t, ids, noise - x, weight


def loss_of(model, noisy, t, ids, target, weight):
    """Weighted mean squared error of the velocity over the frames that are not given; `weight` is [B, T, h, w] of mean 1."""
    wrong = (model(noisy, t, ids).float() - target).square().mean(dim=1)
    return (wrong * weight).mean()


def train_dit(folder, latents, scenes, tokenizer_file, preset, device="cpu", watch=None, deadline=None, start=None):
    """Train until decayed (True) or until the deadline (False). `watch(run)` is called every `preset['watch']` steps.

    `start`: weights to begin with; single frames are then behind the model.
    """
    torch.manual_seed(7)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_padding(pad_id=0, length=TEXT_LENGTH)
    tokenizer.enable_truncation(TEXT_LENGTH)
    model = Gosling(tokenizer.get_vocab_size(), preset["transformer"], preset["text"]).to(device)
    if start is not None:
        model.load_state_dict(start)
    plain = ("shared", "patch_embedding", "proj_out", "time_embedder", "table", "bias")
    run = Run(folder, model, optimisers(model, preset["lr"], plain=plain), preset["lr"], preset["warmup"],
              deadline=deadline, light=preset["light"])
    clips, frames, edge = (latents[0].shape[i] for i in (0, 2, 4))
    cover = hero_cover({key: value[:clips] for key, value in scenes.items()}, (frames - 1) * 4 + 1, edge)
    captions = caption_ids(scenes, clips, tokenizer, 31)
    batches = Batches(latents, cover, captions, preset["shift"], preset["hero"], 31 + run.step, device)
    step_loss, count = torch.compile(loss_of, dynamic=False) if preset["compile"] else loss_of, preset["batch"]
    while not run.finished:
        if run.decay_from is None and run.step >= preset["steps"]:
            run.begin_decay(preset["decay"])
        run.rate()
        early = run.step < preset["pictures"] and start is None
        still = early or run.step % 20 == 19
        batch = batches.picture(2 * count) if still else batches.clip(count)
        with torch.autocast(device, torch.bfloat16, enabled=preset["half"]):
            loss = (loss_of if still else step_loss)(model, *batch)           # pictures are too few to be worth a compilation of their own
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=False)
        run.after_step(loss)
        if watch and run.step % preset["watch"] == 0:
            watch(run)
        if not run.keep_safe(every=180):
            return False
    run.finish(preset={k: preset[k] for k in ("transformer", "text", "shift")})
    if watch:
        watch(run)
    return True
