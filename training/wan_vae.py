"""AutoencoderKLWan of the Wan 2.2 kind (residual, `patch_size` 2) as one whole-sequence pass, with diffusers' tensor names.

diffusers runs the same mathematics in chunks with caches; models.md 2.7 gives the whole-sequence form used here.
Clips are [B, 3, F, H, W] in -1..1 with F = 4k+1, latents [B, z, (F-1)/4+1, H/8, W/8].
Every level has a way round that has no parameters (`average_down`, `duplicate_up`), so that a picture comes through
before anything is learned (Chen et al. 2024, DC-AE, arXiv 2410.10733).
"""
import torch
import torch.nn.functional as F
from torch import nn

PATCH = 2
MULT = (2, 4, 4)                                    # width of each level; the last two must be equal


class CausalConv(nn.Conv3d):
    """3-D convolution that sees the past only: kt-1 zero frames on the left, k//2 zeros around each frame."""

    def __init__(self, cin, cout, kernel, stride=1, pad_time=True):
        kt, k = kernel
        super().__init__(cin, cout, (kt, k, k), stride=(stride, 1, 1), padding=(0, k // 2, k // 2))
        self.left = kt - 1 if pad_time else 0
        if kt == 3 and k == 3:                           # starts as a convolution of single frames, see train_vae.STAGES
            nn.init.zeros_(self.weight[:, :, :2])

    def forward(self, x):
        return super().forward(F.pad(x, (0, 0, 0, 0, self.left, 0)) if self.left else x)


@torch.no_grad()
def start_as(conv, matrix, taps):
    """Let a temporal convolution begin as `matrix` at the given taps: frames are averaged in pairs, or doubled."""
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
    for tap in taps:
        conv.weight[:, :, tap, 0, 0] = matrix


class Norm(nn.Module):
    """x / |x| over channels, times sqrt(C) and gamma."""

    def __init__(self, dim, dims=3):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim, *[1] * dims))

    def forward(self, x):
        length = x.float().square().sum(dim=1, keepdim=True).clamp(min=1e-24).sqrt()      # its gradient is finite at 0 in half precision
        return x * (self.gamma.shape[0] ** 0.5 / length).to(x.dtype) * self.gamma


class Res(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.norm1, self.conv1 = Norm(cin), CausalConv(cin, cout, (3, 3))
        self.norm2, self.conv2 = Norm(cout), CausalConv(cout, cout, (3, 3))
        self.conv_shortcut = CausalConv(cin, cout, (1, 1)) if cin != cout else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return self.conv_shortcut(x) + self.conv2(F.silu(self.norm2(h)))


def by_frame(x):
    """[B, C, T, H, W] -> [B*T, C, H, W]."""
    return x.transpose(1, 2).flatten(0, 1)


def by_clip(x, batch):
    """[B*T, C, H, W] -> [B, C, T, H, W]."""
    return x.unflatten(0, (batch, -1)).transpose(1, 2)


class Attention(nn.Module):
    """Single-head attention inside each frame."""

    def __init__(self, dim):
        super().__init__()
        self.norm, self.to_qkv, self.proj = Norm(dim, 2), nn.Conv2d(dim, 3 * dim, 1), nn.Conv2d(dim, dim, 1)
        nn.init.zeros_(self.proj.weight)

    def forward(self, x):
        h = by_frame(x)
        q, k, v = self.to_qkv(self.norm(h)).flatten(2).transpose(1, 2).unsqueeze(1).chunk(3, dim=-1)
        y = F.scaled_dot_product_attention(q, k, v).squeeze(1).transpose(1, 2).reshape(h.shape)
        return x + by_clip(self.proj(y), len(x))


class Middle(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.resnets = nn.ModuleList([Res(dim, dim), Res(dim, dim)])
        self.attentions = nn.ModuleList([Attention(dim)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


def average_down(x, out, time=1, space=1):
    """Blocks of `time` x `space` x `space` become channels, and neighbouring channels are averaged to `out`. Odd lengths get a zero frame in front."""
    x = F.pad(x, (0, 0, 0, 0, x.shape[2] % time, 0))
    b, c, t, h, w = x.shape
    x = x.view(b, c, t // time, time, h // space, space, w // space, space).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return x.reshape(b, out, -1, t // time, h // space, w // space).mean(dim=2)


def duplicate_up(x, out, time, space):
    """Channels are repeated and laid out as blocks of `time` x `space` x `space`; of the first block only the last frame stays."""
    b, c, t, h, w = x.shape
    x = x.repeat_interleave(out * time * space * space // c, dim=1)
    x = x.view(b, out, time, space, space, t, h, w).permute(0, 1, 5, 2, 6, 3, 7, 4)
    return x.reshape(b, out, t * time, h * space, w * space)[:, :, time - 1:]


class Down(nn.Module):
    """Half the width and height, and half the frames after the first."""

    def __init__(self, dim):
        super().__init__()
        self.resample = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(dim, dim, 3, stride=2))
        self.time_conv = CausalConv(dim, dim, (3, 1), stride=2, pad_time=False)
        start_as(self.time_conv, 0.5 * torch.eye(dim), taps=(1, 2))

    def forward(self, x):
        x = by_clip(self.resample(by_frame(x)), len(x))
        return torch.cat([x[:, :, :1], self.time_conv(x)], dim=2) if x.shape[2] > 1 else x


class Up(nn.Module):
    """Twice the frames after the first, twice the width and height."""

    def __init__(self, dim):
        super().__init__()
        self.resample = nn.Sequential(nn.Upsample(scale_factor=2.0, mode="nearest-exact"), nn.Conv2d(dim, dim, 3, padding=1))
        self.time_conv = CausalConv(dim, 2 * dim, (3, 1))
        start_as(self.time_conv, torch.eye(dim).repeat(2, 1), taps=(2,))

    def forward(self, x):
        if x.shape[2] > 1:
            later = self.time_conv(x[:, :, 1:]).unflatten(1, (2, -1))            # [B, 2, C, T-1, H, W]
            x = torch.cat([x[:, :, :1], later.permute(0, 2, 3, 1, 4, 5).flatten(2, 3)], dim=2)
        return by_clip(self.resample(by_frame(x)), len(x))


def residuals(cin, cout, count):
    return nn.ModuleList([Res(cin if i == 0 else cout, cout) for i in range(count)])


class DownBlock(nn.Module):
    def __init__(self, cin, cout, blocks, down):
        super().__init__()
        self.out, self.resnets = cout, residuals(cin, cout, blocks)
        self.downsampler = Down(cout) if down else None

    def forward(self, x):
        y = x
        for resnet in self.resnets:
            y = resnet(y)
        return y + average_down(x, self.out) if self.downsampler is None else self.downsampler(y) + average_down(x, self.out, 2, 2)


class UpBlock(nn.Module):
    def __init__(self, cin, cout, blocks, up):
        super().__init__()
        self.out, self.resnets = cout, residuals(cin, cout, blocks + 1)
        self.upsampler = Up(cout) if up else None

    def forward(self, x):
        y = x
        for resnet in self.resnets:
            y = resnet(y)
        return y if self.upsampler is None else self.upsampler(y) + duplicate_up(x, self.out, 2, 2)


class Encoder(nn.Module):
    def __init__(self, base, mult, blocks, z):
        super().__init__()
        widths = [base * m for m in (1, *mult)]
        self.conv_in = CausalConv(3 * PATCH ** 2, base, (3, 3))
        self.down_blocks = nn.ModuleList([DownBlock(a, b, blocks, down=i < len(mult) - 1)
                                          for i, (a, b) in enumerate(zip(widths[:-1], widths[1:]))])
        self.mid_block, self.norm_out = Middle(widths[-1]), Norm(widths[-1])
        self.conv_out = CausalConv(widths[-1], z, (3, 3))

    def forward(self, x):
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    def __init__(self, base, mult, blocks, z):
        super().__init__()
        widths = [base * m for m in (mult[-1], *mult[::-1])]
        self.conv_in, self.mid_block = CausalConv(z, widths[0], (3, 3)), Middle(widths[0])
        self.up_blocks = nn.ModuleList([UpBlock(a, b, blocks, up=i < len(mult) - 1)
                                        for i, (a, b) in enumerate(zip(widths[:-1], widths[1:]))])
        self.norm_out, self.conv_out = Norm(widths[-1]), CausalConv(widths[-1], 3 * PATCH ** 2, (3, 3))

    def forward(self, z):
        x = self.mid_block(self.conv_in(z))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(x)))


def patchify(x):
    """[B, C, F, H, W] -> [B, 4C, F, H/2, W/2]; inside a patch the column offset is the slower index."""
    b, c, f, h, w = x.shape
    x = x.view(b, c, f, h // PATCH, PATCH, w // PATCH, PATCH).permute(0, 1, 6, 4, 2, 3, 5)
    return x.reshape(b, c * PATCH ** 2, f, h // PATCH, w // PATCH)


def unpatchify(x):
    """The inverse of `patchify`."""
    b, c, f, h, w = x.shape
    x = x.view(b, c // PATCH ** 2, PATCH, PATCH, f, h, w).permute(0, 1, 4, 5, 3, 6, 2)
    return x.reshape(b, c // PATCH ** 2, f, h * PATCH, w * PATCH)


class WanVAE(nn.Module):
    def __init__(self, base=16, decoder_base=16, z=16, mult=MULT, blocks=1):
        super().__init__()
        self.encoder = Encoder(base, list(mult), blocks, 2 * z)
        self.quant_conv = CausalConv(2 * z, 2 * z, (1, 1))
        self.post_quant_conv = CausalConv(z, z, (1, 1))
        self.decoder = Decoder(decoder_base, list(mult), blocks, z)
        nn.init.zeros_(self.quant_conv.weight[z:])        # start almost without noise: unit variance would hide the picture
        nn.init.constant_(self.quant_conv.bias[z:], -5.0)

    def encode(self, clips):
        """Mean and log-variance of the latents."""
        return self.quant_conv(self.encoder(patchify(clips))).chunk(2, dim=1)

    def decode(self, latents):
        """Unclamped clips."""
        return unpatchify(self.decoder(self.post_quant_conv(latents)))
