"""What every training run needs: warm-up/stable/decay, an average of the weights, checkpoints, a log.

A run lives in one folder. `latest/` always holds the run before its decay, so it can be continued for as long as one
likes with the same command. A file named `decay` holding a number of steps ends it: the rate falls linearly to zero over
that many steps, the averaged weights go to `final.pt`, and `latest/` stays as it was when the decay began.
"""
import copy
import io
import json
import math
import os
import time
from pathlib import Path

import torch

PART_BYTES = 15 << 20


def save_parts(state, folder):
    """Save `state` as files of at most 15 MiB; the folder is replaced at once, never half written."""
    folder = Path(folder)
    fresh, old = folder.with_suffix(".new"), folder.with_suffix(".old")
    fresh.mkdir(parents=True, exist_ok=True)
    for stale in fresh.iterdir():
        stale.unlink()
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getbuffer()
    for index, start in enumerate(range(0, len(data), PART_BYTES)):
        (fresh / f"{index:03}.part").write_bytes(data[start:start + PART_BYTES])
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    if old.exists():
        for stale in old.iterdir():
            stale.unlink()
        old.rmdir()


def load_parts(folder):
    """The state saved by `save_parts`, or None."""
    folder = Path(folder)
    folder = folder if folder.exists() else folder.with_suffix(".old")
    parts = sorted(folder.glob("*.part")) if folder.exists() else []
    return torch.load(io.BytesIO(b"".join(p.read_bytes() for p in parts)), map_location="cpu") if parts else None


class Run:
    """One model being trained: call `rate()` before and `after_step(loss)` after each optimiser step."""

    def __init__(self, folder, model, optimisers, lr, warmup, average=0.999, deadline=None, light=False):
        """`deadline`: time.time() at which to stop. `light`: checkpoints hold half-precision weights only, so that a large
        model's fit a small parcel; the averages and moments of the optimisers then start anew at each resumption."""
        self.folder, self.model, self.optimisers = Path(folder), model, optimisers
        self.lr, self.warmup, self.average, self.deadline, self.light = lr, warmup, average, deadline, light
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ema = copy.deepcopy(model).requires_grad_(False)
        self.step, self.decay_from, self.decay_steps = 0, None, 0
        self.seconds, self.started, self.recent = 0.0, time.time(), []
        self.saved, self.begun = time.time(), 0
        state = load_parts(self.folder / "latest")
        if state:
            model.load_state_dict(state["model"])
            self.ema.load_state_dict(state.get("ema", state["model"]))
            for optimiser, saved in zip(optimisers, state.get("optimisers", [])):
                optimiser.load_state_dict(saved)
            self.step, self.seconds = state["step"], state["seconds"]
            self.begun = self.step if light else 0
        torch.manual_seed(1000 + self.step)

    def rate(self):
        """Set and return the learning rate of this step."""
        self._look_for_decay()
        factor = min(1.0, (self.step - self.begun + 1) / self.warmup)
        if self.decay_from is not None:
            factor *= max(0.0, 1 - (self.step - self.decay_from) / self.decay_steps)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.lr * factor * group.get("scale", 1.0)
        return self.lr * factor

    def _look_for_decay(self):
        wish = self.folder / "decay"
        if self.decay_from is None and wish.exists():
            steps = int(wish.read_text())
            wish.unlink()
            self.begin_decay(steps)

    def begin_decay(self, steps):
        """Keep the present state for later, then let the rate fall to zero over `steps`."""
        self.save()
        self.decay_from, self.decay_steps = self.step, steps
        self.log(event="decay", steps=steps)

    @property
    def finished(self):
        return self.decay_from is not None and self.step >= self.decay_from + self.decay_steps

    def after_step(self, loss):
        """Advance, average, remember the loss; every 100 steps write a line of the log."""
        self.step += 1
        since = self.step - self.begun
        keep = min(self.average, (1 + since) / (10 + since))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.ema.parameters()), list(self.model.parameters()), 1 - keep)
        self.recent.append(loss.detach())
        if self.step % 100 == 0:
            self._look_at_losses()

    def _look_at_losses(self):
        if not self.recent:
            return
        loss, self.recent = float(torch.stack(self.recent).mean()), []
        if not math.isfinite(loss):
            raise FloatingPointError(f"The loss is {loss} about step {self.step}. The last checkpoint is from before: run the same command again.")
        self.log(loss=round(loss, 5), lr=self.optimisers[0].param_groups[0]["lr"])

    def elapsed(self):
        return self.seconds + time.time() - self.started

    def log(self, **entry):
        entry = dict(step=self.step, seconds=round(self.elapsed()), **entry)
        print(json.dumps(entry), flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(json.dumps(entry) + "\n")

    def save(self):
        """Checkpoint; during a decay nothing is written, so that the stable state survives, nor is a state that has come to nothing."""
        self._look_at_losses()
        if self.decay_from is None:
            state = dict(model=self.model.state_dict(), step=self.step, seconds=self.elapsed())
            if self.light:
                state["model"] = {k: v.half() for k, v in state["model"].items()}
            else:
                state.update(ema=self.ema.state_dict(), optimisers=[o.state_dict() for o in self.optimisers])
            save_parts(state, self.folder / "latest")

    def keep_safe(self, every):
        """Checkpoint every so many seconds; False when the deadline has come (saved). A decay is always finished."""
        late = self.deadline is not None and time.time() > self.deadline and self.decay_from is None
        if late or time.time() - self.saved > every:
            self.save()
            self.saved = time.time()
        return not late

    def finish(self, **extra):
        """Write the averaged weights as `final.pt`, atomically."""
        fresh = self.folder / "final.new"
        torch.save(dict(model=self.ema.state_dict(), step=self.step, seconds=self.elapsed(), **extra), fresh)
        os.replace(fresh, self.folder / "final.pt")
        self.log(event="final")
