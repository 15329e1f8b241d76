import onnxruntime

from .exchange import read_inputs, write_outputs


class OnnxRuntime:
    """Python's onnxruntime on the CPU."""

    version = f"onnxruntime {onnxruntime.__version__}"

    def run(self, model, run):
        options = onnxruntime.SessionOptions()
        # Two runtimes are at work at a time.
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        write_outputs(run, names, session.run(names, read_inputs(run)))
