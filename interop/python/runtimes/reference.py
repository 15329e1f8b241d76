import onnx
from onnx.reference import ReferenceEvaluator

from .exchange import read_inputs, write_outputs


class Reference:
    """The ONNX reference evaluator: each operator as the standard describes it, in numpy."""

    version = f"onnx {onnx.__version__}"

    def run(self, model, run):
        evaluator = ReferenceEvaluator(model)
        write_outputs(run, evaluator.output_names, evaluator.run(None, read_inputs(run)))
