"""The caption grammar: many ways to say what a scene shows. Words, order, dropped parts and noise words are random."""
import random

WORDS = {
    "colour": {c: [c] for c in ("red", "orange", "yellow", "green", "blue", "purple", "pink")}
    | {"red": ["red", "red", "crimson", "scarlet"], "purple": ["purple", "purple", "violet"], "yellow": ["yellow", "yellow", "golden"],
       "pink": ["pink", "pink", "rosy"], "blue": ["blue", "blue", "azure"], "green": ["green", "green", "emerald"]},
    "shape": {"ball": ["ball", "ball", "circle", "sphere", "disc"], "box": ["box", "square", "cube", "block"],
              "triangle": ["triangle", "triangle", "pyramid", "cone"], "star": ["star", "star", "starfish"],
              "heart": ["heart", "heart", "love heart"]},
    "size": {"small": ["small", "little", "tiny"], "big": ["big", "large", "huge"]},
    "speed": {"slow": ["slowly", "gently", "calmly"], "quick": ["quickly", "fast", "rapidly"]},
    "place": {"meadow": ["in a meadow", "on the grass", "in a green field", "in the hills", "on a sunny meadow"],
              "sea": ["on the sea", "at sea", "on the ocean", "on the water", "over the waves"],
              "night": ["at night", "under the stars", "in the moonlight", "in the night"],
              "desert": ["in the desert", "at sunset", "on the dunes", "on the sand"],
              "snow": ["in the snow", "in winter", "on a snowy day", "in a snowy landscape"]},
    "motion": {"right": ["moves right", "moves to the right", "goes right", "slides to the right", "drifts to the right", "travels from left to right"],
               "left": ["moves left", "moves to the left", "goes left", "slides to the left", "drifts to the left", "travels from right to left"],
               "up": ["moves up", "rises", "floats up", "flies up", "goes up"],
               "down": ["moves down", "falls", "sinks", "drops", "goes down"],
               "bounce": ["bounces", "jumps", "hops", "bounces up and down", "jumps up and down"],
               "grow": ["grows", "gets bigger", "becomes larger", "swells"],
               "shrink": ["shrinks", "gets smaller", "becomes smaller", "dwindles"],
               "still": ["stays still", "rests", "stands still", "does not move", "waits", "sits"]},
}
ARTICLES = ("a", "the", "one", "")
OPENINGS = ("a video of", "an animation of", "a cartoon of", "a clip of", "picture book illustration of", "cute")
CLOSINGS = ("high quality", "4k", "cinematic", "smooth animation", "picture book style", "beautiful colours", "very detailed")
TRAVELS = ("right", "left", "up", "down", "bounce")


def gerund(phrase):
    """'moves to the right' -> 'moving to the right'."""
    verb, _, rest = phrase.partition(" ")
    special = {"gets": "getting", "does": "not", "flies": "flying", "travels": "travelling", "drops": "dropping", "hops": "hopping", "sits": "sitting", "goes": "going"}
    stem = verb[:-1]
    word = special.get(verb) or (stem[:-1] + "ing" if stem.endswith("e") else stem + "ing")
    rest = "moving" if verb == "does" else rest
    return f"{word} {rest}".strip()


def caption(names, dice, drop=0.2):
    """One caption for `names` (see world.describe). `dice` is a random.Random; each part is left out with chance `drop`."""
    said = {key: dice.choice(WORDS[key][names[key]]) for key in WORDS}
    left_out = {key: dice.random() < drop for key in WORDS}
    sized = names["motion"] not in ("grow", "shrink") and dice.random() < 0.6
    paced = names["motion"] in TRAVELS and dice.random() < 0.6
    thing = said["shape"] if not left_out["shape"] else dice.choice(("thing", "shape", "friend"))
    adjectives = [said["size"]] * sized + [said["colour"]] * (not left_out["colour"])
    noun = " ".join([dice.choice(ARTICLES), *adjectives, thing]).strip()
    verb = said["motion"] if dice.random() < 0.6 else dice.choice(("", "is ")) + gerund(said["motion"])
    action = [] if left_out["motion"] else [verb] + [said["speed"]] * paced
    if action and paced and dice.random() < 0.2:
        action.reverse()
    place = [] if left_out["place"] else [said["place"]]
    parts = [noun, *action, *place]
    if place and dice.random() < 0.15:
        parts = [place[0] + ",", noun, *action]
    text = " ".join(parts)
    if dice.random() < 0.08:
        text = f"{dice.choice(OPENINGS)} {text}"
    if dice.random() < 0.08:
        text = f"{text}, {dice.choice(CLOSINGS)}"
    if dice.random() < 0.3:
        text = text[:1].upper() + text[1:]
    if dice.random() < 0.06:
        text = f"{text} {strange(dice)}"
    return text + "." * (dice.random() < 0.2)


def strange(dice):
    """A word nobody knows, so that the model learns to overlook such words."""
    return "".join(dice.choice("bcdfghjklmnprstvwz") + dice.choice("aeiou") for _ in range(dice.randint(2, 4)))


def plain(names):
    """The full, plain caption: used to measure and in examples."""
    said = {key: WORDS[key][names[key]][0] for key in WORDS}
    size = "" if names["motion"] in ("grow", "shrink") else said["size"] + " "
    pace = f" {said['speed']}" if names["motion"] in TRAVELS else ""
    return f"a {size}{said['colour']} {said['shape']} {said['motion']}{pace} {said['place']}"


def vocabulary():
    """Every lower-case word the grammar can say, sorted."""
    phrases = [*ARTICLES, *OPENINGS, *CLOSINGS, "is", "thing", "shape", "friend"]
    for group in WORDS.values():
        phrases += [p for options in group.values() for p in options]
    phrases += [gerund(p) for options in WORDS["motion"].values() for p in options]
    return sorted({word for phrase in phrases for word in phrase.split()})


if __name__ == "__main__":
    import torch
    import world
    scenes, dice = world.sample_scenes(12, torch.Generator().manual_seed(1)), random.Random(1)
    for index in range(12):
        print(caption(world.describe(scenes, index), dice))
