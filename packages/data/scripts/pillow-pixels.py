"""Serves compare-with-pillow.mjs: for each line of JSON on standard input ({"path", "resize", "size"}) writes Pillow's decoded
pixels and its evaluation transform (shorter side to `resize`, bicubic, centre crop of `size`) to standard output:
width and height as two little-endian uint32, then both images as 8-bit RGB. Needs Pillow alone."""

import json
import struct
import sys

from PIL import Image, __version__

sys.stderr.write(f"Pillow {__version__}\n")
for line in sys.stdin:
    job = json.loads(line)
    picture = Image.open(job["path"]).convert("RGB")
    short = min(picture.size)
    width, height = (job["resize"] * side // short for side in picture.size)
    left, top = (round((side - job["size"]) / 2) for side in (width, height))
    resized = picture.resize((width, height), Image.BICUBIC)
    crop = resized.crop((left, top, left + job["size"], top + job["size"]))
    sys.stdout.buffer.write(struct.pack("<II", *picture.size) + picture.tobytes() + crop.tobytes())
    sys.stdout.buffer.flush()
