"""Times torchvision's pre-training transform on a folder of images, in one process on one thread: JSON on standard output.

Decoding by Pillow, RandomResizedCrop (bicubic, antialiased), horizontal flip, uint8 array: what `pnpm bench loader` times in this project's loader.
"""

import json
import os
import sys
import time

import numpy as np
import PIL
import torch
import torchvision
from torchvision.transforms import Compose, InterpolationMode, RandomHorizontalFlip, RandomResizedCrop

torch.set_num_threads(1)
folder, size, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
files = sorted(
    os.path.join(root, name)
    for root, _, names in os.walk(folder)
    for name in names
    if name.lower().endswith((".jpg", ".jpeg", ".png"))
)
transform = Compose(
    [RandomResizedCrop(size, scale=(0.2, 1.0), interpolation=InterpolationMode.BICUBIC), RandomHorizontalFlip()]
)


def load(path: str) -> np.ndarray:
    with PIL.Image.open(path) as image:
        return np.asarray(transform(image.convert("RGB")))


rng = np.random.default_rng(0)
for path in rng.choice(files, 32):
    load(path)
images, wall, processor = 0, time.perf_counter(), time.process_time()
while time.perf_counter() - wall < seconds:
    load(files[rng.integers(len(files))])
    images += 1
print(
    json.dumps(
        {
            "images": images,
            "seconds": time.perf_counter() - wall,
            "processorSeconds": time.process_time() - processor,
            "torchvision": torchvision.__version__,
            "pillow": PIL.__version__,
        }
    )
)
