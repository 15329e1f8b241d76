"""Images per second of imagecorruptions' functions, for `pnpm bench corrupt`.

    python corruption_speed.py images.raw COUNT SIDE PROCESSES SECONDS

images.raw is uint8 [COUNT, SIDE, SIDE, 3]. First a line of JSON with the versions, {"source"}; then one for every line read, the name of a corruption:
{"imagesPerSecond", "milliseconds"} (of processor time per image) or {"error"}. In turns with what it is compared with: both see the same load of the machine.
"""

import json
import multiprocessing
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")

SEVERITIES = [1, 2, 3, 4, 5]


def reference():
    """imagecorruptions' function; its blurs name an argument as scikit-image did before 0.20."""
    from imagecorruptions import corrupt, corruptions
    from skimage.filters import gaussian

    def old_gaussian(image, *args, multichannel=False, **others):
        return gaussian(image, *args, channel_axis=-1 if multichannel else None, **others)

    corruptions.gaussian = old_gaussian
    return corrupt


def run(task):
    """Corrupts images for a while, all severities in turn; returns how many, the seconds, and those of the processor."""
    import cv2

    corrupt = reference()

    file, count, side, seconds, name, first = task
    # One thread each: the processes share the cores.
    cv2.setNumThreads(1)
    images = np.fromfile(file, np.uint8).reshape(count, side, side, 3)
    for severity in SEVERITIES:
        corrupt(images[0], corruption_name=name, severity=severity)
    done, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds or done % len(SEVERITIES):
        corrupt(images[(first + done) % count], corruption_name=name, severity=SEVERITIES[done % len(SEVERITIES)])
        done += 1
    return done, time.perf_counter() - start, time.process_time() - cpu


def main():
    import cv2
    import scipy
    import skimage

    file, count, side, processes, seconds = sys.argv[1:]
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-image {skimage.__version__}, OpenCV {cv2.__version__}"
    with multiprocessing.get_context("spawn").Pool(int(processes)) as pool:
        print(json.dumps({"source": f"imagecorruptions, {versions}"}), flush=True)
        for line in sys.stdin:
            task = (file, int(count), int(side), float(seconds), line.strip())
            try:
                results = pool.map(run, [(*task, first) for first in range(int(processes))], chunksize=1)
                answer = {
                    "imagesPerSecond": sum(done / elapsed for done, elapsed, _ in results),
                    "milliseconds": 1000 * sum(cpu for *_, cpu in results) / sum(done for done, *_ in results),
                }
            except Exception as error:  # a function that the installed numpy or scikit-image no longer carries
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
