"""WanTransformer3DModel with diffusers' tensor names (models.md 2.2), time steps per latent frame.

Text enters as [B, S, text_dim] plus a bias [B, S] added to the cross-attention scores: Wan attends to zero states up to
512 positions, and n pads are exactly one pad with bias ln(n) (see `umt5.encode_padded`).
"""
import math

import torch
import torch.nn.functional as F
from torch import nn


class RMS(nn.Module):
    """RMS norm over the whole width, before the heads are split."""

    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, 1e-6)


def rotary_tables(frames, rows, columns, head_dim):
    """cos and sin [N, head_dim/2] in fp32: temporal, vertical, horizontal angles of every token."""
    across = 2 * (head_dim // 6)
    angles = []
    for axis, size in enumerate((head_dim - 2 * across, across, across)):
        position = torch.arange((frames, rows, columns)[axis], dtype=torch.float64)
        a = position[:, None] * 10000.0 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        shape = [1, 1, 1, size // 2]
        shape[axis] = len(position)
        angles.append(a.view(shape).expand(frames, rows, columns, -1))
    angles = torch.cat(angles, dim=-1).flatten(0, 2)
    return angles.cos().float(), angles.sin().float()


def rotate(x, tables):
    """Rotate interleaved pairs of x [B, heads, N, D]."""
    cos, sin = tables
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


def attend(q, k, v, bias=None, scale=None):
    """Attention over [B, heads, N, D] with a bias added to the scores. On a CPU, written out: the fused kernel's way back takes
    four times as long for the few tokens of a small clip."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)
    scores = (q * scale) @ k.transpose(-1, -2)
    return (scores if bias is None else scores + bias).softmax(dim=-1).to(v.dtype) @ v


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])
        self.norm_q, self.norm_k = RMS(dim), RMS(dim)

    def forward(self, x, context=None, bias=None, tables=None):
        """x [B, N, d]; context [B, S, d] with bias [B, S] for cross-attention, rotary tables for self-attention."""
        source = x if context is None else context
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for t in (self.norm_q(self.to_q(x)), self.norm_k(self.to_k(source)), self.to_v(source)))
        if tables is not None:
            q, k = rotate(q, tables).to(v.dtype), rotate(k, tables).to(v.dtype)
        mask = None if bias is None else bias[:, None, None, :].to(q.dtype).expand(-1, self.heads, q.shape[2], -1)
        y = attend(q, k.to(q.dtype), v.to(q.dtype), mask)
        return self.to_out[0](y.transpose(1, 2).flatten(2))


class Gelu(nn.Module):
    def __init__(self, dim, wide):
        super().__init__()
        self.proj = nn.Linear(dim, wide)

    def forward(self, x):
        return F.gelu(self.proj(x), approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, dim, wide):
        super().__init__()
        self.net = nn.ModuleList([Gelu(dim, wide), nn.Identity(), nn.Linear(wide, dim)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


def normed(x):
    """Layer norm without parameters."""
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


class Block(nn.Module):
    def __init__(self, dim, heads, ffn):
        super().__init__()
        self.scale_shift_table = nn.Parameter(torch.randn(1, 6, dim) / dim ** 0.5)
        self.attn1, self.attn2 = Attention(dim, heads), Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.ffn = FeedForward(dim, ffn)

    def forward(self, x, text, bias, m, tables, per):
        """m [B, T, 6, d] by latent frame; `per` tokens share one frame."""
        s1, a1, g1, s2, a2, g2 = (self.scale_shift_table[:, None] + m).unbind(2)

        def modulate(h, scale, shift):
            h = normed(h).unflatten(1, (-1, per))
            return (h * (1 + scale[:, :, None]) + shift[:, :, None]).flatten(1, 2)

        def gated(h, gate):
            return (h.unflatten(1, (-1, per)) * gate[:, :, None]).flatten(1, 2)

        x = x + gated(self.attn1(modulate(x, a1, s1), tables=tables), g1)
        x = x + self.attn2(self.norm2(x), text, bias)
        return x + gated(self.ffn(modulate(x, a2, s2)), g2)


class Pair(nn.Module):
    """linear_2(act(linear_1(x)))."""

    def __init__(self, cin, dim, act):
        super().__init__()
        self.linear_1, self.linear_2, self.act = nn.Linear(cin, dim), nn.Linear(dim, dim), act

    def forward(self, x):
        return self.linear_2(self.act(self.linear_1(x)))


class Conditions(nn.Module):
    def __init__(self, dim, text_dim):
        super().__init__()
        self.time_embedder = Pair(256, dim, F.silu)
        self.time_proj = nn.Linear(dim, 6 * dim)
        self.text_embedder = Pair(text_dim, dim, lambda x: F.gelu(x, approximate="tanh"))
        frequencies = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t, text):
        """t [B, T] on the 0..1000 scale -> e [B, T, d], m [B, T, 6, d]; text -> [B, S, d]."""
        angle = t[..., None].float() * self.frequencies
        e = self.time_embedder(torch.cat([angle.cos(), angle.sin()], dim=-1))
        return e, self.time_proj(F.silu(e)).unflatten(-1, (6, -1)), self.text_embedder(text)


class WanDiT(nn.Module):
    def __init__(self, channels=16, heads=4, head_dim=32, layers=6, ffn=512, text_dim=128):
        super().__init__()
        dim = heads * head_dim
        self.channels, self.head_dim = channels, head_dim
        self.patch_embedding = nn.Conv3d(channels, dim, (1, 2, 2), (1, 2, 2))
        self.condition_embedder = Conditions(dim, text_dim)
        self.blocks = nn.ModuleList([Block(dim, heads, ffn) for _ in range(layers)])
        self.proj_out = nn.Linear(dim, 4 * channels)
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, dim) / dim ** 0.5)
        self._tables = {}
        self._initialise()

    @torch.no_grad()
    def _initialise(self):
        """As the class, but: the head starts at zero, and pads start out of the way.

        480 pads against ten words would drown the text for thousands of steps. A pad's state is zero, so its key is the
        key bias alone; starting q near +p and that bias near -p lowers every pad's score, and training decides from there.
        """
        nn.init.zeros_(self.proj_out.weight)
        nn.init.zeros_(self.proj_out.bias)
        for part in (self.condition_embedder.text_embedder.linear_1, self.condition_embedder.text_embedder.linear_2):
            nn.init.normal_(part.weight, std=part.in_features ** -0.5)
            nn.init.zeros_(part.bias)
        for block in self.blocks:
            for linear in (block.attn1.to_q, block.attn1.to_k, block.attn1.to_v, block.attn2.to_q, block.attn2.to_k, block.attn2.to_v):
                nn.init.normal_(linear.weight, std=linear.in_features ** -0.5)
                nn.init.zeros_(linear.bias)
            direction = torch.randn(linear.out_features).sign()
            block.attn2.to_q.bias.copy_(direction)
            block.attn2.to_k.bias.copy_(-0.3 * direction)
            block.attn2.norm_q.weight.fill_(1.5)
            block.attn2.norm_k.weight.fill_(1.5)

    def forward(self, latents, t, text, bias):
        """Velocity (noise - data) [B, C, T, h, w] of latents; t [B, T] per latent frame, 0..1000."""
        b, c, frames, h, w = latents.shape
        rows, columns = h // 2, w // 2
        p = latents.view(b, c, frames, rows, 2, columns, 2).permute(0, 2, 3, 5, 1, 4, 6).flatten(4).flatten(1, 3)
        x = F.linear(p, self.patch_embedding.weight.flatten(1), self.patch_embedding.bias)
        e, m, text = self.condition_embedder(t, text)
        tables = self.tables(frames, rows, columns, latents.device)
        for block in self.blocks:
            x = block(x, text, bias, m, tables, rows * columns)
        shift, scale = (self.scale_shift_table[:, None] + e[:, :, None]).unbind(2)
        x = normed(x).unflatten(1, (frames, -1)) * (1 + scale[:, :, None]) + shift[:, :, None]
        y = self.proj_out(x).view(b, frames, rows, columns, 2, 2, c)
        return y.permute(0, 6, 1, 2, 4, 3, 5).reshape(b, c, frames, h, w)

    def tables(self, frames, rows, columns, device):
        key = (frames, rows, columns, str(device))
        if key not in self._tables:
            self._tables[key] = tuple(t.to(device) for t in rotary_tables(frames, rows, columns, self.head_dim))
        return self._tables[key]
