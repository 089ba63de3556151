"""UMT5EncoderModel with transformers' tensor names (models.md 2.4): a relative bias table of its own in every layer."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from wan_dit import attend

BUCKETS, MAX_DISTANCE, POSITIONS = 32, 128, 512


def buckets(length):
    """Bucket of every (query, key) pair [S, S], bidirectional."""
    relative = torch.arange(length)[None] - torch.arange(length)[:, None]
    n, half = relative.abs(), BUCKETS // 2
    exact = half // 2
    far = exact + (torch.log(n.clamp(min=1).float() / exact) / math.log(MAX_DISTANCE / exact) * (half - exact)).long()
    return (relative > 0) * half + torch.where(n < exact, n, far.clamp(max=half - 1))


class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, 1e-6)


class SelfAttention(nn.Module):
    def __init__(self, dim, heads, head_dim):
        super().__init__()
        self.heads, inner = heads, heads * head_dim
        self.q, self.k, self.v = (nn.Linear(dim, inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, dim, bias=False)
        self.relative_attention_bias = nn.Embedding(BUCKETS, heads)
        nn.init.normal_(self.q.weight, std=(dim * head_dim) ** -0.5)
        nn.init.normal_(self.relative_attention_bias.weight, std=0.3)

    def forward(self, x, keep, bucket):
        q, k, v = (f(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        bias = self.relative_attention_bias(bucket).permute(2, 0, 1)[None]
        bias = bias.masked_fill(~keep[:, None, None], -1e4).to(q.dtype)
        y = attend(q, k, v, bias, scale=1.0)
        return self.o(y.transpose(1, 2).flatten(2))


class AttentionLayer(nn.Module):
    def __init__(self, dim, heads, head_dim):
        super().__init__()
        self.SelfAttention, self.layer_norm = SelfAttention(dim, heads, head_dim), Norm(dim)

    def forward(self, x, keep, bucket):
        return x + self.SelfAttention(self.layer_norm(x), keep, bucket)


class Gated(nn.Module):
    def __init__(self, dim, wide):
        super().__init__()
        self.wi_0, self.wi_1 = nn.Linear(dim, wide, bias=False), nn.Linear(dim, wide, bias=False)
        self.wo = nn.Linear(wide, dim, bias=False)

    def forward(self, x):
        return self.wo(F.gelu(self.wi_0(x), approximate="tanh") * self.wi_1(x))


class GatedLayer(nn.Module):
    def __init__(self, dim, wide):
        super().__init__()
        self.DenseReluDense, self.layer_norm = Gated(dim, wide), Norm(dim)

    def forward(self, x):
        return x + self.DenseReluDense(self.layer_norm(x))


class Layer(nn.Module):
    def __init__(self, dim, heads, head_dim, wide):
        super().__init__()
        self.layer = nn.ModuleList([AttentionLayer(dim, heads, head_dim), GatedLayer(dim, wide)])

    def forward(self, x, keep, bucket):
        return self.layer[1](self.layer[0](x, keep, bucket))


class Stack(nn.Module):
    def __init__(self, dim, heads, head_dim, wide, layers):
        super().__init__()
        self.block = nn.ModuleList([Layer(dim, heads, head_dim, wide) for _ in range(layers)])
        self.final_layer_norm = Norm(dim)


class UMT5(nn.Module):
    def __init__(self, vocabulary, dim=128, heads=4, head_dim=32, wide=256, layers=2):
        super().__init__()
        self.shared = nn.Embedding(vocabulary, dim)
        self.encoder = Stack(dim, heads, head_dim, wide, layers)
        self.register_buffer("bucket", buckets(64), persistent=False)

    def forward(self, ids, keep):
        """ids, keep [B, S] -> states [B, S, dim]; pads are neither attended nor meaningful."""
        x, bucket = self.shared(ids), self.bucket[: ids.shape[1], : ids.shape[1]]
        for layer in self.encoder.block:
            x = layer(x, keep, bucket)
        return self.encoder.final_layer_norm(x)


def encode_padded(encoder, ids):
    """What Wan's DiT sees of ids [B, S] (pad = 0): states [B, S+1, d] and score bias [B, S+1].

    The last position stands for all 512 - n pads at once: a zero state with bias ln(512 - n). Pads inside S are hidden.
    """
    keep = ids != 0
    states = encoder(ids, keep) * keep[..., None]
    bias = torch.zeros_like(ids, dtype=torch.float32).masked_fill(~keep, -1e4)
    pads = torch.log(POSITIONS - keep.sum(1, keepdim=True).float())
    return F.pad(states, (0, 0, 0, 1)), torch.cat([bias, pads], dim=1)
