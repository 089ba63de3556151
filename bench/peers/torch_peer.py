"""The other side of the peer benches: opens one part of a model with diffusers or transformers and runs it when told to.

Speaks JSON lines, see peer.ts: one when the part is open, one for each line "run" on stdin.
"""

import json
import os
import resource
import sys
import threading
import time

import diffusers
import torch
import transformers

work = json.loads(sys.argv[1])
dtype = getattr(torch, work["dtype"])
torch.set_num_threads(int(os.environ.get("SKEIN_THREADS") or torch.get_num_threads()))


class Memory(threading.Thread):
    """Highest private and resident memory, looked at every few milliseconds."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak = [0.0, 0.0]
        self.start_at = self.now()

    @staticmethod
    def now():
        with open("/proc/self/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return [int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS")]

    def look(self):
        self.peak = [max(pair) for pair in zip(self.peak, self.now())]

    def run(self):
        while True:
            self.look()
            time.sleep(0.005)


memory = Memory()
memory.start()


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(work_once):
    """Does it once and prints what it took."""
    memory.peak = [0.0, 0.0]
    start, start_cpu = time.perf_counter(), cpu()
    result = work_once()
    seconds, core_seconds = time.perf_counter() - start, cpu() - start_cpu
    memory.look()
    private, resident = (peak - before for peak, before in zip(memory.peak, memory.start_at))
    done = {
        "seconds": seconds,
        "coreSeconds": core_seconds,
        "privateMegabytes": private,
        "residentMegabytes": resident,
    }
    if torch.is_tensor(result):
        done["sum"] = result.float().abs().double().sum().item()
    print(json.dumps(done), flush=True)
    return result


def formula(*shape):
    """Element i is sin(0.11 i), in double and rounded: the inputs of `skein models check`."""
    count = int(torch.tensor(shape).prod())
    return (torch.arange(count, dtype=torch.float64) * 0.11).sin().reshape(shape).to(dtype)


def run_denoiser(model):
    text = torch.zeros(1, 512, model.config.text_dim, dtype=dtype)
    text[:, : work["tokens"]] = formula(1, work["tokens"], model.config.text_dim)
    return model(formula(1, *work["latent"]), torch.tensor([999]), text, return_dict=False)[0]


def run_vae(model):
    return model.decode(formula(1, *work["latent"]), return_dict=False)[0]


def run_text_encoder(model):
    ids = torch.tensor([[(7 * i) % 97 + 2 for i in range(work["tokens"])]])
    return model(ids).last_hidden_state


# Importing a library is not opening a model, so it is done before.
parts = {
    "denoiser": (diffusers.WanTransformer3DModel, run_denoiser),
    "vae": (diffusers.AutoencoderKLWan, run_vae),
    "text-encoder": (transformers.UMT5EncoderModel, run_text_encoder),
}
kind, run_part = parts[work["part"]]
memory.start_at = memory.now()
with torch.inference_mode():
    model = timed(lambda: kind.from_pretrained(work["folder"], torch_dtype=dtype).eval())
    for line in sys.stdin:
        if line.strip() == "run":
            timed(lambda: run_part(model))
