"""Writes the golden data of packages/data/src/{augment,mix,image/cmyk-jpeg} from timm 0.4.12 on Pillow 9.4.

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install pillow==9.4.0 numpy==1.23.5 && /tmp/golden/bin/pip install --no-deps timm==0.4.12
    /tmp/golden/bin/python packages/data/scripts/make-augment-golden.py && npm run format

timm's own code runs: its modules are loaded from their files (the package itself would need PyTorch), with numpy arrays
in place of tensors, and with every random number replaced by a sequence that the tests can make too (class Draws).
Images are made by integer formulas (image()), the same as in packages/data/src/testing/golden-image.ts.
"""

import base64
import hashlib
import importlib.util
import io
import json
import os
import sys
import types

import numpy as np
from PIL import Image, ImageEnhance

np.bool = bool  # timm 0.4.12 uses the name that NumPy 1.24 removed.

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src")
FILL = (124, 116, 104)
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


class Tensor(np.ndarray):
    """The few methods of a tensor that timm's mixing and erasing use."""

    device = "cpu"

    def clone(self):
        return self.copy()

    def flip(self, axis):
        return np.flip(self, axis).copy()

    def mul_(self, other):
        self *= other
        return self

    def add_(self, other):
        self += other
        return self

    def long(self):
        return self

    def size(self):
        return self.shape

    def view(self, *shape):
        return self.reshape(shape)

    def unsqueeze(self, axis):
        return np.expand_dims(self, axis)

    def scatter_(self, axis, index, value):
        np.put_along_axis(self, index, value, axis)
        return self

    def normal_(self):
        self.flat[:] = [DRAWS.normal() for _ in range(np.prod(self.shape))]
        return self


def tensor(values, dtype=np.float32, **_):
    return np.ndarray.view(np.array(values, dtype=dtype), Tensor)


torch = types.ModuleType("torch")
torch.float32 = np.float32
torch.tensor = tensor
torch.full = lambda shape, value, **_: tensor(np.full(shape, value, np.float32))
torch.empty = lambda shape, **_: tensor(np.empty(shape, np.float32))
torch.zeros = lambda shape, **_: tensor(np.zeros(shape, np.float32))
sys.modules["torch"] = torch


def timm_module(name):
    folder = importlib.util.find_spec("timm").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("timm_" + name, os.path.join(folder, "data", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Draws:
    """Uniform numbers of a linear congruential generator and normal ones that count: the tests make the same."""

    def __init__(self, seed):
        self.state = seed
        self.count = 0

    def unit(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32

    def normal(self):
        self.count += 1
        return ((self.count * 7) % 13 - 6) / 4

    # The names of the random modules that timm calls.
    random = unit

    def rand(self, size=None):
        return self.unit() if size is None else np.array([self.unit() for _ in range(size)])

    def beta(self, a, b, size=None):
        return self.rand(size)

    def uniform(self, low, high):
        return low + (high - low) * self.unit()

    def gauss(self, mean, deviation):
        return mean + deviation * self.normal()

    def choice(self, items, size=None, replace=True, p=None):
        if size is None:
            return items[int(self.unit() * len(items))]
        assert replace and p is None
        return [items[int(self.unit() * len(items))] for _ in range(size)]


class IntegersInclusive(Draws):
    """Python's random.randint: the upper bound may come."""

    def randint(self, low, high):
        return low + int(self.unit() * (high - low + 1))


class IntegersExclusive(Draws):
    """NumPy's random.randint: the upper bound may not come."""

    def randint(self, low, high, size=None):
        return low + int(self.unit() * (high - low))


class NumpyNamespace:
    """numpy with our random numbers."""

    def __init__(self, random):
        self.random = random

    def __getattr__(self, name):
        return getattr(np, name)


def image(pattern, width, height):
    def value(x, y, c):
        if pattern == "waves":
            return (c * 50 + 3 * x + 2 * y + (x * y >> 3)) & 255
        if pattern == "noise":
            mixed = ((x + 1) * 73856093 ^ (y + 1) * 19349663 ^ (c + 1) * 83492791) & 0xFFFFFFFF
            return (mixed >> 7) & 255
        if pattern == "low":
            return 100 + (x + 2 * y + 5 * c) % 23
        return 40 * c + 10

    data = bytes(value(x, y, c) for y in range(height) for x in range(width) for c in range(3))
    return Image.frombytes("RGB", (width, height), data)


def encode(data):
    return base64.b64encode(bytes(data)).decode()


def sha256(data):
    return hashlib.sha256(bytes(data)).hexdigest()


augment = timm_module("auto_augment")
mixup = timm_module("mixup")
erasing = timm_module("random_erasing")


def apply(name, picture, argument, interpolation):
    arguments = () if augment.LEVEL_TO_ARG[name] is None else (argument,)
    return augment.NAME_TO_OP[name](picture, *arguments, fillcolor=FILL, resample=FILTERS[interpolation])


TABLES = ["AutoContrast", "Equalize", "Invert"]
STEPS = {"Posterize": [0, 1, 3, 4], "Solarize": [0, 26, 128, 256], "SolarizeAdd": [0, 43, 110]}
FACTORS = [0.1, 0.55, 0.91, 1.0, 1.37, 1.9]
ENHANCEMENTS = ["Color", "Contrast", "Brightness", "Sharpness"]
WARPS = {
    "Rotate": [-30, 17.3, 0, 180, 29.99],
    "ShearX": [-0.3, 0.271],
    "ShearY": [-0.27, 0.13],
    "TranslateXRel": [-0.45, 0.123],
    "TranslateYRel": [-0.3333, 0.45],
}


def operation_cases():
    for name in TABLES:
        for pattern in ("waves", "noise", "low", "flat"):
            yield name, pattern, 0, "bicubic"
    for name, steps in STEPS.items():
        for step in steps:
            yield name, "noise", step, "bicubic"
    for name in ENHANCEMENTS:
        for factor in FACTORS:
            yield name, "noise" if factor in (0.1, 1.37) else "waves", factor, "bicubic"
    for name, amounts in WARPS.items():
        for i, amount in enumerate(amounts):
            for interpolation in ("bicubic", "bilinear") + (("nearest",) if i < 2 else ()):
                yield name, "noise" if i % 2 else "waves", amount, interpolation


def operations():
    cases = []
    for name, pattern, argument, interpolation in operation_cases():
        small = apply(name, image(pattern, 19, 17), argument, interpolation).tobytes()
        large = apply(name, image(pattern, 224, 224), argument, interpolation).tobytes()
        case = dict(operation=name, pattern=pattern, argument=argument, interpolation=interpolation)
        cases.append(dict(case, bytes=encode(small), sha256=sha256(large)))
    for angle in (90, 270):
        square = image("noise", 16, 16)
        turned = apply("Rotate", square, angle, "bilinear").tobytes()
        case = dict(operation="Rotate", pattern="noise", argument=angle, interpolation="bilinear")
        large = apply("Rotate", image("noise", 224, 224), angle, "bilinear").tobytes()
        cases.append(dict(case, size=16, bytes=encode(turned), sha256=sha256(large)))
    return cases


def whole_policies():
    cases = []
    for config, interpolation in (("rand-m9-mstd0.5-inc1", "bicubic"), ("rand-m7-n3-mstd2", "bilinear"), ("rand-m5", None)):
        for seed in range(40):
            hparams = dict(translate_const=14, img_mean=FILL)
            if interpolation:
                hparams["interpolation"] = FILTERS[interpolation]
            policy = augment.rand_augment_transform(config, hparams)
            draws = IntegersInclusive(seed)
            augment.random, augment.np = draws, NumpyNamespace(draws)
            result = policy(image("noise" if seed % 2 else "waves", 32, 32)).tobytes()
            case = dict(config=config, interpolation=interpolation or "random", seed=seed)
            cases.append(dict(case, sha256=sha256(result)))
    return cases


def jitters():
    cases = []
    steps = [ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        draws = Draws(7 + order[0])
        factors = [draws.uniform(0.6, 1.4) for _ in steps]
        picture = image("noise", 19, 17)
        for index in order:
            picture = steps[index](picture).enhance(factors[index])
        cases.append(dict(order=order, seed=7 + order[0], bytes=encode(picture.tobytes())))
    return cases


def erasures():
    global DRAWS
    cases = []
    for mode, count in (("pixel", 1), ("rand", 1), ("const", 1), ("pixel", 3)):
        for seed in range(8):
            DRAWS = erasing.random = IntegersInclusive(seed)
            pixels = tensor(np.arange(3 * 16 * 16).reshape(3, 16, 16) / 64 + 10)
            eraser = erasing.RandomErasing(0.7, mode=mode, min_count=count, max_count=count, device="cpu")
            result = np.asarray(eraser(pixels))
            case = dict(mode=mode, count=count, seed=seed, erased=int((result[0] < 10).sum()))
            cases.append(dict(case, sha256=sha256(result.tobytes())))
    return cases


def mixes():
    cases = []
    settings = [
        dict(mode="batch"),
        dict(mode="pair"),
        dict(mode="elem"),
        dict(mode="elem", correct_lam=False),
        dict(mode="batch", cutmix_alpha=0.0),
        dict(mode="elem", cutmix_minmax=[0.2, 0.8]),
        dict(mode="pair", mixup_alpha=0.0, prob=0.5),
    ]
    for number, options in enumerate(settings):
        options = {**dict(mixup_alpha=0.8, cutmix_alpha=1.0), **options}
        draws = IntegersExclusive(number + 3)
        mixup.np = NumpyNamespace(draws)
        boxes = []

        def record(*args, **kwargs):
            found, lam = mixup_box(*args, **kwargs)
            boxes.append([int(v) for v in found])
            return found, lam

        mixup_box = mixup.cutmix_bbox_and_lam
        mixup.cutmix_bbox_and_lam = record
        lambdas = {}
        target_of = mixup.mixup_target

        def keep(target, classes, lam, smoothing, device="cpu"):
            lambdas["lam"] = lam
            return target_of(target, classes, lam, smoothing, device)

        mixup.mixup_target = keep
        mixer = mixup.Mixup(label_smoothing=0.1, num_classes=5, **options)
        pixels = tensor(((np.arange(4 * 3 * 6 * 6) * 29) % 97 / 16).reshape(4, 3, 6, 6))
        labels = np.ndarray.view(np.array([3, 0, 0, 1]), Tensor)
        switches = switch_record(mixer)
        mixed, targets = mixer(pixels, labels)
        mixup.cutmix_bbox_and_lam, mixup.mixup_target = mixup_box, target_of
        lam = np.broadcast_to(np.asarray(lambdas["lam"], np.float64).reshape(-1), 4)
        cases.append(
            dict(
                options=options,
                lambdas=[float(v) for v in lam],
                cutmix=switches(),
                boxes=boxes,
                images=encode(np.asarray(mixed).tobytes()),
                targets=[float(v) for v in np.asarray(targets).reshape(-1)],
            )
        )
    return cases


def switch_record(mixer):
    """Which samples (or pairs, or the batch) were cut rather than blended."""
    seen = []
    for name in ("_params_per_batch", "_params_per_elem"):
        method = getattr(mixer, name)

        def wrapped(*args, method=method):
            lam, cut = method(*args)
            seen.extend(bool(c and v != 1) for c, v in zip(np.atleast_1d(cut), np.atleast_1d(lam)))
            return lam, cut

        setattr(mixer, name, wrapped)
    return lambda: seen


def cutmix_boxes():
    cases = []
    for seed in range(24):
        draws = IntegersExclusive(seed)
        mixup.np = NumpyNamespace(draws)
        lam = (seed % 12) / 12
        plain = [int(v) for v in mixup.rand_bbox((3, 33, 33), lam)]
        bounded = [int(v) for v in mixup.rand_bbox_minmax((3, 33, 33), (0.2, 0.8))]
        cases.append(dict(seed=seed, lam=lam, box=plain, minmax=bounded))
    return cases


def cmyk_jpegs():
    cases = []
    for width, height, quality in ((16, 8, 90), (9, 5, 60)):
        # Pillow's own conversion to CMYK uses no black ink: take the noise's red for it.
        inks = image("waves", width, height).split()
        black = image("noise", width, height).getchannel("R")
        file = io.BytesIO()
        Image.merge("CMYK", (*inks, black)).save(file, "JPEG", quality=quality)
        pixels = Image.open(file).convert("RGB").tobytes()
        cases.append(dict(width=width, height=height, jpeg=encode(file.getvalue()), bytes=encode(pixels)))
    return cases


def write(path, note, content):
    rows = {key: [json.dumps(case) for case in cases] for key, cases in content.items()}
    body = ",\n".join(f'  "{key}": [\n    ' + ",\n    ".join(cases) + "\n  ]" for key, cases in rows.items())
    path = os.path.join(SOURCE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(f'{{\n  "note": {json.dumps(note)},\n{body}\n}}\n')
    print(f"{os.path.relpath(path)}: {os.path.getsize(path)} bytes")


NOTE = "Made by packages/data/scripts/make-augment-golden.py with timm 0.4.12, Pillow 9.4 and NumPy."
write("augment/golden/operations.golden.json", NOTE, dict(operations=operations(), jitters=jitters()))
write("augment/golden/policies.golden.json", NOTE, dict(policies=whole_policies(), erasures=erasures()))
write("image/cmyk-jpeg.golden.json", NOTE, dict(cases=cmyk_jpegs()))
write("mix/golden/mix.golden.json", NOTE, dict(mixes=mixes(), boxes=cutmix_boxes()))
