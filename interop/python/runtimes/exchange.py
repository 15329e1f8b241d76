"""Tensors between the orchestrator and a runtime: safetensors files."""

import numpy as np
from safetensors.numpy import load_file, save_file


def read_inputs(run):
    return load_file(run["inputs"])


def write_outputs(run, names, values):
    # order="C" and not ascontiguousarray, which makes a vector of a scalar.
    save_file({name: np.asarray(value, order="C") for name, value in zip(names, values)}, run["outputs"])
