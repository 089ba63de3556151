"""The three presets of one script. `seconds` and `steps` end the stable phase; both runs can be ended earlier or go on."""

VAE = dict(model=dict(base=12, decoder_base=16, z=16), lr=2e-3, batch=8)
TEXT = dict(dim=128, heads=4, head_dim=32, wide=256, layers=2)

PRESETS = {
    "rehearsal": dict(
        device="cpu", size=64, frames=17, clips=96, prompts=4,
        vae=dict(VAE, model=dict(base=4, decoder_base=4, z=16), seconds=4, decay=3, batch=4),
        dit=dict(transformer=dict(channels=16, heads=2, head_dim=32, layers=2, ffn=128), text=dict(TEXT, layers=1),
                 lr=1e-3, warmup=5, shift=3.0, batch=4, steps=12, decay=4, watch=1000, compile=False, light=False)),
    "cpu": dict(
        device="cpu", size=64, frames=17, clips=20480, prompts=64,
        vae=dict(VAE, seconds=3600, decay=400),
        dit=dict(transformer=dict(channels=16, heads=4, head_dim=32, layers=6, ffn=512), text=TEXT,
                 lr=1e-3, warmup=200, shift=3.0, batch=16, steps=100_000, decay=4000, watch=2000, compile=True, light=False)),
    "gpu": dict(
        device="cuda", size=128, frames=33, clips=61_440, prompts=32,
        vae=dict(model=dict(base=24, decoder_base=32, z=16), lr=2e-3, batch=16, seconds=330, decay=600),
        dit=dict(transformer=dict(channels=16, heads=6, head_dim=64, layers=12, ffn=1536), text=dict(TEXT, dim=256, wide=512, layers=4),
                 lr=1e-3, warmup=100, shift=3.0, batch=128, steps=100_000, decay=1500, watch=1_000_000, compile=True, light=True)),
}
