"""The three presets of one script. `seconds` and `steps` end the stable phase; both runs can be ended earlier or go on."""

# `half`: bfloat16 where it is exact enough; on CPUs with AMX convolutions are three times as fast.
# `pictures`: so many first steps see single frames, which cost a fifth and teach places, shapes and colours; motion comes after.
VAE = dict(model=dict(base=24, decoder_base=24, z=24), lr=2e-3, batch=8, half=True, compile=False)
TEXT = dict(dim=128, heads=4, head_dim=32, wide=256, layers=2)

PRESETS = {
    "rehearsal": dict(
        device="cpu", size=64, frames=17, fps=8, clips=96, latents=96, prompts=4,
        vae=dict(VAE, model=dict(base=4, decoder_base=4, z=16), seconds=4, decay=3, compile=False),
        dit=dict(transformer=dict(channels=16, heads=2, head_dim=32, layers=2, ffn=128), text=dict(TEXT, layers=1),
                 lr=3e-3, warmup=5, shift=3.0, hero=4, batch=4, pictures=6, steps=12, decay=4, watch=1000, half=True, compile=False, light=False)),
    "cpu": dict(
        device="cpu", size=64, frames=17, fps=8, clips=20480, latents=8192, prompts=60,
        vae=dict(VAE, seconds=3600, decay=2000),
        dit=dict(transformer=dict(channels=24, heads=6, head_dim=32, layers=8, ffn=768), text=TEXT,
                 lr=2e-3, warmup=100, shift=3.0, hero=4, batch=32, pictures=1000, steps=100_000, decay=4000, watch=2000, half=True, compile=True, light=False)),
    "gpu": dict(
        device="cuda", size=128, frames=33, fps=12, clips=61_440, latents=61_440, prompts=32,
        vae=dict(VAE, model=dict(base=32, decoder_base=32, z=24), batch=16, compile=True, seconds=330, decay=600),
        dit=dict(transformer=dict(channels=24, heads=6, head_dim=64, layers=12, ffn=1536), text=dict(TEXT, dim=256, wide=512, layers=4),
                 lr=2e-3, warmup=100, shift=3.0, hero=4, batch=128, pictures=1000, steps=100_000, decay=1500, watch=1_000_000, half=True, compile=True, light=True)),
}
